//! The lab images: made by the module's own image builder, from programs compiled here and a static busybox.
//!
//! In: a [`Workshop`] whose programs are compiled, and busybox. Out: `images/`, an OCI image layout, and the
//! references in it. Fetches nothing from a registry.

use std::path::Path;
use std::process::Command;

use super::compile::Workshop;
use super::error::{Error, Result};
use super::recipe::{LABWAIT, Place};

/// Makes `images/` and returns the references in it, sorted.
///
/// # Errors
/// When the C compiler or the image builder fails, or made no layout.
pub fn make(shop: &mut Workshop<'_>, busybox: &Path) -> Result<Vec<String>> {
    let labwait = shop.place(Place::Tools).join("labwait");
    shop.compile_c(LABWAIT, &labwait)?;
    pack(shop, busybox, Some(&labwait))
}

/// The same from Go's programs only; `busybox` may be Debian's package of it.
///
/// # Errors
/// When the image builder fails, or made no layout.
pub(super) fn pack(shop: &mut Workshop<'_>, busybox: &Path, labwait: Option<&Path>) -> Result<Vec<String>> {
    let tools = shop.place(Place::Tools);
    let images = shop.out().join("images");
    let mut command = Command::new(tools.join("imagebuild"));
    command.arg("--busybox").arg(busybox).arg("--labapp").arg(tools.join("labapp"));
    if let Some(labwait) = labwait {
        command.arg("--labwait").arg(labwait);
    }
    command.arg("--out").arg(&images);
    shop.run(command, "making the lab images", |_, _| {})?;
    references(&images)
}

/// Writes an OCI image layout as one archive, which container runtimes import. A file that is there is kept.
///
/// # Errors
/// When the layout cannot be read, or the archive cannot be written.
pub fn archive(images: &Path, to: &Path) -> std::io::Result<()> {
    let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut archive = tar::Builder::new(tempfile::NamedTempFile::new_in(folder)?);
    archive.append_dir_all(".", images)?;
    archive.into_inner()?.persist_noclobber(to).map_err(|e| e.error)?;
    Ok(())
}

/// The references in an OCI image layout's index (image-spec, image-layout.md).
///
/// # Errors
/// When the index cannot be read or is no index.
pub fn references(images: &Path) -> Result<Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Index {
        manifests: Vec<Descriptor>,
    }
    #[derive(serde::Deserialize)]
    struct Descriptor {
        #[serde(default)]
        annotations: std::collections::BTreeMap<String, String>,
    }
    let path = images.join("index.json");
    let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
    let index: Index = serde_json::from_slice(&text).map_err(|error| Error::Io {
        doing: "understand",
        path,
        source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
    })?;
    let name = |descriptor: Descriptor| {
        let keys = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        keys.iter().find_map(|key| descriptor.annotations.get(*key).cloned())
    };
    let mut names: Vec<String> = index.manifests.into_iter().filter_map(name).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_come_from_the_index() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("index.json"),
            r#"{"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"b:1"}},
                {"annotations":{"io.containerd.image.name":"a/b:1","org.opencontainers.image.ref.name":"1"}},{}]}"#,
        )
        .unwrap();
        assert_eq!(super::references(dir.path()).unwrap(), ["a/b:1", "b:1"]);
    }
}
