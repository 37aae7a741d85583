//! The scenario file: its types, loading, templating, catalog and lint.
//!
//! In: untrusted YAML text and the folder it may refer to. Out: a [`Loaded`] scenario, and, once parameters
//! are bound, a [`BoundScenario`]. Never: a cluster, a process, a network.
//!
//! Templates are rendered in every text except names, parameters and scripts. Scripts get each parameter as
//! an upper-case variable: `serviceAccount` is `$SERVICE_ACCOUNT`.

mod bind;
mod binding;
mod catalog;
mod error;
mod folder;
mod for_learners;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod guarded;
mod lines;
mod load;
mod loaded;
pub mod model;
mod module;
mod names;
mod parse;
pub mod path;
mod placed;
mod playground;
mod reach;
mod ready;
mod schema;
pub(crate) mod strings;
mod suggest;
pub(crate) mod template;
#[cfg(test)]
pub(crate) mod testing;
mod tree;
mod verify;

pub use bind::{BoundScenario, as_variables, bind, exam_text, task_text, with_helpers};
pub use binding::Binding;
pub use catalog::{Catalog, Entry};
pub use error::{Result, ScenarioError, ScenarioErrorKind};
pub use folder::Origin;

pub(crate) use binding::candidates;
pub use for_learners::for_learners;
pub(crate) use lines::Lines;
pub use load::{load, load_texts};
pub use loaded::Loaded;
pub(crate) use loaded::MANIFESTS;
pub(crate) use module::module_beside;
pub use module::{Covered, Module, OUTLINE, Trainer, coverage, module, modules, outline_beside};
pub use names::env_name;
pub(crate) use names::{is_clusters_own, is_dns_label, is_dns_subdomain};
pub(crate) use placed::{Placed, error_in};
pub use playground::Playground;
pub(crate) use reach::reaches_beyond;
pub(crate) use ready::ReadyEntry;
pub(crate) use suggest::did_you_mean;
pub(crate) use tree::escape;

/// The JSON Schema of a scenario file, for editors.
pub fn schema() -> serde_json::Value {
    schema::for_editors(schemars::schema_for!(model::Scenario).to_value())
}

/// Renders a text that was checked before, with the values of its parameters.
pub(crate) fn rendered(
    text: &str,
    values: &std::collections::BTreeMap<String, String>,
) -> std::result::Result<String, String> {
    template::render(text, values, template::MAX_RENDERED).map_err(|e| e.message)
}

/// There is no `what` of that name; the nearest of those that there are is proposed.
pub(crate) fn unknown(what: &str, name: &str, known: &[&str]) -> Box<ScenarioError> {
    let message = format!("there is no {what} `{}`", name.escape_debug());
    let error = ScenarioError::plain(ScenarioErrorKind::NotFound, message);
    match suggest::did_you_mean(name, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}
