//! A credential plugin (`exec` in a kubeconfig): run as kubectl runs it.
//!
//! In: what the kubeconfig says of it. Out: a token, or a client certificate. Never: a word of what it prints on stdout,
//! of its arguments or of the values of its variables, because each of them may be a credential. kube's own way tells
//! them all when a plugin fails, so kube never gets to run one.

use std::io::{ErrorKind, IsTerminal};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};
use jiff::{SignedDuration, Timestamp};
use kube::client::{Body, ClientBuilder};
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use kube::{Client, Config};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;
use tokio::sync::Mutex;
use tower::BoxError;
use tower::buffer::BufferLayer;
use tower::filter::AsyncFilterLayer;

/// A token that ends so soon is renewed before it is used.
const SOON: SignedDuration = SignedDuration::from_secs(60);
/// Requests that may wait for a new token.
const WAITING: usize = 1024;

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The program is not there.
    #[error("the kubeconfig's credential plugin `{command}` is not installed\n{hint}")]
    Missing {
        /// The program.
        command: String,
        /// What to do.
        hint: String,
    },
    /// The program cannot be run.
    #[error("the kubeconfig's credential plugin `{command}` could not be started: {source}")]
    Start {
        /// The program.
        command: String,
        /// The error.
        #[source]
        source: std::io::Error,
    },
    /// It failed.
    #[error(
        "the kubeconfig's credential plugin `{command}` {how}\nLog in again if your session has ended. `kubectl --context NAME get namespaces` runs the plugin, too, and shows what it says."
    )]
    Failed {
        /// The program.
        command: String,
        /// How it ended.
        how: String,
    },
    /// What it printed is of no use.
    #[error(
        "the kubeconfig's credential plugin `{command}` printed {what}\nIt must print an ExecCredential of the kubeconfig's apiVersion; `kubectl --context NAME get namespaces` shows whether kubectl can use it."
    )]
    Useless {
        /// The program.
        command: String,
        /// What it printed, in words of ours.
        what: &'static str,
    },
    /// It wants to ask somebody, and nobody is there.
    #[error(
        "the kubeconfig's credential plugin `{command}` needs a terminal (interactiveMode: Always), and standard input is none\nRun satrain in a terminal, or use a user of the kubeconfig that needs no dialogue."
    )]
    NoTerminal {
        /// The program.
        command: String,
    },
    /// A way to log in that Kubernetes' clients have given up.
    #[error(
        "the kubeconfig's auth provider `{name}` was removed from Kubernetes' clients\nUse the credential plugin (`exec`) that has taken its place."
    )]
    Provider {
        /// Its name.
        name: String,
    },
    /// kube's own reasons.
    #[error(transparent)]
    Kube(#[from] kube::Error),
}

/// A client, with the plugin's credentials where the kubeconfig has a plugin and nothing that comes before it.
pub(super) async fn client(mut config: Config) -> Result<Client, PluginError> {
    let user = &mut config.auth_info;
    if let Some(provider) = user.auth_provider.as_ref().filter(|p| p.name != "oidc") {
        return Err(PluginError::Provider { name: provider.name.clone() });
    }
    let Some(exec) = user.exec.take().filter(|_| !has_its_own(user)) else {
        return Ok(Client::try_from(config)?);
    };
    let credentials = ask(&exec).await?;
    if let Some((certificate, key)) = &credentials.certificate {
        user.client_certificate_data = Some(STANDARD.encode(certificate));
        user.client_key_data = Some(STANDARD.encode(key).into());
    }
    let Some(token) = credentials.token else { return Ok(Client::try_from(config)?) };
    let renewed = Arc::new(Renewed { exec, token: Mutex::new((token, credentials.until)) });
    let authorize = AsyncFilterLayer::new(move |mut request: Request<Body>| {
        let renewed = renewed.clone();
        async move {
            request.headers_mut().insert(AUTHORIZATION, renewed.header().await?);
            Ok::<_, BoxError>(request)
        }
    });
    let builder = ClientBuilder::try_from(config)?;
    Ok(builder.with_layer(&BufferLayer::new(WAITING)).with_layer(&authorize).build())
}

/// Whether the user has other credentials, which come before those of a plugin.
fn has_its_own(user: &AuthInfo) -> bool {
    let password = user.username.is_some() && user.password.is_some();
    user.auth_provider.is_some() || password || user.token.is_some() || user.token_file.is_some()
}

