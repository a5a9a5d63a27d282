//! Every error, by its variant, and the parts of the response that it retains.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use brightdata_sessions::http::Response;
use brightdata_sessions::{
    Api, ApiKey, Error, ErrorKind, GetSession, RetryPolicy, SessionId, TransportError, TransportErrorKind,
};

use crate::support::drive::{ID, KEY, Outcome, api, play_all, response};

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
    assert_eq!(error.retry_after(), Some(Duration::from_millis(200_010)));
    assert_eq!(error.to_string(), "rate limited locally to avoid an IP block; retry in 201 s");
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

#[test]
fn the_alternate_form_appends_each_source_escaped() {
    let error =
        error(Err(TransportError::new(TransportErrorKind::Proxy, io::Error::other("line 1\nline 2"))
            .with_proxy("corp.example:8080")));
    assert_eq!(error.to_string(), "connection failed");
    let shown = r"connection failed: the proxy refused to connect to the server (proxy corp.example:8080): line 1\nline 2";
    assert_eq!(format!("{error:#}"), shown);
    let input = Error::from("..".parse::<SessionId>().unwrap_err());
    assert_eq!(format!("{input:#}"), input.to_string());
}

#[test]
fn each_kind_is_read_from_its_name_and_no_other() {
    let kinds = [
        (ErrorKind::BadRequest, "bad_request"),
        (ErrorKind::Unauthorized, "unauthorized"),
        (ErrorKind::NotFound, "not_found"),
        (ErrorKind::RateLimited, "rate_limited"),
        (ErrorKind::Server, "server"),
        (ErrorKind::UnexpectedStatus, "unexpected_status"),
        (ErrorKind::RedirectRefused, "redirect_refused"),
        (ErrorKind::MalformedBody, "malformed_body"),
        (ErrorKind::TooLarge, "too_large"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Connection, "connection"),
        (ErrorKind::InvalidInput, "invalid_input"),
    ];
    assert!(kinds.is_sorted());
    for (kind, name) in kinds {
        assert_eq!(name.parse(), Ok(kind));
        assert_eq!((kind.as_str(), kind.to_string(), kind.as_ref()), (name, name.to_owned(), name));
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    let invalid = "Not_Found".parse::<ErrorKind>().unwrap_err();
    assert!(invalid.to_string().starts_with("invalid error kind: expected one of bad_request, "));
}

#[test]
fn every_status_has_its_kind() {
    for status in 100..=999_u16 {
        let expected = match status {
            200 => ErrorKind::MalformedBody,
            400 => ErrorKind::BadRequest,
            401 | 403 | 407 => ErrorKind::Unauthorized,
            404 => ErrorKind::NotFound,
            408 => ErrorKind::Timeout,
            429 => ErrorKind::RateLimited,
            300..=399 => ErrorKind::RedirectRefused,
            500..=599 => ErrorKind::Server,
            _ => ErrorKind::UnexpectedStatus,
        };
        let error = error(response(status, &[], ""));
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (expected, status));
    }
}

#[test]
fn an_empty_header_does_not_hide_the_others() {
    let headers = [
        ("x-brd-error", ""),
        ("x-brd-err-msg", "from the header"),
        ("x-brd-error-code", " "),
        ("x-brd-err-code", ""),
        ("x-brd-err-code", "code_1"),
    ];
    let shown = "bad request: status 400, from the header (code_1)";
    assert_eq!(error(response(400, &headers, "")).to_string(), shown);
}

