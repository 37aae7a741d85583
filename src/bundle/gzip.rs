//! The compression of a bundle: one gzip member (RFC 1952) whose header says nothing, and nothing behind it.

use std::io::{self, Read, Write};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};

use super::error::BundleError;

/// The header of every bundle: deflate, no flags, no time, no name; hard compressed, on no system in particular. Whatever else could
/// stand there is not signed.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff];

/// How much is unpacked at once.
const STEP: usize = 64 << 10;

/// Compresses `bytes`; the same each time.
pub(super) fn squeeze(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = GzBuilder::new().mtime(0).operating_system(0xff).write(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}

/// Unpacks `file`, at most `most` bytes; not one more is ever held.
pub(super) fn inflate(file: &[u8], most: usize) -> Result<Vec<u8>, BundleError> {
    if !file.starts_with(&HEADER) {
        return Err(match file {
            [] => BundleError::Empty,
            [0x1f, 0x8b, ..] if file.len() >= HEADER.len() => BundleError::OtherHeader,
            _ if HEADER.starts_with(file) => BundleError::Truncated,
            _ => BundleError::NotGzip,
        });
    }
    let mut unpacker = GzDecoder::new(file);
    let mut bytes = Vec::new();
    let mut step = vec![0; STEP];
    loop {
        let read = match unpacker.read(&mut step) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Err(BundleError::Truncated),
            Err(_) => return Err(BundleError::Damaged),
        };
        let length = bytes.len() + read;
        if length > most {
            return Err(BundleError::TooLarge { what: "unpacked", mebibytes: most >> 20 });
        }
        if length > bytes.capacity() {
            let capacity = (2 * bytes.capacity()).clamp(length, most);
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(step.get(..read).unwrap_or_default());
    }
    match unpacker.into_inner() {
        [] => Ok(bytes),
        _ => Err(BundleError::More),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_always_the_same() {
        let text = b"{\"a\":1}".repeat(1000);
        let file = squeeze(&text).unwrap();
        assert_eq!(file, squeeze(&text).unwrap());
        assert!(file.starts_with(&HEADER), "{:?}", &file[..10]);
        assert_eq!(inflate(&file, text.len()).unwrap(), text);
        let at_once = inflate(&squeeze(b"").unwrap(), 0).unwrap();
        assert!(at_once.is_empty());
    }

    #[test]
    fn a_bomb_stops_at_the_bound() {
        let most = 3 << 20;
        let file = squeeze(&vec![b' '; 200 << 20]).unwrap();
        assert!(file.len() < 1 << 20);
        let error = inflate(&file, most).unwrap_err();
        assert!(matches!(error, BundleError::TooLarge { mebibytes: 3, .. }), "{error:?}");
        let whole = inflate(&squeeze(&vec![b' '; most]).unwrap(), most).unwrap();
        assert_eq!((whole.len(), whole.capacity()), (most, most));
    }

    #[test]
    fn only_one_member_with_the_one_header_is_read() {
        let file = squeeze(b"text").unwrap();
        let named = GzBuilder::new().filename("../../x").write(Vec::new(), Compression::best());
        let named = named.finish().unwrap();
        let mut sum = file.clone();
        let at = sum.len() - 5;
        sum[at] ^= 1;
        for (what, file, wanted) in [
            ("empty", vec![], "Empty"),
            ("text", b"#!/bin/bash\n".to_vec(), "NotGzip"),
            ("a zip archive", b"PK\x03\x04 and so on".to_vec(), "NotGzip"),
            ("half a header", file[..5].to_vec(), "Truncated"),
            ("a header alone", file[..10].to_vec(), "Truncated"),
            ("no sum", file[..file.len() - 8].to_vec(), "Truncated"),
            ("a cut sum", file[..file.len() - 1].to_vec(), "Truncated"),
            ("another sum", sum, "Damaged"),
            ("a name", named, "OtherHeader"),
            ("two members", [file.clone(), file.clone()].concat(), "More"),
            ("zeros behind", [file.clone(), vec![0]].concat(), "More"),
        ] {
            let error = inflate(&file, 1000).unwrap_err();
            assert_eq!(format!("{error:?}"), wanted, "{what}");
        }
    }
}
