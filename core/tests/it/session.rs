//! Round trips of sessions through serde.

use brightdata_sessions::Session;
use serde_json::{Value, json};

/// Returns values of unknown fields, each with the `Value` it becomes.
fn odd_values() -> Vec<(String, Value)> {
    let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
    let text = |raw: &str| (raw.to_owned(), Value::from(raw));
    vec![
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
