//! Pure: for which Pods an expression of an admission policy may make an exception.
//!
//! In: an expression that decides. Out: the keys and texts that it compares with, and the first thing that it reads and
//! that no Pod's token depends on. A Pod may have anything; so what is read is either tried or named.

use super::tokens::{Token, Tokens};

/// Fields that say whether a Pod gets a token, and on the way to them.
const ABOUT_TOKENS: [&str; 45] = [
    "annotations",
    "apiVersion",
    "audience",
    "automountServiceAccountToken",
    "clusterTrustBundle",
    "configMap",
    "containers",
    "downwardAPI",
    "env",
    "envFrom",
    "ephemeralContainers",
    "expirationSeconds",
    "initContainers",
    "items",
    "jobTemplate",
    "key",
    "kind",
    "labels",
    "metadata",
    "mountPath",
    "name",
    "namespace",
    "optional",
    "ownerReferences",
    "path",
    "podCertificate",
    "projected",
    "readOnly",
    "secret",
    "secretKeyRef",
    "secretName",
    "secretRef",
    "serviceAccount",
    "serviceAccountName",
    "serviceAccountToken",
    "sources",
    "spec",
    "subPath",
    "template",
    "value",
    "valueFrom",
    "volume",
    "volumeMounts",
    "volumes",
    "subPathExpr",
];
/// Fields whose keys everybody chooses.
const CHOSEN: [&str; 2] = ["labels", "annotations"];
/// What is neither the object nor the policy's own.
const OTHERS: [&str; 4] = ["namespaceObject", "request", "authorizer", "oldObject"];
/// What may be called on labels and their values, so that trying the texts of the expression shows what it does.
const COMPARING: [&str; 7] = ["orValue", "or", "hasValue", "value", "startsWith", "endsWith", "contains"];

/// What an expression makes exceptions by.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Exceptions {
    /// Keys of labels and annotations.
    pub(super) keys: Vec<String>,
    /// All texts that it compares with.
    pub(super) texts: Vec<String>,
    /// The first thing that it reads and that cannot be tried.
    pub(super) unforeseen: Option<String>,
}

/// What `expression` makes exceptions by.
pub(super) fn exceptions(expression: &str) -> Exceptions {
    let tokens = Tokens::of(expression);
    let mut found = Exceptions::default();
    for (at, text) in tokens.texts() {
        let glued = tokens.is(at + 1, '+') || (at > 0 && tokens.is(at - 1, '+'));
        if glued || text.contains("\\x") || text.contains("\\u") || text.contains("\\U") {
            found.name("a text that is put together");
        }
        if tokens.get(at + 1) == Some(Token::Word("in")) {
            found.keys.push(text.to_owned());
        }
        found.texts.push(text.to_owned());
    }
    for (at, root) in tokens.roots() {
        match root {
            "params" => found.name("params"),
            // A list follows.
            "in" => {}
            root if OTHERS.contains(&root) => {}
            // The first field is a variable's name.
            "variables" => {
                let first = tokens.field(at).map_or(at, |(_, at)| at);
                found.chain(&tokens, first, true);
            }
            _ => found.chain(&tokens, at, false),
        }
    }
    found
}

impl Exceptions {
    fn name(&mut self, what: &str) {
        self.unforeseen.get_or_insert_with(|| what.to_owned());
    }

