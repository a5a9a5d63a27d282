//! The client and its settings.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::{Duration, Instant};

use brightdata_sessions::{
    Api, ApiKey, Error, Flow, GetSession, ListSessions, Operation, Session, SessionId, SessionPaginator,
    SessionWatcher,
};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, retry};
use tokio::time::sleep;

use crate::FlowStream;
use crate::proxy::{self, ProxyInUse};

/// Five times hyper's default, because gateways add many headers.
const MAX_HEADERS: usize = 500;
/// In bytes. Four times hyper's default.
const MAX_HEADER_LIST_SIZE: u32 = 64 << 10;

/// An async client. Cheap to clone: clones share connections and, through their [`Api`], the rate guard.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    /// The reqwest client, or the reason why it cannot be built, which each request then returns.
    pub(crate) http: Result<reqwest::Client, Arc<dyn StdError + Send + Sync>>,
    pub(crate) proxy: ProxyInUse,
}

impl Client {
    /// Creates a client of `https://api.brightdata.com`, with all defaults.
    ///
    /// If TLS cannot be set up on this machine, for example because it has no certificate store, each request returns an
    /// [`Error`] of kind `invalid_input` with the reason. So it does if a proxy variable of the environment
    /// cannot be used. The variables are read here, by the rules of
    /// [`EnvProxy`](brightdata_sessions::EnvProxy).
    pub fn new(key: ApiKey) -> Self {
        Self::with_api(Api::new(key))
    }

    /// Creates a client of an [`Api`] with its own base URL, limits or retry policy. TLS is set up as for
    /// [`new`](Self::new), and not at all for an `http://` base URL.
    pub fn with_api(api: Api) -> Self {
        Self::build_in(api.clone(), std::env::var_os, |builder| builder).unwrap_or_else(|unbuilt| Self {
            api,
            http: Err(Arc::new(unbuilt)),
            proxy: ProxyInUse::default(),
        })
    }

    /// Creates a client with the `ClientBuilder` that `with` returns. `with` receives a builder with this crate's
    /// time limits.
    ///
    /// The builder's TLS, proxies and time limits are kept. Some settings are applied afterwards and override it,
    /// because they keep the key safe and errors complete: no redirects, no retries, no compression, no log of
    /// sent bytes, no proxy for loopback.
    ///
    /// The builder's own proxies come before the environment's, and `no_proxy()` excludes it. With a
    /// variable that cannot be used, each request returns an [`Error`] of kind `invalid_input`, unless `with`
    /// calls `no_proxy()` before it adds proxies. A builder that `with` creates itself reads the
    /// environment by reqwest's rules.
    ///
    /// # Errors
    ///
    /// The builder's error, such as TLS that cannot be set up.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let patient = Client::build(api, |builder| builder.timeout(Duration::from_secs(60)))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(
        api: Api,
        with: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, reqwest::Error> {
        Self::build_in(api, std::env::var_os, with)
    }

    /// Builds the client in an environment with these variables.
    pub(crate) fn build_in(
        api: Api,
        variable: impl Fn(&'static str) -> Option<OsString>,
        with: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, reqwest::Error> {
        let defaults = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            // Reject as few heads as possible, because the status of a rejected one is unknown.
            .http1_max_headers(MAX_HEADERS)
            .http2_max_header_list_size(MAX_HEADER_LIST_SIZE);
        let (builder, proxy, variables) = proxy::configure(defaults, with, api.base_url(), variable);
        let http = match variables {
            Ok(()) => Ok(build(&api, builder)?),
            Err(invalid) => Err(Arc::from(invalid)),
        };
        Ok(Self { api, http, proxy })
    }

    /// Fetches one session.
    ///
    /// # Errors
    ///
    /// Returns the last [`Error`] once the retry policy gives up.
    pub async fn get(&self, id: &SessionId) -> Result<Session, Error> {
        self.call(GetSession::new(id.clone())).await
    }

    /// Lists all sessions of a request, over all of its pages. Each page is fetched when it is needed.
    pub fn list(&self, request: ListSessions) -> FlowStream<SessionPaginator> {
        self.drive(self.api.list(request))
    }

    /// Watches one session until it ends. Yields the session on each change, and last the ended session.
    pub fn watch(&self, id: &SessionId) -> FlowStream<SessionWatcher> {
        self.drive(self.api.watch(id))
    }

    /// Performs any operation, such as [`ListSessions`] for one page of a list.
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub async fn call<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let now = || self.api.elapsed(Instant::now());
        self.api.call(operation).run_with_async(now, |request| self.exchange(request), sleep).await
    }

    /// Drives any [`Flow`] of this client's [`Api`]. Pass `&mut flow` to keep the flow.
    pub fn drive<F: Flow>(&self, flow: F) -> FlowStream<F> {
        FlowStream::new(self.clone(), flow)
    }

    /// Returns the API of this client.
    pub fn api(&self) -> &Api {
        &self.api
    }
}

fn build(api: &Api, builder: ClientBuilder) -> Result<reqwest::Client, reqwest::Error> {
    let mut builder = builder
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
        builder = builder.no_proxy();
    }
    if !base_url.is_https() {
        // Without TLS, the machine needs no certificate store.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}
