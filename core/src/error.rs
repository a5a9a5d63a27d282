//! The error of a call: its kind, its details and its source.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

pub use self::kind::ErrorKind;
pub use self::response::ErrorResponse;
use self::response::ceil_secs;
pub(crate) use self::response::error_in_body;
use crate::escape::{Escaped, excerpt};
use crate::{ApiKey, InvalidInput, TransportError, TransportErrorKind};

mod kind;
mod response;

/// The reason why a call has no result.
///
/// [`kind`](Self::kind) classifies it, and the other methods return its details. `Display` is one
/// line that is safe for a terminal; `{:#}` appends the sources. Neither they nor `Debug` show the
/// API key, even if the server echoes it.
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, ErrorKind, GetSession, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let get = GetSession::new("3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f".parse()?);
/// let response = Response::builder().status(429).header("retry-after", "7");
/// let error = api.parse(&get, response.body(&br#"{"error":"Slow down"}"#[..])?).unwrap_err();
///
/// assert_eq!(error.kind(), ErrorKind::RateLimited);
/// assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
/// assert_eq!(error.retry_after().map(|delay| delay.as_secs()), Some(7));
/// assert_eq!(error.response().and_then(|response| response.message.as_deref()), Some("Slow down"));
/// assert!(error.is_transient());
/// assert_eq!(error.to_string(), "rate limited: status 429, Slow down; retry after 7 s");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Error {
    cause: Cause,
    attempts: u32,
}

#[derive(Debug)]
enum Cause {
    /// A response with a status other than 200.
    Response(ErrorResponse),
    /// The body of a 200 violates the API's documentation, or is the response to another request.
    Body {
        problem: Box<str>,
        is_stray: bool,
    },
    /// The body of a 200 is over this limit, in decompressed bytes.
    TooLarge {
        limit: usize,
    },
    /// There is no complete response.
    Transport(TransportError),
    /// The rate guard allows no request before this time has passed.
    NotSent {
        retry_after: Duration,
    },
    /// A deadline passed, although each response was complete.
    Deadline {
        problem: Box<str>,
    },
    Input(InvalidInput),
}

