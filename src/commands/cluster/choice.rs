//! Which cluster is meant: what the command line says, and what is taken when it says nothing.

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cluster::embedded::{Tuning, WantedLimits};
use crate::cluster::{AdoptionRecord, ProviderKind};
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::lab::store::record::ClusterRef;

/// Which cluster to use.
#[derive(Debug, Clone, Default, Args)]
pub struct ClusterChoice {
    /// Provider of the cluster [default: embedded; if this machine cannot run it, the adopted cluster, else k3s]
    #[arg(long, alias = "cluster", value_parser = provider(), value_name = "PROVIDER")]
    pub(super) provider: Option<ProviderKind>,
    /// Name of the cluster, if satrain creates it
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Image of the node, with `--provider k3s` or `kind`
    #[arg(long, value_name = "NAME:TAG")]
    pub(super) image: Option<String>,
    /// Context of an existing cluster (implies --provider kubeconfig)
    #[arg(long, value_name = "CONTEXT")]
    pub(super) context: Option<String>,
    /// What an embedded cluster that is not there yet is tuned for
    #[arg(skip)]
    pub(super) tuning: Tuning,
    /// How much of the machine a cluster that is not there yet may take
    #[arg(skip)]
    pub(super) limits: WantedLimits,
    /// The port of the API
    #[arg(skip)]
    pub(super) port: Option<u16>,
    /// How long the start may take
    #[arg(skip)]
    pub(super) patience: Option<Duration>,
}

/// Reads the name of a provider; clap shows the names.
pub(super) fn provider() -> impl TypedValueParser<Value = ProviderKind> {
    PossibleValuesParser::new(ProviderKind::ALL.map(ProviderKind::name))
        .try_map(|name| name.parse::<ProviderKind>())
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
    pub(super) fn named(provider: ProviderKind, name: &str) -> Self {
        Self { provider: Some(provider), ..Self::embedded(name) }
    }

    /// The cluster of that name that satrain made, wherever; the embedded one where there is none.
    pub(super) fn found(ctx: &Context, name: &str) -> Result<Self> {
        let has = |kind: &ProviderKind| kind.names(&ctx.paths).iter().any(|known| known == name);
        let kind = ProviderKind::ALL.into_iter().find(has).unwrap_or(ProviderKind::Embedded);
        Ok(Self::named(kind, name))
    }

    /// With that image of the node.
    pub(super) fn with_image(self, image: Option<String>) -> Self {
        Self { image, ..self }
    }

    /// With its API at that port.
    pub(super) fn at_port(self, port: Option<u16>) -> Self {
        Self { port, ..self }
    }

    /// Which may take so much.
    pub(super) fn limited(self, limits: WantedLimits) -> Self {
        Self { limits, ..self }
    }

    /// Given up if it does not start within that time.
    pub(super) fn within(self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self }
    }

    /// Whether a cluster was named explicitly.
    pub fn is_explicit(&self) -> bool {
        self.provider.is_some() || self.name.is_some() || self.context.is_some() || self.image.is_some()
    }

    /// The existing cluster of that context.
    pub fn existing(context: &str) -> Self {
        Self { context: Some(context.to_owned()), ..Self::default() }
    }

    pub(super) fn of(record: &ClusterRef) -> Self {
        if let Some(context) = &record.context {
            return Self::existing(context);
        }
        Self::named(record.provider, &record.name)
    }

    /// Which provider that is; the embedded one where nothing says it.
    pub fn kind(&self) -> Result<ProviderKind> {
        use ProviderKind::{Embedded, K3s, Kind, Kubeconfig};
        match (self.provider, &self.context, &self.image) {
            (Some(Embedded | K3s | Kind), Some(_), _) => {
                Err(Failure::usage("--context names an existing cluster\nLeave out `--provider`."))
            }
            (Some(Embedded | Kubeconfig), _, Some(_)) | (_, Some(_), Some(_)) => Err(Failure::usage(
                "--image sets the node image in Docker\nAdd `--provider k3s` or `--provider kind`.",
            )),
            (Some(provider), _, _) => Ok(provider),
            (None, Some(_), None) => Ok(Kubeconfig),
            (None, None, Some(_)) => Ok(K3s),
            (None, None, None) => Ok(Embedded),
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
