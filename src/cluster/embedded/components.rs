//! The components: which programs run in the cluster, with which arguments, and from when on.

use super::layout::{BIN, CONTAINERD, DIST, KUBELET, LAB, Lab};
use super::network::{API_PORT, GATEWAY, MIRROR, NODE, SERVICES};

/// How far the cluster's start is; each component waits for one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Namespaces and network are there.
    Begun,
    /// Keys and kubeconfigs are written.
    Keys,
    /// The API server's port is open: who asks now gets the answer when there is one. The node may come up meanwhile, and
    /// register (the Node authorizer needs no RBAC).
    Open,
    /// The API server has its configuration: until it answers, its own work keeps one processor busy, and not two.
    Configured,
    /// The API server answers.
    Live,
    /// RBAC is in force: earlier, the scheduler would exit for lack of rights.
    Authorized,
    /// It is ready: earlier, the controller manager would look again only after a second.
    Ready,
}

/// One program of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    pub(crate) name: &'static str,
    /// Inside the cluster.
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    /// From when on its program is loaded, and waits for the end of its standard input.
    pub(crate) loads: Stage,
    /// From when on it runs.
    pub(crate) runs: Stage,
    /// Whether Pods see what it sees.
    pub(crate) shows_pods: bool,
}

/// Where the scheduler serves, inside.
pub(crate) const SCHEDULER_PORT: u16 = 10259;

/// The names of all components, in the order of their start.
pub(crate) const NAMES: [&str; 7] = [
    "etcd",
    "kube-apiserver",
    "containerd",
    "images",
    "kubelet",
    "kube-controller-manager",
    "kube-scheduler",
];

/// Which binary of the distribution each name under [`BIN`] links to.
pub(crate) const LINKS: [(&str, &str); 11] = [
    ("etcd", "satrain-kube"),
    ("kube-apiserver", "satrain-kube"),
    ("kube-controller-manager", "satrain-kube"),
    ("kube-scheduler", "satrain-kube"),
    ("kubelet", "satrain-kube"),
    ("containerd", "satrain-node"),
    ("images", "satrain-node"),
    ("containerd-shim-runc-v2", "containerd-shim-runc-v2"),
    ("pod-sandbox", "pod-sandbox"),
    ("satrain-cni", "satrain-cni"),
    ("runc", "runc"),
];

/// All components.
pub(crate) fn all() -> Vec<Component> {
    let make = |name: &'static str, loads, runs, args: Vec<String>| Component {
        name,
        program: format!("{BIN}/{name}"),
        args,
        loads,
        runs,
        shows_pods: matches!(name, "containerd" | "kubelet"),
    };
    NAMES
        .into_iter()
        .map(|name| match name {
            "etcd" => make(name, Stage::Begun, Stage::Begun, etcd()),
            "kube-apiserver" => make(name, Stage::Begun, Stage::Keys, api_server()),
            "containerd" => {
                let args = vec!["-c".into(), format!("{LAB}/config/containerd.toml")];
                make(name, Stage::Keys, Stage::Keys, args)
            }
            "images" => make(name, Stage::Keys, Stage::Keys, images()),
            "kubelet" => make(name, Stage::Open, Stage::Open, kubelet()),
            "kube-controller-manager" => make(name, Stage::Configured, Stage::Ready, controller_manager()),
            _ => make(name, Stage::Configured, Stage::Authorized, scheduler()),
        })
        .collect()
}

fn flags(pairs: &[(&str, &str)]) -> Vec<String> {
    pairs.iter().map(|(name, value)| format!("--{name}={value}")).collect()
}

fn pki(file: &str) -> String {
    format!("{LAB}/pki/{file}")
}

fn config(file: &str) -> String {
    format!("{LAB}/config/{file}")
}

fn etcd() -> Vec<String> {
    flags(&[
        ("data-dir", &format!("{LAB}/etcd")),
        ("listen-client", "http://127.0.0.1:2379"),
        ("listen-peer", "http://127.0.0.1:2380"),
        ("checkpoints", &Lab::inside().checkpoints().display().to_string()),
        // The roles that Kubernetes begins with are there before its API server, which else takes a second and a half for them.
        ("bootstrap", "true"),
        // A lone member elects itself after five ticks: 50 ms instead of half a second.
        ("tick-ms", "10"),
    ])
}

fn images() -> Vec<String> {
    flags(&[
        ("layout", &format!("{DIST}/images")),
        ("socket", &format!("{CONTAINERD}/containerd.sock")),
        ("listen", MIRROR),
    ])
}

