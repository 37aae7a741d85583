//! From an attempt's record to a prepared cluster: inventory, setup, workspace and baseline.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::cluster::LabCluster;
use super::error::{LabError, Result, io};
use super::inventory::{self, Inventory};
use super::neighbours::{Neighbours, known};
use super::script;
use super::setup::kinds::Kinds;
use super::setup::order::Labels;
use super::setup::{self, Plan, documents};
use super::store::names::{BASELINE, INVENTORY, SALT, VAULT};
use super::store::record::AttemptRecord;
use super::store::{AttemptDir, Store};
use super::workspace;
use crate::grade::expectation::WrittenDuration;
use crate::grade::observation::Observations;
use crate::grade::{self, Salt, Vault};
use crate::scenario::{BoundScenario, task_text};

/// How long the cluster's own part of setup may take, and how long it may take until all is ready where the scenario does
/// not say so.
const LIMIT: Duration = Duration::from_secs(120);

/// How long the scenario's own script may take.
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);

/// What is prepared: an attempt of which only the record is known yet.
pub(super) struct Preparation<'a> {
    /// The cluster.
    pub(super) lab: &'a LabCluster,
    /// What is written down about the attempt.
    pub(super) record: &'a AttemptRecord,
    /// Where.
    pub(super) dir: &'a AttemptDir,
    /// What is played.
    pub(super) bound: &'a BoundScenario,
}

/// What was true right after setup.
pub(super) struct Beginning {
    pub(super) baseline: Observations,
    pub(super) vault: Vault,
    pub(super) salt: Salt,
}

impl Preparation<'_> {
    /// Fills the workspace and sets up the cluster. Out: with `take_inventory`, what else the cluster held.
    pub(super) async fn set_up(&self, store: &Store, take_inventory: bool) -> Result<Option<Inventory>> {
        let neighbours = Neighbours::next_to(store, self.record)?;
        let plan = self.plan()?;
        fill_workspace(self.dir, self.bound)?;
        let (client, kinds) = (&self.lab.client, &self.lab.kinds);
        let inventory = async {
            // On a shared cluster others make objects too: what is new there is not the attempt's.
            match take_inventory && self.lab.capabilities.exclusive {
                true => {
                    let theirs = |object: &ObjectMeta| neighbours.own(object);
                    inventory::take(client, kinds, &plan.namespaces, theirs).await.map(Some)
                }
                false => Ok(None),
            }
        };
        let made = async {
            setup::set_up(client, kinds, &plan, &self.lab.events).await?;
            self.run_script().await
        };
        let (inventory, ()) = futures::try_join!(inventory, made)?;
        if let Some(inventory) = &inventory {
            self.dir.write(INVENTORY, inventory)?;
        }
        Ok(inventory)
    }

    /// Looks at what was set up, as every grade will, and captures the tokens that checks replay later.
    pub(super) async fn observe(&self) -> Result<Beginning> {
        let salt = Salt::new(random()?);
        self.dir.write(SALT, &salt)?;
        let captured = Arc::new(Mutex::new(Vault::default()));
        let attempts = known(self.lab, self.dir, self.record);
        let ask = self.lab.ask(self.dir).with_attempts(attempts);
        let ask = ask.with_salt(salt.clone()).capturing(captured.clone());
        let scenario = &self.bound.scenario;
        let baseline = grade::baseline(&ask, &scenario.checks, &scenario.guards).await?;
        let vault = captured.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if vault.is_empty() {
            self.dir.remove(VAULT)?;
        } else {
            self.dir.write(VAULT, &vault)?;
        }
        self.dir.write(BASELINE, &baseline)?;
        Ok(Beginning { baseline, vault, salt })
    }

    /// What manifests cannot say: the scenario's own script, with the cluster's audit log at hand.
    async fn run_script(&self) -> Result<()> {
        let text = &self.bound.scenario.setup.run;
        if text.trim().is_empty() {
            return Ok(());
        }
        let mut env = self.lab.script_env(self.dir, self.bound)?;
        env.audit_log = self.lab.capabilities.audit_log.clone();
        let file = self.dir.path().join("setup.sh");
        std::fs::write(&file, text).map_err(io("writing", &file))?;
        let said = Mutex::new(Vec::new());
        let keep = |line| said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        let script = self.lab.script(&file, script::Manner::Strict, self.bound);
        let ended = script::play(script, &env, SCRIPT_LIMIT, keep).await?;
        if ended.well() {
            return Ok(());
        }
        let said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
        let last: Vec<String> = said.into_iter().rev().take(3).rev().collect();
        Err(LabError::SetupScript { ended: ended.to_string(), said: last.join(" / ") })
    }

    fn plan(&self) -> Result<Plan> {
        let record = self.record;
        Ok(Plan {
            labels: Labels { attempt: record.id.to_string(), scenario: record.scenario.id.clone() },
            namespaces: record.namespaces.clone(),
            adopts: record.adopts.iter().map(ToString::to_string).collect(),
            manifests: documents(&self.bound.manifests)?,
            ready: self.bound.scenario.setup.ready.clone(),
            ready_within: self.bound.scenario.setup.ready_within.map_or(LIMIT, WrittenDuration::get),
            limit: LIMIT,
        })
    }
}

/// The task, a place for answers and the scenario's files.
pub(super) fn fill_workspace(dir: &AttemptDir, bound: &BoundScenario) -> Result<()> {
    workspace::fill(&dir.workspace(), &task_text(bound), &bound.scenario.setup.files)
}

fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(e) => Err(io("reading", Path::new("/dev/urandom"))(std::io::Error::other(e))),
    }
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
