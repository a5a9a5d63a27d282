//! Drives a flow as a stream.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{AsyncDrive, AsyncTransport, Error, Event, Flow, Now, TransportError, Wait};
use futures_core::Stream;
use tokio::time::sleep;

use crate::Client;

/// The items of a [`Flow`], fetched on demand: with [`next`](Self::next), or as a [`Stream`].
/// Created by [`Client::list`], [`Client::history`], [`Client::follow`], [`Client::watch`] and
/// [`Client::drive`].
///
/// The request in flight is stored here, not in the future of `next`. That future can be dropped at
/// any time, for example by `select!` or a timeout. The next call continues the request.
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
/// let mut sessions = client.list(ListSessions::new().limit(2));
/// assert!(sessions.next().await.is_some_and(|session| session.is_ok()));
/// assert_eq!(sessions.flow().total(), Some(6));
/// while let Some(session) = sessions.next().await {
///     println!("{:?}", session?.status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before the first call of `next`"]
pub struct FlowStream<F> {
    drive: AsyncDrive<F, Client>,
}

impl<F: Flow> FlowStream<F> {
    pub(crate) fn new(client: Client, flow: F) -> Self {
        Self { drive: AsyncDrive::new(flow, client) }
    }

    /// Fetches the next page of a list or history while the items of the current one are consumed.
    /// By default, a page is fetched when it is needed.
    ///
    /// The request is sent once the second item of a page is needed, and makes progress while this
    /// is polled. If this is dropped, the request is abandoned. The [`flow`](Self::flow) still
    /// belongs to the items that were yielded.
    ///
    /// [`SessionPaginator::take`](brightdata_sessions::SessionPaginator::take) limits a list without
    /// a request for a page that is not needed. `take` of a stream does not prevent it.
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
    /// let mut sessions = client.list(ListSessions::new()).ahead();
    /// while let Some(session) = sessions.next().await {
    ///     println!("{:?}", session?.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn ahead(self) -> Self {
        Self { drive: self.drive.ahead() }
    }

    /// Returns the next item, or `None` if there are no more.
    pub async fn next(&mut self) -> Option<Result<F::Item, Error>> {
        self.drive.next().await
    }

    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        self.drive.flow()
    }

    /// Returns the flow, to continue it later or with another client. A request that is in flight
    /// is abandoned, and counts as a failed attempt.
    pub fn into_flow(self) -> F {
        self.drive.into_flow()
    }
}

impl<F: Flow> Stream for FlowStream<F> {
    type Item = Result<F::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.drive.poll_next(context)
    }
}

/// Reports each event to the function of [`ClientBuilder::observe`](crate::ClientBuilder::observe).
impl AsyncTransport for Client {
    type Exchange = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send>>;
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn now(&self) -> Now {
        self.api.now(Instant::now())
    }

    fn exchange(&self, request: Request<()>) -> Self::Exchange {
        Box::pin(Self::exchange(self, request))
    }

    fn wait(&self, wait: Wait) -> Self::Sleep {
        self.observer.report(&Event::Wait(wait));
        Box::pin(sleep(wait.duration))
    }
}
