//! The names of providers: the only place where one is spelled.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a cluster comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ProviderKind {
    /// The distribution under satrain's own supervisor.
    Embedded,
    /// k3s in Docker.
    K3s,
    /// The `kind` command.
    Kind,
    /// An existing cluster.
    Kubeconfig,
}

/// A name that no provider has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this satrain has no provider `{name}`; it has {}", known())]
pub struct UnknownProvider {
    /// The name.
    pub name: String,
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Embedded, Self::K3s, Self::Kind, Self::Kubeconfig];

    /// Its name: on the command line, in records and results, and of its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::K3s => "k3s",
            Self::Kind => "kind",
            Self::Kubeconfig => "kubeconfig",
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ProviderKind {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| UnknownProvider { name: crate::printable::excerpt(name, 40) })
    }
}

impl TryFrom<String> for ProviderKind {
    type Error = UnknownProvider;

    fn try_from(name: String) -> Result<Self, UnknownProvider> {
        name.parse()
    }
}

impl From<ProviderKind> for String {
    fn from(kind: ProviderKind) -> Self {
        kind.name().to_owned()
    }
}

fn known() -> String {
    ProviderKind::ALL.map(ProviderKind::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_on_the_command_line_and_in_json() {
        for kind in ProviderKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<ProviderKind>(&json).unwrap(), kind);
        }
    }

    #[test]
    fn an_unknown_provider_is_refused_with_those_that_exist() {
        let error = serde_json::from_str::<ProviderKind>("\"minikube\"").unwrap_err().to_string();
        assert!(error.contains("no provider `minikube`; it has embedded, k3s, kind, kubeconfig"), "{error}");
        assert!("Embedded".parse::<ProviderKind>().is_err());
    }
}
