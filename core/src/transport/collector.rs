//! The bytes of a body, up to a limit.

use std::fmt;
use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use http::header::{DATE, HeaderValue, RETRY_AFTER};
use http::response::Parts;
use http::{Response, StatusCode};

use crate::error::date;
use crate::{Failure, FailureKind, Outcome};

/// How much is kept of the body of an answer other than 200: far more than any message of the
/// service.
pub(crate) const ERROR_BODY_LIMIT: usize = 16 << 10;

/// Collects the body of one response, chunk by chunk, up to a limit.
///
/// It is made from the response's head, since **a status outranks what happens to its body**: a 404
/// whose body is endless, cut short or late is still a 404, with as much of the body as came. Only
/// the body of a 200 must be whole.
///
/// `Debug` shows neither headers nor body.
///
/// Memory follows the bytes that came, never what a `content-length` announces.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, FailureKind, http};
///
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let (head, ()) = http::Response::builder().status(404).body(())?.into_parts();
/// let mut body = api.collector(head);
/// assert!(body.push(b"Session not").is_continue());
/// // The connection breaks here.
/// let response = body.fail(FailureKind::Connection).unwrap();
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
    /// For the response that begins with this head; `limit` is for the body of a 200.
    pub(crate) fn new(head: Parts, limit: usize) -> Self {
        let limit = if head.status == StatusCode::OK { limit } else { limit.min(ERROR_BODY_LIMIT) };
        Self { head, body: Vec::new(), limit, over: false }
    }

    /// Adds a `Date` header with the time at which the response was received, as RFC 9110 (section
    /// 6.6.1) asks of a recipient that has a clock, if a `Retry-After` needs one: a date in it
    /// is compared with `Date`. A valid `Date` is kept.
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
            if let Some(value) = http_date(time) {
                headers.insert(DATE, value);
            }
        }
        self
    }

    /// Takes the next bytes, unpacked. `Break` means that no more are wanted: stop reading, drop
    /// the connection, and [`finish`](Self::finish).
    pub fn push(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let room = self.limit.saturating_sub(self.body.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.reserve(taken.len());
        self.body.extend_from_slice(taken);
        self.over |= taken.len() < bytes.len();
        if self.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// The whole response, at the end of its body or after a `Break`. Fails with
    /// [`FailureKind::TooLarge`] when the body of a 200 is over the limit.
    pub fn finish(self) -> Outcome {
        if self.over && self.head.status == StatusCode::OK {
            return Err(FailureKind::TooLarge.into());
        }
        Ok(Response::from_parts(self.head, self.body))
    }

    /// What the response is worth when reading its body failed: the failure if it is a 200, else
    /// the response with as much of its body as came.
    ///
    /// After a `Break` it is the same as [`finish`](Self::finish): some stacks can be stopped only
    /// by failing.
    pub fn fail(self, failure: impl Into<Failure>) -> Outcome {
        if self.head.status == StatusCode::OK && !self.over { Err(failure.into()) } else { self.finish() }
    }

    /// Grows by doubling, as a `Vec` does, but never beyond the limit.
    fn reserve(&mut self, more: usize) {
        let needed = self.body.len() + more;
        if needed > self.body.capacity() {
            let capacity = needed.max(self.body.capacity().saturating_mul(2)).min(self.limit);
            self.body.reserve_exact(capacity - self.body.len());
        }
    }
}

/// A time as a header's value; `None` outside of the years 1970 to 9998, for which `httpdate`
/// panics.
fn http_date(time: SystemTime) -> Option<HeaderValue> {
    const YEAR_9999: Duration = Duration::from_secs(253_370_764_800);
    time.duration_since(SystemTime::UNIX_EPOCH).ok().filter(|&since| since < YEAR_9999)?;
    HeaderValue::try_from(httpdate::fmt_http_date(time)).ok()
}

/// Without headers and body: they are as received, and a server can echo the key in them.
impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("status", &self.head.status)
            .field("bytes", &self.body.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
