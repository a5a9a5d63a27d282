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
fn only_transient_errors_are_retried() {
    use ErrorKind::*;
    let retried = [(500, Server), (503, Server), (599, Server), (408, Timeout), (429, RateLimited)];
    for (code, kind) in retried {
        let twice = play_all(&mut call(&api()), [status(code), session()]);
        assert_eq!(summary(&twice), (None, 2), "{code}");
        let always = play(&mut call(&api()), Duration::ZERO, |_, _| status(code));
        assert_eq!(summary(&always), (Some(kind), 3), "{code}");
    }
    let once = [
        (204, UnexpectedStatus),
        (301, RedirectRefused),
        (400, BadRequest),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (407, Unauthorized),
        (422, UnexpectedStatus),
        (200, MalformedBody),
    ];
    for (code, kind) in once {
        assert_eq!(summary(&play_all(&mut call(&api()), [status(code)])), (Some(kind), 1), "{code}");
    }
    for (failed, kind, sent) in [
        (TransportErrorKind::Timeout, Timeout, 3),
        (TransportErrorKind::Connection, Connection, 3),
        (TransportErrorKind::InvalidHead, Connection, 3),
        (TransportErrorKind::TooLarge, TooLarge, 1),
        (TransportErrorKind::Undecodable, MalformedBody, 1),
        (TransportErrorKind::Proxy, Connection, 1),
        (TransportErrorKind::Configuration, InvalidInput, 1),
    ] {
        let played = play(&mut call(&api()), Duration::ZERO, |_, _| failure(failed));
        assert_eq!(summary(&played), (Some(kind), sent));
    }
}

#[test]
fn the_policy_limits_the_number_of_retries() {
    for retries in [0, 1, 5] {
        let api = api().with_retry(RetryPolicy::default().with_retries(retries));
        let played = play(&mut call(&api), Duration::ZERO, |_, _| status(500));
        assert_eq!(summary(&played), (Some(ErrorKind::Server), retries as usize + 1));
    }
}

#[test]
fn retries_have_no_total_time_limit_by_default() {
    // Each attempt ends at the transport's time limit of 45 s.
    let sent = |retry: RetryPolicy| {
        let api = api().with_retry(retry);
        let mut call = call(&api);
        let (mut sent, mut now) = (0, SECOND);
        loop {
            match call.step(at(now)) {
                Step::Send(_) => {
                    sent += 1;
                    now += 45 * SECOND;
                    call.receive(failure(TransportErrorKind::Timeout), at(now));
                }
                Step::Wait(wait) => now += wait.duration,
                Step::Yield(item) => {
                    assert_eq!(item.unwrap_err().attempts(), sent);
                    break sent;
                }
                Step::Done => panic!("no item"),
            }
        }
    };
    let policy = RetryPolicy::default;
    assert_eq!(sent(policy()), 3);
    assert_eq!(sent(policy().with_retries(5)), 6);
    assert_eq!(sent(policy().with_retries(50)), 51);
    // A total time limit takes precedence, whichever is set first.
    assert_eq!(sent(policy().with_retries(5).with_time_limit(120 * SECOND)), 3);
    assert_eq!(sent(policy().with_time_limit(120 * SECOND).with_retries(5)), 3);
    assert_eq!(sent(policy().with_time_limit(44 * SECOND)), 1);
}

#[test]
fn without_a_time_limit_each_wait_is_at_most_two_minutes() {
    let wait = |code, seconds: &str| response(code, &[("retry-after", seconds)], "");
    let api = api().with_retry(RetryPolicy::default().with_retries(4));
    let responses = [wait(503, "120"), wait(429, "120"), wait(503, "100"), wait(503, "121")];
    let played = play_all(&mut call(&api), responses);
    assert_eq!(summary(&played), (Some(ErrorKind::Server), 4));
    assert_eq!(delays(&played), [120, 120, 100].map(Duration::from_secs));
    // This also limits the wait for the first request, however often it is extended.
    let api = drive::api();
    let mut waiting = call(&api);
    let mut now = Duration::ZERO;
    let error = loop {
        let mut other = call(&api);
        if matches!(other.step(at(now)), Step::Send(_)) {
            other.receive(limited("50"), at(now));
        }
        match waiting.step(at(now)) {
            Step::Wait(wait) => now += wait.duration,
            Step::Yield(item) => break item.unwrap_err(),
            step => panic!("{step:?}"),
        }
    };
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::RateLimited, None, 0));
    assert_eq!(now, 100 * SECOND);
}

