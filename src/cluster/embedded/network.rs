//! The cluster's network: fixed names and addresses (`supervisor::links` makes its only link).
//!
//! The network namespace is the cluster's own, so nothing can clash. The bridge carries the node's address and
//! the `kubernetes` Service's: the API server is reached from Pods with neither kube-proxy nor forwarding.

use std::net::Ipv4Addr;

/// The node's name.
pub(crate) const NODE: &str = "satrain-node";
/// The bridge that Pods hang on.
pub(crate) const BRIDGE: &str = "satr0";
/// The node's address and the Pods' gateway.
pub(crate) const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 222, 0, 1);
/// Where Pods get their addresses from.
pub(crate) const PODS: &str = "10.222.0.0/24";
/// The address of the Service `kubernetes`: the first of [`SERVICES`].
pub(crate) const SERVICE: Ipv4Addr = Ipv4Addr::new(10, 223, 0, 1);
/// Where Services get their addresses from.
pub(crate) const SERVICES: &str = "10.223.0.0/24";
/// Where the API server listens inside; a Service of type `kubernetes` always says 443.
pub(crate) const API_PORT: u16 = 443;
/// Where the images' registry mirror listens inside.
pub(crate) const MIRROR: &str = "127.0.0.1:5000";
