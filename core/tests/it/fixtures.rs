//! Every body in `fixtures/` and its result.
#![allow(clippy::disallowed_methods, reason = "the fixtures are files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use brightdata_sessions::http::{Response, StatusCode};
use brightdata_sessions::{Api, ApiKey, Captcha, Error, GetSession, Session, SessionError, SessionStatus};

const KEY: &str = "0123456789abcdef";
const ID: &str = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX";

/// Bodies of a 200, each with the serialized session after its id, without nulls, or with the
/// error.
const SESSIONS: &[(&str, Result<&str, &str>)] = &[
    ("all_null.json", Ok("")),
    ("broken_array_as_envelope.json", Err("expected an object, found a list")),
    ("broken_bare_session.json", Err("session is missing")),
    (
        "broken_beyond_u64.json",
        Err("session.bandwidth: expected a whole number from 0 to 2^64 - 1, found 18446744073709551616"),
    ),
    ("broken_byte_order_mark.json", Err("invalid JSON: starts with a byte-order mark")),
    ("broken_cut_short.json", Err("invalid JSON: EOF while parsing a string at line 1 column 71")),
    ("broken_depth_of_known.json", Err("session.error: expected an object, found a list")),
    (
        "broken_duration_as_text.json",
        Err("session.duration: expected a finite number of seconds, 0 or more, found \"209.444\""),
    ),
    (
        "broken_duration_infinite.json",
        Err("session.duration: expected a finite number of seconds, 0 or more, found 1e400"),
    ),
    (
        "broken_duration_negative.json",
        Err("session.duration: expected a finite number of seconds, 0 or more, found -0.5"),
    ),
    ("broken_empty.json", Err("an empty body instead of JSON")),
    ("broken_error_as_array.json", Err("session.error: expected an object, found a list")),
    ("broken_error_as_text.json", Err("session.error: expected an object, found \"no_peers\"")),
    ("broken_error_code_twice.json", Err("session.error.code occurs twice")),
    ("broken_field_twice.json", Err("session.bandwidth occurs twice")),
    ("broken_field_twice_as_null.json", Err("session.error occurs twice")),
    ("broken_field_twice_by_escapes.json", Err("session.session_id occurs twice")),
    (
        "broken_float_beyond_exactness.json",
        Err(
            "session.bandwidth: expected a whole number from 0 to 2^53 - 1 (the limit for float notation), found 9007199254740992.0",
        ),
    ),
    (
        "broken_fraction.json",
        Err(
            "session.bandwidth: expected a whole number from 0 to 2^53 - 1 (the limit for float notation), found 12.5",
        ),
    ),
    ("broken_html.json", Err("a web page instead of JSON")),
    ("broken_id_as_number.json", Err("session.session_id: expected a string, found 7")),
    ("broken_id_empty.json", Err("session.session_id: invalid session id: empty")),
    ("broken_id_missing.json", Err("session.session_id is missing")),
    ("broken_id_null.json", Err("session.session_id: expected a string, found null")),
    (
        "broken_id_of_a_stranger.json",
        Err(
            "expected session XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX, found 00000000-0000-0000-0000-000000000000",
        ),
    ),
    (
        "broken_id_of_dots.json",
        Err(
            "session.session_id: invalid session id: `.` and `..` are not allowed, because they change the path",
        ),
    ),
    (
        "broken_id_with_a_line_break.json",
        Err("session.session_id: invalid session id: contains a control character, such as a line break"),
    ),
    (
        "broken_id_with_a_space_at_its_end.json",
        Err("session.session_id: invalid session id: starts or ends with white space"),
    ),
    (
        "broken_key_in_a_type_error.json",
        Err(
            "session.bandwidth: expected a whole number from 0 to 2^64 - 1, found \"[redacted] \\u{1b}[31m\"",
        ),
    ),
    (
        "broken_line_break_in_text.json",
        Err(
            "invalid JSON: control character (\\u0000-\\u001F) found while parsing a string at line 1 column 77",
        ),
    ),
    ("broken_lone_surrogate.json", Err("session.api_name: expected a string, found a lone surrogate in it")),
    (
        "broken_lone_surrogate_in_a_name.json",
        Err("session.<name>: expected a string, found a lone surrogate in it"),
    ),
    ("broken_more_behind.json", Err("invalid JSON: trailing characters at line 1 column 66")),
    (
        "broken_negative.json",
        Err("session.navigations: expected a whole number from 0 to 2^64 - 1, found -1"),
    ),
    (
        "broken_negative_with_an_exponent.json",
        Err(
            "session.navigations: expected a whole number from 0 to 2^53 - 1 (the limit for float notation), found -10e-1",
        ),
    ),
    (
        "broken_number_as_text.json",
        Err("session.bandwidth: expected a whole number from 0 to 2^64 - 1, found \"4\""),
    ),
    ("broken_session_as_array.json", Err("session: expected an object, found a list")),
    ("broken_session_missing.json", Err("session is missing")),
    ("broken_session_null.json", Err("session: expected an object, found null")),
    ("broken_session_twice.json", Err("session occurs twice")),
    ("broken_status_as_number.json", Err("session.status: expected a string, found 1")),
    ("broken_timestamp_as_number.json", Err("session.timestamp: expected a string, found 1765911221")),
    ("broken_utf8_in_known.json", Err("not UTF-8 at byte 76")),
    ("broken_utf8_in_skipped.json", Err("not UTF-8 at byte 12")),
    (
        "broken_whole_number_infinite.json",
        Err(
            "session.bandwidth: expected a whole number from 0 to 2^53 - 1 (the limit for float notation), found 1e400",
        ),
    ),
    (
        "documented_failed.json",
        Ok(
            r#","api_name":"scraping_browser1","status":"failed","timestamp":"2025-12-16T18:53:41Z","target_url":"https://www.example.com","end_url":"https://www.example.com/example/sub","navigations":3,"duration":209.444,"captcha":"none","bandwidth":123456789,"error":{"code":"unknown","message":"Error"}"#,
        ),
    ),
    (
        "documented_finished.json",
        Ok(
            r#","api_name":"scraping_browser1","status":"finished","timestamp":"2025-12-16T18:53:41Z","target_url":"https://www.example.com","end_url":"https://www.example.com/example/sub/domain","navigations":4,"duration":209.444,"captcha":"solved","bandwidth":123456789"#,
        ),
    ),
    (
        "documented_running.json",
        Ok(
            r#","api_name":"scraping_browser1","status":"running","timestamp":"2025-12-16T18:53:41Z","navigations":0,"captcha":"none","bandwidth":0"#,
        ),
    ),
    ("empty_texts.json", Ok(r#","api_name":"","status":"","target_url":"","captcha":"""#)),
    ("envelope_very_deep.json", Ok("")),
    ("envelope_with_more.json", Ok("")),
    ("error_of_nulls.json", Ok(r#","error":{"code":null,"message":null}"#)),
    (
        "error_with_more.json",
        Ok(r#","error":{"code":"no_peers","message":"No peers","hint":{"retry":true}}"#),
    ),
    ("error_without_anything.json", Ok(r#","error":{"code":null,"message":null}"#)),
    ("escapes.json", Ok(r#","api_name":"é😀\u0000\u001b[31m""#)),
    ("largest_whole_number.json", Ok(r#","bandwidth":18446744073709551615"#)),
    ("minus_zero.json", Ok(r#","navigations":0,"bandwidth":0"#)),
    ("names_with_escapes.json", Ok(r#","bandwidth":7,"error":{"code":"no_peers","message":null}"#)),
    ("odd_timestamp.json", Ok(r#","timestamp":"yesterday, about noon""#)),
    ("only_the_id.json", Ok("")),
    ("unknown_field_with_escapes.json", Ok(r#","a\"bé\n":true"#)),
    ("unknown_fields.json", Ok(r#","region":{"code":"eu","nodes":[1, 2]},"cost":0.10,"tags":["a"]"#)),
    ("unknown_fields_twice.json", Ok(r#","x":1,"x":2,"x":"\ud800""#)),
    (
        "unknown_numbers_of_any_size.json",
        Ok(r#","big":123456789012345678901234567890,"huge":1e400,"tiny":-0.1e-999"#),
    ),
    ("unknown_words.json", Ok(r#","status":"paused","captcha":"bypassed""#)),
    ("white_space.json", Ok(r#","bandwidth":7"#)),
    ("whole_numbers_as_floats.json", Ok(r#","navigations":4,"duration":4.0,"bandwidth":4"#)),
];

/// Bodies of other statuses, each with the message and the code that the error retains.
const ERRORS: &[(&str, Option<&str>, Option<&str>)] = &[
    ("beside_what_cannot_be_read.json", Some("Bad input"), None),
    ("blank.txt", None, None),
    ("blank_before_others.json", Some("Session not found"), Some("no_session")),
    ("code_as_odd_number.json", Some("Too many"), Some("4.290e2")),
    ("documented_400.json", Some("Invalid session_id format"), None),
    ("documented_400_list.json", Some("Invalid request parameters"), None),
    ("documented_401.json", Some("Credentials are missing"), None),
    ("documented_401_invalid.json", Some("Invalid credentials"), None),
    ("documented_404.json", Some("Session not found"), None),
    ("echoes_the_key.json", Some("no such key: [redacted] (Bearer [redacted])"), None),
    ("echoes_the_key_cut.txt", Some("you sent [redacted]"), None),
    ("empty.txt", None, None),
    ("empty_texts.json", None, None),
    ("error_as_object.json", Some("{\"error\":{\"message\":\"inner\"}}"), None),
    ("error_null_then_message.json", Some("Slow down"), Some("17")),
    ("html_page.txt", Some("a web page instead of JSON: 502 Bad Gateway"), None),
    ("list_in_a_list.json", Some("{\"errors\":[[\"limit\",\"too large\"]]}"), None),
    ("not_utf8.txt", Some("caf� closed"), None),
    ("only_errors.json", Some("limit: too large"), None),
    ("other_json.json", Some("[\"no\"]"), None),
    ("plain_401.txt", Some("Invalid credentials"), None),
    ("plain_401_method.txt", Some("Auth method is not supported"), None),
    ("plain_401_required.txt", Some("User authentication is required"), None),
    ("terminal_escapes.txt", Some("\\u{1b}]0;owned\\u{7}\\u{1b}[31mred\\u{9b}\\u{202e}\\r\\nnext"), None),
    ("with_code_and_errors.json", Some("Bad input"), Some("1020")),
    ("with_error_code.json", Some("Zone not found"), Some("zone_not_found")),
];

/// Fixtures with a test of their own.
const APART: [&[&str]; 2] =
    [&["id_in_another_case.json", "unknown_field_very_deep.json"], &["deep.json", "very_long.txt"]];

const FOLDERS: [&str; 2] = ["sessions", "errors"];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn parse(status: u16, name: &str) -> Result<Session, Error> {
    let api = Api::new(ApiKey::new(KEY).unwrap());
    let body = fs::read(folder(if status == 200 { "sessions" } else { "errors" }).join(name)).unwrap();
    let mut response = Response::new(body.as_slice());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    api.parse(&GetSession::new(ID.parse().unwrap()), response)
}

/// Serializes a session and returns the part after the id, without null fields.
fn serialized(session: &Session) -> String {
    let mut json = serde_json::to_string(session).unwrap();
    let known = "api_name status timestamp target_url end_url navigations duration captcha bandwidth error";
    for name in known.split(' ') {
        json = json.replacen(&format!(",\"{name}\":null"), "", 1);
    }
    let start = format!("{{\"session_id\":\"{}\"", session.session_id);
    json.strip_prefix(&start).and_then(|rest| rest.strip_suffix('}')).unwrap().to_owned()
}

#[test]
fn each_fixture_has_a_row_and_each_row_a_fixture() {
    let tables = [names(SESSIONS.iter().map(|row| row.0)), names(ERRORS.iter().map(|row| row.0))];
    for ((part, table), apart) in FOLDERS.into_iter().zip(tables).zip(APART) {
        let files = fs::read_dir(folder(part)).unwrap().map(|entry| entry.unwrap().file_name());
        let files: BTreeSet<_> = files.map(|name| name.into_string().unwrap()).collect();
        assert_eq!(files, &table | &names(apart.iter().copied()));
    }
}

fn names<'a>(rows: impl Iterator<Item = &'a str> + Clone) -> BTreeSet<String> {
    let names: BTreeSet<_> = rows.clone().map(str::to_owned).collect();
    assert_eq!(names.len(), rows.count(), "each file has one row");
    names
}

#[test]
fn each_session_fixture_gives_the_result_in_its_row() {
    for (name, expected) in SESSIONS {
        let actual = parse(200, name).map(|session| serialized(&session)).map_err(|error| error.to_string());
        let expected = match expected {
            Ok(json) => Ok((*json).to_owned()),
            Err(problem) => Err(format!("malformed body: {problem}")),
        };
        assert_eq!(actual, expected, "{name}");
    }
}

#[test]
fn each_error_fixture_gives_the_message_in_its_row() {
    for (name, message, code) in ERRORS {
        let error = parse(400, name).unwrap_err();
        let response = error.response().unwrap();
        let actual = (response.status.as_u16(), response.message.as_deref(), response.code.as_deref());
        assert_eq!(actual, (400, *message, *code), "{name}");
        assert_eq!((response.retry_after, error.attempts()), (None, 1), "{name}");
        let shown = message.map(|message| format!(", {message}")).unwrap_or_default();
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        assert_eq!(error.to_string(), format!("bad request: status 400{shown}{code}"), "{name}");
    }
}

#[test]
fn a_serialized_session_parses_to_the_same_session() {
    for (name, _) in SESSIONS.iter().filter(|row| row.1.is_ok()) {
        let session = parse(200, name).unwrap();
        let json = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session, "{name}");
    }
}

#[test]
fn every_field_of_the_documented_sessions_is_parsed() {
    let mut expected = Session::new(ID.parse().unwrap());
    expected.api_name = Some("scraping_browser1".into());
    expected.status = Some(SessionStatus::Finished);
    expected.timestamp = Some("2025-12-16T18:53:41Z".parse().unwrap());
    expected.target_url = Some("https://www.example.com".into());
    expected.end_url = Some("https://www.example.com/example/sub/domain".into());
    expected.navigations = Some(4);
    expected.duration = Some(209.444);
    expected.captcha = Some(Captcha::Solved);
    expected.bandwidth = Some(123_456_789);
    assert_eq!(parse(200, "documented_finished.json").unwrap(), expected);

    expected.status = Some(SessionStatus::Failed);
    expected.end_url = Some("https://www.example.com/example/sub".into());
    expected.navigations = Some(3);
    expected.captcha = Some(Captcha::None);
    expected.error = Some(SessionError::new("unknown", "Error"));
    assert_eq!(parse(200, "documented_failed.json").unwrap(), expected);

    expected.status = Some(SessionStatus::Running);
    (expected.target_url, expected.end_url, expected.duration, expected.error) = (None, None, None, None);
    (expected.navigations, expected.bandwidth) = (Some(0), Some(0));
    assert_eq!(parse(200, "documented_running.json").unwrap(), expected);
}

#[test]
fn an_id_in_another_case_is_accepted_unchanged() {
    let session = parse(200, "id_in_another_case.json").unwrap();
    assert_eq!(session, Session::new(ID.to_ascii_lowercase().parse().unwrap()));
}

#[test]
fn an_unknown_field_of_any_depth_is_retained() {
    let session = parse(200, "unknown_field_very_deep.json").unwrap();
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    assert_eq!(session.unknown.get("deep").unwrap().get(), deep);
    assert_eq!(serialized(&session), format!(",\"deep\":{deep}"));
}

#[test]
fn unknown_fields_keep_their_order_and_duplicates() {
    let session = parse(200, "unknown_fields_twice.json").unwrap();
    let fields: Vec<_> = session.unknown.iter().map(|(name, value)| (name, value.get())).collect();
    assert_eq!(fields, [("x".to_owned(), "1"), ("x".to_owned(), "2"), ("x".to_owned(), r#""\ud800""#)]);
    assert_eq!(session.unknown.get("x").unwrap().get(), "1");
    assert!(session.unknown.get("y").is_none());
    assert_eq!(format!("{:?}", session.unknown), r#"{"x": "1", "x": "2", "x": "\"\\ud800\""}"#);
}

#[test]
fn a_long_message_is_truncated() {
    let cut = "all work and no play ".repeat(15)[..300].to_owned() + "…";
    assert_eq!(
        parse(400, "very_long.txt").unwrap_err().to_string(),
        format!("bad request: status 400, {cut}")
    );
    let cut = "[".repeat(300) + "…";
    assert_eq!(parse(400, "deep.json").unwrap_err().to_string(), format!("bad request: status 400, {cut}"));
}
