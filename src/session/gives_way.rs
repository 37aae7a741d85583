//! Which earlier attempts give way to a new one: those that nobody will miss. Whoever still works is never disturbed.

use super::Session;
use super::error::Result;
use crate::lab::attempt;
use crate::lab::clean;
use crate::lab::cluster::LabCluster;
use crate::lab::error::LabError;
use crate::lab::store::Store;
use crate::lab::store::record::{AttemptRecord, Phase};
use crate::result::format::ResultV1;
use crate::scenario::BoundScenario;

/// Why nobody will miss an attempt, if so.
pub(super) fn finished(record: &AttemptRecord, last: Option<&ResultV1>) -> Option<&'static str> {
    match last {
        Some(result) if result.score.passed => Some("passed"),
        // Whoever sets up or removes has the store's lock, and that is us.
        _ if record.phase == Phase::SettingUp => Some("its setup failed"),
        _ if record.phase == Phase::Removing => Some("its removal was interrupted"),
        _ => record.solution.as_ref().map(|_| "a solution was played"),
    }
}

fn last_result(store: &Store, record: &AttemptRecord) -> Result<Option<ResultV1>> {
    Ok(store.dir(&record.id).all_results()?.pop())
}

/// The other attempts that hold something on this cluster.
pub(super) fn others(
    store: &Store,
    lab: &LabCluster,
    replaces: &[AttemptRecord],
) -> Result<Vec<AttemptRecord>> {
    let mut others = store.in_progress()?;
    others.retain(|record| {
        record.cluster.uid == lab.cluster.uid && replaces.iter().all(|old| old.id != record.id)
    });
    Ok(others)
}

impl Session {
    /// Refuses to begin beside an attempt, where the scenario or that attempt needs the cluster to itself; one that is
    /// finished is ended.
    pub(super) async fn make_room(
        &self,
        store: &Store,
        lab: &LabCluster,
        bound: &BoundScenario,
        replaces: &[AttemptRecord],
    ) -> Result<()> {
        for other in others(store, lab, replaces)? {
            let needs = match (bound.scenario.exclusive, other.exclusive) {
                (true, _) => bound.scenario.id.clone(),
                (false, true) => other.scenario.id.clone(),
                (false, false) => continue,
            };
            let Some(why) = finished(&other, last_result(store, &other)?.as_ref()) else {
                return Err(LabError::NotAlone { needs, attempt: other.id.to_string() }.into());
            };
            store.dir(&other.id).must_be_idle()?;
            self.setting
                .events
                .note(format!("ending attempt {} ({why}): {needs} needs the cluster to itself", other.id));
            attempt::end(store, lab, other, &[]).await?;
        }
        Ok(())
    }

    /// Sees to it that nothing which others left falsifies the grades of a new attempt. Attempts that nobody will miss are
    /// ended before their work is called in the way.
    pub(super) async fn clean(
        &self,
        store: &Store,
        lab: &LabCluster,
        replaces: &[AttemptRecord],
    ) -> Result<()> {
        let events = &self.setting.events;
        let beside = others(store, lab, replaces)?;
        let refused = match clean::make_sure(lab, &beside, events).await {
            Ok(()) => return Ok(()),
            Err(refused @ LabError::ChangedBeside { .. }) => refused,
            Err(other) => return Err(other.into()),
        };
        for other in beside {
            let Some(why) = finished(&other, last_result(store, &other)?.as_ref()) else {
                return Err(refused.into());
            };
            store.dir(&other.id).must_be_idle()?;
            events
                .note(format!("ending attempt {} ({why}): it has changed what all attempts share", other.id));
            attempt::end(store, lab, other, &[]).await?;
        }
        Ok(clean::make_sure(lab, &others(store, lab, replaces)?, events).await?)
    }

    /// The finished attempts that hold a namespace which `bound` needs: they give way to the new one.
    pub(super) fn finished_holders(
        &self,
        store: &Store,
        lab: &LabCluster,
        bound: &BoundScenario,
    ) -> Result<Vec<AttemptRecord>> {
        let namespaces = bound.namespaces();
        let mut holders = Vec::new();
        for record in store.in_progress()? {
            let in_the_way = record.cluster.uid == lab.cluster.uid
                && record.namespaces.iter().any(|n| namespaces.contains(n));
            if !in_the_way {
                continue;
            }
            if let Some(why) = finished(&record, last_result(store, &record)?.as_ref()) {
                store.dir(&record.id).must_be_idle()?;
                self.setting.events.note(format!(
                    "ending attempt {} of {} ({why}): its results are kept",
                    record.id, record.scenario.id
                ));
                holders.push(record);
            }
        }
        Ok(holders)
    }
}
