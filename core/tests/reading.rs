//! What is said of one session: each hint, what it takes, and what outweighs it.

#[path = "support/sessions.rs"]
mod sessions;

use std::time::Duration;

use brightdata_sessions::Timestamp;
use brightdata_sessions::triage::Diagnosis;
use serde_json::{Value, json};

use sessions::session;

/// What likely happened, hint by hint, an hour and a second after the session started.
fn likely(fields: Value) -> Vec<String> {
    let session = session("a", fields);
    let start = session.timestamp.as_ref().and_then(Timestamp::to_system_time);
    let diagnosis = Diagnosis::of(&session, start.map(|start| start + Duration::from_secs(3601)));
    diagnosis.hints.into_iter().map(|hint| hint.cause.into()).collect()
}

fn failed(mut fields: Value) -> Vec<String> {
    fields["status"] = "failed".into();
    likely(fields)
}

#[test]
fn a_code_that_is_known_outweighs_the_numbers_and_another_does_not() {
    let of_code = |code| failed(json!({"duration": 90.0, "error": {"code": code}}));
    assert_eq!(of_code("no_peers"), ["no_peers (proxy)"]);
    assert_eq!(
        of_code("session_timeout"),
        ["session_timeout (limit): a session lives for 60 minutes at most"]
    );
    assert_eq!(of_code("E1"), ["E1 (unknown)", "the run: it failed after 1 m 30 s"]);
    // A finished session may have one too.
    assert_eq!(
        likely(json!({"status": "finished", "duration": 90.0, "error": {"code": "E1"}})),
        ["E1 (unknown)"]
    );
}

/// It may be about the target, a proxy, a certificate or the browser's own network.
#[test]
fn what_is_advised_of_a_network_error_is_true_of_any() {
    for code in
        ["net::ERR_NAME_NOT_RESOLVED", "net::ERR_TUNNEL_CONNECTION_FAILED", "net::ERR_CERT_DATE_INVALID"]
    {
        let session = session("a", json!({"status": "failed", "error": {"code": code}}));
        assert_eq!(
            Diagnosis::of(&session, None).to_string(),
            format!(
                "\
likely       {code} (target)
next         Open the URL yourself, and look up the code: it says why a request failed.
"
            )
        );
    }
}

#[test]
fn a_failure_without_a_code_is_told_by_its_numbers() {
    assert_eq!(
        failed(json!({"duration": 1.9, "navigations": 0, "bandwidth": 0})),
        ["configuration: it failed in under 2 s, without a navigation"]
    );
    assert_eq!(failed(json!({"duration": 61.0, "bandwidth": 12_000})), ["the run: it failed after 1 m 1 s"]);
    assert_eq!(failed(json!({"duration": 61.0, "bandwidth": 999})), ["nothing loaded: 999 B are no page"]);
    assert_eq!(failed(json!({})), ["it failed, and does not say why"]);
    assert_eq!(failed(json!({"error": {"message": "Error"}})), ["it failed, with an error that has no code"]);
}

#[test]
fn a_session_that_runs_is_overdue_after_an_hour_if_there_is_a_clock() {
    let started = json!({"status": "running", "timestamp": "2025-12-16T18:00:00Z", "bandwidth": 0});
    assert_eq!(likely(started.clone()), ["it is said to run for over 60 minutes, which no session does"]);
    let diagnosis = Diagnosis::of(&session("a", started), None);
    assert_eq!(&*diagnosis.hints[0].cause, "it is still open");
    assert_eq!(likely(json!({"status": "running"})), ["it is still open"]);
    // In UTC, that is no date in the years 0 to 9999.
    let before_all = json!({"status": "running", "timestamp": "0000-01-01T00:00:00+01:00"});
    assert_eq!(likely(before_all), ["it is still open"]);
}

#[test]
fn of_a_session_that_runs_no_outcome_is_said() {
    let of_status = |status: &str| {
        likely(json!({
            "status": status, "bandwidth": 10_000, "captcha": "detected",
            "target_url": "https://shop.example/a", "end_url": "https://accounts.example/login",
        }))
    };
    assert_eq!(of_status("running"), ["it is still open"]);
    assert_eq!(
        of_status("finished"),
        ["it went to shop.example and ended on accounts.example", "it met a captcha that was not solved"]
    );
}

#[test]
fn what_can_be_seen_of_any_session_is_said_of_it() {
    let ended_elsewhere = json!({
        "status": "finished", "bandwidth": 9_999, "captcha": "failed",
        "target_url": "https://shop.example/a", "end_url": "https://accounts.example/login",
    });
    assert_eq!(
        likely(ended_elsewhere),
        [
            "nothing loaded: 9999 B are no page",
            "it went to shop.example and ended on accounts.example",
            "it met a captcha that was tried and not solved",
        ]
    );
    assert_eq!(likely(json!({"captcha": "detected"})), ["it met a captcha that was not solved"]);
    // Not where it would be said twice, and not of what is as it should be.
    let well = json!({
        "status": "finished", "bandwidth": 10_000, "captcha": "solved",
        "target_url": "https://shop.example/a", "end_url": "https://shop.example/b",
    });
    assert_eq!(likely(well), ["it went well, by all that is told"]);
}

#[test]
fn where_nothing_stands_out_that_is_said() {
    assert_eq!(
        likely(json!({"status": "finished", "bandwidth": 10_000})),
        ["it went well, by all that is told"]
    );
    assert_eq!(likely(json!({"status": "finished"})), ["it finished; its traffic is not told"]);
    assert_eq!(likely(json!({})), ["too little is told to say"]);
    assert_eq!(
        likely(json!({"status": "paused", "bandwidth": 1})),
        ["its status is unknown to this version: paused"]
    );
}

#[test]
fn a_session_that_finished_with_an_error_did_not_go_well() {
    for error in [json!({"message": "Error"}), json!({})] {
        assert_eq!(
            likely(json!({"status": "finished", "bandwidth": 10_000, "error": error})),
            ["it finished, with an error that has no code"]
        );
    }
}
