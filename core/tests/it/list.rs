//! Many sessions: one page at the wire level, and all pages with the flow.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Flow;
use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Error, ErrorKind, ListSessions, Now, Order, Pagination, RetryPolicy, Session, SessionPage,
    SessionPaginator, SortBy, StatusFilter, Step, Timestamp,
};

use crate::support::drive::{Outcome, Played, api, at, play, play_all, response, status};

fn uri(request: &ListSessions) -> Result<String, String> {
    api().request(request).map(|request| request.uri().to_string()).map_err(|error| error.to_string())
}

fn parse(body: &str) -> Result<SessionPage, Error> {
    api().parse(&ListSessions::new(), Response::new(body.as_bytes()))
}

/// Returns sessions with these ids in the form of a page.
fn sessions(ids: &[String]) -> String {
    ids.iter().map(|id| format!(r#"{{"session_id":"{id}"}}"#)).collect::<Vec<_>>().join(",")
}

fn page(ids: &[String], rest: &str) -> Outcome {
    response(200, &[], &format!(r#"{{"sessions":[{}],{rest}}}"#, sessions(ids)))
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("id-{number}")).collect()
}

/// Returns the value of a request's parameter.
fn parameter(request: &Request<()>, name: &str) -> Option<u64> {
    let query = request.uri().query()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.parse().unwrap())
}

/// Simulates a server with `total` sessions, as documented.
fn server(total: u64) -> impl FnMut(&Request<()>, Duration) -> Outcome {
    move |request, _| {
        let offset = parameter(request, "offset").unwrap_or(0);
        let limit = parameter(request, "limit").unwrap_or(50);
        let end = (offset + limit).min(total);
        let more = end < total;
        let next = if more { (offset + limit).to_string() } else { "null".into() };
        let rest = format!(
            r#""count":{},"total":{total},"pagination":{{"offset":{offset},"limit":{limit},"has_more":{more},"next_offset":{next}}}"#,
            end.saturating_sub(offset)
        );
        page(&ids(offset..end), &rest)
    }
}

/// Returns the ids that were yielded, and the kind of the error that ended the list.
fn yielded(played: &Played<Session>) -> (Vec<String>, Option<ErrorKind>) {
    let good = played
        .items
        .iter()
        .map_while(|item| item.as_ref().ok())
        .map(|session| session.session_id.to_string());
    let good: Vec<_> = good.collect();
    assert!(played.items.len() <= good.len() + 1, "an error is the last item");
    (good, played.items.last().and_then(|item| item.as_ref().err()).map(Error::kind))
}

#[test]
fn every_parameter_is_encoded_in_its_place() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let all = ListSessions::new()
        .order(Order::Asc)
        .sort(SortBy::Duration)
        .end_url("https://example.com/a?b=c&d=ü#e")
        .target_url("a b+c/d")
        .end_date(time("2025-12-16T20:53:41+02:00"))
        .start_date(time("2025-12-15T00:00:00.5Z"))
        .status(StatusFilter::All)
        .offset(u64::MAX)
        .limit(100)
        .api_name("zone 1");
    let expected = "https://api.brightdata.com/browser_sessions?api_name=zone%201&limit=100&offset=18446744073709551615\
        &status=all&start_date=2025-12-15T00%3A00%3A00.5Z&end_date=2025-12-16T20%3A53%3A41%2B02%3A00\
        &target_url=a%20b%2Bc%2Fd&end_url=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc%26d%3D%C3%BC%23e&sort=duration&order=asc";
    assert_eq!(uri(&all).unwrap(), expected);
    assert_eq!(uri(&ListSessions::new()).unwrap(), "https://api.brightdata.com/browser_sessions");
}

#[test]
fn parameters_outside_the_documented_rules_are_invalid() {
    let odd: Timestamp = serde_json::from_str(r#""yesterday""#).unwrap();
    let list = ListSessions::new;
    let table = [
        (list().limit(0), "invalid limit: expected 1 to 100"),
        (list().limit(101), "invalid limit: expected 1 to 100"),
        (list().api_name(""), "invalid api_name: empty"),
        (list().target_url(""), "invalid target_url: empty"),
        (list().end_url("x".repeat(8193)), "invalid end_url: longer than 8192 bytes"),
        (
            list().start_date(odd.clone()),
            "invalid start_date: expected a date and time such as 2025-12-16T18:53:41Z",
        ),
        (list().end_date(odd), "invalid end_date: expected a date and time such as 2025-12-16T18:53:41Z"),
        (list().end_date("today"), "invalid end_date: expected a date and time such as 2025-12-16T18:53:41Z"),
        (
            list().start_date(SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_800)),
            "invalid start_date: outside the years 0 to 9999",
        ),
    ];
    for (request, problem) in table {
        assert_eq!(uri(&request).unwrap_err(), problem);
        let played = play_all(&mut api().list(request).take(5), []);
        assert_eq!(yielded(&played), (vec![], Some(ErrorKind::InvalidInput)));
    }
    let three = "😀".repeat(2048);
    assert!(uri(&list().api_name(&*three).target_url(&*three).end_url("x")).is_ok());
    let problem = uri(&list().api_name(&*three).target_url(&*three).end_url(three)).unwrap_err();
    assert_eq!(problem, "invalid request: URL longer than 65,534 bytes");
}

#[test]
fn dates_are_set_from_text_and_from_system_times() {
    let text = "2025-12-16T18:53:41Z";
    let timestamp: Timestamp = text.parse().unwrap();
    let expected = ListSessions::new().start_date(timestamp.clone()).end_date(timestamp.clone());
    let time = timestamp.to_system_time().unwrap();
    for other in [
        ListSessions::new().start_date(text).end_date(text),
        ListSessions::new().start_date(text.to_owned()).end_date(text.to_owned()),
        ListSessions::new().start_date(time).end_date(time),
    ] {
        assert_eq!(other, expected);
    }
    // The last date counts, whether or not one before was valid.
    assert_eq!(ListSessions::new().start_date("today").start_date(text).end_date(time), expected);
}

#[test]
fn every_field_of_the_documented_page_is_parsed() {
    let body = r#"{"sessions":[{"session_id":"a"},{"session_id":"b"},{"session_id":"c"}],"count":3,"total":257,
        "pagination":{"offset":0,"limit":50,"has_more":true,"next_offset":50}}"#;
    let mut expected = SessionPage::default();
    expected.sessions = ["a", "b", "c"].map(|id| Session::new(id.parse().unwrap())).into();
    (expected.count, expected.total) = (Some(3), Some(257));
    let mut pagination = Pagination::default();
    (pagination.offset, pagination.limit) = (Some(0), Some(50));
    (pagination.has_more, pagination.next_offset) = (Some(true), Some(50));
    expected.pagination = pagination;
    assert_eq!(parse(body).unwrap(), expected);
}

