//! To which Namespaces the match conditions of a policy or webhook bind it, as far as they say so plainly.
//!
//! In: the conditions. Out: the Namespaces that they leave. Read is a part of a conjunction that compares the Namespace
//! with texts, such as `request.namespace == 'shop'` or `request.namespace in ['shop', 'test']`; all else binds to nothing.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// The label in which the API keeps a Namespace's name.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";

/// A comparison with texts: what is compared, and the texts.
static COMPARISON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let field = r"(request\.namespace|object\.metadata\.namespace|namespaceObject\.metadata\.name)";
    let text = r#"(?:'[^'"]*'|"[^'"]*")"#;
    let list = format!(r"\[\s*({text}(?:\s*,\s*{text})*)\s*,?\s*\]");
    Regex::new(&format!(r"^(?:{field}\s*==\s*({text})|({text})\s*==\s*{field}|{field}\s+in\s*{list})$")).ok()
});

/// Verbs of which a request brings the object.
const BRING: [&str; 2] = ["CREATE", "UPDATE"];

/// What match conditions leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    /// The only Namespaces; None: all.
    only: Option<BTreeSet<String>>,
    /// Whether requests for objects that are in no Namespace are left out.
    pub(super) leave_out_the_cluster: bool,
}

impl Conditions {
    /// Those of a policy or webhook with these rules.
    pub(super) fn read(conditions: Option<&Value>, rules: Option<&Value>) -> Self {
        let mut read = Self::default();
        let all = conditions.and_then(Value::as_array).into_iter().flatten();
        let expressions = all.filter_map(|condition| condition.get("expression")?.as_str());
        for part in expressions.flat_map(conjuncts) {
            let Some((field, names)) = comparison(part) else { continue };
            // What a request does not bring is an error, and errors refuse.
            if field.starts_with("object") && !bring_objects(rules) {
                continue;
            }
            read.leave_out_the_cluster |= field == "request.namespace" && !names.contains("");
            read.only = Some(match read.only.take() {
                Some(only) => only.intersection(&names).cloned().collect(),
                None => names,
            });
        }
        read
    }

    /// Whether a Namespace is left; one whose name is not known is.
    pub(super) fn leave(&self, name: Option<&str>) -> bool {
        match (&self.only, name) {
            (Some(only), Some(name)) => only.contains(name),
            _ => true,
        }
    }
}

/// Whether all rules are about requests that bring an object with its Namespace.
fn bring_objects(rules: Option<&Value>) -> bool {
    let all = |rule: &Value, key: &str, accepts: &dyn Fn(&str) -> bool| {
        let listed = rule.get(key).and_then(Value::as_array);
        listed.is_some_and(|listed| listed.iter().all(|value| value.as_str().is_some_and(accepts)))
    };
    rules.and_then(Value::as_array).is_some_and(|rules| {
        rules.iter().all(|rule| {
            all(rule, "operations", &|verb| BRING.contains(&verb))
                && all(rule, "resources", &|resource| !resource.contains(['/', '*']))
        })
    })
}

/// The parts of an expression that must all be true: the whole of it where it is no conjunction.
fn conjuncts(expression: &str) -> Vec<&str> {
    let expression = expression.trim();
    match split(expression) {
        Some(parts) if parts.len() == 1 => match inside(expression) {
            Some(inner) => conjuncts(inner),
            None => vec![expression],
        },
        Some(parts) => parts.into_iter().flat_map(conjuncts).collect(),
        None => Vec::new(),
    }
}

/// What stands in the parentheses in which a whole expression stands.
fn inside(expression: &str) -> Option<&str> {
    let inner = expression.strip_prefix('(')?.strip_suffix(')')?;
    // `(a) == (b)` begins and ends so, too.
    balanced(inner)?.then_some(inner)
}

/// Whether no parenthesis is closed before it is opened; None where the text is not understood.
fn balanced(expression: &str) -> Option<bool> {
    let mut depth = 0_usize;
    for (_, byte) in outside_of_texts(expression)? {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return Some(false),
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    Some(depth == 0)
}

/// Splits at each `&&` that is in no parentheses; None where something binds weaker, or the text is not understood.
fn split(expression: &str) -> Option<Vec<&str>> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, byte) in outside_of_texts(expression)? {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b'|' | b'?' if depth == 0 => return None,
            b'&' if depth == 0 && at >= begin => {
                parts.push(expression.get(begin..at)?);
                begin = at + 2;
            }
            _ => {}
        }
    }
    parts.push(expression.get(begin..)?);
    (depth == 0).then_some(parts)
}

