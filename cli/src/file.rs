//! Writes a file atomically.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use same_file::Handle;
use tempfile::NamedTempFile;

use crate::error::CliError;
use crate::userinfo::file_name;

/// Returns an error if the path is one of the inputs, or anything but a regular file: a link
/// leads elsewhere, and a device or folder must not be replaced.
pub(crate) fn check<'a>(path: &Path, inputs: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), CliError> {
    let refused = |reason| Err(CliError::Target(path.to_owned(), reason));
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => return refused("is a link"),
        Ok(metadata) if !metadata.is_file() => return refused("is not a regular file"),
        Ok(_) => {}
        // A missing file is fine; writing reports any other error.
        Err(_) => return Ok(()),
    }
    let is_target = |input: &PathBuf| {
        let input = match input {
            input if input == Path::new("-") => Handle::stdin(),
            // Opening and closing a named pipe would disconnect its writer.
            input if !input.is_file() => return false,
            input => Handle::from_path(input),
        };
        matches!((input, Handle::from_path(path)), (Ok(input), Ok(target)) if input == target)
    };
    if inputs.into_iter().any(is_target) { refused("is an input") } else { Ok(()) }
}

/// Writes a new file in the same folder, readable only by this user, and renames it to the path. If
/// that fails, the previous file is unchanged.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    check(path, &[])?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let result = NamedTempFile::new_in(folder).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    });
    result.map_err(|error| {
        // The error of `tempfile` ends with the name of the temporary file, which does not help the
        // user.
        let reason = error.to_string();
        let reason = reason.split_once(" at path ").map_or(reason.as_str(), |(reason, _)| reason);
        let message = format!("{}: {reason}", file_name(path));
        CliError::Output(io::Error::new(error.kind(), message))
    })
}
