//! Keys in files.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde_json::Value;

use super::without_line_breaks;

/// The maximum size of a file with a key, in bytes. A key has at most 4096.
const MAX_SIZE: u64 = 64 << 10;

/// The reason why a file has no key. It does not repeat the content.
#[derive(Debug)]
pub(crate) enum FileProblem {
    Unreadable(io::Error),
    Content(&'static str),
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot read the file: {error}"),
            Self::Content(reason) => f.write_str(reason),
        }
    }
}

/// Reads a file that contains a key alone.
pub(super) fn key(path: &Path) -> Result<String, FileProblem> {
    let key = without_line_breaks(read(path)?);
    if key.contains(['\r', '\n']) {
        return Err(FileProblem::Content("expected one line with the key, found several"));
    }
    Ok(key)
}

/// Reads `{"api_key":…}`, the file of Bright Data's command line.
pub(super) fn key_of_credentials(path: &Path) -> Result<String, FileProblem> {
    // An error of the parser could repeat a part of the key.
    let Ok(content) = serde_json::from_str::<Value>(&read(path)?) else {
        return Err(FileProblem::Content("invalid JSON"));
    };
    match String::deserialize(&content["api_key"]) {
        Ok(key) => Ok(without_line_breaks(key)),
        Err(_) => Err(FileProblem::Content("expected a JSON object with the text \"api_key\"")),
    }
}

/// Returns the path of the file of Bright Data's command line, unless there is no such file.
pub(super) fn credentials() -> Option<PathBuf> {
    let path = config_folder()?.join("brightdata-cli").join("credentials.json");
    // A relative path, from a relative home, would lead to a file that is not the user's.
    let exists = path.is_absolute()
        && match fs::metadata(&path) {
            Ok(_) => true,
            // A part of the path may be a file, such as a home of /dev/null.
            Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
        };
    exists.then_some(path)
}

/// Returns the folder in which Bright Data's command line has its own. It does not follow
/// `XDG_CONFIG_HOME`.
fn config_folder() -> Option<PathBuf> {
    #[cfg(windows)]
    return Some(etcetera::BaseStrategy::config_dir(&etcetera::base_strategy::Windows::new().ok()?));
    #[cfg(not(windows))]
    {
        let folder = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".config" };
        Some(etcetera::home_dir().ok()?.join(folder))
    }
}

/// Reads a regular file of limited size, without its byte-order mark.
fn read(path: &Path) -> Result<String, FileProblem> {
    let metadata = fs::metadata(path).map_err(FileProblem::Unreadable)?;
    // Opening a pipe would block until another program writes to it.
    if !metadata.is_file() {
        let is_folder = metadata.is_dir();
        return Err(FileProblem::Content(if is_folder {
            "a folder, not a file"
        } else {
            "not a regular file"
        }));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(FileProblem::Unreadable)?;
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(FileProblem::Unreadable)?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(FileProblem::Content("larger than 64 KiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| FileProblem::Content("not UTF-8"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
