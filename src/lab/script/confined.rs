//! From a script of an attempt to a sandbox: what it sees of the lab, and how it reaches the cluster.
//!
//! In: a script and its environment. Out: a running sandbox. Inside, nothing depends on who plays it and where: paths, user, language
//! and environment are always the same. Of the cluster there is a kubeconfig of the script's own, of which the server is the
//! sandbox's only way out.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use http::Uri;
use kube::config::{AuthInfo, Cluster, Kubeconfig};
use tokio::process::Command;

use super::super::error::{LabError, Result, io};
use super::super::orphans;
use super::{AUDIT_LOG, GOGC, KUBECTL_CACHE, Script, ScriptEnv, words};
use crate::printable::printable;
use crate::sandbox::{
    self, Bounds, Folder, Followed, Forward, Limits, Node, Request, Sandbox, SandboxError, read_folder,
    visible,
};

/// How long kubectl may take to learn what the cluster knows.
const LEARNS: Duration = Duration::from_secs(20);

/// Starts a script in a sandbox.
pub(super) async fn start(script: &Script<'_>, env: &ScriptEnv) -> Result<Sandbox> {
    let text = std::fs::read(script.file).map_err(io("reading", script.file))?;
    let kubectl = env.bin.join("kubectl").canonicalize().ok();
    let (kubeconfig, forward) = reachable(&env.kubeconfig)?;
    if let (Some(cache), Some(kubectl)) = (&env.kubectl_cache, &kubectl) {
        learn(kubectl, &env.kubeconfig, cache, &forward).await;
    }
    let mut words = words(script.file, script.manner)?.into_iter();
    let request = Request {
        satrain: script.satrain.to_owned(),
        mark: (orphans::MARK.into(), env.workspace.clone().into()),
        program: words.next().unwrap_or_default(),
        arguments: words.chain([sandbox::SCRIPT.into()]).collect(),
        environment: environment(env),
        programs: kubectl.into_iter().map(|file| ("kubectl".to_owned(), file)).collect(),
        home: home(text, kubeconfig, env),
        workspace: env.workspace.clone(),
        forward: Some(forward),
        follow: env.audit_log.clone().map(|file| Followed { file }),
        limits: Limits::default(),
    };
    Ok(Sandbox::start(request).await?)
}

/// All that a script is told: nothing of the caller's.
fn environment(env: &ScriptEnv) -> Vec<(OsString, OsString)> {
    let mut all: Vec<(OsString, OsString)> =
        env.variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let folders = std::iter::once(sandbox::BIN.into()).chain(visible(&env.path));
    let path = std::env::join_paths(folders).unwrap_or_else(|_| sandbox::BIN.into());
    // Last, so that no parameter can take their place.
    all.extend([
        ("PATH".into(), path),
        ("HOME".into(), sandbox::HOME.into()),
        ("USER".into(), "learner".into()),
        ("LOGNAME".into(), "learner".into()),
        ("SHELL".into(), "/bin/bash".into()),
        ("LANG".into(), "C.UTF-8".into()),
        ("TERM".into(), "dumb".into()),
        ("KUBECONFIG".into(), sandbox::KUBECONFIG.into()),
        (KUBECTL_CACHE.into(), sandbox::KUBECTL_CACHE.into()),
        ("GOGC".into(), GOGC.into()),
    ]);
    all.extend(env.audit_log.iter().map(|_| (AUDIT_LOG.into(), sandbox::AUDIT_LOG.into())));
    all
}

/// What is in its home: the script, the kubeconfig, and what kubectl knows.
fn home(script: Vec<u8>, kubeconfig: Vec<u8>, env: &ScriptEnv) -> Folder {
    // Without it kubectl asks the cluster once more.
    let cache = env.kubectl_cache.as_ref().and_then(|cache| read_folder(cache, Bounds::CACHE).ok());
    let kube = Folder::from([
        ("config".into(), Node::text(kubeconfig)),
        ("cache".into(), Node::Folder(cache.unwrap_or_default())),
    ]);
    Folder::from([(".kube".into(), Node::Folder(kube)), ("script.sh".into(), Node::text(script))])
}

