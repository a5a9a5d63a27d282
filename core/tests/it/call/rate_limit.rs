//! Calls that share the rate guard.

use super::*;

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
