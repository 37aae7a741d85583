//! CEL, the escape hatch for expectations that a partial match cannot say.
//!
//! `samePath(a, b)` tells whether two absolute paths lead to the same place; all else is standard.
//!
//! In: an author's expression and named values. Out: its value, or what went wrong: something about the expression,
//! which is its author's mistake, or something about the values, which may be somebody else's doing ([`Wrong`]).
//!
//! Labels and annotations that an expression does not mention are left out of the values: anybody may add a thousand.

use std::sync::{Arc, LazyLock};

use cel::{Context, Env, to_value};
use regex::Regex;
use serde_json::Value;

use super::file_path::FilePath;

/// Longer expressions are refused: a scenario pack is untrusted text, and CEL comprehensions nest.
const MAX_LENGTH: usize = 4096;

/// More of these are refused: each may nest one level deeper, and the evaluation recurses.
const MAX_OPERATORS: usize = 300;
/// With so few the usual stack is deep enough.
const SHALLOW: usize = 30;
/// Bytes of stack for all others.
const DEEP_STACK: usize = 64 << 20;
const OPERATORS: &str = "+-*/%&|?.([{!<>=";

/// How many steps an evaluation may take at most: each macro (`all`, `map` …) may go over each element again.
/// `map` keeps what each step gives, so this bounds memory too.
const MAX_STEPS: usize = 2_000_000;

/// How much larger than what they are made of texts and lists may become: inside of a macro that names a value, each
/// `+` and `,` may put that value there once more, so that a chain of them doubles it again and again.
const MAX_GROWTH: usize = 10_000;

/// Bytes of all texts together that macros may make with `+`.
const MAX_TEXT: usize = 1 << 30;

/// What objects carry for whoever wants to: of no matter to an expression that does not mention it.
const NOISE: [&str; 2] = ["annotations", "labels"];

/// A macro that goes over a list or mapping.
static MACRO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\.\s*(?:all|exists|exists_one|existsOne|map|filter|transform\w*)\s*\(").ok()
});

/// Why an expression has no value, in a sentence for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    /// Whatever the values are.
    #[error("{0}")]
    Expression(String),
    /// Over these values: a field is missing or of another type, or there is too much of them.
    #[error("{0}")]
    Values(String),
}

/// The value of `expression` over the named values.
pub(super) fn evaluate(expression: &str, variables: &[(&str, &Value)]) -> Result<Value, Wrong> {
    let lean: Vec<(&str, Value)> =
        variables.iter().map(|(name, value)| (*name, without_noise(value, expression))).collect();
    let variables: Vec<(&str, &Value)> = lean.iter().map(|(name, value)| (*name, value)).collect();
    in_bounds(expression, &[]).map_err(Wrong::Expression)?;
    let operators = in_bounds(expression, &variables).map_err(Wrong::Values)?;
    if operators <= SHALLOW {
        return compute(expression, &variables);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK);
        let thread = thread.spawn_scoped(scope, || compute(expression, &variables));
        let ended = thread.map_err(|e| Wrong::Expression(e.to_string()))?.join();
        ended.unwrap_or_else(|_| {
            Err(Wrong::Expression(format!("the CEL expression `{expression}` cannot be evaluated")))
        })
    })
}

/// Whether an evaluation takes bounded time and memory; gives how many operators there are.
fn in_bounds(expression: &str, variables: &[(&str, &Value)]) -> Result<usize, String> {
    if expression.len() > MAX_LENGTH {
        return Err(format!("the CEL expression is longer than {MAX_LENGTH} characters"));
    }
    let operators = expression.chars().filter(|c| OPERATORS.contains(*c)).count();
    if operators > MAX_OPERATORS {
        return Err(format!("the CEL expression has more than {MAX_OPERATORS} operators, brackets and dots"));
    }
    let macros = MACRO.as_ref().map_or(usize::MAX, |pattern| pattern.find_iter(expression).count());
    let growth = growth(expression, macros);
    if growth > MAX_GROWTH {
        return Err(format!("the CEL expression `{expression}` creates strings or lists that are too large"));
    }
    let steps = steps(expression, macros, variables);
    if steps > MAX_STEPS {
        return Err(format!("the CEL expression `{expression}` iterates over its lists too often"));
    }
    let joined = if macros > 0 && expression.contains('+') { longest_text(variables) } else { 0 };
    if joined.saturating_mul(steps).saturating_mul(growth) > MAX_TEXT {
        return Err(format!("the CEL expression `{expression}` creates strings that are too large"));
    }
    Ok(operators)
}

