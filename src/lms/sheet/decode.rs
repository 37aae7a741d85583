//! How a table's bytes are text: UTF-8, or a Windows code page where a spreadsheet saved it.

use super::SheetError;

/// How bytes are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8.
    Utf8,
    /// One byte a character.
    Latin1,
}

impl Encoding {
    /// The encoding of a file, and where its text starts behind a byte order mark.
    pub(super) fn of(bytes: &[u8]) -> Result<(Self, usize), SheetError> {
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(SheetError::Utf16);
        }
        if bytes.contains(&0) {
            // UTF-16 without a mark has a zero in every other byte.
            let zeros = bytes.iter().filter(|byte| **byte == 0).count();
            return Err(if zeros * 3 > bytes.len() { SheetError::Utf16 } else { SheetError::NotText });
        }
        let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let encoding = if std::str::from_utf8(bytes).is_ok() { Self::Utf8 } else { Self::Latin1 };
        Ok((encoding, start))
    }

    /// Bytes as text.
    pub(super) fn text(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    }

    /// Text as bytes; a character that the file's encoding has not becomes a question mark.
    pub(super) fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        }
    }
}
