//! The seats of a class from their creation until nothing of them is left, and programs that are run in them.

use std::time::Duration;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, Client};

use super::gone::{Result, WorkloadError, cluster, ignore_missing, until_gone};
use super::pod::{PROGRAM, PodWish, selector};
use super::said;
use super::seat::{self, Reach, Seat};
use crate::pod_exec::{self, Bounds, ExecError, Output, Place};

/// The longest output of a program, in bytes.
const LONGEST: usize = 4 << 20;

/// The seats of one class on somebody's cluster.
pub struct Seats {
    client: Client,
    namespace: String,
    class: String,
}

/// How a seat is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatState {
    /// Which seat.
    pub seat: Seat,
    /// Whether its cluster answers.
    pub ready: bool,
    /// Why it does not start, or how it ended before, where that is known.
    pub trouble: Option<String>,
    /// The port of the nodes, or the address that was given.
    pub at: Option<Address>,
}

/// Where a seat is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// By this port of a node.
    NodePort(u16),
    /// By this host.
    Host(String),
}

/// What a program in a seat wrote, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; None: it was not started, and `stderr` says why.
    pub code: Option<i32>,
    /// What it wrote.
    pub stdout: String,
    /// What it wrote about errors.
    pub stderr: String,
}

impl Seats {
    /// Those of `class` in a Namespace.
    pub fn new(client: Client, namespace: &str, class: &str) -> Self {
        Self { client, namespace: namespace.to_owned(), class: class.to_owned() }
    }

    /// Makes a seat, or leaves it as it is where it is there.
    ///
    /// # Errors
    /// When the cluster refuses.
    pub async fn make(&self, seat: &Seat, wish: &PodWish<'_>, reach: Reach) -> Result<()> {
        let (set, service) = seat::objects(&self.class, seat, wish, reach)
            .map_err(|e| WorkloadError::Cluster(e.to_string()))?;
        let own = PatchParams::apply("satrain").force();
        self.services().patch(&seat.name, &own, &Patch::Apply(&service)).await.map_err(|e| cluster(&e))?;
        self.sets().patch(&seat.name, &own, &Patch::Apply(&set)).await.map_err(|e| cluster(&e))?;
        Ok(())
    }

    /// How all seats are, in the order of learners.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn states(&self) -> Result<Vec<SeatState>> {
        let of_class = self.of_class();
        let sets = self.sets().list(&of_class).await.map_err(|e| cluster(&e))?;
        let pods = self.pods().list(&of_class).await.map_err(|e| cluster(&e))?;
        let services = self.services().list(&of_class).await.map_err(|e| cluster(&e))?;
        let mut states: Vec<SeatState> = sets
            .iter()
            .filter_map(|set| {
                let seat = Seat {
                    name: set.metadata.name.clone()?,
                    learner: seat::learner(set.metadata.annotations.as_ref())?,
                };
                let pod = pods.iter().find(|pod| pod.metadata.name.as_deref() == Some(&seat.pod()));
                let service = services.iter().find(|s| s.metadata.name.as_deref() == Some(&seat.name));
                Some(SeatState {
                    ready: pod.is_some_and(is_ready),
                    trouble: pod.and_then(|pod| said::waits(pod).or_else(|| said::restarted(pod))),
                    at: service.and_then(address),
                    seat,
                })
            })
            .collect();
        states.sort_by(|a, b| a.seat.learner.cmp(&b.seat.learner));
        Ok(states)
    }

    /// Runs satrain in a seat, within a time.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn satrain(&self, seat: &Seat, arguments: &[&str], within: Duration) -> Result<Said> {
        let program = std::iter::once(PROGRAM).chain(arguments.iter().copied());
        let command: Vec<String> = program.map(str::to_owned).collect();
        let (pod, bounds) = (seat.pod(), Bounds { kept: LONGEST, read: LONGEST });
        let place = Place { namespace: &self.namespace, pod: &pod, container: None };
        let ran = pod_exec::run(&self.client, place, &command, bounds);
        let late = || WorkloadError::Cluster(format!("no answer within {} s", within.as_secs()));
        match tokio::time::timeout(within, ran).await.map_err(|_| late())? {
            Ok(Output { code, stdout, stderr, .. }) => Ok(Said { code: Some(code), stdout, stderr }),
            Err(ExecError::NotStarted(stderr)) => Ok(Said { code: None, stdout: String::new(), stderr }),
            Err(ExecError::Refused(e)) => Err(cluster(&e)),
            Err(e) => Err(WorkloadError::Cluster(e.to_string())),
        }
    }

    /// Removes all seats of the class and waits until they are gone.
    ///
    /// # Errors
    /// When the cluster cannot be asked, or they do not go.
    pub async fn remove(&self, learners: Option<&[Seat]>) -> Result<usize> {
        let there = self.states().await?;
        let wanted = |seat: &Seat| learners.is_none_or(|some| some.iter().any(|one| one.name == seat.name));
        let gone: Vec<Seat> = there.into_iter().map(|state| state.seat).filter(wanted).collect();
        for seat in &gone {
            let now = DeleteParams::background();
            ignore_missing(self.sets().delete(&seat.name, &now).await)?;
            ignore_missing(self.services().delete(&seat.name, &now).await)?;
        }
        until_gone("lab", async || {
            let pods = self.pods().list(&self.of_class()).await.map_err(|e| cluster(&e))?;
            let is_there =
                |seat: &&Seat| pods.iter().any(|pod| pod.metadata.name.as_deref() == Some(&seat.pod()));
            Ok(gone.iter().find(is_there).map(|seat| seat.name.clone()))
        })
        .await?;
        Ok(gone.len())
    }

    fn of_class(&self) -> ListParams {
        ListParams::default().labels(&selector(&seat::instance(&self.class)))
    }

    fn sets(&self) -> Api<StatefulSet> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn services(&self) -> Api<Service> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }
}

fn is_ready(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    pod.metadata.deletion_timestamp.is_none()
        && conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn address(service: &Service) -> Option<Address> {
    let given =
        service.status.as_ref()?.load_balancer.as_ref().and_then(|balancer| balancer.ingress.as_ref());
    let host =
        given.and_then(|all| all.iter().find_map(|one| one.ip.clone().or_else(|| one.hostname.clone())));
    let port = service.spec.as_ref()?.ports.as_ref()?.first()?.node_port;
    host.map(Address::Host).or_else(|| Some(Address::NodePort(u16::try_from(port?).ok()?)))
}
