//! All cases, in the order of the report.

use std::time::Duration;

use brightdata_sessions::ErrorKind::{self, MalformedBody};
use brightdata_sessions::{ListSessions, Order, SortBy, StatusFilter};

use super::Call;
use crate::script::SILENCE;
use crate::{DEMO_SESSION_ID, Script};

/// The demo session.
const DEMO: Result<u8, ErrorKind> = Ok(1);

/// One conversation, and its expected outcome.
pub(super) struct Case {
    /// The claim that the case checks.
    pub(super) name: &'static str,
    /// The scripts of the first requests, in order. Later requests get the usual response.
    pub(super) scripts: Vec<Script>,
    pub(super) calls: Vec<Call>,
    pub(super) retries: u32,
    pub(super) timeout: Duration,
    /// The number of a demo session, or the kind of an error, for each item.
    pub(super) expected: Vec<Result<u8, ErrorKind>>,
    pub(super) requests: usize,
}

impl Case {
    /// Creates a case that gets the demo session without a retry.
    fn new(name: &'static str, script: Script, expected: Result<u8, ErrorKind>) -> Self {
        Self {
            name,
            scripts: vec![script],
            calls: vec![get(DEMO_SESSION_ID)],
            retries: 0,
            timeout: Duration::from_secs(10),
            expected: vec![expected],
            requests: 1,
        }
    }

    /// Creates a case that gets the demo session with up to two retries. The scripts run in order.
    fn retried(
        name: &'static str,
        scripts: Vec<Script>,
        expected: Result<u8, ErrorKind>,
        requests: usize,
    ) -> Self {
        Self { scripts, retries: 2, requests, ..Self::new(name, Script::new(), expected) }
    }

    /// Creates a case that gets a session from the fake without a script.
    fn plain(name: &'static str, id: &str, expected: Result<u8, ErrorKind>) -> Self {
        Self { scripts: Vec::new(), calls: vec![get(id)], ..Self::new(name, Script::new(), expected) }
    }

    /// Creates a case that lists sessions from the fake without a script.
    fn listed(name: &'static str, list: ListSessions, expected: &[u8], requests: usize) -> Self {
        Self { calls: vec![Call::List(list)], requests, ..Self::plain(name, DEMO_SESSION_ID, DEMO) }
            .yields(expected, None)
    }

    /// Creates a case with this second page. The first page is valid and has the demo session.
    fn second_page(
        name: &'static str,
        page: impl Into<String>,
        expected: &[u8],
        error: Option<ErrorKind>,
    ) -> Self {
        let page = page.into();
        let scripts = vec![ok_page(&first_page("50")), ok_page(&page)];
        let calls = vec![Call::List(ListSessions::new())];
        Self { calls, retries: 0, ..Self::retried(name, scripts, DEMO, 2) }.yields(expected, error)
    }

    /// Creates a case whose first page has this `next_offset`.
    fn next_offset(name: &'static str, next_offset: &str) -> Self {
        let scripts = vec![ok_page(&first_page(next_offset))];
        Self { scripts, ..Self::listed(name, ListSessions::new(), &[], 1) }.yields(&[], Some(MalformedBody))
    }

    /// Creates a case that watches the demo session. The scripts are the responses.
    fn watched(name: &'static str, responses: &[Script], expected: &[u8], error: Option<ErrorKind>) -> Self {
        let calls = vec![Call::Watch(DEMO_SESSION_ID.parse().expect("the id is valid"))];
        Self { calls, retries: 0, ..Self::retried(name, responses.to_vec(), DEMO, responses.len()) }
            .yields(expected, error)
    }

