//! Sessions by time, and running sessions.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Session, Timestamp};
use brightdata_sessions_triage::{FindingKind, Report, Triage};
use serde_json::json;

use crate::support::{found, report, session};

#[test]
fn a_running_session_has_no_outcome() {
    let of_status = |status: &str| {
        report([session(
            "a",
            json!({
                "status": status, "duration": 61.0, "captcha": "detected",
                "target_url": "https://a.example/", "end_url": "https://b.example/",
            }),
        )])
    };
    let counted = |report: &Report| {
        let (drift, captcha, durations) = (&report.domain_changes, report.captcha, &report.durations);
        (
            [drift.compared, drift.changed, captcha.detected, report.captcha_met, durations.known],
            durations.median,
        )
    };
    let kinds = |report: &Report| report.findings.iter().map(|finding| finding.kind).collect::<Vec<_>>();
    let ended = of_status("finished");
    assert_eq!(counted(&ended), ([1; 5], Some(61.0)));
    assert_eq!(kinds(&ended), [FindingKind::DomainChange, FindingKind::CaptchaUnsolved]);
    let running = of_status("running");
    assert_eq!(counted(&running), ([0; 5], None));
    assert_eq!((kinds(&running), running.captcha_solve_rate), (vec![], None));
    assert_eq!(&*running.domains.groups[0].name, "a.example");

    // A running session does not count as one with missing data.
    let unknown = report([session("a", json!({"status": "running"}))]);
    assert_eq!((unknown.captcha.missing, unknown.durations.missing), (0, 0));
}

#[test]
fn a_session_is_stale_after_60_minutes_with_a_clock() {
    let running = session("a", json!({"status": "running", "timestamp": "2025-12-16T18:00:00Z"}));
    let start = running.timestamp.as_ref().and_then(Timestamp::to_system_time).unwrap();
    for (seconds, overdue) in [(0, 0), (3600, 0), (3601, 1)] {
        let mut triage = Triage::new().with_now(start + Duration::from_secs(seconds));
        triage.extend([&running, &session("b", json!({"status": "running"}))]);
        let report = triage.report();
        assert_eq!((report.stale_running, report.running_unclear), (Some(overdue), 1));
        assert_eq!(found(&report, FindingKind::StaleRunning).is_some(), overdue > 0);
    }
    let report = report([running]);
    assert_eq!((report.stale_running, report.running_unclear), (None, 1));
}

#[test]
fn a_start_far_in_the_future_does_not_change_the_chart() {
    let mut sessions: Vec<_> = (0..20)
        .map(|hour| session(&hour.to_string(), json!({"timestamp": format!("2025-12-16T{hour:02}:30:00Z")})))
        .collect();
    let chart = |sessions: &[Session]| {
        let page = report(sessions.to_vec()).to_string();
        page.split_once("\nSessions started per hour").unwrap().1.split("\n\n").next().unwrap().to_owned()
    };
    let before = chart(&sessions);
    assert!(before.starts_with(", until 2025-12-16T19:00:00Z\n"), "{before}");
    sessions.push(session("odd", json!({"timestamp": "2099-01-01T00:00:00Z"})));
    assert_eq!(chart(&sessions), format!("{before}\n                  1  started later"));
    // The report itself has all hours.
    assert_eq!(report(sessions).hours.len(), 21);
}

#[test]
fn a_start_outside_the_years_0_to_9999_is_missing() {
    let report = report([
        session("a", json!({"status": "failed", "timestamp": "9999-12-31T23:59:59-01:00"})),
        session("b", json!({"status": "failed", "timestamp": "9999-12-31T23:59:59Z"})),
        session("c", json!({"status": "failed", "timestamp": "0000-01-01T00:59:59+01:00"})),
        session("d", json!({"status": "failed", "timestamp": "0000-01-01T01:00:00+01:00"})),
    ]);
    // The report has no hours before 1970.
    assert_eq!((report.start_missing, report.hours_earlier, report.hours.len()), (2, 1, 1));
    assert_eq!(
        [report.first_start.as_ref(), report.last_start.as_ref()].map(|start| start.unwrap().as_str()),
        ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
    );
    crate::support::report_is_consistent(&report);
}

#[test]
fn days_and_hours_are_those_of_the_start_in_utc() {
    let report = report([
        session("a", json!({"status": "failed", "timestamp": "2025-12-16T23:59:59Z", "bandwidth": 1})),
        session("b", json!({"status": "finished", "timestamp": "2025-12-17T00:30:00+01:00", "bandwidth": 2})),
        session("c", json!({"status": "running", "timestamp": "2025-12-17T00:00:00Z", "bandwidth": 4})),
        session("d", json!({"status": "running", "timestamp": "tomorrow", "bandwidth": 8})),
    ]);
    let days: Vec<_> = report.days.groups.iter().map(|day| (&*day.name, day.usage.bandwidth)).collect();
    assert_eq!(
        (days, report.days.missing.bandwidth),
        (vec![("2025-12-16", Some(3)), ("2025-12-17", Some(4))], Some(8))
    );
    assert_eq!(
        serde_json::to_value(&report.hours).unwrap(),
        json!([
            {"start": "2025-12-16T23:00:00Z", "running": 0, "finished": 1, "failed": 1, "other": 0, "missing": 0},
            {"start": "2025-12-17T00:00:00Z", "running": 1, "finished": 0, "failed": 0, "other": 0, "missing": 0},
        ])
    );
    assert_eq!((report.start_missing, report.hours_earlier), (1, 0));
}

#[test]
fn a_clock_before_the_data_marks_nothing_as_stale() {
    let mut triage = Triage::new().with_now(SystemTime::UNIX_EPOCH);
    triage.add(&session("a", json!({"status": "running", "timestamp": "2025-12-16T18:00:00Z"})));
    assert_eq!(triage.report().stale_running, Some(0));
}
