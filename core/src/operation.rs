//! The endpoints of the API.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::Deserialize;

use crate::{Error, InvalidInput};

pub use self::get_session::GetSession;
pub use self::list_sessions::{ListSessions, Order, SortBy, StatusFilter};

mod get_session;
mod list_sessions;

/// One endpoint of the API: its request, and how a 200 is parsed.
pub trait Operation {
    /// The parsed body of a 200.
    type Output;

    /// Returns the percent-encoded path and query, to be appended to the base URL.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if a parameter is invalid.
    fn path_and_query(&self) -> Result<String, InvalidInput>;

    /// Parses the body of a 200.
    ///
    /// # Errors
    ///
    /// Returns an error of any length that may quote the body. [`Api::parse`](crate::Api::parse) shortens and
    /// redacts it.
    fn parse_body(&self, body: &str) -> Result<Self::Output, Error>;
}

/// Parses a whole body. If that fails, `fault` parses it again to name the field at fault.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(
    body: &'de str,
    fault: fn(&str) -> Option<String>,
) -> Result<T, Error> {
    match serde_json::from_str(body) {
        Ok(value) => Ok(value),
        Err(error) => Err(malformed(body, &error, fault)),
    }
}

/// The error may repeat the body, so it is kept as text, which is redacted, and not as a source.
#[cold]
fn malformed(body: &str, error: &serde_json::Error, fault: fn(&str) -> Option<String>) -> Error {
    Error::malformed(fault(body).unwrap_or_else(|| error.to_string()))
}

/// Encodes everything except the unreserved characters of RFC 3986, so that any text is one path segment or
/// one query value.
pub(crate) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
