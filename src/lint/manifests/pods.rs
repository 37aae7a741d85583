//! The Pod of a manifest, or of its template: quick to end, from images that every lab has, and one that Kubernetes takes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Manifest, text};
use crate::scenario::{BoundScenario, is_dns_label};

/// The images of the lab (see the distribution's image catalogue); any tag.
const IMAGES: [&str; 8] = [
    "satrain.local/lab",
    "nginx",
    "nginxinc/nginx-unprivileged",
    "httpd",
    "busybox",
    "alpine",
    "curlimages/curl",
    "registry.k8s.io/pause",
];

/// The ServiceAccounts that Pods may have.
pub(super) struct Accounts {
    /// Namespace and name of those of the manifests; None: a script may make others.
    made: Option<BTreeSet<(String, String)>>,
}

impl Accounts {
    /// Those that a scenario's setup makes.
    pub(super) fn made_by(documents: &[Value], bound: &BoundScenario) -> Self {
        let accounts = documents.iter().filter(|object| text(object, "/kind") == "ServiceAccount");
        let made = accounts.map(|object| {
            (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned())
        });
        Self { made: bound.scenario.setup.run.trim().is_empty().then(|| made.collect()) }
    }

    fn has(&self, namespace: &str, name: &str) -> bool {
        let is_usual = name.is_empty() || name == "default";
        let among =
            |made: &BTreeSet<(String, String)>| made.contains(&(namespace.to_owned(), name.to_owned()));
        is_usual || self.made.as_ref().is_none_or(among)
    }
}

impl Manifest<'_, '_> {
    pub(super) fn pod(&mut self, name: &str, object: &Value, accounts: &Accounts) {
        let kind = text(object, "/kind");
        let at = match kind {
            "Pod" => "/spec",
            "CronJob" => "/spec/jobTemplate/spec/template/spec",
            _ => "/spec/template/spec",
        };
        let Some(spec) = object.pointer(at) else { return };
        self.grace(name, spec);
        self.restart(name, (kind, at), spec);
        let list = |key: &str| spec.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list("containers").is_empty() {
            self.says_at(&format!("{at}/containers"), format!("{name} has no container"), "");
        }
        let volumes = self.volumes(name, at, object, list("volumes"));
        let mut names = BTreeSet::new();
        for key in ["containers", "initContainers"] {
            for (i, container) in list(key).iter().enumerate() {
                let at = format!("{at}/{key}/{i}");
                self.image(name, container);
                self.container_name(name, &at, text(container, "/name"), &mut names);
                self.mounts(name, &at, container, &volumes);
            }
        }
        // A Pod of a template may wait for its account: to make that may be the task.
        let (namespace, account) = (text(object, "/metadata/namespace"), text(spec, "/serviceAccountName"));
        if kind == "Pod" && !accounts.has(namespace, account) {
            let message =
                format!("{name} runs as ServiceAccount `{account}`, which no manifest makes in {namespace}");
            self.says_at(&format!("{at}/serviceAccountName"), message, "Kubernetes refuses such a Pod");
        }
    }

    fn grace(&mut self, name: &str, spec: &Value) {
        let grace = spec.get("terminationGracePeriodSeconds").and_then(Value::as_i64);
        if grace.is_none_or(|seconds| !(0..=1).contains(&seconds)) {
            let message = format!("{name} does not have terminationGracePeriodSeconds 0 or 1");
            let key = if grace.is_none() { "containers:" } else { "terminationGracePeriodSeconds:" };
            self.says_of(&[key], message, "labs often wait for their Pods to terminate");
        }
    }

    /// Which Pods start again, their controllers decide.
    fn restart(&mut self, name: &str, (kind, at): (&str, &str), spec: &Value) {
        let known: &[&str] = match kind {
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "ReplicationController" => {
                &["", "Always"]
            }
            "Job" | "CronJob" => &["OnFailure", "Never"],
            _ => return,
        };
        if !known.contains(&text(spec, "/restartPolicy")) {
            let known: Vec<String> = known
                .iter()
                .filter(|policy| !policy.is_empty())
                .map(|policy| format!("`{policy}`"))
                .collect();
            let message = format!("{name}: the restartPolicy of a {kind} is {}", known.join(" or "));
            self.says_at(&format!("{at}/restartPolicy"), message, "");
        }
    }

    /// The names that mounts may use.
    fn volumes(&mut self, name: &str, at: &str, object: &Value, volumes: &[Value]) -> BTreeSet<String> {
        let claims = object.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
        let claimed = claims.into_iter().flatten().map(|claim| text(claim, "/metadata/name").to_owned());
        let mut names: BTreeSet<String> = claimed.collect();
        for (i, volume) in volumes.iter().enumerate() {
            let called = text(volume, "/name");
            let problem = match () {
                () if !is_dns_label(called) => {
                    format!("{name}: Kubernetes does not take `{called}` as the name of a volume")
                }
                () if !names.insert(called.to_owned()) => format!("{name}: two volumes are named `{called}`"),
                () => continue,
            };
            self.says_at(&format!("{at}/volumes/{i}/name"), problem, "");
        }
        names
    }

    fn container_name(&mut self, name: &str, at: &str, called: &str, names: &mut BTreeSet<String>) {
        let (message, help) = if !is_dns_label(called) {
            let message = format!("{name}: Kubernetes does not take `{called}` as the name of a container");
            (message, "it has lower-case letters, digits and `-`, at most 63")
        } else if !names.insert(called.to_owned()) {
            (format!("{name}: two containers are named `{called}`"), "")
        } else {
            return;
        };
        self.says_at(&format!("{at}/name"), message, help);
    }

    fn mounts(&mut self, name: &str, at: &str, container: &Value, volumes: &BTreeSet<String>) {
        let mounts = container.get("volumeMounts").and_then(Value::as_array).into_iter().flatten();
        let mut paths = BTreeSet::new();
        for (i, mount) in mounts.enumerate() {
            let (volume, path) = (text(mount, "/name"), text(mount, "/mountPath"));
            let at = format!("{at}/volumeMounts/{i}");
            if !volumes.contains(volume) {
                let message =
                    format!("{name}: a mount names the volume `{volume}`, which the Pod does not have");
                self.says_at(&at, message, "");
            }
            match () {
                () if path.is_empty() => {
                    self.says_at(&at, format!("{name}: the mount of `{volume}` has no mountPath"), "")
                }
                () if !paths.insert(path) => {
                    self.says_at(&at, format!("{name}: two mounts are at `{path}`"), "")
                }
                () => {}
            }
        }
    }

    fn image(&mut self, name: &str, container: &Value) {
        let image = text(container, "/image");
        if image.is_empty() {
            let called = text(container, "/name");
            let message = format!("{name}: its container `{called}` has no image");
            self.says_of(&["name:", called], message, "");
        } else if !is_lab_image(image) {
            let message =
                format!("{name} uses the image `{image}`, which a lab without internet access cannot pull");
            let help = format!("every lab has: {}", IMAGES.join(", "));
            self.says_of(&["image:", image], message, &help);
        }
    }
}

/// `docker.io/library/nginx:1.29` is `nginx`.
fn is_lab_image(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    IMAGES.contains(&name.strip_prefix("library/").unwrap_or(name))
}
