//! A proof of papers on the terminal and as JUnit XML: per paper a matrix of grades, a row for each solution that was played and
//! a column for each task, then what does not hold.

use std::io::{Result, Write};

use super::junit::{escape, write_test};
use super::style::{Mark, Style};
use crate::plural::counted;
use crate::prove::papers::proof::{PaperProof, PapersProof, Round, TaskProof};

/// Columns for the name of a row.
const NAME: usize = 34;

/// Writes the whole proof.
pub fn write(out: &mut impl Write, style: &Style, proof: &PapersProof) -> Result<()> {
    for paper in &proof.papers {
        write_paper(out, style, paper)?;
    }
    for left in &proof.left {
        writeln!(out, "{} left on the cluster: {left}", style.mark(Mark::Bad))?;
    }
    let tasks: usize = proof.papers.iter().map(|paper| paper.tasks.len()).sum();
    let (mark, verdict) = match proof.holds {
        true => (Mark::Good, "all passed"),
        false => (Mark::Bad, "some failed"),
    };
    writeln!(
        out,
        "{} {} of {} in {:.1} s on Kubernetes {}: {verdict}",
        style.mark(mark),
        counted(tasks, "task"),
        counted(proof.papers.len(), "paper"),
        proof.seconds,
        proof.cluster.version
    )
}

fn write_paper(out: &mut impl Write, style: &Style, paper: &PaperProof) -> Result<()> {
    writeln!(out, "{}", style.bold(&name(paper)))?;
    let legend: Vec<String> = paper.tasks.iter().map(described).collect();
    writeln!(out, "{}", style.dim(&style.wrap(&legend.join(" · "), "  ")))?;
    let numbers: String = paper.tasks.iter().map(|task| format!("{:>4}", task.number)).collect();
    writeln!(out, "  {:NAME$}{numbers}  {:>6}", "", "time")?;
    for round in &paper.rounds {
        let cells: String = round.percent.iter().map(cell).collect();
        let seconds = round.script + round.grade;
        let row: String = row(paper, round).chars().take(NAME).collect();
        let mark = style.mark(if round.problems.is_empty() { Mark::Good } else { Mark::Bad });
        writeln!(out, "{mark} {row:NAME$}{cells}  {seconds:>5.1}s")?;
        for problem in &round.problems {
            writeln!(out, "{}", style.wrap(problem, "      "))?;
        }
    }
    for task in &paper.tasks {
        if task.question && task.problems.is_empty() {
            writeln!(out, "{} {} {}: its key holds", style.mark(Mark::Good), task.number, task.id)?;
        }
        for problem in &task.problems {
            let told = style.wrap(&format!("task {} ({}): {problem}", task.number, task.id), "  ");
            writeln!(out, "{} {}", style.mark(Mark::Bad), told.trim_start())?;
        }
    }
    writeln!(out)
}

/// The title, and the file where there is one.
fn name(paper: &PaperProof) -> String {
    match &paper.file {
        Some(file) => format!("{} ({file})", paper.title),
        None => paper.title.clone(),
    }
}

fn described(task: &TaskProof) -> String {
    let alone = if task.alone { ", alone" } else { "" };
    format!("{} {} ({} %{alone})", task.number, task.id, task.weight)
}

fn cell(percent: &Option<u32>) -> String {
    percent.map_or_else(|| "    ".to_owned(), |percent| format!("{percent:>4}"))
}

fn row(paper: &PaperProof, round: &Round) -> String {
    let task = |number: usize| paper.tasks.iter().find(|task| task.number == number);
    match round.solved {
        None => "  unsolved".into(),
        Some(number) => format!("+ {number} {}", task(number).map_or("", |task| &task.id)),
    }
}

/// Writes JUnit XML: a suite a paper, a test a row of the matrix, and one a task for what is wrong with it by itself.
pub fn write_junit(out: &mut impl Write, proof: &PapersProof) -> Result<()> {
    let tests: usize = proof.papers.iter().map(|paper| paper.tasks.len() + paper.rounds.len()).sum();
    let failed: usize = proof.papers.iter().map(failures).sum();
    let left = usize::from(!proof.left.is_empty());
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="satrain exam prove" tests="{}" failures="{}" time="{:.3}" timestamp="{}">"#,
        tests + 1,
        failed + left,
        proof.seconds,
        proof.started
    )?;
    for paper in &proof.papers {
        let suite = name(paper);
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{}" time="{:.3}">"#,
            escape(&suite),
            paper.tasks.len() + paper.rounds.len(),
            failures(paper),
            paper.seconds
        )?;
        for task in &paper.tasks {
            write_test(
                out,
                &suite,
                &format!("task {} {}", task.number, task.id),
                task.setup,
                &task.problems,
            )?;
        }
        for round in &paper.rounds {
            let test = row(paper, round);
            write_test(out, &suite, test.trim(), round.script + round.grade, &round.problems)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, r#"  <testsuite name="cluster" tests="1" failures="{left}">"#)?;
    write_test(out, "cluster", "nothing is left", 0.0, &proof.left)?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn failures(paper: &PaperProof) -> usize {
    let tasks = paper.tasks.iter().filter(|task| !task.problems.is_empty()).count();
    tasks + paper.rounds.iter().filter(|round| !round.problems.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::result::provenance::ClusterPart;

    fn proof() -> PapersProof {
        let task = |number: usize, id: &str, question: bool, problems: &[&str]| TaskProof {
            number,
            id: id.into(),
            question,
            alone: number == 3,
            weight: 25,
            problems: problems.iter().map(|p| (*p).to_owned()).collect(),
            setup: 1.5,
        };
        let round = |solved: Option<usize>, percent: [Option<u32>; 4], problems: &[&str]| Round {
            solved,
            percent: percent.to_vec(),
            problems: problems.iter().map(|p| (*p).to_owned()).collect(),
            script: 1.0,
            grade: 2.0,
        };
        let paper = PaperProof {
            title: "Monday & Tuesday".into(),
            file: Some("monday.yaml".into()),
            seed: None,
            tasks: vec![
                task(1, "scenario-2", false, &[]),
                task(2, "scenario-3", false, &[]),
                task(3, "wide", false, &["reset leaves ClusterRole x"]),
                task(4, "audit-a", true, &[]),
            ],
            rounds: vec![
                round(None, [Some(0), Some(0), None, None], &[]),
                round(
                    Some(1),
                    [Some(100), Some(20), None, None],
                    &[
                        "after the solution of task 1, task 2 (scenario-3): `role` passes on the unsolved lab: free points",
                    ],
                ),
                round(Some(3), [None, None, Some(100), None], &[]),
            ],
            seconds: 12.0,
        };
        PapersProof {
            schema: PapersProof::SCHEMA,
            cluster: ClusterPart { provider: "embedded".into(), version: "v1.0".into() },
            papers: vec![paper],
            left: vec!["ClusterRole x".into()],
            started: Timestamp::UNIX_EPOCH,
            seconds: 12.0,
            holds: false,
        }
    }

    #[test]
    fn the_matrix_fits_the_terminal() {
        let mut out = Vec::new();
        write(&mut out, &Style::plain(), &proof()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn junit_has_a_test_for_each_row_and_task() {
        let mut out = Vec::new();
        write_junit(&mut out, &proof()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }
}
