//! Behavior of this adapter beyond the suite that every adapter passes.

use std::error::Error as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use brightdata_sessions::{
    Api, ApiKey, Error, ErrorKind, Escaped, ListSessions, RetryPolicy, SessionId, SessionStatus,
};
use brightdata_sessions_reqwest::{Client, FlowStream, reqwest};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script, generate};
use futures_core::Stream;
use tokio::time::{sleep, timeout};

const KEY: &str = "0123456789abcdef";

fn api(fake: &FakeApi) -> Api {
    Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url()).with_retry(RetryPolicy::none())
}

fn client(fake: &FakeApi) -> Client {
    Client::builder(api(fake)).build().unwrap()
}

fn id() -> SessionId {
    DEMO_SESSION_ID.parse().unwrap()
}

#[tokio::test]
async fn a_request_accepts_no_content_coding() {
    let fake = FakeApi::start().unwrap();
    client(&fake).get(&id()).await.unwrap();
    assert_eq!(fake.requests()[0].header("accept-encoding"), None);
}

#[tokio::test]
async fn a_builder_that_follows_redirects_is_safe() {
    let fake = FakeApi::start().unwrap();
    let elsewhere = FakeApi::start().unwrap();
    let target = format!("{}/browser_sessions/{DEMO_SESSION_ID}", elsewhere.base_url());
    fake.script_any([Script::response(307, &[("location", &target)], "")]);
    let proxy = reqwest::Proxy::all(elsewhere.base_url().to_string()).unwrap();
    let builder = Client::builder(api(&fake))
        .configure(|http| http.redirect(reqwest::redirect::Policy::limited(10)).proxy(proxy));
    let error = builder.build().unwrap().get(&id()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("redirect refused: status 307, {target}"));
    assert_eq!((fake.requests().len(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn the_time_limits_of_a_builder_apply() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::new()
        .send("HTTP/1.1 200 OK\r\n\r\n")
        .drip([b' '; 1000], Duration::from_millis(10))]);
    let client = Client::builder(api(&fake)).timeout(Duration::from_millis(300)).build().unwrap();
    assert_eq!(client.get(&id()).await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn no_error_shows_the_key_or_the_url() {
    let fake = FakeApi::start().unwrap();
    let address = fake.addr().to_string();
    let client = client(&fake);
    fake.script_any([
        Script::new().reset(),
        Script::new().send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").close(),
        Script::response(401, &[("x-brd-error", KEY)], format!("no {KEY}")),
    ]);
    let mut errors = Vec::new();
    for _ in 0..3 {
        errors.push(client.get(&id()).await.unwrap_err());
    }
    drop(fake);
    errors.push(client.get(&id()).await.unwrap_err());
    for error in errors {
        let mut shown = format!("{error} {error:?}");
        let mut source = error.source();
        while let Some(cause) = source {
            shown += &cause.to_string();
            source = cause.source();
        }
        for secret in [KEY, DEMO_SESSION_ID, "browser_sessions", &format!("http://{address}")] {
            assert!(!shown.contains(secret), "{}", Escaped(&shown));
        }
    }
}

/// Returns the error of a call that may retry within one second, and the number of its requests.
async fn error_and_requests(response: impl Into<Vec<u8>>) -> (Error, usize) {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::new().send(response).repeat()]);
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(1));
    let error = Client::builder(api(&fake).with_retry(retry)).build().unwrap().get(&id()).await.unwrap_err();
    (error, fake.requests().len())
}

