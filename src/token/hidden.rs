//! Is there a token in a text in another spelling: backwards, in hexadecimal, in base64, compressed, with blanks in
//! between, or several of these.
//!
//! In: bytes that a container can read. Out: yes or no. Work is bounded: [`MAX_LAYERS`] spellings over one another, and
//! [`MAX_BYTES`] bytes in all. What a program makes up (a cipher, an order of pieces of its own) is not found.

use std::borrow::Cow;
use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::redact::holds_token;

/// How many spellings may lie over one another.
const MAX_LAYERS: usize = 4;

/// No token is shorter.
const SHORTEST: usize = 60;

/// How much is looked at for one text, in all its spellings.
const MAX_BYTES: usize = 16 << 20;

/// How long something compressed may become.
const MAX_INFLATED: u64 = 4 << 20;

/// How base64 is read: with padding or without, whatever the last letter's unused bits are.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Whether `bytes` are, or have in them, a token in some spelling.
pub fn hides_token(bytes: &[u8]) -> bool {
    let mut left = MAX_BYTES;
    search(bytes, MAX_LAYERS, &mut left)
}

fn search(bytes: &[u8], layers: usize, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(bytes.len()) else { return false };
    *left = rest;
    let text = String::from_utf8_lossy(bytes);
    if holds_token(&text) {
        return true;
    }
    if layers == 0 {
        return false;
    }
    if let Some(inner) = inflated(bytes) {
        return search(&inner, layers - 1, left);
    }
    if bytes.len() < SHORTEST || !is_text(bytes) {
        return false;
    }
    let squeezed: String = text.chars().filter(|c| is_of_token(*c)).collect();
    let backwards: String = squeezed.chars().rev().collect();
    if [squeezed.as_str(), &backwards, &rotated(&squeezed)].into_iter().any(has_header) {
        return true;
    }
    let reversed: String = text.chars().rev().collect();
    [text, Cow::Owned(reversed)].iter().any(|text| {
        let runs = runs(text);
        let together: String = runs.iter().map(String::as_str).collect();
        let all = (runs.len() > 1).then_some(&together);
        runs.iter().chain(all).flat_map(|run| decoded(run)).any(|inner| search(&inner, layers - 1, left))
    })
}

/// What a run of letters may stand for.
fn decoded(run: &str) -> Vec<Vec<u8>> {
    let plain: String = run
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    // Letters that stand before it move the groups of four.
    let base64 = (0..4).filter_map(|at| {
        let rest = plain.get(at..)?;
        LENIENT.decode(rest.get(..rest.len() - usize::from(rest.len() % 4 == 1))?).ok()
    });
    base64.chain(from_hex(run)).collect()
}

fn from_hex(run: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        run.chars().map(|c| Some(u8::try_from(c.to_digit(16)?).unwrap_or(0))).collect();
    Some(digits?.chunks_exact(2).map(|pair| (pair[0] << 4) | pair[1]).collect())
}

/// Long runs of the letters of base64, folded into lines or not.
fn runs(text: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    for c in text.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '-' | '_' => {
                if let Some(run) = runs.last_mut() {
                    run.push(c);
                }
            }
            '\r' | '\n' => {}
            _ if runs.last().is_some_and(String::is_empty) => {}
            _ => runs.push(String::new()),
        }
    }
    runs.retain(|run| run.len() >= SHORTEST / 4);
    runs
}

/// What gzip or zlib compressed.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let read = match bytes {
        [0x1f, 0x8b, ..] => flate2::read::GzDecoder::new(bytes).take(MAX_INFLATED).read_to_end(&mut text),
        [0x78, ..] => flate2::read::ZlibDecoder::new(bytes).take(MAX_INFLATED).read_to_end(&mut text),
        _ => return None,
    };
    // What was cut off is compressed all the same.
    (read.is_ok() || !text.is_empty()).then_some(text)
}

fn is_text(bytes: &[u8]) -> bool {
    let plain = bytes.iter().filter(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t')).count();
    plain * 20 >= bytes.len() * 19
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.=+/".contains(c)
}

/// Moved by thirteen letters.
fn rotated(text: &str) -> String {
    let turn = |c: char, first: u8| char::from((c as u8 - first + 13) % 26 + first);
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            other => other,
        })
        .collect()
}

