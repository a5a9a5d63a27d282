//! Drives a flow as an iterator.

use std::io;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Error, Event, Flow, Now, Transport, TransportError, Wait};

use crate::Client;
use crate::steps::Stepped;

type Outcome = Result<Response<Vec<u8>>, TransportError>;

/// The items of a [`Flow`], fetched on demand: an [`Iterator`]. Created by [`Client::list`],
/// [`Client::history`], [`Client::follow`], [`Client::watch`] and [`Client::drive`].
///
/// `next` blocks the thread while a request is in flight, and sleeps while the flow waits. It
/// returns `None` at the end of the flow, and when the condition of
/// [`ClientBuilder::stop_when`](crate::ClientBuilder::stop_when) interrupts a wait. A later `next`
/// then continues the flow.
///
/// ```
/// use brightdata_sessions_ureq::{Api, ApiKey, Client, ListSessions};
///
/// # use brightdata_sessions_testkit::FakeApi;
/// # let fake = FakeApi::start()?;
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
/// # let client = Client::builder(api).build()?;
/// let mut sessions = client.list(ListSessions::new().limit(2));
/// assert!(sessions.next().is_some_and(|session| session.is_ok()));
/// assert_eq!(sessions.flow().total(), Some(6));
/// assert_eq!(sessions.count(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent before the first call of `next`"]
pub struct FlowIter<F> {
    flow: F,
    client: Client,
    is_ahead: bool,
    /// The thread of the request that was sent ahead.
    in_flight: Option<JoinHandle<Outcome>>,
}

impl<F: Flow> FlowIter<F> {
    pub(crate) fn new(client: Client, flow: F) -> Self {
        Self { flow, client, is_ahead: false, in_flight: None }
    }

    /// Fetches the next page of a list or history while the items of the current one are consumed.
    /// By default, a page is fetched when it is needed.
    ///
    /// The request is sent on a thread of its own, once the second item of a page is needed. If the
    /// iterator is dropped, that thread ends with its request, at the latest at the time limit of
    /// the attempt. The [`flow`](Self::flow) still belongs to the items that were yielded.
    ///
    /// [`SessionPaginator::take`](brightdata_sessions::SessionPaginator::take) limits a list without
    /// a request for a page that is not needed. `take` of the iterator does not prevent it.
    ///
    /// ```
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client, ListSessions};
    ///
    /// # use brightdata_sessions_testkit::FakeApi;
    /// # let fake = FakeApi::start()?;
    /// # let api = Api::new(ApiKey::new("0123456789abcdef")?).with_base_url(fake.base_url());
    /// # let client = Client::builder(api).build()?;
    /// for session in client.list(ListSessions::new()).ahead() {
    ///     println!("{:?}", session?.status);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ahead(mut self) -> Self {
        self.is_ahead = true;
        self
    }

    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        &self.flow
    }

    /// Returns the flow, to continue it later or with another client. A request that is in flight
    /// is abandoned, and counts as a failed attempt.
    pub fn into_flow(self) -> F {
        self.flow
    }
}

impl<F: Flow> Iterator for FlowIter<F> {
    type Item = Result<F::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { flow, client, is_ahead, in_flight } = self;
        let mut flow = Stepped { flow, around: &client.around };
        if *is_ahead && in_flight.is_none() {
            if let Some(request) = flow.request_ahead(client.now()) {
                match client.start(request.clone()) {
                    Ok(thread) => *in_flight = Some(thread),
                    // The system has no thread left.
                    Err(_) => flow.receive(client.exchange(request), client.now()),
                }
            }
        }
        if let Some(thread) = in_flight.take() {
            if !thread.is_finished() {
                if let Some(item) = flow.next_received() {
                    *in_flight = Some(thread);
                    return Some(Ok(item));
                }
            }
            let outcome = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            flow.receive(outcome, client.now());
        }
        flow.next_with(|| client.now(), |request| client.exchange(request), |wait| client.wait(wait))
    }
}

impl Client {
    /// Sends a request on a thread of its own.
    fn start(&self, request: Request<()>) -> io::Result<JoinHandle<Outcome>> {
        let client = self.clone();
        thread::Builder::new().name("ahead".to_owned()).spawn(move || client.exchange(request))
    }
}

/// Reports each event to the function of [`ClientBuilder::observe`](crate::ClientBuilder::observe),
/// and interrupts waits by the condition of
/// [`ClientBuilder::stop_when`](crate::ClientBuilder::stop_when).
impl Transport for Client {
    fn now(&self) -> Now {
        self.api.now(Instant::now())
    }

    fn exchange(&self, request: Request<()>) -> Result<Response<Vec<u8>>, TransportError> {
        Self::exchange(self, request)
    }

    fn wait(&self, wait: Wait) -> ControlFlow<()> {
        self.observer.report(&Event::Wait(wait));
        self.stop.sleep(wait.duration)
    }
}