/// The bytes that stand in no text, and where; None for what is not read: escapes, comments and texts of several lines.
fn outside_of_texts(expression: &str) -> Option<Vec<(usize, u8)>> {
    if expression.contains('\\') || expression.contains("//") {
        return None;
    }
    let (mut outside, mut within) = (Vec::new(), None);
    for (at, byte) in expression.bytes().enumerate() {
        match (within, byte) {
            (None, b'\'' | b'"') => within = Some(byte),
            (Some(mark), _) if mark == byte => within = None,
            (Some(_), _) => {}
            (None, _) => outside.push((at, byte)),
        }
    }
    let of_lines = expression.contains("'''") || expression.contains("\"\"\"");
    (within.is_none() && !of_lines).then_some(outside)
}

/// What a comparison compares, and with which texts.
fn comparison(part: &str) -> Option<(&str, BTreeSet<String>)> {
    let found = COMPARISON.as_ref()?.captures(part)?;
    let group =
        |places: [usize; 3]| places.into_iter().find_map(|place| found.get(place)).map(|m| m.as_str());
    let (field, texts) = (group([1, 4, 5])?, group([2, 3, 6])?);
    // Between the marks of a text there are no others.
    let names = texts.split(['\'', '"']).skip(1).step_by(2);
    Some((field, names.map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn left(expressions: &[&str]) -> Option<Vec<String>> {
        let conditions: Vec<_> = expressions.iter().map(|e| json!({"name": "a", "expression": e})).collect();
        let rules = json!([{"operations": ["CREATE"], "resources": ["pods"]}]);
        let read = Conditions::read(Some(&json!(conditions)), Some(&rules));
        read.only.map(|only| only.into_iter().collect())
    }

    #[test]
    fn a_plain_comparison_in_a_conjunction_is_read() {
        for expression in [
            "request.namespace == 'a'",
            " \"a\" == request.namespace ",
            "(request.namespace=='a')",
            "request.namespace in ['a']",
            "object.metadata.namespace == 'a'",
            "namespaceObject.metadata.name == 'a'",
            "has(object.spec) && request.namespace == 'a' && !(x || y)",
            "(object.kind == 'a&&b|' && (request.namespace == \"a\"))",
        ] {
            assert_eq!(left(&[expression]), Some(vec!["a".to_owned()]), "{expression}");
        }
        assert_eq!(left(&["request.namespace in ['a', \"b\" , 'c',]"]).unwrap(), ["a", "b", "c"]);
        assert_eq!(left(&["request.namespace in ['a', 'b']", "request.namespace == 'b'"]).unwrap(), ["b"]);
    }

    #[test]
    fn all_else_binds_to_nothing() {
        for expression in [
            "request.namespace != 'a'",
            "!(request.namespace == 'a')",
            "request.namespace == 'a' || true",
            "request.namespace == 'a' && b || c",
            "x ? request.namespace == 'a' : true",
            "request.namespace == 'a' + 'b'",
            r"request.namespace == 'a\x62'",
            "request.namespace == '''a'''",
            "request.namespace == 'a' // && more",
            "request.namespace.startsWith('a')",
            "(request.namespace == 'a') == (false)",
            "(a) || (b && request.namespace == 'a')",
            "request.namespace in ['a'] == false",
            "[request.namespace == 'a'].size() == 1",
            "x == 'request.namespace == \"a\"'",
        ] {
            assert_eq!(left(&[expression]), None, "{expression}");
        }
    }

    #[test]
    fn an_object_that_a_request_does_not_bring_has_no_namespace() {
        let conditions = json!([{"expression": "object.metadata.namespace == 'a'"}]);
        for (verbs, resource, is_read) in [
            (json!(["CREATE", "UPDATE"]), "pods", true),
            (json!(["CREATE", "DELETE"]), "pods", false),
            (json!(["*"]), "pods", false),
            (json!(["CREATE"]), "pods/eviction", false),
        ] {
            let rules = json!([{"operations": verbs, "resources": [resource]}]);
            assert_eq!(Conditions::read(Some(&conditions), Some(&rules)).only.is_some(), is_read);
        }
        let by_request = json!([{"expression": "request.namespace == 'a'"}]);
        assert!(Conditions::read(Some(&by_request), None).leave_out_the_cluster);
    }
}
