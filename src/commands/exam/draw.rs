//! `satrain exam draw`: a paper, as a file.

use std::io::Write;

use clap::Args;

use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::exam::{self, PASS, Wish};
use crate::printable::shell_quoted;
use crate::quiz::Bank;

/// A seed that nobody asked for is below this: short to type.
const SEEDS: u64 = 1_000_000;

/// What a drawn paper is to be.
#[derive(Debug, Clone, Args)]
pub(super) struct Drawn {
    /// How many scenarios the paper has
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=40))]
    tasks: u16,
    /// How many quiz questions follow them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=39))]
    questions: u16,
    /// How long the exam lasts [default: as long as its tasks are expected to take]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: Option<u32>,
    /// Only scenarios and questions on this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Pass mark, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = PASS, value_parser = clap::value_parser!(u32).range(1..=100))]
    pass: u32,
}

/// Arguments of `satrain exam draw`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain exam draw > paper.yaml\n  satrain exam draw --tasks 4 --questions 3 --topic tokens --seed 7"
)]
pub(super) struct DrawArgs {
    #[command(flatten)]
    drawn: Drawn,
    /// Draw the same paper again [default: another one each time; the file names the seed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Drawn {
    /// The paper that `seed` draws, and its text.
    pub(super) fn paper(&self, ctx: &Context, seed: u64) -> Result<(exam::Paper, String)> {
        let wish = Wish {
            tasks: self.tasks.into(),
            questions: self.questions.into(),
            minutes: self.minutes,
            pass: self.pass,
            topic: self.topic.clone(),
            seed,
        };
        let paper =
            exam::draw(ctx.session.catalog()?.entries(), &Bank::builtin()?, &wish).map_err(Failure::usage)?;
        let remarks = [
            format!("Drawn by `{}`.", self.command(seed)),
            "Each task has a scenario or a question, its weight in per cent, and what draws its names."
                .to_owned(),
        ];
        let text = exam::write(&paper, &remarks);
        Ok((paper, text))
    }

    /// What draws the same paper again, where the same scenarios are.
    fn command(&self, seed: u64) -> String {
        let mut words = format!("satrain exam draw --tasks {} --seed {seed}", self.tasks);
        let mut add = |option: &str, value: String| {
            words.push_str(&format!(" --{option} {}", shell_quoted(&value)));
        };
        if self.questions > 0 {
            add("questions", self.questions.to_string());
        }
        if let Some(minutes) = self.minutes {
            add("minutes", minutes.to_string());
        }
        if let Some(topic) = &self.topic {
            add("topic", topic.clone());
        }
        if self.pass != PASS {
            add("pass", self.pass.to_string());
        }
        words
    }
}

/// A seed of the moment.
pub(super) fn any_seed() -> Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|e| Failure::other(format!("no random number: {e}")))?;
    Ok(u64::from_le_bytes(bytes) % SEEDS)
}

/// Runs the command.
pub(super) fn run(ctx: &Context, args: &DrawArgs, out: &mut impl Write) -> Result<Exit> {
    let seed = args.seed.map_or_else(any_seed, Ok)?;
    let (paper, text) = args.drawn.paper(ctx, seed)?;
    match ctx.json {
        true => ctx.write_json(out, &paper)?,
        false => write!(out, "{text}")?,
    }
    Ok(Exit::Passed)
}
