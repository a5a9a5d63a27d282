//! Events of the observer, and interrupted waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{Api, ApiKey, ErrorKind, Event, ListSessions, RetryPolicy, WaitReason};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script, check_observer};
use brightdata_sessions_ureq::Client;

const KEY: &str = "0123456789abcdef";

fn api(fake: &FakeApi) -> Api {
    Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url())
}

#[test]
fn an_observer_gets_each_attempt_outcome_and_wait() {
    check_observer(|api, id, observe| Client::builder(api).observe(observe).build()?.get(id));
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
