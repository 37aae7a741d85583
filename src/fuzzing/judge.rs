//! A real recording with some of its values changed: gets past the reader, to the judges.
//!
//! The first byte says which recording. Then five bytes a change: two for the place, one for what to do there, two for
//! with what. So every input is a list of changes, and a small change of it is a small change of the recording.

use std::sync::LazyLock;

use serde_json::{Value, json};

/// Recordings of the test corpus: the fields, the Pods, the rights.
static RECORDINGS: LazyLock<Vec<Base>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../tests/corpus/scenario-1/reference.json"),
        include_str!("../../tests/corpus/scenario-2/legacy-token-in-the-environment.json"),
        include_str!("../../tests/corpus/scenario-3/second-binding.json"),
    ];
    texts.iter().filter_map(|text| serde_json::from_str(text).ok()).map(Base::of).collect()
});

/// Values that are at home in no field, or in the wrong one.
static ODD: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let long = "x".repeat(10_000);
    let mut all = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(0.1),
        json!([]),
        json!({}),
        json!([{}]),
        json!([null, null]),
        json!(vec![0; 300]),
        json!({"saw": "exec"}),
    ];
    let texts = [
        "",
        "*",
        "pods/*",
        "/",
        "a/b/c",
        ".",
        "0",
        "-9223372036854775808",
        "99999999999999999999",
        "\u{0}",
        "\u{1b}[2J",
        "é\u{202e}",
        "system:serviceaccount:a:b",
        "system:serviceaccounts",
        "2026-02-30T25:61:61Z",
        "9999-12-31T23:59:59Z",
        "-009999-01-01T00:00:00Z",
        "10s",
        "99999999999999999h",
        "(",
        "(a*)*b",
        "object.all(x, x)",
        "has(object.a) && object.a > 0",
        "{{ namespace }}",
        long.as_str(),
    ];
    all.extend(texts.map(Value::from));
    all
});

/// A recording and the place of each of its values.
struct Base {
    value: Value,
    places: Vec<String>,
}

impl Base {
    fn of(value: Value) -> Self {
        let mut places = Vec::new();
        collect(&value, String::new(), &mut places);
        Self { value, places }
    }
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| {
            collect(inner, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, inner)| {
            collect(inner, format!("{at}/{i}"), places);
        }),
        _ => {}
    }
    places.push(at);
}

/// A list of changes; see above.
pub fn judge(input: &[u8]) {
    let Some((which, changes)) = input.split_first() else { return };
    let Some(base) = RECORDINGS.get(usize::from(*which) % RECORDINGS.len().max(1)) else { return };
    let mut recording = base.value.clone();
    for change in changes.chunks_exact(5).take(16) {
        let place = u16::from_be_bytes([change[0], change[1]]);
        let with = u16::from_be_bytes([change[3], change[4]]);
        apply(&mut recording, base, place, change[2], with);
    }
    super::replay(recording.to_string().as_bytes());
}

fn apply(recording: &mut Value, base: &Base, place: u16, what: u8, with: u16) {
    let pointer = |n: u16| base.places.get(usize::from(n) % base.places.len().max(1));
    let (Some(at), Some(from)) = (pointer(place), pointer(with)) else { return };
    let new = match what % 4 {
        0 | 1 => ODD.get(usize::from(with) % ODD.len().max(1)).cloned(),
        2 => base.value.pointer(from).cloned(),
        // Gone, or there twice.
        _ => return in_parent(recording, at, with.is_multiple_of(2)),
    };
    if let (Some(there), Some(new)) = (recording.pointer_mut(at), new) {
        *there = new;
    }
}

fn in_parent(recording: &mut Value, at: &str, remove: bool) {
    let Some((parent, key)) = at.rsplit_once('/') else { return };
    let key = key.replace("~1", "/").replace("~0", "~");
    match (recording.pointer_mut(parent), remove) {
        (Some(Value::Object(fields)), true) => drop(fields.remove(&key)),
        (Some(Value::Object(fields)), false) => {
            if let Some(value) = fields.get(&key).cloned() {
                fields.insert(format!("{key}2"), value);
            }
        }
        (Some(Value::Array(items)), _) => {
            let Some(i) = key.parse::<usize>().ok().filter(|i| *i < items.len()) else { return };
            match remove {
                true => drop(items.remove(i)),
                false => items.insert(i, items[i].clone()),
            }
        }
        _ => {}
    }
}
