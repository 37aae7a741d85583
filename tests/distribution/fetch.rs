//! Fetching from servers that misbehave, and archives that do.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use satrain::distribution::recipe::hex;
use satrain::distribution::{Distribution, Error, FetchOptions, Store, archive, fetch, unpack};
use satrain::event::Events;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::support::{Recorder, tiny_distribution};

/// What the server does with the n-th request.
#[derive(Clone, Copy)]
enum Act {
    /// Sends all that was asked for.
    Whole,
    /// Sends half of it and closes.
    Half,
    /// Sends the whole file whatever was asked for.
    IgnoreRange,
    /// Closes without a word.
    Close,
    /// Says this status.
    Status(u16),
    /// As `Half`, of another file with another ETag.
    HalfOfAnother,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves `body`; after the last act it repeats that one.
    fn start(body: Vec<u8>, acts: &'static [Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/d.tar.gz", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let request = read_request(&stream.as_ref().unwrap().try_clone().unwrap());
                seen.lock().unwrap().push(request.clone());
                let _ = answer(stream.unwrap(), &request, &body, acts[number.min(acts.len() - 1)]);
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase() + "\n").collect()
}

fn answer(mut to: TcpStream, request: &str, body: &[u8], act: Act) -> std::io::Result<()> {
    let header = |name: &str| request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let other = vec![b'x'; body.len()];
    let (body, etag) =
        if matches!(act, Act::HalfOfAnother) { (&other[..], "\"old\"") } else { (body, "\"new\"") };
    let start =
        header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let fresh = header("if-range").is_none_or(|validator| validator == etag);
    let start = start.filter(|_| fresh && !matches!(act, Act::IgnoreRange));
    match act {
        Act::Close => return Ok(()),
        Act::Status(status) => return write!(to, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n"),
        _ => {}
    }
    if start.is_some_and(|start: usize| start >= body.len()) {
        return write!(
            to,
            "HTTP/1.1 416 X\r\nContent-Range: bytes */{}\r\nContent-Length: 0\r\n\r\n",
            body.len()
        );
    }
    let part = &body[start.unwrap_or(0)..];
    match start {
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
            write!(to, "HTTP/1.1 206 X\r\nContent-Range: {range}\r\n")?;
        }
        None => write!(to, "HTTP/1.1 200 OK\r\n")?,
    }
    write!(to, "ETag: {etag}\r\nContent-Length: {}\r\n\r\n", part.len())?;
    let half = matches!(act, Act::Half | Act::HalfOfAnother);
    to.write_all(if half { &part[..part.len() / 2] } else { part })
}

pub(crate) fn options(cache: &Path, url: &str, sha256: &str) -> FetchOptions {
    FetchOptions {
        url: url.into(),
        sha256: Some(sha256.into()),
        store: Store::new(cache),
        attempts: 3,
        pause: Duration::from_millis(5),
        source: String::new(),
    }
}

/// A packed tiny distribution, made larger by bytes that do not compress.
fn packed() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    tiny_distribution(&dir.path().join("d"));
    let noise: Vec<u8> = (0..200_u32).flat_map(|n| Sha256::digest(n.to_le_bytes()).to_vec()).collect();
    fs::write(dir.path().join("d/images/blob"), noise).unwrap();
    let distribution = Distribution::open(&dir.path().join("d")).unwrap();
    let packed =
        archive::pack(&distribution, dir.path(), &Events::silent(), &CancellationToken::new()).unwrap();
    fs::read(packed.archive).unwrap()
}

fn sum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Fetches the packed distribution from a server that acts so.
fn fetch_from(acts: &'static [Act]) -> (Result<(), Error>, Server, Recorder) {
    let body = packed();
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(body.clone(), acts);
    let recorder = Recorder::default();
    let options = options(dir.path(), &server.url, &sum(&body));
    let result = fetch::fetch(&options, &recorder.events(), &CancellationToken::new());
    if result.is_ok() {
        assert_eq!(fs::read_dir(options.store.downloads()).unwrap().count(), 0, "the download is deleted");
    }
    (result.map(|_| ()), server, recorder)
}

#[test]
fn a_broken_connection_goes_on_where_it_broke() {
    let (result, server, _) = fetch_from(&[Act::Half, Act::Half, Act::Close, Act::Whole]);
    result.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(!requests[0].contains("range:"));
    assert!(
        requests[3].contains("range: bytes=") && requests[3].contains("if-range: \"new\""),
        "{requests:?}"
    );
}

#[test]
fn a_server_without_ranges_starts_over() {
    fetch_from(&[Act::Half, Act::IgnoreRange]).0.unwrap();
}

