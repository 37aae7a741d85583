//! Bundles as they are, and as somebody would rather have them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::format::TYPE;
use super::gzip::{inflate, squeeze};
use super::pack::pack_bytes;
use super::*;

const CLASS: &str = "0123456789abcdef";

fn key() -> &'static SigningKey {
    fuzz::key()
}

fn attempt() -> Attempt {
    Attempt {
        scenario: "scenario-2".into(),
        digest: "ab".repeat(32),
        values: [("namespace".to_owned(), "team-a".to_owned())].into(),
        finished_at: "2026-11-30T12:00:00Z".parse().unwrap(),
        percent: 75,
        recording: "{\"schema\": 1.0,\n \"a\":\u{1}\u{2028}\"\\u001b\" }\r\n \n".into(),
        script: Some("kubectl get pods\n\u{1b}[2J\u{202e}".into()),
        history: Some("kubectl get sa\n".into()),
        requests: vec![Request {
            at: "2026-11-30T11:59:59.5Z".parse().unwrap(),
            verb: "create".into(),
            path: "/api/v1/namespaces/team-a/serviceaccounts".into(),
            user: "kubernetes-admin".into(),
            status: 201,
        }],
    }
}

fn bundle() -> Bundle {
    Bundle {
        schema: BundleVersion::V1,
        class: CLASS.into(),
        learner: "Anna".into(),
        public_key: key().public(),
        submitted_at: "2026-12-01T16:59:00Z".parse().unwrap(),
        satrain: env!("CARGO_PKG_VERSION").into(),
        attempts: vec![attempt()],
        answers: vec![Answers { quiz: "tokens".into(), file: "1: b\n".into() }],
    }
}

fn payload() -> Value {
    serde_json::to_value(bundle()).unwrap()
}

/// A file with this payload, signed.
fn signed(payload: &[u8]) -> Vec<u8> {
    pack_bytes(payload, key()).unwrap()
}

/// The envelope in a file.
fn envelope(file: &[u8]) -> Value {
    serde_json::from_slice(&inflate(file, 1 << 20).unwrap()).unwrap()
}

fn with_envelope(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut envelope = envelope(&pack(&bundle(), key()).unwrap());
    change(&mut envelope);
    squeeze(envelope.to_string().as_bytes()).unwrap()
}

fn refused(file: &[u8]) -> BundleError {
    unpack(file).unwrap_err()
}

#[test]
fn what_was_put_in_comes_out_exactly() {
    let file = pack(&bundle(), key()).unwrap();
    assert_eq!(file, pack(&bundle(), key()).unwrap(), "the same each time");
    let signed = unpack(file.as_slice()).unwrap();
    assert_eq!(signed.bundle, bundle());
    assert_eq!(signed.bundle.attempts[0].recording, attempt().recording);
    assert_eq!((signed.signer, signed.digest.len()), (key().public(), 64));
}

#[test]
fn another_class_or_learner_is_told_in_words() {
    let signed = unpack(pack(&bundle(), key()).unwrap().as_slice()).unwrap();
    assert_eq!(signed.is_for(CLASS, "Anna"), Ok(()));
    assert_eq!(signed.is_for(CLASS, " anna "), Ok(()), "as rosters find ids");
    let class = signed.is_for("fedcba9876543210", "Anna").unwrap_err().to_string();
    assert!(class.starts_with("the bundle is for the class 0123456789abcdef, and"), "{class}");
    let learner = signed.is_for(CLASS, "Ben").unwrap_err().to_string();
    assert!(
        learner.starts_with("the bundle is of the learner `Anna`, but was handed in as `Ben`"),
        "{learner}"
    );
    assert!(signed.is_for(CLASS, "").is_err());
}

