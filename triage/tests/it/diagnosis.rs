//! The diagnosis of one session: each hint, its conditions, and its precedence.

use std::time::Duration;

use brightdata_sessions::Timestamp;
use brightdata_sessions_triage::Diagnosis;
use serde_json::{Value, json};

use crate::support::session;

/// Returns the causes of all hints, 3601 s after the start of the session.
fn causes(fields: Value) -> Vec<String> {
    let session = session("a", fields);
    let start = session.timestamp.as_ref().and_then(Timestamp::to_system_time);
    let diagnosis = Diagnosis::of(&session, start.map(|start| start + Duration::from_secs(3601)));
    diagnosis.hints.into_iter().map(|hint| hint.cause.into()).collect()
}

fn failed(mut fields: Value) -> Vec<String> {
    fields["status"] = "failed".into();
    causes(fields)
}

#[test]
fn only_a_known_code_takes_precedence_over_the_numbers() {
    let of_code = |code| failed(json!({"duration": 90.0, "error": {"code": code}}));
    assert_eq!(of_code("no_peers"), ["no_peers (proxy)"]);
    assert_eq!(of_code("session_timeout"), ["session_timeout (limit): a session lasts at most 60 minutes"]);
    assert_eq!(of_code("E1"), ["E1 (unknown)", "failed after a minute or more (1 m 30 s)"]);
    // A finished session may have a code too.
    assert_eq!(
        causes(json!({"status": "finished", "duration": 90.0, "error": {"code": "E1"}})),
        ["E1 (unknown)"]
    );
}

/// A network error may concern the target, a proxy, a certificate or the browser's own network.
#[test]
fn the_advice_for_a_network_error_holds_for_any_code() {
    for code in
        ["net::ERR_NAME_NOT_RESOLVED", "net::ERR_TUNNEL_CONNECTION_FAILED", "net::ERR_CERT_DATE_INVALID"]
    {
        let session = session("a", json!({"status": "failed", "error": {"code": code}}));
        assert_eq!(
            Diagnosis::of(&session, None).to_string(),
            format!(
                "\
diagnosis    {code} (target)
advice       Open the URL yourself and look up the code: it names the reason.
"
            )
        );
    }
}

#[test]
fn a_failure_without_a_code_is_classified_by_numbers() {
    assert_eq!(
        failed(json!({"duration": 1.9, "navigations": 0, "bandwidth": 0})),
        ["failed within 2 s without loading a page"]
    );
    assert_eq!(
        failed(json!({"duration": 61.0, "bandwidth": 12_000})),
        ["failed after a minute or more (1 m 1 s)"]
    );
    assert_eq!(failed(json!({"duration": 61.0, "bandwidth": 999})), ["loaded less than 10 kB (999 B)"]);
    assert_eq!(failed(json!({})), ["failed without an error"]);
    assert_eq!(failed(json!({"error": {"message": "Error"}})), ["failed with an error that has no code"]);
}

#[test]
fn a_running_session_is_overdue_after_60_minutes() {
    let started = json!({"status": "running", "timestamp": "2025-12-16T18:00:00Z", "bandwidth": 0});
    assert_eq!(causes(started.clone()), ["reported as running for over 60 minutes"]);
    let diagnosis = Diagnosis::of(&session("a", started), None);
    assert_eq!(&*diagnosis.hints[0].cause, "still running");
    assert_eq!(causes(json!({"status": "running"})), ["still running"]);
    // In UTC, this start is before the year 0.
    let before_all = json!({"status": "running", "timestamp": "0000-01-01T00:00:00+01:00"});
    assert_eq!(causes(before_all), ["still running"]);
}

#[test]
fn a_running_session_has_no_hint_about_its_outcome() {
    let of_status = |status: &str| {
        causes(json!({
            "status": status, "bandwidth": 10_000, "captcha": "detected",
            "target_url": "https://shop.example/a", "end_url": "https://accounts.example/login",
        }))
    };
    assert_eq!(of_status("running"), ["still running"]);
    assert_eq!(
        of_status("finished"),
        [
            "ended on another domain: shop.example → accounts.example",
            "captcha not solved (reported as detected)"
        ]
    );
}

#[test]
fn a_session_has_a_hint_for_each_observation() {
    let ended_elsewhere = json!({
        "status": "finished", "bandwidth": 9_999, "captcha": "failed",
        "target_url": "https://shop.example/a", "end_url": "https://accounts.example/login",
    });
    assert_eq!(
        causes(ended_elsewhere),
        [
            "loaded less than 10 kB (9999 B)",
            "ended on another domain: shop.example → accounts.example",
            "captcha not solved (reported as failed)",
        ]
    );
    assert_eq!(causes(json!({"captcha": "detected"})), ["captcha not solved (reported as detected)"]);
    // A solved captcha and an end on the same domain give no hint.
    let well = json!({
        "status": "finished", "bandwidth": 10_000, "captcha": "solved",
        "target_url": "https://shop.example/a", "end_url": "https://shop.example/b",
    });
    assert_eq!(causes(well), ["no problem found"]);
}

#[test]
fn a_session_without_findings_has_one_hint() {
    assert_eq!(causes(json!({"status": "finished", "bandwidth": 10_000})), ["no problem found"]);
    assert_eq!(causes(json!({"status": "finished"})), ["finished, but its traffic is not reported"]);
    assert_eq!(causes(json!({})), ["not enough data for a diagnosis"]);
    assert_eq!(causes(json!({"status": "paused", "bandwidth": 1})), ["unknown status: paused"]);
}

#[test]
fn a_finished_session_with_an_error_is_a_problem() {
    for error in [json!({"message": "Error"}), json!({})] {
        assert_eq!(
            causes(json!({"status": "finished", "bandwidth": 10_000, "error": error})),
            ["finished with an error that has no code"]
        );
    }
}
