//! Our own node image, for those who reach no image registry: the distribution, satrain, and two programs that the
//! kubelet runs.
//!
//! In: a distribution and the satrain executable. Out: an archive as `docker save` writes it (docker-archive: layers,
//! configuration, manifest.json), which `docker load` takes. Equal inputs give equal layers.

mod files;
mod layer;
mod tools;

use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use self::files::Files;
use self::layer::{Layer, WrittenLayer};
use crate::cluster::error::{ClusterError, Result, io};
use crate::distribution::Distribution;
use crate::event::Events;
use crate::host::SearchPath;

/// The name without a tag; the tag is Kubernetes' version.
pub const NAME: &str = "satrain.local/node";
/// The label with the digest of the distribution's sources.
pub(super) const SOURCE: &str = "dev.satrain.source";
/// Where the distribution is, in the image.
const DISTRIBUTION: &str = "usr/lib/satrain/distribution";
/// Where the cluster is: a volume, since images of containers cannot be unpacked on the container's own overlay.
const STATE: &str = "var/lib/satrain";

/// The name with its tag.
pub fn reference(distribution: &Distribution) -> String {
    format!("{NAME}:{}", distribution.manifest.kubernetes)
}

/// The same for an image that also has what scripts use.
pub fn reference_with_tools(distribution: &Distribution) -> String {
    format!("{NAME}-with-tools:{}", distribution.manifest.kubernetes)
}

/// What an image is made from.
#[derive(Debug, Clone, Copy)]
pub struct Ingredients<'a> {
    /// The distribution.
    pub distribution: &'a Distribution,
    /// The satrain executable.
    pub program: &'a Path,
    /// The value of PATH, where `mount` and `umount` are looked for.
    pub path: &'a std::ffi::OsStr,
    /// Whether the programs that scripts of learners use are in it, so that hand-ins can be played there.
    pub tools: bool,
}

/// Writes the archive of an image named `reference` to `out`.
///
/// # Errors
/// If a program is missing, or a file cannot be read or written.
pub fn write(ingredients: &Ingredients<'_>, reference: &str, out: &Path, events: &Events) -> Result<()> {
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = || NamedTempFile::new_in(folder).map_err(io("writing", folder));
    events.step("Packing the node image");
    let layers = [
        layer(temporary()?, |layer| layer.tree(&ingredients.distribution.dir, DISTRIBUTION))?,
        layer(temporary()?, |layer| node_files(layer, ingredients))?,
    ];
    let config = config(ingredients.distribution, &layers).to_string();
    let config_name = format!("{}.json", layer::digest(config.as_bytes()));

    let mut archive = tar::Builder::new(temporary()?);
    let writing = || io("writing", out);
    let mut names = Vec::new();
    for made in &layers {
        let name = format!("{}.tar", made.digest);
        let mut file = File::open(made.file.path()).map_err(writing())?;
        archive.append_file(&name, &mut file).map_err(writing())?;
        names.push(name);
    }
    let manifest = json!([{"Config": config_name, "RepoTags": [reference], "Layers": names}]).to_string();
    for (name, text) in [(config_name.as_str(), &config), ("manifest.json", &manifest)] {
        layer::append(&mut archive, name, 0o644, text.as_bytes()).map_err(writing())?;
    }
    let mut file = archive.into_inner().map_err(writing())?;
    file.flush().map_err(writing())?;
    file.persist(out).map_err(|e| writing()(e.error))?;
    Ok(())
}

fn layer(file: NamedTempFile, fill: impl FnOnce(&mut Layer) -> Result<()>) -> Result<WrittenLayer> {
    let mut layer = Layer::new(file);
    fill(&mut layer)?;
    layer.finish()
}

/// satrain, the programs that the kubelet runs, their libraries, and the folders that every system has.
fn node_files(layer: &mut Layer, ingredients: &Ingredients<'_>) -> Result<()> {
    for dir in ["dev", "etc", "proc", "root", "run", "sys", STATE] {
        layer.folder(dir, 0o755)?;
    }
    layer.folder("tmp", 0o1777)?;
    layer.text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")?;
    layer.text("etc/group", "root:x:0:\ntty:x:5:\n")?;
    layer.text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")?;
    let path = SearchPath::parse(ingredients.path);
    let mut files = Files::of(ingredients.program, &["mount", "umount"], &path)?;
    if ingredients.tools {
        files.add_programs(&["bash", "sh"], &path)?;
        files.add_programs(&tools::found(&path), &path)?;
        files.add_certificates();
    }
    for (link, to) in &files.links {
        layer.link(link, to)?;
    }
    for (at, file) in &files.files {
        layer.file(file, at, 0o755)?;
    }
    Ok(())
}

/// The image's configuration (image-spec, config.md), which Docker's archives use as it is.
fn config(distribution: &Distribution, layers: &[WrittenLayer]) -> Value {
    let diff_ids: Vec<String> = layers.iter().map(|l| format!("sha256:{}", l.digest)).collect();
    json!({
        "architecture": distribution.manifest.arch,
        "os": "linux",
        "config": {
            "Env": [
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME=/root",
                format!("SATRAIN_STATE=/{STATE}"),
                format!("SATRAIN_DISTRIBUTION=/{DISTRIBUTION}"),
            ],
            "Entrypoint": [format!("/{}", files::PROGRAM), "node"],
            "Cmd": ["server"],
            "Volumes": {format!("/{STATE}"): {}},
            "ExposedPorts": {"6443/tcp": {}},
            "StopSignal": "SIGTERM",
            "Labels": {SOURCE: distribution.manifest.source},
        },
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": layers.iter().map(|_| json!({"created_by": "satrain cluster build-node-image"})).collect::<Vec<_>>(),
    })
}

/// Whether an image has that name: satrain made it, with the lab images, and no registry has it.
pub fn is_ours(image: &str) -> bool {
    image.starts_with(NAME)
}

/// Makes the error of a program that the image needs.
fn missing(program: &str) -> ClusterError {
    ClusterError::ProgramMissing {
        program: program.to_owned(),
        remedy: "The node image copies it from this machine; install it (on Debian: package `mount`).".into(),
    }
}
