//! A program that is run in a container, as an observation.
//!
//! What only the container itself, or admission, can cause is told apart from what the machinery could not do.

use kube::{Client, Error};

use super::audit::{Tail, Wanted};
use super::unseen::{Unseen, refused_by_admission};
use crate::grade::observation::Observation;
use crate::pod_exec::{Bounds, ExecError, Output, Place, run};
use crate::token::redact;

/// How much of each output is kept, and how much is read before the program is given up.
const BOUNDS: Bounds = Bounds { kept: 16 * 1024, read: 4 * 1024 * 1024 };

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
    let place = Place { namespace, pod, container };
    run(client, place, command, BOUNDS).await.map_err(|e| match e {
        ExecError::Refused(error) => refused(error),
        ExecError::NotStarted(message) => unseen(&message, None),
        ExecError::Lost => Unseen::failed(e.to_string(), true),
        ExecError::TooMuch(_) => Unseen::withheld(e.to_string()),
    })
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
