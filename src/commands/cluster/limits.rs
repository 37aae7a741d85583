//! How much of the machine a cluster may take, as somebody writes it: quantities as in Kubernetes.

use clap::Args;

use crate::cluster::ProviderKind;
use crate::cluster::embedded::WantedLimits;
use crate::error::{Failure, Result};

/// The limits of an embedded cluster that is started.
#[derive(Debug, Clone, Default, Args)]
pub struct LimitArgs {
    /// Memory that the embedded cluster may take, such as 2Gi [default: three quarters of the machine's]
    #[arg(long, value_name = "QUANTITY", value_parser = memory)]
    memory: Option<u64>,
    /// Processors that the embedded cluster may take, such as 1.5 or 1500m [default: all, with the weight of one process]
    #[arg(long, value_name = "QUANTITY", value_parser = cpus)]
    cpus: Option<u64>,
    /// Processes and threads that the embedded cluster may have [default: 16384]
    #[arg(long, value_name = "N", value_parser = processes)]
    processes: Option<u64>,
}

impl LimitArgs {
    /// What is wanted of a cluster of that provider.
    pub(super) fn wanted(&self, provider: ProviderKind) -> Result<WantedLimits> {
        let wanted = WantedLimits { memory: self.memory, processes: self.processes, millicpus: self.cpus };
        match wanted.is_none() || provider == ProviderKind::Embedded {
            true => Ok(wanted),
            false => Err(Failure::usage(
                "--memory, --cpus and --processes limit the embedded cluster\nLeave them out; Docker has limits of its own.",
            )),
        }
    }
}

fn memory(text: &str) -> std::result::Result<u64, String> {
    const UNITS: [(&str, u64); 6] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
    ];
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = unit.unwrap_or((text, 1));
    let bytes = whole(number).and_then(|number| number.checked_mul(bytes));
    let bytes = bytes.ok_or("write a quantity of memory, such as 2Gi or 1536Mi")?;
    at_least(bytes, WantedLimits::LEAST.memory, "a cluster needs 768Mi")
}

fn cpus(text: &str) -> std::result::Result<u64, String> {
    let millicpus = match (text.strip_suffix('m'), text.split_once('.')) {
        (Some(thousandths), _) => whole(thousandths),
        (None, None) => whole(text).and_then(|cpus| cpus.checked_mul(1000)),
        (None, Some((cpus, rest))) if (1..=3).contains(&rest.len()) => {
            let rest = whole(&format!("{rest:0<3}"));
            whole(cpus).and_then(|cpus| cpus.checked_mul(1000)?.checked_add(rest?))
        }
        (None, Some(_)) => None,
    };
    let millicpus = millicpus.filter(|cpus| *cpus <= 1_000_000);
    let millicpus = millicpus.ok_or("write a quantity of processors, such as 2, 1.5 or 1500m")?;
    at_least(millicpus, WantedLimits::LEAST.millicpus, "a cluster needs 500m")
}

fn processes(text: &str) -> std::result::Result<u64, String> {
    let number = whole(text).filter(|n| *n <= 4_194_304).ok_or("write a number up to 4194304")?;
    at_least(number, WantedLimits::LEAST.processes, "a cluster needs 1024")
}

/// Digits, and nothing else.
fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn at_least(value: u64, least: Option<u64>, otherwise: &str) -> std::result::Result<u64, String> {
    match least.is_none_or(|least| value >= least) {
        true => Ok(value),
        false => Err(otherwise.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_kubernetes() {
        assert_eq!(memory("2Gi"), Ok(2 << 30));
        assert_eq!(memory("1536Mi"), Ok(1536 << 20));
        assert_eq!(memory("2G"), Ok(2_000_000_000));
        assert_eq!(memory("1073741824"), Ok(1 << 30));
        assert_eq!(
            (cpus("2"), cpus("1.5"), cpus("1500m"), cpus("1.25")),
            (Ok(2000), Ok(1500), Ok(1500), Ok(1250))
        );
        assert_eq!(processes("3000"), Ok(3000));
    }

    #[test]
    fn what_is_no_quantity_or_too_little_is_refused() {
        for text in
            ["", "Gi", "-1Gi", "1.5Gi", "+2Gi", "2GB", "99999999999999999999", "17179869184Gi", "64Mi"]
        {
            assert!(memory(text).is_err(), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1.5555", "0", "0.2", "-1", "1e3", "nan", "99999999"] {
            assert!(cpus(text).is_err(), "{text}");
        }
        for text in ["", "0", "12", "-5", "5000000"] {
            assert!(processes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_embedded_cluster_is_limited_here() {
        let two = LimitArgs { memory: Some(2 << 30), ..LimitArgs::default() };
        assert!(two.wanted(ProviderKind::Embedded).is_ok() && two.wanted(ProviderKind::K3s).is_err());
        assert!(LimitArgs::default().wanted(ProviderKind::Kind).is_ok());
    }
}