/// A token that is asked for again before it ends.
struct Renewed {
    exec: ExecConfig,
    token: Mutex<(HeaderValue, Option<Timestamp>)>,
}

impl Renewed {
    async fn header(&self) -> Result<HeaderValue, PluginError> {
        let mut token = self.token.lock().await;
        if token.1.is_some_and(|until| Timestamp::now() + SOON >= until) {
            let credentials = ask(&self.exec).await?;
            let header = credentials.token.ok_or_else(|| useless(&self.exec, "no token any more"))?;
            *token = (header, credentials.until);
        }
        Ok(token.0.clone())
    }
}

/// What a plugin gave.
struct Credentials {
    token: Option<HeaderValue>,
    /// In PEM, with its key.
    certificate: Option<(String, String)>,
    until: Option<Timestamp>,
}

/// What a plugin prints.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    kind: String,
    api_version: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs the plugin.
async fn ask(exec: &ExecConfig) -> Result<Credentials, PluginError> {
    let name = name(exec);
    let somebody = std::io::stdin().is_terminal();
    let interactive = somebody && exec.interactive_mode != Some(ExecInteractiveMode::Never);
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) && !somebody {
        return Err(PluginError::NoTerminal { command: name });
    }
    let mut command = Command::new(&name);
    command.args(exec.args.iter().flatten());
    for variable in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({"interactive": interactive});
    if let Some(cluster) = exec.cluster.as_ref().filter(|_| exec.provide_cluster_info) {
        spec["cluster"] = json!(cluster);
    }
    let told = json!({"kind": "ExecCredential", "apiVersion": exec.api_version, "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", told.to_string());
    command.stdin(if interactive { Stdio::inherit() } else { Stdio::null() });
    // What it says to a person reaches a person; a file or a log would keep it.
    command.stderr(if std::io::stderr().is_terminal() { Stdio::inherit() } else { Stdio::null() });
    command.stdout(Stdio::piped()).kill_on_drop(true);
    match command.output().await {
        Ok(output) if output.status.success() => read(exec, &output.stdout),
        Ok(output) => Err(PluginError::Failed { command: name, how: how(output.status) }),
        Err(source) if source.kind() == ErrorKind::NotFound => {
            let hint = exec.install_hint.clone().filter(|hint| !hint.trim().is_empty());
            let hint = hint.unwrap_or_else(|| "Install it, or name its place in the kubeconfig.".into());
            Err(PluginError::Missing { command: name, hint })
        }
        Err(source) => Err(PluginError::Start { command: name, source }),
    }
}

fn read(exec: &ExecConfig, stdout: &[u8]) -> Result<Credentials, PluginError> {
    let useless = |what| useless(exec, what);
    let printed: ExecCredential = serde_json::from_slice(stdout)
        .ok()
        .or_else(|| serde_saphyr::from_slice(stdout).ok())
        .ok_or_else(|| useless("no ExecCredential"))?;
    if printed.kind != "ExecCredential" || Some(&printed.api_version) != exec.api_version.as_ref() {
        return Err(useless("an object of another kind or apiVersion"));
    }
    let status = printed.status.ok_or_else(|| useless("an ExecCredential without `status`"))?;
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let token = some(status.token).map(|token| bearer(&token)).transpose();
    let token = token.map_err(|_| useless("a token that no request can carry"))?;
    let certificate = match (some(status.client_certificate_data), some(status.client_key_data)) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err(useless("a certificate without its key, or a key without its certificate")),
    };
    if token.is_none() && certificate.is_none() {
        return Err(useless("neither a token nor a certificate"));
    }
    let until = status.expiration_timestamp.map(|text| text.parse()).transpose();
    let until = until.map_err(|_| useless("an expirationTimestamp that is no time"))?;
    Ok(Credentials { token, certificate, until })
}

fn bearer(token: &str) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn name(exec: &ExecConfig) -> String {
    exec.command.clone().unwrap_or_default()
}

fn useless(exec: &ExecConfig, what: &'static str) -> PluginError {
    PluginError::Useless { command: name(exec), what }
}

fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("failed with exit code {code}"),
        (None, signal) => format!("was ended by signal {}", signal.unwrap_or_default()),
    }
}
