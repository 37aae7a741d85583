//! `satrain cluster images` and `build-node-image`: which images start in the lab, and the image of a node.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cluster::ClusterError;
use crate::cluster::docker::build_node_image;
use crate::cluster::docker::node_image::{self, Ingredients};
use crate::cluster::embedded::load_image;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::distribution::Distribution;
use crate::error::Result;
use crate::printable::{name, shell_quoted};

/// An image as the distribution lists it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    name: String,
    reference: String,
    about: String,
    #[serde(default)]
    entrypoint: Vec<String>,
    #[serde(default)]
    cmd: Vec<String>,
    #[serde(default)]
    user: String,
    digest: String,
}

/// The list, as text or JSON.
pub(super) fn list(distribution: &Distribution, as_json: bool) -> Result<String> {
    let node = distribution.bin("satrain-node");
    let failed = |source| ClusterError::Io { action: "running", path: node.clone(), source };
    let answer = Command::new(&node)
        .args(["images", "--list", "--layout"])
        .arg(distribution.images())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(failed)?;
    let images: Vec<Image> =
        serde_json::from_slice(&answer.stdout).map_err(|e| failed(std::io::Error::other(e)))?;
    Ok(if as_json { format!("{:#}\n", json!(images)) } else { text(&images) })
}

/// Writes the images as one OCI archive, as container runtimes import it.
pub(super) fn export(distribution: &Distribution, file: &Path) -> Result<String> {
    let failed = |source| ClusterError::Io { action: "writing", path: file.to_owned(), source };
    crate::distribution::images::archive(&distribution.images(), file).map_err(failed)?;
    Ok(format!("The lab images were written to {}.\n", name(file)))
}

/// Loads an archive into the running cluster of that name.
pub(super) fn load(ctx: &Context, cluster: &str, file: &Path) -> Result<String> {
    let distribution = connect::distribution(ctx)?;
    ctx.events.step(format!("Loading {}", name(file)));
    let images = load_image(&ctx.paths, cluster, &distribution, file)?;
    ctx.events.done(format!("loaded into {cluster}"));
    Ok(images.into_iter().map(|image| image + "\n").collect())
}

/// Makes the node image: for Docker, or into a file.
pub(super) async fn build(
    ctx: &Context,
    tag: Option<String>,
    file: Option<&Path>,
    tools: bool,
) -> Result<String> {
    let distribution = connect::distribution(ctx)?;
    let program = connect::this_program()?;
    let ingredients =
        Ingredients { distribution: &distribution, program: &program, path: &ctx.environment.path, tools };
    let reference = tag.unwrap_or_else(|| match tools {
        true => node_image::reference_with_tools(&distribution),
        false => node_image::reference(&distribution),
    });
    let Some(file) = file else {
        build_node_image(&ingredients, &reference, &ctx.events).await?;
        return Ok(format!("Play on it with: satrain run scenario-2 --provider k3s --image {reference}\n"));
    };
    tokio::task::block_in_place(|| node_image::write(&ingredients, &reference, file, &ctx.events))?;
    ctx.events.done(format!("{reference} is in {}", name(file)));
    Ok(match tools {
        false => format!("Load it into Docker with: docker load -i {}\n", quoted(file)),
        true => format!(
            "Bring it to the nodes with: kind load image-archive {0}\n                        or: ctr -n k8s.io images import {0}\n",
            quoted(file)
        ),
    })
}

/// A file as a shell takes it.
fn quoted(file: &Path) -> String {
    shell_quoted(&file.to_string_lossy()).into_owned()
}

fn text(images: &[Image]) -> String {
    let mut text = String::new();
    for image in images {
        let _ = writeln!(text, "{}\n    {}", image.name, image.about);
        let runs = [&image.entrypoint[..], &image.cmd[..]].concat().join(" ");
        let _ = writeln!(text, "    runs: {runs}");
    }
    text.push_str(
        "\nAny tag of these names works (nginx, nginx:1.29 ...): the lab itself serves the same image.\n\
         Any other name fails at once: the cluster has no internet access.\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_a_name_really_runs() {
        let nginx = json!([{"name": "nginx", "reference": "docker.io/library/nginx:latest", "digest": "sha256:1",
            "about": "a small web server in place of nginx", "cmd": ["nginx", "-g", "daemon off;"]}]);
        let shown = text(&serde_json::from_value::<Vec<Image>>(nginx).unwrap());
        assert!(shown.starts_with(
            "nginx\n    a small web server in place of nginx\n    runs: nginx -g daemon off;\n"
        ));
    }
}
