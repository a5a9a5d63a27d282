//! Each single change of a documented body is found.

use brightdata_sessions::DeviationKind::{
    self, DuplicateField, Id, JsonType, MissingField, Null, Number, Pagination, Record, Timestamp,
    UnknownField, UnknownWord,
};
use brightdata_sessions::deviations;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::support::properties;

/// The fields of a session, with whether null is documented.
const FIELDS: [(&str, bool); 11] = [
    ("session_id", false),
    ("api_name", false),
    ("status", false),
    ("timestamp", false),
    ("target_url", true),
    ("end_url", true),
    ("navigations", false),
    ("duration", true),
    ("captcha", false),
    ("bandwidth", false),
    ("error", true),
];

/// Generates a documented session whose id and start follow from its index.
fn session() -> impl Strategy<Value = Value> {
    let status = select(vec!["running", "finished", "failed"]);
    let captcha = select(vec!["solved", "none", "failed", "detected"]);
    let url = || prop::option::of("https://[a-z]{1,9}\\.example/\\PC{0,9}");
    let numbers = (any::<u64>(), any::<u64>(), 0.0..3600.0_f64);
    (status, captcha, url(), url(), numbers, any::<String>(), any::<bool>()).prop_map(
        |(status, captcha, target_url, end_url, (navigations, bandwidth, seconds), text, has_error)| {
            let error = json!({"code": text, "message": text});
            let is_running = status == "running";
            let has_error = status == "failed" || status == "finished" && has_error;
            json!({
                "session_id": "", "api_name": text, "status": status, "timestamp": "",
                "target_url": target_url, "end_url": end_url, "navigations": navigations,
                "duration": if is_running { Value::Null } else { seconds.into() },
                "captcha": captcha, "bandwidth": bandwidth,
                "error": if has_error { error } else { Value::Null },
            })
        },
    )
}

/// Generates a documented page.
fn page() -> impl Strategy<Value = Value> {
    let sessions = proptest::collection::vec(session(), 0..5);
    (sessions, 0..3_u64, 0..50_u64, any::<bool>(), any::<bool>()).prop_map(
        |(mut sessions, page, more, has_more, is_descending)| {
            let count = sessions.len() as u64;
            let limit = (count + more).max(1);
            let offset = page * limit;
            for (index, session) in sessions.iter_mut().enumerate() {
                session["session_id"] = format!("3f2c1d9e-0000-4000-8000-00000000000{index}").into();
                let second = if is_descending { 59 - index } else { 10 + index };
                session["timestamp"] = format!("2025-12-16T18:53:{second}Z").into();
            }
            let total = if has_more { offset + limit + 1 + more } else { offset + count };
            json!({
                "sessions": sessions, "count": count, "total": total,
                "pagination": {
                    "offset": offset, "limit": limit, "has_more": has_more,
                    "next_offset": if has_more { Value::from(offset + limit) } else { Value::Null },
                },
            })
        },
    )
}

