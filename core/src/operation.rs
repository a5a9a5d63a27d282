//! What an endpoint of the API is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::Deserialize;

use crate::{Error, InvalidInput};

pub use self::get_session::GetSession;
pub use self::list_sessions::{ListSessions, Order, SortBy, StatusFilter};

mod get_session;
mod list_sessions;

/// One endpoint of the API: what is asked, and what a 200 to it says.
pub trait Operation {
    /// What a good answer is parsed into.
    type Answer;

    /// Path and query, percent-encoded, to follow the base URL; or why this cannot be asked.
    fn target(&self) -> Result<String, InvalidInput>;

    /// Reads the body of a 200. A problem may be told at any length and in the body's own words: [`Api::parse`](crate::Api::parse) cuts
    /// and cleans it.
    fn read(&self, body: &str) -> Result<Self::Answer, Error>;
}

/// Reads a whole body. Where that fails, `fault` reads it again to name what is wrong.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(
    body: &'de str,
    fault: fn(&str) -> Option<String>,
) -> Result<T, Error> {
    // The error may repeat the body, so it is kept as text, which is redacted, and not as a source.
    serde_json::from_str(body)
        .map_err(|error| Error::malformed(fault(body).unwrap_or_else(|| error.to_string())))
}

/// Everything but RFC 3986's unreserved characters is encoded, so that a text is one path segment, or one value of a query,
/// whatever is in it.
pub(crate) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
