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
    list: List,
    is_bound: bool,
    /// Locked until this is dropped or the program ends in any way.
    _lock: File,
}

/// The list that a cursor is valid for. With another one, a run would skip sessions silently.
pub(super) struct List {
    pub(super) base_url: String,
    /// The filters, as a query.
    pub(super) filters: String,
    /// The [`fingerprint`] of the key.
    pub(super) key: String,
}

/// The content of the file. A member of a later version could change the meaning of the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// `None` in a state of an earlier version.
    base_url: Option<String>,
    key: Option<String>,
    filters: String,
    cursor: HistoryCursor,
}

/// Returns 32 bits that distinguish a key from others (FNV-1a).
///
/// Nothing in the API names the account of a key. The fingerprint therefore changes when a key is
/// rotated, and the user has to confirm that the account is the same. It cannot be reversed: a key
/// has at least 122 random bits, and 32 bits of anything leave at least 90 of them unknown.
pub(super) fn fingerprint(key: &[u8]) -> String {
    let hash =
        key.iter().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

impl State {
    /// Locks the state, and reads the cursor of the last run. It is `None` in the first run.
    /// `is_new_key` is whether the key may be another one than that of the last run.
    pub(super) fn open(
        path: &Path,
        list: List,
        is_new_key: bool,
    ) -> Result<(Self, Option<HistoryCursor>), CliError> {
        file::check(path, [])?;
        let _lock = lock(path)?;
        let mut state = Self { path: path.to_owned(), list, is_bound: false, _lock };
        let cursor = match fs::read_to_string(path) {
            Ok(text) => Some(state.parse(&text, is_new_key)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(state.unreadable(error)),
        };
        Ok((state, cursor))
    }

    /// Returns whether the file has the base URL and the key of this run.
    pub(super) fn is_bound(&self) -> bool {
        self.is_bound
    }

    /// Replaces the file. If that fails, the previous one is unchanged.
    pub(super) fn save(&self, cursor: &HistoryCursor) -> Result<(), CliError> {
        let List { base_url, filters, key } = &self.list;
        let state = json!({ "base_url": base_url, "key": key, "filters": filters, "cursor": cursor });
        file::write(&self.path, &format!("{state}\n"))
    }

    fn parse(&mut self, text: &str, is_new_key: bool) -> Result<HistoryCursor, CliError> {
        let invalid = |reason: &str| {
            self.unreadable(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not a state of `list --state`: {reason}"),
            ))
        };
        let saved: Saved = serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
        let refused = |reason| Err(CliError::Target(self.path.clone(), reason));
        if saved.filters != self.list.filters {
            return refused("is the state of a list with other filters");
        }
        if saved.base_url.as_ref().is_some_and(|base_url| *base_url != self.list.base_url) {
            return refused("is the state of a list at another base URL");
        }
        if !is_new_key && saved.key.as_ref().is_some_and(|key| *key != self.list.key) {
            return refused(
                "is the state of a list with another key: add --new-key once if both keys are of the same \
                 account, or use another file",
            );
        }
        self.is_bound = saved.base_url.is_some() && saved.key.as_ref() == Some(&self.list.key);
        Ok(saved.cursor)
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
