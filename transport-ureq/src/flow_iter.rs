//! Drives a flow as an iterator.

use std::ops::ControlFlow;
use std::time::Instant;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Drive, Event, Now, Transport, TransportError, Wait};

use crate::Client;

/// The items of a [`Flow`](crate::Flow), fetched on demand: an [`Iterator`]. Created by
/// [`Client::list`], [`Client::watch`] and [`Client::drive`].
///
/// `next` blocks the thread while a request is in flight, and sleeps while the flow waits.
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
pub type FlowIter<F> = Drive<F, Client>;

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
