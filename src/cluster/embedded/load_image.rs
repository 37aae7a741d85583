//! An image archive of somebody's, brought into a running cluster: it has no registry that one could push to.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::layout::{CONTAINERD, Layout};
use super::status::of;
use crate::cluster::error::{ClusterError, Result, io};
use crate::distribution::Distribution;
use crate::paths::Paths;

/// Loads the archive `file`, as `docker save` or an OCI tool writes it, into the cluster `name`. Out: the images' names.
///
/// # Errors
/// When the cluster does not run, or its runtime does not take the archive.
pub fn load_image(
    paths: &Paths,
    name: &str,
    distribution: &Distribution,
    file: &Path,
) -> Result<Vec<String>> {
    let socket = socket(paths, name)?;
    let file = file.canonicalize().map_err(io("reading", file))?;
    let node = distribution.bin("satrain-node");
    let answer = Command::new(&node)
        .args(["images", "--import"])
        .arg(&file)
        .arg("--socket")
        .arg(&socket)
        .stdin(Stdio::null())
        .output()
        .map_err(io("running", &node))?;
    let text = |bytes: &[u8]| crate::printable::excerpt(&String::from_utf8_lossy(bytes), 2000);
    if !answer.status.success() {
        let source = std::io::Error::other(text(&answer.stderr).trim().to_owned());
        return Err(ClusterError::Io { action: "loading", path: file, source });
    }
    Ok(String::from_utf8_lossy(&answer.stdout).lines().map(|line| text(line.as_bytes())).collect())
}

/// The runtime's socket, as it is seen from outside the cluster's mount namespace.
fn socket(paths: &Paths, name: &str) -> Result<PathBuf> {
    let gone = || ClusterError::NotRunning { name: name.to_owned() };
    let status = of(name, &Layout::new(paths.clusters().join(name)))?.ok_or_else(gone)?;
    let runtime = status.components.iter().find(|component| component.name == "containerd");
    let process = runtime.and_then(|component| component.pid).ok_or_else(gone)?;
    Ok(PathBuf::from(format!("/proc/{process}/root{CONTAINERD}/containerd.sock")))
}
