//! What is asked of a Kubernetes that runs Pods of satrain's.

use clap::Args;
use kube::Client;

use crate::cluster::docker::node_image;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::workload::{Node, WorkloadError};

/// Which cluster, and where in it.
#[derive(Debug, Args)]
#[command(next_help_heading = "On Kubernetes")]
pub(super) struct PlaceArgs {
    /// The context of your kubeconfig whose cluster runs the Pods
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// The Namespace of the Pods
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(super) namespace: String,
}

/// What Pods are made there.
#[derive(Debug, Args)]
#[command(next_help_heading = "On Kubernetes")]
pub(super) struct PodArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// The image of the Pods [default: the one that `satrain cluster build-node-image --tools` makes]
    #[arg(long, value_name = "NAME:TAG")]
    image: Option<String>,
    /// The nodes that may have such Pods, which are privileged: by a label of theirs (repeatable)
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    node_selector: Vec<(String, String)>,
    /// Let any node have them
    #[arg(long, conflicts_with = "node_selector")]
    privileged_on_any_node: bool,
    /// Run the Pods in user namespaces (`hostUsers: false`)
    #[arg(long)]
    pub(super) user_namespaces: bool,
}

fn label(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write a label as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl PodArgs {
    /// Where the Pods may be.
    pub(super) fn node(&self) -> Result<Node> {
        match (self.node_selector.is_empty(), self.privileged_on_any_node) {
            (false, _) => Ok(Node::Labelled(self.node_selector.iter().cloned().collect())),
            (true, true) => Ok(Node::Any),
            (true, false) => Err(Failure::usage(
                "these Pods are privileged: a lab cluster in a Pod needs mounts and control groups, and whoever breaks out of it has the node\nName nodes for them by a label (`--node-selector KEY=VALUE`), or say `--privileged-on-any-node`.",
            )),
        }
    }

    /// What they run.
    pub(super) fn image(&self, ctx: &Context) -> Result<String> {
        match &self.image {
            Some(image) => Ok(image.clone()),
            None => Ok(node_image::reference_with_tools(&connect::distribution(ctx)?)),
        }
    }
}

impl PlaceArgs {
    /// A client of the cluster.
    pub(super) async fn client(&self, ctx: &Context) -> Result<Client> {
        Ok(connect::existing(ctx, self.context.clone())?.client().await?)
    }
}

/// What went wrong, and what helps.
pub(super) fn failure(error: WorkloadError) -> Failure {
    match &error {
        WorkloadError::Pods(why) if why.contains("PodSecurity") => Failure::no_cluster(format!(
            "{error}\nTheir Namespace must allow privileged Pods: kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=privileged"
        )),
        _ => Failure::no_cluster(error),
    }
}
