//! One operation, retried according to the policy.
//!
//! ```text
//!              step: permit acquired
//!  Waiting ─────────────────────────────▶ InFlight
//!     ▲                                      │ receive
//!     └── transient error, attempts left ────┤
//!                                            ▼ response, permanent error, or attempts exhausted
//!                                         Finished ── step: Yield ──▶ Done
//! ```

use std::ops::ControlFlow;
use std::time::Duration;
use std::{fmt, mem};

use http::{Request, Response, StatusCode};

use crate::operation::Operation;
use crate::policy::rate_guard::{LONGEST_PAUSE, Permit};
use crate::policy::retry::{backoff, mix};
use crate::{
    Api, Attempt, Error, ErrorKind, Flow, GetSession, InvalidInput, Now, SessionId, Step, TransportError,
    TransportErrorKind, Wait, WaitReason,
};

impl Api {
    /// Fetches one session. Returns a [`Flow`] that retries.
    pub fn get(&self, id: &SessionId) -> Call<GetSession> {
        self.call(GetSession::new(id.clone()))
    }

    /// Performs any operation. Returns a [`Flow`] that retries.
    pub fn call<O: Operation>(&self, operation: O) -> Call<O> {
        Call::new(self.clone(), operation)
    }
}

/// One operation, retried according to the [`RetryPolicy`](crate::RetryPolicy).
///
/// A [`Flow`] of exactly one item: the result, or the last error. Created by [`Api::get`] and
/// [`Api::call`], and driven by [`run_with`](Self::run_with),
/// [`run_with_async`](Self::run_with_async), or by hand:
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, Flow, Now, Step, TransportErrorKind, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let mut call = api.get(&"s1".parse()?);
/// assert!(matches!(call.step(Now::ORIGIN), Step::Send(_)));
///
/// // The connection breaks, so the same request is sent again.
/// call.receive(Err(TransportErrorKind::Connection.into()), Now::ORIGIN);
/// assert!(matches!(call.step(Now::ORIGIN), Step::Send(_)));
///
/// call.receive(Ok(Response::new(r#"{"session":{"session_id":"s1"}}"#.into())), Now::ORIGIN);
/// assert!(matches!(call.step(Now::ORIGIN), Step::Yield(Ok(session)) if session.session_id.as_str() == "s1"));
/// assert!(matches!(call.step(Now::ORIGIN), Step::Done));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Call<O: Operation> {
    api: Api,
    operation: O,
    /// The time of the first step.
    started: Option<Now>,
    /// The start of the current wait: the last outcome, or the first step.
    waits_since: Now,
    /// The number of requests sent, and of those that failed. A 429 is not a failure.
    sent: u32,
    failed: u32,
    state: State<O::Output>,
    /// Its permit, or its place among the calls that wait for one.
    permit: Option<Permit>,
}

/// A call without a time limit ends once the service has refused all requests for this time.
const LONGEST_REFUSAL: Duration = Duration::from_secs(15 * 60);

enum State<A> {
    /// Waits until this time to send the next request. If the time limit passes first, the call
    /// ends with the error.
    Waiting(Now, Option<Error>),
    /// A request is in flight.
    InFlight,
    /// The item is ready to be yielded.
    Finished(Result<A, Error>),
    /// The item was yielded.
    Done,
}

/// Omits the result, which can be a page of sessions.
impl<A> fmt::Debug for State<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting(at, last) => f.debug_tuple("Waiting").field(at).field(last).finish(),
            Self::InFlight => f.write_str("InFlight"),
            Self::Finished(Ok(_)) => f.write_str("Finished(Ok(..))"),
            Self::Finished(Err(error)) => f.debug_tuple("Finished").field(error).finish(),
            Self::Done => f.write_str("Done"),
        }
    }
}

