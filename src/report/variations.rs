//! The variations of a proof on the terminal: the matrix variation × scenario, the cells that are not as usual, the rates.
//!
//! What an attack was lost by is told by `--output json` and JUnit.

use std::collections::BTreeSet;
use std::io::{Result, Write};

use super::style::{Mark, Style};
use crate::prove::proof::{CaseProof, Proof};
use crate::prove::variations::{Cell, Judged, Rates};

/// After how many columns of the matrix a gap helps to find one.
const GAP: usize = 5;

/// Writes the matrix and what is to be said about it.
pub fn write(out: &mut impl Write, style: &Style, proof: &Proof) -> Result<()> {
    let columns: Vec<String> =
        proof.scenarios.iter().enumerate().map(|(i, s)| format!("{} {}", letter(i), s.id)).collect();
    if !style.plain {
        writeln!(out, "{}\n", style.dim(&style.wrap(&columns.join(" · "), "")))?;
    }
    for (attack, heading) in [(true, "Attacks: must lose points"), (false, "Harmless: must keep all points")]
    {
        let rows: BTreeSet<&str> = cells(proof).filter(|c| c.attack == attack).map(|c| c.name).collect();
        if rows.is_empty() {
            continue;
        }
        let name = cells(proof).map(|c| c.name.len()).max().unwrap_or_default();
        match style.plain {
            true => writeln!(out, "{heading}")?,
            false => {
                let head = line_of((0..proof.scenarios.len()).map(letter));
                writeln!(
                    out,
                    "{}{}  {head}",
                    style.bold(heading),
                    " ".repeat((name + 2).saturating_sub(heading.len()))
                )?;
            }
        }
        for row in rows {
            write_row(out, style, proof, row, name)?;
        }
        writeln!(out)?;
    }
    write_cells(out, style, proof)
}

/// A cell that was asked for.
struct Place<'a> {
    scenario: &'a str,
    name: &'a str,
    attack: bool,
    cell: &'a Cell,
    proof: &'a CaseProof,
}

fn cells(proof: &Proof) -> impl Iterator<Item = Place<'_>> {
    proof.scenarios.iter().flat_map(|scenario| {
        scenario.cases.iter().filter_map(|case| {
            let (variation, cell) = case.variation()?;
            let (name, attack) = (variation.name.as_str(), variation.attack);
            Some(Place { scenario: &scenario.id, name, attack, cell, proof: case })
        })
    })
}

fn write_row(out: &mut impl Write, style: &Style, proof: &Proof, name: &str, width: usize) -> Result<()> {
    let of_row: Vec<Place<'_>> = cells(proof).filter(|c| c.name == name).collect();
    let good = of_row.iter().all(|c| c.proof.problems.is_empty());
    let mark = style.mark(if good { Mark::Good } else { Mark::Bad });
    if style.plain {
        let count = |sign: char| of_row.iter().filter(|c| self::sign(c.cell) == sign).count();
        let counts =
            [('·', "right"), ('=', "declared"), ('-', "not applicable"), ('✘', "false"), ('?', "not played")];
        let counts = counts.map(|(sign, what)| (count(sign), what)).into_iter().filter(|(n, _)| *n > 0);
        let counts: Vec<String> = counts.map(|(n, what)| format!("{n} {what}")).collect();
        return writeln!(out, "{mark} {name}: {}", counts.join(", "));
    }
    let column = |id: &str| of_row.iter().find(|c| c.scenario == id).map_or(' ', |c| sign(c.cell));
    let signs = line_of(proof.scenarios.iter().map(|s| column(&s.id)));
    writeln!(out, "{}", format!("{mark} {name:width$}  {signs}").trim_end())
}

/// What is not as usual: false verdicts and what could not be played, then what is declared, with its reason.
fn write_cells(out: &mut impl Write, style: &Style, proof: &Proof) -> Result<()> {
    for place in cells(proof).filter(|c| !c.proof.problems.is_empty()) {
        let name = format!("{} {} {}", place.scenario, style.dot(), place.name);
        writeln!(out, "{} {name}", style.mark(Mark::Bad))?;
        for problem in &place.proof.problems {
            writeln!(out, "{}", style.wrap(problem, "      "))?;
        }
    }
    for place in cells(proof) {
        if let Cell::Declared { reason } = place.cell {
            writeln!(out, "= {} {} {}", place.scenario, style.dot(), place.name)?;
            writeln!(out, "{}", style.dim(&style.wrap(reason, "      ")))?;
        }
    }
    Ok(())
}

/// The rates in words.
pub fn rates(rates: &Rates) -> [String; 2] {
    let Rates { attacks, harmless, kill_rate, false_fail_rate } = rates;
    let attacks_lost =
        format!("attacks: {} of {} lost points ({kill_rate:.1} %)", attacks.right, attacks.n());
    let harmless_lost =
        format!("harmless: {} of {} cost points ({false_fail_rate:.1} %)", harmless.wrong, harmless.n());
    [(attacks_lost, attacks), (harmless_lost, harmless)]
        .map(|(text, judged)| format!("{text}{}", others(judged)))
}

fn others(judged: &Judged) -> String {
    let parts = [
        (judged.declared, "declared"),
        (judged.not_applicable, "not applicable"),
        (judged.failed, "not played"),
    ];
    parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}")).collect()
}

/// One sign a cell: a dot where it is as usual, so that all else stands out.
fn sign(cell: &Cell) -> char {
    match cell {
        Cell::Lost { .. } | Cell::Kept => '·',
        Cell::Declared { .. } => '=',
        Cell::NotApplicable { .. } => '-',
        Cell::False => '✘',
        Cell::Failed => '?',
    }
}

fn line_of(signs: impl Iterator<Item = char>) -> String {
    let mut line = String::new();
    for (i, sign) in signs.enumerate() {
        if i > 0 && i % GAP == 0 {
            line.push(' ');
        }
        line.push(sign);
    }
    line
}

fn letter(index: usize) -> char {
    let letters = ('a'..='z').chain('A'..='Z');
    letters.cycle().nth(index).unwrap_or('#')
}

#[cfg(test)]
mod tests;