#[test]
fn a_policy_without_retries_never_waits() {
    let none = || api().with_retry(RetryPolicy::none());
    for outcome in [limited("1"), status(503), failure(TransportErrorKind::Connection), status(429)] {
        let played = play_all(&mut call(&none()), [outcome]);
        assert_eq!((played.sent.len(), played.end), (1, EXCHANGE));
    }
    // It waits neither after the 429 of another call, nor for a free slot.
    let api = none();
    let _ = play_all(&mut call(&api), [limited("30")]);
    let played = play(&mut call(&api), SECOND, |_, _| session());
    assert_eq!((summary(&played), played.end), ((Some(ErrorKind::RateLimited), 0), SECOND));
    assert_eq!(played.items[0].as_ref().unwrap_err().retry_after(), Some(29 * SECOND + EXCHANGE));

    let api = none();
    let mut in_flight: Vec<_> = (0..20).map(|_| call(&api)).collect();
    assert!(in_flight.iter_mut().all(|call| matches!(call.step(at(SECOND)), Step::Send(_))));
    let played = play(&mut call(&api), SECOND, |_, _| session());
    assert_eq!((summary(&played), played.end), ((Some(ErrorKind::RateLimited), 0), SECOND));
    // A policy of zero retries does wait.
    let mut patient = call(&api.with_retry(RetryPolicy::default().with_retries(0)));
    assert!(matches!(patient.step(at(SECOND)), Step::Wait(_)));
}

#[test]
fn retry_after_counts_up_to_an_hour() {
    for code in [429, 503, 408] {
        for seconds in ["4000000000", "99999999999999999999999", "1e300", "3601"] {
            let api = api().with_retry(RetryPolicy::default().with_time_limit(3 * 3600 * SECOND));
            let wait = response(code, &[("retry-after", seconds)], "");
            let played = play_all(&mut call(&api), [wait, session()]);
            assert_eq!(delays(&played), [3600 * SECOND], "{code} {seconds}");
        }
    }
}

#[test]
fn the_wait_is_exactly_retry_after() {
    let busy = || response(503, &[("retry-after", "7")], "");
    let played = play_all(&mut call(&api()), [busy(), limited("3"), session()]);
    assert_eq!(delays(&played), [7 * SECOND, 3 * SECOND]);

    let date = response(
        503,
        &[("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")],
        "",
    );
    assert_eq!(delays(&play_all(&mut call(&api()), [date, session()])), [30 * SECOND]);
}

#[test]
fn retry_after_beyond_the_time_limit_fails_at_once() {
    // The response arrives 10 ms into the 120 s.
    let api = || api().with_retry(RetryPolicy::default().with_time_limit(120 * SECOND));
    for code in [429, 503] {
        let wait = |seconds: &str| response(code, &[("retry-after", seconds)], "");
        let played = play_all(&mut call(&api()), [wait("120")]);
        assert_eq!(played.items[0].as_ref().unwrap_err().retry_after(), Some(120 * SECOND));
        assert_eq!(played.end, EXCHANGE);
        assert_eq!(summary(&play_all(&mut call(&api()), [wait("119"), session()])), (None, 2));
    }
}

#[test]
fn a_429_without_retry_after_waits_as_the_service_recommends() {
    let api = api().with_retry(RetryPolicy::default().with_retries(6));
    let played = play(&mut call(&api), Duration::ZERO, |_, _| status(429));
    assert_eq!(delays(&played), [2, 4, 8, 16, 32, 32].map(Duration::from_secs));
}

