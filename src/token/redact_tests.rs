use super::*;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn jwt(payload: &str) -> String {
    format!(
        "{}.{}.c2lnbmF0dXJl",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode(payload)
    )
}

#[test]
fn a_placeholder_that_somebody_wrote_is_no_token_that_was_taken_out() {
    for text in ["Authorization: Bearer <token of the Pod>", "<token >", "<token sub=me>", "<TOKEN sha256:a>"]
    {
        assert!(!is_labelled(text), "{text}");
    }
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhPmIifQ.c2lnbmF0dXJl";
    for text in [jwt.to_owned(), format!("export T={jwt}; run")] {
        assert!(is_labelled(&redact(&text)), "{}", redact(&text));
    }
}

#[test]
fn a_token_in_text_is_replaced_by_its_claims() {
    let token = jwt(r#"{"sub":"system:serviceaccount:a:b","aud":["x"],"exp":99}"#);
    let clean = redact(&format!("Bearer {token}\nnext")).into_owned();
    assert!(clean.starts_with("Bearer <token sub=system:serviceaccount:a:b aud=x exp=99 sha256:"), "{clean}");
    assert!(clean.ends_with(">\nnext") && !clean.contains("eyJ"), "{clean}");
}

#[test]
fn broken_unsigned_and_encoded_tokens_go_too() {
    let token = jwt(r#"{"sub":"a"}"#);
    let unsigned = token.rsplit_once('.').map(|(head, _)| format!("{head}.")).unwrap();
    for leak in [unsigned.clone(), unsigned.trim_end_matches('.').to_owned(), STANDARD.encode(&token)] {
        let clean = redact(&leak).into_owned();
        assert!(clean.starts_with("<token") && !clean.contains("eyJ"), "{leak} -> {clean}");
    }
}

#[test]
fn a_token_hidden_in_a_claim_does_not_come_out() {
    let inner = jwt(r#"{"sub":"a"}"#);
    let clean = redact(&jwt(&format!(r#"{{"sub":"{inner}"}}"#))).into_owned();
    assert!(!clean.contains("eyJ"), "{clean}");
}

#[test]
fn ordinary_text_is_untouched() {
    for text in ["", "hello", "a.b.c", "https://kubernetes.default.svc", "eyJ"] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn json_is_searched_in_depth_and_in_keys() {
    let token = jwt(r#"{"sub":"a"}"#);
    let mut value = serde_json::json!({"a": [{"b": token}], (token.clone()): 1});
    redact_json(&mut value);
    assert!(!value.to_string().contains("eyJ"), "{value}");
}

fn long_jwt() -> String {
    let signature: String = (0..342).map(|i| char::from(b'a' + u8::try_from(i * 7 % 26).unwrap())).collect();
    let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(43)));
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"sub":"a","jti":"{}"}}"#, "x".repeat(500)));
    format!("{header}.{payload}.{signature}")
}

fn folded(text: &str, width: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(width).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// Every piece of 12 letters of the token that a text still holds.
fn left(text: &str, token: &str) -> Vec<String> {
    let letters: Vec<char> = token.chars().collect();
    letters.windows(12).map(|w| w.iter().collect::<String>()).filter(|piece| text.contains(piece)).collect()
}

#[test]
fn a_token_folded_into_lines_goes_whole() {
    let token = long_jwt();
    for width in [64, 76, 80, 100, 120, 200] {
        for secret in [token.clone(), STANDARD.encode(&token)] {
            let text = format!("it is\n{}\n\nand more", folded(&secret, width));
            let clean = redact(&text).into_owned();
            assert_eq!(left(&clean, &secret), Vec::<String>::new(), "{width}: {clean}");
            assert!(clean.starts_with("it is\n<token") && clean.ends_with("\n\nand more"), "{clean}");
        }
    }
}

#[test]
fn a_token_cut_off_anywhere_leaves_no_piece_of_its_signature() {
    let token = long_jwt();
    let signature = token.rsplit('.').next().unwrap();
    for length in (0..token.len()).step_by(7) {
        let clean = redact(&token[..length]).into_owned();
        assert_eq!(left(&clean, signature), Vec::<String>::new(), "{length}");
    }
}

#[test]
fn lines_after_a_token_stay() {
    let token = jwt(r#"{"sub":"a"}"#);
    let clean = redact(&format!("{token}\ndone\n")).into_owned();
    assert!(clean.ends_with(">\ndone\n"), "{clean}");
}

#[test]
fn private_keys_go_whole_cut_or_encoded_and_certificates_stay() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQDhunter2hunter\n";
    for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
        let key = format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}-----END {kind}PRIVATE KEY-----\n");
        let cut = &key[..key.len() - 40];
        let (one_line, lines) = (STANDARD.encode(&key), folded(&STANDARD.encode(&key), 76));
        for secret in [key.as_str(), cut, &one_line, &lines] {
            let clean = redact(&format!("key: {secret}")).into_owned();
            assert!(clean.starts_with("key: <private key sha256:"), "{clean}");
            assert_eq!(left(&clean, body), Vec::<String>::new(), "{clean}");
            assert_eq!(left(&clean, &one_line), Vec::<String>::new(), "{clean}");
        }
    }
    let certificate = format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n");
    for public in [certificate.clone(), STANDARD.encode(&certificate)] {
        assert_eq!(redact(&public), public);
    }
}

#[test]
fn tokens_one_after_another_leave_no_piece_between_them() {
    let token = long_jwt();
    let (header, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    for second in [&token, &token[..700], &token[..60]] {
        let clean = redact(&format!("{}\n{second}", folded(&token, 80))).into_owned();
        assert!(!clean.contains("eyJ"), "{clean}");
        assert_eq!(left(&clean, signature), Vec::<String>::new(), "{clean}");
    }
    for alone in [header, payload] {
        let clean = redact(alone).into_owned();
        assert!(clean.starts_with("<encoded JSON sha256:") && !clean.contains("<token"), "{clean}");
    }
}

#[test]
fn the_end_of_a_private_key_goes_too() {
    let text = "the last lines:\nBKcwggSjAgEAAoIBAQDhunter2hunter\nAbc=\n-----END PRIVATE KEY-----\nmore";
    let clean = redact(text).into_owned();
    assert!(
        clean.starts_with("the last lines:\n<private key sha256:") && clean.ends_with(">\nmore"),
        "{clean}"
    );
}

#[test]
fn a_key_with_a_broken_marker_is_taken_out_with_its_lines() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    for text in [
        format!("before\n{body}\n-----E\u{fffd}ND RSA PRIVATE KEY-----\nafter"),
        format!("before\n-----BEG\u{fffd}IN PRIVATE KEY-----\n{body}\nafter"),
    ] {
        let clean = redact(&text);
        assert!(!clean.contains("MIIE") && !clean.contains("PRIVATE KEY-----"), "{clean}");
        assert!(clean.starts_with("before\n") && clean.ends_with("\nafter"), "{clean}");
    }
}
