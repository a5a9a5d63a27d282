//! The client.

use std::time::Duration;

use brightdata_sessions::{
    Api, ApiKey, Call, Drive, Error, Flow, GetSession, ListSessions, Observer, Operation, Session,
    SessionFollower, SessionHistory, SessionId, SessionPaginator, SessionWatcher, Transport as _,
};
use ureq::Agent;

use crate::exchange::{CaptureFn, unusable};
use crate::proxy::ProxySetting;
use crate::steps::{Around, Stepped};
use crate::stop::Stop;
use crate::{ClientBuilder, FlowIter};

/// A blocking client. Cheap to clone: clones share connections and, through their [`Api`], the rate
/// guard.
///
/// ```
/// use brightdata_sessions_ureq::{Api, ApiKey, Client, ErrorKind, SessionStatus};
///
/// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
/// # let fake = FakeApi::start()?;
/// # let (base_url, session_id) = (fake.base_url(), DEMO_SESSION_ID);
/// let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(base_url);
/// let client = Client::builder(api).build()?;
/// let session = client.get(&session_id.parse()?)?;
/// assert_eq!(session.status, Some(SessionStatus::Finished));
///
/// let unknown = client.get(&"00000000-0000-0000-0000-000000000000".parse()?);
/// assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    pub(crate) agent: Agent,
    pub(crate) proxy: ProxySetting,
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) observer: Observer,
    pub(crate) stop: Stop,
    pub(crate) around: Around,
    pub(crate) capture: CaptureFn,
}

impl Client {
    /// Creates a client of `https://api.brightdata.com` with all defaults.
    ///
    /// If a proxy variable of the environment is invalid, each request returns the error. To get it
    /// at once, use [`builder`](Self::builder).
    pub fn new(key: ApiKey) -> Self {
        Self::builder(Api::new(key)).build_in(std::env::var_os)
    }

    /// Returns a builder for a client of this [`Api`], which has the base URL, the body limit and
    /// the retry policy.
    pub fn builder(api: Api) -> ClientBuilder {
        ClientBuilder::new(api)
    }

    /// Returns the client, or the error that each of its requests would return.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        match &self.proxy {
            Ok(_) => Ok(self),
            Err(reason) => Err(self.api.error_from(unusable(reason))),
        }
    }

    /// Fetches one session.
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub fn get(&self, id: &SessionId) -> Result<Session, Error> {
        self.call(GetSession::new(id.clone()))
    }

    /// Lists all sessions of a request, over all of its pages. Each page is fetched when it is
    /// needed, or earlier with [`ahead`](FlowIter::ahead).
    pub fn list(&self, request: ListSessions) -> FlowIter<SessionPaginator> {
        self.drive(self.api.list(request))
    }

    /// Lists the sessions of a period, oldest first. Its [cursor](SessionHistory::cursor) lets
    /// another process continue.
    ///
    /// ```
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client, HistoryCursor, ListSessions};
    ///
    /// # use brightdata_sessions_testkit::FakeApi;
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// let mut sessions = client.history(ListSessions::new());
    /// while let Some(session) = sessions.next() {
    ///     println!("{:?}", session?.status);
    /// }
    /// let cursor: HistoryCursor = sessions.flow().cursor().clone();
    ///
    /// // Later, or in another process:
    /// let later = client.drive(client.api().history(ListSessions::new()).resume(cursor));
    /// assert_eq!(later.count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn history(&self, request: ListSessions) -> FlowIter<SessionHistory> {
        self.drive(self.api.history(request))
    }

    /// Follows a list without an end. Yields each session when it first appears, and again when it
    /// has ended.
    ///
    /// ```
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client, ListSessions};
    ///
    /// # use brightdata_sessions_testkit::FakeApi;
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// # let mut count = 0;
    /// for session in client.follow(ListSessions::new().start_date("2025-12-01T00:00:00Z")) {
    ///     match session {
    ///         Ok(session) => println!("{}: {:?}", session.session_id, session.status),
    ///         // A transient error does not end it.
    ///         Err(error) => eprintln!("{error:#}"),
    ///     }
    /// #   count += 1;
    /// #   if count == 6 { break }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn follow(&self, request: ListSessions) -> FlowIter<SessionFollower> {
        self.drive(self.api.follow(request))
    }

    /// Watches one session until it ends. Yields the session on each change, and last the ended
    /// session.
    pub fn watch(&self, id: &SessionId) -> FlowIter<SessionWatcher> {
        self.drive(self.api.watch(id))
    }

    /// Performs any operation, such as [`ListSessions`] for one page of a list.
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub fn call<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        self.run(self.api.call(operation))
    }

    /// Runs a call of this client's [`Api`] to its result, such as one with a time limit of its
    /// own.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client};
    ///
    /// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// # let id = DEMO_SESSION_ID.parse()?;
    /// let call = client.api().get(&id).with_time_limit(Duration::from_secs(20));
    /// let session = client.run(call)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub fn run<O: Operation>(&self, mut call: Call<O>) -> Result<O::Output, Error> {
        let stepped = Stepped { flow: &mut call, around: &self.around };
        Drive::new(stepped, self).next().unwrap_or_else(|| call.give_up(self.now()))
    }

    /// Drives any [`Flow`] of this client's [`Api`]. Pass `&mut flow` to keep the flow.
    pub fn drive<F: Flow>(&self, flow: F) -> FlowIter<F> {
        FlowIter::new(self.clone(), flow)
    }

    /// Returns the API of this client.
    pub fn api(&self) -> &Api {
        &self.api
    }
}
