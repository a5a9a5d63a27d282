//! The cursor: valid after each item, small, and checked when it is read.

use super::*;

fn json(history: &SessionHistory) -> String {
    serde_json::to_string(history.cursor()).unwrap()
}

/// Stores a cursor and restores it, as a program does between two processes.
fn stored(cursor: &HistoryCursor) -> HistoryCursor {
    serde_json::from_str(&serde_json::to_string(cursor).unwrap()).unwrap()
}

/// Runs a history in parts: each yields one more session than the last one, and continues with the
/// stored cursor of the part before it.
fn in_parts(service: &Service) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), HistoryCursor::default());
    for count in 1.. {
        let mut history = api().history(since(FIRST)).resume(stored(&cursor));
        let mut next = || {
            history.next_with(
                || Now::ORIGIN,
                |request| service.respond(&request),
                |_| panic!("nothing failed"),
            )
        };
        let part: Vec<_> = std::iter::from_fn(&mut next).take(count).map(|item| id(&item.unwrap())).collect();
        let is_end = part.len() < count;
        all.extend(part);
        cursor = history.cursor().clone();
        if is_end {
            return all;
        }
    }
    unreachable!("the range has no end");
}

#[test]
fn a_resumed_history_continues_after_the_last_item() {
    for together in [1, 3, 40, 150, 400] {
        for is_inclusive in [true, false] {
            // Far in the past, at the end of the list, and without a clock.
            for now in [Some(FIRST + 86_400), Some(FIRST + 400), None] {
                let starts = (0..400).map(|number| FIRST + number / together);
                let service = Service { is_inclusive, now, ..Service::new(starts) };
                assert_eq!(in_parts(&service), ids(0..400), "{together} {is_inclusive} {now:?}");
            }
        }
    }
}

