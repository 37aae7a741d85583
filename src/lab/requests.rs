//! What users asked of a cluster's API, from its audit log. Contents and tokens are not in it.

use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use crate::fs::foreign_file;

/// How much of a file of the log is read: more than the API server writes before it begins a new one.
const MAX_LOG: u64 = 256 << 20;

/// A request of a user.
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
    /// The path of its URI, without the query.
    pub path: String,
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

/// The text of a log, with the files that the API server has put aside.
pub fn read_log(log: &Path) -> io::Result<String> {
    let mut text = String::new();
    let mut all = Vec::new();
    if let (Some(folder), Some(stem)) = (log.parent(), log.file_stem().and_then(|s| s.to_str())) {
        let aside = |name: &str| name.starts_with(&format!("{stem}-")) && name.ends_with(".log");
        let names = std::fs::read_dir(folder)?.filter_map(|e| e.ok()?.file_name().into_string().ok());
        all.extend(names.filter(|name| aside(name)).map(|name| folder.join(name)));
    }
    all.sort();
    all.push(log.to_owned());
    for path in all {
        let mut bytes = Vec::new();
        foreign_file(&path)?.take(MAX_LOG).read_to_end(&mut bytes)?;
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    Ok(text)
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
        path: text("/requestURI").unwrap_or_default().split(['?', '#']).next().unwrap_or_default().to_owned(),
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
