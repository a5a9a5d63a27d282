//! A history: its requests, its cursor, and the lists that it does not accept.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::Request;
use brightdata_sessions::{
    Error, Flow, HistoryCursor, ListSessions, Now, RetryPolicy, Session, SessionHistory, StatusFilter, Step,
    Timestamp,
};

use crate::support::drive::{Outcome, Played, api, at, play, play_all, response, status};

mod ahead;
mod cursor;
mod inconsistent;
mod requests;

/// The start of the first session: 2025-12-16T00:00:00Z.
const FIRST: u64 = 1_765_843_200;

fn date(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn timestamp(second: u64) -> String {
    Timestamp::try_from(date(second)).unwrap().to_string()
}

/// Returns the value of a request's parameter, decoded.
fn parameter(request: &Request<()>, name: &str) -> Option<String> {
    let query = request.uri().query()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(urlencoding::decode(value).unwrap().into_owned())
}

fn second(text: &str) -> u64 {
    let time = text.parse::<Timestamp>().unwrap().to_system_time().unwrap();
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// A service with sessions that started in these seconds, in order. The ids are the positions.
struct Service {
    starts: Vec<u64>,
    /// The time of its `Date`.
    now: Option<u64>,
    max_limit: usize,
    /// Whether the start date itself is included.
    is_inclusive: bool,
}

impl Service {
    fn new(starts: impl IntoIterator<Item = u64>) -> Self {
        let starts: Vec<_> = starts.into_iter().collect();
        assert!(starts.is_sorted());
        Self { starts, now: Some(FIRST + 40 * 86_400), max_limit: 100, is_inclusive: true }
    }

    fn respond(&self, request: &Request<()>) -> Outcome {
        assert_eq!(parameter(request, "sort").as_deref(), Some("timestamp"));
        assert_eq!(parameter(request, "order").as_deref(), Some("asc"));
        let number = |name| parameter(request, name).map(|value| value.parse::<usize>().unwrap());
        let from = parameter(request, "start_date").map_or(0, |date| second(&date));
        let first = self.starts.partition_point(|&start| start < from || start == from && !self.is_inclusive);
        let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap().min(self.max_limit));
        let total = self.starts.len() - first;
        let numbers = first + offset.min(total)..first + (offset + limit).min(total);
        let sessions: Vec<_> = numbers.map(|number| session(number, self.starts[number])).collect();
        let has_more = offset + limit < total;
        let next = if has_more { (offset + limit).to_string() } else { "null".into() };
        let rest = format!(
            r#""total":{total},"pagination":{{"offset":{offset},"limit":{limit},"has_more":{has_more},"next_offset":{next}}}"#
        );
        page(&sessions, &rest, self.now)
    }
}

fn session(number: usize, start: u64) -> String {
    format!(r#"{{"session_id":"id-{number}","timestamp":"{}","status":"finished"}}"#, timestamp(start))
}

fn page(sessions: &[String], rest: &str, now: Option<u64>) -> Outcome {
    let date = now.map(|now| httpdate::fmt_http_date(date(now)));
    let headers: Vec<_> = date.iter().map(|date| ("date", date.as_str())).collect();
    response(200, &headers, &format!(r#"{{"sessions":[{}],{rest}}}"#, sessions.join(",")))
}

fn ids(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("id-{number}")).collect()
}

fn id(session: &Session) -> String {
    session.session_id.to_string()
}

/// Returns the ids that were yielded, and the error that ended the history.
fn yielded(played: &Played<Session>) -> (Vec<String>, Option<String>) {
    let good: Vec<_> = played.items.iter().map_while(|item| item.as_ref().ok()).map(id).collect();
    assert!(played.items.len() <= good.len() + 1, "an error is the last item");
    (good, played.items.last().and_then(|item| item.as_ref().err()).map(Error::to_string))
}

fn run(service: &Service, history: &mut SessionHistory) -> Played<Session> {
    play(history, Duration::ZERO, |request, _| service.respond(request))
}

fn since(start: u64) -> ListSessions {
    ListSessions::new().start_date(date(start))
}

#[test]
fn a_history_yields_all_sessions_oldest_first() {
    for count in [0, 1, 100, 101, 457] {
        for (period, together) in [(1, 1), (7, 1), (1, 3), (60, 40), (1, 250), (0, 1)] {
            for (is_inclusive, max_limit) in [(true, 100), (false, 100), (true, 7), (false, 1)] {
                let starts = (0..count).map(|number| FIRST + number / together * period);
                let service = Service { is_inclusive, max_limit, ..Service::new(starts) };
                let played = run(&service, &mut api().history(since(FIRST)));
                let context = format!("{count} {period} {together} {is_inclusive} {max_limit}");
                assert_eq!(yielded(&played), (ids(0..count as usize), None), "{context}");
            }
        }
    }
}

#[test]
fn a_history_begins_at_its_start_date() {
    let service = Service::new((0..300).map(|number| FIRST + number));
    for is_inclusive in [true, false] {
        let service = Service { is_inclusive, ..Service::new(service.starts.iter().copied()) };
        let from = |request| yielded(&run(&service, &mut api().history(request))).0;
        assert_eq!(from(since(FIRST + 100)), ids(100..300));
        assert_eq!(from(ListSessions::new().start_date("2025-12-16T01:00:09.9+01:00")), ids(9..300));
        assert_eq!(from(ListSessions::new()), ids(0..300));
    }
}

#[test]
fn a_request_that_is_not_for_a_history_is_invalid() {
    let list = ListSessions::new;
    let settings = "invalid history: offset, sort and order cannot be set";
    for (request, expected) in [
        (list().offset(1), settings),
        (list().sort(brightdata_sessions::SortBy::Duration), settings),
        (list().order(brightdata_sessions::Order::Asc), settings),
        (
            list().status(StatusFilter::Running),
            "invalid history: sessions do not stay in a list of running ones",
        ),
        (list().limit(101), "invalid limit: expected 1 to 100"),
        (
            list().start_date("yesterday"),
            "invalid start_date: expected a date and time such as 2025-12-16T18:53:41Z",
        ),
    ] {
        let played = play_all(&mut api().history(request), []);
        assert_eq!(yielded(&played), (vec![], Some(expected.to_owned())));
    }
}

#[test]
fn only_the_failed_page_of_a_history_is_retried() {
    let service = Service::new((0..250).map(|number| FIRST + number * 9));
    let mut requests = 0;
    let played = play(&mut api().history(since(FIRST)), Duration::ZERO, |request, _| {
        requests += 1;
        if requests % 2 == 0 { status(503) } else { service.respond(request) }
    });
    assert_eq!((yielded(&played), requests), ((ids(0..250), None), 5));
}

#[test]
fn an_exhausted_error_ends_a_history_that_can_be_resumed() {
    let service = Service::new((0..250).map(|number| FIRST + number * 9));
    let api = api().with_retry(RetryPolicy::none());
    let mut history = api.history(since(FIRST));
    let mut requests = 0;
    let played = play(&mut history, Duration::ZERO, |request, _| {
        requests += 1;
        if requests == 2 { status(500) } else { service.respond(request) }
    });
    assert_eq!(yielded(&played), (ids(0..100), Some("server error: status 500".to_owned())));
    let mut resumed = api.history(since(FIRST)).resume(history.cursor().clone());
    assert_eq!(yielded(&run(&service, &mut resumed)), (ids(100..250), None));
}

#[test]
fn a_session_without_a_start_time_follows_the_one_before_it() {
    let odd = |id: &str, rest: &str| format!(r#"{{"session_id":"{id}"{rest}}}"#);
    let sessions = [
        odd("a", ""),
        session(1, FIRST),
        odd("b", r#","timestamp":"soon""#),
        odd("c", r#","timestamp":null"#),
        session(2, FIRST + 5),
    ];
    let played = play_all(
        &mut api().history(since(FIRST)),
        [page(&sessions, r#""pagination":{"has_more":false}"#, None)],
    );
    let expected = ["a", "id-1", "b", "c", "id-2"].map(str::to_owned).to_vec();
    assert_eq!(yielded(&played), (expected, None));
}

#[test]
fn the_memory_of_a_history_is_constant() {
    let peak = |total: u64| {
        let service = Service::new((0..total).map(|number| FIRST + number / 2));
        let all = || {
            let mut history = api().history(since(FIRST));
            let mut found = 0;
            while let Some(session) = history.next_with(
                || Now::ORIGIN,
                |request| service.respond(&request),
                |_| panic!("nothing failed"),
            ) {
                found += u64::from(session.is_ok());
            }
            assert_eq!(found, total);
        };
        allocation_counter::measure(all).bytes_max
    };
    let (short, long) = (peak(2_000), peak(20_000));
    assert!(long <= short + (4 << 10), "{short} bytes for 2,000 sessions, {long} for 20,000");
}
