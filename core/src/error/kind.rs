//! The kinds of errors: the one table from statuses to kinds, and the stable names.

use http::StatusCode;

use crate::TransportErrorKind;
use crate::words::words;

/// The kinds of [`Error`](crate::Error). Each has a stable name. More may be added.
///
/// ```
/// use brightdata_sessions::ErrorKind;
///
/// assert_eq!(ErrorKind::NotFound.as_str(), "not_found");
/// assert_eq!("not_found".parse(), Ok(ErrorKind::NotFound));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Status 400: the service rejects the request as malformed, for example an id that is not
    /// UUID-shaped.
    BadRequest,
    /// Status 401, 403 or 407: the key is missing, wrong or not permitted, or the IP address is not
    /// allowed.
    Unauthorized,
    /// Status 404: the account has no such session, or not yet, or no longer.
    NotFound,
    /// Status 429, or not sent, to avoid a block of the IP address. Transient.
    RateLimited,
    /// Status 5xx: the service failed. Transient.
    Server,
    /// Any other status, including a 2xx other than 200.
    UnexpectedStatus,
    /// Status 3xx: redirects are never followed, so that the key is not sent elsewhere.
    RedirectRefused,
    /// Status 200 with a body that violates the API's documentation. Transient only if it is the
    /// response to another request.
    MalformedBody,
    /// Status 200 with a body over the limit.
    TooLarge,
    /// No complete response in time, or status 408. Transient.
    Timeout,
    /// No response, or one that is truncated or not HTTP. Transient, unless the proxy refused to
    /// connect, or the server's certificate was rejected.
    Connection,
    /// Rejected before sending.
    InvalidInput,
}

words!(
    ErrorKind,
    "error kind",
    [
        BadRequest = "bad_request",
        Unauthorized = "unauthorized",
        NotFound = "not_found",
        RateLimited = "rate_limited",
        Server = "server",
        UnexpectedStatus = "unexpected_status",
        RedirectRefused = "redirect_refused",
        MalformedBody = "malformed_body",
        TooLarge = "too_large",
        Timeout = "timeout",
        Connection = "connection",
        InvalidInput = "invalid_input",
    ]
);

impl ErrorKind {
    /// Classifies a status other than 200.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::BadRequest,
            // The service itself sends a 407 if the account does not allow the IP address.
            401 | 403 | 407 => Self::Unauthorized,
            404 => Self::NotFound,
            408 => Self::Timeout,
            429 => Self::RateLimited,
            // Including a 304, because no request here is conditional.
            300..=399 => Self::RedirectRefused,
            500..=599 => Self::Server,
            // A 204 or 206 has no complete record, and a 422 is not documented.
            _ => Self::UnexpectedStatus,
        }
    }

    /// Returns the words that messages of this kind begin with.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "bad request",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not found",
            Self::RateLimited => "rate limited",
            Self::Server => "server error",
            Self::UnexpectedStatus => "unexpected status",
            Self::RedirectRefused => "redirect refused",
            Self::MalformedBody => "malformed body",
            Self::TooLarge => "too large",
            Self::Timeout => "timed out",
            Self::Connection => "connection failed",
            // A misconfigured transport. Other invalid input has its own message.
            Self::InvalidInput => "cannot send",
        }
    }
}

impl From<TransportErrorKind> for ErrorKind {
    fn from(kind: TransportErrorKind) -> Self {
        match kind {
            TransportErrorKind::Timeout => Self::Timeout,
            TransportErrorKind::Connection
            | TransportErrorKind::InvalidHead
            | TransportErrorKind::Proxy
            | TransportErrorKind::Certificate => Self::Connection,
            TransportErrorKind::TooLarge => Self::TooLarge,
            TransportErrorKind::Undecodable => Self::MalformedBody,
            TransportErrorKind::Configuration => Self::InvalidInput,
        }
    }
}
