//! How a check or guard is read and written: its common fields and one key that names its kind.
//!
//! serde's `flatten` would lose the places of errors and accept unknown fields, so the mapping is read key by
//! key and the kind's key is handed to [`CheckKind`] as if it were an enum. A new kind needs nothing here.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, VariantAccess,
    Visitor,
};
use serde::{Serialize, Serializer};

use super::{Check, Expectation, Guard, WrittenDuration};
use crate::grade::checks::CheckKind;

/// The keys of a check or guard beside its kind.
pub(crate) const COMMON_KEYS: [&str; 7] =
    ["id", "points", "requirement", "within", "consistently", "requires", "protects"];

/// What a check and a guard have in common.
#[derive(Default)]
struct Form {
    id: Option<String>,
    points: Option<u32>,
    requirement: Option<String>,
    within: Option<WrittenDuration>,
    consistently: Option<WrittenDuration>,
    requires: Option<Vec<String>>,
    protects: Option<Vec<String>>,
    kind: Option<CheckKind>,
}

impl Form {
    fn expectation<E: de::Error>(self) -> Result<Expectation, E> {
        Ok(Expectation {
            id: required(self.id, "id")?,
            requirement: required(self.requirement, "requirement")?,
            within: self.within,
            consistently: self.consistently,
            kind: self.kind.ok_or_else(no_kind)?,
            line: 0,
        })
    }
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut form = deserializer.deserialize_map(FormVisitor)?;
        if form.protects.is_some() {
            return Err(de::Error::custom("`protects` belongs to guards, not to checks"));
        }
        let (points, requires) = (form.points.take(), form.requires.take());
        Ok(Self {
            expectation: form.expectation()?,
            points: required(points, "points")?,
            requires: requires.unwrap_or_default(),
        })
    }
}

impl<'de> Deserialize<'de> for Guard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut form = deserializer.deserialize_map(FormVisitor)?;
        if form.points.is_some() {
            return Err(de::Error::custom("a guard is worth no points: remove `points` or make it a check"));
        }
        if form.requires.is_some() {
            return Err(de::Error::custom("`requires` belongs to checks: a guard holds from the beginning"));
        }
        let protects = form.protects.take().unwrap_or_default();
        Ok(Self { expectation: form.expectation()?, protects })
    }
}

/// A check or guard as it is written.
#[derive(Serialize)]
struct Written<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u32>,
    requirement: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    protects: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<WrittenDuration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consistently: Option<WrittenDuration>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    requires: &'a [String],
    #[serde(flatten)]
    kind: &'a CheckKind,
}

impl<'a> Written<'a> {
    fn of(expectation: &'a Expectation) -> Self {
        let Expectation { id, requirement, within, consistently, kind, line: _ } = expectation;
        let (points, protects, requires) = (None, None, &[][..]);
        let (within, consistently) = (*within, *consistently);
        Self { id, points, requirement, protects, within, consistently, requires, kind }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (points, requires) = (Some(self.points), self.requires.as_slice());
        Written { points, requires, ..Written::of(&self.expectation) }.serialize(serializer)
    }
}

impl Serialize for Guard {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let protects = Some(self.protects.as_slice());
        Written { protects, ..Written::of(&self.expectation) }.serialize(serializer)
    }
}

fn required<T, E: de::Error>(value: Option<T>, name: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

fn no_kind<E: de::Error>() -> E {
    E::custom(format!("the check does not say what it checks: add one of {}", CheckKind::KEYS.join(", ")))
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a check: a mapping with id, requirement and one kind")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Form, A::Error> {
        let mut form = Form::default();
        while let Some(key) = access.next_key::<String>()? {
            match key.as_str() {
                "id" => form.id = Some(access.next_value()?),
                "points" => form.points = Some(access.next_value()?),
                "requirement" => form.requirement = Some(access.next_value()?),
                "within" => form.within = access.next_value()?,
                "consistently" => form.consistently = access.next_value()?,
                "requires" => form.requires = Some(access.next_value()?),
                "protects" => form.protects = Some(access.next_value()?),
                kind => {
                    let entry = KindEntry { key: kind, access: &mut access };
                    if form.kind.replace(CheckKind::deserialize(entry)?).is_some() {
                        return Err(de::Error::custom(format!("a check has one kind; `{kind}` is a second")));
                    }
                }
            }
        }
        Ok(form)
    }
}

/// One entry of a mapping, read as an enum: the key is the variant, the value its content.
struct KindEntry<'a, A> {
    key: &'a str,
    access: &'a mut A,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for KindEntry<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for KindEntry<'_, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), A::Error> {
        let name: StrDeserializer<'_, A::Error> = self.key.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for KindEntry<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.access.next_value()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        self.access.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(de::Error::custom("check kinds hold a mapping"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, A::Error> {
        Err(de::Error::custom("check kinds hold a mapping"))
    }
}
