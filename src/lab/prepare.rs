//! From an attempt's record to a prepared cluster: inventory, setup, workspace and baseline.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::attempt::Attempt;
use super::cluster::LabCluster;
use super::error::{LabError, Result, io};
use super::inventory::{self, Inventory};
use super::others::Others;
use super::script;
use super::setup::kinds::Kinds;
use super::setup::order::Labels;
use super::setup::{self, Plan, documents};
use super::store::Store;
use super::workspace;
use crate::grade::{self, Salt, Vault};
use crate::scenario::{BoundScenario, task_text};

/// How long setup may take until it is ready.
const LIMIT: Duration = Duration::from_secs(120);

/// How long the scenario's own script may take.
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);
/// The variable that tells it where the API server's audit log is.
const AUDIT_LOG: &str = "SATRAIN_AUDIT_LOG";

/// Sets up what the record says and records what is true then. With `take_inventory`, also what else the cluster holds.
pub(super) async fn prepare(
    store: &Store,
    lab: &LabCluster,
    attempt: &mut Attempt,
    take_inventory: bool,
) -> Result<()> {
    let others = Others::next_to(store, &attempt.record)?;
    let plan = plan(attempt)?;
    fill_workspace(attempt)?;
    let inventory = async {
        // On a shared cluster others make objects too: what is new there is not the attempt's.
        match take_inventory && lab.capabilities.exclusive {
            true => inventory::take(&lab.client, &lab.kinds, &plan.namespaces, &others).await.map(Some),
            false => Ok(None),
        }
    };
    let made = async {
        setup::set_up(&lab.client, &lab.kinds, &plan).await?;
        run_script(lab, attempt).await
    };
    let (inventory, ()) = futures::try_join!(inventory, made)?;
    attempt.inventory = inventory;
    if let Some(inventory) = &attempt.inventory {
        attempt.dir.write(INVENTORY, inventory)?;
    }
    attempt.salt = Salt::new(random()?);
    attempt.dir.write(SALT, &attempt.salt)?;
    let scenario = &attempt.bound.scenario;
    let captured = Arc::new(Mutex::new(Vault::default()));
    let ask = attempt.ask(lab).capturing(captured.clone());
    attempt.baseline = grade::baseline(&ask, &scenario.checks, &scenario.guards).await?;
    attempt.vault = captured.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if attempt.vault.is_empty() {
        attempt.dir.remove(VAULT)?;
    } else {
        attempt.dir.write(VAULT, &attempt.vault)?;
    }
    attempt.dir.write(BASELINE, &attempt.baseline)
}

/// The task, a place for answers and the scenario's files.
pub(super) fn fill_workspace(attempt: &Attempt) -> Result<()> {
    let bound = &attempt.bound;
    workspace::fill(&attempt.dir.workspace(), &task_text(bound), &bound.scenario.setup.files)
}

/// What manifests cannot say: the scenario's own script, with the cluster's audit log at hand.
async fn run_script(lab: &LabCluster, attempt: &Attempt) -> Result<()> {
    let text = &attempt.bound.scenario.setup.run;
    if text.trim().is_empty() {
        return Ok(());
    }
    let mut env = lab.script_env(&attempt.dir, &attempt.bound)?;
    if let Some(log) = &lab.capabilities.audit_log {
        env.variables.insert(AUDIT_LOG.into(), log.display().to_string());
    }
    let file = attempt.dir.path().join("setup.sh");
    std::fs::write(&file, text).map_err(io("writing", &file))?;
    let said = Mutex::new(Vec::new());
    let keep = |line| said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    let ended = script::play(&file, &env, SCRIPT_LIMIT, keep).await?;
    if ended.well() {
        return Ok(());
    }
    let said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
    let last: Vec<String> = said.into_iter().rev().take(3).rev().collect();
    Err(LabError::SetupScript { ended: ended.to_string(), said: last.join(" / ") })
}

pub(super) const INVENTORY: &str = "inventory.json";
pub(super) const SALT: &str = "salt.json";
pub(super) const BASELINE: &str = "baseline.json";
/// Whole tokens: for the attempt's life only.
pub(super) const VAULT: &str = "captured.json";

/// The inventory of an attempt that another process set up.
pub(super) fn recorded_inventory(attempt: &Attempt) -> Result<Option<Inventory>> {
    attempt.dir.read(INVENTORY)
}

fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(e) => Err(io("reading", Path::new("/dev/urandom"))(std::io::Error::other(e))),
    }
}

fn plan(attempt: &Attempt) -> Result<Plan> {
    let record = &attempt.record;
    Ok(Plan {
        labels: Labels { attempt: record.id.to_string(), scenario: record.scenario.id.clone() },
        namespaces: record.namespaces.clone(),
        adopts: record.adopts.clone(),
        manifests: documents(&attempt.bound.manifests)?,
        ready: attempt.bound.scenario.setup.ready.clone(),
        limit: LIMIT,
    })
}

/// Whether every object of the manifests lives in a namespace, Namespaces aside.
pub(super) fn all_namespaced(bound: &BoundScenario, kinds: &Kinds) -> Result<bool> {
    for object in documents(&bound.manifests)? {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        if text("kind") != "Namespace" && !kinds.of_manifest(text("apiVersion"), text("kind"))?.namespaced {
            return Ok(false);
        }
    }
    Ok(true)
}