/// A changed object, and what must be found in it: the kind and the member.
type Change = (Value, DeviationKind, &'static str);

/// Returns every single change of a documented object.
fn changes(object: &Value, fields: &[(&'static str, bool)]) -> Vec<Change> {
    let mut changes = vec![(changed(object, "new", json!(1)), UnknownField, "new")];
    for (name, is_nullable) in fields {
        let mut missing = object.clone();
        missing.as_object_mut().unwrap().remove(*name);
        changes.push((missing, MissingField, name));
        if !is_nullable {
            changes.push((changed(object, name, Value::Null), Null, name));
        }
        let other = if object[*name].is_array() { json!({}) } else { json!([]) };
        changes.push((changed(object, name, other), JsonType, name));
        let other = if object[*name].is_string() { json!(7) } else { json!("7") };
        let is_text = matches!(*name, "target_url" | "end_url");
        if !is_text || !object[*name].is_null() {
            changes.push((changed(object, name, other), JsonType, name));
        }
    }
    changes
}

fn changes_of_session(session: &Value) -> Vec<Change> {
    let mut all = changes(session, &FIELDS);
    let mut add = |kind, name: &'static str, value| all.push((changed(session, name, value), kind, name));
    add(UnknownWord, "status", json!("paused"));
    add(UnknownWord, "captcha", json!("skipped"));
    for id in ["", "7", "3f2c1d9e00004000800000000000000", "a/b"] {
        add(Id, "session_id", json!(id));
    }
    for time in
        ["", "2025-12-16", "2025-12-16T18:53:41.5Z", "2025-12-16T18:53:41+00:00", "2025-02-30T00:00:00Z"]
    {
        add(Timestamp, "timestamp", json!(time));
    }
    for name in ["navigations", "bandwidth"] {
        for number in [json!(-1), json!(0.5), json!(4.0), json!(1e300)] {
            add(Number, name, number);
        }
    }
    add(Number, "duration", json!(-0.5));
    add(Record, "duration", if session["duration"].is_null() { json!(1) } else { Value::Null });
    match session["status"].as_str().unwrap() {
        "running" => add(Record, "error", json!({"code": "x", "message": "x"})),
        "failed" => add(Record, "error", Value::Null),
        _ => {}
    }
    all
}

/// Returns the changes of a page around its sessions, with whether a member is one of `pagination`.
fn changes_of_page(page: &Value) -> Vec<(Change, bool)> {
    let pagination = &page["pagination"];
    let number = |object: &Value, name: &str| object[name].as_u64().unwrap();
    let (count, total, offset) = (number(page, "count"), number(page, "total"), number(pagination, "offset"));
    let mut outer =
        changes(page, &[("sessions", false), ("count", false), ("total", false), ("pagination", false)]);
    outer.push((changed(page, "count", json!(count + 1)), Pagination, "count"));
    if count > 0 {
        outer.push((changed(page, "total", json!(offset + count - 1)), Pagination, "total"));
    }
    let fields = [("offset", false), ("limit", false), ("has_more", false), ("next_offset", true)];
    let mut inner = changes(pagination, &fields);
    let mut add =
        |name: &'static str, value| inner.push((changed(pagination, name, value), Pagination, name));
    add("limit", json!(0));
    add("limit", json!(101));
    if pagination["has_more"] == true {
        add("next_offset", Value::Null);
        add("next_offset", json!(offset));
        add("next_offset", json!(total + 1000));
    } else {
        add("next_offset", json!(total + 1));
        add("has_more", json!(true));
    }
    let outer = outer.into_iter().map(|change| (change, false));
    let inner =
        inner.into_iter().map(|(inner, kind, name)| ((changed(page, "pagination", inner), kind, name), true));
    outer.chain(inner).collect()
}

fn changed(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[name] = value;
    object
}

/// Checks that a body has this deviation.
fn is_found(body: &str, kind: DeviationKind, path: &str, first: Option<usize>) {
    let found = deviations(body.as_bytes());
    properties::deviations::are_bounded_and_safe(&found);
    let is_expected = |deviation: &brightdata_sessions::Deviation| {
        (deviation.kind, &*deviation.path, deviation.first) == (kind, path, first)
    };
    assert!(found.iter().any(is_expected), "{kind} at {path}: {found:#?}\n{body}");
}

proptest! {
    #[test]
    fn a_documented_page_has_no_deviations(page in page()) {
        assert_eq!(deviations(page.to_string().as_bytes()), []);
        for session in page["sessions"].as_array().unwrap() {
            assert_eq!(deviations(json!({"session": session}).to_string().as_bytes()), []);
        }
    }

    #[test]
    fn each_change_of_a_page_is_found(page in page(), index: Index) {
        let changes = changes_of_page(&page);
        let ((body, kind, name), is_inner) = index.get(&changes);
        let path = if *is_inner { format!("pagination.{name}") } else { (*name).to_owned() };
        is_found(&body.to_string(), *kind, &path, None);
    }

    #[test]
    fn each_change_of_a_session_is_found(page in page(), session: Index, index: Index) {
        let mut page = page;
        let sessions = page["sessions"].as_array_mut().unwrap();
        prop_assume!(!sessions.is_empty());
        let at = session.index(sessions.len());
        let error = sessions[at]["error"].clone();
        let mut changes: Vec<_> =
            changes_of_session(&sessions[at]).into_iter().map(|(session, kind, name)| (session, kind, name.to_owned())).collect();
        if error.is_object() {
            for (error, kind, name) in self::changes(&error, &[("code", false), ("message", false)]) {
                changes.push((changed(&sessions[at], "error", error), kind, format!("error.{name}")));
            }
        }
        let (changed, kind, name) = index.get(&changes);
        is_found(&json!({"session": changed}).to_string(), *kind, &format!("session.{name}"), None);
        sessions[at] = changed.clone();
        is_found(&page.to_string(), *kind, &format!("sessions[].{name}"), Some(at));
    }

    #[test]
    fn each_field_that_occurs_twice_is_found(session in session(), field in select(FIELDS.to_vec())) {
        let name = format!("\"{}\":", field.0);
        let body = json!({"session": session}).to_string().replacen(&name, &format!("{name}null,{name}"), 1);
        is_found(&body, DuplicateField, &format!("session.{}", field.0), None);
    }

    #[test]
    fn no_value_is_shown(one in "[^0-9]{1,50}", other in "[^0-9]{1,50}") {
        properties::deviations::values_are_not_shown(&one, &other);
    }
}
