//! `satrain completions SHELL` and `satrain schema`: text for shells and editors.

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::result::format::ResultV1;

/// Arguments of `satrain completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain completions bash > ~/.local/share/bash-completion/completions/satrain\n  satrain completions fish | source"
)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Arguments of `satrain schema`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain schema > scenario.schema.json\n  satrain schema quiz")]
pub struct SchemaArgs {
    /// The schema to print
    #[arg(value_enum, default_value_t = Format::Scenario)]
    of: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A scenario file
    Scenario,
    /// A file of quiz items
    Quiz,
    /// A paper of an exam
    Paper,
    /// A class
    Class,
    /// What a learner hands in (`satrain submit`), as it is signed
    Bundle,
    /// A result (`--output json`)
    Result,
    /// The mark of a hand-in, as `satrain grade` keeps it
    Mark,
    /// The marks of a class (`satrain grade --output json`)
    Gradebook,
    /// What the marks of a class say (`satrain class report --output json`)
    Insight,
    /// What judging again changes (`satrain grade --replay --output json`)
    Regrade,
}

/// Writes the completion script.
pub fn run(args: &CompletionsArgs, out: &mut impl Write) -> Result<Exit> {
    // It panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::commands::cli::command(), "satrain", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Passed)
}

/// Writes the JSON Schema.
pub fn schema(ctx: &Context, args: &SchemaArgs, out: &mut impl Write) -> Result<Exit> {
    let schema = match args.of {
        Format::Scenario => crate::scenario::schema(),
        Format::Quiz => crate::quiz::schema(),
        Format::Paper => crate::exam::schema(),
        Format::Class => crate::class::schema(),
        Format::Bundle => crate::bundle::schema(),
        Format::Mark => crate::marking::Mark::json_schema(),
        Format::Gradebook => crate::class::gradebook::Gradebook::json_schema(),
        Format::Insight => crate::insight::Insight::json_schema(),
        Format::Regrade => crate::marking::Regrade::json_schema(),
        Format::Result => ResultV1::json_schema(),
    };
    ctx.write_json(out, &named(schema, args.of))?;
    Ok(Exit::Passed)
}

/// The schema under its name: what two copies have in common, whichever file they are in.
fn named(mut schema: serde_json::Value, of: Format) -> serde_json::Value {
    if let (Some(fields), Some(name)) = (schema.as_object_mut(), of.to_possible_value()) {
        let id = format!("https://satrain.dev/schema/{}/v1", name.get_name());
        fields.insert("$id".into(), id.into());
    }
    schema
}
