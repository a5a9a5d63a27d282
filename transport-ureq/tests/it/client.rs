//! Behavior of this adapter beyond the suite that every adapter passes.

use std::error::Error as _;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use brightdata_sessions::{
    Api, ApiKey, Error, ErrorKind, Escaped, Flow as _, GetSession, Now, RetryPolicy, Session, SessionId,
    Step, TransportErrorKind,
};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
use brightdata_sessions_ureq::{Client, ureq};
use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::{Agent, Proxy};

const KEY: &str = "0123456789abcdef";

fn api(fake: &FakeApi) -> Api {
    Api::new(ApiKey::new(KEY).unwrap()).with_base_url(fake.base_url()).with_retry(RetryPolicy::none())
}

fn client(api: Api) -> Client {
    Client::builder(api).build().unwrap()
}

fn id() -> SessionId {
    DEMO_SESSION_ID.parse().unwrap()
}

/// Returns the result of a call against a script, with a body limit of 64 KiB.
fn get(script: Script) -> Result<Session, Error> {
    let fake = FakeApi::start().unwrap();
    fake.script_any([script]);
    client(api(&fake).with_body_limit(64 << 10)).get(&id())
}

/// Returns the result of a call that may retry within one second, and the number of its requests.
fn call(script: Script) -> (Result<Session, Error>, usize) {
    let fake = FakeApi::start().unwrap();
    fake.script_any([script]);
    let retry = RetryPolicy::default().with_time_limit(Duration::from_secs(1));
    let result = client(api(&fake).with_retry(retry)).get(&id());
    (result, fake.requests().len())
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn session_of(length: usize) -> Vec<u8> {
    let mut body = format!(r#"{{"session":{{"session_id":"{DEMO_SESSION_ID}"}}}}"#).into_bytes();
    body.resize(length, b' ');
    body
}

fn compressed(body: &[u8]) -> Script {
    Script::response(200, &[("content-encoding", "gzip")], body)
}

#[test]
fn the_request_arrives_unchanged_and_accepts_gzip() {
    let fake = FakeApi::start().unwrap();
    client(api(&fake)).get(&id()).unwrap();
    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].target, format!("/browser_sessions/{DEMO_SESSION_ID}"));
    let mut headers: Vec<_> = requests[0]
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {}", name.to_ascii_lowercase(), String::from_utf8_lossy(value)))
        .collect();
    headers.sort();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        headers,
        [
            "accept-encoding: gzip".to_owned(),
            "accept: application/json".to_owned(),
            format!("authorization: Bearer {KEY}"),
            format!("host: {}", fake.addr()),
            format!("user-agent: brightdata-sessions/{version}"),
        ]
    );
}

#[test]
fn a_compressed_body_is_decompressed() {
    assert_eq!(get(compressed(&gzip(&session_of(1000)))).unwrap().session_id, id());
}

#[test]
fn the_limit_counts_decompressed_bytes() {
    assert!(get(compressed(&gzip(&session_of(64 << 10)))).is_ok());
    let error = get(compressed(&gzip(&session_of((64 << 10) + 1)))).unwrap_err();
    assert_eq!(error.to_string(), "too large: the body is over 65536 bytes");
}

