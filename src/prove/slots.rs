//! Slots on the cluster of a proof: how many Pods may run, and which case has the cluster to itself.

use std::time::Instant;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit};

/// The slots of one cluster.
#[derive(Debug)]
pub(super) struct Slots {
    cluster: RwLock<()>,
    pods: Semaphore,
    capacity: u32,
    clock: Instant,
}

/// What a case needs of the cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    /// Whether the cluster must be its own.
    pub(super) alone: bool,
    /// Room for how many Pods.
    pods: u32,
}

impl Demand {
    /// Of a case whose setup makes that many Pods.
    pub(super) fn of(alone: bool, pods: u32) -> Self {
        // Twice its Pods: a solution may make new ones before the old ones are gone.
        Self { alone, pods: pods.saturating_mul(2).max(1) }
    }
}

/// A case on the cluster, until it is dropped.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    _pods: Option<SemaphorePermit<'a>>,
    _cluster: Cluster<'a>,
}

#[derive(Debug)]
enum Cluster<'a> {
    Alone { _guard: RwLockWriteGuard<'a, ()> },
    Together { _guard: RwLockReadGuard<'a, ()> },
}

impl Slots {
    /// In a proof that began at `clock`, on a cluster with room for that many Pods over all cases.
    pub(super) fn new(clock: Instant, capacity: u32) -> Self {
        let capacity = capacity.max(1);
        Self { cluster: RwLock::new(()), pods: Semaphore::new(capacity as usize), capacity, clock }
    }

    /// Waits for a slot.
    pub(super) async fn slot(&self, demand: Demand) -> Slot<'_> {
        let pods = self.pods.acquire_many(demand.pods.min(self.capacity)).await.ok();
        let cluster = if demand.alone {
            Cluster::Alone { _guard: self.cluster.write().await }
        } else {
            Cluster::Together { _guard: self.cluster.read().await }
        };
        Slot { _pods: pods, _cluster: cluster }
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
        let slots = Slots::new(Instant::now(), 90);
        let (together, alone) = (Demand::of(false, 1), Demand::of(true, 1));
        let (one, two) = (slots.slot(together).await, slots.slot(together).await);
        assert!(slots.slot(alone).now_or_never().is_none());
        drop((one, two));
        let own = slots.slot(alone).await;
        assert!(slots.slot(together).now_or_never().is_none());
        drop(own);
        assert!(slots.slot(together).now_or_never().is_some());
    }

    #[tokio::test]
    async fn more_pods_than_there_is_room_for_run_when_the_others_are_done() {
        let slots = Slots::new(Instant::now(), 90);
        let small = slots.slot(Demand::of(false, 1)).await;
        assert!(slots.slot(Demand::of(false, 50)).now_or_never().is_none());
        drop(small);
        assert!(slots.slot(Demand::of(false, 50)).now_or_never().is_some());
    }
}