impl Error {
    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        match &self.cause {
            Cause::Response(response) => ErrorKind::from_status(response.status),
            Cause::Body { .. } => ErrorKind::MalformedBody,
            Cause::TooLarge { .. } => ErrorKind::TooLarge,
            Cause::Transport(error) => error.kind().into(),
            Cause::NotSent { .. } => ErrorKind::RateLimited,
            Cause::Deadline { .. } => ErrorKind::Timeout,
            Cause::Input(_) => ErrorKind::InvalidInput,
        }
    }

    /// Returns the response, if it has a status other than 200.
    pub fn response(&self) -> Option<&ErrorResponse> {
        match &self.cause {
            Cause::Response(response) => Some(response),
            _ => None,
        }
    }

    /// Returns the status, if the head of a response was received. `None` for an error of kind
    /// [`RateLimited`](ErrorKind::RateLimited) means that the request was not sent.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.cause {
            Cause::Response(response) => Some(response.status),
            Cause::Body { .. } | Cause::TooLarge { .. } => Some(StatusCode::OK),
            _ => None,
        }
    }

    /// Returns the delay before the next request, as requested by the service or, after a 429, by
    /// the rate guard.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.cause {
            Cause::Response(response) => response.retry_after,
            Cause::NotSent { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// Returns the transport's error, if there is no complete response. It is the
    /// [`source`](StdError::source) as well.
    pub fn transport_error(&self) -> Option<&TransportError> {
        match &self.cause {
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the number of requests sent, which is 0 if the input was rejected.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns whether a retry of the same request may succeed.
    pub fn is_transient(&self) -> bool {
        match &self.cause {
            // The connection mixed up two responses. A new request gets its own.
            Cause::Body { is_stray, .. } => *is_stray,
            // Each refusal may count against the account, as a wrong password does. A certificate
            // stays as it is.
            Cause::Transport(error)
                if matches!(error.kind(), TransportErrorKind::Proxy | TransportErrorKind::Certificate) =>
            {
                false
            }
            _ => matches!(
                self.kind(),
                ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout | ErrorKind::Connection
            ),
        }
    }

    /// Returns whether this is a 429 or a response that may be one.
    pub(crate) fn may_be_429(&self) -> bool {
        match &self.cause {
            Cause::Response(response) => response.status == StatusCode::TOO_MANY_REQUESTS,
            Cause::Transport(error) => error.kind() == TransportErrorKind::InvalidHead,
            _ => false,
        }
    }

    /// Returns whether the response, if there was one, was not seen.
    pub(crate) fn is_unseen(&self) -> bool {
        use TransportErrorKind::{Connection, Timeout};
        self.transport_error().is_some_and(|error| matches!(error.kind(), Connection | Timeout))
    }

    /// Returns whether the request did not reach the service.
    pub(crate) fn is_unsent(&self) -> bool {
        use TransportErrorKind::{Certificate, Configuration, Proxy};
        self.transport_error()
            .is_some_and(|error| matches!(error.kind(), Certificate | Configuration | Proxy))
    }

    pub(crate) fn from_response(response: ErrorResponse) -> Self {
        Self { cause: Cause::Response(response), attempts: 1 }
    }

    /// Creates the error of a body that was rejected. The text may quote the body, so it is
    /// redacted and shortened.
    pub(crate) fn body(problem: &str, is_stray: bool, key: &ApiKey) -> Self {
        let problem = excerpt(problem, key).unwrap_or_default();
        Self { cause: Cause::Body { problem, is_stray }, attempts: 1 }
    }

    /// Creates the error of a page that contradicts the list. The text quotes nothing.
    pub(crate) fn inconsistent(problem: String) -> Self {
        Self { cause: Cause::Body { problem: problem.into(), is_stray: false }, attempts: 1 }
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self { cause: Cause::TooLarge { limit }, attempts: 1 }
    }

    /// Creates the error of a request that the rate guard does not allow before `retry_after`.
    pub(crate) fn not_sent(retry_after: Duration) -> Self {
        Self { cause: Cause::NotSent { retry_after }, attempts: 0 }
    }

    /// Creates the error of a deadline that passed. The text is safe to show.
    pub(crate) fn deadline(problem: String) -> Self {
        Self { cause: Cause::Deadline { problem: problem.into() }, attempts: 0 }
    }

    /// Maps a transport error. `limit` is the body limit.
    pub(crate) fn from_transport(error: TransportError, limit: usize, key: &ApiKey) -> Self {
        match error.kind() {
            TransportErrorKind::TooLarge => Self::too_large(limit),
            // The cause may quote the body.
            TransportErrorKind::Undecodable => match error.source() {
                Some(cause) => Self::body(&format!("{error}: {cause}"), false, key),
                None => Self::body(&error.to_string(), false, key),
            },
            kind => {
                let attempts = u32::from(kind != TransportErrorKind::Configuration);
                Self { cause: Cause::Transport(error), attempts }
            }
        }
    }

    /// Sets the number of requests sent. Rejected input stays at 0.
    pub(crate) fn with_attempts(mut self, sent: u32) -> Self {
        if self.kind() != ErrorKind::InvalidInput {
            self.attempts = sent;
        }
        self
    }
}

impl From<InvalidInput> for Error {
    fn from(invalid: InvalidInput) -> Self {
        Self { cause: Cause::Input(invalid), attempts: 0 }
    }
}

/// One line. With `{:#}`, the sources follow, each after a colon.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.kind().title();
        match &self.cause {
            Cause::Response(response) => write!(f, "{title}: {response}"),
            Cause::Body { problem, .. } | Cause::Deadline { problem } => write!(f, "{title}: {problem}"),
            Cause::TooLarge { limit } => write!(f, "{title}: the body is over {limit} bytes"),
            Cause::Transport(_) => f.write_str(title),
            Cause::NotSent { retry_after } => {
                write!(f, "{title} locally to avoid an IP block; retry in {} s", ceil_secs(*retry_after))
            }
            Cause::Input(invalid) => invalid.fmt(f),
        }?;
        let mut source = self.source().filter(|_| f.alternate());
        while let Some(cause) = source {
            write!(f, ": {}", Escaped(&cause.to_string()))?;
            source = cause.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.transport_error().map(|error| error as &(dyn StdError + 'static))
    }
}
