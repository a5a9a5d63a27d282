//! One session, polled until it ends.

use std::fmt;
use std::time::Duration;

use http::Response;

use crate::escape::excerpt;
use crate::{
    Api, Call, Error, ErrorKind, Flow, GetSession, Now, Session, SessionId, SessionStatus, Step,
    TransportError, Wait, WaitReason,
};

impl Api {
    /// Watches one session until it ends. Returns a [`Flow`] that yields the session on each
    /// change.
    pub fn watch(&self, id: &SessionId) -> SessionWatcher {
        SessionWatcher::new(self.clone(), id.clone())
    }
}

/// One session, polled until it ends: a [`Flow`] created by [`Api::watch`] that yields the session
/// when it is first found, and then each time it has changed.
///
/// - It ends once the session is `finished` or `failed`. An unknown status does not end it.
/// - The first delay between two requests is 2 s. Each later one is 50 % longer, up to 30 s. A
///   change resets it to 2 s.
/// - A session that is not found in the first 30 s may not be listed yet, and is polled again.
///   Later, or once it has been found, a 404 ends the watch.
/// - A transient error ([`Error::is_transient`]) that outlasts the
///   [`RetryPolicy`](crate::RetryPolicy) is yielded but does not end the watch: step again to
///   continue. Any other error ends it. A poll is retried for at most 5 minutes. `Retry-After`
///   extends the delay to at most 5 minutes, so that one absurd response does not silence the
///   watch. Only after a 429 is the whole delay honored, up to an hour.
/// - At the deadline, it polls once more, so that a session that ended in the meantime is not
///   missed, even if the driver overslept. The default deadline is 65 minutes, because a session
///   lives for at most 60. The last poll may end 10 s after the deadline, plus twice the
///   transport's time limit: once for a request in flight at the deadline, and once for the last
///   request. If the session still has not ended, or no request may be sent, the last item is an
///   error of kind [`Timeout`](ErrorKind::Timeout) with the last known status.
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions::{Api, ApiKey, Flow, Now, Step, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let mut watch = api.watch(&"s1".parse()?).with_deadline(Duration::from_secs(600));
/// assert!(matches!(watch.step(Now::ORIGIN), Step::Send(_)));
///
/// let running = r#"{"session":{"session_id":"s1","status":"running"}}"#;
/// watch.receive(Ok(Response::new(running.into())), Now::ORIGIN);
/// assert!(matches!(watch.step(Now::ORIGIN), Step::Yield(Ok(session)) if session.duration.is_none()));
///
/// // The next poll is due after 2 s.
/// assert!(matches!(watch.step(Now::ORIGIN), Step::Wait(wait) if wait.duration.as_secs() == 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionWatcher {
    api: Api,
    id: SessionId,
    deadline: Duration,
    started: Option<Now>,
    interval: Duration,
    last: Option<Session>,
    /// The time at which the last response with the session was received.
    seen: Now,
    /// No request is sent before this time, as the service requested.
    not_before: Now,
    /// The time until which the poll at the deadline may wait. Set once the deadline is reached.
    overtime: Option<Now>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The next request is due at this time.
    Resting(Now),
    Polling(Box<Call<GetSession>>),
    /// The poll at the deadline found a session that has not ended, or failed.
    Late,
    Done,
}

const SHORTEST_INTERVAL: Duration = Duration::from_secs(2);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);
/// The longest `Retry-After` that is honored, except after a 429, and the time limit of one poll. A
/// session lives for an hour at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// How long the poll at the deadline may wait for a slot or a retry. No backoff is longer.
const OVERTIME: Duration = Duration::from_secs(10);
/// How long after the first step a 404 is ignored. The service does not document how soon after its
/// start a session is listed.
const GRACE: Duration = Duration::from_secs(30);

impl SessionWatcher {
    pub(crate) fn new(api: Api, id: SessionId) -> Self {
        let retry = api.retry().clone().limited_to(LONGEST_PAUSE);
        Self {
            api: api.with_retry(retry),
            id,
            deadline: Duration::from_secs(65 * 60),
            started: None,
            interval: SHORTEST_INTERVAL,
            last: None,
            seen: Now::ORIGIN,
            not_before: Now::ORIGIN,
            overtime: None,
            state: State::Resting(Now::ORIGIN),
        }
    }