/// Has kubectl learn, once, what every script would ask the cluster for. What scripts write there themselves is not kept.
async fn learn(kubectl: &Path, kubeconfig: &Path, cache: &Path, server: &Forward) {
    // As kubectl names it: a cluster that came back may be at another port.
    if cache.join("discovery").join(format!("{}_{}", server.host, server.to)).exists() {
        return;
    }
    let mut command = Command::new(kubectl);
    command.args(["api-resources", "--output=name"]).env("KUBECONFIG", kubeconfig).env(KUBECTL_CACHE, cache);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let Ok(mut child) = command.spawn() else { return };
    // A cluster that does not answer is told by what comes next.
    let _ = tokio::time::timeout(LEARNS, child.wait()).await;
}

/// The kubeconfig as the sandbox needs it, with everything in it, and where its server is.
fn reachable(file: &Path) -> Result<(Vec<u8>, Forward)> {
    let unreadable = |why: String| LabError::Record { path: file.to_owned(), why };
    let mut config = Kubeconfig::read_from(file).map_err(|e| unreadable(e.to_string()))?;
    let context = config.current_context.as_deref();
    let context = config.contexts.iter().find(|named| Some(named.name.as_str()) == context);
    let context = context.and_then(|named| named.context.clone());
    let context = context.ok_or_else(|| unreadable("it has no current context".into()))?;
    let cluster = config.clusters.iter_mut().find(|named| named.name == context.cluster);
    let cluster = cluster.and_then(|named| named.cluster.as_mut());
    let cluster = cluster.ok_or_else(|| unreadable("it has no cluster".into()))?;
    let forward = redirect(cluster).map_err(|why| LabError::NoSandbox { why, remedy: "" })?;
    inline(&mut cluster.certificate_authority, &mut cluster.certificate_authority_data, file)?;
    let user = config.auth_infos.iter_mut().find(|named| Some(&named.name) == context.user.as_ref());
    if let Some(user) = user.and_then(|named| named.auth_info.as_mut()) {
        credentials(user, file)?;
    }
    let text = serde_json::to_vec(&config).map_err(|e| unreadable(e.to_string()))?;
    Ok((text, forward))
}

/// Has the server reached at the sandbox's own 127.0.0.1, under its own name.
fn redirect(cluster: &mut Cluster) -> std::result::Result<Forward, String> {
    if cluster.proxy_url.as_deref().is_some_and(|url| !url.is_empty()) {
        return Err(
            "the cluster is reached by a proxy, and in a sandbox only its API server can be reached".into()
        );
    }
    let server = cluster.server.as_deref().unwrap_or_default();
    let address: Uri = server.parse().map_err(|e| format!("the API server's address `{server}`: {e}"))?;
    let tls = address.scheme_str() != Some("http");
    let host = address.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let to = address.port_u16().unwrap_or(if tls { 443 } else { 80 });
    if host != "127.0.0.1" {
        let path = address.path().trim_end_matches('/');
        cluster.server = Some(format!("{}://127.0.0.1:{to}{path}", if tls { "https" } else { "http" }));
        if tls && cluster.tls_server_name.is_none() {
            cluster.tls_server_name = Some(host.clone());
        }
    }
    Ok(Forward { port: to, host, to })
}

/// Puts files' contents in place of their names.
fn credentials(user: &mut AuthInfo, file: &Path) -> Result<()> {
    if user.exec.is_some() || user.auth_provider.is_some() {
        let why =
            "the cluster's kubeconfig runs a program for its credentials, which would need yours".into();
        return Err(LabError::NoSandbox { why, remedy: "" });
    }
    inline(&mut user.client_certificate, &mut user.client_certificate_data, file)?;
    let mut key = None;
    inline(&mut user.client_key, &mut key, file)?;
    if let Some(key) = key {
        user.client_key_data = Some(key.into());
    }
    if let Some(token) = user.token_file.take() {
        let text = std::fs::read_to_string(&token).map_err(io("reading", Path::new(&token)))?;
        user.token = Some(text.trim().to_owned().into());
    }
    Ok(())
}

