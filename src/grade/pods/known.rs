//! Fields of a Pod that the built version of the API does not have: a newer cluster has them, and nobody here knows what
//! they bring into a container.
//!
//! In: a Pod as it was listed. Out: the path of the first such field. Which fields a type has is asked of its own
//! `Deserialize`.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{
    Container, EnvFromSource, EnvVar, EnvVarSource, EphemeralContainer, Lifecycle, LifecycleHandler,
    PodSecurityContext, PodSpec, Probe, ProjectedVolumeSource, SecurityContext, Volume, VolumeMount,
    VolumeProjection,
};
use serde::de::{Deserialize, Deserializer, Error as _, Visitor, value::Error};
use serde_json::Value;

/// A structure: its fields, and which of them are structures (or lists of them) that are looked into as well.
struct Structure {
    fields: &'static [&'static str],
    inner: Vec<(&'static str, Structure)>,
}

static POD_SPEC: LazyLock<Structure> = LazyLock::new(|| {
    let container = |fields| {
        let handler = || Structure::plain(fields_of::<LifecycleHandler>());
        let lifecycle = [("postStart", handler()), ("preStop", handler())];
        let variable = [("valueFrom", Structure::plain(fields_of::<EnvVarSource>()))];
        let probe = || Structure::plain(fields_of::<Probe>());
        Structure::with(
            fields,
            [
                ("env", Structure::with(fields_of::<EnvVar>(), variable)),
                ("envFrom", Structure::plain(fields_of::<EnvFromSource>())),
                ("volumeMounts", Structure::plain(fields_of::<VolumeMount>())),
                ("securityContext", Structure::plain(fields_of::<SecurityContext>())),
                ("lifecycle", Structure::with(fields_of::<Lifecycle>(), lifecycle)),
                ("livenessProbe", probe()),
                ("readinessProbe", probe()),
                ("startupProbe", probe()),
            ],
        )
    };
    let sources = [("sources", Structure::plain(fields_of::<VolumeProjection>()))];
    let projected = [("projected", Structure::with(fields_of::<ProjectedVolumeSource>(), sources))];
    Structure::with(
        fields_of::<PodSpec>(),
        [
            ("containers", container(fields_of::<Container>())),
            ("initContainers", container(fields_of::<Container>())),
            ("ephemeralContainers", container(fields_of::<EphemeralContainer>())),
            ("securityContext", Structure::plain(fields_of::<PodSecurityContext>())),
            ("volumes", Structure::with(fields_of::<Volume>(), projected)),
        ],
    )
});

/// The first field of a listed Pod's spec that is not known.
pub(in crate::grade) fn unknown_field(pod: &Value) -> Option<String> {
    POD_SPEC.unknown(pod.get("spec")?, ".spec")
}

impl Structure {
    fn plain(fields: &'static [&'static str]) -> Self {
        Self { fields, inner: Vec::new() }
    }

    fn with(fields: &'static [&'static str], inner: impl Into<Vec<(&'static str, Self)>>) -> Self {
        Self { fields, inner: inner.into() }
    }

    fn unknown(&self, value: &Value, at: &str) -> Option<String> {
        match value {
            Value::Array(items) => items.iter().find_map(|item| self.unknown(item, at)),
            Value::Object(there) => {
                there.iter().filter(|(_, value)| !value.is_null()).find_map(|(key, value)| {
                    if !self.fields.contains(&key.as_str()) {
                        return Some(format!("{at}.{key}"));
                    }
                    let inner = self.inner.iter().find(|(field, _)| field == key);
                    inner.and_then(|(_, inner)| inner.unknown(value, &format!("{at}.{key}")))
                })
            }
            _ => None,
        }
    }
}

/// The names of a structure's fields: every one hands them to its deserializer. None are known of what is no structure.
fn fields_of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut asked = Asked { fields: &[] };
    let _always_an_error = T::deserialize(&mut asked);
    asked.fields
}

/// A deserializer that notes which fields it is asked for, and has none of them.
struct Asked {
    fields: &'static [&'static str],
}

impl<'de> Deserializer<'de> for &mut Asked {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Error> {
        self.fields = fields;
        Err(Error::custom("the fields are known"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("no structure"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_fields_of_a_type_are_its_own() {
        assert!(fields_of::<PodSpec>().contains(&"hostNetwork"));
        assert!(fields_of::<Volume>().contains(&"downwardAPI"));
        assert!(fields_of::<String>().is_empty());
    }

    #[test]
    fn a_field_of_a_newer_api_is_named() {
        let with = |path: &str, value: Value| {
            let mut pod = json!({"metadata": {"anything": 1}, "spec": {
                "containers": [{"name": "c", "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}],
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}], "securityContext": {"privileged": true}}],
                "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "s"}}]}}],
            }});
            let (parent, key) = path.rsplit_once('/').unwrap();
            pod.pointer_mut(parent).unwrap()[key] = value;
            unknown_field(&pod)
        };
        assert_eq!(with("/spec/hostNetwork", json!(true)), None);
        for (path, named) in [
            ("/spec/hostFiles", ".spec.hostFiles"),
            ("/spec/containers/0/tokenFrom", ".spec.containers.tokenFrom"),
            ("/spec/containers/0/env/0/valueFrom/apiTokenRef", ".spec.containers.env.valueFrom.apiTokenRef"),
            ("/spec/containers/0/securityContext/more", ".spec.containers.securityContext.more"),
            ("/spec/volumes/0/tokens", ".spec.volumes.tokens"),
            ("/spec/volumes/0/projected/sources/0/apiKey", ".spec.volumes.projected.sources.apiKey"),
        ] {
            assert_eq!(with(path, json!({"a": 1})).as_deref(), Some(named));
            assert_eq!(with(path, Value::Null), None);
        }
    }
}