    /// Sets the time from the first step to the last poll of the watch. The default is 65 minutes.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Handles the result of a poll, and returns the item to yield, if any. `received` is the time
    /// of the response.
    fn polled(
        &mut self,
        result: Result<Session, Error>,
        received: Now,
        now: Now,
    ) -> Option<Result<Session, Error>> {
        if result.is_ok() {
            self.seen = received;
        }
        let (item, pause) = match result {
            Ok(session) if self.last.as_ref() == Some(&session) => (None, self.next_interval()),
            Ok(session) => {
                if session.status.as_ref().is_some_and(SessionStatus::is_ended) {
                    self.state = State::Done;
                    return Some(Ok(session));
                }
                self.last = Some(session.clone());
                self.interval = SHORTEST_INTERVAL;
                (Some(Ok(session)), self.next_interval())
            }
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && self.last.is_none()
                    && self.elapsed(now) < GRACE =>
            {
                (None, self.next_interval())
            }
            Err(error) if error.is_transient() => {
                let requested = error.retry_after().unwrap_or_default().min(LONGEST_PAUSE);
                let guarded = self.api.guard().pause(now).unwrap_or_default();
                // The driver may have overslept since the response that requested a wait.
                self.not_before = (received + requested).max(now + guarded);
                (Some(Err(error)), self.next_interval())
            }
            Err(error) => {
                self.state = State::Done;
                return Some(Err(error));
            }
        };
        self.state = match self.overtime {
            Some(_) => State::Late,
            None => State::Resting(now + pause),
        };
        item
    }

    /// Begins the poll at the deadline if it has not begun. Returns the time until which it may
    /// wait.
    fn overtime(&mut self, now: Now) -> Now {
        *self.overtime.get_or_insert_with(|| now + OVERTIME)
    }

    fn next_interval(&mut self) -> Duration {
        let interval = self.interval;
        self.interval = (interval * 3 / 2).min(LONGEST_INTERVAL);
        interval
    }

    fn elapsed(&self, now: Now) -> Duration {
        now.since(self.started.unwrap_or(now))
    }

    /// Returns the error at the deadline, with the last known status of the session.
    fn timed_out(&self) -> Error {
        let deadline = self.deadline.as_secs_f64();
        let problem = match &self.last {
            None => format!("the session was not seen within {deadline} s"),
            Some(session) => {
                let status =
                    session.status.as_ref().and_then(|status| excerpt(status.as_str(), self.api.key()));
                let status = status.as_deref().unwrap_or("without a status");
                let seen = self.elapsed(self.seen).as_secs_f64();
                format!("the session had not ended after {deadline} s: last seen {status} after {seen:.1} s")
            }
        };
        Error::deadline(problem)
    }
}

/// Omits the session that was found, which can take megabytes.
impl fmt::Debug for SessionWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionWatcher")
            .field("id", &self.id)
            .field("deadline", &self.deadline)
            .field("interval", &self.interval)
            .field("is_found", &self.last.is_some())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Flow for SessionWatcher {
    type Item = Session;

    fn step(&mut self, now: Now) -> Step<Result<Session, Error>> {
        let deadline = *self.started.get_or_insert(now) + self.deadline;
        loop {
            let wait = match &mut self.state {
                State::Done => return Step::Done,
                State::Late => break,
                State::Resting(until) => {
                    let due = (*until).min(deadline).max(self.not_before);
                    if due <= now {
                        self.state = State::Polling(Box::new(self.api.get(&self.id)));
                        continue;
                    }
                    Wait::new(due.since(now), WaitReason::PollInterval)
                }
                State::Polling(call) => match call.step(now) {
                    Step::Send(request) if now < deadline => return Step::Send(request),
                    Step::Send(request) => {
                        self.overtime(now);
                        return Step::Send(request);
                    }
                    Step::Wait(wait) => wait,
                    Step::Yield(result) => {
                        let received = call.waits_since();
                        match self.polled(result, received, now) {
                            Some(item) => return Step::Yield(item),
                            None => continue,
                        }
                    }
                    Step::Done => return Step::Done,
                },
            };
            if now < deadline {
                return Step::Wait(wait.at_most(deadline.since(now)));
            }
            if now + wait.duration > self.overtime(now) {
                break;
            }
            return Step::Wait(wait);
        }
        self.state = State::Done;
        Step::Yield(Err(self.timed_out()))
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        if let State::Polling(call) = &mut self.state {
            call.receive(outcome, now);
        }
    }
}
