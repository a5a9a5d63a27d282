//! Heads and chunks that are invalid, unusual or truncated.

use std::time::Duration;

use brightdata_sessions_testkit::{FakeApi, Script};
use brightdata_sessions_ureq::{ErrorKind, RetryPolicy};

use crate::support::{api, call, client, get, id, session_of};

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
