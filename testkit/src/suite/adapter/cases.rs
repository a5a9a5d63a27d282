//! All cases of an adapter.

use std::time::Duration;

use brightdata_sessions::ErrorKind;
use brightdata_sessions::ErrorKind::*;
use brightdata_sessions::{ListSessions, Order, SortBy, StatusFilter};

use crate::script::SILENCE;
use crate::suite::Call;
use crate::suite::case::Case;
use crate::suite::outcome::Outcome;
use crate::suite::rule::Rule;
use crate::{DEMO_SESSION_ID, Script};

pub(in crate::suite) type AdapterCase = Case<Play>;

/// Plays one call against scripted responses.
pub(in crate::suite) struct Play {
    pub(super) call: Call,
    /// The scripts of the first requests, in order. Later requests get the usual response.
    pub(super) scripts: Vec<Script>,
    pub(super) retries: u32,
    pub(super) timeout: Duration,
}

/// An item of a call: the number of a demo session, or the kind of an error.
type Item = Result<u8, ErrorKind>;

/// The demo session.
const DEMO: Item = Ok(1);

/// Returns all cases with their rules, in the order of the rules.
pub(in crate::suite) fn cases() -> Vec<(Rule, AdapterCase)> {
    let groups = [
        (Rule::OneItem, "a program acts on the kind of an error", single_calls()),
        (Rule::EachStep, "transient errors are retried, and only these", retries()),
        (
            Rule::WholeList,
            "a truncated list looks like a whole one",
            [lists(), odd_lists(), lists_ahead()].concat(),
        ),
        (Rule::WholeWatch, "a program waits for the end of a session", watches()),
        (Rule::EachId, "a program matches results to ids by their order", many()),
    ];
    let cases = |(rule, why, cases): (Rule, _, Vec<Builder>)| {
        cases.into_iter().map(move |builder| (rule, builder.build(why)))
    };
    groups.into_iter().flat_map(cases).collect()
}

/// A case without its reason.
#[derive(Clone)]
struct Builder {
    name: &'static str,
    call: Call,
    scripts: Vec<Script>,
    retries: u32,
    timeout: Duration,
    items: Vec<Item>,
    requests: usize,
}

impl Builder {
    /// Creates a case without retries, in which each script is the response to one request.
    fn new(name: &'static str, call: Call, scripts: Vec<Script>, items: &[Item]) -> Self {
        let (items, requests) = (items.to_vec(), scripts.len());
        Self { name, call, scripts, retries: 0, timeout: Duration::from_secs(10), items, requests }
    }

    /// Sets the number of requests, if it differs from that of the scripts.
    fn requests(self, requests: usize) -> Self {
        Self { requests, ..self }
    }

    fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn build(self, why: &'static str) -> AdapterCase {
        let Self { name, call, scripts, retries, timeout, items, requests } = self;
        let id = |number| format!("{}{number}", &DEMO_SESSION_ID[..DEMO_SESSION_ID.len() - 1]);
        let items = items.into_iter().map(|item| item.map(id)).collect();
        let expected = vec![Outcome::Items { items, requests: Some(requests) }];
        Case { name, why, expected, play: Play { call, scripts, retries, timeout } }
    }
}

fn get(id: &str) -> Call {
    Call::Get(id.parse().expect("the id is valid"))
}

fn list() -> Call {
    Call::List(ListSessions::new())
}

