//! What the flows deal with: answers of all kinds, and the service's limit of requests.

use std::time::Duration;

use arbitrary::Arbitrary;
use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Failure, FailureKind};

use super::ID;

/// What becomes of a request.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Outcome {
    Good(Good),
    /// A good answer to another question.
    OtherRequest,
    Malformed,
    Status(Status, RetryAfter),
    Failure(TransportFailure),
    /// Nothing: the request was given up.
    Abandoned,
}

/// A good answer, made for the request: a session or a page.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Good {
    /// Of the session, the status.
    pub word: u8,
    /// How many sessions there are on the page, or how much traffic the session had.
    pub number: u8,
    /// By how much the list shifted, so that some sessions come again.
    pub shift: u8,
    pub next: Next,
    pub total: Option<u64>,
}

/// What a page says of the one after it.
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
            // With no body, a 200 is malformed.
            Self::Any(number) => 100 + number % 900,
        }
    }
}

impl Outcome {
    /// What is handed in; `None` where the request is given up.
    pub(super) fn response_to(&self, request: &Request<()>) -> Option<Result<Response<Vec<u8>>, Failure>> {
        let ok = |body: String| Some(Ok(Response::new(body.into_bytes())));
        let is_list = !request.uri().path().starts_with("/browser_sessions/");
        match self {
            Self::Good(good) if is_list => ok(good.page(request)),
            Self::Good(good) => ok(good.session()),
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
            Self::Failure(broken) => Some(Err(Failure::from(broken.kind()))),
            Self::Abandoned => None,
        }
    }

    /// Whether the request may be sent again.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::OtherRequest
            | Self::Abandoned
            | Self::Failure(TransportFailure::Timeout | TransportFailure::Connection) => true,
            Self::Good(_) | Self::Malformed | Self::Failure(_) => false,
            Self::Status(status, _) => matches!(status.code(), 408 | 429 | 500..=599),
        }
    }

    /// Whether nothing came, or not all of it, for another reason than time.
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

    /// How long no request may follow: what was asked for, as far as it is believed.
    pub(super) fn required_delay(&self, is_watch: bool) -> Duration {
        let is_429 = matches!(self, Self::Status(status, _) if status.code() == 429);
        let longest = if is_watch && !is_429 { 300 } else { 3600 };
        self.retry_after().unwrap_or_default().min(Duration::from_secs(longest))
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
    fn kind(self) -> FailureKind {
        match self {
            Self::Timeout => FailureKind::Timeout,
            Self::Connection => FailureKind::Connection,
            Self::TooLarge => FailureKind::TooLarge,
            Self::Undecodable => FailureKind::Undecodable,
        }
    }
}

impl Good {
    fn session(&self) -> String {
        let status = ["running", "finished", "failed", "paused"][usize::from(self.word % 4)];
        let bandwidth = self.number % 3;
        format!(r#"{{"session":{{"session_id":"{ID}","status":"{status}","bandwidth":{bandwidth}}}}}"#)
    }

    fn page(&self, request: &Request<()>) -> String {
        let parameter = |name, default| parameter(request, name).unwrap_or(default);
        let (offset, limit) = (parameter("offset=", 0), parameter("limit=", 50));
        let count = u64::from(self.number % 16);
        let first = offset.saturating_sub(self.shift.into());
        let sessions: Vec<_> = (0..count)
            // However far a walk goes, there are not more of them: it has to see that nothing new comes.
            .map(|number| format!(r#"{{"session_id":"id-{}"}}"#, first.saturating_add(number) % 40))
            .collect();
        let more = |next: u64| format!(r#","has_more":true,"next_offset":{next}"#);
        let next = match self.next {
            Next::AfterFull => more(offset.saturating_add(limit)),
            Next::AfterThese => more(offset.saturating_add(count)),
            Next::None => r#","has_more":false,"next_offset":null"#.into(),
            Next::Silence => String::new(),
            Next::At(next) => more(next),
        };
        let total = self.total.map(|total| format!(r#""total":{total},"#)).unwrap_or_default();
        format!(r#"{{"sessions":[{}],{total}"pagination":{{"offset":{offset}{next}}}}}"#, sessions.join(","))
    }
}

/// A number in the query of a request, by its name and the `=` behind it.
pub(super) fn parameter(request: &Request<()>, name: &str) -> Option<u64> {
    let value = request.uri().query()?.split('&').find_map(|pair| pair.strip_prefix(name))?;
    Some(value.parse().unwrap())
}

/// What the service asks of one IP address: the rules that all flows of an `Api` keep together.
#[derive(Default)]
pub(super) struct GuardModel {
    /// When there were answers of 429.
    limited: Vec<Duration>,
    not_before: Duration,
    /// Answers of 429 since the last other one.
    in_a_row: u32,
    /// When each request in flight was sent.
    in_flight: Vec<Duration>,
}

/// A request that is in flight for longer blocks no other.
const PERMIT_LIFETIME: Duration = Duration::from_secs(60);

impl GuardModel {
    /// A request is sent: not before a 429 allows it; not at ten of them in five minutes; not so many at once that there could be
    /// more than twenty of them; and after a 429 one alone, until there is another answer.
    pub(super) fn on_send(&mut self, now: Duration) {
        assert!(now >= self.not_before, "sent at {now:?}, before {:?}", self.not_before);
        let recent = self.limited.iter().filter(|at| **at + Duration::from_secs(300) > now).count();
        assert!(recent < 10, "sent after {recent} answers of 429");
        let in_flight = 1 + self.in_flight(now);
        self.in_flight.push(now);
        assert!(in_flight + recent <= 20, "{in_flight} in flight after {recent} answers of 429");
        assert!(self.in_a_row == 0 || in_flight == 1, "{in_flight} in flight after a 429");
    }

    /// Whether a request may be sent, but for callers that wait.
    pub(super) fn allows(&self, now: Duration) -> bool {
        let recent = self.limited.iter().filter(|at| **at + Duration::from_secs(300) > now).count();
        let max = if self.in_a_row > 0 { 1 } else { 20 - recent.min(20) };
        now >= self.not_before && recent < 10 && self.in_flight(now) < max
    }

    /// The requests in flight that count.
    fn in_flight(&self, now: Duration) -> usize {
        self.in_flight.iter().filter(|sent| **sent + PERMIT_LIFETIME > now).count()
    }

    /// A request that was in flight since a time is not any more.
    pub(super) fn on_outcome(&mut self, outcome: &Outcome, sent: Duration, now: Duration) {
        let place = self.in_flight.iter().position(|&time| time == sent).unwrap();
        self.in_flight.swap_remove(place);
        match outcome {
            Outcome::Status(status, _) if status.code() == 429 => {
                self.limited.push(now);
                self.in_a_row += 1;
                let recommended = Duration::from_secs(1 << self.in_a_row.min(5));
                let pause = outcome.retry_after().unwrap_or(recommended);
                let pause = pause.clamp(Duration::from_secs(1), Duration::from_secs(3600));
                self.not_before = self.not_before.max(now + pause);
            }
            // Nobody knows what the service would have said.
            Outcome::Abandoned
            | Outcome::Failure(TransportFailure::Timeout | TransportFailure::Connection) => {}
            _ => self.in_a_row = 0,
        }
    }
}
