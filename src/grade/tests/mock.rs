//! A mocked API: serves objects, and misbehaves where a test says so.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Bytes, Frame};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::grade::ClusterProber;

/// A request as the mocked API got it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) query: String,
    /// How many requests came for this path before.
    pub(super) before: usize,
    /// When, from the beginning.
    pub(super) at: Duration,
}

/// How it answers.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// A whole answer: status, `Retry-After`, body.
    Whole(u16, Option<&'static str>, String),
    /// Never.
    Hangs,
    /// The connection breaks before the answer.
    Resets,
    /// It breaks in the middle of this body.
    BreaksOff(String),
    /// It stands still in the middle of this body.
    Stalls(String),
}

impl Reply {
    /// A whole JSON answer.
    pub(super) fn json(body: &Value) -> Self {
        Self::Whole(200, None, body.to_string())
    }

    /// An error in the API's own words.
    pub(super) fn status(code: u16) -> Self {
        Self::Whole(code, None, status(code).to_string())
    }

    /// The same, with a `Retry-After`.
    pub(super) fn busy(code: u16, after: &'static str) -> Self {
        Self::Whole(code, Some(after), status(code).to_string())
    }

    fn response(self) -> Option<Response<UnsyncBoxBody<Bytes, io::Error>>> {
        type Part = io::Result<Frame<Bytes>>;
        let half = |text: &str| -> Part { Ok(Frame::data(Bytes::from(text[..text.len() / 2].to_owned()))) };
        let mut response = Response::builder();
        let body = match &self {
            Self::Whole(code, after, text) => {
                response = response.status(*code);
                if let Some(after) = after {
                    response = response.header("Retry-After", *after);
                }
                let whole: Part = Ok(Frame::data(Bytes::from(text.clone())));
                StreamBody::new(futures::stream::iter([whole])).boxed_unsync()
            }
            Self::BreaksOff(text) => {
                let broken: Part = Err(io::Error::from(io::ErrorKind::ConnectionReset));
                StreamBody::new(futures::stream::iter([half(text), broken])).boxed_unsync()
            }
            Self::Stalls(text) => {
                let begun = futures::stream::iter([half(text)]);
                StreamBody::new(begun.chain(futures::stream::pending::<Part>())).boxed_unsync()
            }
            Self::Hangs | Self::Resets => return None,
        };
        Some(response.body(body).unwrap())
    }
}

fn status(code: u16) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "no", "code": code, "reason": "X"})
}

/// What came to the mocked API.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Asked>>>);

impl Log {
    /// When requests for a path came.
    pub(super) fn times(&self, path: &str) -> Vec<Duration> {
        self.0.lock().unwrap().iter().filter(|asked| asked.path == path).map(|asked| asked.at).collect()
    }

