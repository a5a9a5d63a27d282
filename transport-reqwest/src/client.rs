//! The client, and how it is set up.

use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, Flow, List, ListSessions, Session, SessionId, Watch};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, retry};

use crate::Drive;

/// An async client. Cheap to clone; clones share connections and, through their [`Api`], the guard against 429.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    pub(crate) http: reqwest::Client,
}

impl Client {
    /// A client of `https://api.brightdata.com`, with all defaults. Fails when TLS cannot be set up on this machine.
    pub fn new(key: ApiKey) -> Result<Self, reqwest::Error> {
        Self::with_api(Api::new(key))
    }

    /// A client of an [`Api`] with its own base URL, limits or retry policy.
    pub fn with_api(api: Api) -> Result<Self, reqwest::Error> {
        Self::build(api, |builder| builder)
    }

    /// A client over a `ClientBuilder` of the caller's making: the one that is handed in, with this crate's time limits, or
    /// another. Its TLS, proxies and time limits are kept. What keeps the key safe and errors whole (no redirects, no retries
    /// of its own, no compression, no proxy for this machine) is set afterwards, and wins.
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
        let defaults = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30));
        let builder = with(defaults)
            .redirect(Policy::none())
            .retry(retry::never())
            .referer(false)
            // Other crates of a program can switch these features on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate();
        // A proxy has another idea of what loopback is, and must not see the key on its way there.
        let builder = if api.base_url().is_loopback() { builder.no_proxy() } else { builder };
        Ok(Self { api, http: builder.build()? })
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
