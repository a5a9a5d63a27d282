//! A history without an end: new sessions, and sessions that have ended.

use std::time::Duration;

use http::{Request, Response};

use crate::{
    Api, Error, Flow, HistoryCursor, ListSessions, Now, Session, SessionHistory, Step, TransportError, Wait,
    WaitReason,
};

impl Api {
    /// Follows the sessions of a list without an end. Returns a [`Flow`] that yields each session
    /// when it first appears, and again when it has ended.
    ///
    /// The request has the filters and the start date, as for [`Api::history`].
    pub fn follow(&self, request: ListSessions) -> SessionFollower {
        SessionFollower::new(self.clone(), request)
    }
}

/// A history without an end: a [`Flow`] created by [`Api::follow`] that yields each session when it
/// first appears, and again when it has ended.
///
/// - A session that has ended when it first appears is yielded once.
/// - It begins as a [`SessionHistory`] [with ends](SessionHistory::with_ends) does, and follows its
///   rules. At the end of the list, it waits for the interval, and then lists again the sessions of
///   the last [65 minutes](SessionHistory::LOOK_BACK): one request per 100 sessions.
/// - The interval is 30 s unless set. It counts from the end of the list. If more than 10 requests
///   were needed, it is longer in proportion: with 20 requests it is 60 s.
/// - A program that stores the [cursor](Self::cursor) after it has stored an item, and
///   [resumes](Self::resume) with it, loses no item. An item is repeated only if it was yielded
///   after the stored cursor was taken.
/// - A transient error ([`Error::is_transient`]) that outlasts the
///   [`RetryPolicy`](crate::RetryPolicy) is yielded but does not end the flow: step again to
///   continue after the interval or, if it is longer, `Retry-After` up to 5 minutes. Any other error
///   ends it.
/// - Memory holds one page and the ids of the sessions of the last 65 minutes.
///
/// ```
/// use std::time::Duration;
/// use brightdata_sessions::{Api, ApiKey, Flow, ListSessions, Now, Step, http::Response};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?);
/// let list = ListSessions::new().start_date("2025-12-16T00:00:00Z");
/// let mut follower = api.follow(list).with_interval(Duration::from_secs(60));
/// assert!(matches!(follower.step(Now::ORIGIN), Step::Send(_)));
///
/// let page = r#"{"sessions":[{"session_id":"a","timestamp":"2025-12-16T18:53:41Z","status":"running"}],"total":1}"#;
/// follower.receive(Ok(Response::new(page.into())), Now::ORIGIN);
/// assert!(matches!(follower.step(Now::ORIGIN), Step::Yield(Ok(session)) if session.session_id.as_str() == "a"));
///
/// // The next poll is due after 60 s.
/// assert!(matches!(follower.step(Now::ORIGIN), Step::Wait(wait) if wait.duration.as_secs() == 60));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SessionFollower {
    history: SessionHistory,
    interval: Duration,
    /// The number of requests since the last wait.
    requests: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Listing,
    /// The next request is due at this time.
    Resting(Now),
    Done,
}

/// The default interval between two polls.
const INTERVAL: Duration = Duration::from_secs(30);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
/// The number of requests that one interval allows.
const REQUESTS_PER_INTERVAL: u32 = 10;
/// The longest `Retry-After` that is honored after a failed poll.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

impl SessionFollower {
    fn new(api: Api, request: ListSessions) -> Self {
        let history = SessionHistory::new(api, request).with_ends();
        Self { history, interval: INTERVAL, requests: 0, state: State::Listing }
    }

    /// Sets the time from the end of the list to the next poll. The default is 30 s, the minimum
    /// 0.1 s.
    #[must_use]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// Continues after the items that were yielded before this cursor was taken: see
    /// [`SessionHistory::resume`].
    #[must_use]
    pub fn resume(mut self, cursor: HistoryCursor) -> Self {
        self.history = self.history.resume(cursor);
        self
    }

    /// Returns the position after the last item.
    pub fn cursor(&self) -> &HistoryCursor {
        self.history.cursor()
    }

    /// Rests for the interval, or for longer after many requests or a failure.
    fn rest(&mut self, pause: Duration, now: Now) {
        let factor = self.requests.div_ceil(REQUESTS_PER_INTERVAL).max(1);
        self.state = State::Resting(now + self.interval.saturating_mul(factor).max(pause));
        self.requests = 0;
    }
}

impl Flow for SessionFollower {
    type Item = Session;

    fn step(&mut self, now: Now) -> Step<Result<Session, Error>> {
        loop {
            match self.state {
                State::Done => return Step::Done,
                State::Resting(due) if now < due => {
                    return Step::Wait(Wait::new(due.since(now), WaitReason::PollInterval));
                }
                State::Resting(_) => {
                    self.history.restart();
                    self.state = State::Listing;
                }
                State::Listing => match self.history.step(now) {
                    Step::Done => self.rest(Duration::ZERO, now),
                    Step::Send(request) => {
                        self.requests = self.requests.saturating_add(1);
                        return Step::Send(request);
                    }
                    Step::Yield(Err(error)) => {
                        if error.is_transient() {
                            self.rest(error.retry_after().unwrap_or_default().min(LONGEST_PAUSE), now);
                        } else {
                            self.state = State::Done;
                        }
                        return Step::Yield(Err(error));
                    }
                    step => return step,
                },
            }
        }
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        self.history.receive(outcome, now);
    }

    fn request_ahead(&mut self, now: Now) -> Option<Request<()>> {
        let request = self.history.request_ahead(now)?;
        self.requests = self.requests.saturating_add(1);
        Some(request)
    }

    fn next_received(&mut self) -> Option<Session> {
        self.history.next_received()
    }
}
