//! A cluster that died: whether it comes back with what it has kept, and what is prepared for that.
//!
//! In: the folder of a cluster without a supervisor. Out: nothing worth keeping, a record to start again from, or an
//! error that says why the cluster cannot come back. Kept are etcd's data, the keys, the kubeconfigs, the kubelet's
//! folder and the logs. What containers were made of is not: Pods stay what they are, and their containers begin anew.

use std::fs::File;
use std::io::ErrorKind;

use super::layout::Layout;
use super::limits::Limits;
use super::preflight::Launcher;
use super::record::{Identity, Maker, Record, Status};
use super::{EmbeddedOptions, kubeconfigs, pki};
use crate::cluster::error::{ClusterError, Result, io};
use crate::cluster::json;
use crate::distribution::Distribution;

/// Whether a dead cluster comes back; one that was never ready has nothing worth keeping.
///
/// # Errors
/// If it was ready once but cannot come back: another satrain made it, with other rights, or something is missing.
pub(super) fn comes_back(
    layout: &Layout,
    record: &Record,
    distribution: &Distribution,
    launcher: Launcher,
) -> Result<bool> {
    let name = || record.name.clone();
    if !was_ready(layout, record) {
        return Ok(false);
    }
    let this = Maker::new(&distribution.manifest);
    if record.maker != this {
        let (maker, this) = (record.maker.to_string(), this.to_string());
        return Err(ClusterError::OtherMaker { name: name(), maker, this });
    }
    if record.privilege != launcher.privilege() {
        let (had, has) = (record.privilege.to_string(), launcher.privilege().to_string());
        return Err(ClusterError::OtherRights { name: name(), had, has });
    }
    let what = match json::read::<Identity>(&layout.identity()) {
        Ok(_) => missing(layout),
        Err(e) => Some(e.to_string()),
    };
    match what {
        None => Ok(true),
        Some(what) => Err(ClusterError::Damaged { name: name(), what }),
    }
}

/// An earlier satrain wrote no identity, and did not say who it was.
fn was_ready(layout: &Layout, record: &Record) -> bool {
    let status = || json::read::<Status>(&layout.status()).ok().flatten();
    layout.is_kept() || (record.maker == Maker::default() && status().is_some_and(|s| s.uid.is_some()))
}

/// What a cluster cannot come back without and is not there.
fn missing(layout: &Layout) -> Option<String> {
    let lab = layout.lab();
    let keys = pki::FILES.map(|file| pki::path(&lab, file));
    let configs = kubeconfigs::COMPONENTS.map(|user| lab.kubeconfig_of(user));
    let others = [lab.etcd_data(), lab.logs(), layout.learner(), layout.grader(), layout.logs()];
    let mut all = keys.into_iter().chain(configs).chain(others);
    all.find(|path| !path.exists()).map(|path| format!("{} is missing", path.display()))
}

/// Makes the folder ready for another supervisor of the same cluster, and gives what that is told.
pub(super) fn again(
    layout: &Layout,
    dead: Record,
    options: &EmbeddedOptions,
    distribution: &Distribution,
    last_port: Option<u16>,
) -> Result<Record> {
    let record = Record {
        distribution: distribution.dir.clone(),
        port: options.port,
        address: options.address,
        audit: options.audit.clone(),
        limits: match options.limits.is_none() {
            true => dead.limits,
            false => Limits::of_machine(layout.dir(), options.limits),
        },
        preferred_port: last_port.or(dead.preferred_port),
        ..dead
    };
    json::write(&layout.record(), &record, None)?;
    // What these say is about the dead supervisor, and would be taken for words of the next one.
    let status = layout.status();
    match std::fs::remove_file(&status) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(io("removing", &status)(e)),
        _ => {}
    }
    let signals = layout.signals();
    File::create(&signals).map_err(io("emptying", &signals))?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::json;

    use super::*;
    use crate::distribution::Manifest;

    const ROOT: Launcher = Launcher::Root { scope: false };

    fn distribution() -> Distribution {
        let manifest: Manifest = serde_json::from_value(json!({
            "schema": "s", "kubernetes": "v1.37.2", "etcd": "3", "containerd": "2", "runc": "1", "arch": "amd64",
            "images": [], "source": "abc",
        }))
        .unwrap();
        Distribution { dir: PathBuf::from("/d"), manifest }
    }

    fn record(maker: Maker) -> Record {
        serde_json::from_value(json!({
            "schema": "satrain.dev/cluster/v1", "name": "c", "id": "1a", "created": "2026-01-01T00:00:00Z",
            "distribution": "/d", "privilege": "root", "owner": null, "port": null, "preferred_port": null,
            "maker": maker,
        }))
        .unwrap()
    }

    fn of(dir: &Path, maker: Maker, launcher: Launcher) -> Result<bool> {
        comes_back(&Layout::new(dir), &record(maker), &distribution(), launcher)
    }

    #[test]
    fn only_what_was_ready_comes_back_and_only_whole_and_by_its_maker() {
        let dir = tempfile::tempdir().unwrap();
        let (dir, this) = (dir.path(), Maker::new(&distribution().manifest));
        let layout = Layout::new(dir);
        assert!(!of(dir, this.clone(), ROOT).unwrap(), "its start never finished");
        assert!(!of(dir, Maker::default(), ROOT).unwrap());

        std::fs::write(layout.identity(), r#"{"uid": "u"}"#).unwrap();
        let missing = of(dir, this.clone(), ROOT).unwrap_err();
        assert!(matches!(missing, ClusterError::Damaged { .. }), "{missing}");
        let lab = layout.lab();
        let keys = pki::FILES.map(|file| pki::path(&lab, file));
        let configs = kubeconfigs::COMPONENTS.map(|user| lab.kubeconfig_of(user));
        for path in keys.into_iter().chain(configs).chain([layout.learner(), layout.grader()]) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        for dir in [lab.etcd_data(), lab.logs(), layout.logs()] {
            std::fs::create_dir_all(dir).unwrap();
        }
        assert!(of(dir, this.clone(), ROOT).unwrap());

        let other = of(dir, Maker { source: "def".into(), ..this.clone() }, ROOT).unwrap_err();
        assert!(other.to_string().contains("(build def)"), "{other}");
        let rights = of(dir, this.clone(), Launcher::Rootless).unwrap_err();
        assert!(
            rights.to_string().contains("ran as root, and would now run without root's rights"),
            "{rights}"
        );
        std::fs::write(layout.identity(), "{").unwrap();
        assert!(matches!(of(dir, this, ROOT), Err(ClusterError::Damaged { .. })));
    }
}
