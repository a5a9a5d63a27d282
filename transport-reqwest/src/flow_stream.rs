//! Drives a flow as a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use brightdata_sessions::http::Response;
use brightdata_sessions::{Error, Flow, Step, TransportError};
use futures_core::Stream;
use tokio::time::{Sleep, sleep};

use crate::Client;

/// The items of a [`Flow`], fetched on demand: with [`next`](Self::next), or as a [`Stream`]. Created by
/// [`Client::list`], [`Client::watch`] and [`Client::drive`].
///
/// The request in flight is stored here, not in the future of `next`. That future can be dropped at any time,
/// for example by `select!` or a timeout. The next call continues the request.
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
#[must_use = "nothing is sent before the first call of `next`"]
pub struct FlowStream<F> {
    client: Client,
    flow: F,
    pending: Option<Pending>,
}

/// The action in progress.
enum Pending {
    Exchange(Exchange),
    Pause(Pin<Box<Sleep>>),
}

/// The future of [`Client::exchange`].
type Exchange = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send>>;

/// No field is pinned in place.
impl<F> Unpin for FlowStream<F> {}

impl<F: Flow> FlowStream<F> {
    pub(crate) fn new(client: Client, flow: F) -> Self {
        Self { client, flow, pending: None }
    }

    /// Returns the next item, or `None` if there are no more.
    pub async fn next(&mut self) -> Option<Result<F::Item, Error>> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        &self.flow
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<F::Item, Error>>> {
        loop {
            match &mut self.pending {
                Some(Pending::Exchange(exchange)) => {
                    let outcome = ready!(exchange.as_mut().poll(cx));
                    self.flow.receive(outcome, self.client.api.now(Instant::now()));
                }
                Some(Pending::Pause(pause)) => ready!(pause.as_mut().poll(cx)),
                None => {}
            }
            self.pending = None;
            match self.flow.step(self.client.api.now(Instant::now())) {
                Step::Send(request) => {
                    let exchange = self.client.exchange(request);
                    self.pending = Some(Pending::Exchange(Box::pin(exchange)));
                }
                Step::Wait(wait) => self.pending = Some(Pending::Pause(Box::pin(sleep(wait.duration)))),
                Step::Yield(item) => return Poll::Ready(Some(item)),
                Step::Done => return Poll::Ready(None),
            }
        }
    }
}

impl<F: Flow> Stream for FlowStream<F> {
    type Item = Result<F::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}

impl<F: fmt::Debug> fmt::Debug for FlowStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowStream")
            .field("client", &self.client)
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
