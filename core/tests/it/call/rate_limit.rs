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
    let Step::Wait(wait) = step else { panic!("{step:?}") };
    assert_pauses(&[wait.duration + 10 * SECOND], &[30]);
    assert!(matches!(other.step(at(11 * SECOND + wait.duration)), Step::Send(_)));
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
        assert!(matches!(step, Step::Wait(wait) if wait.duration >= 60 * SECOND), "{step:?}");
    }
}

#[test]
fn ten_429s_in_five_minutes_stop_all_requests() {
    // Each call is dropped after a 429, and the next one is let through, so pauses do not grow.
    let api = api();
    let (mut now, mut first) = (Duration::ZERO, None);
    let mut refused = 0;
    while refused < 10 {
        let played = play(&mut call(&api.clone().with_retry(RetryPolicy::none())), now, |_, _| limited("1"));
        now = played.end + SECOND;
        if let Some(sent) = played.sent.first() {
            refused += 1;
            first.get_or_insert(*sent + EXCHANGE);
            if refused < 10 {
                now = play(&mut call(&api), now, |_, _| session()).end;
            }
        }
    }
    let played = play(&mut call(&api), now, |_, _| session());
    assert!(played.sent[0] >= first.unwrap() + 300 * SECOND, "{played:?}");
}

#[test]
fn a_call_that_would_wait_too_long_fails_without_a_request() {
    let api = api();
    let _ =
        play(&mut call(&api.clone().with_retry(RetryPolicy::none())), Duration::ZERO, |_, _| limited("901"));
    let played = play_all(&mut call(&api), []);
    let error = played.items[0].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::RateLimited, 0, None));
    assert_pauses(&[error.retry_after().unwrap() - EXCHANGE], &[901]);
    assert!(
        error.to_string().starts_with("rate limited locally to avoid an IP block; retry in 90"),
        "{error}"
    );
}

#[test]
fn an_error_between_attempts_counts_the_requests_sent() {
    let api = api();
    let mut delayed = call(&api);
    assert!(matches!(delayed.step(at(Duration::ZERO)), Step::Send(_)));
    delayed.receive(response(503, &[("retry-after", "1")], ""), at(Duration::ZERO));
    let _ = play_all(&mut call(&api.clone().with_retry(RetryPolicy::none())), [limited("901")]);
    let step = delayed.step(at(SECOND));
    let Step::Yield(Err(error)) = step else { panic!("{step:?}") };
    assert_pauses(&[error.retry_after().unwrap() + SECOND - EXCHANGE], &[901]);
    assert_eq!(error.attempts(), 1);
    assert!(matches!(delayed.step(at(SECOND)), Step::Done));
}

#[test]
fn a_call_waits_if_it_may_send_exactly_at_its_limit() {
    let api = api();
    let _ = play_all(&mut call(&api.clone().with_retry(RetryPolicy::none())), [limited("120")]);
    let pause = api.clone().with_retry(RetryPolicy::none());
    let pause = play(&mut call(&pause), EXCHANGE, |_, _| session())
        .items
        .remove(0)
        .unwrap_err()
        .retry_after()
        .unwrap();
    for (limit, sent) in [(pause, vec![EXCHANGE + pause]), (pause - Duration::from_nanos(1), Vec::new())] {
        let api = api.clone().with_retry(RetryPolicy::default().with_time_limit(limit));
        assert_eq!(play(&mut call(&api), EXCHANGE, |_, _| session()).sent, sent);
    }
}

#[test]
fn retry_after_of_an_hour_stops_an_api_for_an_hour() {
    let api = api().with_retry(RetryPolicy::none());
    let _ = play(&mut call(&api), Duration::ZERO, |_, _| limited("3600"));
    let probe = |seconds: u32| call(&api).step(at(seconds * SECOND + EXCHANGE));
    assert!(matches!(probe(3599), Step::Yield(_)));
    assert!(matches!(probe(3603), Step::Send(_)));
}

#[test]
fn an_early_step_returns_a_shorter_wait() {
    let mut call = call(&api());
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Send(_)));
    call.receive(limited("10"), at(SECOND));
    for second in [1, 5, 10] {
        let step = call.step(at(second * SECOND));
        let Step::Wait(wait) = step else { panic!("{step:?}") };
        assert_pauses(&[wait.duration + (second - 1) * SECOND], &[10]);
    }
    assert!(matches!(call.step(at(12 * SECOND)), Step::Send(_)));
}

#[test]
fn a_429_is_not_a_failed_attempt() {
    let api = || api().with_retry(RetryPolicy::default().with_retries(1));
    let limited = || limited("60");
    let played = play_all(&mut call(&api()), [limited(), limited(), status(503), limited(), session()]);
    assert_eq!(summary(&played), (None, 5));
    let played = play_all(&mut call(&api()), [status(503), limited(), status(503)]);
    assert_eq!(summary(&played), (Some(ErrorKind::Server), 3));
}

#[test]
fn a_call_ends_after_15_minutes_of_refusals() {
    let played = play(&mut call(&api()), Duration::ZERO, |_, _| limited("60"));
    assert_eq!(summary(&played).0, Some(ErrorKind::RateLimited));
    assert!(played.end > 8 * 60 * SECOND && played.end < 15 * 60 * SECOND, "{:?}", played.end);
    let played = play_all(&mut call(&api()), [limited("901")]);
    assert_eq!((summary(&played), played.end), ((Some(ErrorKind::RateLimited), 1), EXCHANGE));
}

#[test]
fn a_retry_after_that_was_too_short_leads_to_longer_pauses() {
    let played =
        play_all(&mut call(&api()), [limited("1"), limited("1"), limited("1"), limited("1"), session()]);
    let delays = delays(&played);
    assert_pauses(&delays[..1], &[1]);
    // The pace after one refusal is slower than the second pause.
    assert!((3 * SECOND..6 * SECOND).contains(&delays[1]), "{delays:?}");
    assert_pauses(&delays[2..], &[15, 40]);
}

#[test]
fn an_absurd_retry_after_of_a_429_is_probed_after_five_minutes() {
    for seconds in ["4000000000", "99999999999999999999999", "1e300", "3601"] {
        let played = play_all(&mut call(&api()), [limited(seconds), session()]);
        assert_pauses(&delays(&played), &[300]);
    }
}

#[test]
fn clients_with_other_seeds_come_back_spread_out() {
    let pause = |seed| delays(&play_all(&mut call(&api().with_seed(seed)), [limited("30"), session()]))[0];
    let pauses: Vec<_> = (0..20).map(pause).collect();
    assert!(
        pauses.iter().max().unwrap().saturating_sub(*pauses.iter().min().unwrap()) > 2 * SECOND,
        "{pauses:?}"
    );
}

#[test]
fn probes_without_retry_after_cover_a_minute_and_grow() {
    let played = play(&mut call(&api()), Duration::ZERO, |_, _| status(429));
    assert_pauses(&delays(&played), &[3, 15, 40, 120, 300, 300]);
}
