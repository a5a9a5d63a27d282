//! The requests of a history: windows instead of deep offsets, and few of them.

use super::*;

/// Returns the start dates, in seconds after the first session, and the offsets of all requests.
fn requests(service: &Service) -> Vec<(i64, u64)> {
    let mut all = Vec::new();
    play(&mut api().history(since(FIRST)), Duration::ZERO, |request, _| {
        let start = second(&parameter(request, "start_date").unwrap());
        let offset = parameter(request, "offset").map_or(0, |offset| offset.parse().unwrap());
        all.push((start as i64 - FIRST as i64, offset));
        service.respond(request)
    });
    all
}

#[test]
fn the_start_date_moves_with_the_sessions() {
    let service = Service::new((0..250).map(|number| FIRST + number * 10));
    // One second before the last session of each page.
    assert_eq!(requests(&service), [(-1, 0), (989, 0), (1979, 0)]);
}

#[test]
fn a_crowded_second_is_listed_by_offset() {
    // One session each second, except for 250 in the second 50.
    let starts = (0..50).chain([50; 250]).chain(51..150);
    let service = Service::new(starts.map(|second| FIRST + second));
    assert_eq!(requests(&service), [(-1, 0), (-1, 99), (-1, 198), (-1, 297), (146, 0)]);
}

#[test]
fn a_page_with_gaps_is_followed_without_overlap() {
    // The service's documentation has a page of 3 sessions, a limit of 50 and a next offset of 50.
    let first = [session(0, FIRST), session(1, FIRST), session(2, FIRST)];
    let second = [session(3, FIRST), session(4, FIRST + 9)];
    let mut queries = Vec::new();
    let played = play(&mut api().history(since(FIRST).limit(50)), Duration::ZERO, |request, _| {
        queries.push(request.uri().query().unwrap().to_owned());
        let (sessions, rest) = match queries.len() {
            1 => (&first[..], r#""pagination":{"offset":0,"limit":50,"has_more":true,"next_offset":50}"#),
            _ => {
                (&second[..], r#""pagination":{"offset":50,"limit":50,"has_more":false,"next_offset":null}"#)
            }
        };
        page(sessions, rest, None)
    });
    assert_eq!(yielded(&played), (ids(0..5), None));
    let rest = "start_date=2025-12-15T23%3A59%3A59Z&sort=timestamp&order=asc";
    assert_eq!(queries, [format!("limit=50&{rest}"), format!("limit=50&offset=50&{rest}")]);
}

#[test]
fn pages_of_one_session_repeat_the_last_two_seconds() {
    // 40 seconds with three sessions each: the next window begins with several of them.
    for max_limit in [1, 2] {
        let service = Service { max_limit, ..Service::new((0..240).map(|number| FIRST + number / 3)) };
        let played = run(&service, &mut api().history(since(FIRST)));
        assert_eq!(yielded(&played), (ids(0..240), None));
    }
}

#[test]
fn a_page_has_at_least_two_sessions() {
    for (limit, expected) in [(1, "limit=2"), (2, "limit=2"), (7, "limit=7"), (100, "limit=100")] {
        let Step::Send(request) = api().history(since(FIRST).limit(limit)).step(at(Duration::ZERO)) else {
            panic!()
        };
        assert!(request.uri().query().unwrap().starts_with(expected), "{request:?}");
    }
}

#[test]
fn filters_and_the_end_date_are_in_each_request() {
    let service = Service::new((0..120).map(|number| FIRST + number * 10));
    let request = since(FIRST)
        .api_name("zone")
        .status(StatusFilter::Failed)
        .end_date("2026-01-01T00:00:00Z")
        .target_url("example.com");
    let mut targets = Vec::new();
    play(&mut api().history(request), Duration::ZERO, |request, _| {
        targets.push(request.uri().query().unwrap().to_owned());
        service.respond(request)
    });
    let expected = |start: &str| {
        format!(
            "api_name=zone&limit=100&status=failed&start_date={start}&end_date=2026-01-01T00%3A00%3A00Z\
             &target_url=example.com&sort=timestamp&order=asc"
        )
    };
    assert_eq!(targets, ["2025-12-15T23%3A59%3A59Z", "2025-12-16T00%3A16%3A29Z"].map(expected));
}

#[test]
fn a_page_of_a_history_is_requested_only_when_needed() {
    let service = Service::new((0..250).map(|number| FIRST + number * 10));
    let mut history = api().history(since(FIRST));
    let (mut requests, mut items) = (0, Vec::new());
    loop {
        match history.step(at(Duration::ZERO)) {
            Step::Send(request) => {
                requests += 1;
                history.receive(service.respond(&request), at(Duration::ZERO));
            }
            Step::Yield(item) => items.push((id(&item.unwrap()), requests)),
            Step::Wait(wait) => panic!("{wait}"),
            Step::Done => break,
        }
    }
    // The first session of each later page is the last one of the previous page.
    let expected: Vec<_> = ids(0..250).into_iter().zip((0..250).map(|number| 1 + number / 100)).collect();
    assert_eq!(items[..199], expected[..199]);
    assert_eq!(items[199..], ids(199..250).into_iter().map(|id| (id, 3)).collect::<Vec<_>>());
}

/// Counts the requests for this many sessions, with `together` of them in a second at once, and the
/// next ones `period` seconds later.
fn count(total: u64, together: u64, period: u64) -> usize {
    let service = Service::new((0..total).map(|number| FIRST + number / together * period));
    let (mut requests, mut found) = (0, 0);
    let mut history = api().history(since(FIRST));
    let mut exchange = |request| {
        requests += 1;
        service.respond(&request)
    };
    while let Some(item) = history.next_with(|| Now::ORIGIN, &mut exchange, |_| panic!("nothing failed")) {
        assert_eq!(id(&item.unwrap()), format!("id-{found}"));
        found += 1;
    }
    assert_eq!(found, total);
    requests
}

#[test]
fn a_history_sends_at_most_5_percent_more_requests() {
    let total = 2_000;
    for together in [1, 2, 3, 4, 5, 10, 33, 50, 99, 100, 101, 150, 1000, 2_000] {
        for period in [1, 2, 60] {
            let requests = count(total, together, period);
            assert!(requests <= 21, "{requests} requests, {together} each {period} s");
        }
    }
}

#[test]
fn a_hundred_thousand_sessions_take_at_most_1_050_requests() {
    // A month of sessions.
    let requests = count(100_000, 1, 26);
    assert!(requests <= 1_050, "{requests} requests");
}

#[ignore = "takes half a minute"]
#[test]
fn a_million_sessions_take_at_most_10_500_requests() {
    let requests = count(1_000_000, 1, 2);
    assert!(requests <= 10_500, "{requests} requests");
}