/// Whether a JWT begins in a text from which its blanks were taken: any words may look like one then, so its header is read.
fn has_header(text: &str) -> bool {
    text.match_indices("eyJ").any(|(at, _)| {
        let head = text
            .get(at..at + 24)
            .and_then(|head| LENIENT.decode(head.replace('-', "+").replace('_', "/")).ok());
        let head = head.unwrap_or_default();
        let head = String::from_utf8_lossy(&head);
        text.len() - at >= SHORTEST
            && ["\"alg\"", "\"kid\"", "\"typ\""].iter().any(|name| head.contains(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use nix::time::{ClockId, clock_gettime};
    use std::io::Write as _;

    fn token() -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = part(r#"{"alg":"RS256","kid":"0123456789012345678901234567890123456789012"}"#);
        let claims = part(r#"{"sub":"system:serviceaccount:a:b","aud":["https://kubernetes.default.svc"]}"#);
        format!("{header}.{claims}.{}", part(&"signature".repeat(28)))
    }

    fn hex(text: &[u8]) -> String {
        text.iter().map(|b| format!("{b:02x}")).collect()
    }

    fn backwards(text: &str) -> String {
        text.chars().rev().collect()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(text).unwrap();
        gz.finish().unwrap()
    }

    #[test]
    fn a_token_is_found_in_other_spellings() {
        let token = token();
        let packed = STANDARD.encode(gzip(token.as_bytes()));
        let folded =
            packed.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "\n").collect::<String>();
        let spaced: String = token.chars().flat_map(|c| [c, ' ']).collect();
        for (how, text) in [
            ("plain", token.clone()),
            ("backwards", backwards(&token)),
            ("in a script", format!("#!/bin/sh\necho {} | rev\n", backwards(&token))),
            ("hex", hex(token.as_bytes())),
            ("upper case hex", hex(token.as_bytes()).to_uppercase()),
            ("hex, backwards", backwards(&hex(token.as_bytes()))),
            ("backwards, in base64", STANDARD.encode(backwards(&token))),
            ("base64, backwards", backwards(&STANDARD.encode(&token))),
            ("base64 without padding, after a letter", format!("x{}", URL_SAFE_NO_PAD.encode(&token))),
            ("gzip in base64", packed.clone()),
            ("gzip in base64, folded", folded),
            ("gzip in hex", hex(&gzip(token.as_bytes()))),
            ("gzip in base64, backwards", backwards(&packed)),
            ("backwards, gzip, base64", STANDARD.encode(gzip(backwards(&token).as_bytes()))),
            ("spaced", spaced),
            ("rotated", rotated(&token)),
            (
                "among words",
                format!("the value of it is {} and no other", STANDARD.encode(backwards(&token))),
            ),
        ] {
            assert!(hides_token(text.as_bytes()), "{how}");
        }
        assert!(hides_token(&gzip(token.as_bytes())));
        // As in a certificate's extension.
        let der = [&[0x30, 0x82, 0xff, 0x0c][..], token.as_bytes(), &[0xa0, 0x01]].concat();
        assert!(hides_token(STANDARD.encode(der).as_bytes()));
    }

    #[test]
    fn ordinary_texts_hide_none() {
        let certificate = STANDARD.encode((0..900u32).map(|n| (n * 7919 % 251) as u8).collect::<Vec<_>>());
        for text in [
            "",
            "they Just run it. Then they Jump over the fence. They Jot it down and go on with what they were doing.",
            "server { listen 8080; root /usr/share/nginx/html; location / { try_files $uri $uri/ =404; } }",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            &certificate,
            &STANDARD.encode(gzip("nothing of interest, ".repeat(50).as_bytes())),
        ] {
            assert!(!hides_token(text.as_bytes()), "{text}");
        }
    }

    /// Seconds of this thread's processor time that looking takes.
    fn work(text: &[u8]) -> f64 {
        let now = || std::time::Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
        let start = now();
        hides_token(text);
        (now() - start).as_secs_f64()
    }

    #[test]
    fn work_grows_with_the_length_of_the_text() {
        let plain = |times: usize| "eyJ".repeat(times).into_bytes();
        let packed = |times: usize| gzip(&vec![b'A'; times << 20]);
        for (less, more) in
            [(work(&plain(50_000)), work(&plain(200_000))), (work(&packed(1)), work(&packed(4)))]
        {
            // Four times the text: eight times the work at most, not sixteen. A look at next to nothing takes a moment.
            assert!(more < 8.0 * less + 0.5, "{less} {more}");
        }
    }
}
