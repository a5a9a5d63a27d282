//! Watching one session until it ends, in simulated time.

use std::time::Duration;

use brightdata_sessions::{Api, Error, ErrorKind, Flow, RetryPolicy, Session, SessionWatcher, Step};

use crate::support::drive::{self, EXCHANGE, ID, Outcome, Played, at, play, play_all, response, status};

const SECOND: Duration = Duration::from_secs(1);

/// Returns an `Api` without retries, so that each request is a poll.
fn api() -> Api {
    drive::api().with_retry(RetryPolicy::none())
}

fn watch(api: &Api) -> SessionWatcher {
    api.watch(&ID.parse().unwrap())
}

fn is(status: &str, bandwidth: u64) -> Outcome {
    response(
        200,
        &[],
        &format!(r#"{{"session":{{"session_id":"{ID}","status":"{status}","bandwidth":{bandwidth}}}}}"#),
    )
}

/// Returns status and bandwidth of each session, or the kind of the error.
fn seen(played: &Played<Session>) -> Vec<Result<(String, u64), ErrorKind>> {
    let item = |item: &Result<Session, Error>| match item {
        Ok(session) => Ok((session.status.as_ref().unwrap().to_string(), session.bandwidth.unwrap())),
        Err(error) => Err(error.kind()),
    };
    played.items.iter().map(item).collect()
}

fn ok(status: &str, bandwidth: u64) -> Result<(String, u64), ErrorKind> {
    Ok((status.to_owned(), bandwidth))
}

fn intervals(played: &Played<Session>) -> Vec<f64> {
    played.sent.windows(2).map(|pair| (pair[1] - pair[0] - EXCHANGE).as_secs_f64()).collect()
}

#[test]
fn each_change_is_yielded_and_the_end_is_the_last_item() {
    for end in ["finished", "failed"] {
        let responses = [is("running", 0), is("running", 0), is("running", 9), is("running", 9), is(end, 9)];
        let played = play_all(&mut watch(&api()), responses);
        assert_eq!(seen(&played), [ok("running", 0), ok("running", 9), ok(end, 9)]);
    }
}

#[test]
fn a_change_of_any_field_is_yielded_and_no_repetition() {
    let steps = [
        r#""api_name":"zone""#,
        r#""status":"paused""#,
        r#""timestamp":"2025-12-16T18:53:41Z""#,
        r#""target_url":"https://a.example""#,
        r#""end_url":"https://b.example""#,
        r#""navigations":0"#,
        r#""duration":0.0"#,
        r#""captcha":"none""#,
        r#""bandwidth":0"#,
        r#""error":{"code":"a","message":"b"}"#,
        r#""error":{"code":"a","message":"b","more":null}"#,
        r#""new":1"#,
        r#""new":null"#,
        r#""new":null,"newer":{}"#,
        r#""status":"finished""#,
    ];
    let body = |member: &str| format!(r#"{{"session":{{"session_id":"{ID}",{member}}}}}"#);
    let twice = steps
        .iter()
        .flat_map(|member| [response(200, &[], &body(member)), response(200, &[], &body(member))]);
    let played = play_all(&mut watch(&api()), twice);
    let yielded: Vec<_> = played.items.into_iter().map(Result::unwrap).collect();
    let parse = |member: &&str| Session::from_json(&format!(r#"{{"session_id":"{ID}",{member}}}"#)).unwrap();
    assert_eq!(yielded, steps.iter().map(parse).collect::<Vec<_>>());
}

#[test]
fn an_ended_session_is_requested_once() {
    let played = play_all(&mut watch(&api()), [is("finished", 1)]);
    assert_eq!((seen(&played), played.end), (vec![ok("finished", 1)], EXCHANGE));
}

#[test]
fn an_unknown_or_missing_status_does_not_end_a_watch() {
    let none = response(200, &[], &format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#));
    let played = play_all(&mut watch(&api()), [is("paused", 1), none, is("finished", 1)]);
    assert_eq!(played.sent.len(), 3);
}

#[test]
fn intervals_grow_to_30_s_and_restart_after_a_change() {
    let mut responses: Vec<_> = (0..10).map(|_| is("running", 0)).collect();
    responses.extend([is("running", 1), is("running", 1), is("finished", 1)]);
    let played = play_all(&mut watch(&api()), responses);
    let expected = [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30.0, 30.0, 30.0, 2.0, 3.0];
    assert_eq!(intervals(&played), expected);
}

#[test]
fn not_found_is_ignored_in_the_first_30_s() {
    let played = play_all(&mut watch(&api()), [status(404), status(404), is("finished", 1)]);
    assert_eq!(seen(&played), [ok("finished", 1)]);

    let played = play(&mut watch(&api()), Duration::ZERO, |_, _| status(404));
    assert_eq!(seen(&played), [Err(ErrorKind::NotFound)]);
    assert!(played.end >= 30 * SECOND && played.end < 60 * SECOND, "{:?}", played.end);
}

#[test]
fn not_found_is_an_error_after_exactly_30_s() {
    let after = |elapsed| {
        let mut watch = watch(&api());
        assert!(matches!(watch.step(at(Duration::ZERO)), Step::Send(_)));
        watch.receive(status(404), at(elapsed));
        watch.step(at(elapsed))
    };
    assert!(matches!(after(30 * SECOND - Duration::from_nanos(1)), Step::Wait(_)));
    assert!(matches!(after(30 * SECOND), Step::Yield(Err(error)) if error.kind() == ErrorKind::NotFound));
}

#[test]
fn not_found_ends_a_watch_that_has_seen_the_session() {
    let played = play_all(&mut watch(&api()), [is("running", 0), status(404)]);
    assert_eq!(seen(&played), [ok("running", 0), Err(ErrorKind::NotFound)]);
}

#[test]
fn a_transient_error_is_yielded_and_does_not_end_a_watch() {
    let played =
        play_all(&mut watch(&api()), [is("running", 0), status(500), is("running", 0), is("finished", 1)]);
    assert_eq!(seen(&played), [ok("running", 0), Err(ErrorKind::Server), ok("finished", 1)]);
    assert_eq!(intervals(&played), [2.0, 3.0, 4.5]);
}

#[test]
fn a_transient_error_is_retried_before_it_is_yielded() {
    let api = drive::api().with_retry(RetryPolicy::default().with_retries(1));
    let played = play_all(&mut watch(&api), [status(500), is("finished", 1)]);
    assert_eq!(seen(&played), [ok("finished", 1)]);
}

#[test]
fn a_permanent_error_ends_a_watch() {
    for (code, kind) in
        [(401, ErrorKind::Unauthorized), (400, ErrorKind::BadRequest), (302, ErrorKind::RedirectRefused)]
    {
        let played = play_all(&mut watch(&api()), [is("running", 0), status(code)]);
        assert_eq!(seen(&played), [ok("running", 0), Err(kind)]);
    }
}

#[test]
fn a_watch_waits_for_a_rate_limit() {
    let limited = response(429, &[("retry-after", "100")], "");
    let played = play_all(&mut watch(&api()), [limited, is("finished", 1)]);
    assert_eq!(seen(&played), [Err(ErrorKind::RateLimited), ok("finished", 1)]);
    // The guard adds jitter.
    assert!((100.0..=103.0).contains(&intervals(&played)[0]), "{played:?}");
}

#[test]
fn a_watch_times_out_at_its_deadline() {
    let start = 100 * SECOND;
    let played = play(&mut watch(&api()), start, |_, _| is("running", 0));
    assert_eq!(seen(&played), [ok("running", 0), Err(ErrorKind::Timeout)]);
    assert_eq!(played.sent.last(), Some(&(start + 65 * 60 * SECOND)));
    assert!(played.sent.len() < 150, "{} requests in an hour", played.sent.len());
    assert_eq!(
        shown(&played),
        "timed out: the session had not ended after 3900 s: last seen running after 3900.0 s"
    );

    let played = play(&mut watch(&api()).with_deadline(10 * SECOND), start, |_, _| is("running", 0));
    assert_eq!(played.end, start + 10 * SECOND + EXCHANGE);
}

/// Returns the text of the last error with its sources.
fn shown(played: &Played<Session>) -> String {
    let error = played.items.last().unwrap().as_ref().unwrap_err();
    let mut shown = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        shown = format!("{shown}: {cause}");
        source = cause.source();
    }
    shown
}

#[test]
fn a_session_that_ends_before_the_deadline_is_yielded() {
    // Polls at 0, 2 and 5 s would be followed by one at 9.5 s.
    for (deadline, end) in [(9, 6), (9, 9), (60, 59), (3900, 3899)] {
        let mut watch = watch(&api()).with_deadline(deadline * SECOND);
        let played = play(&mut watch, Duration::ZERO, |_, now| {
            is(if now >= end * SECOND { "finished" } else { "running" }, 0)
        });
        assert_eq!(seen(&played), [ok("running", 0), ok("finished", 0)], "{deadline} {end}");
        assert!(played.end <= deadline * SECOND + EXCHANGE);
    }
}

#[test]
fn an_overslept_watch_polls_once_more() {
    let overslept = |outcome: Outcome| {
        let mut watch = watch(&api()).with_deadline(100 * SECOND);
        assert!(matches!(watch.step(at(Duration::ZERO)), Step::Send(_)));
        watch.receive(is("running", 0), at(SECOND));
        assert!(matches!(watch.step(at(SECOND)), Step::Yield(Ok(_))));
        assert!(matches!(watch.step(at(SECOND)), Step::Wait(_)));
        let mut outcome = Some(outcome);
        let played = play(&mut watch, 8 * 3600 * SECOND, |_, _| outcome.take().expect("one request"));
        (seen(&played), played)
    };
    assert_eq!(overslept(is("failed", 1)).0, [ok("failed", 1)]);
    assert_eq!(overslept(status(404)).0, [Err(ErrorKind::NotFound)]);
    assert_eq!(overslept(status(503)).0, [Err(ErrorKind::Server), Err(ErrorKind::Timeout)]);
    // A change is yielded before the end.
    let (items, played) = overslept(is("running", 1));
    assert_eq!(items, [ok("running", 1), Err(ErrorKind::Timeout)]);
    assert_eq!(
        shown(&played),
        "timed out: the session had not ended after 100 s: last seen running after 28800.0 s"
    );
    let (items, played) = overslept(status(500));
    assert_eq!(items, [Err(ErrorKind::Server), Err(ErrorKind::Timeout)]);
    assert_eq!(
        shown(&played),
        "timed out: the session had not ended after 100 s: last seen running after 1.0 s"
    );
}

#[test]
fn a_response_to_an_earlier_request_is_not_the_last_poll() {
    let mut watch = watch(&api()).with_deadline(10 * SECOND);
    assert!(matches!(watch.step(at(Duration::ZERO)), Step::Send(_)));
    watch.receive(is("running", 0), at(12 * SECOND));
    let played = play(&mut watch, 12 * SECOND, |_, _| is("finished", 0));
    assert_eq!(seen(&played), [ok("running", 0), ok("finished", 0)]);
}

#[test]
fn the_last_poll_may_wait_for_10_s() {
    let played = |retry_after: &str| {
        let api = drive::api().with_retry(RetryPolicy::default());
        let mut watch = api.watch(&ID.parse().unwrap()).with_deadline(SECOND);
        play_all(
            &mut watch,
            [is("running", 0), response(503, &[("retry-after", retry_after)], ""), is("finished", 0)],
        )
    };
    assert_eq!(seen(&played("9")), [ok("running", 0), ok("finished", 0)]);
    assert_eq!(played("9").end, 10 * SECOND + 2 * EXCHANGE);
    assert_eq!(seen(&played("10")), [ok("running", 0), Err(ErrorKind::Timeout)]);
    assert_eq!(played("10").end, SECOND + EXCHANGE);
}

#[test]
fn the_timeout_of_an_unseen_session_names_no_status() {
    for outcome in [|| status(404), || status(503)] {
        let mut watch = watch(&api()).with_deadline(9 * SECOND);
        let played = play(&mut watch, Duration::ZERO, |_, _| outcome());
        assert_eq!(shown(&played), "timed out: the session was not seen within 9 s");
    }
    // A status is untrusted text.
    for (status, word) in [(r"\u001b[2J", r"\u{1b}[2J"), (drive::KEY, "[redacted]"), ("", "without a status")]
    {
        let mut watch = watch(&api()).with_deadline(SECOND / 2);
        let played = play(&mut watch, Duration::ZERO, |_, _| is(status, 0));
        let known = format!("last seen {word} after 0.5 s");
        assert_eq!(shown(&played), format!("timed out: the session had not ended after 0.5 s: {known}"));
    }
}

#[test]
fn retry_after_delays_a_watch_for_at_most_five_minutes() {
    for code in [503, 408, 500] {
        for (seconds, interval) in [("4000000000", 300.0), ("301", 300.0), ("299", 299.0), ("1", 2.0)] {
            let patient = RetryPolicy::default().with_time_limit(2 * 3600 * SECOND);
            for api in [api(), drive::api(), drive::api().with_retry(patient)] {
                let mut watch = watch(&api);
                let played = play(&mut watch, Duration::ZERO, |_, now| {
                    if now < SECOND {
                        response(code, &[("retry-after", seconds)], "")
                    } else {
                        is("finished", 0)
                    }
                });
                let intervals = intervals(&played);
                assert!(intervals == [interval] || seconds == "1", "{code} {seconds}: {intervals:?}");
                assert_eq!(seen(&played).last(), Some(&ok("finished", 0)));
            }
        }
    }
    // After a 429, a watch waits up to an hour.
    let limited = response(429, &[("retry-after", "3600")], "");
    let played = play_all(&mut watch(&api()), [limited, is("finished", 1)]);
    assert_eq!(seen(&played), [Err(ErrorKind::RateLimited), ok("finished", 1)]);
    assert!((3600.0..=3603.0).contains(&intervals(&played)[0]), "{played:?}");
}

#[test]
fn a_response_after_the_deadline_still_counts() {
    let mut watch = watch(&api()).with_deadline(SECOND);
    assert!(matches!(watch.step(at(Duration::ZERO)), Step::Send(_)));
    watch.receive(is("finished", 1), at(5 * SECOND));
    assert!(matches!(watch.step(at(5 * SECOND)), Step::Yield(Ok(_))));
    assert!(matches!(watch.step(at(5 * SECOND)), Step::Done));
}

#[test]
fn a_retry_that_is_due_at_the_deadline_is_the_last_poll() {
    let mut late = drive::api().watch(&ID.parse().unwrap()).with_deadline(10 * SECOND);
    assert!(matches!(late.step(at(Duration::ZERO)), Step::Send(_)));
    late.receive(response(503, &[("retry-after", "5")], ""), at(5 * SECOND));
    assert!(matches!(late.step(at(5 * SECOND)), Step::Wait(wait) if wait.duration == 5 * SECOND));
    let played = play(&mut late, 10 * SECOND, |_, _| is("running", 0));
    assert_eq!(seen(&played), [ok("running", 0), Err(ErrorKind::Timeout)]);
    assert_eq!(played.sent, [10 * SECOND]);
}

#[test]
fn a_watch_rate_limited_at_its_deadline_sends_nothing() {
    for retry in [RetryPolicy::none(), RetryPolicy::default()] {
        let api = drive::api().with_retry(retry);
        let mut late = watch(&api).with_deadline(2 * SECOND);
        assert!(matches!(late.step(at(Duration::ZERO)), Step::Send(_)));
        late.receive(is("running", 0), at(Duration::ZERO));
        assert!(matches!(late.step(at(Duration::ZERO)), Step::Yield(Ok(_))));
        let mut other = watch(&api);
        assert!(matches!(other.step(at(SECOND)), Step::Send(_)));
        other.receive(response(429, &[("retry-after", "100")], ""), at(SECOND));
        let played = play(&mut late, 2 * SECOND, |_, _| panic!("held back"));
        assert!(shown(&played).ends_with("last seen running after 0.0 s"), "{}", shown(&played));
        assert_eq!(played.end, 2 * SECOND);
    }
}

#[test]
fn a_watch_with_a_deadline_of_zero_polls_once() {
    let played = play_all(&mut watch(&api()).with_deadline(Duration::ZERO), [is("finished", 1)]);
    assert_eq!(seen(&played), [ok("finished", 1)]);
    let played = play_all(&mut watch(&api()).with_deadline(Duration::ZERO), [is("running", 1)]);
    assert_eq!(seen(&played), [ok("running", 1), Err(ErrorKind::Timeout)]);
}
