//! A report that is read back from its JSON.

use brightdata_sessions_testkit::generate;
use brightdata_sessions_triage::{Action, ErrorClass, FailurePattern, FindingKind, Report, Triage};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::any::{any_sessions, triage};
use crate::support::one_of_each;

fn read_back(report: &Report) -> Report {
    serde_json::from_str(&serde_json::to_string(report).unwrap()).unwrap()
}

#[test]
fn a_report_round_trips_through_json() {
    for count in [0, 1, 50, 1000] {
        let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
        triage.extend(generate(3, count));
        triage.set_reported(Some(2000));
        triage.set_duplicates(1, 2);
        let report = triage.report();
        let read = read_back(&report);
        assert_eq!(read, report);
        assert_eq!(read.to_string(), report.to_string());
    }
}

#[test]
fn stable_names_are_read_and_others_are_rejected() {
    let kinds = [FindingKind::Configuration, FindingKind::DomainChange, FindingKind::UnknownCaptcha];
    for kind in kinds {
        assert_eq!(serde_json::from_value::<FindingKind>(kind.as_str().into()).unwrap(), kind);
    }
    let action: Action = serde_json::from_str(r#""look""#).unwrap();
    let class: ErrorClass = serde_json::from_str(r#""proxy""#).unwrap();
    let pattern: FailurePattern = serde_json::from_str(r#""nothing_loaded""#).unwrap();
    assert_eq!(
        (action, class, pattern),
        (Action::Investigate, ErrorClass::Proxy, FailurePattern::NothingLoaded)
    );
    let error = serde_json::from_str::<Action>(r#""Fix""#).unwrap_err();
    let expected = "unknown variant `Fix`, expected one of `fix`, `change`, `retry`, `look`";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn a_report_with_further_members_can_be_read() {
    let report = one_of_each().report();
    let mut json = serde_json::to_value(&report).unwrap();
    json["later"] = true.into();
    json["total"]["later"] = 1.into();
    json["hours"][0]["later"] = 2.into();
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}

#[test]
fn a_report_without_a_member_is_rejected() {
    let json = serde_json::to_value(one_of_each().report()).unwrap();
    for member in ["verdict", "sessions", "total", "hours_beyond", "drift"] {
        let mut json = json.clone();
        json.as_object_mut().unwrap().remove(member);
        let error = serde_json::from_value::<Report>(json).unwrap_err();
        assert_eq!(error.to_string(), format!("missing field `{member}`"));
    }
}

/// Changes a number or a string of a JSON value.
fn change(value: &mut Value, place: &mut usize, number: u64) {
    match value {
        Value::Number(_) | Value::String(_) if *place == 0 => {
            *place = usize::MAX;
            *value = if value.is_number() { number.into() } else { "\u{1b}[31m\n".into() };
        }
        Value::Number(_) | Value::String(_) => *place -= 1,
        Value::Array(values) => values.iter_mut().for_each(|value| change(value, place, number)),
        Value::Object(members) => members.values_mut().for_each(|value| change(value, place, number)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_report_round_trips(sessions in any_sessions()) {
        let mut triage = triage();
        triage.extend(&sessions);
        let report = triage.report();
        let read = read_back(&report);
        prop_assert_eq!(&read, &report);
        prop_assert_eq!(read.to_string(), report.to_string());
    }

    /// The page of a changed report is safe to display.
    #[test]
    fn a_changed_report_is_displayed(place in 0..2000_usize, number in any::<u64>()) {
        let mut json = serde_json::to_value(one_of_each().report()).unwrap();
        change(&mut json, &mut place.clone(), number);
        if let Ok(report) = serde_json::from_value::<Report>(json) {
            let page = report.to_string();
            let mut chars = brightdata_sessions::Escaped(&page).chars();
            prop_assert!(chars.all(|(c, needs_escape)| !needs_escape || c == '\n'), "{page:?}");
        }
    }
}
