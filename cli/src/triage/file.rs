//! Where a page is written to: a file that appears whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use same_file::Handle;
use tempfile::NamedTempFile;

use crate::args::file_name;
use crate::error::CliError;

/// Refuses to replace the input of the report, or anything but a regular file: a link leads elsewhere, and a device or a
/// folder is not meant to be replaced.
pub(super) fn check(path: &Path, input: Option<&Path>) -> Result<(), CliError> {
    let refused = |reason| Err(CliError::Target(path.to_owned(), reason));
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => return refused("is a link"),
        Ok(metadata) if !metadata.is_file() => return refused("is not a regular file"),
        Ok(_) => {}
        // The write reports anything but a missing file.
        Err(_) => return Ok(()),
    }
    let input = match input {
        None => return Ok(()),
        Some(input) if input == Path::new("-") => Handle::stdin(),
        // To open and close a named pipe would take it away from its writer.
        Some(input) if !input.is_file() => return Ok(()),
        Some(input) => Handle::from_path(input),
    };
    match (input, Handle::from_path(path)) {
        (Ok(input), Ok(target)) if input == target => refused("is the input"),
        _ => Ok(()),
    }
}

/// Writes a new file beside the path, which only this user can read, and then renames it. If that fails, what was there
/// before stays.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    check(path, None)?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let written = NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    });
    written.map_err(|error| {
        let message = format!("{}: {error}", file_name(path));
        CliError::Output(io::Error::new(error.kind(), message))
    })
}
