//! Standard output that is a file, such as an archive to which each run appends.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};

use crate::error::CliError;
use crate::terminal::print;

/// Ends the last line of the file, if it is cut off because the disk was full or the power was
/// lost. The first record would continue that line.
pub(crate) fn end_cut_off_line() -> Result<(), CliError> {
    if is_cut_off() { print("\n") } else { Ok(()) }
}

/// Returns whether the last line has no end. It can be read on Linux only, where this path opens
/// the file itself.
fn is_cut_off() -> bool {
    const STDOUT: &str = "/proc/self/fd/1";
    let last_byte = || {
        let mut file = File::open(STDOUT).ok()?;
        let mut last = [0];
        file.seek(SeekFrom::End(-1)).ok()?;
        file.read_exact(&mut last).ok()?;
        Some(last)
    };
    // Opening a pipe could block, and reading it would take its data.
    fs::metadata(STDOUT).is_ok_and(|output| output.is_file())
        && last_byte().is_some_and(|last| last != *b"\n")
}

/// Waits until the file is on the disk, so that no power failure takes sessions that a state counts
/// as printed.
pub(crate) fn sync() -> Result<(), CliError> {
    match sync_file() {
        // The file system has nothing to wait for.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        result => result.map_err(CliError::Output),
    }
}

#[cfg(unix)]
fn sync_file() -> io::Result<()> {
    let output = File::from(std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?);
    if output.metadata()?.is_file() { output.sync_data() } else { Ok(()) }
}

#[cfg(not(unix))]
fn sync_file() -> io::Result<()> {
    Ok(())
}