#[test]
fn a_changed_envelope_is_refused() {
    let (other, _) = SigningKey::generate().unwrap();
    let theirs = payload().to_string().replace(&key().public().to_string(), &other.public().to_string());
    let text = |file: &[u8]| String::from_utf8(inflate(file, 1 << 20).unwrap()).unwrap();
    let good = text(&pack(&bundle(), key()).unwrap());
    let squeezed = |text: String| squeeze(text.as_bytes()).unwrap();
    for (what, file, wanted) in [
        ("unsigned", with_envelope(|e| e["signatures"] = json!([])), "Signatures { count: 0 }"),
        (
            "two signatures",
            with_envelope(|e| {
                let one = e["signatures"][0].clone();
                e["signatures"] = json!([one, one]);
            }),
            "Signatures { count: 2 }",
        ),
        (
            "a thousand signatures",
            with_envelope(|e| {
                let one = e["signatures"][0].clone();
                e["signatures"] = vec![one; 1000].into();
            }),
            "NotAnEnvelope",
        ),
        (
            "no signatures",
            with_envelope(|e| drop(e.as_object_mut().unwrap().remove("signatures"))),
            "NotAnEnvelope",
        ),
        ("another type", with_envelope(|e| e["payloadType"] = "application/json".into()), "NotAnEnvelope"),
        (
            "another version",
            with_envelope(|e| e["payloadType"] = TYPE.replace("v1", "v2").into()),
            "OtherVersion",
        ),
        (
            "another key's id",
            with_envelope(|e| e["signatures"][0]["keyid"] = other.public().to_string().into()),
            "WrongSignature",
        ),
        (
            "another key's signature",
            with_envelope(|e| {
                let file = pack_bytes(payload().to_string().as_bytes(), &other).unwrap();
                e["signatures"][0]["sig"] = envelope(&file)["signatures"][0]["sig"].clone();
            }),
            "WrongSignature",
        ),
        ("signed by another", pack_bytes(payload().to_string().as_bytes(), &other).unwrap(), "OtherKey"),
        ("naming another", signed(theirs.as_bytes()), "OtherKey"),
        ("no key id", with_envelope(|e| e["signatures"][0]["keyid"] = "".into()), "WrongKeyId"),
        (
            "a weak key id",
            with_envelope(|e| e["signatures"][0]["keyid"] = format!("01{}", "0".repeat(62)).into()),
            "WrongKeyId",
        ),
        (
            "half a signature",
            with_envelope(|e| e["signatures"][0]["sig"] = STANDARD.encode([1; 32]).into()),
            "Base64",
        ),
        (
            "base64 for addresses",
            with_envelope(|e| {
                let sig = STANDARD.decode(e["signatures"][0]["sig"].as_str().unwrap()).unwrap();
                e["signatures"][0]["sig"] = URL_SAFE.encode(sig).trim_end_matches('=').into();
            }),
            "Base64",
        ),
        (
            "unused bits",
            with_envelope(|e| {
                let sig = e["signatures"][0]["sig"].as_str().unwrap().to_owned();
                // 64 bytes end with two letters and `==`; four bits of the second are unused.
                let last = sig.as_bytes()[85] + 1;
                e["signatures"][0]["sig"] = format!("{}{}==", &sig[..85], char::from(last)).into();
            }),
            "Base64",
        ),
        (
            "base64 in lines",
            with_envelope(|e| e["payload"] = format!("{}\n", e["payload"].as_str().unwrap()).into()),
            "NotAnEnvelope",
        ),
        ("a field more", with_envelope(|e| e["note"] = "unsigned".into()), "NotAnEnvelope"),
        (
            "a field more in a signature",
            with_envelope(|e| e["signatures"][0]["note"] = "unsigned".into()),
            "NotAnEnvelope",
        ),
        ("a field twice", squeezed(good.replacen('{', "{\"payload\":\"\",", 1)), "NotAnEnvelope"),
        ("something behind", squeezed(format!("{good}{{}}")), "NotAnEnvelope"),
        ("a list", squeezed(format!("[\"{TYPE}\",\"\",[]]")), "NotAnEnvelope"),
        ("deep", squeezed("{\"payload\":".to_owned() + &"[".repeat(100_000)), "NotAnEnvelope"),
        ("deeper", squeezed("[".repeat(1 << 20)), "NotAnEnvelope"),
        ("cut", squeezed(good[..good.len() / 2].into()), "NotAnEnvelope"),
        ("not UTF-8", squeeze(b"{\"payload\":\"\xff\"}").unwrap(), "NotAnEnvelope"),
        ("nothing", squeeze(b"").unwrap(), "NotAnEnvelope"),
        ("a hidden order", with_envelope(|e| e["\u{1b}[2J\n\u{202e}"] = 1.into()), "NotAnEnvelope"),
    ] {
        let error = refused(&file);
        assert!(format!("{error:?}").starts_with(wanted), "{what}: {error:?}");
        fuzz::bundle(&file);
    }
}

