//! Images, compared by what they mean: `nginx` is `docker.io/library/nginx:latest`.
//!
//! In: a reference as a Pod has it, and what its status says about the content that runs. Out: whether two are the same
//! image. Pure.

use k8s_openapi::api::core::v1::Pod;

/// The registry of names without one.
const DEFAULT_REGISTRY: &str = "docker.io";

/// An image's name in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// Registry and path, as in `docker.io/library/nginx`.
    pub(super) repository: String,
    tag: String,
    digest: Option<String>,
}

impl Image {
    /// Reads a reference (`github.com/distribution/reference`).
    pub(super) fn new(text: &str) -> Self {
        let (name, digest) = match text.trim().split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text.trim(), None),
        };
        let (path, tag) = match name.rsplit_once(':') {
            // Behind the last colon a slash: that was a port.
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (name, "latest"),
        };
        let (registry, path) = match path.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
            _ => (DEFAULT_REGISTRY, path),
        };
        let registry = if registry == "index.docker.io" { DEFAULT_REGISTRY } else { registry };
        let path = match registry == DEFAULT_REGISTRY && !path.contains('/') {
            true => format!("library/{path}"),
            false => path.to_owned(),
        };
        Self { repository: format!("{registry}/{path}"), tag: tag.into(), digest }
    }
}

/// An image that a container runs: by its name, and by its content where the status tells.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) image: Image,
    /// The status' `imageID`.
    content: Option<String>,
}

impl Running {
    /// What the container of that name runs.
    pub(super) fn of(pod: &Pod, container: &str, image: Option<&str>) -> Self {
        let status = pod.status.as_ref();
        let statuses = [
            status.and_then(|s| s.container_statuses.as_ref()),
            status.and_then(|s| s.init_container_statuses.as_ref()),
        ];
        let mut statuses = statuses.into_iter().flatten().flatten();
        let content = statuses.find(|s| s.name == container).map(|s| s.image_id.clone());
        Self { image: Image::new(image.unwrap_or_default()), content: content.filter(|id| !id.is_empty()) }
    }

    /// Whether two containers run the same image: the same by name, with the same content as far as that is known. A
    /// name by digest says the same as one by tag when both have the same content.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (mine, others) = (&self.image, &other.image);
        let names = match (&mine.digest, &others.digest) {
            (None, None) => mine.tag == others.tag,
            (Some(mine), Some(others)) => mine == others,
            _ => return mine.repository == others.repository && self.same_content(other) == Some(true),
        };
        mine.repository == others.repository && names && self.same_content(other) != Some(false)
    }

    /// Whether the content is the same; None where it is not known, or told in two ways that cannot be compared.
    pub(super) fn same_content(&self, other: &Self) -> Option<bool> {
        let (mine, others) = (self.content.as_deref()?, other.content.as_deref()?);
        match (mine.split_once('@'), others.split_once('@')) {
            (Some((_, mine)), Some((_, others))) => Some(mine == others),
            (None, None) => Some(mine == others),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn spellings_of_one_image_are_equal() {
        for (a, b) in [
            ("nginx", "nginx:latest"),
            ("nginx", "docker.io/library/nginx"),
            ("nginx", "index.docker.io/library/nginx:latest"),
            ("registry.k8s.io/pause", "registry.k8s.io/pause:latest"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
            ("curlimages/curl", "docker.io/curlimages/curl:latest"),
        ] {
            assert_eq!(Image::new(a), Image::new(b), "{a} {b}");
        }
        for (a, b) in [
            ("nginx", "nginx:1"),
            ("nginx", "quay.io/library/nginx"),
            ("pause", "registry.k8s.io/pause"),
            ("nginx@sha256:1", "nginx@sha256:2"),
            ("localhost/nginx", "nginx"),
        ] {
            assert_ne!(Image::new(a), Image::new(b), "{a} {b}");
        }
    }

    #[test]
    fn the_content_decides_where_it_is_known() {
        let running = |image: &str, content: &str| {
            let status =
                json!([{"name": "c", "image": image, "imageID": content, "ready": true, "restartCount": 0}]);
            let pod = json!({"metadata": {}, "status": {"containerStatuses": status}});
            Running::of(&serde_json::from_value(pod).unwrap(), "c", Some(image))
        };
        let then = running("nginx", "docker.io/library/nginx@sha256:1");
        assert!(then.is_same(&running("nginx:latest", "docker.io/library/nginx@sha256:1")));
        assert!(then.is_same(&running("nginx", "")));
        assert!(then.is_same(&running("nginx", "sha256:9")));
        assert!(then.is_same(&running("nginx@sha256:1", "docker.io/library/nginx@sha256:1")));
        assert!(!then.is_same(&running("nginx", "docker.io/library/nginx@sha256:2")));
        assert!(!then.is_same(&running("nginx@sha256:2", "docker.io/library/nginx@sha256:2")));
        assert!(!then.is_same(&running("nginx:1.27", "docker.io/library/nginx@sha256:1")));
        assert!(!then.is_same(&running("httpd", "docker.io/library/nginx@sha256:1")));
    }
}
