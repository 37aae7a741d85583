//! Whom the users of a cluster are on the host: the mapping of a user namespace that root makes.
//!
//! Root in the cluster is then nobody on the host, whatever a Pod is allowed. Pure, but for [`taken`].

use serde::{Deserialize, Serialize};

use crate::fs::Owner;

/// So many for the cluster itself and for each of its Pods that has a user namespace of its own.
const IDS: u32 = 1 << 24;
/// As many users has a Pod with a user namespace of its own, and the cluster itself.
const POD: u32 = 1 << 16;
/// The cluster itself, and as many Pods with a user namespace as the kubelet wants users for.
const FEW: u32 = 222 * POD;
/// Systemd leaves these to nobody (`UIDs and GIDs` in its documentation): 15 clusters have their own.
const FIRST: u32 = 0x7000_0000;
const BLOCKS: u32 = 15;

/// A cluster's users and groups, on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Users {
    /// Who root of the cluster is.
    pub(crate) root: Owner,
    /// The first of all others.
    pub(crate) first: u32,
    /// How many there are.
    #[serde(default = "usual")]
    pub(crate) count: u32,
}

fn usual() -> u32 {
    IDS
}

/// Which users this process may give to clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    first: u32,
    /// For each cluster.
    count: u32,
    clusters: u32,
}

impl Room {
    /// What the mapping of this process's own user namespace leaves. A container whose users are few has room for one cluster, at
    /// their end, if those are enough.
    pub(crate) fn of(own_map: &str) -> Option<Self> {
        let lines = own_map.lines().filter_map(|line| {
            let numbers: Vec<u64> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
            <[u64; 3]>::try_from(numbers).ok()
        });
        let (first, count) = lines.map(|[first, _, count]| (first, count)).max_by_key(|(_, count)| *count)?;
        let end = first + count;
        if first <= u64::from(FIRST) && end >= u64::from(FIRST) + u64::from(BLOCKS) * u64::from(IDS) {
            return Some(Self { first: FIRST, count: IDS, clusters: BLOCKS });
        }
        let begin = u32::try_from(end.checked_sub(u64::from(FEW))?).ok()?;
        (count >= u64::from(FEW) + u64::from(POD)).then_some(Self { first: begin, count: FEW, clusters: 1 })
    }
}

impl Users {
    /// Those of the cluster `id`: of the caller who used sudo, or of nobody. `taken` are first IDs of others.
    pub(crate) fn of(id: &str, sudo: Option<Owner>, taken: &[u32], room: Room) -> Self {
        let begin = u32::from_str_radix(id, 16).unwrap_or_default();
        let Room { first, count, clusters } = room;
        let block = |n: u32| first + (begin % clusters + n) % clusters * count;
        let free = (0..clusters).map(block).find(|first| !taken.contains(first));
        // All of them in use: two clusters share one, and both are still nobody on the host.
        let first = free.unwrap_or_else(|| block(0));
        Self { root: sudo.unwrap_or(Owner { uid: first, gid: first }), first, count }
    }

    /// Which of the cluster's users its Pods may have for user namespaces of their own: the first, and how many.
    pub(crate) fn for_pods(&self) -> (u32, u32) {
        (POD, self.count - POD)
    }

    /// The lines of uid_map and gid_map (user_namespaces(7)).
    pub(crate) fn maps(&self) -> [String; 2] {
        [self.root.uid, self.root.gid]
            .map(|root| format!("0 {root} 1\n1 {} {}\n", self.first + 1, self.count - 1))
    }
}

/// The first IDs of the mappings that processes of this machine have.
pub(crate) fn taken() -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let maps = processes.filter_map(|process| std::fs::read_to_string(process.path().join("uid_map")).ok());
    let mut all: Vec<u32> = maps.flat_map(|map| firsts(&map)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn firsts(map: &str) -> Vec<u32> {
    let line = |line: &str| {
        let id: u32 = line.split_whitespace().nth(1)?.parse().ok()?;
        (id >= FIRST).then(|| FIRST + (id - FIRST) / IDS * IDS)
    };
    map.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of a process in no user namespace.
    fn room() -> Room {
        Room::of("         0          0 4294967295\n").unwrap()
    }

    #[test]
    fn every_cluster_has_users_of_its_own_as_long_as_there_are_any() {
        let mut taken = Vec::new();
        for _ in 0..BLOCKS {
            let users = Users::of("ffffffff", None, &taken, room());
            assert!(!taken.contains(&users.first) && users.root.uid == users.first);
            taken.push(users.first);
        }
        assert!(taken.contains(&Users::of("1a2b3c4d", None, &taken, room()).first));
        assert!(taken.iter().all(|first| *first >= FIRST && first.checked_add(IDS - 1).is_some()));
    }

    #[test]
    fn root_of_the_cluster_is_nobody_or_the_caller_of_sudo() {
        let users = Users::of("0", None, &[], room());
        assert_eq!(users.maps()[0], "0 1879048192 1\n1 1879048193 16777215\n");
        let users = Users::of("0", Some(Owner { uid: 1000, gid: 100 }), &[], room());
        assert_eq!(users.maps()[1], "0 100 1\n1 1879048193 16777215\n");
    }

    #[test]
    fn what_others_use_is_read_from_their_maps() {
        assert!(firsts("         0          0 4294967295\n").is_empty());
        assert_eq!(firsts("0 1000 1\n1 1895825409 16777215\n"), [FIRST + IDS]);
    }

    #[test]
    fn a_container_with_few_users_has_room_for_one_cluster_or_none() {
        // A Pod of a cluster that has users of its own.
        let room = Room::of("0 1879048192 1\n1 1879048193 16777215\n").unwrap();
        assert_eq!(room, Room { first: IDS - FEW, count: FEW, clusters: 1 });
        let users = Users::of("ffffffff", None, &[], room);
        assert_eq!(users.maps()[0], "0 2228224 1\n1 2228225 14548991\n");
        assert!(users.for_pods().1 >= 220 * POD, "each of a node's Pods may have users of its own");
        assert_eq!(Room::of("0 100000 65536\n"), None);
        assert_eq!(Room::of(""), None);
    }
}
