//! The client.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use brightdata_sessions::{
    Api, ApiKey, AsyncTransport as _, Call, Error, Flow, GetSession, ListSessions, Observer, Operation,
    Session, SessionFollower, SessionHistory, SessionId, SessionPaginator, SessionWatcher,
};

use crate::exchange::unusable;
use crate::proxy::ProxyInUse;
use crate::{ClientBuilder, FlowStream};

/// An async client. Cheap to clone: clones share connections and, through their [`Api`], the rate
/// guard.
///
/// ```
/// use brightdata_sessions_reqwest::{Api, ApiKey, Client, ErrorKind, SessionStatus};
///
/// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = FakeApi::start()?;
/// # let (base_url, session_id) = (fake.base_url(), DEMO_SESSION_ID);
/// let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(base_url);
/// let client = Client::builder(api).build()?;
/// let session = client.get(&session_id.parse()?).await?;
/// assert_eq!(session.status, Some(SessionStatus::Finished));
///
/// let unknown = client.get(&"00000000-0000-0000-0000-000000000000".parse()?).await;
/// assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) api: Api,
    /// The reqwest client, or the reason why it cannot be built, which each request then returns.
    pub(crate) http: Result<reqwest::Client, Arc<dyn StdError + Send + Sync>>,
    pub(crate) proxy: ProxyInUse,
    pub(crate) observer: Observer,
    /// The time limit of each request, unless the reqwest client has it.
    pub(crate) timeout: Option<Duration>,
}

impl Client {
    /// Creates a client of `https://api.brightdata.com` with all defaults.
    ///
    /// If a proxy variable of the environment is invalid, or if TLS cannot be set up on this
    /// machine, each request returns the error. To get it at once, use [`builder`](Self::builder).
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
        match &self.http {
            Ok(_) => Ok(self),
            Err(reason) => Err(self.api.error_from(unusable(reason))),
        }
    }

    /// Fetches one session.
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub async fn get(&self, id: &SessionId) -> Result<Session, Error> {
        self.call(GetSession::new(id.clone())).await
    }

    /// Lists all sessions of a request, over all of its pages. Each page is fetched when it is
    /// needed, or earlier with [`ahead`](FlowStream::ahead).
    pub fn list(&self, request: ListSessions) -> FlowStream<SessionPaginator> {
        self.drive(self.api.list(request))
    }

    /// Lists the sessions of a period, oldest first. Its [cursor](SessionHistory::cursor) lets
    /// another process continue.
    ///
    /// ```
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client, HistoryCursor, ListSessions};
    ///
    /// # use brightdata_sessions_testkit::FakeApi;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// let mut sessions = client.history(ListSessions::new());
    /// while let Some(session) = sessions.next().await {
    ///     println!("{:?}", session?.status);
    /// }
    /// let cursor: HistoryCursor = sessions.flow().cursor().clone();
    ///
    /// // Later, or in another process:
    /// let mut later = client.drive(client.api().history(ListSessions::new()).resume(cursor));
    /// assert!(later.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn history(&self, request: ListSessions) -> FlowStream<SessionHistory> {
        self.drive(self.api.history(request))
    }

    /// Follows a list without an end. Yields each session when it first appears, and again when it
    /// has ended.
    ///
    /// ```
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client, ListSessions};
    ///
    /// # use brightdata_sessions_testkit::FakeApi;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// # let mut count = 0;
    /// let mut sessions = client.follow(ListSessions::new().start_date("2025-12-01T00:00:00Z"));
    /// while let Some(session) = sessions.next().await {
    ///     match session {
    ///         Ok(session) => println!("{}: {:?}", session.session_id, session.status),
    ///         // A transient error does not end it.
    ///         Err(error) => eprintln!("{error:#}"),
    ///     }
    /// #   count += 1;
    /// #   if count == 6 { break }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(&self, request: ListSessions) -> FlowStream<SessionFollower> {
        self.drive(self.api.follow(request))
    }

    /// Watches one session until it ends. Yields the session on each change, and last the ended
    /// session.
    pub fn watch(&self, id: &SessionId) -> FlowStream<SessionWatcher> {
        self.drive(self.api.watch(id))
    }

    /// Performs any operation, such as [`ListSessions`] for one page of a list.
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub async fn call<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        self.run(self.api.call(operation)).await
    }

    /// Runs a call of this client's [`Api`] to its result, such as one with a time limit of its
    /// own.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use brightdata_sessions_reqwest::{Api, ApiKey, Client};
    ///
    /// # use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// # let id = DEMO_SESSION_ID.parse()?;
    /// let call = client.api().get(&id).with_time_limit(Duration::from_secs(20));
    /// let session = client.run(call).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub async fn run<O: Operation>(&self, call: Call<O>) -> Result<O::Output, Error> {
        call.run_with_async(|| self.now(), |request| self.exchange(request), |wait| self.wait(wait)).await
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
