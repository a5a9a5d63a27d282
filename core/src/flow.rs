//! State machines that the caller drives: one call, a list, a history, or a watch.

use std::ops::ControlFlow;

use http::{Request, Response};

use crate::{Error, Now, TransportError, Wait};

pub use self::attempt::Attempt;
pub use self::call::Call;
pub use self::drive::{AsyncDrive, AsyncTransport, Drive, Transport};
pub use self::event::{Event, ExchangeInfo, Observer};
pub use self::follower::SessionFollower;
pub use self::history::{HistoryCursor, SessionHistory};
pub use self::paginator::SessionPaginator;
pub use self::watcher::SessionWatcher;

mod attempt;
mod call;
mod drive;
mod event;
mod follower;
mod history;
mod page_request;
mod paginator;
mod watcher;

/// A conversation with the API that yields items: one session, all sessions of a list, or one
/// session on each change.
///
/// Retries, delays and limits are implemented behind [`step`](Self::step), so they behave the same
/// with every HTTP client.
///
/// # Use your own HTTP client
///
/// To support an HTTP client, write one function that sends a request and returns its outcome. This
/// is a complete one, for a client with a function `send`:
///
/// ```
/// use std::thread;
/// use std::time::{Instant, SystemTime};
///
/// use brightdata_sessions::{Api, Session, SessionId, TransportError, http};
///
/// # use brightdata_sessions::ApiKey;
/// # use std::io;
/// # fn send(_: http::Request<()>) -> io::Result<(http::response::Parts, impl Iterator<Item = io::Result<Vec<u8>>>)> {
/// #     let (head, ()) = http::Response::new(()).into_parts();
/// #     Ok((head, [br#"{"session":{"session_id":"3f2c1d9e"#, &br#"-0000-4000-8000-5a6b7c8d9e0f"}}"#[..]].map(|c| Ok(c.to_vec())).into_iter()))
/// # }
/// fn exchange(api: &Api, request: http::Request<()>) -> Result<http::Response<Vec<u8>>, TransportError> {
///     let (head, body) = send(request)?;
///     let mut collector = api.collector(head).received_at(SystemTime::now());
///     for chunk in body {
///         match chunk {
///             Ok(bytes) if collector.push(&bytes).is_continue() => {}
///             Ok(_) => break,
///             Err(error) => return collector.fail(error),
///         }
///     }
///     collector.finish()
/// }
///
/// fn get(api: &Api, id: &SessionId) -> Result<Session, brightdata_sessions::Error> {
///     let now = || api.now(Instant::now());
///     let send = |request| exchange(api, request);
///     api.get(id).run_with(now, send, |wait| thread::sleep(wait.duration))
/// }
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// # assert!(get(&api, &"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The rules for a transport
///
#[doc = include_str!("transport/rules.md")]
///
/// The suite of the crate `brightdata-sessions-testkit` checks these rules with one call. Its
/// reports list the cases of each rule. Its examples are complete transports on five HTTP clients.
///
/// # The loop
///
/// [`next_with`](Self::next_with) drives a flow to its next item, and
/// [`next_with_async`](Self::next_with_async) is its async form. [`Call::run_with`] drives a call
/// to its result. For an event loop or a hand-written future, write the loop yourself. **The driver
/// performs what [`step`](Self::step) returns, until `Done`:**
/// 1. `Send`: exchange the request, then pass the outcome to [`receive`](Self::receive).
/// 2. `Wait`: wait, then step again. Stepping earlier is harmless.
/// 3. `Yield`: an item. Step again for the next one.
/// 4. `Done`: no more items follow.
///
/// `now` is the time of a monotonic clock: [`Api::now`] makes it from an
/// [`Instant`](std::time::Instant).
///
/// Calling `step` while a request is in flight abandons it. It counts as a failed attempt, and the
/// flow continues.
///
/// # Fetch ahead
///
/// A driver that can exchange in the background may fetch the next page while the items of the
/// current one are consumed:
/// 1. [`request_ahead`](Self::request_ahead) returns the request of the next page.
/// 2. Until its outcome arrives, [`next_received`](Self::next_received) returns the items at hand.
/// 3. After the last item, wait for the outcome, pass it to [`receive`](Self::receive), and step.
///
/// [`Api`]: crate::Api
/// [`Api::now`]: crate::Api::now
pub trait Flow {
    /// The items of the flow.
    type Item;

