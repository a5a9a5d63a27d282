//! The events that a driver reports, for logs, traces and metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Authority;
use http::{Request, Response, StatusCode};

use crate::{Attempt, TransportError, Wait};

/// An event of a driven flow. It contains neither the key nor any part of a URL except the host.
///
/// The adapters pass each event to the function that `ClientBuilder::observe` sets. A custom driver
/// creates events with an [`ExchangeInfo`], which has an example.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request is about to be sent.
    Sent(&'a ExchangeInfo),
    /// A response arrived, with any status.
    #[non_exhaustive]
    Response {
        /// The exchange.
        exchange: &'a ExchangeInfo,
        /// The status.
        status: StatusCode,
        /// The length of the body, as far as it was read, in decompressed bytes.
        body_length: usize,
        /// The time since the request was sent.
        elapsed: Duration,
    },
    /// There is no complete response.
    #[non_exhaustive]
    Failure {
        /// The exchange.
        exchange: &'a ExchangeInfo,
        /// The reason.
        error: &'a TransportError,
        /// The time since the request was sent.
        elapsed: Duration,
    },
    /// The flow is about to wait.
    Wait(Wait),
}

/// The parts of a request that are safe to show: its host, and its number among the attempts of its
/// call.
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions::{Api, ApiKey, Event, ExchangeInfo, Flow, Now, Step, http::Response};
///
/// fn log(event: &Event<'_>) -> String {
///     match event {
///         Event::Sent(exchange) => format!("attempt {} to {}", exchange.attempt().number, exchange.host()),
///         Event::Response { status, elapsed, .. } => format!("{status} after {elapsed:?}"),
///         Event::Failure { error, .. } => format!("{error}"),
///         Event::Wait(wait) => format!("{wait}"),
///         _ => String::new(),
///     }
/// }
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let Step::Send(request) = api.get(&"s1".parse()?).step(Now::ORIGIN) else { panic!("expected a request") };
/// let exchange = ExchangeInfo::new(&request);
/// assert_eq!(log(&exchange.sent()), "attempt 1 to api.brightdata.com");
/// let outcome = Ok(Response::new(Vec::new()));
/// assert_eq!(log(&exchange.ended(&outcome, Duration::from_millis(150))), "200 OK after 150ms");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ExchangeInfo {
    authority: Option<Authority>,
    attempt: Attempt,
}

impl ExchangeInfo {
    /// Copies the parts of a request that are safe to show, without copying text.
    pub fn new(request: &Request<()>) -> Self {
        Self { authority: request.uri().authority().cloned(), attempt: Attempt::of(request) }
    }

    /// Returns the host of the request's URL.
    pub fn host(&self) -> &str {
        self.authority.as_ref().map_or("", Authority::host)
    }

    /// Returns the port of the request's URL, unless it is that of the scheme.
    pub fn port(&self) -> Option<u16> {
        self.authority.as_ref().and_then(Authority::port_u16)
    }

    /// Returns the position of the request among the attempts of its call.
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Returns the event before the request is sent.
    pub fn sent(&self) -> Event<'_> {
        Event::Sent(self)
    }

    /// Returns the event of the outcome, `elapsed` after the request was sent.
    pub fn ended<'a>(
        &'a self,
        outcome: &'a Result<Response<Vec<u8>>, TransportError>,
        elapsed: Duration,
    ) -> Event<'a> {
        match outcome {
            Ok(response) => Event::Response {
                exchange: self,
                status: response.status(),
                body_length: response.body().len(),
                elapsed,
            },
            Err(error) => Event::Failure { exchange: self, error, elapsed },
        }
    }
}

/// Omits the rest of the authority, because another program's URL can contain a password.
impl fmt::Debug for ExchangeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeInfo")
            .field("host", &self.host())
            .field("port", &self.port())
            .field("attempt", &self.attempt)
            .finish()
    }
}

/// An optional function that receives each [`Event`] of a driver. Cheap to clone.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use brightdata_sessions::{Api, ApiKey, Event, ExchangeInfo, Observer};
///
/// static SENT: AtomicU32 = AtomicU32::new(0);
/// let observer = Observer::new(|event| {
///     if let Event::Sent(_) = event {
///         SENT.fetch_add(1, Ordering::Relaxed);
///     }
/// });
///
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// # let request = api.request(&brightdata_sessions::ListSessions::new())?;
/// observer.report(&ExchangeInfo::new(&request).sent());
/// assert_eq!(SENT.load(Ordering::Relaxed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&Event<'_>) + Send + Sync;

impl Observer {
    /// Wraps a function. It runs on the thread or task that drives the flow, so it should be quick.
    pub fn new(observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }

    /// Returns whether there is a function. Without one, a driver need not create events.
    pub fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Passes an event to the function, if there is one.
    pub fn report(&self, event: &Event<'_>) {
        if let Some(observe) = &self.0 {
            observe(event);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.is_set()).finish()
    }
}
