//! The making of the cluster's only link: a bridge with the node's address and that of the Service `kubernetes`.

use super::netlink::Netlink;
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::network::{BRIDGE, GATEWAY, SERVICE};

/// The bridge's hardware address: locally administered, and the same for ever.
const HARDWARE: [u8; 6] = [0x02, 0x73, 0x61, 0x74, 0x72, 0x30];

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
