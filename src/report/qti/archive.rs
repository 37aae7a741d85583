//! Files as a ZIP whose bytes depend on nothing but the files: no clock, no rights of the machine that writes it.

use std::io::{Cursor, Error, Result, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::File;

/// The files, in their order.
pub(super) fn zipped(files: &[File]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // The first time that a ZIP can say.
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        zip.start_file(&*file.name, options).map_err(Error::other)?;
        zip.write_all(file.text.as_bytes())?;
    }
    Ok(zip.finish().map_err(Error::other)?.into_inner())
}