impl<O: Operation> Call<O> {
    /// Sets a time limit for this call alone: [`RetryPolicy::with_time_limit`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use brightdata_sessions::{Api, ApiKey};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let call = api.get(&"s1".parse()?).with_time_limit(Duration::from_secs(5));
    /// # Ok::<(), brightdata_sessions::InvalidInput>(())
    /// ```
    ///
    /// [`RetryPolicy::with_time_limit`]: crate::RetryPolicy::with_time_limit
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        let retry = self.api.retry().clone().with_time_limit(limit);
        self.api = self.api.with_retry(retry);
        self
    }

    pub(crate) fn new(api: Api, operation: O) -> Self {
        Self {
            api,
            operation,
            started: None,
            waits_since: Now::ORIGIN,
            sent: 0,
            failed: 0,
            state: State::Waiting(Now::ORIGIN, None),
            permit: None,
        }
    }

    /// Drives the call to its result with a blocking HTTP client. The functions are those of
    /// [`Flow::next_with`].
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    ///
    /// ```
    /// use std::{thread, time::Instant};
    ///
    /// use brightdata_sessions::{Api, ApiKey, ListSessions, http::Response};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let now = || api.now(Instant::now());
    /// // One page of a list.
    /// let page = api.call(ListSessions::new().limit(10)).run_with(now, |request| {
    ///     assert_eq!(request.uri().path_and_query().unwrap(), "/browser_sessions?limit=10");
    ///     // Your HTTP client. This stand-in returns a fixed response.
    ///     Ok(Response::new(br#"{"sessions":[],"total":0,"pagination":{"has_more":false}}"#.to_vec()))
    /// }, |wait| thread::sleep(wait.duration))?;
    /// assert_eq!(page.total, Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_with(
        mut self,
        now: impl Fn() -> Now,
        exchange: impl FnMut(Request<()>) -> Result<Response<Vec<u8>>, TransportError>,
        mut wait: impl FnMut(Wait),
    ) -> Result<O::Output, Error> {
        let wait = |request| {
            wait(request);
            ControlFlow::Continue(())
        };
        self.next_with(now, exchange, wait).unwrap_or_else(already_yielded)
    }

    /// The async form of [`run_with`](Self::run_with). The functions are those of
    /// [`Flow::next_with_async`].
    ///
    /// # Errors
    ///
    /// The last [`Error`], once the retry policy gives up.
    pub async fn run_with_async<E, W>(
        mut self,
        now: impl Fn() -> Now,
        exchange: impl FnMut(Request<()>) -> E,
        wait: impl FnMut(Wait) -> W,
    ) -> Result<O::Output, Error>
    where
        E: Future<Output = Result<Response<Vec<u8>>, TransportError>>,
        W: Future<Output = ()>,
    {
        self.next_with_async(now, exchange, wait).await.unwrap_or_else(already_yielded)
    }

    /// Ends the call before it has a result, for example because a wait was broken off. Returns its
    /// result if it has one, else its last error. Without an error, the kind is
    /// [`RateLimited`](ErrorKind::RateLimited) if the call waits for its turn, and
    /// [`Connection`](ErrorKind::Connection) if its request is in flight.
    ///
    /// # Errors
    ///
    /// Always, unless the call has a result that was not yielded.
    pub fn give_up(self, now: Now) -> Result<O::Output, Error> {
        let error = match self.state {
            State::Finished(result) => return result,
            State::Done => return already_yielded(),
            State::Waiting(_, Some(error)) => error,
            State::Waiting(_, None) => Error::not_sent(self.api.guard().pause(now).unwrap_or_default()),
            State::InFlight => Error::from_transport(abandoned(), self.api.body_limit(), self.api.key()),
        };
        Err(error.with_attempts(self.sent))
    }

    /// Returns a new call of the same operation if the policy allows another request after this
    /// error.
    pub(super) fn again_after(&self, error: &Error) -> Option<Self>
    where
        O: Clone,
    {
        let is_allowed = error.is_transient() && self.api.retry().allows(error.attempts());
        is_allowed.then(|| Self::new(self.api.clone(), self.operation.clone()))
    }

    /// Returns the time of the last outcome or, before the first one, of the first step.
    pub(crate) fn waits_since(&self) -> Now {
        self.waits_since
    }

    /// Sends the request, or returns how long to wait.
    fn send(&mut self, at: Now, last: Option<Error>, now: Now) -> Step<Result<O::Output, Error>> {
        if now < at {
            let wait = Wait::new(at.since(now), reason(last.as_ref()));
            self.state = State::Waiting(at, last);
            return Step::Wait(wait);
        }
        if !self.may_wait_for_turn(now, now) {
            // The driver overslept.
            self.permit = None;
            let error = last.unwrap_or_else(|| {
                let retry_after = self.api.guard().pause(now).unwrap_or_default();
                Error::not_sent(retry_after)
            });
            return Step::Yield(Err(error.with_attempts(self.sent)));
        }
        let mut request = match self.api.request(&self.operation) {
            Ok(request) => request,
            Err(refused) => return Step::Yield(Err(refused)),
        };
        match self.api.guard().try_acquire(&mut self.permit, now) {
            Ok(()) => {
                self.sent = self.sent.saturating_add(1);
                self.state = State::InFlight;
                // A first attempt carries nothing, so it pays nothing.
                if let Some(error) = last {
                    request.extensions_mut().insert(Attempt::new(self.sent, Some(error.kind())));
                }
                Step::Send(request)
            }
            Err(wait) if self.may_wait_for_turn(now + wait.duration, now) => {
                self.state = State::Waiting(at, last);
                Step::Wait(wait)
            }
            Err(wait) => {
                self.permit = None;
                Step::Yield(Err(Error::not_sent(wait.duration).with_attempts(self.sent)))
            }
        }
    }

    fn outcome(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>) -> Result<O::Output, Error> {
        let (head, body) = outcome.map_err(|error| self.api.error_from(error))?.into_parts();
        self.api.parse(&self.operation, Response::from_parts(head, body.as_slice()))
    }

    /// Returns the time of the next attempt after this error, or `None` without one.
    fn retry_at(&self, error: &Error, now: Now) -> Option<Now> {
        if !error.is_transient() || !self.api.retry().allows(self.failed) {
            return None;
        }
        if error.may_be_429() {
            // The guard makes all other calls wait as well.
            let at = now + self.api.guard().pause(now).unwrap_or_default();
            return Some(at).filter(|&at| self.may_wait_for_turn(at, now));
        }
        let pause = match error {
            // A pooled connection may have gone stale, so retry once without delay.
            _ if error.kind() == ErrorKind::Connection && self.failed == 1 => Duration::ZERO,
            _ => match error.retry_after() {
                Some(retry_after) => retry_after.min(LONGEST_PAUSE),
                None => backoff(self.failed, self.random(now)),
            },
        };
        Some(now + pause).filter(|&at| self.in_time(at))
    }

    /// Returns whether the call may wait until a time for its turn. Without a time limit it waits as
    /// long as the service lets requests through.
    fn may_wait_for_turn(&self, at: Now, now: Now) -> bool {
        self.in_time(at)
            || !self.api.retry().has_time_limit()
                && (at <= now || self.api.guard().refused_for(now) <= LONGEST_REFUSAL)
    }

    /// Returns a number that differs between calls and times.
    fn random(&self, now: Now) -> u64 {
        self.api.seed() ^ nanos(now)
    }

    /// Returns whether a request may still be sent at this time.
    fn in_time(&self, at: Now) -> bool {
        self.api.retry().allows_at(at, self.started.unwrap_or_default(), self.waits_since)
    }
}