    /// How many requests came.
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// A client of an API that answers by `answer`.
pub(super) fn api(answer: impl Fn(&Asked) -> Reply + Send + 'static) -> (Client, Log) {
    let (service, mut handle) =
        tower_test::mock::pair::<Request<Body>, Response<UnsyncBoxBody<Bytes, io::Error>>>();
    let log = Log::default();
    let (mine, begun) = (log.clone(), Instant::now());
    tokio::spawn(async move {
        let mut hanging = Vec::new();
        while let Some((request, send)) = handle.next_request().await {
            let path = request.uri().path().to_owned();
            let query = request.uri().query().unwrap_or_default().to_owned();
            let before = mine.times(&path).len();
            let asked = Asked { path, query, before, at: begun.elapsed() };
            mine.0.lock().unwrap().push(asked.clone());
            let reply = answer(&asked);
            let resets = matches!(reply, Reply::Resets);
            match reply.response() {
                Some(response) => send.send_response(response),
                None if resets => send.send_error(io::Error::from(io::ErrorKind::ConnectionReset)),
                None => hanging.push(send),
            }
        }
    });
    (Client::new(service, "default"), log)
}

/// A [`Prober`](crate::grade::Prober) of this API, with 4 s for each probe and an empty workspace.
pub(super) fn asks(client: Client) -> ClusterProber {
    ClusterProber::new(client, std::env::temp_dir()).with_timeout(Duration::from_secs(4))
}

/// A whole list.
pub(super) fn list(api_version: &str, kind: &str, items: &[Value]) -> Value {
    json!({
        "apiVersion": api_version, "kind": format!("{kind}List"),
        "metadata": {"resourceVersion": "5"}, "items": items,
    })
}

/// What a working API answers that holds these objects: lists of them, and access as `allowed` says.
pub(super) fn serve(objects: &[Value], allowed: bool, asked: &Asked) -> Reply {
    let text = |o: &Value, path: &str| o.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
    let (api_version, rest) = match parts.as_slice() {
        ["api", version, rest @ ..] => ((*version).to_owned(), rest),
        ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
        _ => return Reply::status(404),
    };
    let (namespace, plural) = match rest {
        ["namespaces", namespace, plural] => (Some(*namespace), *plural),
        [plural] => (None, *plural),
        _ => return Reply::status(404),
    };
    let kind = match plural {
        "subjectaccessreviews" => {
            return Reply::Whole(201, None, review(json!({"allowed": allowed})).to_string());
        }
        "namespaces" => "Namespace",
        "pods" => "Pod",
        "secrets" => "Secret",
        "configmaps" => "ConfigMap",
        "serviceaccounts" => "ServiceAccount",
        "roles" => "Role",
        "clusterroles" => "ClusterRole",
        "rolebindings" => "RoleBinding",
        "clusterrolebindings" => "ClusterRoleBinding",
        _ => return Reply::status(404),
    };
    let wanted = |o: &&Value| {
        text(o, "/kind") == kind && namespace.is_none_or(|ns| text(o, "/metadata/namespace") == ns)
    };
    let items: Vec<Value> = objects.iter().filter(wanted).cloned().collect();
    Reply::json(&list(&api_version, kind, &items))
}

/// An access review with this status.
pub(super) fn review(status: Value) -> Value {
    json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {}, "status": status})
}

/// Every way in which an API can fail to give this answer, with a part of what must be told about it. None of them
/// says anything about the cluster.
pub(super) fn faults(answer: &Value) -> Vec<(&'static str, Reply)> {
    let whole = answer.to_string();
    let page = "<html><body>Please log in</body></html>";
    let cut = whole[..whole.len() - 1].to_owned();
    vec![
        ("the API said 401", Reply::status(401)),
        ("the API said 408", Reply::status(408)),
        ("the API said 410", Reply::status(410)),
        ("the API said 429", Reply::status(429)),
        ("the API said 429", Reply::busy(429, "1")),
        ("a pause of 3600 s", Reply::busy(429, "3600")),
        ("the API said 500", Reply::status(500)),
        ("the API said 502", Reply::Whole(502, None, page.into())),
        ("the API said 503", Reply::Whole(503, None, "{}".into())),
        ("the API said 504", Reply::status(504)),
        ("the API said 302", Reply::Whole(302, None, whole.clone())),
        ("the API said 204", Reply::Whole(204, None, String::new())),
        ("the API said 206", Reply::Whole(206, None, whole.clone())),
        ("the API said 403", Reply::Whole(403, None, page.into())),
        ("the API said 404", Reply::Whole(404, None, page.into())),
        ("ends too early", Reply::Whole(200, None, String::new())),
        ("ends too early", Reply::Whole(200, None, cut)),
        ("not JSON", Reply::Whole(200, None, page.into())),
        ("not JSON", Reply::Whole(200, None, format!("{whole}{whole}"))),
        ("not an object", Reply::Whole(200, None, "[]".into())),
        ("nothing (nothing), not a", Reply::Whole(200, None, "{}".into())),
        ("it is a Status", Reply::Whole(200, None, status(200).to_string())),
        ("it is a PodList", Reply::json(&list("v1", "Pod", &[]))),
        ("no answer within 4 s", Reply::Hangs),
        ("no answer within 4 s", Reply::Stalls(whole.clone())),
        ("connection reset", Reply::Resets),
        ("its answer was cut off", Reply::BreaksOff(whole)),
    ]
}
