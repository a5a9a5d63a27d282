//! The reasons why a request may have no response.

use std::error::Error as StdError;
use std::{fmt, io};

/// The reason why a request has no complete response.
///
/// A complete response is not a failure, whatever its status. Neither is a status other than 200
/// with a truncated body: see [`Collector`](crate::Collector).
///
/// An [`io::Error`] converts with `?`. For the error of an HTTP client, choose the kind:
///
/// ```
/// use brightdata_sessions::{TransportError, TransportErrorKind};
///
/// fn transport_error(cause: Box<dyn std::error::Error + Send + Sync>, is_timeout: bool) -> TransportError {
///     let kind = if is_timeout { TransportErrorKind::Timeout } else { TransportErrorKind::Connection };
///     TransportError::new(kind, cause)
/// }
///
/// let error = transport_error("connection refused".into(), false).with_proxy("proxy.example:8080");
/// assert_eq!(error.to_string(), "no complete response from the server (proxy proxy.example:8080)");
/// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection refused");
/// ```
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    proxy: Option<Box<str>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`TransportError`], one for each way of handling them.
///
/// More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No complete response within the transport's time limits. Retried.
    Timeout,
    /// No connection, a broken connection, a truncated response, or bytes that are not HTTP.
    /// Retried.
    Connection,
    /// The body of a 200 exceeds the limit. Not retried.
    TooLarge,
    /// A 200 cannot be decoded: its compressed body or its chunks are invalid, or the client
    /// rejects its head. Not retried.
    Undecodable,
    /// The head of a response is invalid or exceeds the client's limits, so its status is unknown.
    /// It may be a 429 and counts as one: the request is retried after the same delay.
    InvalidHead,
    /// The proxy refused to connect to the server: its response to `CONNECT` has a status such as
    /// 407 or 403, or a SOCKS proxy refused the credentials or the destination. Not retried,
    /// because repeated refusals can lock an account. A proxy that cannot be reached is a
    /// [`Connection`](Self::Connection) failure.
    Proxy,
    /// TLS rejected the certificate of the server: an unknown issuer, another host name, or a date
    /// that is not within its validity. Nothing was sent. Not retried, because it does not pass by
    /// itself.
    Certificate,
    /// The configuration of the transport prevents sending: an invalid proxy variable, or TLS that
    /// cannot be initialized. Nothing was sent, and nothing is retried.
    Configuration,
}

impl TransportErrorKind {
    /// Returns the stable name in snake case, such as `invalid_head`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::TooLarge => "too_large",
            Self::Undecodable => "undecodable",
            Self::InvalidHead => "invalid_head",
            Self::Proxy => "proxy",
            Self::Certificate => "certificate",
            Self::Configuration => "configuration",
        }
    }
}

impl TransportError {
    /// Creates a failure with its cause. The cause must not contain the key. It must not contain
    /// any part of the URL except the host either, because errors are logged.
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, proxy: None, source: Some(source.into()) }
    }

    /// Names the proxy that the request was sent through, by host and port, without credentials.
    /// The message then names it, so that a proxy's fault is not mistaken for the server's.
    #[must_use]
    pub fn with_proxy(mut self, address: impl Into<Box<str>>) -> Self {
        self.proxy = Some(address.into());
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self { kind, proxy: None, source: None }
    }
}

/// Maps socket errors: a read timeout is `WouldBlock` on Unix and `TimedOut` on Windows. Any other
/// error is a broken connection.
impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportErrorKind::Timeout,
            _ => TransportErrorKind::Connection,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Timeout => "timed out before the response was complete",
            TransportErrorKind::Connection => "no complete response from the server",
            TransportErrorKind::TooLarge => "the body is over the limit",
            TransportErrorKind::Undecodable => "cannot decode the response",
            TransportErrorKind::InvalidHead => "invalid head of a response",
            TransportErrorKind::Proxy => "the proxy refused to connect to the server",
            TransportErrorKind::Certificate => "the certificate was rejected",
            TransportErrorKind::Configuration => "invalid configuration",
        })?;
        self.proxy.as_ref().map_or(Ok(()), |proxy| write!(f, " (proxy {proxy})"))
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
