//! Packing: the same bytes every time, and what is packed can be fetched.

use std::fs;

use satrain::distribution::{Distribution, archive, fetch};
use satrain::event::Events;
use tokio_util::sync::CancellationToken;

use crate::fetch::options;
use crate::support::tiny_distribution;

#[test]
fn packing_twice_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut sums = Vec::new();
    for name in ["a", "b"] {
        let source = dir.path().join(name);
        tiny_distribution(&source);
        let distribution = Distribution::open(&source).unwrap();
        let out = dir.path().join(format!("out-{name}"));
        let packed =
            archive::pack(&distribution, &out, &Events::silent(), &CancellationToken::new()).unwrap();
        assert!(packed.archive.ends_with(archive::file_name(&distribution)));
        let listed = fs::read_to_string(out.join("SHA256SUMS")).unwrap();
        assert_eq!(listed, format!("{}  {}\n", packed.sha256, archive::file_name(&distribution)));
        sums.push((packed.sha256, fs::read(&packed.archive).unwrap()));
        std::thread::sleep(std::time::Duration::from_millis(1100)); // another mtime
    }
    assert!(sums[0] == sums[1]);
}

#[test]
fn sums_of_other_archives_stay() {
    let dir = tempfile::tempdir().unwrap();
    tiny_distribution(&dir.path().join("d"));
    let other = format!("{}  zz.tar.gz\n", "0".repeat(64));
    fs::write(dir.path().join("SHA256SUMS"), &other).unwrap();
    let distribution = Distribution::open(&dir.path().join("d")).unwrap();
    for _ in 0..2 {
        archive::pack(&distribution, dir.path(), &Events::silent(), &CancellationToken::new()).unwrap();
    }
    let listed = fs::read_to_string(dir.path().join("SHA256SUMS")).unwrap();
    assert!(listed.ends_with(&other) && listed.lines().count() == 2, "{listed}");
}

#[test]
fn what_is_packed_is_fetched_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    tiny_distribution(&dir.path().join("d"));
    let distribution = Distribution::open(&dir.path().join("d")).unwrap();
    let packed =
        archive::pack(&distribution, dir.path(), &Events::silent(), &CancellationToken::new()).unwrap();
    let options = options(dir.path(), packed.archive.to_str().unwrap(), &packed.sha256);
    let fetched = fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).unwrap();
    assert_eq!(fetched.distribution.manifest, distribution.manifest);
    assert!(!fetched.up_to_date && packed.archive.exists());
    assert!(fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).unwrap().up_to_date);
}
