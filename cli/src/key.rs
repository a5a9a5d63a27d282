//! Where the API key comes from.

use std::fmt;
use std::path::{Path, PathBuf};

use brightdata_sessions::http::Uri;
use brightdata_sessions::{ApiKey, BaseUrl, InvalidInput};

use self::file::FileProblem;
use crate::userinfo::file_name;

mod file;

/// The variables that can hold the key, in order of precedence.
const KEY_VARIABLES: [&str; 2] = ["BRIGHTDATA_API_KEY", "BRIGHTDATA_API_TOKEN"];
/// The variable that can hold the path of a file with the key.
const FILE_VARIABLE: &str = "BRIGHTDATA_API_KEY_FILE";

/// A place that may hold the key. It does not contain the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// This variable of the environment.
    Variable(&'static str),
    /// This file, which a variable names.
    File(PathBuf),
    /// This file of Bright Data's own command line.
    Credentials(PathBuf),
}

/// The reason why there is no key.
#[derive(Debug)]
pub(crate) enum KeyError {
    /// No source holds one.
    Missing,
    /// The first source holds an invalid one, or cannot be read.
    Invalid(KeySource, KeyProblem),
    /// The first source is a file. Its key may not be sent to the host of this URL.
    OtherHost(KeySource, BaseUrl),
}

#[derive(Debug)]
pub(crate) enum KeyProblem {
    Key(InvalidInput),
    File(FileProblem),
}

/// Returns the key to send to this address, from the first source that holds one.
///
/// # Errors
///
/// [`KeyError`] if no source holds a key, if the key is invalid, or if it is in a file and the
/// address is neither one of the vendor nor loopback: the user did not name the key for another
/// host.
pub(crate) fn find(base_url: &BaseUrl) -> Result<ApiKey, KeyError> {
    let source = KeySource::all().next().ok_or(KeyError::Missing)?;
    if !matches!(source, KeySource::Variable(_)) && !is_of_vendor(base_url) && !base_url.is_loopback() {
        return Err(KeyError::OtherHost(source, base_url.clone()));
    }
    source.key().map_err(|problem| KeyError::Invalid(source, problem))
}

/// Returns the key of the first source, for any address, if it is valid. It must not be shown.
pub(crate) fn to_redact() -> Option<ApiKey> {
    KeySource::all().next()?.key().ok()
}

impl KeySource {
    /// Iterates over the sources that exist. The first one counts.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let variables = KEY_VARIABLES.into_iter().filter(|name| variable(name).is_some());
        let file = std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty());
        let files = file.into_iter().map(|path| Self::File(path.into()));
        // Looked for only if no other source exists.
        let credentials = std::iter::once_with(file::credentials).flatten();
        variables.map(Self::Variable).chain(files).chain(credentials.map(Self::Credentials))
    }

    /// Returns the variable that holds the key or the path.
    pub(crate) fn variable(&self) -> Option<&'static str> {
        match self {
            Self::Variable(name) => Some(name),
            Self::File(_) => Some(FILE_VARIABLE),
            Self::Credentials(_) => None,
        }
    }

    /// Returns a later source that holds another key.
    pub(crate) fn ignored(&self) -> Option<Self> {
        let key = self.text().ok()?;
        let mut others = Self::all().skip_while(|source| source != self).skip(1);
        others.find(|source| source.text().is_ok_and(|other| other != key))
    }

    fn key(&self) -> Result<ApiKey, KeyProblem> {
        let text = self.text().map_err(KeyProblem::File)?;
        ApiKey::new(text).map_err(KeyProblem::Key)
    }

    fn text(&self) -> Result<String, FileProblem> {
        match self {
            Self::Variable(name) => Ok(variable(name).unwrap_or_default()),
            Self::File(path) => file::key(path),
            Self::Credentials(path) => file::key_of_credentials(path),
        }
    }
}

/// Returns the key that a variable holds. A variable that is empty, or is empty without its line
/// breaks, counts as unset.
fn variable(name: &str) -> Option<String> {
    // Invalid UTF-8 is rejected like any other invalid character.
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    Some(without_line_breaks(value)).filter(|key| !key.is_empty())
}

/// Drops trailing line breaks, which editors and shells add.
fn without_line_breaks(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    text
}

/// Returns whether the host is `brightdata.com` or a subdomain of it.
pub(crate) fn is_of_vendor(base_url: &BaseUrl) -> bool {
    let uri: Result<Uri, _> = base_url.as_str().parse();
    let host = uri.as_ref().ok().and_then(Uri::host).unwrap_or_default();
    host.strip_suffix("brightdata.com").is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
}

/// Returns a path for people. A key that was set in place of a path is not shown.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let may_be_key = text.len() >= 8 && !text.contains(['/', '\\']) && !path.exists();
    if may_be_key { "[redacted]".into() } else { file_name(path) }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => write!(f, "{FILE_VARIABLE}, {}", shown(path)),
            Self::Credentials(path) => f.write_str(&file_name(path)),
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(
                f,
                "no API key: set BRIGHTDATA_API_KEY (or BRIGHTDATA_API_TOKEN), or {FILE_VARIABLE} to the path of a file with the key"
            ),
            Self::Invalid(source, KeyProblem::Key(reason)) => write!(f, "{source}: {reason}"),
            Self::Invalid(source, KeyProblem::File(reason)) => write!(f, "{source}: {reason}"),
            Self::OtherHost(source, base_url) => write!(
                f,
                "no API key for {base_url}: the key of {source} is for brightdata.com and loopback only; set BRIGHTDATA_API_KEY for another host"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendor_has_one_domain_with_subdomains() {
        let table = [
            ("https://brightdata.com", true),
            ("https://api.brightdata.com", true),
            ("https://a.b.brightdata.com:8443/gateway", true),
            ("https://notbrightdata.com", false),
            ("https://brightdata.com.example.com", false),
            ("https://example.com/brightdata.com", false),
            ("https://brightdata.co", false),
            ("https://127.0.0.1", false),
        ];
        for (url, expected) in table {
            assert_eq!(is_of_vendor(&url.parse().unwrap()), expected, "{url}");
        }
        assert!(is_of_vendor(&BaseUrl::default()));
    }
}
