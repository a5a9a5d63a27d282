//! The API as a caller configures it: base URL, key, limits and policies.

use std::time::{Duration, Instant};

use http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use http::uri::{PathAndQuery, Uri};
use http::{Request, Response, StatusCode};

use crate::operation::rejected_body::RejectedBody;
use crate::{
    ApiKey, BaseUrl, Collector, Error, ErrorResponse, InvalidInput, Now, Operation, RateGuard, RetryPolicy,
    TransportError,
};

const USER_AGENT_VALUE: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The API: base URL, key, limits, retry policy, and the rate guard, which keeps 429 responses from
/// getting the caller's IP address blocked.
///
/// Cheap to clone. All clones of one `Api` share the rate guard, whatever their settings, so create
/// one per account and clone it.
///
/// Each request in flight may be answered with 429, and 25 such responses within five minutes block
/// the IP address. So few requests are in flight at first, and at most 20. After a 429, requests are
/// sent at the pace that the service lets through, which is then raised slowly. Callers wait for
/// their turns. A known rate limit can be set by [`with_rate`](Self::with_rate).
///
/// Without any policy, [`request`](Self::request) builds a request and [`parse`](Self::parse)
/// parses its response:
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, GetSession, http};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let get = GetSession::new("3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f".parse()?);
/// let request = api.request(&get)?;
/// assert_eq!(request.uri().path(), "/browser_sessions/3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f");
///
/// let response = http::Response::builder().status(404).body(&br#"{"error":"Session not found"}"#[..])?;
/// let error = api.parse(&get, response).unwrap_err();
/// assert_eq!(error.to_string(), "not found: status 404, Session not found");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Api {
    key: ApiKey,
    base_url: BaseUrl,
    body_limit: usize,
    retry: RetryPolicy,
    seed: u64,
    guard: RateGuard,
}

impl Api {
    /// Creates the API at `https://api.brightdata.com`, with a body limit of 8 MiB and the default
    /// [`RetryPolicy`].
    pub fn new(key: ApiKey) -> Self {
        Self {
            key,
            base_url: BaseUrl::default(),
            body_limit: 8 << 20,
            retry: RetryPolicy::default(),
            seed: 0,
            guard: RateGuard::default(),
        }
    }

    /// Sets another address, such as a gateway or a fake on loopback.
    #[must_use]
    pub fn with_base_url(mut self, base_url: BaseUrl) -> Self {
        self.base_url = base_url;
        self
    }

    /// Sets the maximum length of the decompressed body of a 200, in bytes. The default is 8 MiB. A
    /// longer body is an error of kind [`TooLarge`](crate::ErrorKind::TooLarge). The body of any
    /// other status is read up to 16 KiB.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the retry policy.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Sets the service's rate limit, if it is known, for all clones of this `Api`.
    ///
    /// Requests are evenly spread, and any period of this length has at most this number of them.
    /// So no response is a 429, unless other clients use the same limit.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if `requests` or `per` is zero.
    ///
    /// ```
    /// use std::time::Duration;
    /// use brightdata_sessions::{Api, ApiKey};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?).with_rate(100, Duration::from_secs(60))?;
    /// # Ok::<(), brightdata_sessions::InvalidInput>(())
    /// ```
    pub fn with_rate(self, requests: u32, per: Duration) -> Result<Self, InvalidInput> {
        if requests == 0 || per.is_zero() {
            return Err(InvalidInput::new("rate", "zero requests, or zero time"));
        }
        self.guard.set_rate(requests, per);
        Ok(self)
    }

    /// Shares a rate guard with other `Api`s, such as those of several accounts behind one IP address.
    ///
    /// A [rate](Self::with_rate) is part of the guard, so set it afterwards.
    #[must_use]
    pub fn with_guard(mut self, guard: RateGuard) -> Self {
        self.guard = guard;
        self
    }

    /// Sets the seed of the jitter between attempts. The time of the failure is mixed in, so
    /// programs that keep the default seed do not retry in lockstep. A test in simulated time is
    /// reproducible.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Builds the complete request of an operation. Send it unchanged and without a body, and do
    /// not follow redirects.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if a parameter is invalid, or if path and
    /// query exceed 65,534 bytes, the maximum of [`Uri`].
    pub fn request<O: Operation>(&self, operation: &O) -> Result<Request<()>, Error> {
        let mut target = operation.path_and_query()?;
        target.insert_str(0, self.base_url.path());
        let target = PathAndQuery::try_from(target)
            .map_err(|_| InvalidInput::new("request", "URL longer than 65,534 bytes"))?;
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.base_url.scheme());
        parts.authority = Some(self.base_url.authority());
        parts.path_and_query = Some(target);
        let uri = Uri::from_parts(parts).map_err(|_| InvalidInput::new("request", "invalid URL"))?;

        // Reserve room for three headers that the HTTP client adds; growing the map later costs
        // more.
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_VALUE));
        headers.insert(AUTHORIZATION, self.key.header());

        let mut request = Request::new(());
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// Parses a response: a 200 into the result of the operation, any other status into an
    /// [`Error`].
    ///
    /// The body must be decompressed. To stop reading a body at the limit, use a [`Collector`].
    ///
    /// # Errors
    ///
    /// An [`Error`] for each status other than 200, and for a body that is malformed or exceeds the
    /// limit.
    pub fn parse<O: Operation>(&self, operation: &O, response: Response<&[u8]>) -> Result<O::Output, Error> {
        let body = *response.body();
        if response.status() == StatusCode::OK {
            return self.parse_ok(operation, body, response.headers());
        }
        let refusal = ErrorResponse::new(response.status(), response.headers(), body, &self.key);
        Err(Error::from_response(refusal))
    }

    /// Returns the error of a request that has no complete response.
    /// [`Flow::receive`](crate::Flow::receive) does the same.
    pub fn error_from(&self, error: TransportError) -> Error {
        Error::from_transport(error, self.body_limit, &self.key)
    }

    /// Returns a collector for the response's body, with the limit for its status.
    pub fn collector(&self, head: http::response::Parts) -> Collector {
        Collector::new(head, self.body_limit)
    }

    /// Converts an [`Instant`] into the time that flows expect.
    ///
    /// The first call on any `Api` that shares the [rate guard](Self::with_guard) sets the origin. It
    /// is one day before that instant, so that earlier times, which another process saved, have room.
    pub fn now(&self, now: Instant) -> Now {
        self.guard.now(now)
    }

    /// Returns the key, for its [`redact`](ApiKey::redact).
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// Returns the address that requests are sent to.
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Returns the rate guard.
    pub fn guard(&self) -> &RateGuard {
        &self.guard
    }

    /// Returns the maximum length of the body of a 200, in bytes.
    pub fn body_limit(&self) -> usize {
        self.body_limit
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.retry
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    #[inline]
    fn parse_ok<O: Operation>(
        &self,
        operation: &O,
        body: &[u8],
        headers: &HeaderMap,
    ) -> Result<O::Output, Error> {
        if body.len() > self.body_limit {
            return Err(Error::too_large(self.body_limit));
        }
        // serde_json does not validate the UTF-8 of values that it skips, and is faster on `str`.
        let reject = |RejectedBody { problem, is_stray }| Error::body(&problem, is_stray, &self.key);
        match std::str::from_utf8(body) {
            Ok(body) => operation.parse_body(body).map_err(reject),
            Err(error) => Err(reject(RejectedBody::not_utf8(body, headers, error))),
        }
    }
}
