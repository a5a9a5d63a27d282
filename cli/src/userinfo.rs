//! Arguments without the user names and passwords of their URLs.

use std::borrow::Cow;
use std::path::Path;

use brightdata_sessions::Escaped;
use clap::error::ContextValue;

/// Removes user names and passwords of URLs from an error.
pub(crate) fn error_without_userinfo(mut error: clap::Error) -> clap::Error {
    let mut redacted = Vec::new();
    for (kind, value) in error.context() {
        if let ContextValue::String(value) = value {
            if let Cow::Owned(clean) = without_userinfo(value) {
                redacted.push((kind, ContextValue::String(clean)));
            }
        }
    }
    for (kind, value) in redacted {
        error.insert(kind, value);
    }
    error
}

/// Redacts the user name and password of a URL in an argument. The last `@` counts, because a
/// password may contain one.
pub(crate) fn without_userinfo(argument: &str) -> Cow<'_, str> {
    let start = argument.find("://").map_or(0, |at| at + 3);
    match argument.rfind('@').filter(|end| *end >= start) {
        Some(end) => format!("{}[redacted]{}", &argument[..start], &argument[end..]).into(),
        None => argument.into(),
    }
}

/// Returns a file name for people, escaped. If it looks like a URL, its user name and password are
/// redacted. An `@` alone does not make it a URL, and neither does a drive letter.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.to_string_lossy();
    let is_url = name.rfind('@').is_some_and(|end| name[..end].rfind(':').is_some_and(|colon| colon != 1));
    Escaped(&if is_url { without_userinfo(&name) } else { Cow::Borrowed(&*name) }).to_string()
}
