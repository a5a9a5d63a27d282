//! One operation with its retries, in simulated time.

use std::time::Duration;

use brightdata_sessions::{
    Api, Attempt, Call, ErrorKind, Flow, GetSession, ListSessions, Now, RetryPolicy, Session, Step,
    TransportError, TransportErrorKind, WaitReason,
};

use crate::support::drive::{
    self, EXCHANGE, ID, Outcome, Played, api, at, play, play_all, response, session, status,
};

const SECOND: Duration = Duration::from_secs(1);

mod rate_limit;
mod retry;
mod time_limit;

fn call(api: &Api) -> Call<GetSession> {
    api.get(&ID.parse().unwrap())
}

fn failure(kind: TransportErrorKind) -> Outcome {
    Err(TransportError::from(kind))
}

fn limited(retry_after: &str) -> Outcome {
    response(429, &[("retry-after", retry_after)], "")
}

/// Returns the kind of the only item's error, or `None` for a session, and the number of requests.
fn summary(played: &Played<Session>) -> (Option<ErrorKind>, usize) {
    assert_eq!(played.items.len(), 1, "{played:?}");
    let error = played.items[0].as_ref().err();
    if let Some(error) = error {
        // A transport with an invalid configuration sends no request.
        let sent = if error.kind() == ErrorKind::InvalidInput { 0 } else { played.sent.len() };
        assert_eq!(error.attempts() as usize, sent, "{error}");
    }
    (error.map(|error| error.kind()), played.sent.len())
}

/// Returns the delays between each outcome and the next request.
fn delays(played: &Played<Session>) -> Vec<Duration> {
    played.sent.windows(2).map(|pair| pair[1] - pair[0] - EXCHANGE).collect()
}

/// Asserts that each pause after a 429 takes at least these seconds, and at most a tenth longer. This jitter is
/// between 0.5 s and 3 s.
fn assert_pauses(actual: &[Duration], seconds: &[u64]) {
    let is_right = |(pause, seconds): (&Duration, &u64)| {
        let least = Duration::from_secs(*seconds);
        let jitter = (least / 10).clamp(SECOND / 2, 3 * SECOND);
        (least..=least + jitter).contains(pause)
    };
    assert!(
        actual.len() == seconds.len() && actual.iter().zip(seconds).all(is_right),
        "{actual:?}, {seconds:?}"
    );
}

#[test]
fn a_good_response_ends_the_call() {
    let played = play_all(&mut call(&api()), [session()]);
    assert_eq!(played.items[0].as_ref().unwrap(), &Session::new(ID.parse().unwrap()));
    assert_eq!((played.sent, played.end), (vec![Duration::ZERO], EXCHANGE));
}

#[test]
fn a_call_sends_the_request_of_the_wire_level() {
    let built = api().request(&GetSession::new(ID.parse().unwrap())).unwrap();
    let mut sent = 0;
    let _ = play(&mut call(&api()), Duration::ZERO, |request, _| {
        sent += 1;
        assert_eq!((request.method(), request.uri()), (built.method(), built.uri()));
        assert_eq!((request.version(), request.headers()), (built.version(), built.headers()));
        status(500)
    });
    assert_eq!(sent, 3);
}

#[test]
fn a_call_with_invalid_input_fails_and_sends_nothing() {
    // Each space becomes three bytes.
    let spaces = " ".repeat(8192);
    let long = ListSessions::new().api_name(&*spaces).target_url(&*spaces).end_url(&*spaces);
    let table = [
        (ListSessions::new().limit(101), "invalid limit: expected 1 to 100"),
        (long, "invalid request: URL longer than 65,534 bytes"),
    ];
    for (list, shown) in table {
        let played = play_all(&mut api().call(list), []);
        let error = played.items[0].as_ref().unwrap_err();
        assert_eq!(
            (error.kind(), error.attempts(), error.to_string().as_str()),
            (ErrorKind::InvalidInput, 0, shown)
        );
        assert_eq!((played.items.len(), played.sent.len(), played.end), (1, 0, Duration::ZERO));
    }
}

#[test]
fn a_borrowed_call_continues_where_it_stopped() {
    let mut call = call(&api());
    let mut borrowed = &mut call;
    assert!(matches!(Flow::step(&mut borrowed, Now::ORIGIN), Step::Send(_)));
    Flow::receive(&mut borrowed, status(503), at(SECOND));
    let played = play(&mut borrowed, 10 * SECOND, |_, _| session());
    assert_eq!(summary(&played), (None, 1));
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Done));
}

