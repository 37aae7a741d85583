//! What fuzzing asks of scenario files and templates; see `crate::fuzzing`.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::{ScenarioError, SourceText};
use super::folder::{Folder, Origin};
use super::load::load_text;
use super::model::Scenario;
use super::{Binding, Loaded, bind, task_text, template};

/// The most that a template may give.
const ROOM: usize = 64 << 10;

/// Any text as a scenario file, beside no other file; gives what was loaded.
pub(crate) fn scenario(text: &str) -> Option<Loaded> {
    let (first, second) = (load(text), load(text));
    let loaded = match (first, second) {
        (Ok(loaded), Ok(again)) => {
            assert_eq!(loaded.scenario, again.scenario, "the same text is the same scenario");
            loaded
        }
        (Err(error), Err(again)) => {
            assert_eq!(error.one_line(), again.one_line());
            explained(&error);
            return None;
        }
        _ => panic!("the same text loads once and does not load once"),
    };
    for binding in [Binding::defaults(&loaded.scenario), Binding::seeded(&loaded.scenario, 7)] {
        bound_twice(&loaded, &binding);
        bound_twice(&loaded, &binding.isolated("Fuzz_1"));
    }
    Some(loaded)
}

fn bound_twice(loaded: &Loaded, binding: &Binding) {
    match (bind(loaded, binding), bind(loaded, binding)) {
        (Ok(bound), Ok(again)) => {
            assert_eq!(bound, again, "bound twice is the same");
            let _ = (task_text(&bound), super::bind::as_variables(&bound.shown_values()), bound.namespaces());
        }
        (Err(error), Err(again)) => {
            assert_eq!(error.one_line(), again.one_line());
            explained(&error);
        }
        _ => panic!("the same values bind once and do not bind once"),
    }
}

/// An error can be shown, and gives a terminal no orders.
pub(crate) fn explained(error: &ScenarioError) {
    let mut shown = String::new();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    assert!(handler.with_links(false).render_report(&mut shown, error).is_ok(), "it cannot be shown");
    assert!(!shown.contains(crate::printable::is_hidden), "{shown:?}");
}

fn load(text: &str) -> super::Result<Loaded> {
    // The folder has the name that the file asks for, so that more is reached than the complaint about it.
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap_or("sample").trim();
    let source = SourceText { name: "sample/scenario.yaml".into(), text: text.into() };
    load_text(source, &Folder::Disk(Path::new("/nonexistent/sample")), Origin::Builtin(id.into()))
}

/// A small scenario without findings.
pub(crate) fn sample() -> Option<Scenario> {
    static SAMPLE: std::sync::LazyLock<Option<Scenario>> =
        std::sync::LazyLock::new(|| load(include_str!("testdata/minimal.yaml")).ok().map(|l| l.scenario));
    SAMPLE.clone()
}

/// Lines `name=value`, an empty line, and the template.
pub(crate) fn template(input: &str) {
    let (head, text) = input.split_once("\n\n").unwrap_or(("", input));
    let pairs = head.lines().filter_map(|line| line.split_once('='));
    let values: BTreeMap<String, String> = pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let known: Vec<&str> = values.keys().map(String::as_str).collect();
    let used = template::check(text, &known);
    assert_eq!(used, template::check(text, &known), "a check says the same twice");
    let rendered = template::render(text, &values, ROOM);
    assert_eq!(rendered, template::render(text, &values, ROOM), "rendered twice is the same");
    match rendered {
        Ok(output) if template::is_template(text) => assert!(output.len() <= ROOM, "{}", output.len()),
        Ok(output) => assert_eq!(output, text, "what is no template stays as it is"),
        Err(error) => assert!(error.range.end <= text.len(), "{error:?}"),
    }
}
