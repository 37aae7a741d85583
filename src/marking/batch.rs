//! Pure: the job files by which a batch system grades a class in parts.

use std::path::Path;

use crate::printable::shell_quoted;

/// A batch system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// Slurm: a script for `sbatch`.
    Slurm,
    /// HTCondor: a description for `condor_submit`.
    HtCondor,
}

/// What a job file is about.
#[derive(Debug)]
pub struct BatchJob<'a> {
    /// satrain, where the nodes find it.
    pub program: &'a Path,
    /// The arguments of `satrain`, from `grade` on, without `--shard`.
    pub arguments: &'a [String],
    /// How many parts.
    pub parts: u32,
}

/// Processors of a part: one cluster has work for two.
const PROCESSORS: u32 = 2;
/// Memory of a part, in GiB: a cluster takes less than one, and a hand-in may fill what its cluster may have.
const MEMORY: u32 = 4;

impl Batch {
    /// The job file.
    pub fn file(self, job: &BatchJob<'_>) -> String {
        match self {
            Self::Slurm => slurm(job),
            Self::HtCondor => htcondor(job),
        }
    }
}

fn slurm(BatchJob { program, arguments, parts }: &BatchJob<'_>) -> String {
    let words: Vec<_> = arguments.iter().map(|word| shell_quoted(word)).collect();
    format!(
        "#!/bin/bash
# Grades a class in {parts} parts. Submit it with `sbatch FILE`; then `satrain grade ... --collect` makes the gradebook.
#SBATCH --job-name=satrain-grade
#SBATCH --array=1-{parts}
#SBATCH --cpus-per-task={PROCESSORS}
#SBATCH --mem={MEMORY}G
#SBATCH --output=satrain-grade-%A_%a.log

# Clusters need a local disk, and no other part in their way.
state=$(mktemp -d \"${{TMPDIR:-/tmp}}/satrain-XXXXXX\")
trap 'rm -rf \"$state\"' EXIT
{} --state \"$state\" {} --shard auto/{parts} --jobs 1
",
        shell_quoted(&program.to_string_lossy()),
        words.join(" "),
    )
}

fn htcondor(BatchJob { program, arguments, parts }: &BatchJob<'_>) -> String {
    let words: Vec<String> = arguments.iter().map(|word| condor_quoted(word)).collect();
    format!(
        "# Grades a class in {parts} parts. Submit it with `condor_submit FILE`; then `satrain grade ... --collect` makes the gradebook.
executable = {}
arguments = \"{} --shard auto/{parts} --jobs 1\"
# Clusters need a local disk: the folder of the job.
environment = \"SATRAIN_STATE=state SATRAIN_SHARD_INDEX=$(Process)\"
transfer_executable = false
should_transfer_files = YES
transfer_output_files = \"\"
request_cpus = {PROCESSORS}
request_memory = {MEMORY}GB
output = satrain-grade-$(Cluster)_$(Process).out
error = satrain-grade-$(Cluster)_$(Process).err
log = satrain-grade-$(Cluster).log
queue {parts}
",
        program.display(),
        words.join(" "),
    )
}

/// A word of HTCondor's new syntax for arguments: in single quotes where it is not plain; quotes are doubled.
fn condor_quoted(word: &str) -> String {
    let doubled = word.replace('"', "\"\"");
    match word.contains([' ', '\'', '\t']) || word.is_empty() {
        true => format!("'{}'", doubled.replace('\'', "''")),
        false => doubled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(batch: Batch) -> String {
        let arguments = ["grade", "/srv/class b", "/srv/it's"].map(str::to_owned);
        batch.file(&BatchJob { program: Path::new("/usr/bin/satrain"), arguments: &arguments, parts: 8 })
    }

    #[test]
    fn slurm_gets_a_script_that_a_shell_reads() {
        let script = file(Batch::Slurm);
        assert!(script.contains("#SBATCH --array=1-8\n") && script.contains("--shard auto/8"), "{script}");
        let read = script.replace("/usr/bin/satrain", "printf '%s\\n'");
        let out = std::process::Command::new("bash").arg("-c").arg(read).output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        let words: Vec<&str> = said.lines().collect();
        assert_eq!(words[2..5], ["grade", "/srv/class b", "/srv/it's"], "{said}");
    }

    #[test]
    fn htcondor_gets_a_description() {
        let description = file(Batch::HtCondor);
        let arguments = "arguments = \"grade '/srv/class b' '/srv/it''s' --shard auto/8 --jobs 1\"\n";
        assert!(description.contains(arguments), "{description}");
        assert!(description.ends_with("queue 8\n"));
    }
}