fn compute(expression: &str, variables: &[(&str, &Value)]) -> Result<Value, Wrong> {
    let env = Arc::new(Env::stdlib());
    let program = env
        .compile(expression)
        .map_err(|e| Wrong::Expression(format!("the CEL expression `{expression}` cannot be parsed: {e}")))?;
    let mut context = Context::with_env(env);
    let same_path = |a: Arc<String>, b: Arc<String>| FilePath::new(&a) == FilePath::new(&b);
    context.add_function("samePath", same_path).map_err(|e| Wrong::Expression(e.to_string()))?;
    for (name, value) in variables {
        let value =
            to_value(value).map_err(|e| Wrong::Values(format!("`{name}` cannot be used in CEL: {e}")))?;
        context.add_variable_from_value(*name, value);
    }
    let value = program.execute(&context).map_err(|e| {
        Wrong::Values(format!(
            "the CEL expression `{expression}` cannot be evaluated: {e} (use has() for fields that may be missing)"
        ))
    })?;
    value
        .json()
        .map_err(|e| Wrong::Values(format!("the CEL expression `{expression}` has no plain value: {e}")))
}

/// What an expression is given of a value.
///
/// A field that is null is absent, as Kubernetes' own expressions have it: the API writes `sources: null`. And labels and
/// annotations count only for an expression that mentions them.
fn without_noise(value: &Value, expression: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let unmentioned = |name: &str| NOISE.contains(&name) && !expression.contains(name);
            let kept = fields.iter().filter(|(name, value)| !value.is_null() && !unmentioned(name));
            Value::Object(
                kept.map(|(name, value)| (name.clone(), without_noise(value, expression))).collect(),
            )
        }
        Value::Array(all) => Value::Array(all.iter().map(|value| without_noise(value, expression)).collect()),
        other => other.clone(),
    }
}

/// The same, for an expression that must be true or false.
pub(super) fn holds(expression: &str, variables: &[(&str, &Value)]) -> Result<bool, Wrong> {
    match evaluate(expression, variables)? {
        Value::Bool(answer) => Ok(answer),
        other => {
            Err(Wrong::Values(format!("the CEL expression `{expression}` is not a boolean but {other}")))
        }
    }
}

/// An upper bound of what an evaluation takes: the longest list, in the variables or written down, to the power of
/// how many macros there are, since each may be inside of all others.
fn steps(expression: &str, macros: usize, variables: &[(&str, &Value)]) -> usize {
    let written = expression.matches(',').count() + 1;
    let longest = variables.iter().map(|(_, value)| width(value)).max().unwrap_or(0).max(written);
    longest.saturating_pow(u32::try_from(macros).unwrap_or(u32::MAX))
}

/// An upper bound of how often one value may be in the result: the product over all macros of how many places each
/// has for it, which is largest when the places are shared out equally.
fn growth(expression: &str, macros: usize) -> usize {
    let places = expression.matches(['+', ',']).count().saturating_sub(macros);
    match places.checked_div(macros) {
        None => 1,
        Some(each) => (each + 2).saturating_pow(u32::try_from(macros).unwrap_or(u32::MAX)),
    }
}

/// The length of the longest text inside the variables, in bytes.
fn longest_text(variables: &[(&str, &Value)]) -> usize {
    fn longest(value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(longest).max().unwrap_or(0),
            Value::Object(fields) => fields.iter().map(|(k, v)| k.len().max(longest(v))).max().unwrap_or(0),
            _ => 0,
        }
    }
    variables.iter().map(|(_, value)| longest(value)).max().unwrap_or(0)
}