#[test]
fn an_invalid_head_delays_like_a_429() {
    let api = api().with_retry(RetryPolicy::default().with_retries(3));
    let invalid_head = || failure(TransportErrorKind::InvalidHead);
    let played = play_all(&mut call(&api), [invalid_head(), status(429), invalid_head(), session()]);
    assert_eq!(delays(&played), [2, 4, 8].map(Duration::from_secs));
}

#[test]
fn a_429_with_a_delay_beyond_the_time_limit_is_yielded() {
    let api = api().with_retry(RetryPolicy::default().with_time_limit(SECOND));
    let played = play_all(&mut call(&api), [status(429)]);
    assert_eq!(summary(&played), (Some(ErrorKind::RateLimited), 1));
    let error = played.items[0].as_ref().unwrap_err();
    assert_eq!((error.status().map(|status| status.as_u16()), played.end), (Some(429), EXCHANGE));
}

#[test]
fn only_another_response_resets_the_429_delays() {
    let api = || api().with_retry(RetryPolicy::default().with_retries(6));
    let limited = || status(429);
    for other in [response(503, &[("retry-after", "1")], ""), response(408, &[("retry-after", "1")], "")] {
        let played = play_all(&mut call(&api()), [limited(), limited(), other, limited(), session()]);
        assert_eq!(delays(&played), [2, 4, 1, 2].map(Duration::from_secs));
    }
    for kind in [TransportErrorKind::Connection, TransportErrorKind::Timeout] {
        let played = play_all(&mut call(&api()), [limited(), failure(kind), limited(), session()]);
        assert_eq!((delays(&played)[0], delays(&played)[2]), (2 * SECOND, 4 * SECOND));
    }
    for kind in [TransportErrorKind::Proxy, TransportErrorKind::Configuration] {
        let api = api();
        let _ = play_all(&mut call(&api), [limited(), failure(kind)]);
        assert_eq!(delays(&play_all(&mut call(&api), [limited(), session()])), [4 * SECOND]);
    }
    let api = api();
    let _ = play_all(&mut call(&api), [limited(), session()]);
    assert_eq!(delays(&play_all(&mut call(&api), [limited(), session()])), [2 * SECOND]);
}

#[test]
fn a_429_waits_at_least_one_second() {
    let played = play_all(&mut call(&api()), [limited("0"), session()]);
    assert_eq!(delays(&played), [SECOND]);
}

#[test]
fn only_the_second_broken_connection_backs_off() {
    let second_delay = |seed| {
        let api = api().with_seed(seed);
        let played = play(&mut call(&api), Duration::ZERO, |_, _| failure(TransportErrorKind::Connection));
        assert_eq!(delays(&played)[0], Duration::ZERO);
        delays(&played)[1]
    };
    let longest = (0..100).map(second_delay).max().unwrap();
    assert!(longest > SECOND * 9 / 10 && longest <= SECOND, "{longest:?}");
}

#[test]
fn backoff_doubles_up_to_a_bound_with_full_jitter() {
    let retry = RetryPolicy::default().with_retries(7).with_time_limit(Duration::MAX);
    let mut longest = [Duration::ZERO; 7];
    let mut shortest = [Duration::MAX; 7];
    for seed in 0..500 {
        let api = api().with_retry(retry.clone()).with_seed(seed);
        let played = play(&mut call(&api), Duration::ZERO, |_, _| status(500));
        for (n, delay) in delays(&played).into_iter().enumerate() {
            longest[n] = longest[n].max(delay);
            shortest[n] = shortest[n].min(delay);
        }
    }
    for (n, bound) in [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0].into_iter().enumerate() {
        let bound = Duration::from_secs_f64(bound);
        assert!(longest[n] <= bound && longest[n] > bound * 9 / 10, "{n}: {longest:?}");
        assert!(shortest[n] < bound / 10, "{n}: {shortest:?}");
    }
}

