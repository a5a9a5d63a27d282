//! The file of `list --state`: where the next run continues.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use brightdata_sessions::HistoryCursor;
use serde::Deserialize;
use serde_json::json;

use crate::error::CliError;
use crate::file;

/// The state of a list that several runs print. Only one run at a time can have it.
pub(super) struct State {
    path: PathBuf,
    /// The filters of the list, as a query. The cursor is valid for them only.
    filters: String,
    /// Locked until this is dropped or the program ends in any way.
    _lock: File,
}

/// The content of the file. A member of a later version could change the meaning of the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    filters: String,
    cursor: HistoryCursor,
}

impl State {
    /// Locks the state, and reads the cursor of the last run. It is `None` in the first run.
    pub(super) fn open(path: &Path, filters: String) -> Result<(Self, Option<HistoryCursor>), CliError> {
        file::check(path, [])?;
        let _lock = lock(path)?;
        let state = Self { path: path.to_owned(), filters, _lock };
        let cursor = match fs::read_to_string(path) {
            Ok(text) => Some(state.parse(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(state.unreadable(error)),
        };
        Ok((state, cursor))
    }

    /// Replaces the file. If that fails, the previous one is unchanged.
    pub(super) fn save(&self, cursor: &HistoryCursor) -> Result<(), CliError> {
        file::write(&self.path, &format!("{}\n", json!({ "filters": self.filters, "cursor": cursor })))
    }

    fn parse(&self, text: &str) -> Result<HistoryCursor, CliError> {
        let invalid = |reason: &str| {
            self.unreadable(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not a state of `list --state`: {reason}"),
            ))
        };
        let saved: Saved = serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
        if saved.filters == self.filters {
            Ok(saved.cursor)
        } else {
            Err(CliError::Target(self.path.clone(), "is the state of a list with other filters"))
        }
    }

    fn unreadable(&self, error: io::Error) -> CliError {
        CliError::File(self.path.clone(), error)
    }
}

/// Locks the state. The lock is a file of its own, because each run replaces the state.
fn lock(path: &Path) -> Result<File, CliError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = File::options().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| CliError::File(name.clone(), error))?;
    // Not as a method, because `File` has one of this name in later versions of Rust.
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => {
            Err(CliError::Target(path.to_owned(), "is in use by another run"))
        }
        Err(fs4::TryLockError::Error(error)) => Err(CliError::File(name, error)),
    }
}
