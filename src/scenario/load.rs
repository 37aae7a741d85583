//! From a folder to a [`Loaded`] scenario: read, parse, verify.
//!
//! In: a folder with `scenario.yaml`. Out: everything that is known before parameters are bound, or the first
//! error with its place. Never: running anything of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use include_dir::Dir;
use sha2::{Digest, Sha256};

use super::error::{Result, ScenarioError, ScenarioErrorKind, SourceText};
use super::folder::{FILE, FileTrouble, Folder, Origin};
use super::guarded;
use super::loaded::Loaded;
use super::model::{Manifests, Scenario};
use super::parse::{self, MAX_FILE_BYTES};
use super::tree::Places;
use super::verify;

/// Loads the scenario in a folder (`PATH/scenario.yaml`), or the scenario file itself.
///
/// # Errors
/// When a file cannot be read or breaks a rule of the format; with its place.
pub fn load(path: &Path) -> Result<Loaded> {
    let unreadable = |e: std::io::Error| {
        let shown = path.display().to_string();
        ScenarioError::plain(ScenarioErrorKind::Unreadable, format!("{}: {e}", shown.escape_debug()))
            .help("name a directory that contains a scenario.yaml")
    };
    let path = path.canonicalize().map_err(unreadable)?;
    let folder = match path.parent() {
        Some(parent) if path.file_name().is_some_and(|name| name == FILE) => parent,
        _ => &path,
    };
    load_folder(&Folder::Disk(folder), Origin::Folder(folder.to_owned()))
}

/// Loads the scenario `id` from the texts that [`Loaded::texts`] of another machine gave.
///
/// # Errors
/// When one is missing, or breaks a rule of the format; with its place.
pub fn load_texts(id: &str, texts: &BTreeMap<String, String>) -> Result<Loaded> {
    load_folder(&Folder::Sent(texts), Origin::Folder(Path::new("sent").join(id)))
}

/// Loads an embedded scenario.
pub(super) fn load_builtin(dir: &Dir<'static>) -> Result<Loaded> {
    let id = dir.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    load_folder(&Folder::Builtin(dir), Origin::Builtin(id))
}

fn load_folder(folder: &Folder<'_>, origin: Origin) -> Result<Loaded> {
    let name = folder.display(FILE);
    let text = folder.read(FILE).map_err(|trouble| {
        ScenarioError::plain(ScenarioErrorKind::Unreadable, format!("{name}: {trouble}"))
            .help("a scenario is a directory that contains a scenario.yaml")
    })?;
    load_text(SourceText { name, text: text.into() }, folder, origin)
}

/// Loads a scenario from its text; files it names come from `folder`.
pub(super) fn load_text(source: SourceText, folder: &Folder<'_>, origin: Origin) -> Result<Loaded> {
    if source.text.len() > MAX_FILE_BYTES {
        let message = format!("{}: {}", source.name, FileTrouble::TooLarge);
        return Err(ScenarioError::plain(ScenarioErrorKind::Invalid, message));
    }
    parse::plain_text(&source)?;
    let (mut scenario, places) = parse::scenario(&source)?;
    guarded::guard_all(&mut scenario);
    let manifests_file = manifests_file(&scenario, &source, &places, folder)?;
    let digest = digest(&source, manifests_file.as_ref(), &scenario);
    let loaded = Loaded { scenario, origin, digest, source, places: Arc::new(places), manifests_file };
    verify::verify(&loaded)?;
    Ok(loaded)
}

fn manifests_file(
    scenario: &Scenario,
    source: &SourceText,
    places: &Places,
    folder: &Folder<'_>,
) -> Result<Option<SourceText>> {
    let Manifests::File { file } = &scenario.setup.manifests else { return Ok(None) };
    let text = folder.read(file).map_err(|trouble| {
        ScenarioError::at(
            source,
            places.value("/setup/manifests/file"),
            format!("the manifests file cannot be used: {trouble}"),
        )
        .help("name a file beside scenario.yaml, by a relative path without `..` or links that lead out")
    })?;
    let file = SourceText { name: folder.display(file), text: text.into() };
    parse::plain_text(&file)?;
    Ok(Some(file))
}

/// Names and lengths go in too, so that no two sets of files share a digest.
fn digest(source: &SourceText, manifests: Option<&SourceText>, scenario: &Scenario) -> String {
    let mut hash = Sha256::new();
    let mut add = |name: &str, text: &str| {
        hash.update(format!("{name}\n{}\n", text.len()));
        hash.update(text);
    };
    add(FILE, &source.text);
    if let (Manifests::File { file }, Some(text)) = (&scenario.setup.manifests, manifests) {
        add(file, &text.text);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
