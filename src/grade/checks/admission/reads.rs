//! Pure: whether a CEL expression of an admission policy reads more than the object itself.
//!
//! A dry run and the real request have the same object, and differ in who asks and how. So an expression that reads
//! nothing but the object's content says the same to both. This is decided by what an expression may name, not by a list
//! of what it must not: a field that is not known to be harmless counts as one that is not.

use super::tokens::Tokens;

/// What an expression reads that may differ between a trial and the real thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reads {
    /// Who asks: the same for a trial that is made as this very user.
    Asker(String),
    /// Something else about the request, or a name that nobody can foresee.
    Circumstance(String),
}

/// Fields of `request` that say what is to be done with which kind of object.
const OF_REQUEST: [&str; 7] =
    ["operation", "kind", "resource", "subResource", "requestKind", "requestResource", "requestSubResource"];
/// Where it is to be done.
const NAMESPACE: &str = "namespace";
/// Fields of `request.userInfo` that are the same for a trial as the same user.
const OF_USER: [&str; 2] = ["username", "groups"];
/// Fields of an object's metadata that its author sets, and that a trial has like the real object.
const OF_METADATA: [&str; 5] = ["labels", "annotations", "ownerReferences", "finalizers", NAMESPACE];

/// Everything that `expression` reads beyond the object's content.
pub(super) fn reads(expression: &str) -> Vec<Reads> {
    let tokens = Tokens::of(expression);
    let field = |at: usize| tokens.field(at);
    let mut found = Vec::new();
    for (at, name) in tokens.roots() {
        match name {
            "authorizer" => found.push(Reads::Asker("authorizer".into())),
            "request" => match field(at) {
                Some((name, _)) if OF_REQUEST.contains(&name) || name == NAMESPACE => {}
                Some(("userInfo", user)) => match field(user) {
                    Some((name, _)) if OF_USER.contains(&name) => {
                        found.push(Reads::Asker(format!("request.userInfo.{name}")));
                    }
                    Some((name, _)) => found.push(Reads::Circumstance(format!("request.userInfo.{name}"))),
                    None => found.push(Reads::Circumstance("request.userInfo".into())),
                },
                Some((name, _)) => found.push(Reads::Circumstance(format!("request.{name}"))),
                None => found.push(Reads::Circumstance("request".into())),
            },
            "object" => match field(at) {
                Some(("metadata", metadata)) => match field(metadata) {
                    Some((name, _)) if OF_METADATA.contains(&name) => {}
                    Some((name, _)) => found.push(Reads::Circumstance(format!("object.metadata.{name}"))),
                    None if tokens.is_asked_for(at, metadata) => {}
                    None => found.push(Reads::Circumstance("object.metadata".into())),
                },
                Some(_) => {}
                // `object == null` asks whether there is one.
                None if tokens.is_compared_with_null(at) => {}
                None => found.push(Reads::Circumstance("object".into())),
            },
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circumstance(name: &str) -> Vec<Reads> {
        vec![Reads::Circumstance(name.into())]
    }

    #[test]
    fn an_expression_about_the_objects_content_reads_nothing_else() {
        for harmless in [
            "object.spec.?volumes.orValue([]).all(v, v.?projected.?sources.orValue([]).all(s, !has(s.serviceAccountToken)))",
            "!(object.spec.serviceAccountName == 'a' && object.metadata.?labels[?'api-access'].orValue('') == 'granted')",
            "request.operation == 'UPDATE' || request.resource.resource == 'pods' || request.namespace == 'production'",
            "has(object.metadata.labels) && 'request.dryRun' in object.metadata.labels",
            "has(object.metadata) && has( object.?metadata )",
            "object.metadata.labels['a'] != \"object.metadata.name\" // request.dryRun",
            "object != null && null == object && oldObject == null && namespaceObject.metadata.name == 'production'",
            "object.spec.containers.all(c, !has(c.resources.request) && c.name != r'\\' && c.image != '''request'''')",
            "params.data.request == variables.object && object.spec.request.dryRun",
        ] {
            assert_eq!(reads(harmless), [], "{harmless}");
        }
    }

    #[test]
    fn what_a_trial_may_have_otherwise_is_named() {
        for (expression, name) in [
            ("request.dryRun", "request.dryRun"),
            ("has(request.?dryRun) && true", "request.dryRun"),
            ("dyn(request)['dry' + 'Run']", "request"),
            ("request.`dryRun`", "request"),
            ("[request].all(r, r.dryRun)", "request"),
            ("request . options.fieldManager == 'kubectl'", "request.options"),
            ("request.uid.startsWith('a')", "request.uid"),
            ("request.name == ''", "request.name"),
            ("request.object.spec", "request.object"),
            ("request.userInfo.extra", "request.userInfo.extra"),
            ("request.userInfo.uid", "request.userInfo.uid"),
            ("string(request.userInfo)", "request.userInfo"),
            ("object.metadata.name.startsWith('web')", "object.metadata.name"),
            ("has(object.metadata.generateName)", "object.metadata.generateName"),
            ("object.metadata.?uid.hasValue()", "object.metadata.uid"),
            ("[object.metadata].all(m, m.name == 'a')", "object.metadata"),
            ("dyn(object)['metadata']['name'] == 'a'", "object"),
            (
                "'it\\'s' == \"\\\"\" || object.metadata.creationTimestamp == 'a'",
                "object.metadata.creationTimestamp",
            ),
            ("variables.request || request.dryRun", "request.dryRun"),
            (".request.dryRun", "request.dryRun"),
            ("'a' == object['metadata']['name']", "object"),
            ("object == oldObject", "object"),
        ] {
            assert_eq!(reads(expression), circumstance(name), "{expression}");
        }
    }

    #[test]
    fn who_asks_is_told_apart_from_how() {
        let of = |name: &str| vec![Reads::Asker(name.into())];
        assert_eq!(
            reads("!request.userInfo.username.startsWith('system:')"),
            of("request.userInfo.username")
        );
        assert_eq!(reads("'system:nodes' in request.userInfo.?groups"), of("request.userInfo.groups"));
        assert_eq!(reads("authorizer.requestResource.check('approve').allowed()"), of("authorizer"));
    }
}
