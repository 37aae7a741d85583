//! Writes satrain's man pages, one for each command, into a folder: `cargo run --example man -- DIR`.

use clap::CommandFactory;

fn main() -> std::io::Result<()> {
    let dir = std::path::PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "man".into()));
    std::fs::create_dir_all(&dir)?;
    clap_mangen::generate_to(satrain::commands::cli::Cli::command(), dir)
}
