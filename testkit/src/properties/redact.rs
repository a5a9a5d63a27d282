//! Data of the service in which it echoes the key.

use brightdata_sessions::Session;
use serde_json::Value;

use super::echo::{FORMS, json_string};
use super::{KEY, api};

/// The text and the JSON no longer show the key. JSON stays valid with the same structure, a
/// session stays a session, and a second redaction changes nothing.
///
/// The first byte selects a form of the key, the second how it is written. In the rest, `~` stands
/// for the key.
pub fn check(input: &[u8]) {
    let Some((choice, text)) = input.split_first_chunk::<2>() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let (_, form) = FORMS[usize::from(choice[0]) % FORMS.len()];
    let key = form(KEY);
    let json = json_string(&key);
    let echo = if choice[1] % 2 == 0 { key.as_str() } else { &json[1..json.len() - 1] };
    text_is_redacted(text, echo);
    json_is_redacted(&text.replace('~', echo));
}

/// The key is gone, the text around it is unchanged, and nothing else is left to redact.
fn text_is_redacted(text: &str, echo: &str) {
    let api = api();
    let key = api.key();
    let redacted = key.redact(text).into_owned();
    assert_eq!(key.redact(&redacted), redacted, "redacted again");
    let shown = text.replace('~', echo);
    let redacted = key.redact(&shown);
    assert!(!redacted.contains(KEY) && !redacted.contains(echo), "{redacted}");
    assert_eq!(key.redact(&redacted), redacted, "redacted again");
    // A part of the key, or of an escape, may stand next to the echo by chance, but not beyond a space.
    let parts: Vec<_> = text.split('~').collect();
    let is_apart = parts.iter().all(|part| key.redact(part) == *part)
        && parts.iter().skip(1).all(|part| part.starts_with(' '))
        && parts.iter().rev().skip(1).all(|part| part.ends_with(' '));
    if is_apart {
        assert_eq!(redacted, text.replace('~', "[redacted]"));
    }
}

/// JSON stays valid, with the same structure and without the key. A session without the key stays
/// a session.
fn json_is_redacted(json: &str) {
    let Ok(value) = serde_json::from_str::<Value>(json) else { return };
    let api = api();
    let key = api.key();
    let clean = key.redact_json(json);
    let again: Value = serde_json::from_str(&clean).unwrap_or_else(|error| panic!("{error}: {clean}"));
    has_no_key(&again);
    has_same_shape(&value, &again);
    if shows_key(&value) {
        assert_ne!(clean, json, "the key is still there");
    }
    let Ok(session) = Session::from_json(json) else { return };
    let redacted = session.clone().redact(key);
    let written = serde_json::to_string(&redacted).unwrap();
    assert!(!written.contains(KEY) && !format!("{redacted:?}").contains(KEY), "{written}");
    has_no_key(&serde_json::from_str(&written).unwrap());
    assert_eq!(Session::from_json(&written).unwrap(), redacted);
    if !shows_key(&serde_json::to_value(&session).unwrap()) && clean == json {
        assert_eq!(redacted, session);
    }
}

/// Only strings and names change, and numbers that show the key become strings.
fn has_same_shape(before: &Value, after: &Value) {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            before.iter().zip(after).for_each(|(before, after)| has_same_shape(before, after));
        }
        (Value::Object(before), Value::Object(after)) => {
            // Names can become equal, and then the last one counts.
            let same = before.iter().filter_map(|(name, before)| Some((before, after.get(name)?)));
            same.for_each(|(before, after)| has_same_shape(before, after));
        }
        (Value::String(_), Value::String(_)) => {}
        (Value::Number(_), Value::String(after)) => assert_eq!(after, "[redacted]"),
        _ => assert_eq!(before, after),
    }
}

fn has_no_key(value: &Value) {
    assert!(!shows_key(value), "{value}");
}

/// Returns whether a string, a name or a number shows the key.
fn shows_key(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(KEY),
        Value::Array(values) => values.iter().any(shows_key),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains(KEY) || shows_key(value)),
        value => value.to_string().contains(KEY),
    }
}