#[tokio::test]
async fn an_invalid_head_counts_as_a_429() {
    let fake = FakeApi::start().unwrap();
    let head = format!("HTTP/1.1 429 Too Many Requests\r\n{}\r\n", "x: y\r\n".repeat(1000));
    fake.script_any([Script::new().send(head).repeat()]);
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(1));
    let client = Client::builder(api(&fake).with_retry(retry)).build().unwrap();
    let mut kinds = Vec::new();
    for _ in 0..12 {
        kinds.push(client.get(&id()).await.unwrap_err().kind());
    }
    assert_eq!(kinds[0], ErrorKind::Connection);
    assert_eq!(kinds[1..], [ErrorKind::RateLimited; 11]);
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn invalid_chunks_are_malformed_at_once() {
    for chunks in ["x\r\n{}", "2;a\rb\r\n{}\r\n", "2\r\n{}\rx", "2\r\n{}\r\n0\r\nx: a\rb\r\n\r\n"] {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let (error, requests) = error_and_requests(format!("{head}{chunks}")).await;
        assert_eq!((error.kind(), requests), (ErrorKind::MalformedBody, 1), "{chunks:?}: {error}");
    }
}

#[tokio::test]
async fn an_error_names_an_unsupported_coding() {
    for coding in ["gzip", "br", "zstd", "nonsense"] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: 2\r\n\r\n");
        let (error, requests) = error_and_requests([head.as_bytes(), b"\x1f\x8b"].concat()).await;
        let problem = format!("malformed body: unsupported content-encoding: {coding}");
        assert_eq!((error.to_string(), requests), (problem, 1));
    }
}

#[tokio::test]
async fn a_dropped_future_loses_nothing() {
    let fake = FakeApi::with_sessions(generate(1, 30)).unwrap();
    let page = Duration::from_millis(50);
    let slow_head = || Script::new().pause(page).send("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    // The first response is late. In the meantime, the caller drops many futures.
    fake.script(DEMO_SESSION_ID, [slow_head()]);
    let client = client(&fake);
    let mut call = client.drive(client.api().get(&id()));
    let mut dropped = 0;
    let item = loop {
        match timeout(Duration::from_millis(5), call.next()).await {
            Ok(item) => break item,
            Err(_) => dropped += 1,
        }
    };
    assert_eq!(item.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(dropped > 0);
    assert_eq!(fake.requests().len(), 1, "the request in flight is not sent again");

    let mut list = client.list(ListSessions::new().limit(7));
    let mut ids = Vec::new();
    loop {
        match timeout(Duration::from_micros(50), list.next()).await {
            Ok(Some(session)) => ids.push(session.unwrap().session_id),
            Ok(None) => break,
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 30);
    assert_eq!(list.flow().total(), Some(30));
}

#[tokio::test]
async fn list_and_watch_are_streams() {
    async fn collect<S: Stream>(stream: S) -> Vec<S::Item> {
        let mut stream = pin!(stream);
        let mut items = Vec::new();
        while let Some(item) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            items.push(item);
        }
        items
    }
    let fake = FakeApi::start().unwrap();
    let client = client(&fake);
    assert_eq!(collect(client.list(ListSessions::new().limit(4))).await.len(), 6);
    let watched = collect(client.watch(&id())).await;
    let statuses: Vec<_> = watched.into_iter().map(|session| session.unwrap().status).collect();
    assert_eq!(statuses, [Some(SessionStatus::Finished)]);
}

#[tokio::test]
async fn concurrent_calls_share_one_client() {
    let fake = FakeApi::start().unwrap();
    let client = Client::builder(api(&fake).with_retry(RetryPolicy::default())).build().unwrap();
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get(&id()).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fake.requests().len(), 100);
    assert!(fake.connections() <= 20, "{} connections", fake.connections());
}

#[test]
fn all_futures_are_send() {
    fn send<T: Send>(_: &T) {}
    let fake = FakeApi::start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    let client = client(&fake);
    send(&client.get(&id()));
    let mut list: FlowStream<_> = client.list(ListSessions::new());
    send(&list);
    let mut next = pin!(list.next());
    send(&next);
    // The future is polled once and dropped.
    assert!(matches!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

/// A name from a glob import takes precedence over a crate's name.
mod glob_import {
    use brightdata_sessions_reqwest::*;

    #[test]
    fn a_glob_import_does_not_shadow_core() {
        assert_eq!(core::hint::black_box(1), 1);
        assert_eq!(ErrorKind::NotFound.as_str(), "not_found");
    }
}
