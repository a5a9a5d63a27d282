//! One session, until it ends.

use std::time::Duration;

use crate::{
    Api, Call, Error, Failure, FailureKind, Flow, GetSession, Outcome, Session, SessionId, SessionStatus,
    Step,
};

/// One session, asked for again and again until it ends: a [`Flow`] made by [`Api::watch`] that yields the session first
/// as it is found, and then each time that something in it has changed.
///
/// - It ends after the session that is `finished` or `failed`. A status that is not known is not an end.
/// - Between two requests pass 2 s, then half as long again each time, up to 30 s; after a change it is 2 s again.
/// - A session that is not found in the first 30 s may not be listed yet, and is asked for again. Once it was found, or
///   later, [`Error::NotFound`] ends the watch.
/// - An error that will pass ([`Error::is_transient`]) is yielded after the [`RetryPolicy`](crate::RetryPolicy) gave up on it, but ends
///   nothing: step again to go on. Any other error ends the watch.
/// - At the deadline (65 minutes unless set; a session lives for 60 at the most) it ends with [`Error::Timeout`].
#[derive(Debug)]
pub struct Watch {
    api: Api,
    id: SessionId,
    deadline: Duration,
    started: Option<Duration>,
    interval: Duration,
    last: Option<Session>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The next request is due at this time.
    Resting(Duration),
    Asking(Box<Call<GetSession>>),
    Done,
}

const SHORTEST_INTERVAL: Duration = Duration::from_secs(2);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);
/// How soon a session shows up after its start is not documented.
const GRACE: Duration = Duration::from_secs(30);

impl Watch {
    pub(crate) fn new(api: Api, id: SessionId) -> Self {
        Self {
            api,
            id,
            deadline: Duration::from_secs(65 * 60),
            started: None,
            interval: SHORTEST_INTERVAL,
            last: None,
            state: State::Resting(Duration::ZERO),
        }
    }

    /// Sets how long after the first step the watch gives up (65 minutes unless set).
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// What an answer leads to: an item to yield, or nothing new.
    fn answered(&mut self, answer: Result<Session, Error>, now: Duration) -> Option<Result<Session, Error>> {
        let (item, pause) = match answer {
            Ok(session) if self.last.as_ref() == Some(&session) => (None, self.next_interval()),
            Ok(session) => {
                let over = matches!(session.status, Some(SessionStatus::Finished | SessionStatus::Failed));
                if over {
                    self.state = State::Done;
                    return Some(Ok(session));
                }
                self.last = Some(session.clone());
                self.interval = SHORTEST_INTERVAL;
                (Some(Ok(session)), self.next_interval())
            }
            Err(Error::NotFound(_)) if self.last.is_none() && self.elapsed(now) < GRACE => {
                (None, self.next_interval())
            }
            Err(error) if error.is_transient() => {
                let pause = self.next_interval().max(error.retry_after().unwrap_or_default());
                (Some(Err(error)), pause)
            }
            Err(error) => {
                self.state = State::Done;
                return Some(Err(error));
            }
        };
        self.state = State::Resting(now.saturating_add(pause));
        item
    }

    fn next_interval(&mut self) -> Duration {
        let interval = self.interval;
        self.interval = (interval * 3 / 2).min(LONGEST_INTERVAL);
        interval
    }

    fn elapsed(&self, now: Duration) -> Duration {
        now.saturating_sub(self.started.unwrap_or(now))
    }
}

impl Flow for Watch {
    type Item = Session;

    fn step(&mut self, now: Duration) -> Step<Result<Session, Error>> {
        let deadline = self.started.get_or_insert(now).saturating_add(self.deadline);
        loop {
            let pause = match &mut self.state {
                State::Done => return Step::Done,
                State::Resting(until) if now < deadline && *until <= now => {
                    self.state = State::Asking(Box::new(self.api.get(&self.id)));
                    continue;
                }
                State::Resting(until) => until.saturating_sub(now),
                State::Asking(call) => match call.step(now) {
                    Step::Send(request) if now < deadline => return Step::Send(request),
                    Step::Send(_) => Duration::ZERO,
                    Step::Wait(pause) => pause,
                    Step::Yield(answer) => match self.answered(answer, now) {
                        Some(item) => return Step::Yield(item),
                        None => continue,
                    },
                    Step::Done => return Step::Done,
                },
            };
            // The deadline is told when it is reached, not when the next request is due.
            if now < deadline {
                return Step::Wait(pause.min(deadline.saturating_sub(now)));
            }
            self.state = State::Done;
            let late = format!("the session had not ended after {} s", self.deadline.as_secs());
            return Step::Yield(Err(Error::timed_out(Failure::new(FailureKind::Timeout, late))));
        }
    }

    fn receive(&mut self, outcome: Outcome, now: Duration) {
        if let State::Asking(call) = &mut self.state {
            call.receive(outcome, now);
        }
    }
}
