//! The client and its settings.

use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{
    Api, ApiKey, Error, Flow, GetSession, ListSessions, Operation, Session, SessionId, SessionPaginator,
    SessionWatcher,
};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector as _, RustlsConnector, SocksConnector};
use ureq::{Agent, Proxy};

use crate::FlowIter;
use crate::connect::AddressByAddress;
use crate::connection::Connections;
use crate::proxy::{self, ProxySetting};
use crate::resolver::{Addresses, CachingResolver};

/// A blocking client. Cheap to clone: clones share connections and, through their [`Api`], the rate guard.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    pub(crate) agent: Agent,
    pub(crate) proxy: ProxySetting,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
}

/// The maximum of a time limit. ureq panics on limits that exceed the range of the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

impl Client {
    /// Creates a client of `https://api.brightdata.com`, with all defaults.
    pub fn new(key: ApiKey) -> Self {
        Self::with_api(Api::new(key))
    }

    /// Creates a client of an [`Api`] with its own base URL, limits or retry policy.
    ///
    /// The proxy variables of the environment are read here, by the rules of
    /// [`EnvProxy`](brightdata_sessions::EnvProxy). If one cannot be used, each request returns an
    /// [`Error`] of kind `invalid_input` that names it.
    pub fn with_api(api: Api) -> Self {
        // ureq's global timeout covers everything that a server can do, but starts a thread to resolve names for
        // each request. The resolver here caches addresses, so there is rarely a name to resolve.
        let addresses = Addresses::default();
        let tcp = AddressByAddress::new(addresses.clone());
        // ureq's default chain, with another order of addresses.
        let connector = ().chain(SocksConnector::default()).chain(ConnectProxyConnector::default());
        let connector = connector.chain(tcp).chain(RustlsConnector::default());
        let agent = Agent::with_parts(
            Agent::config_builder().build(),
            Connections { connector: proxy::Connect(connector), addresses: addresses.clone() },
            CachingResolver { resolver: DefaultResolver::default(), addresses },
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

    /// Sets the time limit for connecting, including TLS. The default is 10 s, the maximum one day.
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit.min(LONGEST);
        self
    }

    /// Sets the time limit of one attempt, from its start to the last byte of the response. The default is 30 s,
    /// the maximum one day. [`RetryPolicy`](brightdata_sessions::RetryPolicy) limits all attempts together.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit.min(LONGEST);
        self
    }

    /// Fetches one session.
    ///
    /// # Errors
    ///
    /// Returns the last [`Error`] once the retry policy gives up.
    ///
    /// ```
    /// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client, ErrorKind, SessionStatus};
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
        self.call(GetSession::new(id.clone()))
    }

    /// Lists all sessions of a request, over all of its pages. Each page is fetched when it is needed.
    ///
    /// ```
    /// # use brightdata_sessions_testkit::FakeApi;
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client, ListSessions, StatusFilter};
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
    pub fn list(&self, request: ListSessions) -> FlowIter<SessionPaginator> {
        self.drive(self.api.list(request))
    }

    /// Watches one session until it ends. Yields the session on each change, and last the ended session.
    pub fn watch(&self, id: &SessionId) -> FlowIter<SessionWatcher> {
        self.drive(self.api.watch(id))
    }

    /// Performs any operation, such as [`ListSessions`] for one page of a list.
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub fn call<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let now = || self.api.elapsed(Instant::now());
        self.api.call(operation).run_with(now, |request| self.exchange(request), thread::sleep)
    }

    /// Drives any [`Flow`] of this client's [`Api`]. Returns an iterator over its items, which sleeps when the flow
    /// waits.
    ///
    /// Pass `&mut flow` to keep the flow.
    pub fn drive<F: Flow>(&self, flow: F) -> FlowIter<F> {
        FlowIter { client: self.clone(), flow }
    }

    /// Returns the API of this client.
    pub fn api(&self) -> &Api {
        &self.api
    }
}