#[test]
fn the_same_seed_and_time_give_the_same_delays() {
    let delays_of = |seed, start| {
        let api = api().with_seed(seed);
        delays(&play(&mut call(&api), start, |_, _| status(500)))
    };
    assert_eq!(delays_of(1, SECOND), delays_of(1, SECOND));
    assert_ne!(delays_of(1, SECOND), delays_of(2, SECOND));
    // The time is mixed in, because programs may share a seed.
    assert_ne!(delays_of(1, SECOND), delays_of(1, SECOND + Duration::from_nanos(1)));
}

#[test]
fn no_request_is_sent_beyond_the_time_limit() {
    let retry = RetryPolicy::default().with_retries(1000).with_time_limit(10 * SECOND);
    let api = api().with_retry(retry);
    let start = 1000 * SECOND;
    let played = play(&mut call(&api), start, |_, _| status(500));
    assert!(played.sent.iter().all(|&sent| sent <= start + 10 * SECOND), "{:?}", played.sent);
    assert!(played.sent.len() > 2);
    assert_eq!(played.items[0].as_ref().unwrap_err().kind(), ErrorKind::Server);
}

#[test]
fn an_overslept_call_sends_no_further_request() {
    // A laptop may sleep in between.
    let mut call = call(&api());
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Send(_)));
    call.receive(response(503, &[("retry-after", "1")], ""), at(SECOND));
    let step = call.step(at(3600 * SECOND));
    assert!(matches!(&step, Step::Yield(Err(error)) if error.kind() == ErrorKind::Server), "{step:?}");
    assert!(matches!(call.step(at(3600 * SECOND)), Step::Done));
}

#[test]
fn a_call_overslept_before_its_first_request_sends_nothing() {
    let api = api();
    let mut first = call(&api);
    assert!(matches!(first.step(at(Duration::ZERO)), Step::Send(_)));
    first.receive(limited("30"), at(SECOND));
    let mut other = call(&api);
    assert!(matches!(other.step(at(SECOND)), Step::Wait(_)));
    let step = other.step(at(3600 * SECOND));
    let Step::Yield(Err(error)) = step else { panic!("{step:?}") };
    assert_eq!((error.retry_after(), error.attempts()), (Some(Duration::ZERO), 0));
    assert!(matches!(other.step(at(3600 * SECOND)), Step::Done));
}

#[test]
fn a_call_with_a_time_limit_of_zero_sends_once() {
    let api = api().with_retry(RetryPolicy::default().with_time_limit(Duration::ZERO));
    assert_eq!(summary(&play_all(&mut call(&api), [session()])), (None, 1));
    assert_eq!(summary(&play_all(&mut call(&api), [status(503)])), (Some(ErrorKind::Server), 1));
}

