//! What a transport says when it has no answer.

use std::error::Error as StdError;
use std::{fmt, io};

use http::Response;

/// What became of one request: an answer of any status with its body, or the reason why there is none. What a transport
/// hands to [`Flow::receive`](crate::Flow::receive).
pub type Outcome = Result<Response<Vec<u8>>, Failure>;

/// Why a request got no (whole) answer: what a transport hands to [`Flow::receive`](crate::Flow::receive) instead of a
/// response.
///
/// An answer with any status is not a failure, and neither is one other than 200 whose body was cut: see
/// [`Collector`](crate::Collector).
#[derive(Debug)]
pub struct Failure {
    kind: FailureKind,
    proxy: Option<Box<str>>,
    /// What to show instead of what the kind says.
    problem: Option<Box<str>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`Failure`] that make a difference to what happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No whole answer within the transport's time limits. The request is sent again.
    Timeout,
    /// No connection, a broken one, an answer cut short, or bytes that are not HTTP. The request is sent again.
    Connection,
    /// The body of a 200 is over the limit. Not sent again.
    TooLarge,
    /// A 200 cannot be decoded: the packed body or its chunks are invalid, or the client refuses the head. Not sent again.
    Undecodable,
    /// A response came, but its head is invalid or exceeds the client's limits, so its status is unknown. It may be a 429 and
    /// counts as one: the request is sent again, but only after the same pause.
    InvalidHead,
    /// The proxy refused to connect to the server: its response to `CONNECT` has a status such as
    /// 407 or 403, or a SOCKS proxy refused the credentials or the destination. Not sent again,
    /// because repeated refusals can lock an account. A proxy that cannot be reached is a
    /// [`Connection`](Self::Connection) failure.
    Proxy,
    /// The transport is set up in a way that prevents sending: an invalid proxy variable, or TLS
    /// that cannot be initialized. Nothing was sent, and nothing is sent again.
    Configuration,
}

impl Failure {
    /// A failure and what the transport knows of it. The source must hold neither the key nor, since URLs end up in
    /// logs, more of the URL than the host.
    pub fn new(kind: FailureKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, proxy: None, problem: None, source: Some(source.into()) }
    }

    /// A deadline that passed although the responses were complete.
    pub(crate) fn deadline(problem: String) -> Self {
        Self { kind: FailureKind::Timeout, proxy: None, problem: Some(problem.into()), source: None }
    }

    /// Names the proxy that the request was sent through, by host and port, without credentials.
    /// The message then names it, so a proxy's fault is not taken for the server's.
    #[must_use]
    pub fn with_proxy(mut self, address: impl Into<Box<str>>) -> Self {
        self.proxy = Some(address.into());
        self
    }

    /// What kind it is.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }
}

impl From<FailureKind> for Failure {
    fn from(kind: FailureKind) -> Self {
        Self { kind, proxy: None, problem: None, source: None }
    }
}

/// As sockets report it: a time limit on a read is `WouldBlock` on Unix and `TimedOut` on Windows; anything else is a broken
/// connection.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FailureKind::Timeout,
            _ => FailureKind::Connection,
        };
        Self::new(kind, error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(problem) = &self.problem {
            return f.write_str(problem);
        }
        f.write_str(match self.kind {
            FailureKind::Timeout => "timed out before the response was complete",
            FailureKind::Connection => "no complete response from the server",
            FailureKind::TooLarge => "the body is over the limit",
            FailureKind::Undecodable => "cannot decode the response",
            FailureKind::InvalidHead => "invalid head of a response",
            FailureKind::Proxy => "the proxy refused to connect to the server",
            FailureKind::Configuration => "invalid configuration",
        })?;
        self.proxy.as_ref().map_or(Ok(()), |proxy| write!(f, " (proxy {proxy})"))
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
