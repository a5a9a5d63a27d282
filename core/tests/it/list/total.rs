//! The total of a list, and the sessions that are missing at its end.

use super::*;

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
