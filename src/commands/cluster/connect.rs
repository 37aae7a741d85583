//! Which cluster a command works on, and bringing it up.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use crate::cluster::docker;
use crate::cluster::embedded::{DEFAULT_NAME, Machine, SudoMode};
use crate::cluster::{
    AdoptionRecord, AnyProvider, Checkpoints, ClusterInfo, ClusterOptions, DistributionUse, EmbeddedOptions,
    KubeconfigProvider, Provider, ProviderKind,
};
use crate::commands::cluster::choice::{Automatic, ClusterChoice, automatic};
use crate::commands::context::Context;
use crate::commands::environment::Environment;
use crate::commands::machine::distribution::BuildArgs;
use crate::distribution::{self, Distribution};
use crate::error::{Failure, Result};
use crate::host::SearchPath;
use crate::lab::clean;
use crate::lab::cluster::LabCluster;
use crate::lab::error::LabError;
use crate::lab::setup::kinds::Kinds;
use crate::lab::store::record::{AttemptRecord, ClusterRef};

/// The provider of the chosen cluster; with `build`, a missing distribution is compiled first.
pub fn provider(ctx: &Context, choice: &ClusterChoice, build: bool) -> Result<AnyProvider> {
    let kind = choice.kind()?;
    let distribution = match kind.distribution_use() {
        DistributionUse::Required if build => Some(distribution(ctx)?),
        DistributionUse::IfAtHand => {
            distribution::locate(&ctx.environment.locate_options()).ok().map(|(found, _)| found)
        }
        DistributionUse::Required | DistributionUse::None => None,
    };
    let brings_them = choice.image.as_deref().is_some_and(docker::node_image::is_ours);
    let lab_images = match (&distribution, kind.distribution_use()) {
        (Some(found), _) => Some(found.images()),
        (None, DistributionUse::IfAtHand) if build && !brings_them => Some(lab_images(ctx)?),
        (None, _) => None,
    };
    let Environment { kubeconfigs, proxies, .. } = ctx.environment.clone();
    Ok(kind.open(&ClusterOptions {
        paths: ctx.paths.clone(),
        name: choice.name.clone().unwrap_or_else(|| DEFAULT_NAME.to_owned()),
        distribution,
        lab_images,
        program: this_program()?,
        path: ctx.environment.path.clone(),
        variables: ctx.environment.passed_on.clone(),
        image: choice.image.clone(),
        port: choice.port,
        patience: choice.patience,
        sudo: sudo_mode(ctx),
        tuning: choice.tuning,
        limits: choice.limits,
        context: choice.context.clone(),
        kubeconfigs,
        proxies,
    })?)
}

/// The existing cluster of that context.
pub fn existing(ctx: &Context, context: Option<String>) -> Result<KubeconfigProvider> {
    let kubectl = find_program(ctx, "kubectl")?;
    let Environment { kubeconfigs, proxies, .. } = ctx.environment.clone();
    Ok(KubeconfigProvider::new(ctx.paths.clone(), kubeconfigs, context, kubectl, proxies))
}

/// The distribution; compiled first where there is none.
pub fn distribution(ctx: &Context) -> Result<Distribution> {
    let options = BuildArgs::default().options(&ctx.environment)?;
    let locate = ctx.environment.locate_options();
    // Nobody should compile for minutes to learn that a cluster cannot run here.
    let worth_it = || Ok(Machine::look(&ctx.environment.path).decide(sudo_mode(ctx)).map(drop)?);
    // Compiling blocks for minutes; Ctrl-C reaches it through the token.
    tokio::task::block_in_place(|| {
        distribution::ensure(&locate, &options, worth_it, &ctx.events, &ctx.cancel)
    })
}

/// The lab images for a node in Docker; made first where there are none.
fn lab_images(ctx: &Context) -> Result<PathBuf> {
    let options = BuildArgs::default().options(&ctx.environment)?;
    Ok(tokio::task::block_in_place(|| distribution::lab_images::ensure(&options, &ctx.events, &ctx.cancel))?)
}

