//! Pure: goes over a CEL expression and all that it is made of.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

/// Calls `visit` with the expression and each one inside of it.
pub(super) fn each<'a>(expression: &'a IdedExpr, visit: &mut dyn FnMut(&'a IdedExpr)) {
    visit(expression);
    match &expression.expr {
        Expr::Select(select) => each(&select.operand, visit),
        Expr::Call(call) => {
            call.target.iter().for_each(|target| each(target, visit));
            call.args.iter().for_each(|argument| each(argument, visit));
        }
        Expr::Comprehension(all) => {
            let parts = [&all.iter_range, &all.accu_init, &all.loop_cond, &all.loop_step, &all.result];
            parts.into_iter().for_each(|part| each(part, visit));
        }
        Expr::List(list) => list.elements.iter().for_each(|element| each(element, visit)),
        Expr::Map(map) => map.entries.iter().for_each(|one| entry(&one.expr, visit)),
        Expr::Struct(all) => all.entries.iter().for_each(|one| entry(&one.expr, visit)),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
    }
}

fn entry<'a>(entry: &'a EntryExpr, visit: &mut dyn FnMut(&'a IdedExpr)) {
    match entry {
        EntryExpr::StructField(field) => each(&field.value, visit),
        EntryExpr::MapEntry(entry) => {
            each(&entry.key, visit);
            each(&entry.value, visit);
        }
    }
}
