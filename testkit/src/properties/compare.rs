//! The differences between a parser and the model, each as one sentence.

use std::fmt::{Debug, Display};

use serde::Serialize;
use serde_json::{Map, Value};

use super::model::Rejected;

/// Asserts that the core's parser gives the result of the model.
pub(super) fn same<T: PartialEq + Debug, E: Debug>(expected: Result<T, Rejected>, actual: Result<T, E>) {
    match (expected, actual) {
        (Ok(expected), Ok(actual)) => assert!(
            expected == actual,
            "the parser must return the fields of the body: expected {expected:?}, found {actual:?}"
        ),
        (Ok(expected), Err(error)) => {
            panic!("the body is valid: expected {expected:?}, but the parser rejected it: {error:?}")
        }
        (Err(rule), Ok(actual)) => must_reject(&rule, &format!("{actual:?}")),
        (Err(_), Err(_)) => {}
    }
}

/// Asserts that another parser accepts the body if the model does, and that the fields of its result
/// have the values of the model.
pub(super) fn other_parser<T: Serialize, E: Display>(
    expected: Result<Value, Rejected>,
    actual: Result<T, E>,
) {
    let actual = actual.map(|actual| {
        serde_json::to_value(actual)
            .unwrap_or_else(|error| panic!("the result of the parser must serialize to JSON: {error}"))
    });
    match (expected, actual) {
        (Ok(expected), Ok(actual)) => {
            let has_field = |actual: &Map<_, _>| actual.keys().any(|name| expected.get(name).is_some());
            assert!(
                actual.as_object().is_some_and(has_field),
                "the result of the parser must have a field of the body under its own name: expected some of {expected}, but the parser returned {actual}"
            );
            if let Some((path, expected, actual)) = difference(&expected, &actual) {
                let place =
                    if path.is_empty() { "the result".to_owned() } else { format!("`{}`", &path[1..]) };
                panic!(
                    "{place} must have the value in the body: expected {expected}, but the parser returned {actual}"
                );
            }
        }
        (Ok(expected), Err(error)) => {
            panic!("the body is valid: expected {expected}, but the parser rejected it: {error}")
        }
        (Err(rule), Ok(actual)) => must_reject(&rule, &actual.to_string()),
        (Err(_), Err(_)) => {}
    }
}

fn must_reject(Rejected(rule): &Rejected, actual: &str) -> ! {
    panic!("the body violates a rule ({rule}): expected the parser to reject it, but it returned {actual}")
}

/// Returns the first difference: its path, and both values. Members that only the model has are not
/// compared, nor are those that the body lacks.
fn difference(expected: &Value, actual: &Value) -> Option<(String, String, String)> {
    let in_place = |place: String, expected, actual| {
        difference(expected, actual).map(|(path, expected, actual)| (place + &path, expected, actual))
    };
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            actual.iter().find_map(|(name, actual)| in_place(format!(".{name}"), expected.get(name)?, actual))
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let mut pairs = expected.iter().zip(actual).enumerate();
            pairs.find_map(|(index, (expected, actual))| in_place(format!("[{index}]"), expected, actual))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() || other.is_f64() => {
            // A parser may hold a whole number as a float.
            (one.as_f64() != other.as_f64()).then(|| (String::new(), one.to_string(), other.to_string()))
        }
        _ => (expected != actual).then(|| (String::new(), expected.to_string(), actual.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::panic;

    use serde_json::json;

    use super::super::{page, session};
    use super::*;

    /// Returns the message of a panic.
    fn message(check: impl FnOnce() + panic::UnwindSafe) -> String {
        let payload = panic::catch_unwind(check).unwrap_err();
        payload.downcast_ref::<String>().unwrap().clone()
    }

    #[test]
    fn each_difference_is_a_sentence_with_rule_and_values() {
        let ok = |value: Value| move |_: &[u8]| Ok::<_, String>(value);
        let table = [
            (
                r#"{"session":{"session_id":"a","bandwidth":-1}}"#,
                "`bandwidth` is a whole number from 0 to 2^64 - 1, or null",
            ),
            (
                r#"{"session":{"session_id":"a","duration":-1}}"#,
                "`duration` is a number of at least 0, or null",
            ),
            (r#"{"session":{"session_id":"a","status":1}}"#, "`status` is a string or null"),
            (r#"{"session":{"session_id":"a","error":1}}"#, "an object is JSON, and its names are strings"),
            (r#"{"session":{"session_id":"a","status":null,"status":""}}"#, "`status` occurs at most once"),
            (r#"{"session":null}"#, "`session` is an object"),
        ];
        for (body, rule) in table {
            let expected = format!(
                "the body violates a rule ({rule}): expected the parser to reject it, but it returned {{\"session_id\":\"a\"}}"
            );
            let parse = ok(json!({"session_id": "a"}));
            assert_eq!(message(|| session::parses_like_the_model(body.as_bytes(), parse)), expected);
            // A parser may accept it, if only valid bodies count.
            session::valid_body_is_read(body.as_bytes(), ok(json!({"session_id": "b"})));
        }
        let body = br#"{"sessions":[{"session_id":"a","bandwidth":1}],"count":1}"#;
        let check = |value| message(|| page::valid_body_is_read(body, ok(value)));
        assert_eq!(
            check(json!({"sessions": [{"bandwidth": 2}]})),
            "`sessions[0].bandwidth` must have the value in the body: expected 1, but the parser returned 2"
        );
        assert_eq!(
            check(json!({"pagination": {"offset": 0}})),
            "`pagination.offset` must have the value in the body: expected null, but the parser returned 0"
        );
        for nothing in [json!({}), json!({"total_count": 1}), json!([1]), json!(null)] {
            let start = "the result of the parser must have a field of the body under its own name: ";
            assert!(check(nothing).starts_with(start));
        }
        page::parses_like_the_model(body, ok(json!({"sessions": [{"session_id": "a"}], "count": 1.0})));
        page::parses_like_the_model(br#"{"sessions":1}"#, |_| Err::<(), _>("not a list"));
        let sessions = "the body violates a rule (`sessions` is a list): expected the parser to reject it, but it returned []";
        assert_eq!(message(|| page::parses_like_the_model(b"{}", ok(json!([])))), sessions);
    }

    #[test]
    fn the_first_difference_has_its_path_and_both_values() {
        let expected = json!({"a": 1, "b": null, "c": {"d": [1, {"e": "x"}]}, "f": 4});
        let found = |path: &str, expected: &str, actual: &str| {
            Some((path.to_owned(), expected.to_owned(), actual.to_owned()))
        };
        let table = [
            (json!({"a": 1, "more": 2}), None),
            (json!({"f": 4.0}), None),
            (json!({"f": 4.5}), found(".f", "4", "4.5")),
            (json!({"b": ""}), found(".b", "null", "\"\"")),
            (json!({"c": {"d": [1, {"e": "y"}]}}), found(".c.d[1].e", "\"x\"", "\"y\"")),
            (json!({"c": {"d": [1]}}), found(".c.d", "[1,{\"e\":\"x\"}]", "[1]")),
            (json!("text"), found("", &expected.to_string(), "\"text\"")),
        ];
        for (actual, difference_of_both) in table {
            assert_eq!(difference(&expected, &actual), difference_of_both, "{actual}");
        }
    }
}
