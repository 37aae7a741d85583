//! Runs a program in a container, once, and reads how it ended.
//!
//! In: a container and a command. Out: the exit code that the container reported, and the beginning of what was
//! written. A connection that breaks is never an exit code, and a program that never stops writing is given up. What
//! only the container itself, or admission, can cause is told apart from what the machinery could not do.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{Api, AttachParams};
use kube::{Client, Error};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::audit::{Tail, Wanted};
use super::unseen::{Unseen, refused_by_admission};
use crate::grade::observation::Observation;
use crate::token::redact;

/// How much of each output is kept.
const MAX_OUTPUT: usize = 16 * 1024;

/// How much of each output is read before the program is given up.
const MAX_READ: usize = 4 * 1024 * 1024;

/// What a program wrote, before anything is taken out of it, and how it ended.
pub(super) struct Output {
    /// Its exit code.
    pub(super) code: i32,
    /// The beginning of what it wrote.
    pub(super) stdout: String,
    stderr: String,
    /// Whether it wrote more than was kept.
    pub(super) cut: bool,
}

/// Runs `command` in a container of a Pod, without a terminal and without input. If it ends well, `log` tells what the Pod
/// asked the API for meanwhile.
pub(super) async fn exec(
    client: &Client,
    (namespace, pod): (&str, &str),
    container: Option<&str>,
    command: &[String],
    (log, paths): (Option<Tail>, &[String]),
) -> Result<Observation, Unseen> {
    let Output { code, stdout, stderr, cut } = output(client, namespace, pod, container, command).await?;
    let clean = |text: &str| redact(text).into_owned();
    let audit = match log {
        Some(log) if code == 0 => {
            let (namespace, pod, paths) = (namespace.to_owned(), pod.to_owned(), paths.to_vec());
            Some(log.requests(Wanted { namespace, pod, paths }).await?)
        }
        _ => None,
    };
    Ok(Observation::Exec { code, stdout: clean(&stdout), stderr: clean(&stderr), cut, audit })
}

/// The same, as it was written: it may hold a token.
pub(super) async fn output(
    client: &Client,
    namespace: &str,
    pod: &str,
    container: Option<&str>,
    command: &[String],
) -> Result<Output, Unseen> {
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
    let outputs = futures::future::try_join(read(process.stdout()), read(process.stderr()));
    let status = async {
        match process.take_status() {
            Some(status) => status.await.ok_or_else(lost),
            None => Err(lost()),
        }
    };
    // Waited for together: when the connection breaks, the outputs may never end, but the status says so.
    let ((stdout, stderr), status) = futures::future::try_join(outputs, status).await?;
    let (stdout, cut) = stdout;
    Ok(Output { code: exit_code(status)?, stdout, stderr: stderr.0, cut })
}

fn lost() -> Unseen {
    Unseen::failed("the connection to the container broke", true)
}

/// Keeps the beginning and reads the rest, so that the program is not blocked. Also tells whether there was more.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> Result<(String, bool), Unseen> {
    let mut kept = Vec::new();
    let mut all = 0_usize;
    if let Some(mut stream) = stream {
        let mut buffer = [0_u8; 4096];
        loop {
            let count = stream.read(&mut buffer).await.map_err(|_| lost())?;
            if count == 0 {
                break;
            }
            all += count;
            let room = MAX_OUTPUT.saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..count.min(room)]);
            if all > MAX_READ {
                let mebibytes = MAX_READ / 1024 / 1024;
                return Err(Unseen::withheld(format!("the program wrote more than {mebibytes} MiB")));
            }
        }
    }
    Ok((String::from_utf8_lossy(&kept).into_owned(), all > kept.len()))
}

/// The exit code from the status that ends an exec (`k8s.io/apimachinery` `NonZeroExitCodeReason`).
fn exit_code(status: Status) -> Result<i32, Unseen> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status.details.and_then(|d| d.causes).unwrap_or_default();
    let code = causes.iter().find(|c| c.reason.as_deref() == Some("ExitCode"));
    if let Some(code) = code.and_then(|c| c.message.as_deref()).and_then(|m| m.parse().ok()) {
        return Ok(code);
    }
    let message = status.message.unwrap_or_else(|| "it could not be started".into());
    Err(unseen(&message, None))
}

fn refused(error: Error) -> Unseen {
    match &error {
        Error::Api(status) => unseen(&status.message, Some(status.code)),
        other => unseen(&other.to_string(), None),
    }
}

/// What a program that cannot be started is due to.
fn unseen(message: &str, code: Option<u16>) -> Unseen {
    let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if let Some(refused) = refused_by_admission(message) {
        return refused;
    }
    // In the words of the runtime: without them it is the way there that is closed.
    let starting = says(&["exec: \"", "fork/exec", "unable to start container process"]);
    let missing = says(&["no such file or directory", "permission denied", "exec format error"]);
    if says(&["executable file not found"]) || (starting && missing) {
        return Unseen::withheld(format!("the container has no such program: {message}"));
    }
    // A container that ended, is replaced or deleted just now, or has no room for one more process.
    let gone = [
        "container not found",
        "container is in CONTAINER_",
        "cannot exec in a",
        "unable to start container",
    ];
    if (code == Some(404) && says(&["pods \""])) || says(&gone) {
        return Unseen::for_now(format!("the container cannot run a program now: {message}"));
    }
    Unseen::failed(redact(message), !matches!(code, Some(401 | 403)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_lab_causes_is_told_from_what_the_machinery_could_not_do() {
        let lasting =
            |message: &str, code| matches!(unseen(message, code), Unseen::Withheld { passing: false, .. });
        let passing =
            |message: &str, code| matches!(unseen(message, code), Unseen::Withheld { passing: true, .. });
        assert!(lasting("exec: \"api-client\": executable file not found in $PATH", None));
        assert!(lasting("admission webhook \"no-exec.example.com\" denied the request: no", Some(403)));
        assert!(lasting(
            "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'x' with binding 'x' denied request: no",
            Some(422)
        ));
        assert!(passing("Internal error occurred: failed calling webhook \"x\": refused", Some(500)));
        assert!(passing("container not found (\"app\")", Some(500)));
        assert!(passing("pods \"a\" not found", Some(404)));
        let machinery = [
            ("pods \"a\" is forbidden: User \"g\" cannot create resource \"pods/exec\"", Some(403)),
            ("error dialing backend: connection refused", Some(500)),
            ("error dialing backend: dial unix /run/x.sock: connect: no such file or directory", Some(500)),
            ("the connection to the API broke", None),
        ];
        for (message, code) in machinery {
            assert!(matches!(unseen(message, code), Unseen::Failed(_)), "{message}");
        }
    }
}
