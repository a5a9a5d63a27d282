//! Behavior of this adapter beyond the suite that every adapter passes.

use std::error::Error as _;
use std::thread;
use std::time::Duration;

use brightdata_sessions::{Escaped, GetSession, Now, Step, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, RateLimit, Script};
use brightdata_sessions_ureq::{Client, ErrorKind, Flow as _, RetryPolicy, ureq};
use ureq::{Agent, Proxy};

use crate::support::{KEY, api, client, get, id};

#[test]
fn a_request_accepts_gzip() {
    let fake = FakeApi::start().unwrap();
    client(api(&fake)).get(&id()).unwrap();
    assert_eq!(fake.requests()[0].header("accept-encoding"), Some("gzip"));
}

#[test]
fn one_connection_is_enough_for_many_requests() {
    let fake = FakeApi::start().unwrap();
    let client = client(api(&fake));
    for _ in 0..3 {
        client.clone().get(&id()).unwrap();
    }
    assert_eq!((fake.requests().len(), fake.connections()), (3, 1));
}

#[test]
fn an_agent_with_redirects_and_status_errors_is_safe() {
    let fake = FakeApi::start().unwrap();
    let elsewhere = FakeApi::start().unwrap();
    let target = format!("{}/browser_sessions/{DEMO_SESSION_ID}", elsewhere.base_url());
    fake.script_any([
        Script::response(307, &[("location", &target)], ""),
        Script::response(404, &[], r#"{"error":"Session not found"}"#),
    ]);
    let agent: Agent = Agent::config_builder().max_redirects(10).http_status_as_error(true).build().into();
    let client = Client::builder(api(&fake)).agent(agent).build().unwrap();
    assert_eq!(client.get(&id()).unwrap_err().to_string(), format!("redirect refused: status 307, {target}"));
    assert_eq!(client.get(&id()).unwrap_err().to_string(), "not found: status 404, Session not found");
    assert_eq!(elsewhere.connections(), 0);
    assert_eq!(fake.connections(), 1);
}

#[test]
fn the_time_limit_applies_to_a_custom_agent() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::new()
        .send("HTTP/1.1 200 OK\r\n\r\n")
        .drip([b' '; 1000], Duration::from_millis(10))]);
    let builder = Client::builder(api(&fake)).agent(Agent::new_with_defaults());
    let client = builder.timeout(Duration::from_millis(300)).build().unwrap();
    let error = client.get(&id()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[test]
fn a_proxy_is_not_used_for_loopback() {
    let fake = FakeApi::start().unwrap();
    let proxy = FakeApi::start().unwrap();
    let proxied = Agent::config_builder().proxy(Some(Proxy::new(proxy.base_url().as_ref()).unwrap()));
    let client = Client::builder(api(&fake)).agent(proxied.build().into()).build().unwrap();
    client.get(&id()).unwrap();
    assert_eq!((fake.requests().len(), proxy.connections()), (1, 0));
}

#[test]
fn a_refused_connection_is_an_error_with_its_cause() {
    let fake = FakeApi::start().unwrap();
    let client = client(api(&fake));
    drop(fake);
    let error = client.get(&id()).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "no complete response from the server");
    assert!(failure.source().unwrap().to_string().contains("refused"));
}

#[test]
fn the_maximum_time_limit_is_accepted() {
    let fake = FakeApi::start().unwrap();
    let builder = Client::builder(api(&fake)).timeout(Duration::MAX).connect_timeout(Duration::MAX);
    builder.build().unwrap().get(&id()).unwrap();
}

#[test]
fn no_error_shows_the_key_that_a_server_echoes() {
    let echo = format!("\u{1b}[31m{KEY} {KEY}");
    let headers = [("location", KEY), ("x-brd-error", KEY), ("x-brd-error-code", KEY)];
    let wrong_type = format!(r#"{{"session":{{"session_id":"{DEMO_SESSION_ID}","bandwidth":"{KEY}"}}}}"#);
    let scripts = [200, 302, 400, 401, 404, 429, 500].map(|status| Script::response(status, &headers, &echo));
    for script in scripts.into_iter().chain([Script::response(200, &[], wrong_type)]) {
        let error = get(script).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(KEY), "{}", Escaped(&shown));
    }
}

#[test]
fn a_borrowed_flow_can_be_driven() {
    let fake = FakeApi::start().unwrap();
    let client = client(api(&fake));
    let mut call = client.api().get(&id());
    assert_eq!(client.drive(&mut call).next().unwrap().unwrap().session_id, id());
    assert!(matches!(call.step(Now::ORIGIN), Step::Done));
}

#[test]
fn an_exchange_sends_exactly_one_request() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(503, &[], "busy"), Script::new().close()]);
    let client = client(api(&fake));
    let request = || client.api().request(&GetSession::new(id())).unwrap();
    let response = client.exchange(request()).unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_slice()), (503, &b"busy"[..]));
    assert_eq!(client.exchange(request()).unwrap_err().kind(), TransportErrorKind::Connection);
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn threads_that_share_a_client_are_never_blocked() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::sliding_window(10, Duration::from_secs(60)));
    // A call that would wait for longer fails.
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(1));
    let client = client(api(&fake).with_retry(retry));
    let results: Vec<_> = thread::scope(|scope| {
        let calls: Vec<_> =
            (0..100).map(|_| scope.spawn(|| client.get(&id()).map_err(|error| error.kind()))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let good = results.iter().filter(|result| result.is_ok()).count();
    let limited = results.iter().filter(|result| matches!(result, Err(ErrorKind::RateLimited))).count();
    assert_eq!((good, limited), (10, 90));
    assert!(fake.requests().len() <= 30, "{} requests", fake.requests().len());
    assert!(!fake.has_blocked());
}

#[test]
fn a_client_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Client>();
}

/// A name from a glob import takes precedence over a crate's name.
mod glob_import {
    use brightdata_sessions_ureq::*;

    #[test]
    fn a_glob_import_does_not_shadow_core() {
        assert_eq!(core::hint::black_box(1), 1);
        assert_eq!(ErrorKind::NotFound.as_str(), "not_found");
    }
}