#[test]
fn an_outcome_without_a_request_is_ignored() {
    let mut call = call(&api());
    call.receive(status(404), at(Duration::ZERO));
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Send(_)));
    call.receive(session(), at(Duration::ZERO));
    call.receive(status(404), at(Duration::ZERO));
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Yield(Ok(_))));
    call.receive(status(404), at(Duration::ZERO));
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Done));
}

#[test]
fn an_abandoned_request_counts_as_a_failed_attempt() {
    let mut call = call(&api());
    let (mut sent, mut now) = (0, Duration::ZERO);
    let error = loop {
        match call.step(at(now)) {
            Step::Send(_) => sent += 1,
            Step::Wait(wait) => now += wait.duration,
            Step::Yield(item) => break item.unwrap_err(),
            Step::Done => panic!("no item"),
        }
        assert!(sent <= 3);
    };
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3));
}

#[test]
fn each_wait_of_a_call_has_its_reason() {
    let retry_after = response(503, &[("retry-after", "7")], "");
    let table = [
        (retry_after, WaitReason::RetryAfter(ErrorKind::Server)),
        (limited("30"), WaitReason::RetryAfter(ErrorKind::RateLimited)),
        (status(429), WaitReason::RateLimited),
        (status(500), WaitReason::Backoff(ErrorKind::Server)),
        (failure(TransportErrorKind::Timeout), WaitReason::Backoff(ErrorKind::Timeout)),
    ];
    for (outcome, reason) in table {
        let mut call = call(&api());
        assert!(matches!(call.step(Now::ORIGIN), Step::Send(_)));
        call.receive(outcome, Now::ORIGIN);
        let Step::Wait(wait) = call.step(Now::ORIGIN) else { panic!("expected a wait: {reason:?}") };
        assert_eq!(wait.reason, reason);
    }
}

#[test]
fn a_call_waits_for_the_429_of_another_call() {
    let api = api();
    let mut first = call(&api);
    assert!(matches!(first.step(Now::ORIGIN), Step::Send(_)));
    first.receive(limited("30"), Now::ORIGIN);
    let step = call(&api).step(Now::ORIGIN);
    assert!(matches!(step, Step::Wait(wait) if wait.reason == WaitReason::RateLimited), "{step:?}");
}

#[test]
fn each_request_carries_its_attempt() {
    let mut outcomes = [status(500), limited("1"), session()].into_iter();
    let mut attempts = Vec::new();
    play(&mut call(&api()), Duration::ZERO, |request, _| {
        let Attempt { number, after, .. } = Attempt::of(request);
        attempts.push((number, after));
        outcomes.next().unwrap()
    });
    assert_eq!(attempts, [(1, None), (2, Some(ErrorKind::Server)), (3, Some(ErrorKind::RateLimited))]);
}

#[test]
fn a_call_that_gives_up_ends_with_what_it_knows() {
    let given_up = |call: Call<GetSession>| {
        let error = call.give_up(at(SECOND)).unwrap_err();
        (error.kind(), error.attempts(), error.retry_after())
    };
    let api = api();
    let fresh = call(&api);
    assert_eq!(given_up(fresh), (ErrorKind::RateLimited, 0, Some(Duration::ZERO)));

    let mut in_flight = call(&api);
    assert!(matches!(in_flight.step(Now::ORIGIN), Step::Send(_)));
    assert_eq!(given_up(in_flight), (ErrorKind::Connection, 1, None));

    let mut failed = call(&api);
    assert!(matches!(failed.step(Now::ORIGIN), Step::Send(_)));
    failed.receive(response(503, &[("retry-after", "7")], ""), Now::ORIGIN);
    assert_eq!(given_up(failed), (ErrorKind::Server, 1, Some(7 * SECOND)));

    let mut finished = call(&api);
    assert!(matches!(finished.step(Now::ORIGIN), Step::Send(_)));
    finished.receive(session(), Now::ORIGIN);
    assert!(finished.give_up(at(SECOND)).is_ok());

    let mut limited_by_other = call(&api);
    assert!(matches!(limited_by_other.step(Now::ORIGIN), Step::Send(_)));
    limited_by_other.receive(limited("30"), Now::ORIGIN);
    let mut waiting = call(&api);
    assert!(matches!(waiting.step(Now::ORIGIN), Step::Wait(_)));
    let (kind, attempts, retry_after) = given_up(waiting);
    assert_eq!((kind, attempts), (ErrorKind::RateLimited, 0));
    assert_pauses(&[retry_after.unwrap() + SECOND], &[30]);
}