#[test]
fn invalid_totals_lose_no_session() {
    for nonsense in
        ["null", "-1", "\"many\"", "1.5", "18446744073709551616", "[]", "{}", "1e999", "true", "\"\\ud800\""]
    {
        let body = format!(
            r#"{{"sessions":[{{"session_id":"a"}}],"count":{nonsense},"total":{nonsense},"pagination":{{"offset":{nonsense},"limit":{nonsense},"has_more":{nonsense},"next_offset":{nonsense}}}}}"#
        );
        let page = parse(&body).unwrap();
        assert_eq!((page.sessions.len(), page.count, page.total), (1, None, None), "{nonsense}");
        let mut expected = Pagination::default();
        expected.has_more = (nonsense == "true").then_some(true);
        assert_eq!(page.pagination, expected, "{nonsense}");
        let page = parse(&format!(r#"{{"sessions":[],"pagination":{nonsense}}}"#)).unwrap();
        assert_eq!(page, SessionPage::default(), "{nonsense}");
    }
    assert_eq!(parse(r#"{"more":{"x":[1]},"sessions":[]}"#).unwrap(), SessionPage::default());
}

#[test]
fn the_error_of_an_invalid_page_names_the_place() {
    let table = [
        ("{}", "sessions is missing"),
        (
            r#"{"sessions":[{"session_id":"a"},{"session_id":"b"},{"session_id":"c","bandwidth":-1}]}"#,
            "sessions[2] (id c): bandwidth: expected a whole number from 0 to 2^64 - 1, found -1",
        ),
        (
            r#"{"sessions":[],"pagination":{"offset":50}}"#,
            "expected the page at offset 0, found the one at 50",
        ),
    ];
    for (body, problem) in table {
        assert_eq!(parse(body).unwrap_err().to_string(), format!("malformed body: {problem}"), "{body}");
    }
}

#[test]
fn a_page_has_at_most_1000_sessions() {
    let page = |count| parse(&format!(r#"{{"sessions":[{}]}}"#, sessions(&ids(0..count))));
    assert_eq!(page(1000).unwrap().sessions.len(), 1000);
    assert_eq!(page(1001).unwrap_err().to_string(), "malformed body: sessions: more than 1000 on one page");
}

#[test]
fn a_paginator_follows_all_pages() {
    for (total, limit, pages) in [(0, 50, 1), (1, 50, 1), (50, 50, 1), (51, 50, 2), (257, 100, 3), (7, 1, 7)]
    {
        let played = play(&mut api().list(ListSessions::new().limit(limit)), Duration::ZERO, server(total));
        assert_eq!(yielded(&played), (ids(0..total), None));
        assert_eq!(played.sent.len(), pages);
    }
}

#[test]
fn a_page_is_requested_only_when_it_is_needed() {
    let mut list = api().list(ListSessions::new().limit(2));
    let mut respond = server(5);
    let mut requests = 0;
    let mut next = |list: &mut SessionPaginator| loop {
        match list.step(at(Duration::ZERO)) {
            Step::Send(request) => {
                requests += 1;
                list.receive(respond(&request, Duration::ZERO), at(Duration::ZERO));
            }
            Step::Yield(item) => break (item.unwrap().session_id.to_string(), requests, list.total()),
            Step::Wait(_) | Step::Done => panic!("not the last session"),
        }
    };
    let items: Vec<_> = (0..5).map(|_| next(&mut list)).collect();
    let expected = [1, 1, 2, 2, 3].into_iter().enumerate();
    let expected: Vec<_> =
        expected.map(|(number, requests)| (format!("id-{number}"), requests, Some(5))).collect();
    assert_eq!(items, expected);
    assert!(matches!(list.step(at(Duration::ZERO)), Step::Done));
}

#[test]
fn a_paginator_starts_at_an_offset_and_stops_at_a_limit() {
    let yielded_from = |offset, max| {
        let mut limits = Vec::new();
        let mut respond = server(300);
        let mut list = api().list(ListSessions::new().limit(100).offset(offset)).take(max);
        let played = play(&mut list, Duration::ZERO, |request, now| {
            limits.push(parameter(request, "limit").unwrap());
            respond(request, now)
        });
        (yielded(&played), limits)
    };
    assert_eq!(yielded_from(120, u64::MAX), ((ids(120..300), None), vec![100, 100]));
    assert_eq!(yielded_from(0, 150), ((ids(0..150), None), vec![100, 50]));
    assert_eq!(yielded_from(250, 7), ((ids(250..257), None), vec![7]));
    assert_eq!(yielded_from(0, 0), ((vec![], None), vec![]));
    assert_eq!(yielded_from(300, 10), ((vec![], None), vec![10]));
}

#[test]
fn an_unnecessary_limit_is_not_sent() {
    for (max, query) in [(49, Some("limit=49")), (50, None), (51, None)] {
        let mut list = api().list(ListSessions::new()).take(max);
        let Step::Send(request) = list.step(at(Duration::ZERO)) else { panic!("expected a request first") };
        assert_eq!(request.uri().query(), query, "{max}");
    }
}

#[test]
fn a_last_page_may_be_empty() {
    let first = page(&ids(0..2), r#""total":50,"pagination":{"has_more":true,"next_offset":50}"#);
    let second = page(&[], r#""total":50,"pagination":{"offset":50,"has_more":false}"#);
    let played = play_all(&mut api().list(ListSessions::new()), [first, second]);
    assert_eq!((yielded(&played), played.sent.len()), ((ids(0..2), None), 2));
}

#[test]
fn an_id_is_forgotten_after_65_536_others() {
    // One session, then others, then the same one again.
    let repeated_after = |others: u64| {
        let all: Vec<_> = ids([0].into_iter().chain(1..=others).chain([0]));
        let pages = all.chunks(1000).enumerate().map(|(number, ids)| {
            let next = (number + 1) * 1000;
            let rest = format!(r#""pagination":{{"has_more":{},"next_offset":{next}}}"#, next < all.len());
            page(ids, &rest)
        });
        let (found, error) = yielded(&play_all(&mut api().list(ListSessions::new()), pages));
        assert_eq!(error, None);
        found.len() as u64 - 1 - others
    };
    assert_eq!([65_535, 65_536].map(repeated_after), [0, 1]);
}

#[test]
fn the_memory_of_a_paginator_is_bounded() {
    // After 65,536 sessions, each new id replaces an old one.
    let peak = |total: u64| {
        let all_pages = || {
            let mut list = api().list(ListSessions::new().limit(100));
            let mut respond = server(total);
            let mut exchange = |request| respond(&request, Duration::ZERO);
            let mut found = 0;
            while let Some(session) =
                list.next_with(|| Now::ORIGIN, &mut exchange, |_| panic!("nothing failed"))
            {
                found += u64::from(session.is_ok());
            }
            assert_eq!(found, total);
        };
        allocation_counter::measure(all_pages).bytes_max
    };
    let (short, long) = (peak(65_536), peak(140_000));
    // The nodes of a set vary in how full they are. A queue that doubled would need one megabyte
    // more.
    assert!(long <= short + (128 << 10), "{short} bytes for 65,536 sessions, {long} for 140,000");
}

#[test]
fn inconsistent_pagination_is_an_error_after_valid_items() {
    let table = [
        (r#""has_more":true,"next_offset":50"#, "has a next_offset that does not advance"),
        (r#""has_more":true,"next_offset":0"#, "has a next_offset that does not advance"),
        (r#""has_more":true,"next_offset":49"#, "has a next_offset that does not advance"),
        (r#""has_more":true,"next_offset":null"#, "reports more pages, but no next_offset"),
        (r#""has_more":true"#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":-100"#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":"100""#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":18446744073709551616"#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":1000"#, "has a next_offset that skips sessions"),
        (r#""has_more":true,"next_offset":18446744073709551615"#, "has a next_offset that skips sessions"),
        // The limit that a page reports takes precedence.
        (r#""limit":1,"has_more":true,"next_offset":100"#, "has a next_offset that skips sessions"),
        (r#""limit":49,"has_more":true,"next_offset":100"#, "has a next_offset that skips sessions"),
        (r#""limit":2,"next_offset":53"#, "has a next_offset that skips sessions"),
        (r#""has_more":true,"next_offset":101"#, "has a next_offset that skips sessions"),
        (r#""next_offset":101"#, "has a next_offset that skips sessions"),
        ("", "does not report whether more pages follow"),
        (r#""has_more":"yes""#, "does not report whether more pages follow"),
    ];
    for (pagination, problem) in table {
        let first = page(&ids(0..2), r#""total":500,"pagination":{"has_more":true,"next_offset":50}"#);
        let second = page(&ids(2..4), &format!(r#""total":500,"pagination":{{{pagination}}}"#));
        let played = play_all(&mut api().list(ListSessions::new()), [first, second]);
        assert_eq!(yielded(&played), (ids(0..2), Some(ErrorKind::MalformedBody)), "{pagination}");
        let shown = played.items.last().unwrap().as_ref().unwrap_err().to_string();
        assert_eq!(shown, format!("malformed body: the page at offset 50 {problem}"));
    }
}

#[test]
fn next_offset_is_checked_against_the_reported_limit() {
    // The number of sessions on the page, its pagination, and the requested limit.
    let good = [
        (50, r#""limit":50,"has_more":true,"next_offset":50"#, 100),
        (3, r#""limit":50,"has_more":true,"next_offset":50"#, 100),
        (3, r#""limit":50,"has_more":true,"next_offset":3"#, 100),
        (3, r#""limit":100,"has_more":true,"next_offset":100"#, 50),
        (60, r#""limit":50,"has_more":true,"next_offset":60"#, 50),
        (60, r#""limit":50,"has_more":true,"next_offset":50"#, 50),
        (3, r#""limit":0,"has_more":true,"next_offset":100"#, 100),
        (3, r#""limit":-1,"has_more":true,"next_offset":100"#, 100),
        (3, r#""has_more":true,"next_offset":100"#, 100),
    ];
    for (count, pagination, limit) in good {
        let first = page(&ids(0..count), &format!(r#""total":500,"pagination":{{{pagination}}}"#));
        let second = page(&ids([777]), r#""pagination":{"has_more":false}"#);
        let played = play_all(&mut api().list(ListSessions::new().limit(limit)), [first, second]);
        assert_eq!(yielded(&played), (ids((0..count).chain([777])), None), "{count} {pagination}");
    }
    let bad = [
        (1, r#""limit":1,"has_more":true,"next_offset":100"#, 100),
        (50, r#""limit":50,"has_more":true,"next_offset":100"#, 100),
        (0, r#""limit":50,"has_more":true,"next_offset":51"#, 100),
        (3, r#""has_more":true,"next_offset":101"#, 100),
    ];
    for (count, pagination, limit) in bad {
        let first = page(&ids(0..count), &format!(r#""total":500,"pagination":{{{pagination}}}"#));
        let played = play_all(&mut api().list(ListSessions::new().limit(limit)), [first]);
        assert_eq!(yielded(&played).1, Some(ErrorKind::MalformedBody), "{count} {pagination}");
    }
    // The limit of the request counts, even if it is below the list's limit.
    let first = page(&ids(0..3), r#""pagination":{"has_more":true,"next_offset":100}"#);
    let played = play_all(&mut api().list(ListSessions::new().limit(100)).take(20), [first]);
    assert_eq!(yielded(&played).1, Some(ErrorKind::MalformedBody));
}

#[test]
fn missing_counts_the_sessions_short_of_the_total() {
    let ends = |list: &mut SessionPaginator, outcomes: Vec<Outcome>| {
        let played = play_all(list, outcomes);
        assert_eq!(yielded(&played).1, None);
        (list.yielded(), list.total(), list.missing())
    };
    let last = |count, total: u64, offset: u64| {
        let rest =
            format!(r#""total":{total},"pagination":{{"offset":{offset},"limit":100,"has_more":false}}"#);
        page(&ids(offset..offset + count), &rest)
    };
    let list = |offset| api().list(ListSessions::new().limit(100).offset(offset));
    assert_eq!(ends(&mut list(0), vec![last(1, 257, 0)]), (1, Some(257), Some(256)));
    assert_eq!(ends(&mut list(0), vec![last(0, 257, 0)]), (0, Some(257), Some(257)));
    assert_eq!(ends(&mut list(0), vec![last(1, 1, 0)]), (1, Some(1), Some(0)));
    assert_eq!(
        ends(&mut list(0), vec![last(2, 1, 0)]),
        (2, Some(1), Some(0)),
        "the total may be approximate"
    );
    // Sessions before the offset or beyond the maximum are not missing.
    assert_eq!(ends(&mut list(250), vec![last(7, 257, 250)]), (7, Some(257), Some(0)));
    assert_eq!(ends(&mut list(250), vec![last(6, 257, 250)]), (6, Some(257), Some(1)));
    assert_eq!(ends(&mut list(300), vec![last(0, 257, 300)]), (0, Some(257), Some(0)));
    assert_eq!(ends(&mut list(0).take(5), vec![last(5, 257, 0)]), (5, Some(257), Some(0)));
    assert_eq!(ends(&mut list(0).take(50), vec![last(1, 257, 0)]), (1, Some(257), Some(49)));
    assert_eq!(ends(&mut list(0).take(0), vec![]), (0, None, None));
    // Without a total, the number is unknown.
    let silent = page(&ids(0..2), r#""pagination":{"has_more":false}"#);
    assert_eq!(ends(&mut list(0), vec![silent]), (2, None, None));
    // While the list grows, sessions that began later are not missing. The last total is reported.
    let first = page(&ids(0..100), r#""total":101,"pagination":{"has_more":true,"next_offset":100}"#);
    assert_eq!(ends(&mut list(0), vec![first, last(1, 105, 100)]), (101, Some(105), Some(0)));
    // A session that appears twice counts once.
    let twice = page(&[ids([0]), ids([0])].concat(), r#""total":2,"pagination":{"has_more":false}"#);
    assert_eq!(ends(&mut list(0), vec![twice]), (1, Some(2), Some(1)));
}

#[test]
fn missing_is_known_only_at_the_end() {
    let mut list = api().list(ListSessions::new().limit(2));
    let mut respond = server(3);
    let mut known = vec![list.missing()];
    loop {
        match list.step(at(Duration::ZERO)) {
            Step::Send(request) => list.receive(respond(&request, Duration::ZERO), at(Duration::ZERO)),
            Step::Yield(item) => drop(item.unwrap()),
            Step::Done => break,
            Step::Wait(_) => panic!("nothing failed"),
        }
        known.push(list.missing());
    }
    // The steps: a page, two sessions, a page, and its only session.
    assert_eq!(known, [None, None, None, None, None, Some(0)]);
    for (total, filtered) in
        [(257, ListSessions::new().status(StatusFilter::Failed)), (0, ListSessions::new())]
    {
        let mut list = api().list(filtered.limit(100));
        play(&mut list, Duration::ZERO, server(total));
        assert_eq!((list.yielded(), list.missing()), (total, Some(0)));
    }
}

#[test]
fn a_total_that_is_too_small_does_not_end_a_list() {
    for total in [0, 1, 60, 119] {
        let mut respond = server(120);
        let mut list = api().list(ListSessions::new());
        let played = play(&mut list, Duration::ZERO, |request, now| {
            let (head, body) = respond(request, now).unwrap().into_parts();
            let body =
                String::from_utf8(body).unwrap().replace(r#""total":120"#, &format!(r#""total":{total}"#));
            Ok(Response::from_parts(head, body.into_bytes()))
        });
        assert_eq!(yielded(&played), (ids(0..120), None), "{total}");
        assert_eq!((list.yielded(), list.missing()), (120, Some(0)));
    }
}

#[test]
fn the_date_of_the_last_response_is_known() {
    let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let dated = |status, date: &str| response(status, &[("date", date)], "");
    let mut list = api().list(ListSessions::new());
    assert_eq!(list.date(), None);
    play_all(&mut list, [dated(503, "today"), dated(400, "Sun, 06 Nov 1994 08:49:37 GMT")]);
    assert_eq!(list.date(), at(784_111_777));
    let mut list = api().list(ListSessions::new());
    play_all(&mut list, [dated(503, "Sun, 06 Nov 1994 08:49:37 GMT"), status(400)]);
    assert_eq!(list.date(), None);
}

#[test]
fn a_last_page_needs_no_pagination() {
    for rest in [r#""total":2"#, r#""total":1,"pagination":null"#] {
        let played = play_all(&mut api().list(ListSessions::new()), [page(&ids(0..2), rest)]);
        assert_eq!(yielded(&played), (ids(0..2), None));
    }
    let played = play_all(&mut api().list(ListSessions::new()), [page(&[], r#""x":1"#)]);
    assert_eq!(yielded(&played), (vec![], None));
}

/// Simulates a server with endless pages: each reports a next one, and a function supplies its ids.
fn endless(on_page: impl Fn(u64) -> Vec<String>) -> impl FnMut(&Request<()>, Duration) -> Outcome {
    move |request, _| {
        let offset = parameter(request, "offset").unwrap_or(0);
        page(
            &on_page(offset),
            &format!(r#""pagination":{{"offset":{offset},"has_more":true,"next_offset":{}}}"#, offset + 1),
        )
    }
}

#[test]
fn endless_pages_without_new_sessions_are_an_error() {
    for on_page in [|_| vec![], |_| ids([7])] {
        let played = play(&mut api().list(ListSessions::new().limit(1)), Duration::ZERO, endless(on_page));
        let (good, error) = yielded(&played);
        assert_eq!((good.len(), error), (on_page(0).len(), Some(ErrorKind::MalformedBody)));
        assert!(played.sent.len() <= 22, "{} requests", played.sent.len());
    }
}

#[test]
fn more_than_200_000_pages_are_an_error() {
    let mut list = api().list(ListSessions::new().limit(1));
    let mut respond = endless(|offset| ids([offset]));
    let (mut pages, mut good) = (0_u32, 0_u32);
    let error = loop {
        match list.step(at(Duration::ZERO)) {
            Step::Send(request) => {
                pages += 1;
                assert!(pages <= 200_000, "the list does not end");
                list.receive(respond(&request, Duration::ZERO), at(Duration::ZERO));
            }
            Step::Yield(Ok(_)) => good += 1,
            Step::Yield(Err(error)) => break error,
            Step::Wait(_) | Step::Done => panic!("expected neither a wait nor a silent end"),
        }
    };
    assert_eq!((pages, good), (200_000, 199_999));
    assert_eq!(
        error.to_string(),
        "malformed body: the page at offset 199999 exceeds the maximum of 200,000 pages"
    );
    assert!(matches!(list.step(at(Duration::ZERO)), Step::Done));
}

#[test]
fn offsets_do_not_overflow() {
    let list = ListSessions::new().offset(u64::MAX);
    let end = format!(r#""pagination":{{"offset":{0},"has_more":true,"next_offset":{0}}}"#, u64::MAX);
    let played = play_all(&mut api().list(list), [page(&ids([1]), &end)]);
    assert_eq!(yielded(&played), (vec![], Some(ErrorKind::MalformedBody)));
}

#[test]
fn only_the_failed_page_is_retried() {
    let mut respond = server(120);
    let mut responses = 0;
    let mut targets = Vec::new();
    let played = play(&mut api().list(ListSessions::new()), Duration::ZERO, |request, now| {
        responses += 1;
        targets.push(parameter(request, "offset"));
        if responses % 2 == 0 { status(503) } else { respond(request, now) }
    });
    assert_eq!(yielded(&played), (ids(0..120), None));
    assert_eq!(targets, [None, Some(50), Some(50), Some(100), Some(100)]);
}

#[test]
fn an_exhausted_error_ends_the_list() {
    let api = api().with_retry(RetryPolicy::none());
    let mut respond = server(120);
    let played = play(&mut api.list(ListSessions::new()), Duration::ZERO, |request, now| {
        if parameter(request, "offset") == Some(50) { status(500) } else { respond(request, now) }
    });
    assert_eq!(yielded(&played), (ids(0..50), Some(ErrorKind::Server)));
}

/// Simulates a server that lists the newest sessions first. Before each response, `new` sessions
/// are added.
fn growing(until_pinned: bool, new: u64) -> impl FnMut(&Request<()>, Duration) -> Outcome {
    let mut all: Vec<u64> = (0..500).rev().collect();
    move |request, _| {
        let newest = all[0];
        all.splice(0..0, (newest + 1..=newest + new).rev());
        let visible: Vec<u64> = all.iter().copied().filter(|&number| !until_pinned || number < 500).collect();
        assert_eq!(until_pinned, request.uri().query().unwrap().contains("end_date="));
        let offset = parameter(request, "offset").unwrap_or(0) as usize;
        let end = (offset + 50).min(visible.len());
        let more = end < visible.len();
        let next = if more { end.to_string() } else { "null".into() };
        let rest = format!(
            r#""total":{},"pagination":{{"offset":{offset},"limit":50,"has_more":{more},"next_offset":{next}}}"#,
            visible.len()
        );
        page(&ids(visible[offset..end].iter().copied()), &rest)
    }
}

#[test]
fn a_list_with_an_end_date_yields_each_session_once() {
    let pinned = ListSessions::new().limit(50).end_date("2025-12-16T18:53:41Z");
    for new in [0, 1, 7, 60] {
        let played = play(&mut api().list(pinned.clone()), Duration::ZERO, growing(true, new));
        assert_eq!(yielded(&played), (ids((0..500).rev()), None), "{new} at a time");
    }
}

#[test]
fn a_list_that_shifts_yields_no_session_twice() {
    for new in [1, 7, 49] {
        let played =
            play(&mut api().list(ListSessions::new().limit(50)), Duration::ZERO, growing(false, new));
        let (mut found, error) = yielded(&played);
        assert_eq!(error, None);
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!(found.len(), count, "{new} at a time");
        assert!((0..500).all(|number| found.binary_search(&format!("id-{number}")).is_ok()));
    }
}