fn sudo_mode(ctx: &Context) -> SudoMode {
    if ctx.interactive() { SudoMode::Ask } else { SudoMode::Quiet }
}

/// The embedded cluster of that name, as seen from this command: its folders, program and PATH.
pub fn embedded(ctx: &Context, found: Option<Distribution>, name: Option<&str>) -> Result<EmbeddedOptions> {
    let mut options = EmbeddedOptions::new(ctx.paths.clone(), found, this_program()?);
    options.path = ctx.environment.path.clone();
    options.variables = ctx.environment.passed_on.clone();
    options.sudo = sudo_mode(ctx);
    if let Some(name) = name {
        name.clone_into(&mut options.name);
    }
    Ok(options)
}

/// The choice, where nobody made one.
pub async fn resolved(ctx: &Context, choice: &ClusterChoice) -> Result<ClusterChoice> {
    if choice.is_explicit() {
        return Ok(choice.clone());
    }
    let possible = Machine::look(&ctx.environment.path).decide(sudo_mode(ctx)).is_ok();
    let adopted = AdoptionRecord::all(&ctx.paths)?;
    let docker = !possible && adopted.is_empty() && docker::answers().await;
    match automatic(possible, &adopted, docker) {
        Automatic::Embedded => Ok(choice.clone()),
        Automatic::K3s => {
            ctx.events.note(
                "this machine cannot run the embedded cluster (`satrain doctor` says why); using k3s in Docker",
            );
            Ok(ClusterChoice { provider: Some(ProviderKind::K3s), ..choice.clone() })
        }
        Automatic::Adopted(context) => {
            ctx.events.note(format!(
                "this machine cannot run the embedded cluster (`satrain doctor` says why); using the adopted cluster of context \
                 {context}"
            ));
            Ok(ClusterChoice::existing(context))
        }
        Automatic::Unclear(contexts) => Err(Failure::usage(format!(
            "this machine cannot run the embedded cluster, and several clusters are adopted: {}\nChoose one with `--context`.",
            contexts.join(", ")
        ))),
    }
}

/// The chosen cluster, brought up if need be.
pub async fn up(ctx: &Context, choice: &ClusterChoice) -> Result<LabCluster> {
    let info = provider(ctx, &resolved(ctx, choice).await?, true)?.up(&ctx.events).await?;
    let lab = lab(ctx, info).await?;
    // Before anybody has done anything there.
    clean::remember(&lab).await?;
    Ok(lab)
}

/// A new cluster of satrain's own with that name: one that is there already is ended first. Nothing is written down about it yet.
pub async fn afresh(ctx: &Context, choice: &ClusterChoice, name: &str) -> Result<LabCluster> {
    let provider = provider(ctx, choice, true)?;
    down(ctx, &*provider, name).await?;
    let info = provider.up(&ctx.events).await?;
    lab(ctx, info).await
}

/// Ends a cluster of satrain's own, if it runs or would come back.
pub async fn end(ctx: &Context, name: &str) -> Result<()> {
    let provider = provider(ctx, &ClusterChoice::embedded(name), false)?;
    if provider.is_kept() || provider.find().await?.is_some() {
        down(ctx, &*provider, name).await?;
    }
    Ok(())
}

/// Writes down how a cluster is that has just come up.
pub async fn remember(ctx: &Context, info: &ClusterInfo) -> Result<()> {
    Ok(clean::remember(&lab(ctx, info.clone()).await?).await?)
}

/// The cluster of an attempt, brought back if it died; None when it is not there any more.
pub async fn find(ctx: &Context, record: &AttemptRecord) -> Result<Option<LabCluster>> {
    found(ctx, &record.cluster).await
}

/// A cluster that was used before, brought back if it died; None when it is not there any more.
pub async fn found(ctx: &Context, cluster: &ClusterRef) -> Result<Option<LabCluster>> {
    let choice = ClusterChoice::of(cluster);
    let here = provider(ctx, &choice, false)?;
    let found = match here.find().await? {
        None if here.comes_back() => Some(provider(ctx, &choice, true)?.up(&ctx.events).await?),
        found => found,
    };
    match found {
        Some(info) if info.uid == cluster.uid => lab(ctx, info).await.map(Some),
        _ => Ok(None),
    }
}

