//! Collects the bytes of a body, up to a limit.

use std::fmt;
use std::ops::ControlFlow;
use std::time::SystemTime;

use http::header::{DATE, RETRY_AFTER};
use http::response::Parts;
use http::{Response, StatusCode};

use crate::transport::http_date::{date, format};
use crate::{TransportError, TransportErrorKind};

/// The maximum length of the body of a status other than 200, in bytes. It is far longer than any
/// message of the service.
pub(crate) const ERROR_BODY_LIMIT: usize = 16 << 10;

/// Collects the body of one response, chunk by chunk, up to a limit.
///
/// **A status outranks its body**: a 404 whose body is endless, truncated or late is still a 404,
/// with the received part of the body. Only the body of a 200 must be complete. Therefore a
/// collector is created from the head of the response.
///
/// `Debug` shows neither headers nor body.
///
/// Memory grows with the received bytes, never with the announced `content-length`.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, TransportErrorKind, http};
///
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let (head, ()) = http::Response::builder().status(404).body(())?.into_parts();
/// let mut body = api.collector(head);
/// assert!(body.push(b"Session not").is_continue());
/// // The connection breaks here.
/// let response = body.fail(TransportErrorKind::Connection).unwrap();
/// assert_eq!(response.body(), b"Session not");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Collector {
    head: Parts,
    body: Vec<u8>,
    limit: usize,
    over: bool,
}

impl Collector {
    /// Creates a collector for the response with this head. `limit` applies to the body of a 200.
    pub(crate) fn new(head: Parts, limit: usize) -> Self {
        let limit = if head.status == StatusCode::OK { limit } else { limit.min(ERROR_BODY_LIMIT) };
        Self { head, body: Vec::new(), limit, over: false }
    }

    /// Adds a `Date` header with the time at which the response was received, if `Retry-After`
    /// needs one: a date in it is compared with `Date`. RFC 9110 (section 6.6.1) requires this of a
    /// recipient that has a clock. A valid `Date` is kept.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use brightdata_sessions::{Api, ApiKey, http};
    ///
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// # let (head, ()) = http::Response::new(()).into_parts();
    /// let body = api.collector(head).received_at(SystemTime::now());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn received_at(mut self, time: SystemTime) -> Self {
        let headers = &mut self.head.headers;
        if headers.contains_key(RETRY_AFTER) && date(headers).is_none() {
            if let Some(value) = format(time) {
                headers.insert(DATE, value);
            }
        }
        self
    }

    /// Adds the next bytes, decompressed. Returns `Break` if the rest is not needed: stop reading,
    /// drop the connection, and call [`finish`](Self::finish).
    pub fn push(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let room = self.limit.saturating_sub(self.body.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.reserve(taken.len());
        self.body.extend_from_slice(taken);
        self.over |= taken.len() < bytes.len();
        if self.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Returns the response, at the end of its body or after a `Break`.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::TooLarge`] if the body of a 200 exceeds the limit.
    pub fn finish(self) -> Result<Response<Vec<u8>>, TransportError> {
        if self.over && self.head.status == StatusCode::OK {
            return Err(TransportErrorKind::TooLarge.into());
        }
        Ok(Response::from_parts(self.head, self.body))
    }

    /// Ends collection after a read error. Returns the error for a 200, otherwise the response with
    /// its partial body.
    ///
    /// After a `Break`, this does the same as [`finish`](Self::finish), because some HTTP clients
    /// can be stopped only with an error.
    ///
    /// # Errors
    ///
    /// The given `failure` if the status is 200, or [`TransportErrorKind::TooLarge`] after a
    /// `Break`.
    pub fn fail(self, failure: impl Into<TransportError>) -> Result<Response<Vec<u8>>, TransportError> {
        if self.head.status == StatusCode::OK && !self.over { Err(failure.into()) } else { self.finish() }
    }

    /// Grows the buffer by doubling, as `Vec` does, but never beyond the limit.
    fn reserve(&mut self, more: usize) {
        let needed = self.body.len() + more;
        if needed > self.body.capacity() {
            let capacity = needed.max(self.body.capacity().saturating_mul(2)).min(self.limit);
            self.body.reserve_exact(capacity - self.body.len());
        }
    }
}

/// Omits headers and body, because a server can echo the key in them.
impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("status", &self.head.status)
            .field("bytes", &self.body.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
