//! Every error, by its variant, and the parts of the response that it retains.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use brightdata_sessions::http::Response;
use brightdata_sessions::{
    Api, ApiKey, Error, ErrorKind, GetSession, RetryPolicy, SessionId, TransportError, TransportErrorKind,
};

use crate::support::drive::{ID, KEY, Outcome, api, play_all, response};

mod kind;
mod response;
mod secret;

/// Returns the error of a call with one request and this outcome.
fn error(outcome: Outcome) -> Error {
    let api = api().with_retry(RetryPolicy::none()).with_body_limit(100);
    let mut played = play_all(&mut api.get(&ID.parse().unwrap()), [outcome]);
    played.items.remove(0).unwrap_err()
}

/// Checks all properties of an error.
#[track_caller]
fn is(error: &Error, kind: ErrorKind, name: &str, status: Option<u16>, transient: bool, shown: &str) {
    assert_eq!(error.kind(), kind);
    assert_eq!((error.kind().as_str(), error.kind().to_string().as_str()), (name, name));
    assert_eq!(error.status().map(|status| status.as_u16()), status);
    assert_eq!(error.is_transient(), transient);
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.to_string(), shown);
    assert_eq!(error.response().is_some(), status.is_some_and(|status| status != 200));
    assert_eq!(
        error.source().is_some(),
        status.is_none(),
        "the source is the transport's error, without a response"
    );
}

