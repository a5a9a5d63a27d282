//! The settings of a client.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use brightdata_sessions::{Api, Error, Event, Observer};
use reqwest::redirect::Policy;
use reqwest::retry;

use crate::proxy::{self, ProxyInUse};
use crate::{Client, tls};

/// The maximum time limit, the same in every adapter.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
/// Five times hyper's default, because gateways add many headers.
const MAX_HEADERS: usize = 500;
/// In bytes. Four times hyper's default.
const MAX_HEADER_LIST_SIZE: u32 = 64 << 10;

/// The settings of a [`Client`]. Created by [`Client::builder`].
///
/// ```
/// use std::time::Duration;
///
/// use brightdata_sessions_reqwest::{Api, ApiKey, Client, RetryPolicy};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?).with_retry(RetryPolicy::none());
/// # let api = api.with_base_url("http://127.0.0.1:1".parse()?);
/// let client = Client::builder(api).timeout(Duration::from_secs(60)).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    api: Api,
    http: reqwest::ClientBuilder,
    proxy: ProxyInUse,
    observer: Observer,
    timeout: Duration,
    finished: Option<reqwest::Client>,
}

impl ClientBuilder {
    pub(crate) fn new(api: Api) -> Self {
        // Reject as few heads as possible, because the status of a rejected one is unknown.
        let http = reqwest::Client::builder()
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_LIST_SIZE);
        let (http, proxy) = proxy::mark(http);
        Self { api, http, proxy, observer: Observer::default(), timeout: Duration::ZERO, finished: None }
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(10))
    }

    /// Sets the time limit of one attempt, from its start to the last byte of the response. The
    /// default is 30 s, the maximum one day. After 60 s, a request no longer counts as in flight.
    /// [`RetryPolicy`](crate::RetryPolicy) limits all attempts together.
    pub fn timeout(self, limit: Duration) -> Self {
        let timeout = limit.min(MAX_TIMEOUT);
        Self { timeout, ..self }.configure(|http| http.timeout(timeout))
    }

    /// Sets the time limit for connecting, including TLS. The default is 10 s, the maximum one day.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.configure(|http| http.connect_timeout(limit.min(MAX_TIMEOUT)))
    }

    /// Changes reqwest's builder, for example its TLS, pool or resolver. So a further root
    /// certificate is trusted with `http.tls_certs_merge([certificate])`.
    ///
    /// Some settings are applied afterwards and override the builder's own, because they keep the
    /// key safe and errors complete: no redirects, no retries, no compression, no log of sent
    /// bytes, no proxy for loopback.
    ///
    /// The builder's own proxies take precedence over the environment's, and `no_proxy()` excludes
    /// the environment. A builder that `change` creates itself has none of this crate's time
    /// limits, and reads the environment by reqwest's rules.
    ///
    /// ```
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// # let api = api.with_base_url("http://127.0.0.1:1".parse()?);
    /// let client = Client::builder(api).configure(|http| http.pool_max_idle_per_host(2)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn configure(
        mut self,
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        self.http = change(self.http);
        self
    }

    /// Uses a finished `reqwest::Client`, for example one that the program already has.
    ///
    /// [`timeout`](Self::timeout) and [`observe`](Self::observe) still apply.
    /// [`connect_timeout`](Self::connect_timeout), [`configure`](Self::configure) and the proxy
    /// variables of the environment do not.
    ///
    /// **The client must follow no redirect:** build it with `redirect(Policy::none())`. reqwest
    /// does not expose how a client was built, so this cannot be checked. A client that follows
    /// redirects discloses the service's data to other hosts, and returns their responses as the
    /// service's. It should also use no proxy for a loopback base URL, and decompress nothing
    /// beyond what memory allows.
    ///
    /// ```
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client, reqwest};
    ///
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    /// # let http = http.tls_certs_only([]);
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let client = Client::builder(api).http_client(http.build()?).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn http_client(mut self, http: reqwest::Client) -> Self {
        self.finished = Some(http);
        self
    }

    /// Sets a function that receives each request, response, failure and wait, for logs, traces and
    /// metrics.
    ///
    /// An [`Event`] contains neither the key nor any part of a URL except the host.
    ///
    /// ```
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client, Event};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let client = Client::builder(api).observe(|event| {
    ///     if let Event::Wait(wait) = event {
    ///         eprintln!("{wait}"); // such as "waiting 38 s as requested (rate limited)"
    ///     }
    /// });
    /// # client.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn observe(mut self, observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(observe);
        self
    }

    /// Builds the client. The proxy variables of the environment are read here, as
    /// [`EnvProxy`](brightdata_sessions::EnvProxy) documents.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if a proxy variable is invalid,
    /// or if TLS cannot be set up on this machine, for example because it has no certificate store,
    /// or if TLS needs a feature that is off.
    /// A program thus fails when it starts, not with its first request. The error's sources contain
    /// the reason.
    pub fn build(self) -> Result<Client, Error> {
        self.build_in(std::env::var_os).checked()
    }

    /// Builds the client in an environment with these variables. If it cannot be built, each
    /// request returns the error.
    pub(crate) fn build_in(self, variable: impl Fn(&'static str) -> Option<OsString>) -> Client {
        let Self { api, http, proxy, observer, timeout, finished } = self;
        if let Some(http) = finished {
            // Its proxies are unknown.
            return Client {
                api,
                http: Ok(http),
                proxy: ProxyInUse::default(),
                observer,
                timeout: Some(timeout),
            };
        }
        let build = || -> Result<_, Box<dyn StdError + Send + Sync>> {
            tls::check(api.base_url())?;
            let http = proxy::add_from_variables(http, &proxy, api.base_url(), variable)?;
            Ok(secured(http, &api).build()?)
        };
        let http = build().map_err(Arc::from);
        Client { api, http, proxy, observer, timeout: None }
    }
}

/// Omits reqwest's builder, whose proxies have credentials.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("api", &self.api).finish_non_exhaustive()
    }
}

/// Applies the settings that keep the key safe and errors complete.
fn secured(http: reqwest::ClientBuilder, api: &Api) -> reqwest::ClientBuilder {
    let mut http = http
        .redirect(Policy::none())
        .retry(retry::never())
        .referer(false)
        // It would log every byte at level `trace`, including the key.
        .connection_verbose(false)
        // Other crates of a program may enable these features.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    let base_url = api.base_url();
    if base_url.is_loopback() {
        // To a proxy, loopback is another machine, and it would see the key.
        http = http.no_proxy();
    }
    if !base_url.is_https() {
        // Without TLS, the machine needs no certificate store.
        http = tls::without_roots(http);
    }
    http
}