/// The length of the longest list or mapping inside a value.
fn width(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(width).max().unwrap_or(0).max(items.len()),
        Value::Object(fields) => fields.values().map(width).max().unwrap_or(0).max(fields.len()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_see_their_variables() {
        let object = json!({"metadata": {"name": "a"}, "n": 3, "list": [{"x": 1}, {"x": 2}]});
        let check = |text: &str| holds(text, &[("object", &object)]);
        assert_eq!(check("object.metadata.name == 'a'"), Ok(true));
        assert_eq!(check("object.list.exists(e, e.x == 2)"), Ok(true));
        assert_eq!(check("has(object.spec)"), Ok(false));
        assert_eq!(check("object.n == 3"), Ok(true));
        assert_eq!(check("object.n > 2 && object.n < 4"), Ok(true));
        assert_eq!(evaluate("object.metadata.name", &[("object", &object)]), Ok(json!("a")));
    }

    #[test]
    fn paths_are_compared_by_where_they_lead() {
        let check = |text: &str| holds(text, &[]);
        assert_eq!(check(r#"samePath("/var/run/a/", "/run//./a")"#), Ok(true));
        assert_eq!(check(r#"samePath("/var/run/a", "/var/run/ab")"#), Ok(false));
        assert!(check("samePath(1, 2)").is_err());
    }

    #[test]
    fn a_field_that_is_null_is_absent() {
        let object = json!({"volumes": [{"projected": {"sources": null}}], "list": [null]});
        let check = |text: &str| holds(text, &[("object", &object)]);
        assert_eq!(check("object.volumes.all(v, !has(v.projected.sources))"), Ok(true));
        assert_eq!(check("object.list[0] == null"), Ok(true));
        assert_eq!(holds("object == null", &[("object", &Value::Null)]), Ok(true));
    }

    #[test]
    fn labels_and_annotations_that_are_not_mentioned_do_not_count() {
        let many: serde_json::Map<String, Value> = (0..5000).map(|n| (format!("a{n}"), json!("b"))).collect();
        let object = json!({"metadata": {"labels": many, "annotations": many}, "list": [1, 2]});
        let three = "object.list.all(a, object.list.all(b, object.list.all(c, a + b + c > 0)))";
        assert_eq!(holds(three, &[("object", &object)]), Ok(true));
        assert_eq!(holds("object.metadata.labels.a7 == 'b'", &[("object", &object)]), Ok(true));
        assert_eq!(holds("object.metadata.annotations.all(k, k != '')", &[("object", &object)]), Ok(true));
    }

    #[test]
    fn what_is_wrong_with_the_values_is_told_from_what_is_wrong_with_the_expression() {
        let wide = json!({"list": vec![0; 2000]});
        let of_values = ["object.nope == 1", "object.list", "object.list.all(a, object.list.all(b, a == b))"];
        for text in of_values {
            assert!(matches!(holds(text, &[("object", &wide)]), Err(Wrong::Values(_))), "{text}");
        }
        for text in ["object.(", &"!".repeat(5000)] {
            assert!(matches!(holds(text, &[("object", &wide)]), Err(Wrong::Expression(_))), "{text}");
        }
    }

    #[test]
    fn a_missing_key_bad_syntax_and_no_boolean_are_errors() {
        for text in ["object.nope == 1", "object.(", "1 + 1", "nope"] {
            assert!(holds(text, &[("object", &json!({}))]).is_err(), "{text}");
        }
        assert!(holds(&"!".repeat(5000), &[]).is_err());
    }

    #[test]
    fn an_expression_that_would_not_come_to_an_end_is_refused() {
        let object = json!({"list": vec![0; 500]});
        let nested = "object.list.all(a, object.list.all(b, object.list.all(c, a + b + c >= 0)))";
        assert!(holds(nested, &[("object", &object)]).unwrap_err().to_string().contains("too often"));
        let written = format!("[{}].all(a, [a].all(b, [b].all(c, c == 1)))", vec!["1"; 500].join(","));
        assert!(holds(&written, &[]).unwrap_err().to_string().contains("too large"));
        let once = "object.list.all(a, a == 0)";
        assert_eq!(holds(once, &[("object", &object)]), Ok(true));
    }

    #[test]
    fn a_value_that_would_double_again_and_again_is_refused() {
        let chain = |part: fn(char) -> String| {
            let names: Vec<char> = ('a'..='z').collect();
            let inner = names
                .windows(2)
                .rev()
                .fold("z".to_owned(), |inner, pair| format!("[{}].map({}, {inner})", part(pair[0]), pair[1]));
            format!("['xxxxxxxx'].map(a, {inner}).size() == 1")
        };
        for part in [|a: char| format!("{a}+{a}"), |a: char| format!("[{a},{a}]")] {
            let refused = holds(&chain(part), &[]).unwrap_err().to_string();
            assert!(refused.contains("too large"), "{refused}");
        }
        let object = json!({"text": "x".repeat(1 << 20), "list": vec![0; 2000]});
        let joined = "object.list.map(e, object.text + object.text).size() == 2000";
        assert!(holds(joined, &[("object", &object)]).unwrap_err().to_string().contains("too large"));
        let long = format!("'a'{} == ''", "+'b'".repeat(90));
        assert_eq!(holds(&long, &[]), Ok(false));
        let nested = "[1, 2].all(a, [3, 4].all(b, [a, b].exists(c, c + a + b > 0)))";
        assert_eq!(holds(nested, &[]), Ok(true));
    }

    #[test]
    fn a_long_chain_is_evaluated_or_refused_and_never_too_deep_for_the_stack() {
        let object = json!({});
        let chains: [fn(usize) -> String; 5] = [
            |n| format!("1{} > 0", "+1".repeat(n)),
            |n| format!("true{}", "&&true".repeat(n)),
            |n| format!("object{} == 1", ".a".repeat(n)),
            |n| format!("{}true", "!".repeat(n)),
            |n| format!("{}1{} == 1", "(".repeat(n), ")".repeat(n)),
        ];
        for chain in chains {
            for length in [1, 90, 149, 299, 600] {
                let _no_matter_what = holds(&chain(length), &[("object", &object)]);
            }
            let refused = holds(&chain(1300), &[("object", &object)]).unwrap_err().to_string();
            assert!(refused.contains("more than") || refused.contains("longer than"), "{refused}");
        }
        assert_eq!(holds(&format!("1{} == 300", "+1".repeat(297)), &[]), Ok(false));
    }
}
