//! The distribution: there, or what is missing to build it. Pure.
//!
//! In: [`Facts`]. Out: lines. Where the distribution is there, nothing else is needed and nothing else is
//! said.

use super::{DistributionFact, Facts, Line, Topic};
use crate::distribution::prerequisites::missing;

/// The lines about the distribution.
pub fn lines(facts: &Facts) -> Vec<Line> {
    match &facts.distribution {
        DistributionFact::Present { kubernetes, dir, .. } => {
            vec![Line::ok(Topic::Distribution, format!("Kubernetes {kubernetes} in {}", dir.display()))]
        }
        DistributionFact::Broken(why) => {
            let cure = "unset SATRAIN_DISTRIBUTION or make it name a distribution";
            vec![Line::missing(Topic::Distribution, why.clone(), cure)]
        }
        DistributionFact::Absent => absent(facts),
    }
}

fn absent(facts: &Facts) -> Vec<Line> {
    let Some(build) = &facts.build else {
        let cure = "satrain distribution build";
        return vec![Line::missing(
            Topic::Distribution,
            "not built, and the build requirements are unknown",
            cure,
        )];
    };
    let Some(missing) = missing(build) else {
        let says = "not built yet; all build requirements are met";
        let cure = "satrain distribution build (about 7 minutes, once; `satrain run` does it, too)";
        return vec![Line::warn(Topic::Distribution, says, cure)];
    };
    let findings = missing.findings.into_iter();
    let mut lines: Vec<Line> =
        findings.map(|finding| Line::missing(Topic::Distribution, finding.problem, finding.cure)).collect();
    if let Some(command) = missing.command.filter(|_| lines.len() > 1) {
        lines.push(Line::warn(Topic::Distribution, "all packages at once", command));
    }
    lines
}
