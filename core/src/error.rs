//! The error type and its kinds.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

pub use self::response::ErrorResponse;
use self::response::ceil_secs;
pub(crate) use self::response::{date, said_by_error};
use crate::escape::excerpt;
use crate::{ApiKey, InvalidInput, TransportError, TransportErrorKind};

mod response;

/// The reason why a call has no result.
///
/// [`kind`](Self::kind) classifies errors by twelve stable names. The variants hold the details. `Display` is
/// one line that is safe for a terminal. The transport's error is the
/// [`source`](std::error::Error::source). No variant shows the API key, even if the server echoes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Status 400: the service rejects the request as malformed, for example an id that is not UUID-shaped.
    #[error("bad request: {0}")]
    BadRequest(ErrorResponse),
    /// Status 401, 403 or 407: the key is missing, wrong or not permitted, or the IP address is not allowed.
    #[error("unauthorized: {0}")]
    Unauthorized(ErrorResponse),
    /// Status 404: the account has no such session, or not yet, or no longer.
    #[error("not found: {0}")]
    NotFound(ErrorResponse),
    /// Status 429: too many requests.
    #[error("rate limited: {0}")]
    RateLimited(ErrorResponse),
    /// Not sent: either a recent 429 requires waiting, or the in-flight limit was reached for the whole time
    /// limit. The service blocks an IP address after 25 responses with status 429 within five minutes, so this
    /// crate stops at ten.
    #[error("rate limited locally to avoid an IP block; retry in {} s", ceil_secs(*.retry_after))]
    #[non_exhaustive]
    HeldBack {
        /// The time until requests may be sent again.
        retry_after: Duration,
        /// The number of requests that this call sent before.
        attempts: u32,
    },
    /// Status 5xx: the service failed.
    #[error("server error: {0}")]
    Server(ErrorResponse),
    /// Status 408: the service timed out waiting for the request.
    #[error("timed out: {0}")]
    RequestTimeout(ErrorResponse),
    /// Any other status, including a 2xx other than 200.
    #[error("unexpected status: {0}")]
    UnexpectedStatus(ErrorResponse),
    /// Status 3xx: redirects are never followed, so that the key is not sent elsewhere. The message is the
    /// `location`.
    #[error("redirect refused: {0}")]
    RedirectRefused(ErrorResponse),
    /// Status 200 with a body that violates the API's documentation.
    #[error("malformed body: {problem}")]
    #[non_exhaustive]
    MalformedBody {
        /// The fault and its place in the body.
        problem: Box<str>,
        /// The number of requests sent.
        attempts: u32,
    },
    /// Status 200, but the response to another request, such as a stray response on a reused connection.
    #[error("malformed body: {problem}")]
    #[non_exhaustive]
    StrayAnswer {
        /// The expected and the actual value.
        problem: Box<str>,
        /// The number of requests sent.
        attempts: u32,
    },
    /// Status 200 with a body over the limit.
    #[error("too large: the body is over {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The limit, in decompressed bytes.
        limit: usize,
        /// The number of requests sent.
        attempts: u32,
    },
    /// No complete response in time.
    #[error("timed out")]
    #[non_exhaustive]
    Timeout {
        /// The number of requests sent.
        attempts: u32,
        /// The transport's error.
        source: TransportError,
    },
    /// No response, or one that is truncated or not HTTP. Transient, unless the proxy refused the connection
    /// ([`TransportErrorKind::Proxy`]).
    #[error("connection failed")]
    #[non_exhaustive]
    Connection {
        /// The number of requests sent.
        attempts: u32,
        /// The transport's error.
        source: TransportError,
    },
    /// Nothing can be sent, because of how the transport is set up ([`TransportErrorKind::Configuration`]).
    #[error("cannot send")]
    #[non_exhaustive]
    Configuration {
        /// The transport's reason, such as the name of an invalid proxy variable.
        source: TransportError,
    },
    /// Rejected before sending.
    #[error(transparent)]
    InvalidInput(#[from] InvalidInput),
}