#[test]
fn a_cursor_that_starts_in_the_future_is_an_error() {
    const NOW: u64 = FIRST + 86_400;
    for (ahead, now, is_refused) in [
        (300, Some(NOW), false),
        (301, Some(NOW), true),
        (1_000_000_000, Some(NOW), true),
        // Nothing shows the time.
        (1_000_000_000, None, false),
    ] {
        let service = Service { now, ..Service::new([FIRST]) };
        let text = format!(r#"{{"start":"{}","seen":[]}}"#, timestamp(NOW + ahead));
        let mut history = api().history(since(FIRST)).resume(serde_json::from_str(&text).unwrap());
        let (_, error) = yielded(&run(&service, &mut history));
        let expected = "invalid cursor: it starts in the future, by the service's clock";
        assert_eq!(error.as_deref(), is_refused.then_some(expected), "{ahead} {now:?}");
        assert_eq!(json(&history), text);
        // The start date of the request is deliberate.
        let mut first = api().history(since(NOW + ahead)).resume(HistoryCursor::default());
        assert_eq!(yielded(&run(&service, &mut first)), (ids(0..0), None));
    }
}

#[test]
fn a_start_in_the_future_that_the_service_rejects_is_an_error() {
    let cursor = || serde_json::from_str(r#"{"start":"2099-01-01T00:00:00Z","seen":[]}"#).unwrap();
    let headers = [("date", "Tue, 16 Dec 2025 00:00:00 GMT")];
    for (status, expected) in [
        (400, "invalid cursor: it starts in the future, by the service's clock"),
        (401, "unauthorized: status 401"),
    ] {
        let mut history = api().history(since(FIRST)).resume(cursor());
        let played = play(&mut history, Duration::ZERO, |_, _| response(status, &headers, ""));
        assert_eq!(yielded(&played), (ids(0..0), Some(expected.to_owned())));
    }
}

#[test]
fn a_history_without_any_time_sends_no_start_date() {
    let service = Service { now: None, ..Service::new([FIRST, FIRST + 1]) };
    let mut history = api().history(ListSessions::new());
    assert_eq!(yielded(&run(&service, &mut history)), (ids(0..2), None));
    assert_eq!(history.cursor().start(), None);
    let mut resumed = api().history(ListSessions::new()).resume(stored(history.cursor()));
    let Step::Send(request) = resumed.step(Now::ORIGIN) else { panic!("a page is requested") };
    assert_eq!(parameter(&request, "start_date"), None);
}

#[test]
fn a_cursor_in_the_past_holds_the_ids_of_one_second() {
    let service = Service::new((0..250).map(|number| FIRST + number / 3));
    let mut history = api().history(since(FIRST));
    assert_eq!(json(&history), r#"{"start":"2025-12-16T00:00:00Z","seen":[]}"#);
    let mut next = || {
        let item = history.next_with(|| Now::ORIGIN, |request| service.respond(&request), |_| panic!());
        item.map(|item| (id(&item.unwrap()), json(&history)))
    };
    let items: Vec<_> = std::iter::from_fn(&mut next).collect();
    assert_eq!(items.len(), 250);
    let seen = |number: u64| format!(r#"["id-{number}",{},true]"#, FIRST + number / 3);
    for (number, (_, cursor)) in (0..).zip(items) {
        let first = number / 3 * 3;
        let mut ids: Vec<_> = (first..=number).map(seen).collect();
        ids.sort();
        let start = timestamp(FIRST + number / 3);
        assert_eq!(cursor, format!(r#"{{"start":"{start}","seen":[{}]}}"#, ids.join(",")));
    }
}

#[test]
fn the_ids_of_the_last_65_minutes_are_kept() {
    let service =
        Service { now: Some(FIRST + 10_000), ..Service::new((0..100).map(|number| FIRST + number * 100)) };
    let mut history = api().history(since(FIRST));
    assert_eq!(yielded(&run(&service, &mut history)), (ids(0..100), None));
    let cursor: serde_json::Value = serde_json::from_str(&json(&history)).unwrap();
    // 65 minutes are 3900 seconds.
    assert_eq!(cursor["start"], timestamp(FIRST + 6_100));
    let starts: Vec<_> =
        cursor["seen"].as_array().unwrap().iter().map(|seen| seen[1].as_u64().unwrap()).collect();
    let expected: Vec<_> = (61..100).map(|number| FIRST + number * 100).collect();
    assert_eq!(starts, expected);
    // Nothing is yielded again.
    let mut resumed = api().history(since(FIRST)).resume(stored(history.cursor()));
    assert_eq!(yielded(&run(&service, &mut resumed)), (vec![], None));
}

#[test]
fn sessions_listed_up_to_65_minutes_late_are_found() {
    // 1,000 sessions, the last of them now. Later, one more is listed that started earlier.
    let starts: Vec<_> = (0..1000).map(|number| FIRST + number * 10).collect();
    let now = FIRST + 10_000;
    let before = Service { now: Some(now), ..Service::new(starts.iter().copied()) };
    let mut history = api().history(since(FIRST));
    assert_eq!(yielded(&run(&before, &mut history)).0.len(), 1000);
    for (late, found) in [(now - 3900, 1), (now - 3901, 0), (now - 1, 1)] {
        let respond = |request: &Request<()>| {
            let with_late = [session(7777, late)];
            let from = second(&parameter(request, "start_date").unwrap());
            let rest = r#""pagination":{"has_more":false}"#;
            page(if late > from { &with_late } else { &[] }, rest, Some(now + 60))
        };
        let mut resumed = api().history(since(FIRST)).resume(stored(history.cursor()));
        let played = play(&mut resumed, Duration::ZERO, |request, _| respond(request));
        assert_eq!(yielded(&played).0.len(), found, "{late}");
    }
}

#[test]
fn a_session_that_ended_is_yielded_again_with_ends_only() {
    let list = |status: &str| {
        let session =
            format!(r#"{{"session_id":"a","timestamp":"{}","status":"{status}"}}"#, timestamp(FIRST));
        page(&[session], r#""pagination":{"has_more":false}"#, Some(FIRST + 60))
    };
    let run = |cursor: &HistoryCursor, with_ends: bool, status| {
        let history = api().history(since(FIRST)).resume(stored(cursor));
        let mut history = if with_ends { history.with_ends() } else { history };
        let played = play_all(&mut history, [list(status)]);
        let statuses: Vec<_> =
            played.items.iter().map(|item| item.as_ref().unwrap().status.clone().unwrap()).collect();
        (statuses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), history.cursor().clone())
    };
    let (first, running) = run(&HistoryCursor::default(), true, "running");
    assert_eq!(first, "running");
    assert_eq!(run(&running, true, "running").0, "");
    assert_eq!(run(&running, true, "paused").0, "", "an unknown status is not an end");
    assert_eq!(run(&running, false, "finished").0, "");
    let (second, ended) = run(&running, true, "failed");
    assert_eq!(second, "failed");
    assert_eq!(run(&ended, true, "failed").0, "");
}

#[test]
fn an_invalid_cursor_is_refused() {
    let read = |json: &str| {
        serde_json::from_str::<HistoryCursor>(json).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(read(r#"{"start":null,"seen":[]}"#), Ok(()));
    for (json, expected) in [
        ("[]", "invalid type: sequence, expected a cursor of a history at line 1 column 0"),
        ("{}", "missing field `seen` at line 1 column 2"),
        (r#"{"seen":[],"seen":[]}"#, "duplicate field `seen` at line 1 column 17"),
        (r#"{"seen":[],"next":1}"#, "unknown member of a cursor at line 1 column 17"),
        (
            r#"{"start":"soon","seen":[]}"#,
            "invalid timestamp: expected a date and time such as 2025-12-16T18:53:41Z at line 1 column 26",
        ),
        (r#"{"seen":[["",1,true]]}"#, "invalid session id: empty at line 1 column 13"),
    ] {
        assert_eq!(read(json), Err(expected.to_owned()), "{json}");
    }
}

#[test]
fn a_session_with_two_starts_is_yielded_once() {
    let record = |start, status| {
        format!(r#"{{"session_id":"id-1","timestamp":"{}","status":"{status}"}}"#, timestamp(start))
    };
    let sessions = [record(FIRST, "running"), record(FIRST + 4, "running"), record(FIRST + 4, "finished")];
    let mut history = api().history(since(FIRST)).with_ends();
    let played = play(&mut history, Duration::ZERO, |request, _| {
        let is_first = parameter(request, "start_date") == Some(timestamp(FIRST - 1));
        let pagination = if is_first { r#""has_more":true,"next_offset":3"# } else { r#""has_more":false"# };
        page(&sessions, &format!(r#""pagination":{{{pagination}}}"#), Some(FIRST + 86_400))
    });
    assert_eq!(yielded(&played), (vec!["id-1".to_owned(); 2], None));
}

#[ignore = "takes some seconds"]
#[test]
fn a_cursor_with_over_a_million_sessions_is_an_error() {
    let seen: Vec<_> = (0..=1_000_000).map(|number| format!(r#"["s{number}",{FIRST},true]"#)).collect();
    let cursor: HistoryCursor =
        serde_json::from_str(&format!(r#"{{"start":null,"seen":[{}]}}"#, seen.join(","))).unwrap();
    for (now, reason) in [
        (Some(FIRST), "more than 1,000,000 sessions started within 65 minutes"),
        (None, "more than 1,000,000 sessions may still change, because responses have no Date"),
    ] {
        let service = Service { now, ..Service::new([FIRST]) };
        let played = run(&service, &mut api().history(since(FIRST)).resume(cursor.clone()));
        assert_eq!(yielded(&played), (vec![], Some(format!("malformed body: {reason}"))));
    }
}
