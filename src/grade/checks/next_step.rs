//! The next thing to look at: a command that shows, with the real names filled in, never one that solves.
//!
//! Pure. A command shows whole objects, so that it does not name the field that matters.

use crate::grade::pods::Template;
use crate::grade::probe::ResourceType;

/// How to ask about a token. kubectl's `--token` does not: a client certificate of the kubeconfig wins over it.
pub(super) const REVIEW: &str = "A TokenReview (`kubectl create -o yaml -f -`, kind TokenReview, the token under spec.token) \
                                 says whether the API accepts a token, and whose it is.";

/// All objects of a kind, where they should be.
pub(super) fn list(api_version: &str, kind: &str, namespace: Option<&str>) -> String {
    format!("`kubectl get {}{}` lists what is there.", resource(api_version, kind), scope(namespace))
}

/// One object, with all its fields.
pub(super) fn object(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> String {
    let place = namespace.map(|n| format!(" -n {n}")).unwrap_or_default();
    format!("`kubectl get {} {name}{place} -o yaml` shows the whole object.", resource(api_version, kind))
}

/// The template of a Job or CronJob.
pub(super) fn template(of: &Template<'_>, namespace: &str) -> String {
    object("batch/v1", of.kind(), Some(namespace), of.name())
}

/// The Pods of a Namespace.
pub(super) fn pods(namespace: &str) -> String {
    format!(
        "`kubectl get pods -n {namespace}` lists the Pods and their state; `kubectl describe pod NAME -n {namespace}` shows what \
         happened to one."
    )
}

/// One Pod and what happened to it.
pub(super) fn pod(namespace: &str, name: &str) -> String {
    format!(
        "`kubectl describe pod {name} -n {namespace}` shows what it runs as, what it mounts and what happened to it."
    )
}

/// What a ServiceAccount may do in the Namespace `place`.
pub(super) fn rights(place: &str, (namespace, account): (&str, &str)) -> String {
    let whom = format!("system:serviceaccount:{namespace}:{account}");
    format!("`kubectl auth can-i --list -n {place} --as={whom}` shows what it may do there.")
}

/// Who has which rights: for rights that come from somewhere unexpected.
pub(super) fn bindings() -> String {
    "`kubectl get rolebindings,clusterrolebindings -A -o wide` shows who is bound to what.".into()
}

/// A program, run as the grader ran it.
pub(super) fn program(namespace: &str, pod: &str, container: Option<&str>, command: &[String]) -> String {
    let container = container.map(|c| format!(" -c {c}")).unwrap_or_default();
    let words: Vec<String> = command.iter().map(|word| quoted(word)).collect();
    format!("`kubectl exec {pod} -n {namespace}{container} -- {}` runs the same command.", words.join(" "))
}

/// Dry runs of the learner's own.
pub(super) fn dry_run(namespace: Option<&str>) -> String {
    let place = namespace.map(|n| format!(" -n {n}")).unwrap_or_default();
    format!(
        "`kubectl create -f FILE{place} --dry-run=server -o yaml` shows how the API server would store an object."
    )
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn scope(namespace: Option<&str>) -> String {
    namespace.map_or_else(|| " -A".into(), |n| format!(" -n {n}"))
}

/// A kind as kubectl takes it; the group too where it is not Kubernetes' own.
fn resource(api_version: &str, kind: &str) -> String {
    let ResourceType { group, .. } = ResourceType::of(api_version, kind);
    let own = !group.contains('.') || group.ends_with(".k8s.io");
    let kind = kind.to_ascii_lowercase();
    if own { kind } else { format!("{kind}.{group}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in() {
        assert_eq!(
            object("rbac.authorization.k8s.io/v1", "Role", Some("shop"), "reader"),
            "`kubectl get role reader -n shop -o yaml` shows the whole object."
        );
        assert!(list("v1", "Secret", None).starts_with("`kubectl get secret -A`"));
        assert!(list("example.com/v1", "Widget", Some("a")).contains("widget.example.com -n a"));
    }

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let command = ["sh", "-c", "echo it's $HOME", ""].map(str::to_owned);
        let asked = program("shop", "web", Some("app"), &command);
        assert_eq!(
            asked,
            r"`kubectl exec web -n shop -c app -- sh -c 'echo it'\''s $HOME' ''` runs the same command."
        );
    }
}