#[test]
fn a_response_with_another_id_is_retried() {
    let stranger = || response(200, &[], r#"{"session":{"session_id":"another"}}"#);
    let played = play_all(&mut call(&api()), [stranger(), session()]);
    assert_eq!(summary(&played), (None, 2));
    let played = play(&mut call(&api()), Duration::ZERO, |_, _| stranger());
    assert_eq!(summary(&played), (Some(ErrorKind::MalformedBody), 3));
}

#[test]
fn no_clone_sends_before_retry_after_has_passed() {
    let api = api();
    let mut first = call(&api);
    assert!(matches!(first.step(at(Duration::ZERO)), Step::Send(_)));
    first.receive(limited("30"), at(SECOND));

    let mut other = call(&api.clone().with_retry(RetryPolicy::default().with_retries(0)));
    let step = other.step(at(11 * SECOND));
    assert!(matches!(step, Step::Wait(wait) if wait.duration == 20 * SECOND), "{step:?}");
    assert!(matches!(other.step(at(31 * SECOND)), Step::Send(_)));
    // An `Api` with a guard of its own is not delayed.
    assert!(matches!(call(&drive::api()).step(at(2 * SECOND)), Step::Send(_)));
}

#[test]
fn a_shorter_retry_after_does_not_shorten_the_wait() {
    let api = api();
    let mut both = [call(&api), call(&api)];
    for call in &mut both {
        assert!(matches!(call.step(at(Duration::ZERO)), Step::Send(_)));
    }
    both[0].receive(limited("60"), at(SECOND));
    both[1].receive(limited("5"), at(SECOND));
    for call in both.iter_mut().chain([&mut call(&api)]) {
        let step = call.step(at(SECOND));
        assert!(matches!(step, Step::Wait(wait) if wait.duration == 60 * SECOND), "{step:?}");
    }
}

#[test]
fn ten_429s_in_five_minutes_stop_all_requests() {
    let retry = RetryPolicy::none().with_time_limit(1000 * SECOND);
    let api = api().with_retry(retry);
    let mut now = Duration::ZERO;
    for _ in 0..10 {
        let played = play(&mut call(&api), now, |_, _| limited("1"));
        assert_eq!(summary(&played), (Some(ErrorKind::RateLimited), 1));
        now = played.end;
    }
    // The first 429 arrived 10 ms after the start.
    let mut next = call(&api);
    let step = next.step(at(now));
    assert!(matches!(step, Step::Wait(wait) if now + wait.duration == 300 * SECOND + EXCHANGE), "{step:?}");
    let played = play(&mut next, now, |_, _| session());
    assert_eq!(played.sent, [300 * SECOND + EXCHANGE]);
}

#[test]
fn a_call_that_would_wait_too_long_fails_without_a_request() {
    let api = api();
    let _ =
        play(&mut call(&api.clone().with_retry(RetryPolicy::none())), Duration::ZERO, |_, _| limited("500"));
    let played = play_all(&mut call(&api), []);
    let error = played.items[0].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::RateLimited, 0, None));
    assert_eq!(error.retry_after(), Some(500 * SECOND + EXCHANGE));
    assert_eq!(error.to_string(), "rate limited locally to avoid an IP block; retry in 501 s");
}

#[test]
fn an_error_between_attempts_counts_the_requests_sent() {
    let api = api();
    let mut delayed = call(&api);
    assert!(matches!(delayed.step(at(Duration::ZERO)), Step::Send(_)));
    delayed.receive(response(503, &[("retry-after", "1")], ""), at(Duration::ZERO));
    let _ = play_all(&mut call(&api.clone().with_retry(RetryPolicy::none())), [limited("500")]);
    let step = delayed.step(at(SECOND));
    let Step::Yield(Err(error)) = step else { panic!("{step:?}") };
    assert_eq!((error.retry_after(), error.attempts()), (Some(499 * SECOND + EXCHANGE), 1));
    assert!(matches!(delayed.step(at(SECOND)), Step::Done));
}

#[test]
fn a_call_waits_if_it_may_send_exactly_at_its_limit() {
    let api = api();
    let _ = play_all(&mut call(&api.clone().with_retry(RetryPolicy::none())), [limited("120")]);
    let at_limit = play(&mut call(&api), EXCHANGE, |_, _| session());
    assert_eq!((at_limit.items.len(), at_limit.sent), (1, vec![120 * SECOND + EXCHANGE]));
}

#[test]
fn a_huge_retry_after_stops_an_api_for_one_hour() {
    let api = api().with_retry(RetryPolicy::none());
    let _ = play(&mut call(&api), Duration::ZERO, |_, _| limited("99999999999999999999999"));
    assert!(matches!(call(&api).step(at(3600 * SECOND + EXCHANGE)), Step::Send(_)));
}

#[test]
fn an_early_step_returns_a_shorter_wait() {
    let mut call = call(&api());
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Send(_)));
    call.receive(limited("10"), at(SECOND));
    for second in [1, 5, 10] {
        let step = call.step(at(second * SECOND));
        assert!(matches!(step, Step::Wait(wait) if wait.duration == (11 - second) * SECOND), "{step:?}");
    }
    assert!(matches!(call.step(at(11 * SECOND)), Step::Send(_)));
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
    assert_eq!(given_up(waiting), (ErrorKind::RateLimited, 0, Some(29 * SECOND)));
}