fn inline(name: &mut Option<String>, data: &mut Option<String>, kubeconfig: &Path) -> Result<()> {
    use base64::Engine as _;
    let Some(name) = name.take() else { return Ok(()) };
    let path = kubeconfig.parent().unwrap_or(Path::new("/")).join(name);
    let bytes = std::fs::read(&path).map_err(io("reading", &path))?;
    *data = Some(base64::engine::general_purpose::STANDARD.encode(bytes));
    Ok(())
}

/// What may help where the kernel refuses a sandbox.
const REMEDY: &str = "`satrain doctor` says what this machine lacks.";

impl From<SandboxError> for LabError {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::Unavailable { .. } => Self::NoSandbox { why: error.to_string(), remedy: REMEDY },
            SandboxError::Workspace(what) => Self::Workspace { what },
            SandboxError::NotStarted { program, why } => {
                Self::Spawn { program: printable(&program).into_owned(), source: std::io::Error::other(why) }
            }
            error @ SandboxError::Io { .. } => Self::Sandbox(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kubeconfig(cluster: &str, user: &str) -> (tempfile::TempDir, Result<(Vec<u8>, Forward)>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(folder.path().join("ca"), "CA").unwrap();
        std::fs::write(folder.path().join("token"), "T\n").unwrap();
        let token = folder.path().join("token").display().to_string();
        let text = format!(
            r#"{{"current-context":"x","contexts":[{{"name":"x","context":{{"cluster":"c","user":"u"}}}}],
            "clusters":[{{"name":"c","cluster":{cluster}}}],"users":[{{"name":"u","user":{}}}]}}"#,
            user.replace("TOKEN", &token)
        );
        std::fs::write(&file, text).unwrap();
        let reached = reachable(&file);
        (folder, reached)
    }

    fn cluster(text: &[u8]) -> (Cluster, AuthInfo) {
        let config = Kubeconfig::from_yaml(std::str::from_utf8(text).unwrap()).unwrap();
        (config.clusters[0].cluster.clone().unwrap(), config.auth_infos[0].auth_info.clone().unwrap())
    }

    #[test]
    fn a_server_elsewhere_is_reached_at_the_sandboxs_own_address_by_its_name() {
        let (_folder, reached) = kubeconfig(
            r#"{"server":"https://api.example/k8s/","certificate-authority":"ca"}"#,
            r#"{"tokenFile":"TOKEN"}"#,
        );
        let (text, forward) = reached.unwrap();
        assert_eq!(forward, Forward { port: 443, host: "api.example".into(), to: 443 });
        let (cluster, user) = cluster(&text);
        assert_eq!(cluster.server.as_deref(), Some("https://127.0.0.1:443/k8s"));
        assert_eq!(cluster.tls_server_name.as_deref(), Some("api.example"));
        assert_eq!(
            (cluster.certificate_authority, cluster.certificate_authority_data.as_deref()),
            (None, Some("Q0E="))
        );
        assert!(user.token_file.is_none() && user.token.is_some());
    }

    #[test]
    fn a_server_of_this_machine_keeps_its_address() {
        let (_folder, reached) = kubeconfig(r#"{"server":"https://127.0.0.1:41"}"#, "{}");
        let (text, forward) = reached.unwrap();
        assert_eq!(forward, Forward { port: 41, host: "127.0.0.1".into(), to: 41 });
        assert_eq!(cluster(&text).0.tls_server_name, None);
        let (_folder, reached) = kubeconfig(r#"{"server":"https://[::1]:41"}"#, "{}");
        assert_eq!(reached.unwrap().1.host, "::1");
    }

    #[test]
    fn what_a_sandbox_cannot_reach_is_said() {
        let why = |cluster: &str, user: &str| kubeconfig(cluster, user).1.unwrap_err().to_string();
        let proxied = why(r#"{"server":"https://a","proxy-url":"http://p:1"}"#, "{}");
        assert!(proxied.contains("reached by a proxy") && proxied.contains("--no-sandbox"), "{proxied}");
        let plugin = why(r#"{"server":"https://a"}"#, r#"{"exec":{"apiVersion":"v1","command":"x"}}"#);
        assert!(plugin.contains("runs a program"), "{plugin}");
    }
}
