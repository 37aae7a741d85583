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

/// How it is shown: without a password.
pub(super) fn shown(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else { return text.to_owned() };
    url.set_query(None);
    if url.password().is_some() {
        let _ = url.set_password(None);
    }
    url.to_string()
}
