//! The total that the service reports.

use brightdata_sessions_testkit::{FakeApi, Script};

use super::SHORT;
use crate::support::{program, run};

#[test]
fn a_list_that_ends_before_its_total_is_noted() {
    let note = |expected| {
        format!("incomplete list: 1 of {expected} expected sessions; the service reported a total of 257")
    };
    let text = |expected| format!("brd-sessions: {}\n", note(expected));
    let json = format!("{{\"note\":{{\"message\":\"{}\"}}}}\n", note(257));
    let triage = ["triage", "--json"];
    for (args, expected) in [
        (&["list", "--all"][..], text(257)),
        (&["list", "--all", "--json"], json.clone()),
        (&["triage"], text(257)),
        (&triage, json),
        (&["list", "--limit", "300"], text(257)),
        // As many as requested.
        (&["list"], text(50)),
    ] {
        let fake = FakeApi::start().unwrap();
        fake.script_any([Script::response(200, &[], SHORT)]);
        let (status, stdout, stderr) = run(program(&fake).args(args));
        assert_eq!((status, stderr), (0, expected), "{args:?}");
        assert!(!stdout.is_empty());
        if args == triage {
            let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(
                (report["sessions"].as_u64(), report["sessions_reported"].as_u64()),
                (Some(1), Some(257))
            );
        }
    }
}

#[test]
fn a_single_missing_session_is_noted_in_the_singular() {
    let fake = FakeApi::start().unwrap();
    let body = r#"{"sessions":[],"total":1,"pagination":{"offset":0,"limit":100,"has_more":false}}"#;
    fake.script_any([Script::response(200, &[], body)]);
    let (_, _, stderr) = run(program(&fake).args(["list", "--all"]));
    assert!(stderr.contains(": 0 of 1 expected session; "), "{stderr}");
}

#[test]
fn filters_and_limits_are_not_noted_as_missing_sessions() {
    for args in [
        &["list", "--all", "--status", "failed"][..],
        &["list", "--limit", "2"],
        &["list", "--all", "--offset", "3"],
        &["triage", "--limit", "2"],
        &["triage", "--status", "failed"],
    ] {
        let fake = FakeApi::start().unwrap();
        let (status, _, stderr) = run(program(&fake).args(args));
        assert_eq!((status, stderr.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn a_total_that_is_too_small_does_not_end_a_list() {
    let fake = FakeApi::start().unwrap();
    let page = |id: &str, rest: &str| {
        let body = format!(r#"{{"sessions":[{{"session_id":"{id}"}}],"total":1,"pagination":{{{rest}}}}}"#);
        Script::response(200, &[], body)
    };
    fake.script_any([page("a", r#""has_more":true,"next_offset":100"#), page("b", r#""has_more":false"#)]);
    let (status, stdout, stderr) = run(program(&fake).args(["list", "--all", "--json"]));
    assert_eq!((status, stdout.lines().count(), stderr.as_str()), (0, 2, ""));
}
