//! Runs a program in a container and reads how it ended.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{Api, AttachParams};
use kube::{Client, Error};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::grade::observation::{Observation, ProbeFailure};
use crate::token::redact;

/// How much of each output is kept.
const MAX_OUTPUT: usize = 16 * 1024;

/// What a program wrote, before anything is taken out of it, and how it ended.
pub(super) struct Output {
    /// Its exit code.
    pub(super) code: i32,
    /// The beginning of what it wrote.
    pub(super) stdout: String,
    stderr: String,
}

/// Runs `command` in a container of a Pod, without a terminal and without input.
pub(super) async fn exec(
    client: &Client,
    namespace: &str,
    pod: &str,
    container: Option<&str>,
    command: &[String],
) -> Result<Observation, ProbeFailure> {
    let Output { code, stdout, stderr } = output(client, namespace, pod, container, command).await?;
    Ok(Observation::Exec { code, stdout: redact(&stdout).into_owned(), stderr: redact(&stderr).into_owned() })
}

/// The same, as it was written: it may hold a token.
pub(super) async fn output(
    client: &Client,
    namespace: &str,
    pod: &str,
    container: Option<&str>,
    command: &[String],
) -> Result<Output, ProbeFailure> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let params = AttachParams {
        container: container.map(str::to_owned),
        stdin: false,
        stdout: true,
        stderr: true,
        tty: false,
        ..AttachParams::default()
    };
    let mut process = pods.exec(pod, command, &params).await.map_err(refused)?;
    let (stdout, stderr, status) = (process.stdout(), process.stderr(), process.take_status());
    let (stdout, stderr) = tokio::join!(read(stdout), read(stderr));
    let status = match status {
        Some(status) => status.await,
        None => None,
    };
    let lost = || ProbeFailure { message: "the connection to the container broke".into(), transient: true };
    Ok(Output { code: exit_code(status.ok_or_else(lost)?)?, stdout, stderr })
}

/// Keeps the beginning and reads the rest, so that the program is not blocked.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut kept = Vec::new();
    let mut buffer = [0_u8; 4096];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        let room = MAX_OUTPUT.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..count.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// The exit code from the status that ends an exec (`k8s.io/apimachinery` `NonZeroExitCodeReason`).
fn exit_code(status: Status) -> Result<i32, ProbeFailure> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status.details.and_then(|d| d.causes).unwrap_or_default();
    let code = causes.iter().find(|c| c.reason.as_deref() == Some("ExitCode"));
    if let Some(code) = code.and_then(|c| c.message.as_deref()).and_then(|m| m.parse().ok()) {
        return Ok(code);
    }
    let message = status.message.unwrap_or_else(|| "it could not be started".into());
    Err(failure(&message, None))
}

fn refused(error: Error) -> ProbeFailure {
    match &error {
        Error::Api(status) => failure(&status.message, Some(status.code)),
        other => failure(&other.to_string(), None),
    }
}

/// A missing program or a refusal lasts; a container that is not there may be in a moment.
fn failure(message: &str, code: Option<u16>) -> ProbeFailure {
    let lasts = ["executable file not found", "no such file or directory", "permission denied"];
    let missing = lasts.iter().any(|text| message.contains(text));
    let message =
        if missing { format!("the container has no such program: {message}") } else { message.to_owned() };
    let transient = !missing && !matches!(code, Some(401 | 403));
    ProbeFailure { message: redact(&message).into_owned(), transient }
}
