//! Whose turn it is: how many Pods may run, and who has the cluster for themselves.

use std::time::Instant;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit};

/// Whose turn it is.
#[derive(Debug)]
pub(super) struct Turns {
    cluster: RwLock<()>,
    pods: Semaphore,
    room: u32,
    clock: Instant,
}

/// What a case needs to run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// Whether the cluster must be its own.
    pub(super) alone: bool,
    /// Room for how many Pods.
    pods: u32,
}

impl Need {
    /// Of a case whose setup makes that many Pods.
    pub(super) fn of(alone: bool, pods: u32) -> Self {
        // Twice its Pods: a solution may make new ones before the old ones are gone.
        Self { alone, pods: pods.saturating_mul(2).max(1) }
    }
}

/// A case's place on the cluster, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    _pods: Option<SemaphorePermit<'a>>,
    _cluster: Cluster<'a>,
}

#[derive(Debug)]
enum Cluster<'a> {
    Alone { _guard: RwLockWriteGuard<'a, ()> },
    Together { _guard: RwLockReadGuard<'a, ()> },
}

impl Turns {
    /// In a proof that began at `clock`, on a cluster with room for that many Pods over all cases.
    pub(super) fn new(clock: Instant, room: u32) -> Self {
        let room = room.max(1);
        Self { cluster: RwLock::new(()), pods: Semaphore::new(room as usize), room, clock }
    }

    /// Waits for a place on the cluster.
    pub(super) async fn place(&self, need: Need) -> Place<'_> {
        let pods = self.pods.acquire_many(need.pods.min(self.room)).await.ok();
        let cluster = if need.alone {
            Cluster::Alone { _guard: self.cluster.write().await }
        } else {
            Cluster::Together { _guard: self.cluster.read().await }
        };
        Place { _pods: pods, _cluster: cluster }
    }

    /// Seconds since the proof began.
    pub(super) fn seconds(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_needs_the_cluster_waits_for_all_and_all_for_them() {
        let turns = Turns::new(Instant::now(), 90);
        let (together, alone) = (Need::of(false, 1), Need::of(true, 1));
        let (one, two) = (turns.place(together).await, turns.place(together).await);
        assert!(turns.place(alone).now_or_never().is_none());
        drop((one, two));
        let own = turns.place(alone).await;
        assert!(turns.place(together).now_or_never().is_none());
        drop(own);
        assert!(turns.place(together).now_or_never().is_some());
    }

    #[tokio::test]
    async fn more_pods_than_there_is_room_for_run_when_the_others_are_done() {
        let turns = Turns::new(Instant::now(), 90);
        let small = turns.place(Need::of(false, 1)).await;
        assert!(turns.place(Need::of(false, 50)).now_or_never().is_none());
        drop(small);
        assert!(turns.place(Need::of(false, 50)).now_or_never().is_some());
    }
}
