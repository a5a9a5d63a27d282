//! Attempts and the waits between them.

use super::*;

#[test]
fn only_transient_errors_are_retried() {
    use ErrorKind::*;
    let retried = [(500, Server), (503, Server), (599, Server), (408, Timeout)];
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
        (TransportErrorKind::Certificate, Connection, 1),
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
fn without_a_time_limit_each_backoff_is_at_most_two_minutes() {
    let wait = |code, seconds: &str| response(code, &[("retry-after", seconds)], "");
    let api = api().with_retry(RetryPolicy::default().with_retries(4));
    let responses = [wait(503, "120"), wait(503, "100"), wait(503, "121")];
    let played = play_all(&mut call(&api), responses);
    assert_eq!(summary(&played), (Some(ErrorKind::Server), 3));
    assert_eq!(delays(&played), [120, 100].map(Duration::from_secs));
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
    assert_pauses(&[played.items[0].as_ref().unwrap_err().retry_after().unwrap() - EXCHANGE + SECOND], &[30]);

    let api = none();
    let mut in_flight: Vec<_> = (0..3).map(|_| call(&api)).collect();
    assert!(in_flight.iter_mut().all(|call| matches!(call.step(at(SECOND)), Step::Send(_))));
    let played = play(&mut call(&api), SECOND, |_, _| session());
    assert_eq!((summary(&played), played.end), ((Some(ErrorKind::RateLimited), 0), SECOND));
    // A policy of zero retries does wait.
    let mut patient = call(&api.with_retry(RetryPolicy::default().with_retries(0)));
    assert!(matches!(patient.step(at(SECOND)), Step::Wait(_)));
}

#[test]
fn retry_after_counts_up_to_an_hour() {
    for code in [503, 408] {
        for seconds in ["4000000000", "99999999999999999999999", "1e300", "3601"] {
            let api = api().with_retry(RetryPolicy::default().with_time_limit(3 * 3600 * SECOND));
            let wait = response(code, &[("retry-after", seconds)], "");
            let played = play_all(&mut call(&api), [wait, session()]);
            assert_eq!(delays(&played), [3600 * SECOND], "{code} {seconds}");
        }
    }
}

#[test]
fn the_wait_is_at_least_retry_after() {
    let busy = || response(503, &[("retry-after", "7")], "");
    let played = play_all(&mut call(&api()), [busy(), limited("3"), session()]);
    assert_eq!(delays(&played)[0], 7 * SECOND);
    assert_pauses(&delays(&played)[1..], &[3]);

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
        assert_eq!(summary(&play_all(&mut call(&api()), [wait("116"), session()])), (None, 2));
    }
}

#[test]
fn an_invalid_head_delays_like_a_429() {
    let api = api().with_retry(RetryPolicy::default().with_retries(2));
    let invalid_head = || failure(TransportErrorKind::InvalidHead);
    let played = play_all(&mut call(&api), [invalid_head(), status(429), invalid_head(), session()]);
    assert_pauses(&delays(&played), &[3, 15, 40]);
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
        assert_pauses(&delays(&played)[..2], &[3, 15]);
        assert!(delays(&played)[2] >= SECOND);
        assert_first_pause(&delays(&played)[3..]);
    }
    for kind in [TransportErrorKind::Connection, TransportErrorKind::Timeout] {
        let played = play_all(&mut call(&api()), [limited(), failure(kind), limited(), session()]);
        assert_pauses(&delays(&played), &[3, 15, 40]);
    }
    for kind in
        [TransportErrorKind::Proxy, TransportErrorKind::Certificate, TransportErrorKind::Configuration]
    {
        let api = api();
        let _ = play_all(&mut call(&api), [limited(), failure(kind)]);
        assert_pauses(&delays(&play_all(&mut call(&api), [limited(), session()])), &[15]);
    }
    let api = api();
    let _ = play_all(&mut call(&api), [limited(), session()]);
    assert_first_pause(&delays(&play_all(&mut call(&api), [limited(), session()])));
}

/// Asserts that the only pause is the first one after a 429, which takes 3 s, or as long as the pace.
fn assert_first_pause(delays: &[Duration]) {
    assert!(matches!(delays, [pause] if (3 * SECOND..10 * SECOND).contains(pause)), "{delays:?}");
}

#[test]
fn a_429_waits_at_least_one_second() {
    let played = play_all(&mut call(&api()), [limited("0"), session()]);
    assert_pauses(&delays(&played), &[1]);
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