impl Error {
    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::BadRequest(_) => ErrorKind::BadRequest,
            Self::Unauthorized(_) => ErrorKind::Unauthorized,
            Self::NotFound(_) => ErrorKind::NotFound,
            Self::RateLimited(_) | Self::HeldBack { .. } => ErrorKind::RateLimited,
            Self::Server(_) => ErrorKind::Server,
            Self::UnexpectedStatus(_) => ErrorKind::UnexpectedStatus,
            Self::RedirectRefused(_) => ErrorKind::RedirectRefused,
            Self::MalformedBody { .. } | Self::StrayAnswer { .. } => ErrorKind::MalformedBody,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::RequestTimeout(_) | Self::Timeout { .. } => ErrorKind::Timeout,
            Self::Connection { .. } => ErrorKind::Connection,
            Self::Configuration { .. } | Self::InvalidInput(_) => ErrorKind::InvalidInput,
        }
    }

    /// Returns the response, if it has a status other than 200.
    pub fn response(&self) -> Option<&ErrorResponse> {
        match self {
            Self::BadRequest(response)
            | Self::Unauthorized(response)
            | Self::NotFound(response)
            | Self::RateLimited(response)
            | Self::Server(response)
            | Self::RequestTimeout(response)
            | Self::UnexpectedStatus(response)
            | Self::RedirectRefused(response) => Some(response),
            Self::HeldBack { .. }
            | Self::MalformedBody { .. }
            | Self::StrayAnswer { .. }
            | Self::TooLarge { .. }
            | Self::Timeout { .. }
            | Self::Connection { .. }
            | Self::Configuration { .. }
            | Self::InvalidInput(_) => None,
        }
    }

    /// Returns the status, if the head of a response was received.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::MalformedBody { .. } | Self::StrayAnswer { .. } | Self::TooLarge { .. } => {
                Some(StatusCode::OK)
            }
            _ => self.response().map(|response| response.status),
        }
    }

    /// Returns the delay before the next request that the service requested, or the rate guard after a 429.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::HeldBack { retry_after, .. } => Some(*retry_after),
            _ => self.response().and_then(|response| response.retry_after),
        }
    }

    /// Returns the number of requests sent, 0 if the input was rejected before.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::HeldBack { attempts, .. }
            | Self::MalformedBody { attempts, .. }
            | Self::StrayAnswer { attempts, .. }
            | Self::TooLarge { attempts, .. }
            | Self::Timeout { attempts, .. }
            | Self::Connection { attempts, .. } => *attempts,
            _ => self.response().map_or(0, |response| response.attempts),
        }
    }

    /// Returns whether a retry of the same request may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            // Each refusal may count against the account, as a wrong password does.
            Self::Connection { source, .. } => source.kind() != TransportErrorKind::Proxy,
            Self::RateLimited(_)
            | Self::HeldBack { .. }
            | Self::Server(_)
            | Self::RequestTimeout(_)
            | Self::Timeout { .. }
            // The connection mixed up two responses. A new request gets its own.
            | Self::StrayAnswer { .. } => true,
            Self::BadRequest(_)
            | Self::Unauthorized(_)
            | Self::NotFound(_)
            | Self::UnexpectedStatus(_)
            | Self::RedirectRefused(_)
            | Self::MalformedBody { .. }
            | Self::TooLarge { .. }
            | Self::Configuration { .. }
            | Self::InvalidInput(_) => false,
        }
    }

    /// Returns whether this is a 429 or a response that may be one.
    pub(crate) fn may_be_429(&self) -> bool {
        match self {
            Self::RateLimited(_) => true,
            Self::Connection { source, .. } => source.kind() == TransportErrorKind::InvalidHead,
            _ => false,
        }
    }

    pub(crate) fn timed_out(source: TransportError) -> Self {
        Self::Timeout { attempts: 0, source }
    }

    pub(crate) fn malformed(problem: impl Into<Box<str>>) -> Self {
        Self::MalformedBody { problem: problem.into(), attempts: 1 }
    }

    pub(crate) fn stray(problem: impl Into<Box<str>>) -> Self {
        Self::StrayAnswer { problem: problem.into(), attempts: 1 }
    }

    /// Maps a transport failure. `limit` is the body limit.
    pub(crate) fn from_failure(source: TransportError, limit: usize, key: &ApiKey) -> Self {
        match source.kind() {
            TransportErrorKind::Timeout => Self::Timeout { attempts: 1, source },
            TransportErrorKind::Connection | TransportErrorKind::InvalidHead | TransportErrorKind::Proxy => {
                Self::Connection { attempts: 1, source }
            }
            TransportErrorKind::TooLarge => Self::TooLarge { limit, attempts: 1 },
            TransportErrorKind::Undecodable => {
                let cause = source.source().and_then(|cause| excerpt(&cause.to_string(), key));
                Self::malformed(
                    cause.map_or_else(|| source.to_string(), |cause| format!("{source}: {cause}")),
                )
            }
            TransportErrorKind::Configuration => Self::Configuration { source },
        }
    }

    pub(crate) fn with_attempts(mut self, sent: u32) -> Self {
        match &mut self {
            Self::BadRequest(response)
            | Self::Unauthorized(response)
            | Self::NotFound(response)
            | Self::RateLimited(response)
            | Self::Server(response)
            | Self::RequestTimeout(response)
            | Self::UnexpectedStatus(response)
            | Self::RedirectRefused(response) => response.attempts = sent,
            Self::HeldBack { attempts, .. }
            | Self::MalformedBody { attempts, .. }
            | Self::StrayAnswer { attempts, .. }
            | Self::TooLarge { attempts, .. }
            | Self::Timeout { attempts, .. }
            | Self::Connection { attempts, .. } => *attempts = sent,
            Self::Configuration { .. } | Self::InvalidInput(_) => {}
        }
        self
    }
}

/// The kinds of [`Error`], with stable names. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Status 400.
    BadRequest,
    /// Status 401, 403 or 407.
    Unauthorized,
    /// Status 404.
    NotFound,
    /// Status 429, or not sent, to avoid a block of the IP address.
    RateLimited,
    /// Status 5xx.
    Server,
    /// Any other status.
    UnexpectedStatus,
    /// Status 3xx.
    RedirectRefused,
    /// Status 200 with a body that violates the API's documentation.
    MalformedBody,
    /// Status 200 with a body over the limit.
    TooLarge,
    /// No complete response in time, or status 408.
    Timeout,
    /// No response, or one that is truncated or not HTTP.
    Connection,
    /// Rejected before sending.
    InvalidInput,
}

impl ErrorKind {
    /// Returns the stable name in snake case, such as `not_found`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::UnexpectedStatus => "unexpected_status",
            Self::RedirectRefused => "redirect_refused",
            Self::MalformedBody => "malformed_body",
            Self::TooLarge => "too_large",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::InvalidInput => "invalid_input",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
