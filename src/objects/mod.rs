//! An object store, by its URL: Amazon's S3 and what speaks like it, Google's, Azure's, or a folder that several machines share.
//!
//! In: a URL, and the variables by which each store's own tools take credentials. Out: named objects, read within bounds; writes of
//! which only the first counts. What a store says about a failure is told in one line.

pub(crate) mod url;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, parse_url_opts};

use crate::printable::excerpt;

/// How many requests are under way at a time.
const AT_ONCE: usize = 16;

/// The longest answer of a store that is told.
const TOLD: usize = 300;

/// Variables of an environment that name a store's address and credentials.
#[derive(Clone, Default)]
pub struct Variables(Vec<(String, String)>);

impl Variables {
    /// Takes those that concern object stores.
    pub fn read(all: impl Iterator<Item = (String, String)>) -> Self {
        let concerns = |name: &str| ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|begin| name.starts_with(begin));
        Self(all.filter(|(name, value)| concerns(name) && !value.is_empty()).collect())
    }

    /// With what follows from them: somebody who names an address without TLS means it.
    fn with_what_follows(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let plain = self.0.iter().filter(|(_, value)| value.starts_with("http://"));
        let allowed = plain.filter_map(|(name, _)| match name.as_str() {
            "AWS_ENDPOINT_URL" | "AWS_ENDPOINT" => Some(("aws_allow_http".to_owned(), "true".to_owned())),
            _ => None,
        });
        self.0.iter().cloned().chain(allowed)
    }
}

// Their values are credentials.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The URL, or a name of an object, is none.
    #[error("`{url}` is no address of an object store: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store refuses, or cannot be reached.
    #[error("the store {url}: {why}")]
    Refused {
        /// Which store.
        url: String,
        /// What it said.
        why: String,
    },
    /// An object is larger than it may be.
    #[error("the store {url}: `{name}` is longer than {longest} bytes")]
    TooLong {
        /// Which store.
        url: String,
        /// Which object.
        name: String,
        /// How long it may be.
        longest: u64,
    },
}

type Result<T> = std::result::Result<T, ObjectsError>;

/// A place in an object store. All names are below it.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    root: Path,
    shown: String,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Objects {
    /// The place at `url`, in which somebody has put something; nothing is asked yet.
    ///
    /// # Errors
    /// When it is no URL of a store, lacks what only the variables could say, or is a folder that is not there.
    pub fn open(url: &str, variables: &Variables) -> Result<Self> {
        Self::at_url(url, variables, |folder| match folder.is_dir() {
            true => Ok(()),
            false => {
                Err("there is no such folder\nMount it, or name the one that `satrain grade --store` filled."
                    .into())
            }
        })
    }

    /// The same for a place that may be new: a folder is made where it is missing.
    ///
    /// # Errors
    /// When it is no URL of a store, lacks what only the variables could say, or the folder cannot be made.
    pub fn make(url: &str, variables: &Variables) -> Result<Self> {
        Self::at_url(url, variables, |folder| std::fs::create_dir_all(folder).map_err(|e| e.to_string()))
    }

    fn at_url(
        url: &str,
        variables: &Variables,
        folder: impl FnOnce(&std::path::Path) -> std::result::Result<(), String>,
    ) -> Result<Self> {
        // All else in this program finds the only library of ciphers that there is; this client wants it to be named.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shown = url::shown(url);
        let wrong = |why: String| ObjectsError::Url { url: shown.clone(), why };
        let parsed = url::parse(url).map_err(wrong)?;
        let (store, root) = parse_url_opts(&parsed, variables.with_what_follows())
            .map_err(|e| wrong(excerpt(&innermost(&e), TOLD)))?;
        if let Ok(path) = parsed.to_file_path()
            && parsed.scheme() == "file"
        {
            folder(&path).map_err(|why| ObjectsError::Refused { url: shown.clone(), why })?;
        }
        Ok(Self { store: store.into(), root, shown })
    }

    /// The URL, without what may be secret in it.
    pub fn url(&self) -> &str {
        &self.shown
    }

    /// Writes an object, unless it is there. Out: whether this is the one that is there now; a store that answers nothing at first
    /// is asked again, and then that is not known.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn put_new(&self, name: &str, bytes: Vec<u8>) -> Result<bool> {
        match self.store.put_opts(&self.at(name), bytes.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
            Err(e) => Err(self.refused(&e)),
        }
    }

    /// Writes an object, whether it is there or not.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        self.store.put(&self.at(name), bytes.into()).await.map(drop).map_err(|e| self.refused(&e))
    }

    /// The bytes of an object; None: it is not there.
    ///
    /// # Errors
    /// When the store refuses, or the object is longer than `longest`.
    pub async fn get(&self, name: &str, longest: u64) -> Result<Option<Vec<u8>>> {
        let found = match self.store.get(&self.at(name)).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(self.refused(&e)),
        };
        let too_long = || ObjectsError::TooLong { url: self.shown.clone(), name: name.to_owned(), longest };
        if found.meta.size > longest {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        let mut parts = found.into_stream();
        while let Some(part) = parts.try_next().await.map_err(|e| self.refused(&e))? {
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > longest {
                return Err(too_long());
            }
        }
        Ok(Some(bytes))
    }

    /// The names below `folder`, without it, in order.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn list(&self, folder: &str) -> Result<Vec<String>> {
        let under = self.at(folder);
        let mut names: Vec<String> =
            self.store
                .list(Some(&under))
                .try_filter_map(|object| {
                    let inside: Option<String> = object.location.prefix_match(&under).map(|parts| {
                        parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/")
                    });
                    futures::future::ok(inside)
                })
                .try_collect()
                .await
                .map_err(|e| self.refused(&e))?;
        names.sort();
        Ok(names)
    }

    /// Removes objects; what is not there is no failure.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn remove(&self, names: impl IntoIterator<Item = String>) -> Result<()> {
        let one = |name: String| async move {
            match self.store.delete(&self.at(&name)).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(e) => Err(self.refused(&e)),
            }
        };
        let names: Vec<String> = names.into_iter().collect();
        futures::stream::iter(names).map(one).buffer_unordered(AT_ONCE).try_collect().await
    }

    fn at(&self, name: &str) -> Path {
        name.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }

    fn refused(&self, error: &Error) -> ObjectsError {
        let why = match error {
            Error::NotFound { .. } => "there is no such bucket, or no such folder".to_owned(),
            Error::PermissionDenied { .. } => "the credentials are not allowed to do this".to_owned(),
            Error::Unauthenticated { .. } => "it does not accept the credentials".to_owned(),
            Error::NotImplemented { .. } | Error::NotSupported { .. } => {
                "it cannot write an object only if it is not there yet (a conditional write), and without that two machines may spoil each other's marks".to_owned()
            }
            other => excerpt(&said(&innermost(other)), TOLD),
        };
        ObjectsError::Refused { url: self.shown.clone(), why }
    }
}