    fn yields(self, expected: &[u8], error: Option<ErrorKind>) -> Self {
        Self { expected: expected.iter().map(|&number| Ok(number)).chain(error.map(Err)).collect(), ..self }
    }

    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

fn get(id: &str) -> Call {
    Call::Get(id.parse().expect("the id is valid"))
}

fn status(status: u16) -> Script {
    Script::response(status, &[], r#"{"error":"no"}"#)
}

pub(super) fn cases() -> Vec<Case> {
    let groups = [single_calls(), retries(), lists(), watches()];
    groups.into_iter().flatten().collect()
}

fn single_calls() -> Vec<Case> {
    use ErrorKind::*;
    let unknown = "00000000-0000-0000-0000-000000000000";
    vec![
        Case::plain("an existing session", DEMO_SESSION_ID, DEMO),
        Case::plain("a missing session", unknown, Err(NotFound)),
        Case::plain("an id that the service rejects", "no-uuid", Err(BadRequest)),
        Case::plain("an id that needs percent-encoding", "a/../b?c#d%2e e+é", Err(BadRequest)),
    ]
}

const HALF_A_SECOND: Duration = Duration::from_millis(500);

fn retries() -> Vec<Case> {
    use ErrorKind::*;
    let limited = || Script::response(429, &[("retry-after", "1")], "");
    vec![
        Case::retried("503, then 200", vec![status(503)], DEMO, 2),
        Case::retried("503 to every request", vec![status(503).repeat()], Err(Server), 3),
        Case::retried("429 with Retry-After, then 200", vec![limited()], DEMO, 2),
        Case::retried(
            "429 with a Retry-After beyond the time limit",
            vec![Script::response(429, &[("retry-after", "21")], "")],
            Err(RateLimited),
            1,
        ),
        Case::retried("a reset, then 200", vec![Script::new().reset()], DEMO, 2),
        Case::retried("no response, then 200", vec![Script::new().pause(SILENCE)], DEMO, 2)
            .within(HALF_A_SECOND),
        Case::retried("404 is not retried", vec![status(404)], Err(NotFound), 1),
        Case::retried("401 is not retried", vec![status(401)], Err(Unauthorized), 1),
        Case::retried(
            "a malformed body is not retried",
            vec![Script::response(200, &[], "{}")],
            Err(MalformedBody),
            1,
        ),
        Case::retried("another session's record, then the right one", vec![another_session()], DEMO, 2),
        Case::retried(
            "another session's record to every request",
            vec![another_session().repeat()],
            Err(MalformedBody),
            3,
        ),
    ]
}

fn another_session() -> Script {
    Script::response(200, &[], r#"{"session":{"session_id":"ffffffff-0000-0000-0000-000000000000"}}"#)
}

fn ok_page(page: &str) -> Script {
    Script::response(200, &[], page)
}

/// Returns a page with the demo session, a total of 100, and this `next_offset`.
fn first_page(next_offset: &str) -> String {
    page(0, DEMO_SESSION_ID, &format!(r#""has_more":true,"next_offset":{next_offset}"#))
}

fn page(offset: u64, id: &str, next: &str) -> String {
    let session = if id.is_empty() { String::new() } else { format!(r#"{{"session_id":"{id}"}}"#) };
    format!(r#"{{"sessions":[{session}],"total":100,"pagination":{{"offset":{offset},"limit":50,{next}}}}}"#)
}

fn lists() -> Vec<Case> {
    use ErrorKind::*;
    let all = ListSessions::new;
    let last = r#""has_more":false,"next_offset":null"#;
    let second = DEMO_SESSION_ID.replace("0001", "0002");
    let no_id = page(50, "", last).replace("[]", "[{}]");
    let endless = || {
        let mut offset = 0;
        let pages = std::iter::repeat_with(move || {
            offset += 1;
            ok_page(&page(offset - 1, "", &format!(r#""has_more":true,"next_offset":{offset}"#)))
        });
        pages.take(99).collect::<Vec<_>>()
    };
    vec![
        Case::listed("a list, newest first", all(), &[3, 1, 2, 4, 5, 6], 1),
        Case::listed("a list over three pages", all().limit(2), &[3, 1, 2, 4, 5, 6], 3),
        Case::listed("a list from an offset", all().limit(2).offset(3), &[4, 5, 6], 2),
        Case::listed(
            "a filtered and sorted list",
            all().status(StatusFilter::Finished).sort(SortBy::Duration).order(Order::Asc),
            &[4, 5, 1],
            1,
        ),
        Case::listed("an empty list", all().api_name("no such zone, & none"), &[], 1),
        Case::listed("a list with an invalid limit", all().limit(101), &[], 0)
            .yields(&[], Some(InvalidInput)),
        Case::second_page("two pages", page(50, &second, last), &[1, 2], None),
        Case::second_page(
            "a page that repeats the previous one",
            page(50, DEMO_SESSION_ID, last),
            &[1],
            None,
        ),
        Case::second_page("a page with the wrong offset", page(0, &second, last), &[1], Some(MalformedBody)),
        Case::second_page("a page with a malformed session", no_id, &[1], Some(MalformedBody)),
        Case::second_page("a malformed page", "{}", &[1], Some(MalformedBody)),
        Case::next_offset("a next offset that does not advance", "0"),
        Case::next_offset("a next offset of null", "null"),
        Case::next_offset("a negative next offset", "-50"),
        Case::next_offset("a next offset that is a string", "\"50\""),
        Case::next_offset("a next offset beyond 2^64", "18446744073709551616"),
        Case::next_offset("a next offset beyond the total", "101"),
        Case::next_offset("a next offset that skips sessions", "51"),
        Case { calls: vec![Call::List(all())], ..Case::retried("endless empty pages", endless(), DEMO, 21) }
            .yields(&[], Some(MalformedBody)),
        Case {
            calls: vec![Call::List(all())],
            ..Case::retried(
                "a failed page is retried",
                vec![ok_page(&first_page("50")), status(503), ok_page(&page(50, &second, last))],
                DEMO,
                3,
            )
        }
        .yields(&[1, 2], None),
    ]
}

fn watches() -> Vec<Case> {
    use ErrorKind::*;
    let is = |status: &str| {
        let body = format!(r#"{{"session":{{"session_id":"{DEMO_SESSION_ID}","status":"{status}"}}}}"#);
        Script::response(200, &[], body)
    };
    vec![
        Case::watched("a session that has ended", &[is("finished")], &[1], None),
        Case::watched("a session that ends", &[is("running"), is("failed")], &[1, 1], None),
        Case::watched("a session that is not found at first", &[status(404), is("finished")], &[1], None),
        Case::watched("an unauthorized watch", &[status(401)], &[], Some(Unauthorized)),
        Case {
            expected: vec![Err(Server), DEMO],
            ..Case::watched(
                "a watch continues after a transient error",
                &[status(500), is("finished")],
                &[],
                None,
            )
        },
    ]
}
