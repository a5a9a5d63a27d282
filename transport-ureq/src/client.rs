//! The client, and how it is set up.

use std::time::Duration;

use brightdata_sessions::{Api, ApiKey, Error, Flow, List, ListSessions, Session, SessionId, Watch};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector as _, RustlsConnector, SocksConnector};
use ureq::{Agent, Proxy};

use crate::Drive;
use crate::connect::AddressByAddress;
use crate::connection::Connections;
use crate::proxy::{self, ProxySetting};
use crate::resolver::{Addresses, Remembering};

/// A blocking client. Cheap to clone; clones share connections and, through their [`Api`], the guard against 429.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    pub(crate) agent: Agent,
    pub(crate) proxy: ProxySetting,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
}

/// As good as no limit; ureq panics on those that reach beyond the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Client {
    /// A client of `https://api.brightdata.com`, with all defaults.
    pub fn new(key: ApiKey) -> Self {
        Self::with_api(Api::new(key))
    }

    /// Creates a client of an [`Api`] with its own base URL, limits or retry policy.
    ///
    /// The proxy variables of the environment are read here, by the rules of
    /// [`EnvProxy`](brightdata_sessions::EnvProxy). If one cannot be used, each request returns an
    /// [`Error::Configuration`] that names it.
    pub fn with_api(api: Api) -> Self {
        // The global time limit of ureq holds against everything that a server can do, but starts a thread to resolve
        // names, for every request. The resolver here remembers, so there is nearly never a name to resolve.
        let addresses = Addresses::default();
        let tcp = AddressByAddress::new(addresses.clone());
        // ureq's default chain, with another choice of the address.
        let connector = ().chain(SocksConnector::default()).chain(ConnectProxyConnector::default());
        let connector = connector.chain(tcp).chain(RustlsConnector::default());
        let agent = Agent::with_parts(
            Agent::config_builder().build(),
            Connections { connector: proxy::Connect(connector), addresses: addresses.clone() },
            Remembering { resolver: DefaultResolver::default(), addresses },
        );
        let proxy = proxy::from_variables(api.base_url(), std::env::var_os);
        Self { api, agent, proxy, connect_timeout: Duration::from_secs(10), timeout: Duration::from_secs(30) }
    }

    /// Sends over the caller's own agent: its TLS, pool, middleware and resolver. The settings that keep the key safe and
    /// errors whole (no redirects, no statuses as errors, the time limits) are applied to each request, and win over the
    /// agent's own.
    ///
    /// A proxy that was set on the agent is used instead of the environment's, for every base URL
    /// but a loopback one. An agent without one uses the environment's, except if ureq finds a proxy
    /// there and the agent was set to use none.
    ///
    /// ureq's default resolver starts a thread for each request, since there is a time limit. Its default connector lacks what
    /// this crate's own agent adds: a close-delimited body that is cut off looks complete, the status of a response whose head
    /// is refused is unknown, and a silent first address takes more than half of the time limit.
    #[must_use]
    pub fn with_agent(mut self, agent: Agent) -> Self {
        let proxy = proxy::from_agent(&agent, Proxy::try_from_env().is_some());
        if let Some(proxy) = proxy.filter(|_| !self.api.base_url().is_loopback()) {
            self.proxy = Ok(proxy);
        }
        self.agent = agent;
        self
    }

    /// Sets how long it may take to connect, TLS included (10 s unless set; a day at the most).
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit.min(LONGEST);
        self
    }

    /// Sets how long one attempt may take from its start to the last byte of the answer (30 s unless set; a day at the
    /// most). How long all attempts may take is set by [`RetryPolicy`](brightdata_sessions::RetryPolicy).
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit.min(LONGEST);
        self
    }

    /// What becomes of one session.
    ///
    /// ```
    /// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    /// use brightdata_sessions_ureq::{Client, Api, ApiKey, ErrorKind, SessionStatus};
    ///
    /// # let fake = FakeApi::start()?;
    /// # let base_url = fake.base_url();
    /// let client = Client::with_api(Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(base_url));
    /// let session = client.get(&DEMO_SESSION_ID.parse()?)?;
    /// assert_eq!(session.status, Some(SessionStatus::Finished));
    ///
    /// let unknown = client.get(&"00000000-0000-0000-0000-000000000000".parse()?).unwrap_err();
    /// assert_eq!(unknown.kind(), ErrorKind::NotFound);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self, id: &SessionId) -> Result<Session, Error> {
        self.drive(self.api.get(id)).next().expect("a call yields its answer or its error")
    }

    /// All sessions of a list, over all its pages, fetched as they are asked for.
    ///
    /// ```
    /// # use brightdata_sessions_testkit::FakeApi;
    /// use brightdata_sessions_ureq::{Client, Api, ApiKey, ListSessions, StatusFilter};
    ///
    /// # let fake = FakeApi::start()?;
    /// # let base_url = fake.base_url();
    /// let client = Client::with_api(Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(base_url));
    /// for session in client.list(ListSessions::new().status(StatusFilter::Failed)) {
    ///     let session = session?;
    ///     println!("{}: {:?}", session.session_id, session.error);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(&self, request: ListSessions) -> Drive<List> {
        self.drive(self.api.list(request))
    }

    /// One session until it ends: an item each time that something in it changes, and the ended session as the last one.
    pub fn watch(&self, id: &SessionId) -> Drive<Watch> {
        self.drive(self.api.watch(id))
    }

    /// Drives any [`Flow`] of this client's [`Api`], as an iterator over its items. Sleeps where the flow says so.
    ///
    /// Drive `&mut flow` to keep the flow.
    pub fn drive<F: Flow>(&self, flow: F) -> Drive<F> {
        Drive { client: self.clone(), flow }
    }

    /// The API that this client asks.
    pub fn api(&self) -> &Api {
        &self.api
    }
}
