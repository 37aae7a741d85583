//! Downloads a file over HTTP, over as many connections as it takes.
//!
//! In: [`FetchOptions`] and the [`Partial`] file. Out: the complete file, not yet checked. A broken connection
//! goes on where it broke (Range, If-Range); a server that ignores that starts over. Never sends credentials.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use ureq::http::{HeaderMap, StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy};

use super::FetchOptions;
use super::partial::Partial;
use crate::distribution::error::{Error, Result, source};
use crate::distribution::unpack::MAX_BYTES;
use crate::event::{Event, Events};
use crate::plural::counted;
use crate::proxy;

const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A connection that brings nothing for this long is broken.
const SILENCE: Duration = Duration::from_secs(30);

/// How one attempt ended without the whole file.
enum Trouble {
    /// Worth another attempt; a clause.
    Again(String),
    /// Not worth one.
    Never(Error),
}

/// Completes `partial`; true when its end was appended to an earlier part.
///
/// # Errors
/// [`Error::Download`] when the server says no, or after too many attempts in a row brought nothing;
/// [`Error::Cancelled`].
pub fn download(
    options: &FetchOptions,
    partial: &Partial,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<bool> {
    events.step(format!("Downloading {}", source(&options.url)));
    let agent = agent(&options.url);
    let mut failures = 0;
    loop {
        let before = partial.len();
        let outcome = attempt(&agent, options, partial, events, cancel);
        match outcome {
            Ok(resumed) => {
                events.done(format!("{} MB", partial.len() / 1_000_000));
                return Ok(resumed);
            }
            Err(Trouble::Never(error)) => return Err(error),
            Err(Trouble::Again(why)) => {
                let progressed = partial.len() > before;
                failures = if progressed { 1 } else { failures + 1 };
                if failures >= options.attempts {
                    let tried = counted(failures, "attempt");
                    let why = format!("{why} ({tried})\nTry again later: it goes on where it stopped.");
                    return Err(Error::Download { url: options.url.clone(), why });
                }
                let pause = (options.pause * 2_u32.saturating_pow(failures - 1)).min(LONGEST_PAUSE);
                events.note(format!("{why}; trying again in {:.1} s", pause.as_secs_f64()));
                sleep(pause, cancel)?;
            }
        }
    }
}

/// An agent that goes by the user's proxies, except to this machine.
fn agent(url: &str) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let here = url.parse().is_ok_and(|url: http::Uri| url.host().is_some_and(proxy::is_loopback));
    Agent::config_builder()
        .proxy(if here { None } else { Proxy::try_from_env() })
        .tls_config(tls)
        .http_status_as_error(false)
        .user_agent(concat!("satrain/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity") // ranges count the bytes of the file itself
        .timeout_connect(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .build()
        .new_agent()
}

/// One request; true when it went on from what was there.
fn attempt(
    agent: &Agent,
    options: &FetchOptions,
    partial: &Partial,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<bool, Trouble> {
    let offset = partial.len();
    let mut request = agent.get(&options.url);
    if offset > 0 {
        request = request.header(header::RANGE, format!("bytes={offset}-"));
        if let Some(validator) = partial.validator() {
            request = request.header(header::IF_RANGE, validator);
        }
    }
    let response = request.call().map_err(|error| Trouble::Again(error.to_string()))?;
    let refuse = |why: String| Trouble::Never(Error::Download { url: options.url.clone(), why });
    let headers = response.headers();
    let (resumed, total) = match response.status() {
        StatusCode::OK => {
            partial.restart(validator(headers)).map_err(Trouble::Never)?;
            (false, number(headers.get(header::CONTENT_LENGTH)))
        }
        StatusCode::PARTIAL_CONTENT => match content_range(headers) {
            Some((start, total)) if start == offset => (true, total),
            _ => {
                partial.restart(None).map_err(Trouble::Never)?;
                return Err(Trouble::Again("the server sent a different range than requested".into()));
            }
        },
        StatusCode::RANGE_NOT_SATISFIABLE if offset > 0 => {
            if content_range(headers).is_some_and(|(_, total)| total == Some(offset)) {
                return Ok(true); // it was complete; the sum decides
            }
            partial.restart(None).map_err(Trouble::Never)?;
            return Err(Trouble::Again("the file has changed on the server".into()));
        }
        status if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) => {
            return Err(Trouble::Again(format!("the server says {status}")));
        }
        status => {
            return Err(refuse(format!(
                "the server says {status}\nMost likely the URL is wrong: check the address."
            )));
        }
    };
    if total.is_some_and(|total| total > MAX_BYTES) {
        return Err(refuse("the file is far larger than any distribution".into()));
    }
    copy(response.into_body(), partial, total, events, cancel)?;
    match total {
        Some(total) if partial.len() < total => {
            Err(Trouble::Again(format!("the connection broke after {} of {total} bytes", partial.len())))
        }
        _ => Ok(resumed),
    }
}

fn copy(
    body: Body,
    partial: &Partial,
    total: Option<u64>,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<(), Trouble> {
    let write_error = |error| Trouble::Never(Error::io("write", partial.path())(error));
    let mut file = OpenOptions::new().append(true).open(partial.path()).map_err(write_error)?;
    let mut reader = body.into_reader();
    let mut buffer = vec![0; 1 << 17];
    let mut done = partial.len();
    let mut told = Instant::now();
    loop {
        if cancel.is_cancelled() {
            return Err(Trouble::Never(Error::Cancelled));
        }
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) => return Err(Trouble::Again(format!("the connection broke: {error}"))),
        };
        file.write_all(&buffer[..read]).map_err(write_error)?;
        done += read as u64;
        if done > MAX_BYTES {
            let why = std::io::Error::other("far larger than any distribution");
            return Err(write_error(why));
        }
        if told.elapsed() > Duration::from_millis(100) {
            told = Instant::now();
            let (done, total) = (done / 1_000_000, total.unwrap_or(0) / 1_000_000);
            events.emit(Event::Progress { done, total, unit: "MB", detail: String::new() });
        }
    }
}

/// A strong ETag, else the date: a weak ETag must not be used for ranges.
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    text(header::ETAG).filter(|etag| !etag.starts_with("W/")).or_else(|| text(header::LAST_MODIFIED))
}

fn number(value: Option<&header::HeaderValue>) -> Option<u64> {
    value?.to_str().ok()?.trim().parse().ok()
}

/// `bytes 5-9/10` and `bytes */10` as (first byte, length of the whole).
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, total) = value.split_once('/')?;
    let start = range.split_once('-').map_or(Some(0), |(start, _)| start.trim().parse().ok())?;
    Some((start, total.trim().parse().ok()))
}

fn sleep(pause: Duration, cancel: &CancellationToken) -> Result<()> {
    let until = Instant::now() + pause;
    while Instant::now() < until {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        std::thread::sleep(pause.min(Duration::from_millis(50)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, header::HeaderValue::from_static(value))])
    }

    #[test]
    fn ranges_are_read() {
        for (text, expected) in [
            ("bytes 5-9/10", Some((5, Some(10)))),
            ("bytes 5-9/*", Some((5, None))),
            ("bytes */10", Some((0, Some(10)))),
            ("lines 1-2/3", None),
            ("bytes x-2/3", None),
        ] {
            assert_eq!(content_range(&headers(header::CONTENT_RANGE, text)), expected, "{text}");
        }
    }

    #[test]
    fn a_weak_etag_is_no_validator() {
        assert_eq!(validator(&headers(header::ETAG, "\"a\"")).as_deref(), Some("\"a\""));
        assert_eq!(validator(&headers(header::ETAG, "W/\"a\"")), None);
    }
}
