//! A model of the server: responses of all kinds, and the limit on requests.

use std::time::Duration;

use arbitrary::Arbitrary;
use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{TransportError, TransportErrorKind};

use super::ID;

/// The outcome of a request.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Outcome {
    Good(Good),
    /// A good response to another request.
    OtherRequest,
    Malformed,
    Status(Status, RetryAfter),
    Failure(TransportFailure),
    /// The request was abandoned.
    Abandoned,
}

/// A good response to the request: a session or a page.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Good {
    /// Selects the status of the session.
    pub word: u8,
    /// The number of sessions on the page, or the traffic of the session.
    pub number: u8,
    /// The number of sessions by which the list shifted, so that they appear again.
    pub shift: u8,
    pub next: Next,
    pub total: Option<u64>,
}

/// The pagination of a page.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Next {
    AfterFull,
    AfterThese,
    None,
    Silence,
    At(u64),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Status {
    TooManyRequests,
    ServiceUnavailable,
    RequestTimeout,
    NotFound,
    Found,
    Any(u16),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum RetryAfter {
    None,
    Nonsense,
    Seconds(u8),
    Hours(u16),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum TransportFailure {
    Timeout,
    Connection,
    TooLarge,
    Undecodable,
}

impl Status {
    fn code(self) -> u16 {
        match self {
            Self::TooManyRequests => 429,
            Self::ServiceUnavailable => 503,
            Self::RequestTimeout => 408,
            Self::NotFound => 404,
            Self::Found => 302,
            // A 200 without a body is malformed.
            Self::Any(number) => 100 + number % 900,
        }
    }
}

impl Outcome {
    /// Returns what the driver passes to the flow, or `None` if the request is abandoned.
    pub(super) fn response_to(
        &self,
        request: &Request<()>,
    ) -> Option<Result<Response<Vec<u8>>, TransportError>> {
        let ok = |body: String| Some(Ok(Response::new(body.into_bytes())));
        let is_list = !request.uri().path().starts_with("/browser_sessions/");
        match self {
            Self::Good(good) if is_list => ok(good.page(request)),
            Self::Good(good) => ok(format!(r#"{{"session":{}}}"#, good.session())),
            Self::OtherRequest if is_list => {
                ok(r#"{"sessions":[],"pagination":{"offset":18446744073709551614}}"#.into())
            }
            Self::OtherRequest => ok(r#"{"session":{"session_id":"a stranger"}}"#.into()),
            Self::Malformed => ok(r#"{"session":[],"sessions":{}}"#.into()),
            Self::Status(status, retry_after) => {
                let mut response = Response::builder().status(status.code());
                if let Some(value) = retry_after.value() {
                    response = response.header("retry-after", value);
                }
                Some(Ok(response.body(Vec::new()).unwrap()))
            }
            Self::Failure(broken) => Some(Err(TransportError::from(broken.kind()))),
            Self::Abandoned => None,
        }
    }

    /// Returns whether the request may be retried.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::OtherRequest
            | Self::Abandoned
            | Self::Failure(TransportFailure::Timeout | TransportFailure::Connection) => true,
            Self::Good(_) | Self::Malformed | Self::Failure(_) => false,
            Self::Status(status, _) => matches!(status.code(), 408 | 429 | 500..=599),
        }
    }

    /// Returns whether the response is missing or truncated for a reason other than a timeout.
    pub(super) fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Abandoned | Self::Failure(TransportFailure::Connection))
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(_, RetryAfter::Seconds(seconds)) => Some(Duration::from_secs((*seconds).into())),
            Self::Status(_, RetryAfter::Hours(hours)) => Some(Duration::from_secs(u64::from(*hours) * 3600)),
            _ => None,
        }
    }

    pub(super) fn is_429(&self) -> bool {
        matches!(self, Self::Status(status, _) if status.code() == 429)
    }

    /// Returns the minimum delay of the next request: `Retry-After` up to its documented maximum.
    pub(super) fn required_delay(&self, is_watch: bool) -> Duration {
        let delay = self.retry_after().unwrap_or_default();
        let longest = Duration::from_secs(3600);
        // A longer one is not believed at once after a 429.
        let longest =
            Duration::from_secs(if self.is_429() && delay <= longest || !is_watch && !self.is_429() {
                3600
            } else {
                300
            });
        delay.min(longest)
    }
}

impl RetryAfter {
    fn value(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Nonsense => Some("soon".into()),
            Self::Seconds(seconds) => Some(seconds.to_string()),
            Self::Hours(hours) => Some((u64::from(hours) * 3600).to_string()),
        }
    }
}

impl TransportFailure {
    fn kind(self) -> TransportErrorKind {
        match self {
            Self::Timeout => TransportErrorKind::Timeout,
            Self::Connection => TransportErrorKind::Connection,
            Self::TooLarge => TransportErrorKind::TooLarge,
            Self::Undecodable => TransportErrorKind::Undecodable,
        }
    }
}

impl Good {
    /// Returns the session as JSON.
    pub(super) fn session(&self) -> String {
        let status = ["running", "finished", "failed", "paused"][usize::from(self.word % 4)];
        let (bandwidth, new) = (self.number % 3, self.number / 3 % 2);
        format!(r#"{{"session_id":"{ID}","status":"{status}","bandwidth":{bandwidth},"new":{new}}}"#)
    }

    /// Returns the ids of the sessions on a page. They have no other fields.
    pub(super) fn ids(&self, request: &Request<()>) -> impl Iterator<Item = String> {
        let first = parameter(request, "offset=").unwrap_or(0).saturating_sub(self.shift.into());
        // There are only 40 ids, so a paginator must notice that pages have nothing new.
        (0..u64::from(self.number % 16))
            .map(move |number| format!("id-{}", first.saturating_add(number) % 40))
    }

    /// Returns whether another page follows.
    pub(super) fn has_more(&self) -> bool {
        matches!(self.next, Next::AfterFull | Next::AfterThese | Next::At(_))
    }

    fn page(&self, request: &Request<()>) -> String {
        let parameter = |name, default| parameter(request, name).unwrap_or(default);
        let (offset, limit) = (parameter("offset=", 0), parameter("limit=", 50));
        let sessions: Vec<_> = self.ids(request).map(|id| format!(r#"{{"session_id":"{id}"}}"#)).collect();
        let more = |next: u64| format!(r#","has_more":true,"next_offset":{next}"#);
        let next = match self.next {
            Next::AfterFull => more(offset.saturating_add(limit)),
            Next::AfterThese => more(offset.saturating_add(sessions.len() as u64)),
            Next::None => r#","has_more":false,"next_offset":null"#.into(),
            Next::Silence => String::new(),
            Next::At(next) => more(next),
        };
        let total = self.total.map(|total| format!(r#""total":{total},"#)).unwrap_or_default();
        format!(r#"{{"sessions":[{}],{total}"pagination":{{"offset":{offset}{next}}}}}"#, sessions.join(","))
    }
}

/// Returns a number in the query of a request. `name` includes the `=`.
pub(super) fn parameter(request: &Request<()>, name: &str) -> Option<u64> {
    let value = request.uri().query()?.split('&').find_map(|pair| pair.strip_prefix(name))?;
    Some(value.parse().unwrap())
}

/// The server's rules for one IP address, which all flows of an `Api` follow together.
#[derive(Default)]
pub(super) struct GuardModel {
    /// The times of the 429s.
    limited: Vec<Duration>,
    not_before: Duration,
    /// The number of 429s since the last other response.
    in_a_row: u32,
    /// The number of outcomes without a response.
    unseen: u32,
    /// The time at which each request in flight was sent.
    in_flight: Vec<Duration>,
}

/// A request that is in flight for longer does not block others.
const PERMIT_LIFETIME: Duration = Duration::from_secs(60);

impl GuardModel {
    /// Checks that a request may be sent. A 429 delays it, and ten 429s in five minutes forbid it.
    /// Requests in flight plus recent 429s are at most 20. After a 429, one request at a time is in
    /// flight until another response arrives.
    pub(super) fn on_send(&mut self, now: Duration) {
        assert!(now >= self.not_before, "sent at {now:?}, before {:?}", self.not_before);
        let recent = self.limited.iter().filter(|at| **at + Duration::from_secs(300) > now).count();
        assert!(recent < 10, "sent after {recent} responses with status 429");
        let in_flight = 1 + self.in_flight(now);
        self.in_flight.push(now);
        assert!(in_flight + recent <= 20, "{in_flight} in flight after {recent} responses with status 429");
        assert!(self.in_a_row == 0 || in_flight == 1, "{in_flight} in flight after a 429");
    }

    /// Returns whether the guard has a pace, because of a 429 or of responses that were not seen.
    pub(super) fn has_pace(&self) -> bool {
        !self.limited.is_empty() || self.has_many_unseen()
    }

    /// Returns whether the guard may count responses that were not seen as 429s.
    pub(super) fn has_many_unseen(&self) -> bool {
        self.unseen >= 5
    }

    /// Returns whether a request may be sent, apart from slots that are reserved for waiting
    /// callers.
    pub(super) fn allows(&self, now: Duration) -> bool {
        let recent = self.limited.iter().filter(|at| **at + Duration::from_secs(300) > now).count();
        // The limit is 3 at first.
        let max = if self.in_a_row > 0 { 1 } else { 3.min(20 - recent.min(20)) };
        now >= self.not_before && recent < 10 && self.in_flight(now) < max
    }

    /// Returns the number of requests in flight that count.
    fn in_flight(&self, now: Duration) -> usize {
        self.in_flight.iter().filter(|sent| **sent + PERMIT_LIFETIME > now).count()
    }

    /// Records the outcome of the request that was sent at `sent`.
    pub(super) fn on_outcome(&mut self, outcome: &Outcome, sent: Duration, now: Duration) {
        let index = self.in_flight.iter().position(|&time| time == sent).unwrap();
        self.in_flight.swap_remove(index);
        match outcome {
            Outcome::Status(status, _) if status.code() == 429 => {
                self.limited.push(now);
                self.in_a_row += 1;
                let pause = outcome.required_delay(false).max(Duration::from_secs(1));
                self.not_before = self.not_before.max(now + pause);
            }
            // The server's response, if any, is unknown.
            Outcome::Abandoned
            | Outcome::Failure(TransportFailure::Timeout | TransportFailure::Connection) => self.unseen += 1,
            _ => self.in_a_row = 0,
        }
    }
}
