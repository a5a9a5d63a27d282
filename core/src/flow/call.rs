//! One operation, sent until it is answered.

use std::time::Duration;
use std::{fmt, mem};

use http::Response;

use crate::operation::Operation;
use crate::policy::rate_guard::{LONGEST_PAUSE, Place};
use crate::policy::retry::backoff;
use crate::{Api, Error, Failure, FailureKind, Flow, GetSession, Outcome, SessionId, Step};

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

/// One operation, sent again as the [`RetryPolicy`](crate::RetryPolicy) says: a [`Flow`] of exactly one item, its answer
/// or the last error.
///
/// Made by [`Api::get`] and [`Api::call`].
#[derive(Debug)]
pub struct Call<O: Operation> {
    api: Api,
    operation: O,
    /// When it was first stepped.
    started: Option<Duration>,
    /// Since when it waits to send: the last outcome, or the first step.
    waits_since: Duration,
    /// How many requests were sent.
    sent: u32,
    state: State<O::Answer>,
    /// Its place among the requests that are under way, or among those that wait for one.
    place: Option<Place>,
}

enum State<A> {
    /// A request may be sent from this time on. What became of the one before it, if there was one, is told if it is too late
    /// for that.
    Ready(Duration, Option<Error>),
    /// The outcome of a request is due.
    Sent,
    /// There is an item to yield.
    Over(Result<A, Error>),
    /// The item was yielded.
    Done,
}

/// Without the answer, which can be a page of sessions.
impl<A> fmt::Debug for State<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(at, last) => f.debug_tuple("Ready").field(at).field(last).finish(),
            Self::Sent => f.write_str("Sent"),
            Self::Over(Ok(_)) => f.write_str("Over(Ok(..))"),
            Self::Over(Err(error)) => f.debug_tuple("Over").field(error).finish(),
            Self::Done => f.write_str("Done"),
        }
    }
}

impl<O: Operation> Call<O> {
    pub(crate) fn new(api: Api, operation: O) -> Self {
        Self {
            api,
            operation,
            started: None,
            waits_since: Duration::ZERO,
            sent: 0,
            state: State::Ready(Duration::ZERO, None),
            place: None,
        }
    }

    /// When the last outcome came; before it, when the call was first stepped.
    pub(crate) fn waits_since(&self) -> Duration {
        self.waits_since
    }

    /// Sends, or says how long to wait before.
    fn send(&mut self, at: Duration, last: Option<Error>, now: Duration) -> Step<Result<O::Answer, Error>> {
        if now < at {
            self.state = State::Ready(at, last);
            return Step::Wait(at.saturating_sub(now));
        }
        if !self.in_time(now) {
            // Whoever drives this slept for longer than it was told to.
            self.place = None;
            let error = last.unwrap_or_else(|| {
                let retry_after = self.api.guard().pause(now).unwrap_or_default();
                Error::HeldBack { retry_after, attempts: 0 }
            });
            return Step::Yield(Err(error.with_attempts(self.sent)));
        }
        let request = match self.api.request(&self.operation) {
            Ok(request) => request,
            Err(refused) => return Step::Yield(Err(refused)),
        };
        match self.api.guard().admit(&mut self.place, now) {
            Ok(()) => {
                self.sent = self.sent.saturating_add(1);
                self.state = State::Sent;
                Step::Send(request)
            }
            Err(pause) if self.in_time(now.saturating_add(pause)) => {
                self.state = State::Ready(at, last);
                Step::Wait(pause)
            }
            Err(retry_after) => {
                self.place = None;
                Step::Yield(Err(Error::HeldBack { retry_after, attempts: self.sent }))
            }
        }
    }

    fn outcome(&mut self, outcome: Outcome) -> Result<O::Answer, Error> {
        let refused = |failure| Error::from_failure(failure, self.api.body_limit(), self.api.key());
        let (head, body) = outcome.map_err(refused)?.into_parts();
        self.api.parse(&self.operation, Response::from_parts(head, body.as_slice()))
    }

    /// When to send again after this error, if at all.
    fn retry_at(&self, error: &Error, now: Duration) -> Option<Duration> {
        if !error.is_transient() || !self.api.retry().allows(self.sent) {
            return None;
        }
        let pause = match error {
            // All other calls wait for as long.
            _ if error.may_be_429() => self.api.guard().pause(now).unwrap_or_default(),
            // What idled in a pool may be closed; a connection of its own is not.
            Error::Connection { .. } if self.sent == 1 => Duration::ZERO,
            _ => match error.retry_after() {
                Some(retry_after) => retry_after.min(LONGEST_PAUSE),
                None => backoff(self.sent, self.api.seed() ^ nanos(now)),
            },
        };
        Some(now.saturating_add(pause)).filter(|&at| self.in_time(at))
    }

    /// Whether a request may still be sent at this time.
    fn in_time(&self, at: Duration) -> bool {
        self.api.retry().allows_at(at, self.started.unwrap_or_default(), self.waits_since)
    }
}

impl<O: Operation> Flow for Call<O> {
    type Item = O::Answer;

    fn step(&mut self, now: Duration) -> Step<Result<O::Answer, Error>> {
        if self.started.is_none() {
            (self.started, self.waits_since) = (Some(now), now);
        }
        if matches!(self.state, State::Sent) {
            self.receive(Err(Failure::new(FailureKind::Connection, "the request was given up")), now);
        }
        match mem::replace(&mut self.state, State::Done) {
            State::Ready(at, last) => self.send(at, last, now),
            State::Over(item) => Step::Yield(item),
            State::Sent | State::Done => Step::Done,
        }
    }

    fn receive(&mut self, outcome: Outcome, now: Duration) {
        if !matches!(self.state, State::Sent) {
            return;
        }
        self.waits_since = now;
        let result = self.outcome(outcome);
        match &result {
            Err(error) if error.may_be_429() => self.api.guard().limited(error.retry_after(), now),
            Err(error) if error.status().is_none() => {}
            _ => self.api.guard().answered(),
        }
        // Not before the guard knows: another thread could be let in between.
        self.place = None;
        self.state = match result {
            Err(error) => match self.retry_at(&error, now) {
                Some(at) => State::Ready(at, Some(error)),
                None => State::Over(Err(error.with_attempts(self.sent))),
            },
            answer => State::Over(answer),
        };
    }
}

/// The fast-moving part of a time, as a source of jitter.
fn nanos(time: Duration) -> u64 {
    time.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(time.subsec_nanos()))
}