#[test]
fn a_signed_payload_is_as_strictly_read() {
    let good = payload().to_string();
    let change = |pointer: &str, value: Value| {
        let mut payload = payload();
        *payload.pointer_mut(pointer).unwrap() = value;
        payload.to_string().into_bytes()
    };
    let twice = |field: &str| good.replacen(field, &format!("{field},{field}"), 1).into_bytes();
    let request = serde_json::to_value(&attempt().requests[0]).unwrap();
    let values: serde_json::Map<String, Value> = (0..65).map(|n| (format!("a{n}"), "x".into())).collect();
    for (what, payload, wanted) in [
        ("empty", vec![], "no JSON object"),
        ("a list", b"[]".to_vec(), "no JSON object"),
        ("cut", good.as_bytes()[..good.len() - 1].to_vec(), "EOF"),
        ("something behind", format!("{good} 1").into_bytes(), "trailing characters"),
        ("not UTF-8", [&good.as_bytes()[..good.len() - 1], b",\"\xff\":1}"].concat(), "unicode"),
        ("half a pair", good.replacen("scenario-2", "\\ud800", 1).into_bytes(), "surrogate|hex escape"),
        ("a field more", good.replacen('{', "{\"more\":1,", 1).into_bytes(), "unknown field"),
        (
            "a field more below",
            good.replacen("{\"at\"", "{\"more\":1,\"at\"", 1).into_bytes(),
            "unknown field",
        ),
        ("a field twice", twice("\"class\":\"0123456789abcdef\""), "duplicate field"),
        ("an optional field twice", twice("\"history\":\"kubectl get sa\\n\""), "duplicate field"),
        ("a value twice", twice("\"namespace\":\"team-a\""), "appears twice"),
        ("deep", change("/answers", "X".into()), "a list"),
        ("deeper", good.replacen("\"Anna\"", &"[".repeat(100_000), 1).into_bytes(), "invalid type"),
        ("another version", change("/schema", "satrain.dev/bundle/v9".into()), "unknown variant"),
        (
            "101 attempts",
            change("/attempts", vec![payload()["attempts"][0].clone(); 101].into()),
            "more than 100",
        ),
        (
            "101 quizzes",
            change("/answers", vec![payload()["answers"][0].clone(); 101].into()),
            "more than 100",
        ),
        ("10,001 requests", change("/attempts/0/requests", vec![request; 10_001].into()), "more than 10000"),
        ("65 values", change("/attempts/0/values", values.into()), "more than 64"),
        ("a mark below 0", change("/attempts/0/percent", (-1).into()), "invalid value"),
        ("half a mark", change("/attempts/0/percent", 0.5.into()), "invalid type"),
        ("no number", good.replacen(":75", ":NaN", 1).into_bytes(), "expected"),
        ("no time", change("/submittedAt", "yesterday".into()), "parse"),
        (
            "a key in upper case",
            good.replace(&key().public().to_string(), &key().public().to_string().to_uppercase())
                .into_bytes(),
            "64 hexadecimal",
        ),
    ] {
        let error = refused(&signed(&payload));
        let BundleError::Malformed { why } = &error else { panic!("{what}: {error:?}") };
        assert!(wanted.split('|').any(|wanted| why.contains(wanted)), "{what}: {why}");
        fuzz::bundle(&payload);
    }
}

