//! Pages that are fetched ahead.

use proptest::prelude::*;

use super::*;
use crate::support::drive::play_ahead;

/// A caller that needs no time for an item.
const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn a_list_fetched_ahead_yields_the_same_with_the_same_requests() {
    for (total, limit, max) in
        [(0, 50, 99), (1, 50, 99), (51, 50, 99), (257, 100, 999), (7, 1, 9), (250, 100, 120)]
    {
        let list = || api().list(ListSessions::new().limit(limit)).take(max);
        let run = |ahead: Option<bool>| {
            let mut targets = Vec::new();
            let mut respond = server(total);
            let respond = |request: &Request<()>, now| {
                targets.push(request.uri().to_string());
                respond(request, now)
            };
            let mut list = list();
            let played = match ahead {
                None => play(&mut list, Duration::ZERO, respond),
                Some(is_late) => play_ahead(&mut list, Duration::ZERO, is_late, AT_ONCE, respond),
            };
            (yielded(&played), targets, list.total(), list.missing())
        };
        let plain = run(None);
        assert_eq!([run(Some(false)), run(Some(true))], [plain.clone(), plain]);
    }
}

#[test]
fn the_next_page_is_requested_while_items_are_at_hand() {
    let mut list = api().list(ListSessions::new().limit(2));
    let mut respond = server(4);
    let now = at(Duration::ZERO);
    assert!(list.request_ahead(now).is_none(), "the first page is not ahead");
    let Step::Send(request) = list.step(now) else { panic!("a request") };
    assert!(list.request_ahead(now).is_none(), "a request is in flight");
    list.receive(respond(&request, Duration::ZERO), now);
    assert!(list.next_received().is_none(), "the page is not accepted yet");
    assert!(matches!(list.step(now), Step::Yield(Ok(_))));
    let request = list.request_ahead(now).unwrap();
    assert_eq!(request.uri().query(), Some("limit=2&offset=2"));
    assert!(list.request_ahead(now).is_none());
    // The list is where its items are.
    assert_eq!((list.yielded(), list.missing()), (1, None));
    assert_eq!(list.next_received().unwrap().session_id.as_str(), "id-1");
    assert!(list.next_received().is_none());
    list.receive(respond(&request, Duration::ZERO), now);
    assert!(matches!(list.step(now), Step::Yield(Ok(_))));
    assert!(list.request_ahead(now).is_none(), "this is the last page");
    assert!(matches!(list.step(now), Step::Yield(Ok(_))));
    assert!(matches!(list.step(now), Step::Done));
}

#[test]
fn nothing_is_requested_ahead_while_the_guard_waits() {
    let api = api().with_retry(RetryPolicy::default());
    let mut list = api.list(ListSessions::new().limit(2));
    let mut respond = server(4);
    let now = at(Duration::ZERO);
    let Step::Send(request) = list.step(now) else { panic!("a request") };
    list.receive(respond(&request, Duration::ZERO), now);
    assert!(matches!(list.step(now), Step::Yield(Ok(_))));
    // Another call is answered with 429.
    let mut other = api.get(&"s1".parse().unwrap());
    assert!(matches!(other.step(now), Step::Send(_)));
    other.receive(response(429, &[("retry-after", "60")], ""), now);
    assert!(list.request_ahead(now).is_none());
    assert!(matches!(list.step(now), Step::Yield(Ok(_))));
    assert!(matches!(list.step(now), Step::Wait(_)));
}

#[test]
fn an_error_of_a_page_ahead_follows_the_items_at_hand() {
    for is_late in [false, true] {
        let mut respond = server(5);
        let respond = |request: &Request<()>, now| match parameter(request, "offset") {
            None => respond(request, now),
            Some(_) => status(401),
        };
        let mut list = api().list(ListSessions::new().limit(3));
        let played = play_ahead(&mut list, Duration::ZERO, is_late, AT_ONCE, respond);
        assert_eq!(yielded(&played), (ids(0..3), Some(ErrorKind::Unauthorized)));
        assert_eq!(played.sent.len(), 2);
    }
}

