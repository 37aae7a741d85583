//! Pure: which URLs name a place in an object store.

use ::url::Url;

const FORMS: &str = "write s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, az://CONTAINER/FOLDER, or a folder's path";

/// The URL, or what is wrong with it. A path is the URL of a folder.
pub(super) fn parse(text: &str) -> Result<Url, String> {
    if text.starts_with('/') {
        return Url::from_directory_path(text).map_err(|()| FORMS.to_owned());
    }
    let url = Url::parse(text).map_err(|_| FORMS.to_owned())?;
    match url.scheme() {
        "file" if url.path().len() > 1 => Ok(url),
        "s3" | "gs" | "az" if url.host_str().is_none_or(str::is_empty) => {
            Err("it names no bucket".to_owned())
        }
        "s3" | "gs" | "az" if url.password().is_some() || url.query().is_some() => {
            Err("credentials come from the environment, and never from an address".to_owned())
        }
        "s3" | "gs" | "az" => Ok(url),
        _ => Err(FORMS.to_owned()),
    }
}

/// How any URL is shown: without user and password, and without a query, which may hold a signature.
pub(crate) fn shown(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return without_user(text) };
    url.set_query(None);
    // Before an `@` Azure's addresses name the container. Only what has no host has no user either, and refuses.
    if matches!(url.scheme(), "http" | "https") {
        let _ = url.set_username("");
    }
    let _ = url.set_password(None);
    url.to_string()
}

/// The same for what is no URL: nobody knows where a password in it ends, so all before the last `@` goes.
fn without_user(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, rest)), Some((_, host))) if rest.contains('@') => format!("{scheme}://{host}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (text, safe) in [
            ("http://user:pass1@127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
            ("https://token@example.org/a.tar.gz?sig=1#part", "https://example.org/a.tar.gz#part"),
            ("http://user:pass1@[::1", "http://[::1"),
            ("http://user:pa/ss1@host/x", "http://host/x"),
            ("http://user:pass1@host:99999/x", "http://host:99999/x"),
            ("s3://bucket/folder", "s3://bucket/folder"),
            ("abfss://files:pass1@account/x?sig=1", "abfss://files@account/x"),
            ("/home/a@b/x", "/home/a@b/x"),
            ("no url", "no url"),
        ] {
            assert_eq!(shown(text), safe);
        }
    }
}