    /// Returns what to do next.
    fn step(&mut self, now: Now) -> Step<Result<Self::Item, Error>>;

    /// Takes the outcome of the request that [`step`](Self::step) returned. Ignored if no request
    /// is in flight.
    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now);

    /// Returns the request that will be needed after the items at hand, if it can be sent now. Send
    /// it in the background. By default, nothing is fetched ahead.
    fn request_ahead(&mut self, now: Now) -> Option<Request<()>> {
        let _ = now;
        None
    }

    /// Returns the next item at hand. A request in flight is not abandoned.
    fn next_received(&mut self) -> Option<Self::Item> {
        None
    }

    /// Drives the flow to its next item with a blocking HTTP client. Returns `None` if there are no
    /// more.
    ///
    /// The caller supplies the side effects: `now` reads the clock, `exchange` sends a request,
    /// `wait` sleeps. If `wait` returns `Break`, the result is `None` as well, and a later call
    /// continues the flow.
    fn next_with(
        &mut self,
        now: impl Fn() -> Now,
        mut exchange: impl FnMut(Request<()>) -> Result<Response<Vec<u8>>, TransportError>,
        mut wait: impl FnMut(Wait) -> ControlFlow<()>,
    ) -> Option<Result<Self::Item, Error>>
    where
        Self: Sized,
    {
        loop {
            match self.step(now()) {
                Step::Send(request) => self.receive(exchange(request), now()),
                Step::Wait(request) => {
                    if wait(request).is_break() {
                        return None;
                    }
                }
                Step::Yield(item) => return Some(item),
                Step::Done => return None,
            }
        }
    }

    /// The async form of [`next_with`](Self::next_with), for any runtime. Dropping the future
    /// abandons the request in flight, and nothing else.
    ///
    /// The functions are ordinary closures that return a future. The future of the whole loop is
    /// `Send` if these futures and the closures are, even if they borrow from the task that runs
    /// them:
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// use brightdata_sessions::{Api, Error, Session, SessionId, TransportError, http};
    ///
    /// # struct HttpClient;
    /// # async fn exchange(_: &HttpClient, _: http::Request<()>, _: &Api) -> Result<http::Response<Vec<u8>>, TransportError> { unimplemented!() }
    /// # async fn sleep(_: Duration) {}
    /// # fn spawn(_: impl Future<Output = Result<Session, Error>> + Send + 'static) {}
    /// # fn handle(http: HttpClient, api: Api, id: SessionId) {
    /// spawn(async move {
    ///     let now = || api.now(Instant::now());
    ///     let send = |request| exchange(&http, request, &api);
    ///     api.get(&id).run_with_async(now, send, |wait| sleep(wait.duration)).await
    /// });
    /// # }
    /// ```
    fn next_with_async<E, W>(
        &mut self,
        now: impl Fn() -> Now,
        mut exchange: impl FnMut(Request<()>) -> E,
        mut wait: impl FnMut(Wait) -> W,
    ) -> impl Future<Output = Option<Result<Self::Item, Error>>>
    where
        Self: Sized,
        E: Future<Output = Result<Response<Vec<u8>>, TransportError>>,
        W: Future<Output = ()>,
    {
        async move {
            loop {
                match self.step(now()) {
                    Step::Send(request) => {
                        let outcome = exchange(request).await;
                        self.receive(outcome, now());
                    }
                    Step::Wait(request) => wait(request).await,
                    Step::Yield(item) => return Some(item),
                    Step::Done => return None,
                }
            }
        }
    }
}

/// A borrowed flow can be continued later.
impl<F: Flow + ?Sized> Flow for &mut F {
    type Item = F::Item;

    fn step(&mut self, now: Now) -> Step<Result<Self::Item, Error>> {
        (**self).step(now)
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        (**self).receive(outcome, now);
    }

    fn request_ahead(&mut self, now: Now) -> Option<Request<()>> {
        (**self).request_ahead(now)
    }

    fn next_received(&mut self) -> Option<Self::Item> {
        (**self).next_received()
    }
}

/// The next action of a [`Flow`]'s driver.
#[derive(Debug)]
#[must_use]
pub enum Step<T> {
    /// Send this request, and pass its outcome to [`Flow::receive`].
    Send(Request<()>),
    /// Wait.
    Wait(Wait),
    /// An item.
    Yield(T),
    /// No more items follow.
    Done,
}
