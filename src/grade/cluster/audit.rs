//! What the API server's audit log says about the requests of one Pod, from a moment on.
//!
//! Opened before a program runs and read after it, so only what is new is read. The log is the one witness of what an
//! application really asked for: whoever works in the lab cannot write it. In: a Pod, and the paths that are of
//! interest. Out: its requests. Contents are not in the log, and no token is.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::unseen::Unseen;
use crate::fs::foreign_file;
use crate::grade::observation::ApiRequest;

/// The API server writes an event after it has answered: this long it is waited for.
const LATE: Duration = Duration::from_secs(2);

/// The wait between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// How much is read at most: what a busy cluster writes in seconds.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// How many requests are kept at most.
const MAX_REQUESTS: usize = 100;

/// Whose requests are looked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) namespace: String,
    pub(super) pod: String,
    pub(super) paths: Vec<String>,
}

/// An audit log, from where it ended when it was opened.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// Stays the same file when the API server starts a new one under its name.
    file: File,
    from: u64,
}

impl Tail {
    /// Remembers where the log ends now.
    pub(super) fn open(path: &Path) -> Result<Self, Unseen> {
        let mut file = foreign_file(path).map_err(|e| unread(&e))?;
        let from = file.seek(SeekFrom::End(0)).map_err(|e| unread(&e))?;
        Ok(Self { path: path.to_owned(), file, from })
    }

    /// What it has of `wanted` since then. Waits for all paths, as long as an event may be late.
    pub(super) async fn requests(mut self, wanted: Wanted) -> Result<Vec<ApiRequest>, Unseen> {
        let until = Instant::now() + LATE;
        loop {
            let (tail, found) = tokio::task::spawn_blocking({
                let wanted = wanted.clone();
                move || {
                    let found = self.read().map(|text| requests(&text, &wanted));
                    (self, found)
                }
            })
            .await
            .map_err(|e| Unseen::failed(e.to_string(), false))?;
            self = tail;
            let found = found.map_err(|e| unread(&e))?;
            let complete = wanted.paths.iter().all(|path| found.iter().any(|r| r.uri == *path));
            if complete || Instant::now() >= until {
                return Ok(found);
            }
            sleep(PAUSE).await;
        }
    }

    /// All that was written since it was opened, in a file that was begun meanwhile, too.
    fn read(&mut self) -> std::io::Result<String> {
        self.file.seek(SeekFrom::Start(self.from))?;
        let mut bytes = Vec::new();
        (&self.file).take(MAX_BYTES).read_to_end(&mut bytes)?;
        let current = foreign_file(&self.path)?;
        if current.metadata()?.ino() != self.file.metadata()?.ino() {
            current.take(MAX_BYTES).read_to_end(&mut bytes)?;
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn unread(error: &std::io::Error) -> Unseen {
    Unseen::failed(format!("the API server's audit log cannot be read: {error}"), true)
}

/// The requests of a Pod: with a credential that is bound to it, or with one that is bound to none.
fn requests(log: &str, wanted: &Wanted) -> Vec<ApiRequest> {
    let interesting = |line: &&str| {
        line.contains("system:serviceaccount:")
            && wanted.paths.iter().any(|path| line.contains(&quoted(path)))
    };
    let events = log.lines().filter(interesting).filter_map(|line| serde_json::from_str(line).ok());
    events.filter_map(|event: Value| request(&event, wanted)).take(MAX_REQUESTS).collect()
}

/// A path as it stands in the log.
fn quoted(path: &str) -> String {
    Value::from(path).to_string().replace('&', "\\u0026")
}

fn request(event: &Value, wanted: &Wanted) -> Option<ApiRequest> {
    let text = |at: &str| event.pointer(at).and_then(Value::as_str);
    let extra = |key: &str| event.pointer(&format!("/user/extra/authentication.kubernetes.io~1{key}/0"));
    let (user, uri) = (text("/user/username")?, text("/requestURI")?);
    let mut account = user.strip_prefix("system:serviceaccount:")?.split(':');
    if let Some(pod) = extra("pod-name").and_then(Value::as_str)
        && (pod != wanted.pod || account.next() != Some(wanted.namespace.as_str()))
    {
        return None;
    }
    if text("/stage") != Some("ResponseComplete") || !wanted.paths.iter().any(|path| path == uri) {
        return None;
    }
    let from = event.get("sourceIPs").and_then(Value::as_array);
    Some(ApiRequest {
        uri: uri.to_owned(),
        code: u16::try_from(event.pointer("/responseStatus/code")?.as_u64()?).ok()?,
        user: user.to_owned(),
        pod: extra("pod-uid").and_then(Value::as_str).map(str::to_owned),
        from: from.into_iter().flatten().filter_map(|ip| ip.as_str().map(str::to_owned)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use serde_json::json;

    use super::*;

    const PATH: &str = "/api/v1/namespaces/web/pods?labelSelector=app%3Da&limit=1";

    fn event(namespace: &str, pod: Option<&str>, uri: &str, code: u16) -> String {
        let mut event = json!({
            "kind": "Event", "stage": "ResponseComplete", "requestURI": uri, "verb": "list",
            "user": {"username": format!("system:serviceaccount:{namespace}:app")},
            "sourceIPs": ["10.0.0.7"], "responseStatus": {"code": code},
        });
        if let Some(pod) = pod {
            event["user"]["extra"] = json!({
                "authentication.kubernetes.io/pod-name": [pod],
                "authentication.kubernetes.io/pod-uid": [format!("{pod}-uid")],
            });
        }
        // As Go writes it.
        event.to_string().replace('&', "\\u0026") + "\n"
    }

    fn wanted() -> Wanted {
        Wanted { namespace: "web".into(), pod: "a".into(), paths: vec![PATH.into()] }
    }

    #[test]
    fn a_pods_own_requests_and_those_without_a_pod_are_kept() {
        let log = event("web", Some("a"), PATH, 200)
            + &event("web", Some("b"), PATH, 200)
            + &event("shop", Some("a"), PATH, 200)
            + &event("web", Some("a"), "/api", 200)
            + &event("web", None, PATH, 403)
            + "{half a li";
        let found = requests(&log, &wanted());
        let seen: Vec<_> = found.iter().map(|r| (r.code, r.pod.as_deref())).collect();
        assert_eq!(seen, [(200, Some("a-uid")), (403, None)]);
        assert_eq!(found[0].from, ["10.0.0.7"]);
    }

    #[tokio::test]
    async fn only_what_is_new_counts_in_a_new_file_too() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("audit.log");
        std::fs::write(&log, event("web", Some("a"), PATH, 500)).unwrap();
        let tail = Tail::open(&log).unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
        file.write_all(event("web", Some("a"), PATH, 201).as_bytes()).unwrap();
        std::fs::rename(&log, dir.path().join("audit-1.log")).unwrap();
        std::fs::write(&log, event("web", Some("a"), PATH, 202)).unwrap();
        let codes: Vec<u16> = tail.requests(wanted()).await.unwrap().iter().map(|r| r.code).collect();
        assert_eq!(codes, [201, 202]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_never_comes_is_not_waited_for_without_end() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("audit.log");
        std::fs::write(&log, "").unwrap();
        assert_eq!(Tail::open(&log).unwrap().requests(wanted()).await.unwrap(), []);
        assert!(matches!(Tail::open(&dir.path().join("none")), Err(Unseen::Failed(_))));
    }
}