#[test]
fn a_400_is_a_bad_request() {
    let error = error(response(400, &[], r#"{"error":"Invalid session_id format"}"#));
    is(
        &error,
        ErrorKind::BadRequest,
        "bad_request",
        Some(400),
        false,
        "bad request: status 400, Invalid session_id format",
    );
}

#[test]
fn a_401_403_or_407_is_unauthorized() {
    for status in [401, 403, 407] {
        let error = error(response(status, &[("content-type", "text/html")], "Invalid credentials"));
        let shown = format!("unauthorized: status {status}, Invalid credentials");
        is(&error, ErrorKind::Unauthorized, "unauthorized", Some(status), false, &shown);
    }
}

#[test]
fn a_404_is_not_found() {
    let error = error(response(404, &[], r#"{"error":"Session not found","session_id":"x"}"#));
    is(
        &error,
        ErrorKind::NotFound,
        "not_found",
        Some(404),
        false,
        "not found: status 404, Session not found",
    );
}

#[test]
fn a_429_is_rate_limited() {
    let error = error(response(429, &[("retry-after", "7")], ""));
    is(
        &error,
        ErrorKind::RateLimited,
        "rate_limited",
        Some(429),
        true,
        "rate limited: status 429; retry after 7 s",
    );
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[test]
fn a_request_that_is_not_sent_is_rate_limited() {
    let api = api().with_retry(RetryPolicy::none());
    let id: SessionId = ID.parse().unwrap();
    let _ = play_all(&mut api.get(&id), [response(429, &[("retry-after", "200")], "")]);
    let error = play_all(&mut api.get(&id), []).items.remove(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!((error.status(), error.attempts(), error.is_transient()), (None, 0, true));
    // Up to 3 s of jitter are added.
    let retry_after = error.retry_after().unwrap();
    assert!((200_010..=203_010).contains(&retry_after.as_millis()), "{retry_after:?}");
    let shown = format!("retry in {} s", retry_after.as_secs() + 1);
    assert_eq!(error.to_string(), format!("rate limited locally to avoid an IP block; {shown}"));
}

#[test]
fn a_503_is_a_server_error() {
    let error = error(response(503, &[], r#"{"error":"Try later","error_code":"busy"}"#));
    is(&error, ErrorKind::Server, "server", Some(503), true, "server error: status 503, Try later (busy)");
}

#[test]
fn a_408_is_a_timeout() {
    let error = error(response(408, &[], ""));
    is(&error, ErrorKind::Timeout, "timeout", Some(408), true, "timed out: status 408");
}

#[test]
fn a_422_is_unexpected() {
    let error = error(response(422, &[], ""));
    is(
        &error,
        ErrorKind::UnexpectedStatus,
        "unexpected_status",
        Some(422),
        false,
        "unexpected status: status 422",
    );
}

#[test]
fn a_302_is_a_refused_redirect() {
    let error = error(response(302, &[("location", "https://elsewhere.example/")], "moved"));
    let shown = "redirect refused: status 302, https://elsewhere.example/";
    is(&error, ErrorKind::RedirectRefused, "redirect_refused", Some(302), false, shown);
}

#[test]
fn the_body_of_a_redirect_is_ignored() {
    let table = [
        (304, &[][..], "redirect refused: status 304"),
        (301, &[("x-brd-error", "no")], "redirect refused: status 301, no"),
        (308, &[("location", "/a\u{9b}b")], r"redirect refused: status 308, /a\u{9b}b"),
    ];
    for (status, headers, shown) in table {
        assert_eq!(error(response(status, headers, "moved")).to_string(), shown);
    }
}

#[test]
fn a_blank_location_does_not_hide_the_others() {
    let table = [
        (&[("location", " "), ("location", ""), ("location", "/a")][..], "redirect refused: status 307, /a"),
        (&[("location", ""), ("x-brd-error", "no")], "redirect refused: status 307, no"),
    ];
    for (headers, shown) in table {
        assert_eq!(error(response(307, headers, "moved")).to_string(), shown);
    }
}

#[test]
fn a_200_with_an_invalid_body_is_malformed() {
    let error = error(response(200, &[], "{}"));
    let shown = "malformed body: session is missing";
    is(&error, ErrorKind::MalformedBody, "malformed_body", Some(200), false, shown);
}

#[test]
fn a_response_that_cannot_be_decoded_names_the_reason() {
    let shown = "malformed body: cannot decode the response";
    for (failure, shown) in [
        (TransportErrorKind::Undecodable.into(), shown.to_owned()),
        (
            TransportError::new(TransportErrorKind::Undecodable, "bad checksum"),
            format!("{shown}: bad checksum"),
        ),
        (
            TransportError::new(TransportErrorKind::Undecodable, format!("\u{1b}{KEY}")),
            format!("{shown}: \\u{{1b}}[redacted]"),
        ),
    ] {
        is(&error(Err(failure)), ErrorKind::MalformedBody, "malformed_body", Some(200), false, &shown);
    }
}

#[test]
fn the_error_of_an_encoded_body_names_its_coding() {
    let encoded = |coding: &str, body: &[u8]| {
        error(Ok(Response::builder().header("content-encoding", coding).body(body.into()).unwrap()))
    };
    for coding in ["br", "deflate", "zstd", "gzip, identity", "nonsense"] {
        let shown = format!("malformed body: unsupported content-encoding: {coding}");
        let error = encoded(coding, b"\x1f\x8b");
        is(&error, ErrorKind::MalformedBody, "malformed_body", Some(200), false, &shown);
    }
    let echo = encoded(KEY, b"\x1f\x8b");
    assert_eq!(echo.to_string(), "malformed body: unsupported content-encoding: [redacted]");
    let plain = encoded("Identity", b"\x1f\x8b");
    assert_eq!(plain.to_string(), "malformed body: not UTF-8 at byte 1");
}

#[test]
fn a_readable_body_is_described_despite_a_content_encoding() {
    // Some HTTP clients decode the body and keep the header.
    for (body, shown) in [
        (&b"{}"[..], "session is missing"),
        (b"{\"error\":\"gone\"}", "an error instead of a session: gone"),
        (b"<title>Log in</title>", "a web page instead of JSON: Log in"),
        (b"<title>Caf\xe9</title>", "a web page instead of JSON: Caf\u{fffd}"),
    ] {
        let response = Response::builder().header("content-encoding", "gzip").body(body.into()).unwrap();
        assert_eq!(error(Ok(response)).to_string(), format!("malformed body: {shown}"));
    }
}

#[test]
fn an_invalid_head_is_a_transient_connection_error() {
    let error = error(Err(TransportError::new(TransportErrorKind::InvalidHead, "too many headers")));
    is(&error, ErrorKind::Connection, "connection", None, true, "connection failed");
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "invalid head of a response");
    assert_eq!(failure.source().unwrap().to_string(), "too many headers");
}

#[test]
fn a_response_to_another_request_is_malformed() {
    let error = error(response(200, &[], r#"{"session":{"session_id":"other"}}"#));
    let shown = format!("malformed body: expected session {ID}, found other");
    is(&error, ErrorKind::MalformedBody, "malformed_body", Some(200), true, &shown);
}

#[test]
fn a_body_over_the_limit_is_too_large() {
    for outcome in [Err(TransportErrorKind::TooLarge.into()), response(200, &[], &" ".repeat(101))] {
        let error = error(outcome);
        is(
            &error,
            ErrorKind::TooLarge,
            "too_large",
            Some(200),
            false,
            "too large: the body is over 100 bytes",
        );
    }
}

#[test]
fn a_body_at_the_limit_is_read() {
    assert_eq!(error(response(200, &[], &" ".repeat(100))).kind(), ErrorKind::MalformedBody);
}

#[test]
fn a_transport_timeout_is_transient() {
    let error =
        error(Err(TransportError::new(TransportErrorKind::Timeout, io::Error::other("30 s elapsed"))));
    is(&error, ErrorKind::Timeout, "timeout", None, true, "timed out");
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "timed out before the response was complete");
    assert_eq!(failure.source().unwrap().to_string(), "30 s elapsed");
}

#[test]
fn a_failed_connection_is_transient() {
    let error = error(Err(TransportError::new(TransportErrorKind::Connection, "refused")));
    is(&error, ErrorKind::Connection, "connection", None, true, "connection failed");
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "no complete response from the server");
    assert_eq!(failure.source().unwrap().to_string(), "refused");
    assert!(TransportError::from(TransportErrorKind::Connection).source().is_none());
}

#[test]
fn a_proxy_that_refuses_is_a_permanent_connection_error() {
    let error = error(Err(
        TransportError::new(TransportErrorKind::Proxy, "status 407").with_proxy("corp.example:8080")
    ));
    is(&error, ErrorKind::Connection, "connection", None, false, "connection failed");
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "the proxy refused to connect to the server (proxy corp.example:8080)");
    assert_eq!(failure.source().unwrap().to_string(), "status 407");
}

#[test]
fn a_rejected_certificate_is_a_permanent_connection_error() {
    let error = error(Err(TransportError::new(TransportErrorKind::Certificate, "unknown issuer")));
    is(&error, ErrorKind::Connection, "connection", None, false, "connection failed");
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "the certificate was rejected");
    assert_eq!(failure.source().unwrap().to_string(), "unknown issuer");
}

#[test]
fn a_configuration_error_counts_no_attempt() {
    let error = error(Err(TransportError::new(TransportErrorKind::Configuration, "invalid https_proxy")));
    assert_eq!((error.kind(), error.kind().as_str()), (ErrorKind::InvalidInput, "invalid_input"));
    assert_eq!((error.status(), error.attempts(), error.is_transient()), (None, 0, false));
    assert!(error.response().is_none() && error.retry_after().is_none());
    assert_eq!(error.to_string(), "cannot send");
    let failure = error.source().unwrap();
    assert_eq!(failure.to_string(), "invalid configuration");
    assert_eq!(failure.source().unwrap().to_string(), "invalid https_proxy");
}

#[test]
fn invalid_input_is_permanent() {
    let error = Error::from("..".parse::<SessionId>().unwrap_err());
    assert_eq!((error.kind(), error.kind().as_str()), (ErrorKind::InvalidInput, "invalid_input"));
    assert_eq!((error.status(), error.attempts(), error.is_transient()), (None, 0, false));
    assert_eq!(
        error.to_string(),
        "invalid session id: `.` and `..` are not allowed, because they change the path"
    );
}
