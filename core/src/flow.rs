//! A conversation with the API, one step at a time.

use std::time::Duration;

use http::Request;

use crate::{Error, Outcome};

pub use self::call::Call;
pub use self::paginator::List;
pub use self::watcher::Watch;

mod call;
mod paginator;
mod watcher;

/// A conversation with the API that yields items: one session, all sessions of a list, or one session again and again.
/// Retries, pauses and limits are behind [`step`](Self::step), so they are the same on every HTTP stack.
///
/// # Plug it into your own HTTP stack
///
/// What a stack has to bring is one function, from a request to what became of it. This is a whole one, for a stack that
/// knows how to `send`:
///
/// ```
/// use std::thread;
/// use std::time::{Instant, SystemTime};
///
/// use brightdata_sessions::{Api, Flow, Outcome, Session, SessionId, http};
///
/// # use brightdata_sessions::{ApiKey, Failure};
/// # use std::io;
/// # fn send(_: http::Request<()>) -> io::Result<(http::response::Parts, impl Iterator<Item = io::Result<Vec<u8>>>)> {
/// #     let (head, ()) = http::Response::new(()).into_parts();
/// #     Ok((head, [br#"{"session":{"session_id":"3f2c1d9e"#, &br#"-0000-4000-8000-5a6b7c8d9e0f"}}"#[..]].map(|c| Ok(c.to_vec())).into_iter()))
/// # }
/// fn exchange(api: &Api, request: http::Request<()>) -> Outcome {
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
///     let now = || api.elapsed(Instant::now());
///     let session = api.get(id).next_with(now, |request| exchange(api, request), thread::sleep);
///     session.expect("a call yields its answer or its error")
/// }
/// # let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// # assert!(get(&api, &"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f".parse()?).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **The rules for the exchange:**
/// 1. Send the request once, as it is: its target neither decoded nor normalised, its headers as they are, no body, and no
///    `content-length`. Not again when it fails: that is decided here.
/// 2. An answer of any status is an answer, with its headers. Follow no redirect. Skip interim answers (1xx).
///    A response whose head cannot be read is [`FailureKind::InvalidHead`](crate::FailureKind::InvalidHead), because it
///    may be a 429.
/// 3. Collect the body with [`Api::collector`], unpacked, and stop where it says so. A body that breaks off ends in
///    [`Collector::fail`], which knows when that matters. A transport with a clock adds the time by
///    [`Collector::received_at`].
/// 4. Hold a time limit of your own against everything that a server can do, from the start to the last byte.
/// 5. Use a connection again only after an answer that was read to its end.
/// 6. Let no failure show the key, or more of the URL than the host.
///
/// Whether they hold is shown by one call: the suite in the crate `brightdata-sessions-testkit`, whose examples are whole
/// transports on five stacks.
///
/// # The loop
///
/// [`next_with`](Self::next_with) is all there is to driving a flow, and [`next_with_async`](Self::next_with_async) is the
/// same with two awaits. Who needs another shape (a future that is polled by hand, an event loop) writes it anew. **Whoever
/// drives a flow does what [`step`](Self::step) says, until it says `Done`:**
/// 1. `Send`: exchange the request, then hand in what became of it with [`receive`](Self::receive).
/// 2. `Wait`: let that much time pass, then step again. Less does no harm.
/// 3. `Yield`: here is an item. Step again when the next one is wanted.
/// 4. `Done`: there are no more items, now or later.
///
/// `now` is time that only grows, counted from any origin that stays the same for one [`Api`]: [`Api::elapsed`] makes it
/// from an [`Instant`](std::time::Instant).
///
/// A `step` where an outcome was due means that the request was given up: it counts as an attempt that failed, and
/// the flow goes on.
///
/// [`Api`]: crate::Api
/// [`Api::elapsed`]: crate::Api::elapsed
/// [`Api::collector`]: crate::Api::collector
/// [`Collector::fail`]: crate::Collector::fail
/// [`Collector::received_at`]: crate::Collector::received_at
pub trait Flow {
    /// What it yields.
    type Item;

    /// What to do next.
    fn step(&mut self, now: Duration) -> Step<Result<Self::Item, Error>>;

    /// Hands in what became of the request that [`step`](Self::step) asked to send. Ignored when none is due.
    fn receive(&mut self, outcome: Outcome, now: Duration);

    /// The next item, on a stack that blocks; `None` when there are no more. What is done to the world is in the caller's
    /// functions: one tells the time, one exchanges a request for an answer, one waits.
    fn next_with(
        &mut self,
        now: impl Fn() -> Duration,
        mut exchange: impl FnMut(Request<()>) -> Outcome,
        mut wait: impl FnMut(Duration),
    ) -> Option<Result<Self::Item, Error>>
    where
        Self: Sized,
    {
        loop {
            match self.step(now()) {
                Step::Send(request) => self.receive(exchange(request), now()),
                Step::Wait(pause) => wait(pause),
                Step::Yield(item) => return Some(item),
                Step::Done => return None,
            }
        }
    }

    /// The async form of [`next_with`](Self::next_with), for any runtime. Dropping the future abandons the request in flight, and
    /// nothing else.
    ///
    /// The functions are ordinary closures that return a future, so that the whole is `Send` if they are, even where they borrow
    /// from the task that runs them:
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// use brightdata_sessions::{Api, Error, Flow, Outcome, Session, SessionId, http};
    ///
    /// # struct HttpClient;
    /// # async fn exchange(_: &HttpClient, _: http::Request<()>, _: &Api) -> Outcome { unimplemented!() }
    /// # async fn sleep(_: Duration) {}
    /// # fn spawn(_: impl Future<Output = Result<Session, Error>> + Send + 'static) {}
    /// # fn handle(http: HttpClient, api: Api, id: SessionId) {
    /// spawn(async move {
    ///     let now = || api.elapsed(Instant::now());
    ///     let send = |request| exchange(&http, request, &api);
    ///     let session = api.get(&id).next_with_async(now, send, sleep).await;
    ///     session.expect("a call yields its response or its error")
    /// });
    /// # }
    /// ```
    fn next_with_async<E, W>(
        &mut self,
        now: impl Fn() -> Duration,
        mut exchange: impl FnMut(Request<()>) -> E,
        mut wait: impl FnMut(Duration) -> W,
    ) -> impl Future<Output = Option<Result<Self::Item, Error>>>
    where
        Self: Sized,
        E: Future<Output = Outcome>,
        W: Future<Output = ()>,
    {
        async move {
            loop {
                match self.step(now()) {
                    Step::Send(request) => {
                        let outcome = exchange(request).await;
                        self.receive(outcome, now());
                    }
                    Step::Wait(pause) => wait(pause).await,
                    Step::Yield(item) => return Some(item),
                    Step::Done => return None,
                }
            }
        }
    }
}

/// A flow that is borrowed goes on where it was left.
impl<F: Flow + ?Sized> Flow for &mut F {
    type Item = F::Item;

    fn step(&mut self, now: Duration) -> Step<Result<Self::Item, Error>> {
        (**self).step(now)
    }

    fn receive(&mut self, outcome: Outcome, now: Duration) {
        (**self).receive(outcome, now);
    }
}

/// What a [`Flow`] asks for.
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::large_enum_variant,
    reason = "a step is matched on at once and never stored; a box would cost more"
)]
pub enum Step<T> {
    /// Send this, and hand in what became of it.
    Send(Request<()>),
    /// Let this much time pass.
    Wait(Duration),
    /// Here is an item.
    Yield(T),
    /// That was all.
    Done,
}
