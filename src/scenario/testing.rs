//! What the tests of this folder share: a small scenario without findings, and loading from text.

use super::Loaded;
use super::error::{Result, SourceText};
use super::folder::{Folder, Origin};
use super::load::load_text;

/// A whole scenario, as small as lint allows.
pub(crate) fn minimal() -> String {
    include_str!("testdata/minimal.yaml").to_owned()
}

/// Loads a text as `sample/scenario.yaml`, beside no other file.
pub(crate) fn load_str(text: &str) -> Result<Loaded> {
    let folder = std::path::Path::new("/nonexistent/sample");
    let source = SourceText { name: "sample/scenario.yaml".into(), text: text.into() };
    load_text(source, &Folder::Disk(folder), Origin::Folder("sample".into()))
}

/// The error as a person sees it: no colour, 100 columns.
pub(crate) fn shown(error: &super::ScenarioError) -> String {
    let mut out = String::new();
    let theme = miette::GraphicalTheme::unicode_nocolor();
    let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
    handler.render_report(&mut out, error).unwrap();
    out
}
