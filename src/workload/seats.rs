//! The seats of a class from their creation until nothing of them is left, and programs that are run in them.

use std::time::{Duration, Instant};

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::{AttachParams, DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, Client};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::pod::{PodWish, selector};
use super::run::{WorkloadError, cluster};
use super::said;
use super::seat::{self, Reach, Seat};

/// How long the objects may take to go.
const GOES: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(300);
/// The longest output of a program that is read, in bytes.
const LONGEST: usize = 4 << 20;

type Result<T> = std::result::Result<T, WorkloadError>;

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
    /// Its exit code; None: it was not started.
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
        let command: Vec<&str> =
            std::iter::once("/usr/local/bin/satrain").chain(arguments.iter().copied()).collect();
        let late = || WorkloadError::Cluster(format!("no answer within {} s", within.as_secs()));
        tokio::time::timeout(within, self.ran(seat, &command)).await.map_err(|_| late())?
    }

    async fn ran(&self, seat: &Seat, command: &[&str]) -> Result<Said> {
        let lost = || WorkloadError::Cluster("the connection to the seat broke".into());
        let params =
            AttachParams { stdin: false, stdout: true, stderr: true, tty: false, ..AttachParams::default() };
        let mut process =
            self.pods().exec(&seat.pod(), command.iter().copied(), &params).await.map_err(|e| cluster(&e))?;
        let outputs = futures::future::join(read(process.stdout()), read(process.stderr()));
        let status = process.take_status();
        let (stdout, stderr) = outputs.await;
        let status = status.ok_or_else(lost)?.await.ok_or_else(lost)?;
        let causes = status.details.iter().flat_map(|details| details.causes.iter().flatten());
        let said = causes.filter(|cause| cause.reason.as_deref() == Some("ExitCode"));
        let code = match status.status.as_deref() {
            Some("Success") => Some(0),
            _ => said.filter_map(|cause| cause.message.as_deref()?.parse().ok()).next(),
        };
        Ok(Said { code, stdout, stderr })
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
        let began = Instant::now();
        loop {
            let pods = self.pods().list(&self.of_class()).await.map_err(|e| cluster(&e))?;
            let stays = gone
                .iter()
                .find(|seat| pods.iter().any(|pod| pod.metadata.name.as_deref() == Some(&seat.pod())));
            match stays {
                None => return Ok(gone.len()),
                Some(seat) if began.elapsed() > GOES => return Err(WorkloadError::Stays(seat.name.clone())),
                Some(_) => tokio::time::sleep(LOOK).await,
            }
        }
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

fn ignore_missing<T>(answer: kube::Result<T>) -> Result<()> {
    match answer {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(e) => Err(cluster(&e)),
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

/// The beginning of a stream; the rest is read, so that nobody is blocked.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0_u8; 8192]);
    if let Some(mut stream) = stream {
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            let room = LONGEST.saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..count.min(room)]);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
