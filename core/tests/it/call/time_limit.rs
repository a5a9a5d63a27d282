//! Time limits, and drivers that oversleep.

use super::*;

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
    let api = api().with_retry(RetryPolicy::default().with_time_limit(60 * SECOND));
    let mut call = call(&api);
    assert!(matches!(call.step(at(Duration::ZERO)), Step::Send(_)));
    call.receive(response(503, &[("retry-after", "1")], ""), at(SECOND));
    let step = call.step(at(3600 * SECOND));
    assert!(matches!(&step, Step::Yield(Err(error)) if error.kind() == ErrorKind::Server), "{step:?}");
    assert!(matches!(call.step(at(3600 * SECOND)), Step::Done));
}

#[test]
fn a_call_overslept_before_its_first_request_sends_nothing() {
    let api = api().with_retry(RetryPolicy::default().with_time_limit(60 * SECOND));
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
