//! Pure: a seat: a lab cluster for one learner, in a Pod of its own, and the Service by which it is reached.

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Service;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::pod::{self, PodWish};

/// The port of a seat's API, in its Pod and of its Service.
pub const PORT: u16 = 6443;
/// What the objects of a seat are called.
pub const NAME: &str = "satrain-seat";
/// Says whose seat it is; a label may not hold every id.
const LEARNER: &str = "satrain.dev/learner";

/// How learners reach a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From inside of the cluster, or by `kubectl port-forward`.
    ClusterIp,
    /// By a port of each node.
    NodePort,
    /// By an address that the cluster's provider gives.
    LoadBalancer,
}

impl Reach {
    fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

/// One seat of a class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// The name of its objects, which follows from class and learner: a changed roster moves nobody.
    pub name: String,
    /// Whose it is.
    pub learner: String,
}

impl Seat {
    /// The seat of a learner in a class.
    pub fn of(class: &str, learner: &str) -> Self {
        let sum = Sha256::digest(format!("{class}\0{learner}"));
        let short: String = sum.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("seat-{short}"), learner: learner.to_owned() }
    }

    /// The name of its only Pod.
    pub fn pod(&self) -> String {
        format!("{}-0", self.name)
    }
}

/// The label by which the seats of a class are found.
pub(super) fn instance(class: &str) -> String {
    format!("seats-{}", class.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>())
}

/// The objects of a seat.
///
/// # Errors
/// Never, as long as the texts below are such objects.
pub(super) fn objects(
    class: &str,
    seat: &Seat,
    wish: &PodWish<'_>,
    reach: Reach,
) -> serde_json::Result<(StatefulSet, Service)> {
    let labels = pod::labels(NAME, &instance(class));
    let mut own = labels.clone();
    own.insert("satrain.dev/seat".to_owned(), seat.name.clone());
    let annotations = json!({LEARNER: seat.learner});
    let mut spec = pod::spec(wish);
    spec["restartPolicy"] = json!("Always");
    spec["containers"][0]["ports"] = json!([{"name": "api", "containerPort": PORT}]);
    spec["containers"][0]["readinessProbe"] = json!({"exec": {"command": [pod::PROGRAM, "node", "ready"]}, "periodSeconds": 2, "timeoutSeconds": 5});
    let set = serde_json::from_value(json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": seat.name, "labels": own, "annotations": annotations},
        "spec": {
            "replicas": 1,
            "serviceName": seat.name,
            "selector": {"matchLabels": own},
            "template": {"metadata": {"labels": own, "annotations": annotations}, "spec": spec},
        },
    }))?;
    let service = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": seat.name, "labels": own, "annotations": annotations},
        "spec": {
            "type": reach.as_str(),
            "selector": own,
            "ports": [{"name": "api", "port": PORT, "targetPort": "api"}],
        },
    }))?;
    Ok((set, service))
}

/// Whose seat an object is.
pub(super) fn learner(annotations: Option<&std::collections::BTreeMap<String, String>>) -> Option<String> {
    annotations?.get(LEARNER).cloned()
}

#[cfg(test)]
mod tests {
    use super::super::pod::{Node, Size};
    use super::*;

    #[test]
    fn a_seat_is_a_pod_and_a_way_to_it() {
        let arguments = ["node".to_owned(), "server".to_owned()];
        let wish = PodWish {
            image: "i",
            arguments: &arguments,
            secret: None,
            volume: None,
            size: Size::Waits,
            node: &Node::Any,
            own_users: false,
        };
        let seat = Seat::of("class", "Ada Lovelace <ada@example.org>");
        assert_eq!(seat.name.len(), 17);
        assert_ne!(seat.name, Seat::of("other", &seat.learner).name);
        let (set, service) = objects("Class b!", &seat, &wish, Reach::NodePort).unwrap();
        let spec = set.spec;
        let pod = spec.template.spec.unwrap();
        assert_eq!(pod.restart_policy.as_deref(), Some("Always"));
        assert_eq!(pod.automount_service_account_token, Some(false));
        let labels = spec.template.metadata.unwrap().labels.unwrap();
        let of_service = service.spec.unwrap();
        assert_eq!(Some(&labels), of_service.selector.as_ref());
        assert_eq!(of_service.type_.as_deref(), Some("NodePort"));
        assert_eq!(learner(set.metadata.annotations.as_ref()), Some(seat.learner));
        let valid = |value: &str| value.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        assert!(labels.values().all(|value| valid(value) && value.len() <= 63), "{labels:?}");
    }
}
