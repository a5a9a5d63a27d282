//! Errors of invalid bodies: each names the invalid field, or what was received instead.

use brightdata_sessions::http::Response;
use brightdata_sessions::{
    Api, ApiKey, ErrorKind, GetSession, ListSessions, Operation, Session, SessionPage,
};

const KEY: &str = "fedcba9876543210";

/// Returns the error of a response, without the name of its kind.
#[track_caller]
fn fault<O: Operation<Output: std::fmt::Debug>>(operation: &O, status: u16, body: &[u8]) -> String {
    let api = Api::new(ApiKey::new(KEY).unwrap());
    let error = api.parse(operation, Response::builder().status(status).body(body).unwrap()).unwrap_err();
    if status == 200 {
        assert_eq!(error.kind(), ErrorKind::MalformedBody);
    }
    error.to_string().split_once(": ").unwrap().1.to_owned()
}

fn get() -> GetSession {
    GetSession::new("a".parse().unwrap())
}

fn of_session(body: &str) -> String {
    fault(&get(), 200, body.as_bytes())
}

fn of_page(body: &str) -> String {
    fault(&ListSessions::new(), 200, body.as_bytes())
}

/// Invalid members of a session, each with its error.
const FAULTS: &[(&str, &str)] = &[
    (r#""timestamp":1"#, "timestamp: expected a string, found 1"),
    (r#""api_name":true"#, "api_name: expected a string, found true"),
    (r#""status":["running"]"#, "status: expected a string, found a list"),
    (r#""captcha":{"a":1}"#, "captcha: expected a string, found an object"),
    (r#""target_url":"\udc00""#, "target_url: expected a string, found a lone surrogate in it"),
    (r#""navigations":-1"#, "navigations: expected a whole number from 0 to 2^64 - 1, found -1"),
    (r#""bandwidth":"12""#, r#"bandwidth: expected a whole number from 0 to 2^64 - 1, found "12""#),
    (
        r#""bandwidth":18446744073709551616"#,
        "bandwidth: expected a whole number from 0 to 2^64 - 1, found 18446744073709551616",
    ),
    (
        r#""bandwidth":1.5"#,
        "bandwidth: expected a whole number from 0 to 2^53 - 1 (the limit for float notation), found 1.5",
    ),
    (r#""duration":-0.5"#, "duration: expected a finite number of seconds, 0 or more, found -0.5"),
    (r#""duration":1e999"#, "duration: expected a finite number of seconds, 0 or more, found 1e999"),
    (r#""error":"no_peers""#, r#"error: expected an object, found "no_peers""#),
    (r#""error":{"code":7}"#, "error.code: expected a string, found 7"),
    (r#""error":{"message":[]}"#, "error.message: expected a string, found a list"),
    (r#""error":{"code":"a","code":"a"}"#, "error.code occurs twice"),
    (r#""status":"failed","status":"failed""#, "status occurs twice"),
    (r#""status":null,"st\u0061tus":null"#, "status occurs twice"),
    (r#""session_id":"b""#, "session_id occurs twice"),
    (r#""\ud800":1"#, "<name>: expected a string, found a lone surrogate in it"),
];

/// Invalid ids as a member and a comma, each with its error.
const IDS: &[(&str, &str)] = &[
    ("", "session_id is missing"),
    (r#""session_id":null,"#, "session_id: expected a string, found null"),
    (r#""session_id":7,"#, "session_id: expected a string, found 7"),
    (r#""session_id":"","#, "session_id: invalid session id: empty"),
    (
        r#""session_id":"..","#,
        "session_id: invalid session id: `.` and `..` are not allowed, because they change the path",
    ),
];

#[test]
fn an_error_names_the_invalid_field() {
    for (member, expected) in FAULTS {
        let session = format!(r#"{{"session_id":"a",{member},"x":[1]}}"#);
        assert_eq!(Session::from_json(&session).unwrap_err().to_string(), *expected);
        assert_eq!(of_session(&format!(r#"{{"session":{session}}}"#)), format!("session.{expected}"));
    }
    for (member, expected) in IDS {
        let session = format!(r#"{{{member}"bandwidth":1}}"#);
        assert_eq!(Session::from_json(&session).unwrap_err().to_string(), *expected);
        assert_eq!(of_session(&format!(r#"{{"session":{session}}}"#)), format!("session.{expected}"));
    }
}

#[test]
fn an_error_in_a_list_names_index_and_id() {
    const GOOD: &str = r#"{"session_id":"good"},"#;
    for (member, expected) in FAULTS.iter().filter(|row| !row.1.starts_with("session_id")) {
        // The id may come before the field or after it.
        for session in
            [format!(r#"{{"session_id":"a b",{member}}}"#), format!(r#"{{{member},"session_id":"a b"}}"#)]
        {
            let body = format!(r#"{{"total":3,"sessions":[{}{session},7]}}"#, GOOD.repeat(37));
            assert_eq!(of_page(&body), format!("sessions[37] (id a b): {expected}"));
        }
    }
    for (member, expected) in IDS {
        let body = format!(r#"{{"sessions":[{GOOD}{{{member}"bandwidth":1}}]}}"#);
        assert_eq!(of_page(&body), format!("sessions[1]: {expected}"));
    }
    // The first of two ids is named. A long id is left out, because it would hide the error.
    let twice = r#"{"sessions":[{"session_id":"a","session_id":"b"}]}"#;
    assert_eq!(of_page(twice), "sessions[0] (id a): session_id occurs twice");
    let long = format!(r#"{{"sessions":[{{"session_id":"{}","status":1}}]}}"#, "i".repeat(73));
    assert_eq!(of_page(&long), "sessions[0]: status: expected a string, found 1");
}

#[test]
fn an_error_names_the_invalid_part_of_the_envelope() {
    for (body, expected) in [
        ("{}", "session is missing"),
        (r#"{"session":null}"#, "session: expected an object, found null"),
        (r#"{"session":"a"}"#, r#"session: expected an object, found "a""#),
        (r#"{"session":{"session_id":"a"},"session":{}}"#, "session occurs twice"),
        (r#"{"session_id":"a"}"#, "session is missing"),
        ("[]", "expected an object, found a list"),
        (r#""Session not found""#, r#"expected an object, found "Session not found""#),
        ("null", "expected an object, found null"),
        ("42", "expected an object, found 42"),
        (r#"{"session":{"session_id":"a""#, "invalid JSON: EOF while parsing an object at line 1 column 28"),
        (r#"{"session":{"session_id":"a",}}"#, "invalid JSON: key must be a string at line 1 column 30"),
        (r#"{"session":{"session_id":"a"}} x"#, "invalid JSON: trailing characters at line 1 column 32"),
        ("\u{feff}{}", "invalid JSON: starts with a byte-order mark"),
    ] {
        assert_eq!(of_session(body), expected, "{body}");
    }
    for (body, expected) in [
        ("{}", "sessions is missing"),
        (r#"{"sessions":null}"#, "sessions: expected a list, found null"),
        (r#"{"sessions":{}}"#, "sessions: expected a list, found an object"),
        (r#"{"sessions":[{"session_id":"a"},null]}"#, "sessions[1]: expected an object, found null"),
        (r#"{"sessions":[],"sessions":[]}"#, "sessions occurs twice"),
        (r#"{"total":1,"sessions":[],"total":1}"#, "total occurs twice"),
        (r#"{"pagination":{},"sessions":[],"pagination":{}}"#, "pagination occurs twice"),
    ] {
        assert_eq!(of_page(body), expected, "{body}");
    }
}

#[test]
fn a_long_value_is_described_and_the_error_stays_short() {
    let long = "x".repeat(8 << 20);
    let text = |value: &str| Session::from_json(&format!(r#"{{"session_id":"a","bandwidth":{value}}}"#));
    let of = |value: &str| text(value).unwrap_err().to_string().split_once("found ").unwrap().1.to_owned();
    assert_eq!(of(&format!("\"{long}\"")), "a string of 8388608 bytes");
    assert_eq!(of(&"9".repeat(1000)), "a number of 1000 bytes");
    assert_eq!(of(&format!("\"{}\"", "y".repeat(78))), format!("\"{}\"", "y".repeat(78)));
    assert_eq!(of(&format!("\"{}\"", "y".repeat(79))), "a string of 79 bytes");
    assert!(
        SessionPage::from_json(&format!(r#"{{"sessions":[{{"session_id":"{long}"}}]}}"#))
            .unwrap_err()
            .to_string()
            .len()
            < 300
    );
    for line in [long.clone(), format!("\"{long}\""), format!("[{long}"), format!("{{\"{long}\":{long}")] {
        let error = Session::from_json(&line).unwrap_err().to_string();
        assert!(error.len() < 200, "{error}");
    }
}

/// An error shows a value completely or not at all, because a part of the key could not be
/// redacted.
#[test]
fn a_key_in_an_invalid_value_is_redacted() {
    let expected = r#"session.bandwidth: expected a whole number from 0 to 2^64 - 1, found "[redacted]""#;
    let escaped = r"\u0066edcba9876543210";
    for key in [KEY, escaped] {
        assert_eq!(
            of_session(&format!(r#"{{"session":{{"session_id":"a","bandwidth":"{key}"}}}}"#)),
            expected
        );
        for blanks in (0..100).step_by(7) {
            let body = format!(
                r#"{{"sessions":[{{"session_id":"{0}{key}","status":["{key}"],"duration":"{0}{key}"}}]}}"#,
                "x".repeat(blanks)
            );
            for body in [&body, &body.replace("[", "").replace("]", "")] {
                let shown = of_page(body);
                assert!(!shown.contains(&KEY[..8]), "{shown}");
            }
        }
    }
    let page = format!("<title>{}{KEY}</title>", "x".repeat(290));
    assert!(!of_session(&page).contains("fedc"), "{}", of_session(&page));
}

#[test]
fn an_error_body_with_status_200_supplies_the_message() {
    for (body, expected) in [
        (r#"{"error":"Session not found"}"#, "Session not found"),
        (r#"{"error":"Session not found","session_id":"a"}"#, "Session not found"),
        (r#"{"error":"Slow down","error_code":"busy"}"#, "Slow down (busy)"),
        (r#"{"message":"Slow down","code":17}"#, "Slow down (17)"),
        (r#"{"errors":["limit: too large"]}"#, "limit: too large"),
        (r#"{"error":" ","code":"own"}"#, "own"),
        (r#"{"session":null,"sessions": null ,"error":"Session not found"}"#, "Session not found"),
        ("{\"error\":\"red \\u001b[31m\"}", r"red \u{1b}[31m"),
    ] {
        assert_eq!(of_session(body), format!("an error instead of a session: {expected}"), "{body}");
        assert_eq!(of_page(body), format!("an error instead of a page of sessions: {expected}"), "{body}");
    }
    assert_eq!(of_session(r#"{"error":{"message":"inner"}}"#), "session is missing");
    // With a session in the body, `error` is not the message.
    assert_eq!(of_session(r#"{"session":{},"error":"x"}"#), "session.session_id is missing");
    assert_eq!(
        of_page(&format!(r#"{{"error":"you sent {KEY}"}}"#)).split_once(": ").unwrap().1,
        "you sent [redacted]"
    );
}

#[test]
fn an_error_names_a_web_page_and_its_title() {
    for (body, expected) in [
        (
            "<!DOCTYPE html><html><head><title>Sign in to Wi-Fi</title>",
            "a web page instead of JSON: Sign in to Wi-Fi",
        ),
        (
            "\u{feff}\r\n <HTML>\n<TITLE lang=en>\n Access\n  denied </TITLE >",
            "a web page instead of JSON: Access denied",
        ),
        ("<h1>502 Bad Gateway</h1>", "a web page instead of JSON"),
        ("<html><title> </title>", "a web page instead of JSON"),
        ("<html><title>never ends", "a web page instead of JSON"),
        (
            "<html><title>red \u{1b}[31m\u{202e}</title>",
            r"a web page instead of JSON: red \u{1b}[31m\u{202e}",
        ),
        ("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML instead of JSON"),
        ("<?xml version=\"1.0\"?><html><title>A</title>", "a web page instead of JSON: A"),
    ] {
        assert_eq!(of_session(body), expected);
        assert_eq!(of_page(body), expected);
        for status in [400, 403, 404, 503] {
            assert_eq!(fault(&get(), status, body.as_bytes()), format!("status {status}, {expected}"));
        }
    }
    assert_eq!(fault(&get(), 200, b"<title>caf\xe9</title>"), "a web page instead of JSON: caf\u{fffd}");
    let long = of_session(&format!("<title>{}</title>", "é".repeat(1000)));
    assert_eq!(long, format!("a web page instead of JSON: {}…", "é".repeat(136)));
}

#[test]
fn an_error_names_a_body_that_is_not_json() {
    for (body, expected) in [
        ("", "an empty body instead of JSON"),
        (" \r\n", "an empty body instead of JSON"),
        ("\u{feff}", "an empty body instead of JSON"),
        ("Invalid credentials\n", "text instead of JSON: Invalid credentials"),
        ("404 page not found", "text instead of JSON: 404 page not found"),
        ("not found", "text instead of JSON: not found"),
        ("-", "text instead of JSON: -"),
    ] {
        assert_eq!(of_session(body), expected);
        assert_eq!(of_page(body), expected);
    }
    for end in (0..200).step_by(9) {
        let text = format!("{}{KEY}", "it ".repeat(end * 97 / 3));
        assert!(!of_session(&text).contains("fedc"));
    }
    assert_eq!(fault(&get(), 200, b"\x1f\x8b\x08"), "not UTF-8 at byte 1");
}