#[test]
fn ids_and_sizes_have_bounds() {
    let long = |length: usize| Value::from("x".repeat(length));
    for (pointer, value) in [
        ("/class", "0123456789ABCDEF".into()),
        ("/class", "../../../../../x".into()),
        ("/learner", "".into()),
        ("/learner", "../anna".into()),
        ("/learner", ".anna".into()),
        ("/learner", "-rf".into()),
        ("/learner", "anna\u{1b}[2J".into()),
        ("/learner", "anna\u{202e}".into()),
        ("/learner", "anna ".into()),
        ("/learner", "an\tna".into()),
        ("/learner", "an\nna".into()),
        ("/learner", long(65)),
        ("/satrain", "0.1\u{7}".into()),
        ("/satrain", "".into()),
        ("/satrain", long(65)),
        ("/attempts/0/scenario", "Scenario-2".into()),
        ("/attempts/0/scenario", "../scenario-2".into()),
        ("/attempts/0/scenario", "-a".into()),
        ("/attempts/0/scenario", long(64)),
        ("/attempts/0/digest", "AB".repeat(32).into()),
        ("/attempts/0/digest", "ab".into()),
        ("/attempts/0/values", json!({"LD_PRELOAD": "x"})),
        ("/attempts/0/values", json!({"a": "x".repeat(1025)})),
        ("/attempts/0/values", json!({"a": "x\u{1b}"})),
        ("/attempts/0/percent", 101.into()),
        ("/attempts/0/script", long((1 << 20) + 1)),
        ("/attempts/0/history", long((1 << 20) + 1)),
        ("/attempts/0/requests/0/verb", "CREATE".into()),
        ("/attempts/0/requests/0/verb", "".into()),
        ("/attempts/0/requests/0/path", "/api?token=x".into()),
        ("/attempts/0/requests/0/path", "api".into()),
        ("/attempts/0/requests/0/path", format!("/{}", "x".repeat(2048)).into()),
        ("/attempts/0/requests/0/user", long(513)),
        ("/attempts/0/requests/0/status", 99.into()),
        ("/attempts/0/requests/0/status", 600.into()),
        ("/answers/0/quiz", "a b".into()),
        ("/answers/0/file", long((1 << 20) + 1)),
    ] {
        let mut payload = payload();
        *payload.pointer_mut(pointer).unwrap() = value.clone();
        let error = refused(&signed(payload.to_string().as_bytes()));
        let BundleError::OutOfBounds { field, .. } = &error else { panic!("{pointer} {value}: {error:?}") };
        let wanted = pointer[1..].replace("/0/", "[0].").replace('/', ".");
        assert_eq!(*field, wanted, "{error}");
        let bundle: Bundle = serde_json::from_value(payload).unwrap();
        assert_eq!(pack(&bundle, key()), Err(error), "neither read nor written");
    }
    let nothing = Bundle { attempts: vec![], answers: vec![], ..bundle() };
    assert!(matches!(nothing.check(), Err(BundleError::OutOfBounds { .. })));
    let twice = Bundle { attempts: vec![attempt(), attempt()], ..bundle() };
    assert!(matches!(twice.check(), Err(BundleError::OutOfBounds { .. })));
    for learner in ["Müller, Anna", "007", "日本語", "a b\u{200d}"] {
        assert_eq!(Bundle { learner: learner.into(), ..bundle() }.check(), Ok(()), "{learner}");
    }
    let full = Attempt { requests: vec![attempt().requests[0].clone(); 10_000], ..attempt() };
    let other = |n: usize| Attempt { scenario: format!("scenario-{n}"), ..full.clone() };
    let full = Bundle { attempts: (0..4).map(other).collect(), ..bundle() };
    assert_eq!(unpack(pack(&full, key()).unwrap().as_slice()).unwrap().bundle, full);
}

#[test]
fn a_file_of_any_size_costs_no_more_than_the_bounds() {
    let endless = unpack(std::io::repeat(0x1f)).unwrap_err();
    assert!(matches!(endless, BundleError::TooLarge { what: "compressed", mebibytes: 32 }), "{endless:?}");
    let bomb = squeeze(&vec![b' '; 65 << 20]).unwrap();
    assert!(bomb.len() < 100_000);
    let error = refused(&bomb);
    assert!(matches!(error, BundleError::TooLarge { what: "unpacked", mebibytes: 64 }), "{error:?}");
    let large = Attempt { recording: "x".repeat(49 << 20), ..attempt() };
    let error = pack(&Bundle { attempts: vec![large], ..bundle() }, key()).unwrap_err();
    assert!(matches!(error, BundleError::TooLarge { what: "unpacked", .. }), "{error:?}");
}

#[test]
fn a_fault_of_the_machine_is_told_apart() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk\nfails"))
        }
    }
    let error = unpack(Broken).unwrap_err();
    assert!(error.is_fault() && !refused(b"x").is_fault());
    assert!(error.to_string().starts_with("the bundle cannot be read: the disk fails\n"), "{error}");
}