#[test]
fn a_gzip_bomb_is_too_large() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 64 << 10, "the limit would count {} compressed bytes", bomb.len());
    assert_eq!(get(compressed(&bomb)).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn a_body_with_a_wrong_content_encoding_is_malformed() {
    let error = get(compressed(&session_of(1000))).unwrap_err();
    let problem = "malformed body: cannot decode the response: invalid gzip header";
    assert_eq!((error.to_string().as_str(), error.attempts()), (problem, 1));
}

#[test]
fn a_truncated_compressed_body_is_a_connection_error() {
    let body = gzip(&session_of(1000));
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    let cut = [head.as_bytes(), &body[..body.len() / 2]].concat();
    assert_eq!(get(Script::new().send(cut).close()).unwrap_err().kind(), ErrorKind::Connection);
}

#[test]
fn gzip_is_recognized_by_each_of_its_names() {
    let body = gzip(&session_of(1000));
    for coding in ["GZIP", "x-gzip", "X-Gzip", "gzip, identity", " gzip\t", "identity , gzip,", "identity"] {
        let body = if coding == "identity" { session_of(1000) } else { body.clone() };
        let script = Script::response(200, &[("content-encoding", coding)], body);
        assert_eq!(get(script).unwrap().session_id, id(), "{coding}");
    }
}

#[test]
fn an_unsupported_coding_is_an_error_and_not_retried() {
    for coding in ["br", "deflate", "zstd", "compress", "gzip, gzip", "nonsense"] {
        let (error, requests) =
            call(Script::response(200, &[("content-encoding", coding)], "\u{1}").repeat());
        let problem =
            format!("malformed body: cannot decode the response: unsupported content-encoding: {coding}");
        assert_eq!((error.unwrap_err().to_string(), requests), (problem, 1));
    }
    let error = get(Script::response(404, &[("content-encoding", "br")], "\u{1}")).unwrap_err();
    assert_eq!(error.to_string(), "not found: status 404");
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
    let proxied = Agent::config_builder().proxy(Some(Proxy::new(&proxy.base_url().to_string()).unwrap()));
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

/// Returns responses with a head that ureq rejects, or that is truncated.
fn invalid_heads(status: &str) -> Vec<Script> {
    let head = format!("HTTP/1.1 {status}\r\nretry-after: 77\r\n");
    let many = "x: y\r\n".repeat(200);
    let long = format!("x: {}\r\n", "y".repeat(70_000));
    let end = "content-length: 0\r\n\r\n";
    vec![
        Script::new().send(format!("{head}{many}{end}")),
        Script::new().send(format!("{head}{long}{end}")),
        Script::new().send(format!("{head}not a header\r\n{end}")),
        Script::new().send(format!("HTTP/1.1 100 Continue\r\nx: y\r\n\r\n{head}{many}{end}")),
        Script::new().send("HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n").send(format!("{head}x: \x01{end}")),
        Script::new().send(head.as_str()).close(),
        Script::new().send(format!("{head}{many}")).close(),
    ]
}

#[test]
fn a_status_counts_even_if_its_head_is_invalid() {
    for script in invalid_heads("429 Too Many Requests") {
        let (error, requests) = call(script.repeat());
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "rate limited: status 429; retry after 77 s");
        assert_eq!(requests, 1);
    }
    for script in invalid_heads("404 Not Found") {
        assert_eq!(call(script.repeat()).0.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[test]
fn a_200_with_an_invalid_head_is_malformed_at_once() {
    for script in invalid_heads("200 OK").into_iter().take(5) {
        let (error, requests) = call(script.repeat());
        let error = error.unwrap_err();
        assert!(error.to_string().starts_with("malformed body: cannot decode the response: "), "{error}");
        assert_eq!(requests, 1, "{error}");
    }
}

#[test]
fn a_100_with_headers_is_skipped() {
    let interim =
        "HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n".repeat(100);
    let body = session_of(1000);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let whole = [interim.as_bytes(), head.as_bytes(), &body].concat();
    assert_eq!(get(Script::new().send(whole)).unwrap().session_id, id());
}

#[test]
fn an_unreadable_head_counts_as_a_429() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::new().send("HTTP/1.1 4z9 ?\r\n\r\n").repeat()]);
    let client =
        client(api(&fake).with_retry(RetryPolicy::default().with_time_limit(Duration::from_secs(1))));
    let errors: Vec<_> = (0..12).map(|_| client.get(&id()).unwrap_err().kind()).collect();
    assert_eq!(
        (errors[0], errors[1], errors[11]),
        (ErrorKind::Connection, ErrorKind::RateLimited, ErrorKind::RateLimited)
    );
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_429_with_an_invalid_head_stops_later_calls() {
    let fake = FakeApi::start().unwrap();
    let head = format!("HTTP/1.1 429 Too Many Requests\r\n{}\r\n", "x: y\r\n".repeat(200));
    fake.script_any([Script::new().send(head).repeat()]);
    let client =
        client(api(&fake).with_retry(RetryPolicy::default().with_time_limit(Duration::from_secs(1))));
    for _ in 0..12 {
        assert_eq!(client.get(&id()).unwrap_err().kind(), ErrorKind::RateLimited);
    }
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn invalid_chunks_are_malformed_at_once() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for chunks in [
        "2;a=0123456789abcdef0123456789\r\n{}\r\n0\r\n\r\n",
        "x\r\n{}",
        "2;a\rb\r\n{}\r\n",
        "2\n{}\n0\n\n",
        "2\r\n{}\rx",
    ] {
        let (error, requests) = call(Script::new().send(format!("{head}{chunks}")).repeat());
        let error = error.unwrap_err();
        assert!(
            error.to_string().starts_with("malformed body: cannot decode the response: "),
            "{chunks:?}: {error}"
        );
        assert_eq!(requests, 1, "{chunks:?}");
    }
}

#[test]
fn a_truncated_chunked_body_is_a_connection_error() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let body = String::from_utf8(session_of(100)).unwrap();
    let chunks = format!("32\r\n{}\r\n32\r\n{}\r\n", &body[..50], &body[50..]);
    for end in 0..chunks.len() {
        // The body in one piece, and in two with a pause between them.
        let at_once = Script::new().send(format!("{head}{}", &chunks[..end]));
        let pause = Duration::from_millis(2);
        let in_two = Script::new().send(format!("{head}{}", &chunks[..end / 2])).pause(pause);
        for script in [at_once, in_two.send(&chunks[end / 2..end])] {
            let error = get(script.close()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Connection, "{:?}: {error}", &chunks[..end]);
            assert!(error.is_transient());
        }
    }
    // The last chunk ends the body, with or without the empty line after it.
    for end in ["0\r\n", "0\r\n\r", "0\r\n\r\n"] {
        assert_eq!(get(Script::new().send(format!("{head}{chunks}{end}")).close()).unwrap().session_id, id());
    }
}

#[test]
fn a_trailer_with_a_bare_line_break_ends_the_body() {
    let body = session_of(1000);
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e8\r\n";
    for trailers in ["x: a\rb\r\n\r\n", "x: a\nb", "y: z\r\nx: a\rb; c\r\n\r\n"] {
        let end = format!("\r\n0\r\n{trailers}");
        let response = [head.as_bytes(), &body, end.as_bytes()].concat();
        assert_eq!(get(Script::new().send(response)).unwrap().session_id, id(), "{trailers:?}");
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
    fake.limit_rate(10, Duration::from_secs(60));
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
