//! Events of the observer, and interrupted waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{
    Api, ApiKey, ErrorKind, Event, ListSessions, RetryPolicy, TransportErrorKind, WaitReason,
};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
use brightdata_sessions_ureq::Client;

const KEY: &str = "0123456789abcdef";

fn api(fake: &FakeApi) -> Api {
    Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url())
}

/// Describes an event without its times.
fn describe(event: &Event<'_>) -> String {
    match event {
        Event::Sent(exchange) => {
            let attempt = exchange.attempt();
            format!("{} attempt {} after {:?}", exchange.host(), attempt.number, attempt.after)
        }
        Event::Response { status, body_length, .. } => format!("{} {body_length} bytes", status.as_u16()),
        Event::Failure { error, .. } => error.kind().as_str().to_owned(),
        Event::Wait(wait) => format!("{:?}", wait.reason),
        _ => panic!("{event:?}"),
    }
}

#[test]
fn an_observer_gets_each_attempt_outcome_and_wait() {
    let fake = FakeApi::start().unwrap();
    let limited = Script::response(429, &[("retry-after", "1")], KEY);
    fake.script(DEMO_SESSION_ID, [Script::new().close(), limited]);
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let observe = move |event: &Event<'_>| {
        let debug = format!("{event:?}");
        assert!(!debug.contains(KEY) && !debug.contains("browser_sessions"), "{debug}");
        log.lock().unwrap().push(describe(event));
    };
    let client = Client::builder(api(&fake)).observe(observe).build().unwrap();
    let session = client.get(&DEMO_SESSION_ID.parse().unwrap()).unwrap();
    let events = events.lock().unwrap();
    let length = events.last().unwrap();
    assert!(length.starts_with("200 ") && session.bandwidth.is_some(), "{events:?}");
    let expected = [
        "127.0.0.1 attempt 1 after None",
        TransportErrorKind::Connection.as_str(),
        "127.0.0.1 attempt 2 after Some(Connection)",
        "429 16 bytes",
        "RetryAfter(RateLimited)",
        "127.0.0.1 attempt 3 after Some(RateLimited)",
        length,
    ];
    assert_eq!(*events, expected);
}

#[test]
fn a_stopped_wait_ends_and_the_flow_continues_later() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::response(503, &[("retry-after", "1")], "")]);
    let is_stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_stopped);
    let client = Client::builder(api(&fake))
        .stop_when(move || stop.load(Ordering::Relaxed))
        .observe({
            let is_stopped = Arc::clone(&is_stopped);
            // Another thread stops the wait soon after it begins.
            move |event| {
                if let Event::Wait(wait) = event {
                    assert_eq!(wait.reason, WaitReason::RetryAfter(ErrorKind::Server));
                    let is_stopped = Arc::clone(&is_stopped);
                    thread::spawn(move || {
                        thread::sleep(Duration::from_millis(20));
                        is_stopped.store(true, Ordering::Relaxed);
                    });
                }
            }
        })
        .build()
        .unwrap();
    let mut call = client.api().get(&DEMO_SESSION_ID.parse().unwrap());
    let start = Instant::now();
    assert!(client.drive(&mut call).next().is_none());
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());

    // Without the condition, the same flow continues.
    let again = Client::builder(client.api().clone()).build().unwrap();
    assert!(again.drive(&mut call).next().unwrap().is_ok());
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_stopped_call_ends_with_its_last_error() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::response(503, &[("retry-after", "60")], "")]);
    let client = Client::builder(api(&fake)).stop_when(|| true).build().unwrap();
    let error = client.get(&DEMO_SESSION_ID.parse().unwrap()).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 1));
}

#[test]
fn a_time_limit_of_one_call_replaces_that_of_the_policy() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::response(503, &[("retry-after", "60")], "")]);
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(3600));
    let client = Client::builder(api(&fake).with_retry(retry)).build().unwrap();
    let call = client.api().get(&DEMO_SESSION_ID.parse().unwrap()).with_time_limit(Duration::from_secs(5));
    let error = client.run(call).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 1));
    assert!(client.list(ListSessions::new()).all(|session| session.is_ok()));
}
