//! Pure: fields that Kubernetes leaves out when nobody sets them, and that a CEL expression reads without asking `has()`.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{Expr, operators};

use super::walk;

/// Optional fields of what scenarios are about, sorted. A field that is not here is not warned of.
const OPTIONAL: [&str; 48] = [
    "aggregationRule",
    "annotations",
    "args",
    "audiences",
    "automountServiceAccountToken",
    "binaryData",
    "capabilities",
    "clusterTrustBundle",
    "command",
    "configMap",
    "configMapKeyRef",
    "configMapRef",
    "data",
    "deletionTimestamp",
    "downwardAPI",
    "emptyDir",
    "env",
    "envFrom",
    "expirationSeconds",
    "finalizers",
    "hostNetwork",
    "hostPath",
    "hostPID",
    "imagePullSecrets",
    "immutable",
    "initContainers",
    "labels",
    "lifecycle",
    "livenessProbe",
    "nodeSelector",
    "ownerReferences",
    "podCertificate",
    "projected",
    "readinessProbe",
    "readOnly",
    "resourceNames",
    "rules",
    "secret",
    "secretKeyRef",
    "secretRef",
    "secrets",
    "serviceAccountToken",
    "sources",
    "subjects",
    "subPath",
    "valueFrom",
    "volumeMounts",
    "volumes",
];

/// The fields that a program reads and never asks for, as the expression spells them.
pub(super) fn unasked(program: &cel::Program) -> BTreeSet<String> {
    let (mut read, mut asked) = (BTreeSet::new(), BTreeSet::new());
    walk::each(program.expression(), &mut |expression| {
        let Expr::Select(select) = &expression.expr else { return };
        let Some(operand) = spelled(&select.operand) else { return };
        let path = format!("{operand}.{}", select.field);
        match select.test {
            true => drop(asked.insert(path)),
            false if OPTIONAL.contains(&select.field.as_str()) => drop(read.insert(path)),
            false => {}
        }
    });
    &read - &asked
}

/// `object.spec.containers[0]`, for an expression that spells such a path.
fn spelled(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", spelled(&select.operand)?, select.field))
        }
        Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [list, IdedExpr { expr: Expr::Literal(cel::common::ast::LiteralValue::Int(index)), .. }] => {
                Some(format!("{}[{}]", spelled(list)?, index.inner()))
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        unasked(&cel::Program::compile(text).unwrap()).into_iter().collect()
    }

    #[test]
    fn an_optional_field_is_to_be_asked_for() {
        assert_eq!(
            of("object.automountServiceAccountToken == false"),
            ["object.automountServiceAccountToken"]
        );
        assert!(
            of("has(object.automountServiceAccountToken) && !object.automountServiceAccountToken").is_empty()
        );
        assert!(of("!has(object.subjects) || object.subjects.all(s, s.kind == 'User')").is_empty());
        assert!(of("object.metadata.name == 'a'").is_empty());
    }

    #[test]
    fn a_path_is_one_by_how_it_is_spelled() {
        let first = "object.spec.containers[0].volumeMounts";
        assert!(of(&format!("has({first}) && {first}.exists(m, m.mountPath == '/a')")).is_empty());
        let other = "has(object.spec.containers[1].volumeMounts) && object.spec.containers[0].volumeMounts.size() == 1";
        assert_eq!(of(other), [first]);
        let inner = "has(object.spec.volumes) && object.spec.volumes.all(v, v.secret.secretName != 'a')";
        assert_eq!(of(inner), ["v.secret"]);
        assert_eq!(
            of("[object.data].size() == 1 && {'a': object.rules}.size() == 1"),
            ["object.data", "object.rules"]
        );
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(OPTIONAL.is_sorted_by(|a, b| a.to_lowercase() < b.to_lowercase()));
    }
}
