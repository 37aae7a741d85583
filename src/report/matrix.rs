//! A proof on the terminal: per scenario a matrix of cases and checks, then what does not hold.

use std::collections::BTreeSet;
use std::io::{Result, Write};

use super::style::{Mark, Style};
use super::{mutation, variations};
use crate::grade::verdict::Outcome;
use crate::plural::counted;
use crate::prove::plan::Case;
use crate::prove::proof::{CaseProof, Proof, ScenarioProof};

/// Columns for the name of a case.
const NAME: usize = 34;

/// Writes the whole proof.
pub fn write(out: &mut impl Write, style: &Style, proof: &Proof) -> Result<()> {
    match proof.variations {
        Some(_) => {
            variations::write(out, style, proof)?;
            proof.scenarios.iter().try_for_each(|scenario| write_lint(out, style, scenario))?;
        }
        None => proof.scenarios.iter().try_for_each(|scenario| write_scenario(out, style, scenario))?,
    }
    for left in &proof.left {
        writeln!(out, "{} left on the cluster: {left}", style.mark(Mark::Bad))?;
    }
    if proof.variations.is_none() && proof.scenarios.len() > 1 {
        let heading = "Failed";
        write_cases(out, style, proof, heading, Mark::Bad, |case| &case.problems)?;
    }
    let heading = "Failed at first, and passed when played again alone";
    write_cases(out, style, proof, heading, Mark::Waiting, |case| match case.problems.is_empty() {
        true => &case.at_first,
        false => &[],
    })?;
    let all = || proof.scenarios.iter().flat_map(|s| &s.cases);
    let (cases, what) = match all().filter(|c| c.fate.is_none()).count() {
        0 => (all().count(), "mutant"),
        cases => (cases, "case"),
    };
    let (mark, verdict) = match proof.holds {
        true => (Mark::Good, "all passed"),
        false => (Mark::Bad, "some failed"),
    };
    let summary = format!(
        "{} of {} in {:.1} s on Kubernetes {}: {verdict}",
        counted(cases, what),
        counted(proof.scenarios.len(), "scenario"),
        proof.seconds,
        proof.cluster.version
    );
    if let Some(tally) = &proof.mutation {
        writeln!(out, "  {}", mutation::rate(tally))?;
    }
    for rate in proof.variations.iter().flat_map(variations::rates) {
        writeln!(out, "  {rate}")?;
    }
    writeln!(out, "{} {summary}", style.mark(mark))
}

fn write_scenario(out: &mut impl Write, style: &Style, scenario: &ScenarioProof) -> Result<()> {
    writeln!(out, "{}", style.bold(&scenario.id))?;
    let legend: Vec<String> = scenario
        .checks
        .iter()
        .enumerate()
        .map(|(i, c)| format!("{} {}{}", letter(i), c.id, if c.guard { " (guard)" } else { "" }))
        .collect();
    writeln!(out, "{}", style.dim(&style.wrap(&legend.join(" · "), "  ")))?;
    let letters: String = (0..scenario.checks.len()).map(|i| format!("{} ", letter(i))).collect();
    writeln!(out, "  {:NAME$}  {letters} {:>4}  {:>6}", "", "%", "time")?;
    let mut said = BTreeSet::new();
    for case in scenario.cases.iter().filter(|c| c.fate.is_none()) {
        let kind = match case.case {
            Case::Unsolved { .. } | Case::Reset => ' ',
            Case::Solution { .. } => '+',
            Case::Mistake { .. } | Case::Mutant(_) | Case::Variation(_) => '-',
        };
        let name: String = format!("{kind} {}", case.case.title()).chars().take(NAME).collect();
        let mark = style.mark(if case.problems.is_empty() { Mark::Good } else { Mark::Bad });
        let seconds = case.seconds.total();
        writeln!(
            out,
            "{mark} {name:NAME$}  {} {:>4}  {seconds:>5.1}s",
            cells(style, scenario, case),
            case.percent
        )?;
        for problem in &case.problems {
            // What is wrong with the scenario is wrong in each of its cases.
            let words = if said.insert(problem) { problem } else { "as above" };
            writeln!(out, "{}", style.wrap(words, "      "))?;
        }
    }
    mutation::write(out, style, scenario)?;
    write_lint(out, style, scenario)?;
    writeln!(out)
}

/// The cases of which `told` has something to tell, over all matrices, because these are long.
fn write_cases(
    out: &mut impl Write,
    style: &Style,
    proof: &Proof,
    heading: &str,
    mark: Mark,
    told: impl Fn(&CaseProof) -> &[String],
) -> Result<()> {
    let cases = proof.scenarios.iter().flat_map(|s| s.cases.iter().map(|case| (&s.id, case)));
    let cases: Vec<_> = cases.filter(|(_, case)| !told(case).is_empty()).collect();
    if !cases.is_empty() {
        writeln!(out, "{}", style.bold(heading))?;
    }
    for (scenario, case) in cases {
        let name = format!("{scenario}: {}", case.case.title());
        writeln!(out, "{} {}", style.mark(mark), style.wrap(&name, "  ").trim_start())?;
        for line in told(case) {
            writeln!(out, "{}", style.wrap(line, "      "))?;
        }
    }
    Ok(())
}

fn write_lint(out: &mut impl Write, style: &Style, scenario: &ScenarioProof) -> Result<()> {
    for finding in &scenario.lint {
        writeln!(out, "{} {}", style.mark(Mark::Bad), style.wrap(finding, "  ").trim_start())?;
    }
    Ok(())
}

/// One sign a check: a dot where it passes, so that what catches something stands out.
fn cells(style: &Style, scenario: &ScenarioProof, case: &CaseProof) -> String {
    let sign = |i: usize| match case.verdicts.get(i) {
        Some(Outcome::Pass) if style.plain => ".",
        Some(Outcome::Pass) => "·",
        Some(Outcome::Fail) if style.plain => "x",
        Some(Outcome::Fail) => "✘",
        Some(Outcome::NotYet) if style.plain => "w",
        Some(Outcome::NotYet) => "…",
        Some(Outcome::Unknown) => "?",
        None => " ",
    };
    (0..scenario.checks.len()).map(|i| format!("{} ", sign(i))).collect()
}

fn letter(index: usize) -> char {
    u32::try_from(index)
        .ok()
        .and_then(|i| char::from_u32(u32::from(b'a') + i))
        .filter(char::is_ascii_lowercase)
        .unwrap_or('#')
}
