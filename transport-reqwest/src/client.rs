//! The client, and how it is set up.

use std::sync::Arc;
use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, Flow, List, ListSessions, Session, SessionId, Watch};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, retry};

use crate::Drive;

/// An async client. Cheap to clone; clones share connections and, through their [`Api`], the guard against 429.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    /// The reqwest client, or the reason why it cannot be built, which each request then returns.
    pub(crate) http: Result<reqwest::Client, Arc<reqwest::Error>>,
}

impl Client {
    /// Creates a client of `https://api.brightdata.com`, with all defaults.
    ///
    /// If TLS cannot be set up on this machine, for example because it has no certificate store, each request returns an
    /// [`Error::Configuration`] with the reason.
    pub fn new(key: ApiKey) -> Self {
        Self::with_api(Api::new(key))
    }

    /// Creates a client of an [`Api`] with its own base URL, limits or retry policy. TLS is set up as for
    /// [`new`](Self::new), and not at all for an `http://` base URL.
    pub fn with_api(api: Api) -> Self {
        let http = build(&api, |builder| builder).map_err(Arc::new);
        Self { api, http }
    }

    /// A client over a `ClientBuilder` of the caller's making: the one that is handed in, with this crate's time limits, or
    /// another. Its TLS, proxies and time limits are kept. The settings that keep the key safe and errors whole (no redirects,
    /// no retries of its own, no compression, no log of the bytes sent, no proxy for this machine) are applied afterwards, and
    /// win.
    ///
    /// # Errors
    ///
    /// The builder's own, such as TLS that cannot be set up.
    ///
    /// ```
    /// use std::time::Duration;
    /// use brightdata_sessions_reqwest::{Client, Api, ApiKey};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let patient = Client::build(api, |builder| builder.timeout(Duration::from_secs(60)))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(
        api: Api,
        with: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { http: Ok(build(&api, with)?), api })
    }

    /// What becomes of one session.
    pub async fn get(&self, id: &SessionId) -> Result<Session, Error> {
        self.drive(self.api.get(id)).next().await.expect("a call yields its answer or its error")
    }

    /// All sessions of a list, over all its pages, fetched as they are asked for.
    pub fn list(&self, request: ListSessions) -> Drive<List> {
        self.drive(self.api.list(request))
    }

    /// One session until it ends: an item each time that something in it changes.
    pub fn watch(&self, id: &SessionId) -> Drive<Watch> {
        self.drive(self.api.watch(id))
    }

    /// Drives any [`Flow`] of this client's [`Api`]. Drive `&mut flow` to keep the flow.
    pub fn drive<F: Flow>(&self, flow: F) -> Drive<F> {
        Drive::new(self.clone(), flow)
    }

    /// The API that this client asks.
    pub fn api(&self) -> &Api {
        &self.api
    }
}

fn build(
    api: &Api,
    with: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, reqwest::Error> {
    let defaults =
        reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(30));
    let mut builder = with(defaults)
        .redirect(Policy::none())
        .retry(retry::never())
        .referer(false)
        // It would log every byte at level `trace`, the key included.
        .connection_verbose(false)
        // Other crates of a program can switch these features on.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    let base_url = api.base_url();
    if base_url.is_loopback() {
        // A proxy has another idea of what loopback is, and must not see the key on its way there.
        builder = builder.no_proxy();
    }
    if !base_url.is_https() {
        // Without TLS, a machine that has no certificate store will do.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}
