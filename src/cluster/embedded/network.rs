//! The cluster's network: fixed names and addresses, and the making of its only link.
//!
//! The network namespace is the cluster's own, so nothing can clash. The bridge carries the node's address and
//! the `kubernetes` Service's: the API server is reached from Pods with neither kube-proxy nor forwarding.

use std::net::Ipv4Addr;

use super::failure::Failure;
use super::netlink::Netlink;

/// The node's name.
pub(crate) const NODE: &str = "satrain-node";
/// The bridge that Pods hang on.
pub(crate) const BRIDGE: &str = "satr0";
/// Its hardware address: locally administered, and the same for ever.
const HARDWARE: [u8; 6] = [0x02, 0x73, 0x61, 0x74, 0x72, 0x30];
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

/// Sets up the links of this process's network namespace, which must be a fresh one.
pub(crate) fn set_up() -> Result<(), Failure> {
    let refused = |what: &'static str| {
        move |e: std::io::Error| {
            Failure::kernel(
                what,
                e,
                "The kernel needs bridge and veth support (modules `bridge` and `veth`).",
            )
        }
    };
    let mut netlink = Netlink::open().map_err(refused("a netlink socket"))?;
    let loopback = netlink.index("lo").map_err(refused("the loopback link"))?;
    netlink.up(loopback).map_err(refused("the loopback link"))?;
    netlink.add_bridge(BRIDGE, HARDWARE).map_err(refused("a bridge"))?;
    let bridge = netlink.index(BRIDGE).map_err(refused("a bridge"))?;
    for (address, prefix) in [(GATEWAY, 24), (SERVICE, 32)] {
        netlink.add_address(bridge, address, prefix).map_err(refused("an address on a bridge"))?;
    }
    netlink.up(bridge).map_err(refused("a bridge"))
}
