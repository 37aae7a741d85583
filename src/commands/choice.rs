//! Which cluster is meant: what the command line says, and what is taken when it says nothing.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::context::Context;
use crate::cluster::embedded::Tuning;
use crate::cluster::{AdoptionRecord, ProviderKind};
use crate::error::{Failure, Result};
use crate::lab::store::record::ClusterRef;

/// Which cluster to use.
#[derive(Debug, Clone, Default, Args)]
pub struct ClusterChoice {
    /// Where the cluster comes from [default: auto]
    #[arg(long, value_enum, value_name = "PROVIDER")]
    pub(super) cluster: Option<Choice>,
    /// Name of the cluster, where satrain makes it
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Image of the node, with `--cluster k3s` or `kind`
    #[arg(long, value_name = "NAME:TAG")]
    pub(super) image: Option<String>,
    /// Context of an existing cluster (implies --cluster kubeconfig)
    #[arg(long, value_name = "CONTEXT")]
    pub(super) context: Option<String>,
    /// What an embedded cluster that is not there yet is tuned for
    #[arg(skip)]
    pub(super) tuning: Tuning,
    /// The port of the API
    #[arg(skip)]
    pub(super) port: Option<u16>,
    /// How long the start may take
    #[arg(skip)]
    pub(super) patience: Option<Duration>,
}

/// A provider, as named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// The embedded one; where this machine cannot run it, the cluster that was adopted, else k3s if Docker answers
    Auto,
    /// The cluster that satrain runs itself
    Embedded,
    /// k3s in Docker
    K3s,
    /// kind
    Kind,
    /// An existing cluster, named by --context
    Kubeconfig,
}

impl Choice {
    pub(super) fn of(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::K3s => Self::K3s,
            ProviderKind::Kind => Self::Kind,
            ProviderKind::Kubeconfig => Self::Kubeconfig,
            ProviderKind::Embedded => Self::Embedded,
        }
    }
}

impl ClusterChoice {
    /// The embedded cluster of that name.
    pub fn embedded(name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::default() }
    }

    /// The same, for a cluster that will be kept busy.
    pub fn for_speed(self) -> Self {
        Self { tuning: Tuning::Speed, ..self }
    }

    /// The cluster of that provider and name.
    pub(super) fn named(provider: Choice, name: &str) -> Self {
        Self { cluster: Some(provider), ..Self::embedded(name) }
    }

    /// The cluster of that name that satrain made, wherever; the embedded one where there is none.
    pub(super) fn found(ctx: &Context, name: &str) -> Result<Self> {
        let has = |kind: &ProviderKind| kind.names(&ctx.paths).iter().any(|known| known == name);
        let kind = ProviderKind::ALL.into_iter().find(has).unwrap_or(ProviderKind::Embedded);
        Ok(Self::named(Choice::of(kind), name))
    }

    /// With that image of the node.
    pub(super) fn with_image(self, image: Option<String>) -> Self {
        Self { image, ..self }
    }

    /// With its API at that port.
    pub(super) fn at_port(self, port: Option<u16>) -> Self {
        Self { port, ..self }
    }

    /// Given up if it does not start within that time.
    pub(super) fn within(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Whether a cluster was named explicitly.
    pub fn is_explicit(&self) -> bool {
        let provider = !matches!(self.cluster, None | Some(Choice::Auto));
        provider || self.name.is_some() || self.context.is_some() || self.image.is_some()
    }

    /// The existing cluster of that context.
    pub fn existing(context: &str) -> Self {
        Self { context: Some(context.to_owned()), ..Self::default() }
    }

    pub(super) fn of(record: &ClusterRef) -> Self {
        if let Some(context) = &record.context {
            return Self::existing(context);
        }
        Self::named(Choice::of(record.provider), &record.name)
    }

    /// Which provider that is; `Auto` where nothing says it.
    pub(super) fn kind(&self) -> Result<Choice> {
        match (self.cluster, &self.context, &self.image) {
            (Some(Choice::Embedded | Choice::K3s | Choice::Kind), Some(_), _) => {
                Err(Failure::usage("--context names an existing cluster\nLeave out `--cluster`."))
            }
            (Some(Choice::Embedded | Choice::Kubeconfig), _, Some(_)) | (_, Some(_), Some(_)) => Err(
                Failure::usage("--image is the image of a node in Docker\nSay `--cluster k3s` or `kind`."),
            ),
            (Some(Choice::Kubeconfig), _, _) | (_, Some(_), _) => Ok(Choice::Kubeconfig),
            (Some(Choice::Kind), _, _) => Ok(Choice::Kind),
            (Some(Choice::K3s), _, _) | (_, _, Some(_)) => Ok(Choice::K3s),
            (Some(choice), _, _) => Ok(choice),
            (None, None, None) => Ok(Choice::Auto),
        }
    }
}

/// What is taken when nobody names a cluster.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Automatic<'a> {
    /// satrain's own.
    Embedded,
    /// The only one that was adopted, by its context.
    Adopted(&'a str),
    /// k3s, since Docker answers.
    K3s,
    /// One of several that were adopted: the user has to say which.
    Unclear(Vec<&'a str>),
}

/// `possible`: whether this machine can run the embedded cluster. `docker`: whether one answers.
pub(super) fn automatic(possible: bool, adopted: &[AdoptionRecord], docker: bool) -> Automatic<'_> {
    match adopted {
        _ if possible => Automatic::Embedded,
        [] if docker => Automatic::K3s,
        [] => Automatic::Embedded,
        [one] => Automatic::Adopted(&one.context),
        several => Automatic::Unclear(several.iter().map(|a| a.context.as_str()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adopted(context: &str) -> AdoptionRecord {
        AdoptionRecord {
            uid: context.into(),
            context: context.into(),
            server: String::new(),
            adopted: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_adopted_cluster_is_taken_by_itself_only_where_there_is_no_other_and_no_choice() {
        let (one, two) = ([adopted("a")], [adopted("a"), adopted("b")]);
        for docker in [false, true] {
            assert_eq!(automatic(true, &one, docker), Automatic::Embedded);
            assert_eq!(automatic(false, &one, docker), Automatic::Adopted("a"));
            assert_eq!(automatic(false, &two, docker), Automatic::Unclear(vec!["a", "b"]));
        }
        assert_eq!(automatic(false, &[], true), Automatic::K3s);
        // The embedded one then says what is missing.
        assert_eq!(automatic(false, &[], false), Automatic::Embedded);
    }
}