#[test]
fn a_file_that_changed_meanwhile_is_not_pieced_together() {
    let (result, server, _) = fetch_from(&[Act::HalfOfAnother, Act::Whole]);
    result.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_missing_file_is_not_asked_for_twice() {
    let (result, server, _) = fetch_from(&[Act::Status(404)]);
    let text = result.unwrap_err().to_string();
    assert!(text.contains("404") && text.contains("check the address"), "{text}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_sick_server_is_asked_a_few_times() {
    fetch_from(&[Act::Status(500), Act::Status(503), Act::Whole]).0.unwrap();
    let (result, server, recorder) = fetch_from(&[Act::Status(500)]);
    assert!(result.unwrap_err().to_string().contains("(3 attempts)"));
    assert_eq!(server.requests().len(), 3);
    assert!(recorder.text().contains("trying again in"));
}

#[test]
fn a_fetch_that_gave_up_goes_on_in_the_next_process() {
    let body = packed();
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(body.clone(), &[Act::Half, Act::Close, Act::Close, Act::Whole]);
    let mut options = options(dir.path(), &server.url, &sum(&body));
    options.attempts = 3;
    assert!(fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).is_err());
    fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).unwrap();
    let requests = server.requests();
    assert!(requests[3].contains(&format!("range: bytes={}-", body.len() / 2)), "{requests:?}");
}

#[test]
fn a_wrong_sum_installs_nothing_and_keeps_nothing() {
    let body = packed();
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(body, &[Act::Whole]);
    let options = options(dir.path(), &server.url, &"0".repeat(64));
    let error = fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).unwrap_err();
    assert!(matches!(error, Error::WrongSum { .. }), "{error}");
    assert_eq!(fs::read_dir(options.store.downloads()).unwrap().count(), 0);
    assert!(!options.store.path(&"0".repeat(32)).exists());
}

#[test]
fn nothing_is_fetched_without_a_sum() {
    let dir = tempfile::tempdir().unwrap();
    for sha256 in [None, Some("abc".to_owned()), Some("g".repeat(64))] {
        let options = FetchOptions { sha256, ..options(dir.path(), "http://127.0.0.1:1/x", "") };
        let error = fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).unwrap_err();
        assert!(matches!(error, Error::NoSum { .. }), "{error}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    drop(listener);
    let options = options(dir.path(), &url, &"0".repeat(64));
    let error = fetch::fetch(&options, &Events::silent(), &CancellationToken::new()).unwrap_err();
    assert!(error.to_string().contains(&url), "{error}");
}

/// Name, type, link target, content.
type Entry<'a> = (&'a str, u8, &'a str, &'a [u8]);

/// An archive with hand-made entries.
fn evil(entries: &[Entry<'_>]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, kind, target, content) in entries {
        let mut header = tar::Header::new_ustar();
        // Raw bytes: the library itself would refuse to write such names.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn evil_archives_touch_nothing_outside() {
    let cases: &[(&str, &[Entry<'_>])] = &[
        ("parent", &[("distribution/../../evil", b'0', "", b"x")]),
        ("absolute", &[("/evil", b'0', "", b"x")]),
        ("elsewhere", &[("evil", b'0', "", b"x")]),
        ("link out", &[("distribution/l", b'2', "../../evil", b"")]),
        ("absolute link", &[("distribution/l", b'2', "/etc", b"")]),
        ("hard link", &[("distribution/l", b'1', "distribution/x", b"")]),
        ("device", &[("distribution/l", b'3', "", b"")]),
        ("fifo", &[("distribution/l", b'6', "", b"")]),
        ("through a link", &[("distribution/l", b'2', "d", b""), ("distribution/l/evil", b'0', "", b"x")]),
        ("over a link", &[("distribution/l", b'2', "d", b""), ("distribution/l", b'0', "", b"x")]),
        ("twice", &[("distribution/a", b'0', "", b"x"), ("distribution/a", b'0', "", b"y")]),
    ];
    for (what, entries) in cases {
        let dir = tempfile::tempdir().unwrap();
        let (file, target) = (dir.path().join("a.tar.gz"), dir.path().join("in/here"));
        fs::create_dir_all(&target).unwrap();
        fs::write(&file, evil(entries)).unwrap();
        let result = unpack::unpack(&file, &target, 1 << 20, &CancellationToken::new());
        assert!(result.is_err(), "{what}");
        assert!(!dir.path().join("evil").exists() && !dir.path().join("in/evil").exists(), "{what}");
    }
}

#[test]
fn a_bomb_and_a_torn_archive_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.tar.gz");
    let target = dir.path().join("t");
    let zeros = vec![0; 1 << 20];
    let bytes = evil(&[("distribution/zeros", b'0', "", &zeros)]);
    for (what, bytes, limit) in [("bomb", &bytes[..], 1 << 16), ("torn", &bytes[..bytes.len() / 2], 1 << 30)]
    {
        fs::create_dir_all(&target).unwrap();
        fs::write(&file, bytes).unwrap();
        let error = unpack::unpack(&file, &target, limit, &CancellationToken::new()).unwrap_err();
        assert!(matches!(error, Error::Archive { .. }), "{what}: {error}");
        fs::remove_dir_all(&target).unwrap();
    }
}