#[test]
fn a_page_ahead_has_the_retries_of_any_page() {
    for (retries, requests) in [(0, 2), (2, 4)] {
        let mut respond = server(5);
        let respond = |request: &Request<()>, now| match parameter(request, "offset") {
            None => respond(request, now),
            Some(_) => status(503),
        };
        let api = api().with_retry(RetryPolicy::default().with_retries(retries));
        let mut list = api.list(ListSessions::new().limit(3));
        let played = play_ahead(&mut list, Duration::ZERO, true, AT_ONCE, respond);
        assert_eq!(yielded(&played), (ids(0..3), Some(ErrorKind::Server)));
        assert_eq!(played.sent.len(), requests);
    }
}

#[test]
fn a_slow_caller_does_not_use_up_the_time_of_a_page_ahead() {
    for policy in [RetryPolicy::default(), RetryPolicy::default().with_time_limit(Duration::from_secs(10))] {
        for is_late in [false, true] {
            let mut respond = server(5);
            let mut failed = false;
            let respond = |request: &Request<()>, now| {
                if parameter(request, "offset").is_none() || std::mem::replace(&mut failed, true) {
                    respond(request, now)
                } else {
                    status(503)
                }
            };
            let mut list = api().with_retry(policy.clone()).list(ListSessions::new().limit(3));
            let pause = Duration::from_secs(600);
            let played = play_ahead(&mut list, Duration::ZERO, is_late, pause, respond);
            assert_eq!(yielded(&played), (ids(0..5), None));
            assert_eq!(played.sent.len(), 3);
        }
    }
}

#[test]
fn an_abandoned_page_ahead_is_requested_again() {
    let mut list = api().list(ListSessions::new().limit(2));
    let mut respond = server(4);
    let now = at(Duration::ZERO);
    let Step::Send(request) = list.step(now) else { panic!("a request") };
    list.receive(respond(&request, Duration::ZERO), now);
    assert!(matches!(list.step(now), Step::Yield(Ok(_))));
    assert!(list.request_ahead(now).is_some());
    // Another driver continues the flow.
    let played = play(&mut list, Duration::ZERO, respond);
    assert_eq!(yielded(&played).0, ids(1..4));
    assert_eq!(played.sent.len(), 1);
}

/// A page of up to 10 sessions: their number, how many of them are repeated from the page before,
/// and the statuses of the responses before it.
type PageOf = (u64, u64, Vec<u16>);

/// Returns the response to the next attempt of a page's request.
fn respond(pages: &[PageOf], attempts: &mut [usize], request: &Request<()>) -> Outcome {
    let offset = parameter(request, "offset").unwrap_or(0);
    let index = usize::try_from(offset / 10).unwrap();
    let (count, repeated, statuses) = &pages[index];
    let attempt = attempts[index];
    attempts[index] += 1;
    if let Some(&failure) = statuses.get(attempt) {
        return status(failure);
    }
    let first = offset.saturating_sub(*repeated);
    let next = if index + 1 == pages.len() { "null".to_owned() } else { (offset + 10).to_string() };
    let has_more = next != "null";
    let rest = format!(
        r#""total":99,"pagination":{{"offset":{offset},"limit":10,"has_more":{has_more},"next_offset":{next}}}"#
    );
    page(&ids(first..first + count), &rest)
}

proptest! {
    #[test]
    fn any_list_fetched_ahead_yields_the_same(
        pages in prop::collection::vec(
            (0..=10_u64, 0..=10_u64, prop::collection::vec(prop::sample::select(vec![500, 503, 401, 404]), 0..=2)),
            1..8,
        ),
        max in 0..80_u64,
        is_late: bool,
    ) {
        let list = || api().list(ListSessions::new().limit(10)).take(max);
        let run = |ahead: bool| {
            let mut attempts = vec![0; pages.len()];
            let respond = |request: &Request<()>, _| respond(&pages, &mut attempts, request);
            let mut list = list();
            let played = if ahead {
                play_ahead(&mut list, Duration::ZERO, is_late, AT_ONCE, respond)
            } else {
                play(&mut list, Duration::ZERO, respond)
            };
            (yielded(&played), list.missing(), list.yielded())
        };
        prop_assert_eq!(run(true), run(false));
    }
}