fn api_server() -> Vec<String> {
    flags(&[
        ("etcd-servers", "http://127.0.0.1:2379"),
        // etcd keeps what checkpoints need, and compacts by itself.
        ("etcd-compaction-interval", "0"),
        ("bind-address", "0.0.0.0"),
        ("secure-port", &API_PORT.to_string()),
        ("advertise-address", &GATEWAY.to_string()),
        ("tls-cert-file", &pki("apiserver.crt")),
        ("tls-private-key-file", &pki("apiserver.key")),
        ("client-ca-file", &pki("ca.crt")),
        ("cert-dir", &format!("{LAB}/run/apiserver")),
        ("service-account-issuer", "https://kubernetes.default.svc.cluster.local"),
        ("service-account-key-file", &pki("sa.key")),
        ("service-account-signing-key-file", &pki("sa.key")),
        ("service-cluster-ip-range", SERVICES),
        ("authorization-mode", "Node,RBAC"),
        ("enable-admission-plugins", "NodeRestriction"),
        ("allow-privileged", "true"),
        ("kubelet-client-certificate", &pki("apiserver-kubelet-client.crt")),
        ("kubelet-client-key", &pki("apiserver-kubelet-client.key")),
        ("kubelet-certificate-authority", &pki("ca.crt")),
        ("kubelet-preferred-address-types", "InternalIP"),
        ("proxy-client-cert-file", &pki("front-proxy-client.crt")),
        ("proxy-client-key-file", &pki("front-proxy-client.key")),
        ("requestheader-client-ca-file", &pki("front-proxy-ca.crt")),
        ("requestheader-allowed-names", "front-proxy-client"),
        ("requestheader-username-headers", "X-Remote-User"),
        ("requestheader-group-headers", "X-Remote-Group"),
        ("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        ("audit-policy-file", &config("audit-policy.yaml")),
        ("audit-log-path", &format!("{LAB}/log/audit.log")),
        ("audit-log-maxsize", "100"),
        ("audit-log-maxbackup", "2"),
        // Fair queueing serves many clients; here it only delays the start by half a second.
        ("enable-priority-and-fairness", "false"),
        // It holds what was in memory for minutes, where a later attempt can ask for it; the labs are small.
        ("watch-cache", "false"),
        ("enable-bootstrap-token-auth", "true"),
        ("profiling", "false"),
        ("v", "1"),
    ])
}

fn kubelet() -> Vec<String> {
    flags(&[
        ("config", &config("kubelet.yaml")),
        ("kubeconfig", &format!("{LAB}/node/kubelet.kubeconfig")),
        ("root-dir", KUBELET),
        ("cert-dir", &format!("{LAB}/node")),
        ("hostname-override", NODE),
        ("node-ip", &GATEWAY.to_string()),
        ("node-labels", "satrain.dev/managed=true"),
        ("v", "2"),
    ])
}

fn controller_manager() -> Vec<String> {
    let kubeconfig = pki("kube-controller-manager.kubeconfig");
    flags(&[
        ("kubeconfig", &kubeconfig),
        ("authentication-kubeconfig", &kubeconfig),
        ("authorization-kubeconfig", &kubeconfig),
        ("bind-address", "127.0.0.1"),
        ("secure-port", "10257"),
        ("tls-cert-file", &pki("local-server.crt")),
        ("tls-private-key-file", &pki("local-server.key")),
        ("leader-elect", "false"),
        ("use-service-account-credentials", "true"),
        ("service-account-private-key-file", &pki("sa.key")),
        ("root-ca-file", &pki("ca.crt")),
        ("cluster-signing-cert-file", &pki("ca.crt")),
        ("cluster-signing-key-file", &pki("ca.key")),
        (
            "controllers",
            "*,bootstrap-signer-controller,token-cleaner-controller,-horizontal-pod-autoscaler-controller,\
             -persistentvolume-attach-detach-controller,-persistentvolume-expander-controller,-node-ipam-controller",
        ),
        ("concurrent-serviceaccount-token-syncs", "10"),
        ("concurrent-namespace-syncs", "20"),
        ("kube-api-qps", "100"),
        ("kube-api-burst", "200"),
        ("legacy-service-account-token-clean-up-period", "8760h"),
        ("profiling", "false"),
        ("v", "1"),
    ])
}

fn scheduler() -> Vec<String> {
    let kubeconfig = pki("kube-scheduler.kubeconfig");
    flags(&[
        ("kubeconfig", &kubeconfig),
        ("authentication-kubeconfig", &kubeconfig),
        ("authorization-kubeconfig", &kubeconfig),
        ("bind-address", "127.0.0.1"),
        ("secure-port", &SCHEDULER_PORT.to_string()),
        ("tls-cert-file", &pki("local-server.crt")),
        ("tls-private-key-file", &pki("local-server.key")),
        ("leader-elect", "false"),
        ("profiling", "false"),
        ("v", "1"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_has_a_program_that_the_distribution_provides() {
        for component in all() {
            assert!(LINKS.iter().any(|(link, _)| *link == component.name), "{}", component.name);
        }
    }

    #[test]
    fn no_argument_carries_a_secret_or_a_path_of_the_host() {
        for arg in all().iter().flat_map(|c| &c.args) {
            assert!(!arg.contains("PRIVATE") && !arg.contains("/home") && !arg.contains("token="), "{arg}");
        }
    }
}