#[test]
fn a_blank_member_does_not_hide_the_others() {
    let table = [
        (r#"{"error":"","message":"why","error_code":"","code":"c1"}"#, "bad request: status 400, why (c1)"),
        (r#"{"error":" ","message":"\t","errors":["why"]}"#, "bad request: status 400, why"),
        (r#"{"error":[" "],"message":"why"}"#, "bad request: status 400, why"),
        (r#"{"error":"","code":"c1"}"#, "bad request: status 400 (c1)"),
        (r#"{"error":"","message":" ","errors":[""],"detail":"not the message"}"#, "bad request: status 400"),
    ];
    for (body, shown) in table {
        assert_eq!(error(response(400, &[], body)).to_string(), shown, "{body}");
    }
}

#[test]
fn headers_supply_what_the_body_lacks() {
    for (message, code) in [("x-brd-error", "x-brd-error-code"), ("x-brd-err-msg", "x-brd-err-code")] {
        let headers = [(message, "from the header"), (code, "code_1")];
        let table = [
            ("", "bad request: status 400, from the header (code_1)"),
            ("<html>", "bad request: status 400, from the header (code_1)"),
            ("\r\n <html>", "bad request: status 400, from the header (code_1)"),
            ("plain", "bad request: status 400, plain (code_1)"),
            (r#"{"error":"json","code":"own"}"#, "bad request: status 400, json (own)"),
            ("\r\n {\"error\":\"json\"}", "bad request: status 400, json (code_1)"),
            (r#"{"code":"own"}"#, "bad request: status 400, from the header (own)"),
            (r#"{"error":"","code":" "}"#, "bad request: status 400, from the header (code_1)"),
        ];
        for (body, shown) in table {
            assert_eq!(error(response(400, &headers, body)).to_string(), shown, "{body}");
        }
    }
}

#[test]
fn retry_after_is_parsed_as_seconds_or_as_a_date() {
    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    let retry_after = |headers: &[(&str, &str)]| error(response(503, headers, "")).retry_after();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let table = [
        ("0", seconds(0)),
        ("7", seconds(7)),
        ("007", seconds(7)),
        (" 7 ", seconds(7)),
        ("99999999999999999999999999", seconds(u64::MAX)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30)),
        ("Sunday, 06-Nov-94 08:50:07 GMT", seconds(30)),
        ("Sun Nov  6 08:50:07 1994", seconds(30)),
        ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
        ("", None),
        // Floats, and several values in one line: not in RFC 9110, but some servers send them.
        ("7.5", seconds(8)),
        ("7.0", seconds(7)),
        ("7.", seconds(7)),
        (".001", seconds(1)),
        ("0.0", seconds(0)),
        ("+1", seconds(1)),
        ("1e3", seconds(1000)),
        ("1.25E+1", seconds(13)),
        ("1e99", seconds(u64::MAX)),
        ("1e999", seconds(u64::MAX)),
        ("7, 9.5", seconds(10)),
        ("9 ,7,", seconds(9)),
        ("7, soon", seconds(7)),
        ("  ", None),
        (",", None),
        ("-1", None),
        ("-0", None),
        ("-0.5", None),
        ("-1e999", None),
        ("inf", None),
        ("nan", None),
        ("e", None),
        ("1e", None),
        ("0x10", None),
        ("7s", None),
        ("1:30", None),
        ("soon", None),
        ("1994-11-06T08:50:07Z", None),
    ];
    for (value, expected) in table {
        assert_eq!(retry_after(&[("retry-after", value), ("date", NOW)]), expected, "{value}");
    }
    assert_eq!(retry_after(&[("retry-after", NOW)]), None, "a date needs a clock");
    assert_eq!(retry_after(&[("retry-after", NOW), ("date", "today")]), None);
    for both in [["7", "9"], ["9", "7"], ["9", "soon"], ["", "9"], ["7", "Sun, 06 Nov 1994 08:49:46 GMT"]] {
        let headers = both.map(|value| ("retry-after", value));
        assert_eq!(retry_after(&[&headers[..], &[("date", NOW)]].concat()), seconds(9), "{both:?}");
    }
}

#[test]
fn no_error_shows_the_key_wherever_a_server_echoes_it() {
    let bodies = [
        format!("you sent {KEY}"),
        format!("{KEY}{KEY}"),
        format!(r#"{{"error":"{KEY}","code":"{KEY}"}}"#),
        format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":"{KEY}"}}}}"#),
        format!(r#"{{"session":{{"session_id":"{KEY}"}}}}"#),
        format!("{}{KEY}", "x".repeat(290)),
    ];
    let headers = [("location", KEY), ("x-brd-error", KEY), ("x-brd-error-code", KEY), ("retry-after", KEY)];
    for status in [200, 204, 302, 400, 401, 404, 408, 429, 500] {
        for body in &bodies {
            let api = api().with_retry(RetryPolicy::none());
            let outcome = response(status, &headers, body);
            let error = play_all(&mut api.get(&ID.parse().unwrap()), [outcome]).items.remove(0).unwrap_err();
            let shown = format!("{error} {error:?} {error:#?}");
            assert!(!shown.contains(KEY), "{status} {body}: {shown}");
        }
    }
}

#[test]
fn no_error_shows_the_key_escaped_as_json() {
    for (key, json) in [
        (r"0123456\89abcdef", r#""0123456\\89abcdef""#),
        ("0123456\"89abcdef", r#""0123456\"89abcdef""#),
        ("0123456/89abcdef", r#""0123456\/89abcdef""#),
    ] {
        let api = Api::new(ApiKey::new(key).unwrap());
        let bodies = [
            (200, format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":{json}}}}}"#)),
            (200, format!(r#"{{"session":{{"session_id":{json}}}}}"#)),
            (400, format!(r#"{{"error":{json}}}"#)),
            (400, format!(r#"{{"error":{json}, cut short"#)),
        ];
        for (status, body) in bodies {
            let response = Response::builder().status(status).body(body.as_bytes()).unwrap();
            let error = api.parse(&GetSession::new(ID.parse().unwrap()), response).unwrap_err();
            assert!(error.to_string().contains("[redacted]"), "{error}");
            assert!(!error.to_string().contains("89abcdef"), "{error}");
        }
    }
}

#[test]
fn an_invalid_utf8_byte_hides_nothing_else() {
    let table: [(&[u8], &str); 2] = [
        (b"{\"error\":\"caf\xe9\",\"code\":\"c1\"}", "bad request: status 400, caf\u{fffd} (c1)"),
        (b"caf\xe9", "bad request: status 400, caf\u{fffd}"),
    ];
    for (body, shown) in table {
        let response = Response::builder().status(400).body(body.to_vec()).unwrap();
        assert_eq!(error(Ok(response)).to_string(), shown);
    }
}

#[test]
fn at_most_16_kib_of_an_error_body_are_parsed() {
    let body = format!(r#"{{"padding":"{}","error":"not seen"}}"#, "x".repeat(16 << 10));
    let response = Response::builder().status(400).body(body.as_bytes()).unwrap();
    let error = api().parse(&GetSession::new(ID.parse().unwrap()), response).unwrap_err();
    assert!(error.to_string().starts_with(r#"bad request: status 400, {"padding":"xxx"#), "{error}");
    assert!(error.to_string().len() < 400);
}