/// What lies at the bottom of an error: the sentences above it say only that there was one.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(below) = at.source() {
        at = below;
    }
    at.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentence of an answer in XML, as all three kinds of stores give it (`<Error><Code>…</Code><Message>…</Message>`).
fn said(answer: &str) -> String {
    let within = |tag: &str| {
        let (_, rest) = answer.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.trim())
    };
    match (within("Message"), within("Code")) {
        (Some(message), Some(code)) => format!("{} ({code})", message.trim_end_matches('.')),
        _ => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_is_a_store_where_the_first_write_counts() {
        let root = tempfile::tempdir().unwrap();
        let url = format!("file://{}/class%20b", root.path().display());
        assert!(
            Objects::open(&url, &Variables::default())
                .unwrap_err()
                .to_string()
                .contains("there is no such folder")
        );
        let store = Objects::make(&url, &Variables::default()).unwrap();
        assert!(store.put_new("marks/a.json", b"first".to_vec()).await.unwrap());
        assert!(!store.put_new("marks/a.json", b"second".to_vec()).await.unwrap());
        assert_eq!(store.get("marks/a.json", 5).await.unwrap().as_deref(), Some(&b"first"[..]));
        assert!(root.path().join("class b/marks/a.json").is_file(), "the folder is the one that was named");
        store.put("marks/a.json", b"third!".to_vec()).await.unwrap();
        let long = store.get("marks/a.json", 5).await.unwrap_err().to_string();
        assert!(long.contains("longer than 5 bytes"), "{long}");
        assert_eq!(store.get("marks/b.json", 5).await.unwrap(), None);
        store.put("jobs/x", Vec::new()).await.unwrap();
        assert_eq!(store.list("marks").await.unwrap(), ["a.json"]);
        assert_eq!(store.list("nothing").await.unwrap(), [""; 0]);
        store.remove(["marks/a.json".to_owned(), "marks/never".to_owned()]).await.unwrap();
        assert_eq!(store.list("marks").await.unwrap(), [""; 0]);
    }

    #[tokio::test]
    async fn names_do_not_lead_out() {
        let root = tempfile::tempdir().unwrap();
        let store = Objects::make(&format!("{}/in", root.path().display()), &Variables::default()).unwrap();
        store.put("../../out", b"x".to_vec()).await.unwrap();
        assert!(!root.path().join("out").exists() && root.path().join("in").is_dir());
    }

    #[test]
    fn a_wrong_address_is_refused_in_words() {
        for (url, says) in [
            ("ftp://host/x", "s3://"),
            ("s3://", "bucket"),
            ("", "s3://"),
            ("memory:///x", "s3://"),
            ("https://user:hunter2@host/x", "s3://"),
        ] {
            let refused = Objects::make(url, &Variables::default()).unwrap_err().to_string();
            assert!(refused.contains(says) && !refused.contains("hunter2"), "{url}: {refused}");
        }
    }

    #[test]
    fn an_answer_in_xml_is_told_as_a_sentence() {
        let answer = "Server returned non-2xx status code: 404 Not Found: <?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code>\
                      <Message>The specified bucket does not exist.</Message><RequestId>6</RequestId></Error>";
        assert_eq!(said(answer), "The specified bucket does not exist (NoSuchBucket)");
        assert_eq!(said("connection refused"), "connection refused");
    }

    #[test]
    fn variables_are_those_of_stores_and_are_not_shown() {
        let all = [("AWS_SECRET_ACCESS_KEY", "k"), ("HOME", "/"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
        let all = Variables::read(all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!(format!("{all:?}"), r#"["AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"]"#);
        assert!(all.with_what_follows().any(|(name, _)| name == "aws_allow_http"));
    }
}
