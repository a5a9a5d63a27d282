//! Sessions for reports, and the properties of every report.
#![allow(dead_code, reason = "each caller needs some of it")]
#![allow(clippy::disallowed_methods, reason = "the fixtures are files")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Escaped, Session};
use brightdata_sessions_triage::{Evidence, Finding, FindingKind, Groups, Report, Triage};
use serde_json::{Value, json};

pub(crate) mod any;

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

/// The parts of a report add up, its numbers are finite, and its page is safe to display.
pub(crate) fn report_is_consistent(report: &Report) {
    let sums = |groups: &Groups| -> u64 {
        let named: u64 = groups.groups.iter().map(|group| group.usage.sessions).sum();
        named + groups.missing.sessions + groups.other.sessions
    };
    for groups in [&report.zones, &report.domains, &report.days] {
        assert_eq!(sums(groups), report.sessions);
    }
    let failures = report.failures;
    assert_eq!(
        failures.configuration + failures.nothing_loaded + failures.run + failures.unclear,
        report.statuses.failed
    );
    let bins: u64 = report.durations.bins.iter().map(|bin| bin.sessions).sum();
    assert_eq!(bins, report.durations.known);
    let ended = report.sessions - report.statuses.running;
    assert_eq!(report.durations.known + report.durations.missing, ended);
    let captcha = report.captcha;
    assert_eq!(report.captcha_met + captcha.none + captcha.other + captcha.missing, ended);
    let codes: u64 = report.errors.codes.iter().map(|code| code.sessions).sum();
    assert_eq!(codes + report.errors.without_code + report.errors.other, report.errors.sessions);
    let hours: u64 = report.hours.iter().map(|hour| hour.statuses.all()).sum();
    assert_eq!(hours + report.hours_earlier + report.start_missing, report.sessions);
    for width in [1, 54, 744] {
        let window = report.hour_window(width);
        let shown: u64 = window.hours.iter().map(|hour| hour.statuses.all()).sum();
        assert_eq!(shown + window.earlier + window.later + report.start_missing, report.sessions);
        assert_eq!(window.hours.is_empty(), report.hours.is_empty());
    }
    let usages = [&report.zones, &report.domains, &report.days]
        .map(|groups| groups.groups.iter().map(|group| &group.usage).chain([&groups.missing, &groups.other]));
    for usage in usages.into_iter().flatten().chain([&report.total]) {
        assert!(usage.failed <= usage.ended && usage.ended <= usage.sessions, "{usage:?}");
        sum_counts_reported_traffic(usage.bandwidth, usage.sessions, usage.bandwidth_missing);
        sum_counts_reported_traffic(usage.failed_bandwidth, usage.failed, usage.failed_bandwidth_missing);
        let is_priced = report.price_per_gb.is_some();
        assert_eq!(usage.cost.is_some(), is_priced && usage.bandwidth.is_some(), "{usage:?}");
        assert_eq!(usage.failed_cost.is_some(), is_priced && usage.failed_bandwidth.is_some(), "{usage:?}");
    }
    assert_eq!(report.statuses.all(), report.sessions);
    assert_eq!(report.statuses.finished + report.statuses.failed, report.total.ended);
    for finding in &report.findings {
        assert!(finding.sessions > 0);
        assert!((1..=10).contains(&finding.evidence.len()), "{finding:?}");
        assert!(finding.sessions >= finding.evidence.len() as u64, "{finding:?}");
        let is_unknown = finding.bandwidth_missing == finding.sessions;
        assert!(finding.bandwidth.is_none() || !is_unknown, "{finding:?}");
    }
    let page = report.to_string();
    assert!(Escaped(&page).chars().all(|(c, needs_escape)| !needs_escape || c == '\n'), "{page:?}");
    // A float that is not finite would be serialized as null.
    let json = serde_json::to_value(report).unwrap();
    assert!(!has_invalid_null(&json), "{json}");
}

/// Traffic that no session reports has no sum. The sum of no sessions is 0.
fn sum_counts_reported_traffic(sum: Option<u64>, sessions: u64, missing: u64) {
    assert_eq!(sum.is_none(), sessions > 0 && missing == sessions);
    assert!(sessions > missing || sum.is_none_or(|sum| sum == 0));
}

/// Returns whether a number that is always present is null, which means that it was not finite.
fn has_invalid_null(json: &Value) -> bool {
    let numbers = ["sessions", "failed", "bandwidth_missing", "from", "known", "missing"];
    match json {
        Value::Object(members) => members.iter().any(|(name, value)| {
            (numbers.contains(&name.as_str()) && value.is_null()) || has_invalid_null(value)
        }),
        Value::Array(values) => values.iter().any(has_invalid_null),
        _ => false,
    }
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
