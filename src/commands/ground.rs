//! Which cluster a command works on, and bringing it up.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::context::Context;
use crate::cluster::docker::{self, DockerOptions, K3sProvider, KindProvider};
use crate::cluster::embedded::{self as embedded_clusters, DEFAULT_NAME, Machine, SudoMode, Tuning};
use crate::cluster::{
    AdoptionRecord, AnyProvider, Checkpoints, ClusterInfo, Embedded, EmbeddedOptions, KubeconfigProvider,
    Provider, ProviderKind,
};
use crate::commands::distribution::BuildArgs;
use crate::distribution::{self, Distribution};
use crate::error::{Failure, Result};
use crate::lab::error::LabError;
use crate::lab::needs;
use crate::lab::setup::kinds::Kinds;
use crate::lab::site::Site;
use crate::lab::store::record::{AttemptRecord, ClusterRef};
use crate::scenario::BoundScenario;

/// How long a cluster in Docker may take to start.
const IN_DOCKER: Duration = Duration::from_secs(300);

/// Which cluster to use.
#[derive(Debug, Clone, Default, Args)]
pub struct ClusterChoice {
    /// Where the cluster comes from [default: auto]
    #[arg(long, value_enum, value_name = "PROVIDER")]
    cluster: Option<Choice>,
    /// Name of the cluster, where satrain makes it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Image of the node, with `--cluster k3s` or `kind`
    #[arg(long, value_name = "NAME:TAG")]
    image: Option<String>,
    /// Context of an existing cluster (implies --cluster kubeconfig)
    #[arg(long, value_name = "CONTEXT")]
    context: Option<String>,
    /// What an embedded cluster that is not there yet is tuned for
    #[arg(skip)]
    tuning: Tuning,
    /// The port of the API
    #[arg(skip)]
    port: Option<u16>,
    /// How long the start may take
    #[arg(skip)]
    patience: Option<Duration>,
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
    fn of(kind: ProviderKind) -> Self {
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
        let is_embedded = embedded_clusters::list(&ctx.paths)?.iter().any(|status| status.name == name);
        let in_docker = docker::names(&ctx.paths).into_iter().find(|(_, known)| known == name);
        let provider = match in_docker {
            Some((kind, _)) if !is_embedded => Choice::of(kind),
            _ => Choice::Embedded,
        };
        Ok(Self::named(provider, name))
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

    fn of(record: &ClusterRef) -> Self {
        if let Some(context) = &record.context {
            return Self::existing(context);
        }
        let provider = match record.provider.as_str() {
            "k3s" => Choice::K3s,
            "kind" => Choice::Kind,
            _ => Choice::Embedded,
        };
        Self::named(provider, &record.name)
    }

    /// Which provider that is; `Auto` where nothing says it.
    fn kind(&self) -> Result<Choice> {
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

/// The provider of the chosen cluster; with `build`, a missing distribution is compiled first.
pub fn provider(ctx: &Context, choice: &ClusterChoice, build: bool) -> Result<AnyProvider> {
    match choice.kind()? {
        Choice::Kubeconfig => {
            return Ok(AnyProvider::Kubeconfig(existing(ctx, choice.context.clone())?));
        }
        Choice::K3s => return Ok(AnyProvider::K3s(K3sProvider::new(docker_options(ctx, choice)?)?)),
        Choice::Kind => {
            let kind = find_program(ctx, "kind")?;
            return Ok(AnyProvider::Kind(KindProvider::new(docker_options(ctx, choice)?, kind)?));
        }
        Choice::Auto | Choice::Embedded => {}
    }
    let found = if build { Some(distribution(ctx)?) } else { None };
    let mut options = embedded(ctx, found, choice.name.as_deref())?;
    options.tuning = choice.tuning;
    options.port = choice.port;
    options.patience = choice.patience.unwrap_or(options.patience);
    Ok(AnyProvider::Embedded(Embedded::new(options)?))
}

/// The existing cluster of that context.
pub fn existing(ctx: &Context, context: Option<String>) -> Result<KubeconfigProvider> {
    let kubectl = find_program(ctx, "kubectl")?;
    Ok(KubeconfigProvider::new(ctx.paths.clone(), kubeconfig_files(), context, kubectl))
}

/// What a cluster in Docker is made with: among others the lab images and the kubectl of a distribution, if there is one.
fn docker_options(ctx: &Context, choice: &ClusterChoice) -> Result<DockerOptions> {
    let found = distribution::locate(&ctx.environment.locate_options()).ok().map(|(found, _)| found);
    let kubectl = match &found {
        Some(distribution) => distribution.kubectl_dir().join("kubectl"),
        None => find_program(ctx, "kubectl")?,
    };
    Ok(DockerOptions {
        paths: ctx.paths.clone(),
        name: choice.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned()),
        image: choice.image.clone(),
        port: choice.port,
        lab_images: found.map(|distribution| distribution.images()),
        kubectl,
        patience: choice.patience.unwrap_or(IN_DOCKER),
    })
}

/// The cluster in Docker of that provider and name.
pub(super) fn in_docker(ctx: &Context, kind: ProviderKind, name: &str) -> Result<AnyProvider> {
    provider(ctx, &ClusterChoice::named(Choice::of(kind), name), false)
}

/// The distribution; compiled first where there is none.
pub fn distribution(ctx: &Context) -> Result<Distribution> {
    let options = BuildArgs::default().options(&ctx.environment)?;
    let locate = ctx.environment.locate_options();
    // Nobody should compile for minutes to learn that a cluster cannot run here.
    let worth_it = || Ok(Machine::look(&ctx.path).decide(sudo_mode(ctx)).map(drop)?);
    // Compiling blocks for minutes; Ctrl-C reaches it through the token.
    tokio::task::block_in_place(|| {
        distribution::ensure(&locate, &options, worth_it, &ctx.events, &ctx.cancel)
    })
}

fn sudo_mode(ctx: &Context) -> SudoMode {
    if ctx.interactive() { SudoMode::Ask } else { SudoMode::Quiet }
}

/// The embedded cluster of that name, as seen from this command: its folders, program and PATH.
pub fn embedded(ctx: &Context, found: Option<Distribution>, name: Option<&str>) -> Result<EmbeddedOptions> {
    let mut options = EmbeddedOptions::new(ctx.paths.clone(), found, this_program()?);
    options.path = ctx.path.clone();
    options.sudo = sudo_mode(ctx);
    if let Some(name) = name {
        name.clone_into(&mut options.name);
    }
    Ok(options)
}

/// What is taken when nobody names a cluster.
#[derive(Debug, PartialEq, Eq)]
enum Automatic<'a> {
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
fn automatic(possible: bool, adopted: &[AdoptionRecord], docker: bool) -> Automatic<'_> {
    match adopted {
        _ if possible => Automatic::Embedded,
        [] if docker => Automatic::K3s,
        [] => Automatic::Embedded,
        [one] => Automatic::Adopted(&one.context),
        several => Automatic::Unclear(several.iter().map(|a| a.context.as_str()).collect()),
    }
}

/// The choice, where nobody made one.
async fn resolved(ctx: &Context, choice: &ClusterChoice) -> Result<ClusterChoice> {
    if choice.is_explicit() || !matches!(choice.cluster, None | Some(Choice::Auto)) {
        return Ok(choice.clone());
    }
    let possible = Machine::look(&ctx.path).decide(sudo_mode(ctx)).is_ok();
    let adopted = AdoptionRecord::all(&ctx.paths)?;
    let docker = !possible && adopted.is_empty() && docker::answers().await;
    match automatic(possible, &adopted, docker) {
        Automatic::Embedded => Ok(choice.clone()),
        Automatic::K3s => {
            ctx.events.note(
                "this machine cannot run the embedded cluster (`satrain doctor` says why), but Docker answers: k3s is used",
            );
            Ok(ClusterChoice { cluster: Some(Choice::K3s), ..choice.clone() })
        }
        Automatic::Adopted(context) => {
            ctx.events.note(format!(
                "this machine cannot run the embedded cluster (`satrain doctor` says why), so the adopted cluster of context \
                 {context} is used"
            ));
            Ok(ClusterChoice::existing(context))
        }
        Automatic::Unclear(contexts) => Err(Failure::usage(format!(
            "this machine cannot run the embedded cluster, and several clusters were adopted: {}\nName one with `--context`.",
            contexts.join(", ")
        ))),
    }
}

/// The chosen cluster, brought up if need be.
pub async fn up(ctx: &Context, choice: &ClusterChoice) -> Result<Site> {
    let info = provider(ctx, &resolved(ctx, choice).await?, true)?.up(&ctx.events).await?;
    site(ctx, info).await
}

/// The cluster of an attempt; None when it is not there any more.
pub async fn find(ctx: &Context, record: &AttemptRecord) -> Result<Option<Site>> {
    match provider(ctx, &ClusterChoice::of(&record.cluster), false)?.find().await? {
        Some(info) if info.uid == record.cluster.uid => site(ctx, info).await.map(Some),
        _ => Ok(None),
    }
}

/// The cluster of an attempt, which must be running still.
pub async fn of_attempt(ctx: &Context, record: &AttemptRecord) -> Result<Site> {
    find(ctx, record).await?.ok_or_else(|| gone(record))
}

/// Refuses a scenario that needs what the cluster does not have.
pub async fn must_have(site: &Site, bound: &BoundScenario) -> Result<()> {
    let lacking = needs::lacking(site, std::slice::from_ref(bound)).await?;
    let lacking: Vec<String> = lacking.iter().flatten().map(ToString::to_string).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(LabError::Lacking { scenario: bound.scenario.id.clone(), lacking }.into())
}

/// The cluster of an attempt is not there any more.
pub fn gone(record: &AttemptRecord) -> Failure {
    LabError::ClusterGone { id: record.id.to_string(), scenario: record.scenario.id.clone() }.into()
}

async fn site(ctx: &Context, info: ClusterInfo) -> Result<Site> {
    let client = info.grader_client().await?;
    let bare = info.bare_client().await?;
    let prober = info.probing_client().await?;
    let kinds = Kinds::discover(&client).await?;
    let provider = match info.provider {
        ProviderKind::Embedded => "embedded",
        ProviderKind::K3s => "k3s",
        ProviderKind::Kind => "kind",
        ProviderKind::Kubeconfig => "kubeconfig",
    };
    Ok(Site {
        client,
        bare,
        prober,
        kinds,
        cluster: ClusterRef {
            name: info.name,
            provider: provider.into(),
            version: info.version,
            uid: info.uid,
            context: (info.provider == ProviderKind::Kubeconfig).then_some(info.context).flatten(),
        },
        checkpoints: info.capabilities.checkpoints.clone().map(Checkpoints::new),
        capabilities: info.capabilities,
        kubeconfig: info.learner_kubeconfig,
        kubectl: info.kubectl,
        kubectl_cache: info.kubectl_cache,
        satrain: this_program()?,
        path: ctx.path.clone(),
    })
}

pub(super) fn this_program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|e| Failure::other(format!("satrain cannot find its own program: {e}")))
}

fn find_program(ctx: &Context, name: &str) -> Result<PathBuf> {
    std::env::split_paths(&ctx.path)
        .map(|dir| dir.join(name))
        .find(|file| crate::host::search_path::is_executable(file))
        .ok_or_else(|| {
            Failure::no_cluster(format!(
                "`{name}` is not on the PATH\nInstall it, or use the embedded cluster."
            ))
        })
}

fn kubeconfig_files() -> Vec<PathBuf> {
    match std::env::var_os("KUBECONFIG").filter(|v| !v.is_empty()) {
        Some(all) => std::env::split_paths(&all).filter(|p| !p.as_os_str().is_empty()).collect(),
        None => vec![PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".kube/config")],
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
