//! The operator `second-role`: after the solution, a ServiceAccount is bound to one more role.
//!
//! Which ServiceAccounts: those whose rights the scenario's `access` checks judge; if there are none, those that
//! the solution makes.

use super::data;
use super::edit::Edit;
use super::script::{Script, descendants};
use super::view::View;
use super::{Draft, Operator};
use crate::scenario::env_name;
use crate::scenario::model::Scenario;

/// A ServiceAccount, in words of bash.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    namespace: String,
    name: String,
}

pub(super) fn drafts(script: &Script<'_>, scenario: &Scenario) -> Vec<Draft> {
    let mut accounts = judged(scenario);
    if accounts.is_empty() {
        accounts = made(script);
    }
    let mut known: Vec<Account> = Vec::new();
    for account in accounts {
        if !known.contains(&account) {
            known.push(account);
        }
    }
    known.iter().flat_map(|account| bindings(script, account)).collect()
}

fn bindings(script: &Script<'_>, account: &Account) -> [Draft; 2] {
    let Account { namespace, name } = account;
    let subject = format!("--serviceaccount=\"{namespace}:{name}\"");
    let here =
        format!("kubectl create rolebinding second-role -n \"{namespace}\" --clusterrole=view {subject}");
    let everywhere = format!(
        "kubectl create clusterrolebinding \"second-role-{namespace}\" --clusterrole=cluster-admin {subject}"
    );
    let draft = |role: &str, place: &str, command: String| Draft {
        operator: Operator::SecondRole,
        subject: format!("{role} for {name}"),
        what: format!("binds the ServiceAccount `{name}` to {role} as well, {place}"),
        edits: vec![Edit::replace(script.text.len()..script.text.len(), format!("\n{command}\n"))],
        // The text shows what is wide.
        reaches_out: false,
    };
    [draft("view", "in its Namespace", here), draft("cluster-admin", "everywhere", everywhere)]
}

fn judged(scenario: &Scenario) -> Vec<Account> {
    scenario
        .expectations()
        .filter_map(|expected| {
            let (namespace, name) = expected.is.kind.judged_account()?;
            Some(Account { namespace: variables(scenario, namespace)?, name: variables(scenario, name)? })
        })
        .collect()
}

/// A template as bash, for use in double quotes; None when it is more than names and parameters.
fn variables(scenario: &Scenario, template: &str) -> Option<String> {
    let mut text = template.to_owned();
    for name in scenario.params.keys() {
        for written in [format!("{{{{ {name} }}}}"), format!("{{{{{name}}}}}")] {
            text = text.replace(&written, &format!("${{{}}}", env_name(name)));
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '$' | '{' | '}');
    (text.chars().all(plain) && !text.contains("{{")).then_some(text)
}

/// What `kubectl create serviceaccount` and manifests make.
fn made(script: &Script<'_>) -> Vec<Account> {
    let mut made = Vec::new();
    for node in script.reached().iter().flat_map(|r| descendants(r.node)) {
        match node.kind() {
            "command" => {
                let words: Vec<String> =
                    script.arguments(node).iter().map(|(_, v)| v.said(0..v.text.len())).collect();
                made.extend(created(&words));
            }
            "heredoc_redirect" => {
                let Some(here) = script.here_document(node) else { continue };
                let view = View::of_document(script.text, here.body, here.quoted);
                let said = |n: &data::Node| view.said(n.range.clone());
                for root in data::documents(&view.text).unwrap_or_default() {
                    let metadata = root.get("metadata");
                    let name = metadata.and_then(|m| m.get("name")).map(said);
                    let namespace = metadata.and_then(|m| m.get("namespace")).map(said);
                    if root.get("kind").map(said).as_deref() == Some("ServiceAccount")
                        && let (Some(name), Some(namespace)) = (name, namespace)
                    {
                        made.push(Account { namespace, name });
                    }
                }
            }
            _ => {}
        }
    }
    made
}

fn created(words: &[String]) -> Option<Account> {
    let [verb, kind, name, rest @ ..] = words else { return None };
    let makes = verb == "create" && matches!(kind.as_str(), "serviceaccount" | "sa");
    let at = rest.iter().position(|w| w == "-n" || w == "--namespace")?;
    let namespace = rest.get(at + 1)?.clone();
    makes.then(|| Account { namespace, name: name.clone() })
}
