//! Many sessions: one page at the wire level, and all pages with the flow.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Flow;
use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{
    Error, ErrorKind, ListSessions, Now, Order, Pagination, RetryPolicy, Session, SessionPage,
    SessionPaginator, SortBy, StatusFilter, Step, Timestamp,
};

use crate::support::drive::{Outcome, Played, api, at, play, play_all, response, status};

mod ahead;
mod page;
mod pagination;
mod total;

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
