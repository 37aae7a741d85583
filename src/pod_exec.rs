//! Runs a program in a container of a Pod, once, and reads how it ended.
//!
//! In: a container, a command, and how much may be written. Out: the exit code that the container reported, and the beginning of what
//! was written. A connection that breaks is never an exit code, and a program that never stops writing is given up.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Client;
use kube::api::{Api, AttachParams};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Where a program runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) pod: &'a str,
    /// The Pod's only one, if it is not named.
    pub(crate) container: Option<&'a str>,
}

/// How much of each output counts, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// So much is kept.
    pub(crate) kept: usize,
    /// So much is read before the program is given up.
    pub(crate) read: usize,
}

/// What a program wrote, before anything is taken out of it, and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    /// Its exit code.
    pub(crate) code: i32,
    /// The beginning of what it wrote.
    pub(crate) stdout: String,
    /// The same of its other output.
    pub(crate) stderr: String,
    /// Whether it wrote more to `stdout` than was kept.
    pub(crate) cut: bool,
}

/// Why there is no exit code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecError {
    /// The API refuses, or cannot be asked.
    #[error(transparent)]
    Refused(kube::Error),
    /// The container's runtime could not start it.
    #[error("{0}")]
    NotStarted(String),
    /// The connection broke.
    #[error("the connection to the container broke")]
    Lost,
    /// It wrote too much.
    #[error("the program wrote more than {} MiB", .0 / 1024 / 1024)]
    TooMuch(usize),
}

/// Runs `command`, without a terminal and without input.
pub(crate) async fn run(
    client: &Client,
    place: Place<'_>,
    command: &[String],
    bounds: Bounds,
) -> Result<Output, ExecError> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), place.namespace);
    let params = AttachParams {
        container: place.container.map(str::to_owned),
        stdin: false,
        stdout: true,
        stderr: true,
        tty: false,
        ..AttachParams::default()
    };
    let mut process = pods.exec(place.pod, command, &params).await.map_err(ExecError::Refused)?;
    let outputs = futures::future::try_join(read(process.stdout(), bounds), read(process.stderr(), bounds));
    let status = async {
        match process.take_status() {
            Some(status) => status.await.ok_or(ExecError::Lost),
            None => Err(ExecError::Lost),
        }
    };
    // Waited for together: when the connection breaks, the outputs may never end, but the status says so.
    let ((stdout, stderr), status) = futures::future::try_join(outputs, status).await?;
    let (stdout, cut) = stdout;
    Ok(Output { code: exit_code(status)?, stdout, stderr: stderr.0, cut })
}

/// Keeps the beginning and reads the rest, so that the program is not blocked. Also tells whether there was more.
async fn read(stream: Option<impl AsyncRead + Unpin>, bounds: Bounds) -> Result<(String, bool), ExecError> {
    let mut kept = Vec::new();
    let mut all = 0_usize;
    if let Some(mut stream) = stream {
        let mut buffer = [0_u8; 4096];
        loop {
            let count = stream.read(&mut buffer).await.map_err(|_| ExecError::Lost)?;
            if count == 0 {
                break;
            }
            all += count;
            let room = bounds.kept.saturating_sub(kept.len());
            kept.extend_from_slice(&buffer[..count.min(room)]);
            if all > bounds.read {
                return Err(ExecError::TooMuch(bounds.read));
            }
        }
    }
    Ok((String::from_utf8_lossy(&kept).into_owned(), all > kept.len()))
}

/// The exit code from the status that ends an exec (`k8s.io/apimachinery` `NonZeroExitCodeReason`).
fn exit_code(status: Status) -> Result<i32, ExecError> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status.details.and_then(|d| d.causes).unwrap_or_default();
    let code = causes.iter().find(|c| c.reason.as_deref() == Some("ExitCode"));
    if let Some(code) = code.and_then(|c| c.message.as_deref()).and_then(|m| m.parse().ok()) {
        return Ok(code);
    }
    Err(ExecError::NotStarted(status.message.unwrap_or_else(|| "it could not be started".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_container_says_is_an_exit_code() {
        let status = |text| exit_code(serde_json::from_str(text).unwrap());
        assert!(matches!(status(r#"{"status": "Success"}"#), Ok(0)));
        let failed = r#"{"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}}"#;
        assert!(matches!(status(failed), Ok(3)));
        let unknown = status(r#"{"status": "Failure", "message": "no such container"}"#);
        assert_eq!(unknown.unwrap_err().to_string(), "no such container");
    }

    #[tokio::test]
    async fn a_program_may_write_only_so_much() {
        let bounds = Bounds { kept: 3, read: 10 };
        let (text, cut) = read(Some(&b"abcde"[..]), bounds).await.unwrap();
        assert_eq!((text.as_str(), cut), ("abc", true));
        let (text, cut) = read(Some(&b"abc"[..]), bounds).await.unwrap();
        assert_eq!((text.as_str(), cut), ("abc", false));
        assert!(matches!(read(Some(&b"abcdefghijkl"[..]), bounds).await, Err(ExecError::TooMuch(10))));
    }
}
