//! Pure: what the users of hosts asked of the API, read from lines of its audit log. Contents and tokens are not in it.

use jiff::Timestamp;
use serde_json::Value;

/// A request of a host's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it arrived.
    pub at: Timestamp,
    /// Whose it was.
    pub user: String,
    /// `get`, `create`, `patch` …
    pub verb: String,
    /// The Namespace, if it names one; of a Namespace itself, its name.
    pub namespace: Option<String>,
    /// `pods`, `pods/exec` …
    pub resource: String,
    /// The object's name, if it names one.
    pub name: Option<String>,
    /// What was answered.
    pub code: u16,
}

impl Request {
    /// Whether it asked for a change, and was obeyed.
    pub fn changes(&self) -> bool {
        let reads = matches!(self.verb.as_str(), "get" | "list" | "watch");
        let asks = matches!(
            self.resource.as_str(),
            "selfsubjectaccessreviews"
                | "selfsubjectrulesreviews"
                | "subjectaccessreviews"
                | "localsubjectaccessreviews"
                | "selfsubjectreviews"
                | "tokenreviews"
        );
        self.code < 400 && !asks && (!reads || self.resource.ends_with("/exec"))
    }
}

/// The requests of `users` in a part of the log, in its order. What cannot be read is passed over: the log ends anywhere.
pub fn requests(log: &str, users: &[&str]) -> Vec<Request> {
    let interesting = |line: &&str| users.iter().any(|user| line.contains(user));
    let events = log.lines().filter(interesting).filter_map(|line| serde_json::from_str(line).ok());
    events.filter_map(|event: Value| request(&event, users)).collect()
}

fn request(event: &Value, users: &[&str]) -> Option<Request> {
    let text = |at: &str| event.pointer(at).and_then(Value::as_str);
    let user = text("/user/username").filter(|user| users.contains(user))?;
    if text("/stage") != Some("ResponseComplete") {
        return None;
    }
    let resource = match (text("/objectRef/resource"), text("/objectRef/subresource")) {
        (Some(resource), Some(sub)) => format!("{resource}/{sub}"),
        (resource, _) => resource.unwrap_or_default().to_owned(),
    };
    let name = text("/objectRef/name").map(str::to_owned);
    let namespace = text("/objectRef/namespace").map(str::to_owned);
    Some(Request {
        at: text("/requestReceivedTimestamp")?.parse().ok()?,
        user: user.to_owned(),
        verb: text("/verb")?.to_owned(),
        namespace: namespace.or_else(|| name.clone().filter(|_| resource.starts_with("namespaces"))),
        resource,
        name,
        code: u16::try_from(event.pointer("/responseStatus/code")?.as_u64()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(user: &str, verb: &str, resource: &str, code: u16) -> String {
        json!({
            "stage": "ResponseComplete", "requestReceivedTimestamp": "2026-01-01T00:00:00.123456Z", "verb": verb,
            "user": {"username": user}, "responseStatus": {"code": code},
            "objectRef": {"resource": resource, "namespace": "web-1", "name": "app"},
        })
        .to_string()
    }

    #[test]
    fn only_complete_requests_of_the_hosts_are_read_and_half_a_line_hurts_nobody() {
        let log = [
            line("satrain:sa-01", "patch", "pods", 200),
            line("satrain:grader", "delete", "pods", 200),
            line("satrain:sa-01", "get", "pods", 200).replace("ResponseComplete", "RequestReceived"),
            line("satrain:sa-02", "get", "secrets", 403),
            line("satrain:sa-01", "create", "pods", 201)[..60].to_owned(),
        ]
        .join("\n");
        let found = requests(&log, &["satrain:sa-01", "satrain:sa-02"]);
        let brief: Vec<(&str, &str, bool)> =
            found.iter().map(|r| (r.user.as_str(), r.verb.as_str(), r.changes())).collect();
        assert_eq!(brief, [("satrain:sa-01", "patch", true), ("satrain:sa-02", "get", false)]);
    }

    #[test]
    fn a_question_about_rights_changes_nothing_and_a_program_in_a_pod_does() {
        let of = |verb: &str, resource: &str, code| {
            requests(&line("u", verb, resource, code), &["u"])[0].changes()
        };
        assert!(!of("create", "selfsubjectaccessreviews", 201));
        assert!(!of("create", "pods", 403));
        assert!(of("create", "pods/exec", 101) && of("delete", "pods", 200));
    }
}
