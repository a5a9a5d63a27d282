//! The endpoints of the API.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde::Deserialize;

pub use self::get_session::GetSession;
pub use self::list_sessions::{ListSessions, Order, SortBy, StatusFilter};

mod get_session;
mod list_sessions;

/// One endpoint of the API: its request, and how a 200 is parsed. Implemented by [`GetSession`] and
/// [`ListSessions`] alone.
///
/// [`Api::request`](crate::Api::request) builds the request of an operation, and
/// [`Api::parse`](crate::Api::parse) parses its response.
pub trait Operation: sealed::Codec<<Self as Operation>::Output> {
    /// The parsed body of a 200.
    type Output;
}

/// Out of reach from outside, so that no other type implements [`Operation`] and nobody sees an error
/// before it is redacted.
pub(crate) mod sealed {
    use super::RejectedBody;
    use crate::InvalidInput;

    pub trait Codec<T> {
        /// Returns the percent-encoded path and query, to be appended to the base URL.
        fn path_and_query(&self) -> Result<String, InvalidInput>;

        /// Parses the body of a 200.
        fn parse_body(&self, body: &str) -> Result<T, RejectedBody>;
    }
}

/// The reason why the body of a 200 was rejected. It may quote the body, the key included, in any
/// length.
pub struct RejectedBody {
    pub(crate) problem: String,
    /// Whether the body is the response to another request, such as a stray response on a reused
    /// connection.
    pub(crate) is_stray: bool,
}

/// Parses a whole body. If that fails, `fault` parses it again to name the field at fault.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(
    body: &'de str,
    fault: fn(&str) -> Option<String>,
) -> Result<T, RejectedBody> {
    match serde_json::from_str(body) {
        Ok(value) => Ok(value),
        Err(error) => Err(malformed(body, &error, fault)),
    }
}

/// The error may repeat the body, so it is kept as text, which is redacted, and not as a source.
#[cold]
fn malformed(body: &str, error: &serde_json::Error, fault: fn(&str) -> Option<String>) -> RejectedBody {
    RejectedBody { problem: fault(body).unwrap_or_else(|| error.to_string()), is_stray: false }
}

/// Encodes everything except the unreserved characters of RFC 3986, so that any text is one path segment or
/// one query value.
pub(crate) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
