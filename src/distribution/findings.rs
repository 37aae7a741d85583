//! What keeps a build from beginning, each with its cure: found by `prerequisites`, told by errors.

use std::fmt;

use super::packages::Tool;

/// One thing that keeps a build from beginning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What is wrong: "no C compiler".
    pub problem: String,
    /// What to do about it.
    pub cure: String,
    /// The tool that a package brings, if installing is the cure.
    pub tool: Option<Tool>,
}

/// Everything that is missing, and one command for what packages cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// At least one.
    pub findings: Vec<Finding>,
    /// Installs all that packages can bring.
    pub command: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the distribution cannot be built yet:")?;
        for finding in &self.findings {
            write!(f, "\n  - {}\n    {}", finding.problem, finding.cure)?;
        }
        if let Some(command) = self.command.as_ref().filter(|_| self.findings.len() > 1) {
            write!(f, "\nall packages at once: {command}")?;
        }
        Ok(())
    }
}
