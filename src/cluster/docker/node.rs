//! The embedded cluster as the only thing that a container runs: what `satrain node` does as process 1 there.
//!
//! In: k3s' configuration folder. Out: the kubeconfig in it. The cluster is the same as on a host, in namespaces of
//! its own below the container's; only its API listens on all of the container's addresses, for Docker to publish.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::contract::{self, ServerConfig};
use crate::cluster::embedded::{self, Embedded, EmbeddedOptions};
use crate::cluster::error::{Result, io};
use crate::cluster::{ClusterInfo, Provider, json};
use crate::event::Events;

/// The node of one container.
#[derive(Debug)]
pub struct Node {
    cluster: Embedded,
}

impl Node {
    /// The node that k3s' configuration in the container asks for; otherwise made with `options`.
    ///
    /// # Errors
    /// If the configuration cannot be parsed.
    pub fn new(options: EmbeddedOptions) -> Result<Self> {
        let folder = Path::new(contract::FOLDER);
        let audit = ServerConfig::read(folder)?.audit_folder();
        if let Some(audit) = &audit {
            std::fs::create_dir_all(audit).map_err(io("making", audit))?;
        }
        let port = Some(contract::API_PORT);
        let options = EmbeddedOptions { address: Ipv4Addr::UNSPECIFIED, port, audit, ..options };
        Ok(Self { cluster: Embedded::new(options)? })
    }

    /// Starts the cluster and hands out its kubeconfig, readable with `mode`.
    ///
    /// # Errors
    /// Those of [`Provider::up`].
    pub async fn up(&self, mode: u32, events: &Events) -> Result<ClusterInfo> {
        embedded::delegate_container_groups()?;
        let info = self.cluster.up(events).await?;
        let folder = Path::new(contract::FOLDER);
        std::fs::create_dir_all(folder).map_err(io("making", folder))?;
        let file = folder.join(contract::KUBECONFIG);
        let writing = || io("writing", &file);
        let text = std::fs::read(&info.grader_kubeconfig).map_err(io("reading", &info.grader_kubeconfig))?;
        json::write_private(&file, &text, None)?;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).map_err(writing())?;
        Ok(info)
    }

    /// Whether it still works; else why not.
    ///
    /// # Errors
    /// If its records cannot be read.
    pub fn ended(&self) -> Result<Option<String>> {
        let status = self.cluster.status()?;
        Ok(match status {
            None => Some("its folder is gone".to_owned()),
            Some(status) if status.state == embedded::State::Dead => {
                Some(status.reason.unwrap_or_else(|| "its supervisor ended".to_owned()))
            }
            Some(_) => None,
        })
    }

    /// Ends it.
    ///
    /// # Errors
    /// Those of [`Provider::down`].
    pub async fn down(&self, events: &Events) -> Result<()> {
        self.cluster.down(events).await
    }
}

/// What is printed when the node works.
pub const READY: &str = contract::READY;
/// The variable with the mode of the kubeconfig.
pub const KUBECONFIG_MODE: &str = contract::KUBECONFIG_MODE;