/// A cluster that was used before, if it is running.
pub async fn running(ctx: &Context, cluster: &ClusterRef) -> Result<Option<ClusterInfo>> {
    let found = provider(ctx, &ClusterChoice::of(cluster), false)?.find().await?;
    Ok(found.filter(|info| info.uid == cluster.uid))
}

/// The cluster of an attempt, which must be running still.
pub async fn of_attempt(ctx: &Context, record: &AttemptRecord) -> Result<LabCluster> {
    find(ctx, record).await?.ok_or_else(|| gone(record))
}

/// The cluster of an attempt is not there any more.
pub fn gone(record: &AttemptRecord) -> Failure {
    LabError::ClusterGone { id: record.id.to_string(), scenario: record.scenario.id.clone() }.into()
}

/// The cluster with all that a lab needs.
pub async fn lab(ctx: &Context, info: ClusterInfo) -> Result<LabCluster> {
    let client = info.grader_client().await?;
    let bare = info.bare_client().await?;
    let prober = info.probing_client().await?;
    let questions = info.questions_client().await?;
    let kinds = match info.provider {
        // Nobody here brings it back.
        ProviderKind::Kubeconfig => Kinds::discover(&client).await?,
        _ => {
            let waits = || ctx.events.note("the API server does not answer; waiting for it to come back");
            Kinds::discover_patiently(&client, waits).await?
        }
    };
    let name = info.name.clone();
    Ok(LabCluster {
        client,
        bare,
        prober,
        questions,
        kinds,
        cluster: ClusterRef {
            name: info.name,
            provider: info.provider,
            version: info.version,
            uid: info.uid,
            context: (info.provider == ProviderKind::Kubeconfig).then_some(info.context).flatten(),
        },
        fingerprint: Some(fingerprint(ctx, &info.provider, &name)),
        checkpoints: info.capabilities.checkpoints.clone().map(Checkpoints::new),
        capabilities: info.capabilities,
        kubeconfig: info.learner_kubeconfig,
        kubectl: info.kubectl,
        kubectl_cache: info.kubectl_cache,
        satrain: this_program()?,
        path: ctx.environment.path.clone(),
        without_sandbox: ctx.without_sandbox,
        events: ctx.events.clone(),
    })
}

/// Ends a cluster of that name, and forgets how it was when it came up.
pub async fn down(ctx: &Context, cluster: &dyn Provider, name: &str) -> Result<()> {
    cluster.down(&ctx.events).await?;
    let store = ctx.session.store();
    // Shells that nobody looks at have nothing to do any more. If that cannot be seen, the cluster is down nevertheless.
    for record in store.in_progress().unwrap_or_default() {
        if record.cluster.name == name && record.cluster.provider == cluster.kind() {
            let _ = store.dir(&record.id).end_shell();
        }
    }
    let file = fingerprint(ctx, &cluster.kind(), name);
    match fs::remove_file(&file) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            return Err(Failure::of_file(&file, &e));
        }
        _ => {}
    }
    // Other clusters may have theirs in it.
    file.parent().map(fs::remove_dir);
    Ok(())
}

/// Where it is written down how a cluster was when it came up: one file a name, which a new cluster takes over.
fn fingerprint(ctx: &Context, provider: &ProviderKind, name: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    ctx.paths.state.join("fingerprints").join(format!("{provider}-{name}.json"))
}

/// This very program.
pub fn this_program() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|e| Failure::other(format!("satrain cannot find its own executable: {e}")))
}

fn find_program(ctx: &Context, name: &str) -> Result<PathBuf> {
    SearchPath::parse(&ctx.environment.path).find(name).ok_or_else(|| {
        Failure::no_cluster(format!("`{name}` is not on the PATH\nInstall it, or use the embedded cluster."))
    })
}
