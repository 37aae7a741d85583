//! Which cluster a command works on, and bringing it up.

use std::path::PathBuf;
use std::time::Duration;

use super::choice::{Automatic, Choice, ClusterChoice, automatic};
use super::context::Context;
use crate::cluster::docker::{self, DockerOptions, K3sProvider, KindProvider};
use crate::cluster::embedded::{DEFAULT_NAME, Machine, SudoMode};
use crate::cluster::{
    AdoptionRecord, AnyProvider, Checkpoints, ClusterInfo, Embedded, EmbeddedOptions, KubeconfigProvider,
    Provider, ProviderKind,
};
use crate::commands::distribution::BuildArgs;
use crate::distribution::{self, Distribution};
use crate::error::{Failure, Result};
use crate::lab::cluster::LabCluster;
use crate::lab::error::LabError;
use crate::lab::requirements;
use crate::lab::setup::kinds::Kinds;
use crate::lab::store::record::{AttemptRecord, ClusterRef};
use crate::proxy::Proxies;
use crate::scenario::BoundScenario;

/// How long a cluster in Docker may take to start.
const IN_DOCKER: Duration = Duration::from_secs(300);

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
    let proxies = Proxies::read(|name| std::env::var(name).ok());
    Ok(KubeconfigProvider::new(ctx.paths.clone(), kubeconfig_files(), context, kubectl, proxies))
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
pub async fn up(ctx: &Context, choice: &ClusterChoice) -> Result<LabCluster> {
    let info = provider(ctx, &resolved(ctx, choice).await?, true)?.up(&ctx.events).await?;
    site(ctx, info).await
}

/// The cluster of an attempt; None when it is not there any more.
pub async fn find(ctx: &Context, record: &AttemptRecord) -> Result<Option<LabCluster>> {
    match provider(ctx, &ClusterChoice::of(&record.cluster), false)?.find().await? {
        Some(info) if info.uid == record.cluster.uid => site(ctx, info).await.map(Some),
        _ => Ok(None),
    }
}

/// The cluster of an attempt, which must be running still.
pub async fn of_attempt(ctx: &Context, record: &AttemptRecord) -> Result<LabCluster> {
    find(ctx, record).await?.ok_or_else(|| gone(record))
}

/// Refuses a scenario that needs what the cluster does not have.
pub async fn must_have(site: &LabCluster, bound: &BoundScenario) -> Result<()> {
    let unmet = requirements::unmet(site, std::slice::from_ref(bound)).await?;
    let unmet: Vec<String> = unmet.iter().flatten().map(ToString::to_string).collect();
    if unmet.is_empty() {
        return Ok(());
    }
    Err(LabError::UnmetRequirements { scenario: bound.scenario.id.clone(), unmet }.into())
}

/// The cluster of an attempt is not there any more.
pub fn gone(record: &AttemptRecord) -> Failure {
    LabError::ClusterGone { id: record.id.to_string(), scenario: record.scenario.id.clone() }.into()
}

async fn site(ctx: &Context, info: ClusterInfo) -> Result<LabCluster> {
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
    Ok(LabCluster {
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
