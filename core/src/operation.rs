//! The operations of the API, one for each endpoint.

pub use self::get_session::GetSession;
pub use self::list_sessions::ListSessions;
pub use self::list_words::{Order, SortBy, StatusFilter};

mod encode;
mod get_session;
mod list_sessions;
mod list_words;
pub(crate) mod rejected_body;

/// One endpoint of the API: its request, and how a 200 is parsed. Implemented only by
/// [`GetSession`] and [`ListSessions`].
///
/// [`Api::request`](crate::Api::request) builds the request of an operation, and
/// [`Api::parse`](crate::Api::parse) parses its response.
pub trait Operation: sealed::Codec<<Self as Operation>::Output> {
    /// The parsed body of a 200.
    type Output;
}

/// Private, so that no other crate implements [`Operation`] or receives an error before it is
/// redacted.
pub(crate) mod sealed {
    use crate::InvalidInput;
    use crate::operation::rejected_body::RejectedBody;

    pub trait Codec<T> {
        /// Returns the percent-encoded path and query, to be appended to the base URL.
        fn path_and_query(&self) -> Result<String, InvalidInput>;

        /// Parses the body of a 200.
        fn parse_body(&self, body: &str) -> Result<T, RejectedBody>;
    }
}
