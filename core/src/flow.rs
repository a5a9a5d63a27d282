//! A conversation with the API, one step at a time.

use std::time::Duration;

use http::{Request, Response};

use crate::{Error, Failure};

/// A conversation with the API that yields items: one session, all sessions of a list, or one session again and again.
/// Retries, pauses and limits are behind [`step`](Self::step), so they are the same on every HTTP stack.
///
/// **Whoever drives a flow does what [`step`](Self::step) says, until it says `Done`:**
/// 1. `Send`: send the request, unchanged and without a body; collect the answer with [`Api::collector`], then hand
///    in what became of it with [`receive`](Self::receive). Follow no redirect; an answer of any status is an answer.
/// 2. `Wait`: let that much time pass, then step again. Less does no harm.
/// 3. `Yield`: here is an item. Step again when the next one is wanted.
/// 4. `Done`: there are no more items, now or later.
///
/// `now` is time that only grows, counted from any origin that stays the same for one [`Api`]:
/// [`Api::elapsed`] makes it from an [`Instant`](std::time::Instant).
///
/// A `step` where an outcome was due means that the request was given up: it counts as an attempt that failed, and
/// the flow goes on.
///
/// ```
/// use brightdata_sessions::{Error, Failure, Flow, Step, http};
/// use std::time::Instant;
///
/// # use brightdata_sessions::Api;
/// /// All that a blocking adapter is, for a stack that can exchange a request for a response.
/// fn next<F: Flow>(
///     api: &Api,
///     flow: &mut F,
///     exchange: impl Fn(http::Request<()>) -> Result<http::Response<Vec<u8>>, Failure>,
/// ) -> Option<Result<F::Item, Error>> {
///     loop {
///         match flow.step(api.elapsed(Instant::now())) {
///             Step::Send(request) => {
///                 let outcome = exchange(request);
///                 flow.receive(outcome, api.elapsed(Instant::now()));
///             }
///             Step::Wait(pause) => std::thread::sleep(pause),
///             Step::Yield(item) => return Some(item),
///             Step::Done => return None,
///         }
///     }
/// }
/// ```
///
/// [`Api`]: crate::Api
/// [`Api::elapsed`]: crate::Api::elapsed
/// [`Api::collector`]: crate::Api::collector
pub trait Flow {
    /// What it yields.
    type Item;

    /// What to do next.
    fn step(&mut self, now: Duration) -> Step<Result<Self::Item, Error>>;

    /// Hands in what became of the request that [`step`](Self::step) asked to send. Ignored when none is due.
    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, Failure>, now: Duration);
}

/// A flow that is borrowed goes on where it was left.
impl<F: Flow + ?Sized> Flow for &mut F {
    type Item = F::Item;

    fn step(&mut self, now: Duration) -> Step<Result<Self::Item, Error>> {
        (**self).step(now)
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, Failure>, now: Duration) {
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