/// Returns the outcome of a request that the caller abandoned.
fn abandoned() -> TransportError {
    TransportError::new(TransportErrorKind::Connection, "the request was abandoned")
}

/// Returns the result of a call that the caller stepped to its end before.
fn already_yielded<T>() -> Result<T, Error> {
    Err(InvalidInput::new("call", "its result was already yielded").into())
}

impl<O: Operation> Flow for Call<O> {
    type Item = O::Output;

    fn step(&mut self, now: Now) -> Step<Result<O::Output, Error>> {
        if self.started.is_none() {
            (self.started, self.waits_since) = (Some(now), now);
        }
        if matches!(self.state, State::InFlight) {
            self.receive(Err(abandoned()), now);
        }
        match mem::replace(&mut self.state, State::Done) {
            State::Waiting(at, last) => self.send(at, last, now),
            State::Finished(item) => Step::Yield(item),
            State::InFlight | State::Done => Step::Done,
        }
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        if !matches!(self.state, State::InFlight) {
            return;
        }
        self.waits_since = now;
        let result = self.outcome(outcome);
        let is_429 =
            result.as_ref().is_err_and(|error| error.status() == Some(StatusCode::TOO_MANY_REQUESTS));
        self.failed = self.failed.saturating_add(u32::from(!is_429));
        if let Some(permit) = self.permit.take() {
            match &result {
                Err(error) if error.may_be_429() => {
                    permit.on_rate_limited(error.retry_after(), mix(self.random(now)), now);
                }
                Err(error) if error.is_unseen() => permit.on_unseen(mix(self.random(now)), now),
                Err(error) if error.is_unsent() => permit.on_unsent(now),
                _ => permit.on_response(now),
            }
        }
        self.state = match result {
            Err(error) => match self.retry_at(&error, now) {
                Some(at) => State::Waiting(at, Some(error)),
                None => State::Finished(Err(error.with_attempts(self.sent))),
            },
            answer => State::Finished(answer),
        };
    }
}

/// Returns the reason for a wait after the last error. Without an error, the guard is the reason.
fn reason(last: Option<&Error>) -> WaitReason {
    match last {
        None => WaitReason::RateLimited,
        Some(error) if error.retry_after().is_some() => WaitReason::RetryAfter(error.kind()),
        Some(error) if error.may_be_429() => WaitReason::RateLimited,
        Some(error) => WaitReason::Backoff(error.kind()),
    }
}

/// Returns the nanoseconds of a time, as a source of jitter.
fn nanos(now: Now) -> u64 {
    let time = now.since(Now::ORIGIN);
    time.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(time.subsec_nanos()))
}
