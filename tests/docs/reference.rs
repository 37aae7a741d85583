//! The reference of the check kinds, made from the JSON Schema of scenario files: one table for each kind, and one for
//! each type that their fields use. Pure: schema in, Markdown out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

const BEGIN: &str =
    "<!-- Below: written by `SATRAIN_UPDATE_DOCS=1 cargo test --test docs` from `satrain schema`. -->\n";

/// A document with its reference as the schema has it. What stands above is written by people.
pub fn put_into(document: &str, schema: &Value) -> String {
    let (above, _) =
        document.split_once(BEGIN).expect("docs/checks.md has the line that begins its reference");
    format!("{above}{BEGIN}{}", Reference { types: &schema["$defs"], used: BTreeSet::new() }.write())
}

struct Reference<'a> {
    types: &'a Value,
    /// Types that are written below, since a field has them.
    used: BTreeSet<String>,
}

impl Reference<'_> {
    fn write(mut self) -> String {
        let mut out = String::from("\n## Fields\n");
        for of in ["Check", "Guard"] {
            let about = if of == "Check" { "Every check has" } else { "Every guard has" };
            let _ = write!(out, "\n### {about}\n\n{}", self.fields(&self.types[of].clone()));
        }
        for name in kinds(&self.types["Check"]) {
            let kind = &self.types["Check"]["properties"][name];
            let spec = self.types[reference(kind).unwrap_or_default()].clone();
            let _ = write!(out, "\n### `{name}`\n\n{}\n\n{}", text(kind), self.fields(&spec));
        }
        let mut types = BTreeMap::new();
        while let Some(name) = self.used.iter().find(|name| !types.contains_key(*name)).cloned() {
            let of = self.types[&name].clone();
            types.insert(name.clone(), format!("\n### {name}\n\n{}\n\n{}", text(&of), self.body(&of)));
        }
        out.push_str("\n## Types of fields\n");
        out.extend(types.into_values());
        out
    }

    fn body(&mut self, of: &Value) -> String {
        if of["oneOf"].is_array() { self.forms(of) } else { self.fields(of) }
    }

    /// A table of an object's fields.
    fn fields(&mut self, of: &Value) -> String {
        let required: Vec<&str> = list(&of["required"]).iter().filter_map(Value::as_str).collect();
        let mut out = String::from("| field | type | meaning |\n| --- | --- | --- |\n");
        let apart: Vec<&str> = kinds(of).collect();
        let fields = of["properties"].as_object().into_iter().flatten();
        for (name, field) in fields.filter(|(name, _)| !apart.contains(&name.as_str())) {
            let must = if required.contains(&name.as_str()) { ", required" } else { "" };
            let _ = writeln!(out, "| `{name}` | {}{must} | {} |", self.kind(field), text(field));
        }
        out
    }

    /// A table of the forms that a value may have.
    fn forms(&mut self, of: &Value) -> String {
        let mut out = String::from("| form | meaning |\n| --- | --- |\n");
        for form in list(&of["oneOf"]) {
            let _ = writeln!(out, "| {} | {} |", self.form(form), text(form));
        }
        out
    }

    fn form(&mut self, form: &Value) -> String {
        if let Some(value) = form["const"].as_str() {
            return format!("`{value}`");
        }
        let keys = form["properties"].as_object().into_iter().flatten();
        let keys: Vec<String> = keys.map(|(key, value)| format!("`{key}`: {}", self.kind(value))).collect();
        format!("an object with {}", keys.join(", "))
    }

    /// What a field may hold, in words.
    fn kind(&mut self, field: &Value) -> String {
        if let Some(name) = reference(field) {
            self.used.insert(name.into());
            return format!("[{name}](#{})", name.to_lowercase());
        }
        if let Some(one) = list(&field["anyOf"]).iter().find(|f| f["type"] != "null") {
            return self.kind(one);
        }
        if field["properties"].is_object() {
            return format!("an object with {}", self.form(field).trim_start_matches("an object with "));
        }
        let types = match &field["type"] {
            Value::Array(types) => {
                types.iter().filter_map(Value::as_str).find(|t| *t != "null").unwrap_or_default()
            }
            other => other.as_str().unwrap_or_default(),
        };
        match types {
            "string" => "text".into(),
            "integer" | "number" => "number".into(),
            "boolean" => "true or false".into(),
            "array" => format!("list of {}", self.kind(&field["items"])),
            "object" if field["additionalProperties"].is_object() => {
                format!("by name: {}", self.kind(&field["additionalProperties"]))
            }
            _ => "any YAML".into(),
        }
    }
}

/// The check kinds: the properties of which one is required.
fn kinds(of: &Value) -> impl Iterator<Item = &str> {
    list(&of["oneOf"])
        .iter()
        .filter_map(|one| one["required"][0].as_str())
        .filter(|name| of["properties"].get(name).is_some_and(|field| field["$ref"].is_string()))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn reference(field: &Value) -> Option<&str> {
    field["$ref"].as_str()?.rsplit('/').next()
}

/// The first paragraph of a description, for a table's cell.
fn text(of: &Value) -> String {
    let all = of["description"].as_str().unwrap_or_default();
    all.split("\n\n").next().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}