fn status(status: u16) -> Script {
    Script::response(status, &[], r#"{"error":"no"}"#)
}

fn single_calls() -> Vec<Builder> {
    let unknown = "00000000-0000-0000-0000-000000000000";
    let plain = |name, id, item: Item| Builder::new(name, get(id), Vec::new(), &[item]).requests(1);
    vec![
        plain("an existing session", DEMO_SESSION_ID, DEMO),
        plain("a missing session", unknown, Err(NotFound)),
        plain("an id that the service rejects", "no-uuid", Err(BadRequest)),
        plain("an id that needs percent-encoding", "a/../b?c#d%2e e+é", Err(BadRequest)),
    ]
}

fn retries() -> Vec<Builder> {
    let limited = |seconds| Script::response(429, &[("retry-after", seconds)], "");
    let case = |name, script, item: Item, requests| {
        Builder::new(name, get(DEMO_SESSION_ID), vec![script], &[item]).retries(2).requests(requests)
    };
    vec![
        case("503, then 200", status(503), DEMO, 2),
        case("503 to every request", status(503).repeat(), Err(Server), 3),
        case("429 with Retry-After, then 200", limited("1"), DEMO, 2),
        case("429 with a Retry-After beyond the time limit", limited("21"), Err(RateLimited), 1),
        case("a reset, then 200", Script::new().reset(), DEMO, 2),
        case("no response, then 200", Script::new().pause(SILENCE), DEMO, 2)
            .within(Duration::from_millis(500)),
        case("404 is not retried", status(404), Err(NotFound), 1),
        case("401 is not retried", status(401), Err(Unauthorized), 1),
        case("a malformed body is not retried", Script::response(200, &[], "{}"), Err(MalformedBody), 1),
        case("another session's record, then the right one", another_session(), DEMO, 2),
        case("another session's record to every request", another_session().repeat(), Err(MalformedBody), 3),
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

fn lists() -> Vec<Builder> {
    let all = ListSessions::new;
    let case = |name, request, items: &[u8], requests| {
        let items: Vec<Item> = items.iter().copied().map(Ok).collect();
        Builder::new(name, Call::List(request), Vec::new(), &items).requests(requests)
    };
    vec![
        case("a list, newest first", all(), &[3, 1, 2, 4, 5, 6], 1),
        case("a list over three pages", all().limit(2), &[3, 1, 2, 4, 5, 6], 3),
        case("a list from an offset", all().limit(2).offset(3), &[4, 5, 6], 2),
        case(
            "a filtered and sorted list",
            all().status(StatusFilter::Finished).sort(SortBy::Duration).order(Order::Asc),
            &[4, 5, 1],
            1,
        ),
        case("an empty list", all().api_name("no such zone, & none"), &[], 1),
        Builder::new(
            "a list with an invalid limit",
            Call::List(all().limit(101)),
            Vec::new(),
            &[Err(InvalidInput)],
        ),
    ]
}

/// Lists whose pages are scripted.
fn odd_lists() -> Vec<Builder> {
    let last = r#""has_more":false,"next_offset":null"#;
    let second = DEMO_SESSION_ID.replace("0001", "0002");
    let no_id = page(50, "", last).replace("[]", "[{}]");
    let second_page = |name, page: &str, items: &[Item]| {
        Builder::new(name, list(), vec![ok_page(&first_page("50")), ok_page(page)], items)
    };
    let next_offset = |name, next_offset| {
        Builder::new(name, list(), vec![ok_page(&first_page(next_offset))], &[Err(MalformedBody)])
    };
    let endless = (0..).map(|offset| {
        let next = offset + 1;
        ok_page(&page(offset, "", &format!(r#""has_more":true,"next_offset":{next}"#)))
    });
    vec![
        second_page("two pages", &page(50, &second, last), &[DEMO, Ok(2)]),
        second_page("a page that repeats the previous one", &page(50, DEMO_SESSION_ID, last), &[DEMO]),
        second_page("a page with the wrong offset", &page(0, &second, last), &[DEMO, Err(MalformedBody)]),
        second_page("a page with a malformed session", &no_id, &[DEMO, Err(MalformedBody)]),
        second_page("a malformed page", "{}", &[DEMO, Err(MalformedBody)]),
        next_offset("a next offset that does not advance", "0"),
        next_offset("a next offset of null", "null"),
        next_offset("a negative next offset", "-50"),
        next_offset("a next offset that is a string", "\"50\""),
        next_offset("a next offset beyond 2^64", "18446744073709551616"),
        next_offset("a next offset beyond the total", "101"),
        next_offset("a next offset that skips sessions", "51"),
        Builder::new("endless empty pages", list(), endless.take(99).collect(), &[Err(MalformedBody)])
            .requests(21),
        Builder::new(
            "a failed page is retried",
            list(),
            vec![ok_page(&first_page("50")), status(503), ok_page(&page(50, &second, last))],
            &[DEMO, Ok(2)],
        )
        .retries(2),
    ]
}

/// Lists whose pages are fetched ahead.
fn lists_ahead() -> Vec<Builder> {
    let second = DEMO_SESSION_ID.replace("0001", "0002");
    let last = page(50, &second, r#""has_more":false,"next_offset":null"#);
    let all = |name, request, items: &[u8], requests| {
        let items: Vec<Item> = items.iter().copied().map(Ok).collect();
        Builder::new(name, Call::ListAhead(request), Vec::new(), &items).requests(requests)
    };
    let second_page = |name, scripts: &[Script], items: &[Item]| {
        let scripts = [&[ok_page(&first_page("50"))], scripts].concat();
        Builder::new(name, Call::ListAhead(ListSessions::new()), scripts, items).retries(2)
    };
    vec![
        all("a list over three pages, ahead", ListSessions::new().limit(2), &[3, 1, 2, 4, 5, 6], 3),
        all("a list of one page, ahead", ListSessions::new(), &[3, 1, 2, 4, 5, 6], 1),
        second_page("two pages, ahead", &[ok_page(&last)], &[DEMO, Ok(2)]),
        second_page("a malformed page, ahead", &[ok_page("{}")], &[DEMO, Err(MalformedBody)]),
        second_page("a refused page, ahead", &[status(401)], &[DEMO, Err(Unauthorized)]),
        second_page("a failed page is retried, ahead", &[status(503), ok_page(&last)], &[DEMO, Ok(2)]),
    ]
}

fn watches() -> Vec<Builder> {
    let is = |status: &str| {
        let body = format!(r#"{{"session":{{"session_id":"{DEMO_SESSION_ID}","status":"{status}"}}}}"#);
        Script::response(200, &[], body)
    };
    let case = |name, scripts: Vec<Script>, items: &[Item]| {
        let watch = Call::Watch(DEMO_SESSION_ID.parse().expect("the id is valid"));
        Builder::new(name, watch, scripts, items)
    };
    vec![
        case("a session that has ended", vec![is("finished")], &[DEMO]),
        case("a session that ends", vec![is("running"), is("failed")], &[DEMO, DEMO]),
        case("a session that is not found at first", vec![status(404), is("finished")], &[DEMO]),
        case("an unauthorized watch", vec![status(401)], &[Err(Unauthorized)]),
        case(
            "a watch continues after a transient error",
            vec![status(500), is("finished")],
            &[Err(Server), DEMO],
        ),
    ]
}

fn many() -> Vec<Builder> {
    let id = |number: u8| {
        let id = format!("{}{number}", &DEMO_SESSION_ID[..DEMO_SESSION_ID.len() - 1]);
        id.parse().expect("the id is valid")
    };
    // The service has no session 7.
    let item = |number: &u8| if *number == 7 { Err(NotFound) } else { Ok(*number) };
    let case = |name, ids: &[u8], jobs, scripts: Vec<Script>| {
        let items: Vec<_> = ids.iter().map(item).collect();
        let call = Call::GetMany { ids: ids.iter().copied().map(id).collect(), jobs };
        Builder::new(name, call, scripts, &items).requests(ids.len())
    };
    let late = || Script::new().pause(Duration::from_millis(200)).then_usual();
    let limited = Script::response(429, &[("retry-after", "1")], "");
    vec![
        case("many sessions, in the order of their ids", &[2, 1, 3, 1, 6, 5, 4], 3, Vec::new()),
        case("many sessions, one at a time", &[2, 1, 3, 1], 1, Vec::new()),
        case("more jobs than ids", &[1, 2], 8, Vec::new()),
        case("a missing session among many", &[1, 7, 2, 7], 2, Vec::new()),
        case("a late first session of many", &[1, 2, 3, 4], 2, vec![late()]),
        case("a rate-limited request among many", &[1, 2, 3, 4], 2, vec![limited]).retries(2).requests(5),
    ]
}
