//! Round trips of sessions through serde.

use std::time::Duration;

use brightdata_sessions::{Session, SessionError};
use serde_json::{Value, json};

/// Returns values of unknown fields, each with the `Value` it becomes.
fn odd_values() -> Vec<(String, Value)> {
    let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
    let text = |raw: &str| (raw.to_owned(), Value::from(raw));
    vec![
        ("null".into(), json!(null)),
        ("false".into(), json!(false)),
        (r#""""#.into(), json!("")),
        ("{}".into(), json!({})),
        (r#"{"a":[1,null]}"#.into(), json!({"a": [1, null]})),
        ("0.10".into(), json!(0.1)),
        ("18446744073709551615".into(), json!(u64::MAX)),
        (deep(127), serde_json::from_str(&deep(127)).unwrap()),
        text(&deep(128)),
        text(&deep(100_000)),
        text("1e999"),
        text("[-1e999]"),
        text(r#""\ud800""#),
        text(r#"{"a":"x\udfff"}"#),
        text(r#"{"\ud800":1}"#),
    ]
}

fn session(raw: &str) -> (String, Session) {
    let json = format!(
        r#"{{"session_id":"a","api_name":null,"status":null,"timestamp":null,"target_url":null,"end_url":null,"navigations":null,"duration":1.5,"captcha":null,"bandwidth":null,"error":{{"code":"b","message":null,"y":{raw}}},"x":{raw}}}"#
    );
    let session = serde_json::from_str(&json).unwrap();
    (json, session)
}

#[test]
fn json_text_retains_unknown_fields_unchanged() {
    for (raw, _) in odd_values() {
        let (json, session) = session(&raw);
        assert_eq!(serde_json::to_string(&session).unwrap(), json);
        assert_eq!(serde_json::to_vec(&session).unwrap(), json.as_bytes());
        assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session);
    }
}

#[test]
fn to_value_works_for_every_session() {
    for (raw, expected) in odd_values() {
        let (_, session) = session(&raw);
        let value = serde_json::to_value(&session).unwrap();
        assert_eq!((&value["x"], &value["error"]["y"]), (&expected, &expected));
        assert_eq!((&value["session_id"], &value["duration"]), (&json!("a"), &json!(1.5)));
    }
}

#[test]
fn to_value_works_within_another_type() {
    #[derive(serde::Serialize)]
    struct Row {
        number: u32,
        #[serde(flatten)]
        session: Session,
    }
    for (raw, expected) in odd_values() {
        let (json, session) = session(&raw);
        let row = Row { number: 1, session };
        assert_eq!(serde_json::to_value(&row).unwrap()["x"], expected);
        assert_eq!(serde_json::to_string(&row).unwrap(), json.replacen('{', r#"{"number":1,"#, 1));
    }
}

#[test]
fn a_session_is_the_same_from_a_value_as_from_text() {
    for (raw, _) in odd_values() {
        let value = serde_json::to_value(session(&raw).1).unwrap();
        let expected: Session = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(serde_json::from_value::<Session>(value.clone()).unwrap(), expected);
        assert_eq!(serde_json::to_value(&expected).unwrap(), value);
    }
}

#[test]
fn std_duration_is_none_for_a_number_out_of_range() {
    let table = [
        (Some(0.0), Some(Duration::ZERO)),
        (Some(-0.0), Some(Duration::ZERO)),
        (Some(209.444), Some(Duration::from_millis(209_444))),
        (Some(1e-9), Some(Duration::from_nanos(1))),
        (Some(1e-10), Some(Duration::ZERO)),
        (Some(-1.0), None),
        (Some(f64::NAN), None),
        (Some(f64::INFINITY), None),
        (Some(1e300), None),
        (Some(18_446_744_073_709_551_616.0), None),
        (None, None),
    ];
    for (seconds, expected) in table {
        let session = Session::new("a".parse().unwrap()).with(|session| session.duration = seconds);
        assert_eq!(session.std_duration(), expected, "{seconds:?}");
    }
}

#[test]
fn a_session_made_in_code_equals_the_parsed_one() {
    let made = Session::new("a".parse().unwrap()).with(|session| {
        session.api_name = Some("zone".into());
        session.status = Some("failed".into());
        session.timestamp = "2025-12-16T18:53:41Z".parse().ok();
        session.navigations = Some(3);
        session.error = Some(SessionError::new("no_peers", "none"));
    });
    let json = r#"{"session_id":"a","api_name":"zone","status":"failed","timestamp":"2025-12-16T18:53:41Z",
        "navigations":3,"error":{"code":"no_peers","message":"none"}}"#;
    assert_eq!(made, Session::from_json(json).unwrap());
}