    /// Follows `.field`, `[…]` and calls after `at`. What a variable holds may be labels.
    fn chain(&mut self, tokens: &Tokens<'_>, mut at: usize, is_variable: bool) {
        let mut last = match tokens.get(at) {
            Some(Token::Word(word)) => word,
            _ => return,
        };
        let variable = is_variable.then_some(last);
        let mut chosen = CHOSEN.contains(&last);
        loop {
            if let Some((field, next)) = tokens.field(at) {
                let is_call = tokens.is(next + 1, '(');
                match (is_call, chosen && CHOSEN.contains(&last)) {
                    (true, _) if chosen && !COMPARING.contains(&field) => {
                        self.name(&format!("{last}.{field}()"));
                    }
                    (true, _) => {}
                    (false, true) => self.keys.push(field.to_owned()),
                    (false, false) if chosen || ABOUT_TOKENS.contains(&field) => {}
                    (false, false) => self.name(field),
                }
                if !is_call {
                    chosen |= CHOSEN.contains(&field);
                    last = field;
                }
                at = next;
            } else if tokens.is(at + 1, '(') {
                at = closing(tokens, at + 1);
            } else if tokens.is(at + 1, '[') {
                let inside = if tokens.is(at + 2, '?') { at + 3 } else { at + 2 };
                let whole = tokens.is(inside + 1, ']');
                match tokens.get(inside) {
                    Some(Token::Text(key)) if whole && (CHOSEN.contains(&last) || variable == Some(last)) => {
                        self.keys.push(key.to_owned());
                        last = "";
                    }
                    Some(Token::Text(field)) if whole && ABOUT_TOKENS.contains(&field) => {
                        chosen |= CHOSEN.contains(&field);
                        last = field;
                    }
                    Some(Token::Number) if whole => {}
                    _ => self.name(&format!("{last}[…]")),
                }
                at = closing(tokens, at + 1);
            } else {
                return;
            }
        }
    }
}

/// Where the bracket that opens at `at` is closed.
fn closing(tokens: &Tokens<'_>, at: usize) -> usize {
    let mut depth = 0_usize;
    let mut here = at;
    while let Some(token) = tokens.get(here) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return here;
        }
        here += 1;
    }
    here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_tokens_is_foreseen_and_its_keys_and_texts_are_tried() {
        for (expression, keys) in [
            (
                "object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))",
                vec![],
            ),
            (
                "!(object.spec.serviceAccountName == 'o' && has(object.metadata.labels) && 'a' in object.metadata.labels && object.metadata.labels['a'] == 'g')",
                vec!["a", "a"],
            ),
            (
                "object.metadata.?labels[?'a'].orValue('') == 'g' || object.metadata.labels.app == 'x'",
                vec!["app", "a"],
            ),
            ("variables.podLabels[?'a'].orValue('') == 'g' || variables.labels['b'] == 'g'", vec!["a", "b"]),
            ("variables.exempt || !variables.projected.exists(v, has(v.projected.sources))", vec![]),
            (
                "(object.spec.containers + object.spec.?initContainers.orValue([])).all(c, c.?volumeMounts.orValue([]).all(m, !m.mountPath.startsWith('/var/run')))",
                vec![],
            ),
            (
                "object.metadata.?annotations.orValue({}) == {} || namespaceObject.metadata.labels['x'].matches('y')",
                vec![],
            ),
            ("object.metadata.?annotations[?'a'].orValue('') in ['x', 'y']", vec!["a"]),
            ("has(object.spec.volumes) ? object.spec.volumes.filter(v, has(v.projected)) : []", vec![]),
        ] {
            let found = exceptions(expression);
            assert_eq!(found.unforeseen, None, "{expression}");
            let mut sorted = found.keys.clone();
            sorted.sort();
            let mut keys = keys;
            keys.sort_unstable();
            assert_eq!(sorted, keys, "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_tried_is_named() {
        for (expression, named) in [
            ("has(object.spec.hostname) && object.spec.hostname == 'backdoor'", "hostname"),
            ("object.spec.containers.exists(c, c.image.startsWith('mine/'))", "image"),
            ("[object.spec].all(s, s.?priorityClassName.orValue('') == 'x')", "priorityClassName"),
            ("object.spec['hostname'] == 'x'", "spec[…]"),
            ("variables.spec.nodeName == 'x'", "nodeName"),
            ("object.metadata.labels.exists(k, k.startsWith('x'))", "labels.exists()"),
            ("object.metadata.?labels.orValue({}).size() == 7", "labels.size()"),
            ("object.metadata.labels['a'].matches('x.*')", ".matches()"),
            ("('break' + '-glass') in object.metadata.labels", "a text that is put together"),
            ("object.metadata.labels[variables.key] == 'x'", "labels[…]"),
            ("'\\x61' in object.metadata.labels", "a text that is put together"),
            ("object.metadata.finalizers.size() > 0", "finalizers"),
            ("params.data.exempt == 'x'", "params"),
        ] {
            assert_eq!(exceptions(expression).unforeseen.as_deref(), Some(named), "{expression}");
        }
    }
}
