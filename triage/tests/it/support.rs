//! Sessions for reports, and the properties of every report.
#![allow(dead_code, reason = "each caller needs some of it")]
#![allow(clippy::disallowed_methods, reason = "the fixtures are files")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use brightdata_sessions::Session;
use brightdata_sessions_triage::{Evidence, Finding, FindingKind, Report, Triage};
use serde_json::{Value, json};

pub(crate) mod any;
pub(crate) mod consistent;
pub(crate) mod sums;

pub(crate) use consistent::report_is_consistent;

/// Returns a session with these fields.
pub(crate) fn session(id: &str, mut fields: Value) -> Session {
    fields["session_id"] = id.into();
    serde_json::from_str(&fields.to_string()).unwrap()
}

/// Returns a triage whose report has one finding of each kind.
pub(crate) fn one_of_each() -> Triage {
    let start = |minute: u32| format!("2025-12-16T1{}:{:02}:00Z", minute / 60, minute % 60);
    let normal = |id: &str, minute, megabytes: u64| {
        session(
            id,
            json!({
                "api_name": "zone1", "status": "finished", "timestamp": start(minute), "captcha": "none",
                "target_url": "https://shop.example/a?token=secret", "end_url": "https://shop.example/b",
                "navigations": 3, "duration": 40.5, "bandwidth": megabytes * 1_000_000,
            }),
        )
    };
    let mut sessions =
        vec![normal("ok-1", 1, 2), normal("ok-2", 70, 2), normal("ok-3", 80, 3), normal("big", 85, 9)];
    for id in ["password-1", "password-2", "password-3"] {
        sessions.push(session(
            id,
            json!({
                "api_name": "zone2", "status": "failed", "timestamp": start(90), "captcha": "none",
                "navigations": 0, "duration": 0.75, "bandwidth": 0,
                "error": {"code": "wrong_password", "message": "Wrong <b>password</b>"},
            }),
        ));
    }
    let mut solved = normal("solved", 95, 2);
    solved.captcha = Some("solved".into());
    let mut login = normal("login", 96, 2);
    login.end_url = Some("https://accounts.example/login?next=secret".into());
    let mut blank = normal("blank", 97, 0);
    blank.bandwidth = Some(2_345);
    sessions.extend([solved, login, blank]);
    sessions.push(session(
        "blocked",
        json!({
            "api_name": "zone1", "status": "failed", "timestamp": start(100), "captcha": "failed",
            "target_url": "https://maps.example/", "end_url": "https://maps.example/blocked",
            "navigations": 1, "duration": 301.2, "bandwidth": 4_000_000,
            "error": {"code": "inactivity_timeout", "message": "Session was idle for too long"},
        }),
    ));
    sessions.push(session(
        "open",
        json!({"status": "running", "timestamp": start(2), "bandwidth": 0, "captcha": "none"}),
    ));
    sessions.push(session("untold", json!({})));
    // 2025-12-16T12:00:00Z
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_886_400);
    let mut triage = Triage::new().with_now(now).with_price_per_gb(8.0).unwrap();
    triage.extend(sessions);
    triage
}

/// Compares a string with a file of `fixtures`. With the variable `UPDATE`, writes the file first.
pub(crate) fn assert_file(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{name}");
}

pub(crate) fn report(sessions: impl IntoIterator<Item = Session>) -> Report {
    sessions.into_iter().collect::<Triage>().report()
}

pub(crate) fn ids(evidence: &[Evidence]) -> Vec<&str> {
    evidence.iter().map(|evidence| evidence.session_id.as_str()).collect()
}

pub(crate) fn found(report: &Report, kind: FindingKind) -> Option<&Finding> {
    report.findings.iter().find(|finding| finding.kind == kind)
}

/// Returns sessions that differ only in their ids.
pub(crate) fn alike(count: u32, fields: &Value) -> Vec<Session> {
    (0..count).map(|number| session(&format!("s{number:03}"), fields.clone())).collect()
}
