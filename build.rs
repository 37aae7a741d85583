//! Tells cargo to rebuild when a file is added to or removed from an embedded folder: `include_dir!` on a
//! stable compiler tracks the contents of the files it knows, not new ones.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=distro");
    println!("cargo::rerun-if-changed=variations");
}
