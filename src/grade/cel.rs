//! CEL, the escape hatch for expectations that a partial match cannot say.
//!
//! In: an author's expression and named values. Out: its value. Whatever goes wrong (it does not parse, a key is
//! missing, it is no boolean) is the author's mistake: an error text here, `unknown` in the verdict, never a fail.

use cel::{Context, Env, to_value};
use serde_json::Value;
use std::sync::Arc;

/// Longer expressions are refused: a scenario pack is untrusted text, and CEL comprehensions nest.
const MAX_LENGTH: usize = 4096;

/// The value of `expression` over the named values.
pub(super) fn evaluate(expression: &str, variables: &[(&str, &Value)]) -> Result<Value, String> {
    if expression.len() > MAX_LENGTH {
        return Err(format!("the CEL expression is longer than {MAX_LENGTH} characters"));
    }
    let env = Arc::new(Env::stdlib());
    let program = env
        .compile(expression)
        .map_err(|e| format!("the CEL expression `{expression}` cannot be read: {e}"))?;
    let mut context = Context::with_env(env);
    for (name, value) in variables {
        let value = to_value(value).map_err(|e| format!("`{name}` cannot be used in CEL: {e}"))?;
        context.add_variable_from_value(*name, value);
    }
    let value = program
        .execute(&context)
        .map_err(|e| format!("the CEL expression `{expression}` cannot be evaluated: {e} (use has() for fields that may be missing)"))?;
    value.json().map_err(|e| format!("the CEL expression `{expression}` has no plain value: {e}"))
}

/// The same, for an expression that must be true or false.
pub(super) fn holds(expression: &str, variables: &[(&str, &Value)]) -> Result<bool, String> {
    match evaluate(expression, variables)? {
        Value::Bool(answer) => Ok(answer),
        other => Err(format!("the CEL expression `{expression}` is neither true nor false but {other}")),
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
    fn a_missing_key_bad_syntax_and_no_boolean_are_errors() {
        for text in ["object.nope == 1", "object.(", "1 + 1", "nope"] {
            assert!(holds(text, &[("object", &json!({}))]).is_err(), "{text}");
        }
        assert!(holds(&"!".repeat(5000), &[]).is_err());
    }
}
