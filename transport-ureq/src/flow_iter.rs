//! Drives a flow as an iterator.

use std::iter::FusedIterator;
use std::ops::ControlFlow;
use std::thread;
use std::time::Instant;

use brightdata_sessions::{Error, Flow, Wait};

use crate::Client;

/// The items of a [`Flow`], fetched on demand: an [`Iterator`]. Created by [`Client::list`], [`Client::watch`] and
/// [`Client::drive`].
///
/// `next` blocks the thread while a request is in flight, and sleeps when the flow waits.
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
    client: Client,
    flow: F,
}

impl<F: Flow> FlowIter<F> {
    pub(crate) fn new(client: Client, flow: F) -> Self {
        Self { client, flow }
    }

    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        &self.flow
    }
}

impl<F: Flow> Iterator for FlowIter<F> {
    type Item = Result<F::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { client, flow } = self;
        let now = || client.api.now(Instant::now());
        let sleep = |wait: Wait| {
            thread::sleep(wait.duration);
            ControlFlow::Continue(())
        };
        flow.next_with(now, |request| client.exchange(request), sleep)
    }
}

/// A finished flow stays finished.
impl<F: Flow> FusedIterator for FlowIter<F> {}
