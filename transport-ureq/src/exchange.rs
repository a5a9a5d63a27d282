//! One request and its response.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use brightdata_sessions::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use brightdata_sessions::http::response::Parts;
use brightdata_sessions::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use brightdata_sessions::{Collector, ExchangeInfo, TransportError, TransportErrorKind};
use ureq::Proxy;

use crate::connection::take_rejected_head;
use crate::gzip::Gzip;
use crate::{Client, proxy, tls};

impl Client {
    /// Sends one request of the core once, and collects its response. A response with any status is
    /// `Ok`. The request and its outcome are reported to the function of
    /// [`ClientBuilder::observe`](crate::ClientBuilder::observe).
    ///
    /// # Errors
    ///
    /// The [`TransportError`] if there is no complete response.
    pub fn exchange(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        let Some(function) = &self.capture.0 else { return self.observed(request) };
        let sent = request.clone();
        let outcome = self.observed(request);
        function(&sent, &outcome);
        outcome
    }

    fn observed(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        if !self.observer.is_set() {
            return self.send(request);
        }
        let (info, start) = (ExchangeInfo::new(&request), Instant::now());
        self.observer.report(&info.sent());
        let outcome = self.send(request);
        self.observer.report(&info.ended(&outcome, start.elapsed()));
        outcome
    }

    fn send(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        let proxy = self.proxy.as_ref().map_err(unusable)?.clone();
        self.send_through(proxy.clone(), request).map_err(|error| match &proxy {
            Some(proxy) => error.with_proxy(proxy::address(proxy)),
            None => error,
        })
    }

    /// Uses no proxy for a loopback base URL: to a proxy, loopback is another machine, and it would
    /// see the key.
    fn send_through(
        &self,
        proxy: Option<Proxy>,
        mut request: Request<()>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let config = self
            .agent
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(self.connect_timeout))
            .timeout_global(Some(self.timeout))
            .proxy(proxy);
        take_rejected_head();
        let (mut head, body) = match self.agent.run(config.build()) {
            Ok(response) => response.into_parts(),
            Err(error) => return self.without_response(error),
        };

        let body = body.into_reader();
        match Coding::of(&head.headers) {
            Coding::Identity => collect(self.collector(head), body),
            Coding::Gzip => {
                head.headers.remove(CONTENT_ENCODING);
                head.headers.remove(CONTENT_LENGTH);
                collect(self.collector(head), Gzip::new(body))
            }
            Coding::Unsupported(codings) => {
                // A server can echo the key in any header.
                let problem = format!("unsupported content-encoding: {}", self.api.key().redact(&codings));
                self.collector(head).fail(TransportError::new(TransportErrorKind::Undecodable, problem))
            }
        }
    }

    fn collector(&self, head: Parts) -> Collector {
        self.api.collector(head).received_at(SystemTime::now())
    }

    /// Returns the outcome of a request without a response from ureq. A received status still
    /// counts.
    fn without_response(&self, error: ureq::Error) -> Result<Response<Vec<u8>>, TransportError> {
        let is_rejected = matches!(error, ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..));
        match take_rejected_head() {
            Some(head) if head.status != StatusCode::OK => self.collector(head).finish(),
            Some(_) if is_rejected => Err(TransportError::new(TransportErrorKind::Undecodable, error)),
            None if is_rejected => Err(TransportError::new(TransportErrorKind::InvalidHead, error)),
            _ => Err(transport_error(error)),
        }
    }
}

/// Returns the error of a client that cannot send anything.
pub(crate) fn unusable(reason: &Arc<dyn StdError + Send + Sync>) -> TransportError {
    TransportError::new(TransportErrorKind::Configuration, Arc::clone(reason))
}

/// The content coding of a body.
enum Coding {
    Identity,
    Gzip,
    Unsupported(String),
}

impl Coding {
    fn of(headers: &HeaderMap) -> Self {
        let values =
            headers.get_all(CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let values = values.collect::<Vec<_>>().join(", ");
        // RFC 9110, 8.4.1: coding names ignore case, and `x-gzip` equals `gzip`.
        let mut codings = values
            .split(',')
            .map(str::trim)
            .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
        match (codings.next(), codings.next()) {
            (None, _) => Self::Identity,
            (Some(coding), None)
                if ["gzip", "x-gzip"].iter().any(|name| coding.eq_ignore_ascii_case(name)) =>
            {
                Self::Gzip
            }
            _ => Self::Unsupported(values),
        }
    }
}

type Function = dyn Fn(&Request<()>, &Result<Response<Vec<u8>>, TransportError>) + Send + Sync;

/// An optional function that gets each exchange whole.
#[derive(Clone, Default)]
pub(crate) struct CaptureFn(pub(crate) Option<Arc<Function>>);

impl fmt::Debug for CaptureFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CaptureFn").field(&self.0.is_some()).finish()
    }
}

fn collect(mut collector: Collector, mut body: impl Read) -> Result<Response<Vec<u8>>, TransportError> {
    // Most responses are short, so clearing a larger buffer would cost more than it saves.
    let mut chunk = [0; 2 << 10];
    loop {
        match body.read(&mut chunk) {
            Ok(0) => return collector.finish(),
            Ok(length) if collector.push(&chunk[..length]).is_continue() => {}
            Ok(_) => return collector.finish(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return collector.fail(body_error(error.into())),
        }
    }
}

/// Maps an error while reading a body. All errors except those of the connection concern its
/// encoding: invalid chunks or gzip.
fn body_error(error: ureq::Error) -> TransportError {
    match error {
        ureq::Error::Timeout(_) | ureq::Error::Io(_) => transport_error(error),
        ureq::Error::Other(problem) => TransportError::new(TransportErrorKind::Undecodable, problem),
        _ => TransportError::new(TransportErrorKind::Undecodable, error),
    }
}

/// Maps an error of ureq, which contains at most the host or the URL, never a header.
fn transport_error(error: ureq::Error) -> TransportError {
    let kind = match &error {
        error if proxy::is_refusal(error) => TransportErrorKind::Proxy,
        error if tls::is_certificate(error) => TransportErrorKind::Certificate,
        ureq::Error::TlsRequired => TransportErrorKind::Configuration,
        ureq::Error::Timeout(_) => TransportErrorKind::Timeout,
        ureq::Error::Io(io) if io.kind() == io::ErrorKind::TimedOut => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Connection,
    };
    TransportError::new(kind, error)
}
