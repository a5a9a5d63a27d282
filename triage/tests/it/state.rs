//! The written form of a triage: what it looks like, and what is rejected.

use std::time::SystemTime;

use brightdata_sessions_testkit::{generate, peak_memory};
use brightdata_sessions_triage::Triage;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::any::{any_sessions, triage};
use crate::support::{assert_file, one_of_each, report_is_consistent, session};

fn read(state: &Value) -> Result<Triage, String> {
    serde_json::from_str(&state.to_string()).map_err(|error| {
        let error = error.to_string();
        error.split(" at line ").next().unwrap_or_default().to_owned()
    })
}

/// If this file changes, the format has changed and needs a new version.
#[test]
fn the_state_matches_its_fixture() {
    let triage = one_of_each();
    let state = serde_json::to_string_pretty(&triage).unwrap();
    assert_file("state.json", &state);
    let read: Triage = serde_json::from_str(&state).unwrap();
    assert_eq!(read.report(), triage.report());
    assert_eq!(serde_json::to_string_pretty(&read).unwrap(), state);
}

#[test]
fn an_empty_state_can_be_read() {
    let state = serde_json::to_value(Triage::new()).unwrap();
    assert_eq!(read(&state).unwrap().report(), Triage::new().report());
}

#[test]
fn collecting_continues_after_reading() {
    let sessions = generate(7, 400);
    let mut all = Triage::new();
    all.extend(&sessions);
    let mut first = Triage::new();
    first.extend(&sessions[..250]);
    let mut read = read(&serde_json::to_value(&first).unwrap()).unwrap();
    read.extend(&sessions[250..]);
    assert_eq!(read.report(), all.report());
}

#[test]
fn an_invalid_state_is_rejected_with_the_reason() {
    let valid = serde_json::to_value(one_of_each()).unwrap();
    let many = |count: usize| (0..count).map(|name| (format!("n{name}"), json!(0))).collect::<Value>();
    let evidence = valid["figures"]["failed"][0].clone();
    let newest = &valid["figures"]["configuration"]["newest"];
    let table = [
        ("/triage_state", json!(1), "unsupported version of a triage state: expected 2, found 1"),
        ("/price_per_gb", json!(-1), "invalid price per GB: expected a number from 0 to 1000000"),
        ("/now/1", json!(1_000_000_000), "invalid time: expected seconds since 1970 and nanoseconds"),
        ("/reported", json!(1.5), "invalid type: floating point `1.5`, expected u64"),
        ("/figures/total/sessions", json!(99), "invalid triage state: the statuses do not add up"),
        ("/figures/total/x", json!(1), "unknown field `x`"),
        ("/figures/failures/run", json!(7), "invalid triage state: the failures do not add up"),
        ("/figures/compared", json!(u64::MAX), "invalid triage state: the compared domains do not add up"),
        (
            "/figures/stale/sessions",
            json!(5),
            "invalid triage state: the long-running sessions do not add up",
        ),
        ("/figures/pairs/a b", json!(5), "invalid triage state: the domain pairs do not add up"),
        ("/figures/pairs", many(201), "more than 200 entries"),
        ("/figures/unknown_status_words", many(201), "more than 200 entries"),
        ("/figures/domains/shop.example/all/sizes/few/0", json!(-1.0), "a number is negative or not finite"),
        ("/figures/durations/bins/9", json!({"sessions": 0, "failed": 0}), "trailing characters"),
        ("/figures/durations/longest/duration", json!(-1), "invalid number of seconds"),
        ("/figures/failed", Value::Array(vec![evidence; 11]), "more than 10 elements"),
        ("/figures/failed/0/1/message", json!("x".repeat(304)), "a string of more than 300 bytes"),
        ("/figures/failed/0/1/started", json!("2025-12-16T10:00:00.5Z"), "invalid time"),
        ("/figures/failed/0/1/session_id", json!(".."), "invalid session id"),
        ("/figures/configuration/newest", json!([newest[2], newest[0]]), "evidence out of order"),
    ];
    for (pointer, value, expected) in table {
        let mut state = valid.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match state.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.insert(name.to_owned(), value)),
            Value::Array(values) if values.len() > name.parse().unwrap() => {
                values[name.parse::<usize>().unwrap()] = value;
            }
            Value::Array(values) => values.push(value),
            other => panic!("{other}"),
        }
        let error = read(&state).unwrap_err();
        assert!(error.starts_with(expected), "{pointer}: {error}");
    }
}

#[test]
fn other_json_is_not_a_state() {
    let report = serde_json::to_value(one_of_each().report()).unwrap();
    for other in
        [report, serde_json::to_value(session("a", json!({}))).unwrap(), json!({}), json!(1), json!("")]
    {
        read(&other).unwrap_err();
    }
}

/// Returns all numbers of a JSON value.
fn numbers<'a>(value: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    match value {
        Value::Number(_) => found.push(value),
        Value::Array(values) => values.iter_mut().for_each(|value| numbers(value, found)),
        Value::Object(members) => members.values_mut().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A changed state is rejected, or else it can be merged, reported and displayed.
    #[test]
    fn a_changed_state_does_not_panic(
        sessions in any_sessions(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u64>(), 0..64_u32), 1..4),
    ) {
        let mut original = triage();
        original.extend(&sessions);
        let mut state = serde_json::to_value(&original).unwrap();
        let mut found = Vec::new();
        numbers(&mut state, &mut found);
        for (index, number, shift) in changes {
            let place = index.index(found.len());
            *found[place] = (number >> shift).into();
        }
        if let Ok(mut triage) = read(&state) {
            let _ = triage.report().to_string();
            if triage.merge(original.clone()).is_ok() {
                triage.extend(&sessions);
                let report = triage.report();
                let _ = (report.to_string(), serde_json::to_string(&report).unwrap());
            }
        }
    }

    /// The report of a state is that of its triage.
    #[test]
    fn any_state_round_trips(sessions in any_sessions()) {
        let mut triage = triage();
        triage.extend(&sessions);
        let state = serde_json::to_value(&triage).unwrap();
        let read = read(&state).unwrap();
        report_is_consistent(&read.report());
        prop_assert_eq!(read.report(), triage.report());
        prop_assert_eq!(serde_json::to_value(&read).unwrap(), state);
    }
}

/// Prints sizes:
/// `cargo test --release -p brightdata-sessions-triage --test it state -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it prints what it measures")]
fn sizes_of_states() {
    for count in [100, 10_000, 1_000_000] {
        let mut triage = Triage::new().with_now(SystemTime::now());
        (0..count / 100).for_each(|seed| triage.extend(generate(seed, 100)));
        let state = serde_json::to_string(&triage).unwrap();
        println!("{count} sessions: {} bytes, peak memory {:?}", state.len(), peak_memory());
    }
}
