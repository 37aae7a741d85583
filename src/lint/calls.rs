//! Pure: what the calls of a CEL expression alone show to be wrong.

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue};

use super::{patterns, walk};

/// What is wrong with the patterns that an expression gives `matches()`; those that it makes itself are not judged.
pub(super) fn bad_patterns(program: &cel::Program) -> Vec<String> {
    let mut wrong = Vec::new();
    walk::each(program.expression(), &mut |expression| {
        let Expr::Call(call) = &expression.expr else { return };
        if call.func_name != "matches" {
            return;
        }
        let Some(IdedExpr { expr: Expr::Literal(LiteralValue::String(pattern)), .. }) = call.args.last()
        else {
            return;
        };
        let pattern = pattern.inner();
        if let Err(why) = patterns::parses(pattern) {
            wrong.push(format!("`matches(\"{pattern}\")` has no value: {why}"));
        }
    });
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_is_written_down_must_be_one() {
        let of = |text: &str| bad_patterns(&cel::Program::compile(text).unwrap());
        assert!(
            of("object.metadata.name.matches('^web-[0-9]+$') && !object.kind.matches(object.kind)")
                .is_empty()
        );
        let found = of("object.spec.containers.all(c, c.name.matches('(['))");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("`matches(\"([\")` has no value: the regular expression is invalid"),
            "{found:?}"
        );
    }
}
