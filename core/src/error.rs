//! What can go wrong, and what is kept of it.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

pub use self::response::ErrorResponse;
use self::response::ceil_secs;
pub(crate) use self::response::{date, said_by_error};
use crate::escape::excerpt;
use crate::{ApiKey, Failure, FailureKind};

mod response;

/// Why there is no session.
///
/// [`kind`](Self::kind) sorts all of them into twelve stable names; the variants carry what is known.
/// `Display` is one line, fit for a terminal; what the transport had to say is the [`source`](std::error::Error::source).
/// No variant ever shows the API key, not even when the server echoes it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 400: the service takes the request for malformed, such as an id that is not UUID-shaped.
    #[error("bad request: {0}")]
    BadRequest(ErrorResponse),
    /// 401, 403 or 407: the key is missing, wrong, or not allowed to do this, or the IP address is not.
    #[error("unauthorized: {0}")]
    Unauthorized(ErrorResponse),
    /// 404: no such session for this account (any more, or yet).
    #[error("not found: {0}")]
    NotFound(ErrorResponse),
    /// 429: too many requests.
    #[error("rate limited: {0}")]
    RateLimited(ErrorResponse),
    /// Nothing was sent, because earlier answers of 429 forbid it for now, or because 20 requests were under way for as long as
    /// this one may take. From one IP address, 25 answers of 429 within five minutes block it for every API request, so this
    /// crate stops at ten.
    #[error("rate limited locally to avoid an IP block; retry in {} s", ceil_secs(*.retry_after))]
    #[non_exhaustive]
    HeldBack {
        /// How long until requests may be sent again.
        retry_after: Duration,
        /// How many requests this call had sent before.
        attempts: u32,
    },
    /// 5xx: the service failed.
    #[error("server error: {0}")]
    Server(ErrorResponse),
    /// 408: the service gave up on waiting for the request.
    #[error("timed out: {0}")]
    RequestTimeout(ErrorResponse),
    /// Any status that has no place of its own, a 2xx other than 200 among them.
    #[error("unexpected status: {0}")]
    UnexpectedStatus(ErrorResponse),
    /// 3xx: redirects are never followed, so that the key goes nowhere else. The message is the `location`.
    #[error("redirect refused: {0}")]
    RedirectRefused(ErrorResponse),
    /// 200, but its body is not what the API promises.
    #[error("malformed body: {problem}")]
    #[non_exhaustive]
    MalformedBody {
        /// What is wrong with it, and where.
        problem: Box<str>,
        /// How many requests were sent.
        attempts: u32,
    },
    /// 200, but the answer to another question: what a stray response on a reused connection looks like.
    #[error("malformed body: {problem}")]
    #[non_exhaustive]
    StrayAnswer {
        /// What was asked for, and what came.
        problem: Box<str>,
        /// How many requests were sent.
        attempts: u32,
    },
    /// 200, but its body is over the limit.
    #[error("too large: the body is over {limit} bytes")]
    #[non_exhaustive]
    TooLarge {
        /// The limit, in unpacked bytes.
        limit: usize,
        /// How many requests were sent.
        attempts: u32,
    },
    /// No whole answer in time.
    #[error("timed out")]
    #[non_exhaustive]
    Timeout {
        /// How many requests were sent.
        attempts: u32,
        /// What the transport said.
        source: Failure,
    },
    /// No answer at all, or one that was cut short or is not HTTP. Transient, unless the proxy refused
    /// ([`FailureKind::Proxy`]).
    #[error("connection failed")]
    #[non_exhaustive]
    Connection {
        /// How many requests were sent.
        attempts: u32,
        /// What the transport said.
        source: Failure,
    },
    /// Nothing can be sent, because of how the transport is set up ([`FailureKind::Configuration`]).
    #[error("cannot send")]
    #[non_exhaustive]
    Configuration {
        /// The transport's reason, such as the name of an invalid proxy variable.
        source: Failure,
    },
    /// Refused before anything was sent.
    #[error(transparent)]
    InvalidInput(#[from] InvalidInput),
}

impl Error {
    /// The name of what went wrong.
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

    /// The answer that says so, when the service gave one other than 200.
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

    /// The status of the answer, if a whole head of one came.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::MalformedBody { .. } | Self::StrayAnswer { .. } | Self::TooLarge { .. } => {
                Some(StatusCode::OK)
            }
            _ => self.response().map(|response| response.status),
        }
    }

    /// How long the service, or the guard after its answers of 429, asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::HeldBack { retry_after, .. } => Some(*retry_after),
            _ => self.response().and_then(|response| response.retry_after),
        }
    }

    /// How many requests were sent for this; 0 when it was refused before.
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

    /// Whether the same request may well succeed when it is sent again.
    pub fn is_transient(&self) -> bool {
        match self {
            // Each refusal can count against the account, as a wrong password does.
            Self::Connection { source, .. } => source.kind() != FailureKind::Proxy,
            Self::RateLimited(_)
            | Self::HeldBack { .. }
            | Self::Server(_)
            | Self::RequestTimeout(_)
            | Self::Timeout { .. }
            // The connection mixed up two answers; a new request gets its own.
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

    /// Whether it is a 429, or a response that may be one.
    pub(crate) fn may_be_429(&self) -> bool {
        match self {
            Self::RateLimited(_) => true,
            Self::Connection { source, .. } => source.kind() == FailureKind::InvalidHead,
            _ => false,
        }
    }

    pub(crate) fn timed_out(source: Failure) -> Self {
        Self::Timeout { attempts: 0, source }
    }

    pub(crate) fn malformed(problem: impl Into<Box<str>>) -> Self {
        Self::MalformedBody { problem: problem.into(), attempts: 1 }
    }

    pub(crate) fn stray(problem: impl Into<Box<str>>) -> Self {
        Self::StrayAnswer { problem: problem.into(), attempts: 1 }
    }

    /// What a failure of the transport means, with the body limit that was in force.
    pub(crate) fn from_failure(source: Failure, limit: usize, key: &ApiKey) -> Self {
        match source.kind() {
            FailureKind::Timeout => Self::Timeout { attempts: 1, source },
            FailureKind::Connection | FailureKind::InvalidHead | FailureKind::Proxy => {
                Self::Connection { attempts: 1, source }
            }
            FailureKind::TooLarge => Self::TooLarge { limit, attempts: 1 },
            FailureKind::Undecodable => {
                let cause = source.source().and_then(|cause| excerpt(&cause.to_string(), key));
                Self::malformed(
                    cause.map_or_else(|| source.to_string(), |cause| format!("{source}: {cause}")),
                )
            }
            FailureKind::Configuration => Self::Configuration { source },
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

/// The stable names of what can go wrong. More may come.
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
    /// 200 with a body that is not what the API promises.
    MalformedBody,
    /// 200 with a body over the limit.
    TooLarge,
    /// No whole answer in time, or 408.
    Timeout,
    /// No answer at all, or one that was cut short or is not HTTP.
    Connection,
    /// Refused before anything was sent.
    InvalidInput,
}

impl ErrorKind {
    /// The name in snake case, such as `not_found`.
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

/// Input that was refused before anything was sent. Refused input is not repeated, since it may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {what}: {why}")]
pub struct InvalidInput {
    what: &'static str,
    why: &'static str,
}

impl InvalidInput {
    pub(crate) fn new(what: &'static str, why: &'static str) -> Self {
        Self { what, why }
    }
}