#[test]
fn no_credential_is_packed() {
    let part = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.c2lnbmF0dXJl", part(r#"{"alg":"RS256"}"#), part(r#"{"sub":"canary"}"#));
    let text = || Some(format!("ok\nexport T={token}\n"));
    for (attempt, field) in [
        (Attempt { script: text(), ..attempt() }, "script"),
        (Attempt { history: text(), ..attempt() }, "history"),
        (Attempt { recording: format!("{{\"a\":\n\"{token}\"}}"), ..attempt() }, "recording"),
    ] {
        let error = pack(&Bundle { attempts: vec![attempt], ..bundle() }, key()).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(&format!("`attempts[0].{field}`")), "{message}");
        assert!(message.contains("a token in line 2") && !message.contains("eyJ"), "{message}");
        assert!(!format!("{error:?}").contains("eyJ"));
    }
    let request = Request { path: format!("/api/{token}"), ..attempt().requests[0].clone() };
    let request = Attempt { requests: vec![request], ..attempt() };
    assert!(pack(&Bundle { attempts: vec![request], ..bundle() }, key()).is_err());
    let answers = vec![Answers { quiz: "tokens".into(), file: token }];
    assert!(pack(&Bundle { answers, ..bundle() }, key()).is_err());
}

#[test]
fn no_bit_can_be_changed() {
    let file = pack(&bundle(), key()).unwrap();
    let mut unused = 0;
    for at in 0..file.len() * 8 {
        let mut changed = file.clone();
        changed[at / 8] ^= 1 << (at % 8);
        if let Ok(signed) = unpack(changed.as_slice()) {
            // What fills up the last byte before the sum has no meaning.
            assert_eq!((at / 8, &signed.bundle), (file.len() - 9, &bundle()), "bit {at}");
            unused += 1;
        }
    }
    assert!(unused < 8, "{unused}");
    for length in 0..file.len() {
        assert!(unpack(&file[..length]).is_err(), "the first {length} bytes");
    }
}

#[test]
fn a_kept_input_of_fuzzing_is_a_bundle() {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/bundle/whole");
    let payload = std::fs::read_to_string(kept).unwrap().replace("PUBLIC", &key().public().to_string());
    assert_eq!(unpack(signed(payload.as_bytes()).as_slice()).unwrap().bundle.learner, "anna");
}

#[test]
fn the_schema_knows_every_field() {
    let schema = schema();
    assert_eq!(schema["additionalProperties"], false);
    let fields: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    let payload = payload();
    assert_eq!(fields.len(), payload.as_object().unwrap().len());
    assert!(fields.iter().all(|field| payload.get(field.as_str()).is_some()), "{fields:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_texts_come_out_as_they_went_in(recording in any::<String>(), history in any::<Option<String>>(), user in ".{0,100}") {
        let request = Request { user, ..attempt().requests[0].clone() };
        let one = Attempt { recording, history, requests: vec![request], ..attempt() };
        let bundle = Bundle { attempts: vec![one], ..bundle() };
        match pack(&bundle, key()) {
            Ok(file) => prop_assert_eq!(unpack(file.as_slice()).unwrap().bundle, bundle),
            Err(error) => prop_assert!(matches!(error, BundleError::HoldsSecret { .. }), "{:?}", error),
        }
    }

    /// Behind the compression, whose checksum finds most changes.
    #[test]
    fn no_byte_of_the_envelope_can_be_changed(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = inflate(&pack(&bundle(), key()).unwrap(), 1 << 20).unwrap();
        let at = at.index(text.len());
        prop_assume!(text[at] != byte);
        text[at] = byte;
        prop_assert!(unpack(squeeze(&text).unwrap().as_slice()).is_err());
    }

    #[test]
    fn any_bytes_are_answered(input in prop::collection::vec(any::<u8>(), 0..300), text in "[\\[\\]{}\":,a-z0-9\\\\]{0,200}") {
        fuzz::bundle(&input);
        fuzz::bundle(text.as_bytes());
    }

    #[test]
    fn a_changed_payload_is_answered(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut payload = payload().to_string().into_bytes();
        let at = at.index(payload.len());
        payload[at] = byte;
        fuzz::bundle(&payload);
    }
}
