//! Reports on sessions: each rule at its boundary, and the handling of missing data.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{Session, Timestamp};
use brightdata_sessions_triage::{Action, Evidence, Finding, FindingKind, Report, Triage};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::support::session;

fn report(sessions: impl IntoIterator<Item = Session>) -> Report {
    sessions.into_iter().collect::<Triage>().report()
}

fn ids(evidence: &[Evidence]) -> Vec<&str> {
    evidence.iter().map(|evidence| evidence.session_id.as_str()).collect()
}

fn found(report: &Report, kind: FindingKind) -> Option<&Finding> {
    report.findings.iter().find(|finding| finding.kind == kind)
}

/// Returns sessions that differ only in their ids.
fn alike(count: u32, fields: &Value) -> Vec<Session> {
    (0..count).map(|number| session(&format!("s{number:03}"), fields.clone())).collect()
}

#[test]
fn a_report_without_sessions_claims_nothing() {
    let report = report([]);
    assert_eq!(report.to_string(), "no sessions\n");
    assert_eq!((report.failure_rate, report.captcha_solve_rate, report.durations.median), (None, None, None));
    assert!(report.findings.is_empty() && report.hours.is_empty());
}

#[test]
fn a_total_above_the_sessions_added_is_reported() {
    let mut triage: Triage = alike(2, &json!({"status": "finished"})).into_iter().collect();
    for (reported, note) in [
        (None, None),
        (Some(1), None),
        (Some(2), None),
        (Some(257), Some("This report is incomplete: 2 of 257 reported sessions were returned.")),
    ] {
        triage.set_reported(reported);
        let report = triage.report();
        assert_eq!(report.sessions_reported, reported);
        assert_eq!(report.notes().first().map(String::as_str), note);
        assert_eq!(report.to_string().contains("incomplete"), note.is_some());
    }
    let note = |sessions, reported| {
        let mut triage: Triage = alike(sessions, &json!({})).into_iter().collect();
        triage.set_reported(Some(reported));
        triage.report().notes().concat()
    };
    assert_eq!(note(1, 257), "This report is incomplete: 1 of 257 reported sessions was returned.");
    assert_eq!(note(0, 1), "This report is incomplete: 0 of 1 reported session was returned.");
    let mut none = Triage::new();
    none.set_reported(Some(3));
    assert_eq!(
        none.report().to_string(),
        "no sessions\nThis report is incomplete: 0 of 3 reported sessions were returned.\n"
    );
}

#[test]
fn records_that_the_caller_left_out_are_noted() {
    let mut triage: Triage = alike(2, &json!({"status": "finished"})).into_iter().collect();
    let report = triage.report();
    assert_eq!((report.duplicates, report.duplicates_unchecked, report.notes()), (None, 0, vec![]));
    triage.set_duplicates(0, 0);
    assert_eq!((triage.report().duplicates, triage.report().notes()), (Some(0), vec![]));
    triage.set_duplicates(1, 7);
    let report = triage.report();
    assert_eq!((report.duplicates, report.duplicates_unchecked), (Some(1), 7));
    let notes = [
        "Excluded as duplicates: 1 record. The last record of each session counts.",
        "Not checked for duplicates: 7 records.",
    ];
    assert_eq!(report.notes(), notes);
    assert!(report.to_string().contains(&format!("\n{}\n\n", notes.join("\n"))), "{report}");
}

#[test]
fn sessions_of_nulls_are_counted_as_missing() {
    let report = report(alike(4, &json!({})));
    assert_eq!(report.findings, []);
    assert_eq!(&*report.summary, "No session has ended (0 of 4). No findings.");
    assert_eq!((report.statuses.missing, report.captcha.missing, report.start_missing), (4, 4, 4));
    assert_eq!((report.total.bandwidth_missing, report.durations.missing), (4, 4));
    assert_eq!((report.zones.missing.sessions, report.domains.missing.sessions), (4, 4));
    assert_eq!((report.domain_changes.compared, report.errors.sessions), (0, 0));
    assert_eq!((report.failure_rate, report.captcha_solve_rate, report.durations.median), (None, None, None));
}

#[test]
fn a_failure_without_details_is_counted_as_unclear() {
    let report = report([session("a", json!({"status": "failed"}))]);
    assert_eq!(report.failure_rate, Some(1.0));
    assert_eq!((report.failures.unclear, report.failures.without_error), (1, 1));
    assert_eq!(report.findings, []);
}

#[test]
fn a_code_is_systemic_from_three_sessions_on() {
    let sessions = alike(2, &json!({"status": "failed", "error": {"code": "no_peers"}}));
    let mut triage: Triage = sessions.into_iter().collect();
    assert!(!triage.report().errors.codes[0].systemic);
    assert_eq!(found(&triage.report(), FindingKind::SystemicError), None);
    // A finished session may carry an error too.
    triage.add(&session("x", json!({"status": "finished", "error": {"code": "no_peers"}})));
    let report = triage.report();
    assert!(report.errors.codes[0].systemic);
    assert_eq!((report.errors.codes[0].sessions, report.errors.codes[0].failed), (3, 2));
    let finding = found(&report, FindingKind::SystemicError).unwrap();
    assert_eq!(
        (finding.sessions, finding.action, finding.subject.as_deref()),
        (3, Action::Retry, Some("no_peers"))
    );
    assert_eq!(ids(&finding.evidence), ["s000", "s001", "x"]);
}

#[test]
fn errors_without_a_code_are_counted_apart() {
    let report = report(alike(5, &json!({"status": "failed", "error": {"message": "Error"}})));
    assert_eq!((report.errors.sessions, report.errors.without_code, report.errors.codes.len()), (5, 5, 0));
    assert_eq!(report.failures.without_error, 0);
}

fn sized(bytes: &[u64]) -> Report {
    report(bytes.iter().enumerate().map(|(number, bytes)| {
        session(
            &format!("s{number:03}"),
            json!({"status": "finished", "target_url": "https://a.example/", "bandwidth": bytes}),
        )
    }))
}

#[test]
fn an_outlier_exceeds_twice_the_median_of_at_least_three() {
    const BIG: u64 = 1_000_000;
    for (bytes, outliers, named) in [
        (&[BIG, 9 * BIG][..], None, &[][..]),
        (&[BIG, BIG, 2 * BIG], Some(0), &[]),
        (&[BIG, BIG, 2 * BIG + 1], Some(1), &["s002"]),
        // The median is 2.5.
        (&[BIG, 2 * BIG, 3 * BIG, 5 * BIG], Some(0), &[]),
        (&[BIG, 2 * BIG, 3 * BIG, 5 * BIG + 1], Some(1), &["s003"]),
        (&[BIG, BIG, BIG, 3 * BIG, 4 * BIG], Some(2), &["s004", "s003"]),
    ] {
        let report = sized(bytes);
        assert_eq!(report.domains.groups[0].outliers, outliers, "{bytes:?}");
        let finding = found(&report, FindingKind::BandwidthOutlier);
        assert_eq!(finding.map_or(Vec::new(), |finding| ids(&finding.evidence)), named, "{bytes:?}");
        let spent: u64 = bytes[bytes.len() - named.len()..].iter().sum();
        assert_eq!(finding.and_then(|finding| finding.bandwidth), (!named.is_empty()).then_some(spent));
    }
}

#[test]
fn a_median_below_10_kb_has_no_outliers() {
    for (median, outliers) in [(0, None), (9_999, None), (10_000, Some(1))] {
        let report = sized(&[median, median, 1_000_000]);
        assert_eq!(report.domains.groups[0].outliers, outliers, "{median}");
        let finding = found(&report, FindingKind::BandwidthOutlier);
        assert_eq!(finding.map(|finding| ids(&finding.evidence)), outliers.map(|_| vec!["s002"]), "{median}");
    }
}

#[test]
fn a_median_excludes_running_and_unreported_sessions() {
    let mut sessions =
        alike(2, &json!({"status": "finished", "target_url": "https://a.example/", "bandwidth": 1_000_000}));
    sessions
        .push(session("r", json!({"status": "running", "target_url": "https://a.example/", "bandwidth": 0})));
    sessions.push(session("n", json!({"status": "finished", "target_url": "https://a.example/"})));
    let report = report(sessions);
    let domain = &report.domains.groups[0];
    assert_eq!((domain.usage.sessions, domain.usage.bandwidth_missing), (4, 1));
    assert_eq!((domain.median_bandwidth, domain.outliers), (Some(1_000_000.0), None));
}

#[test]
fn at_most_ten_outliers_are_named_and_all_are_counted() {
    let mut bytes = vec![1_000_000; 40];
    bytes.extend([5_000_000; 15]);
    let report = sized(&bytes);
    let finding = found(&report, FindingKind::BandwidthOutlier).unwrap();
    assert_eq!(
        (finding.sessions, finding.evidence.len(), finding.bandwidth, finding.estimated),
        (15, 10, None, false)
    );
    bytes.extend([1_000_000; 100]);
    let report = sized(&bytes);
    let finding = found(&report, FindingKind::BandwidthOutlier).unwrap();
    assert_eq!((finding.sessions, finding.estimated), (15, true));
    assert!(
        finding.title.starts_with("about 15 sessions on a.example used over twice the median traffic of ")
    );
}

#[test]
fn a_few_outliers_are_exact_with_an_estimated_median() {
    for size in (1_950_000..2_050_000).step_by(1000) {
        let report = sized(&[vec![1_000_000; 147], vec![size; 3]].concat());
        let domain = &report.domains.groups[0];
        let limit = 2.0 * domain.median_bandwidth.unwrap();
        assert_eq!(
            (domain.estimated, domain.outliers),
            (true, Some(if size as f64 > limit { 3 } else { 0 })),
            "{size}"
        );
    }
}

#[test]
fn every_failure_is_in_exactly_one_pattern() {
    let failed = |id, seconds: f64, navigations: u64, bytes: u64| {
        let fields =
            json!({"status": "failed", "duration": seconds, "navigations": navigations, "bandwidth": bytes});
        session(id, fields)
    };
    let report = report([
        failed("c", 1.999, 0, 0),
        failed("n", 2.0, 0, 0),
        failed("r", 60.0, 1, 10_000),
        failed("u", 59.9, 1, 10_000),
        session("f", json!({"status": "finished", "duration": 3.0, "bandwidth": 9_999})),
    ]);
    let failures = report.failures;
    assert_eq!(
        (failures.configuration, failures.nothing_loaded, failures.run, failures.unclear),
        (1, 1, 1, 1)
    );
    assert_eq!(ids(&found(&report, FindingKind::Configuration).unwrap().evidence), ["c"]);
    let nothing_loaded = found(&report, FindingKind::NothingLoaded).unwrap();
    assert_eq!(
        (ids(&nothing_loaded.evidence), &*nothing_loaded.title),
        (vec!["f", "n"], "2 sessions loaded less than 10 kB (1 finished, 1 failed)")
    );
    assert_eq!(ids(&found(&report, FindingKind::Run).unwrap().evidence), ["r"]);
}

#[test]
fn a_failure_with_a_conflicting_code_is_in_no_finding() {
    let failed = |id, seconds: f64, code: Option<&str>| {
        let error = code.map(|code| json!({"code": code}));
        let fields = json!({
            "status": "failed", "duration": seconds, "navigations": 0, "bandwidth": 1_000_000, "error": error,
        });
        session(id, fields)
    };
    let report = report([
        failed("a", 1.0, None),
        failed("b", 1.0, Some("E1")),
        failed("c", 1.0, Some("wrong_password")),
        failed("d", 1.0, Some("no_peers")),
        failed("e", 61.0, None),
        failed("f", 61.0, Some("E1")),
        failed("g", 61.0, Some("inactivity_timeout")),
        failed("h", 61.0, Some("no_peers")),
        failed("i", 61.0, Some("wrong_password")),
    ]);
    assert_eq!((report.failures.configuration, report.failures.run), (4, 5));
    let finding_of = |kind| {
        let finding = found(&report, kind).unwrap();
        (finding.sessions, ids(&finding.evidence), &*finding.title)
    };
    assert_eq!(
        finding_of(FindingKind::Configuration),
        (
            3,
            vec!["a", "b", "c"],
            "3 sessions failed within 2 s without loading a page (1 more has an error code that points elsewhere)"
        )
    );
    assert_eq!(
        finding_of(FindingKind::Run),
        (
            3,
            vec!["e", "f", "g"],
            "3 sessions failed after a minute or more (2 more have error codes that point elsewhere)"
        )
    );
    crate::support::report_is_consistent(&report);
}

#[test]
fn drift_needs_both_domains() {
    let navigated =
        |id, from: Option<&str>, to: Option<&str>| session(id, json!({"target_url": from, "end_url": to}));
    let report = report([
        navigated("same", Some("https://a.example/x"), Some("http://A.example:81/y")),
        navigated("login", Some("https://a.example/"), Some("https://b.example/login?next=1")),
        navigated("again", Some("https://a.example/"), Some("https://b.example/")),
        navigated("other", Some("https://a.example/"), Some("https://c.example/")),
        navigated("no end", Some("https://a.example/"), None),
        navigated("no page", Some("https://a.example/"), Some("chrome-error://chromewebdata/")),
        navigated("no start", None, Some("https://a.example/")),
    ]);
    assert_eq!((report.domain_changes.compared, report.domain_changes.changed), (4, 3));
    let pairs: Vec<_> =
        report.domain_changes.pairs.iter().map(|pair| (&*pair.from, &*pair.to, pair.sessions)).collect();
    assert_eq!(pairs, [("a.example", "b.example", 2), ("a.example", "c.example", 1)]);
    let finding = found(&report, FindingKind::DomainChange).unwrap();
    assert_eq!(ids(&finding.evidence), ["again", "login", "other"]);
    assert_eq!(finding.evidence[1].end_url.as_deref(), Some("https://b.example/login"));
    assert_eq!(report.domains.missing.sessions, 1);
}

#[cfg(feature = "psl")]
#[test]
fn subdomains_are_one_domain_with_the_suffix_list() {
    let report = report([session(
        "a",
        json!({"target_url": "https://shop.example.co.uk/", "end_url": "https://login.example.co.uk/"}),
    )]);
    assert_eq!((report.domain_changes.compared, report.domain_changes.changed), (1, 0));
    assert_eq!(&*report.domains.groups[0].name, "example.co.uk");
}

#[test]
fn the_solve_rate_counts_only_captchas_that_appeared() {
    let words = ["solved", "solved", "solved", "failed", "detected", "none", "none", "new"];
    let report =
        report(words.iter().enumerate().map(|(id, word)| session(&id.to_string(), json!({"captcha": word}))));
    assert_eq!((report.captcha_met, report.captcha_solve_rate), (5, Some(0.6)));
    assert_eq!((report.captcha.none, report.captcha.other, report.captcha.missing), (2, 1, 0));
    let finding = found(&report, FindingKind::CaptchaUnsolved).unwrap();
    assert_eq!(
        (&*finding.title, ids(&finding.evidence)),
        ("40.0 % of captchas were not solved (2 of 5)", vec!["3", "4"])
    );
}

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
fn a_session_is_overdue_after_60_minutes_with_a_clock() {
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
fn a_gb_is_10_to_the_9_bytes() {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    triage.add(&session("a", json!({"status": "failed", "bandwidth": 1_500_000_000_u64})));
    triage.add(&session("b", json!({"status": "finished", "bandwidth": 500_000_000})));
    triage.add(&session("c", json!({"status": "finished"})));
    let report = triage.report();
    assert_eq!((report.total.cost, report.total.failed_cost), (Some(16.0), Some(12.0)));
    let finding = found(&report, FindingKind::SpentOnFailures).unwrap();
    assert_eq!((finding.bandwidth, finding.cost), (Some(1_500_000_000), Some(12.0)));
    assert_eq!(
        &*finding.title,
        "75.0 % of the reported traffic was used by failed sessions (1.50 GB of 2.00 GB; unknown for 1 session)"
    );
    assert_eq!(Triage::new().report().total.cost, None);
}

#[test]
fn traffic_without_any_report_has_no_sum_and_no_cost() {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    triage.extend(alike(3, &json!({"status": "failed", "api_name": "zone", "error": {"code": "E1"}})));
    let report = triage.report();
    for usage in [&report.total, &report.zones.groups[0].usage, &report.domains.missing] {
        assert_eq!(
            (usage.bandwidth, usage.failed_bandwidth, usage.cost, usage.failed_cost),
            Default::default()
        );
        assert_eq!((usage.bandwidth_missing, usage.failed_bandwidth_missing), (3, 3));
        assert_eq!(usage.traffic().to_string(), "unknown");
    }
    let other = &report.zones.other;
    assert_eq!((other.sessions, other.bandwidth, other.cost), (0, Some(0), Some(0.0)));
    let finding = found(&report, FindingKind::SystemicError).unwrap();
    assert_eq!((finding.bandwidth, finding.bandwidth_missing, finding.cost), (None, 3, None));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["total"]["bandwidth"], &json["total"]["cost"]), (&Value::Null, &Value::Null));
    let page = report.to_string();
    assert!(page.contains("\nTraffic: unknown (no session reports it)\n"), "{page}");
    assert!(!page.contains("0 B") && !page.contains("0.00"), "{page}");
}

#[test]
fn partly_reported_traffic_is_a_lower_bound() {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    let of = |id: &str, status: &str, zone: &str, bytes: Option<u64>| {
        session(id, json!({"status": status, "api_name": zone, "bandwidth": bytes, "error": {"code": "E1"}}))
    };
    triage.add(&of("a", "failed", "both", Some(1_000_000_000)));
    triage.add(&of("b", "failed", "both", None));
    triage.add(&of("c", "finished", "one", Some(500_000_000)));
    triage.add(&of("d", "finished", "other", None));
    let report = triage.report();
    let page = report.to_string();
    for line in [
        "Traffic: at least 1.50 GB; failed sessions (▒): at least 1.00 GB",
        "  cost at 8 per GB (10^9 bytes): at least 12.00; failed sessions: at least 8.00",
        "    both                   ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒   ≥ 1.00 GB       ≥ 8.00",
        "    one                    ██████████              500.0 MB         4.00",
        "    other                                           unknown      unknown",
        "  • E1 in 4 sessions; costs at least 12.00",
        "  • 66.7 % of the reported traffic was used by failed sessions (1.00 GB of 1.50 GB; unknown for 2 sessions); \
         costs at least 8.00",
    ] {
        assert!(page.contains(&format!("\n{line}\n")), "{line}\n{page}");
    }
    crate::support::report_is_consistent(&report);
}

#[test]
fn an_unknown_status_is_a_finding() {
    let mut sessions = alike(50, &json!({"status": "timed_out", "bandwidth": 1_000_000}));
    sessions.push(session("ok", json!({"status": "finished", "bandwidth": 1_000_000})));
    let report = report(sessions);
    let finding = found(&report, FindingKind::UnknownStatus).unwrap();
    assert_eq!(
        (
            &*finding.title,
            finding.action,
            finding.subject.as_deref(),
            finding.sessions,
            finding.evidence.len()
        ),
        (
            "98.0 % of sessions (50 of 51) have an unknown status: timed_out (50)",
            Action::Investigate,
            Some("timed_out"),
            50,
            10
        )
    );
    assert_eq!(
        &*report.summary,
        "No session failed (0 of 1 that ended); unknown status: 50. \
         Start with: 98.0 % of sessions (50 of 51) have an unknown status: timed_out (50)."
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["unknown_statuses"], json!([{"word": "timed_out", "sessions": 50}]));
    assert_eq!(json["findings"][0]["kind"], "unknown_status");
}

#[test]
fn all_unknown_words_are_counted_and_three_are_named() {
    let words = report((0..300).map(|number| {
        let status = format!("word{:03}", number.min(249));
        session(&number.to_string(), json!({"status": status, "captcha": format!("x{number}")}))
    }));
    assert_eq!((words.unknown_statuses.len(), words.statuses.other), (200, 300));
    let title = |kind| found(&words, kind).unwrap().title.clone();
    assert_eq!(
        &*title(FindingKind::UnknownStatus),
        "100.0 % of sessions (300 of 300) have an unknown status: word000 (1), word001 (1), word002 (1), others"
    );
    assert_eq!(
        &*title(FindingKind::UnknownCaptcha),
        "100.0 % of sessions (300 of 300) have an unknown captcha value: x0 (1), x1 (1), x10 (1), others"
    );
    crate::support::report_is_consistent(&words);
}

#[test]
fn an_unknown_captcha_is_a_finding_from_three_sessions_on() {
    for (unknown, title) in
        [(2, None), (3, Some("75.0 % of sessions (3 of 4) have an unknown captcha value: blocked (3)"))]
    {
        let mut sessions = alike(unknown, &json!({"status": "finished", "captcha": "blocked"}));
        sessions.push(session("ok", json!({"status": "finished", "captcha": "none"})));
        sessions.push(session("open", json!({"status": "running", "captcha": "blocked"})));
        let report = report(sessions);
        let finding = found(&report, FindingKind::UnknownCaptcha);
        assert_eq!(finding.map(|finding| &*finding.title), title);
    }
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
fn names_cannot_imitate_rows_of_the_report() {
    let rows_of_its_own = ["without a zone", "and others", "other codes", "without a code"];
    let mut sessions: Vec<_> = (0..12_usize)
        .map(|number| {
            let name =
                rows_of_its_own.get(number).map_or_else(|| format!("name{number}"), |name| (*name).into());
            session(
                &number.to_string(),
                json!({"api_name": name, "bandwidth": 1_000_000 - number, "error": {"code": name}}),
            )
        })
        .collect();
    // The page shows the ten most frequent codes.
    sessions.extend(
        rows_of_its_own.map(|name| session(name, json!({"api_name": name, "error": {"code": name}}))),
    );
    sessions.push(session("none", json!({"bandwidth": 5, "error": {"code": null}})));
    let page = report(sessions).to_string();
    for row in rows_of_its_own {
        let at = |indent| page.lines().filter(|line| line.starts_with(&format!("{indent}{row}"))).count();
        // Twice as a name (a zone and a code), and once as a row of the report.
        assert_eq!((at("    "), at("  ")), (2, 1), "{row}: {page}");
    }
}

#[test]
fn an_invalid_price_is_rejected() {
    for price in [-0.01, f64::NAN, f64::INFINITY, 1_000_001.0] {
        assert_eq!(
            Triage::new().with_price_per_gb(price).unwrap_err().to_string(),
            "invalid price per GB: expected a number from 0 to 1000000"
        );
    }
    for zero in [0.0, -0.0] {
        let mut triage = Triage::new().with_price_per_gb(zero).unwrap();
        triage.add(&session("a", json!({"status": "failed", "bandwidth": 1})));
        let page = triage.report().to_string();
        assert!(page.contains("  cost at 0 per GB (10^9 bytes): 0.00; failed sessions: 0.00\n"), "{page}");
    }
}

#[test]
fn sums_saturate_at_the_maximum() {
    let report = report(alike(3, &json!({"status": "failed", "bandwidth": u64::MAX, "duration": 1e300})));
    assert_eq!((report.total.bandwidth, report.total.failed_bandwidth), (Some(u64::MAX), Some(u64::MAX)));
    assert_eq!(report.durations.median, Some(1e300));
    crate::support::report_is_consistent(&report);
}

#[test]
fn a_sum_at_the_maximum_has_no_share() {
    let with = |statuses: &[&str]| {
        let session = |status: &&str| session(status, json!({"status": status, "bandwidth": u64::MAX}));
        let report = report(statuses.iter().map(session));
        found(&report, FindingKind::SpentOnFailures).map(|finding| finding.title.to_string())
    };
    let title = "failed sessions used 18446744.07 TB (the total traffic is too large for a share)";
    assert_eq!(with(&["failed", "finished"]).as_deref(), Some(title));
    assert_eq!(with(&["finished"]), None);
}

/// A caller can set the fields of a report to any number.
#[test]
fn a_report_with_any_numbers_can_be_rendered() {
    let mut report = report((0..12).map(|number| {
        session(
            &number.to_string(),
            json!({
                "status": "failed",
                "timestamp": format!("2025-12-16T{number:02}:00:00Z"),
                "error": {"code": format!("code{number}")},
            }),
        )
    }));
    let some = |number: u64| u64::MAX - number;
    report.sessions = some(0);
    report.start_missing = some(1);
    for hour in &mut report.hours {
        (hour.statuses.finished, hour.statuses.other) = (some(2), some(3));
        assert_eq!(hour.statuses.all(), u64::MAX);
    }
    report.errors.other = some(4);
    for code in &mut report.errors.codes {
        (code.sessions, code.failed) = (some(5), some(6));
    }
    let page = report.to_string();
    let others = format!("\n  {:<24} {:20} {}\n", "other codes", "", u64::MAX);
    assert!(page.contains(&others), "{page}");
    assert!(!page.contains("started earlier"), "{page}");
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
fn days_and_hours_are_of_the_start_in_utc() {
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
fn names_beyond_the_limits_are_counted_together() {
    let report = report((0..600).map(|number| {
        session(
            &number.to_string(),
            json!({
                "status": "failed",
                "api_name": format!("zone{number}"),
                "target_url": format!("https://domain{number}.example/"),
                "end_url": "https://login.example/",
                "bandwidth": 1_000_000,
                "error": {"code": format!("code{number}"), "message": ""},
            }),
        )
    }));
    assert_eq!((report.domains.groups.len(), report.domains.other.sessions), (500, 100));
    assert_eq!((report.zones.groups.len(), report.zones.other.bandwidth), (100, Some(500_000_000)));
    assert_eq!((report.errors.codes.len(), report.errors.other), (200, 400));
    assert_eq!((report.domain_changes.pairs.len(), report.domain_changes.changed), (200, 600));
    // The most frequent pair may be beyond the limit, so the title names none.
    let drift = found(&report, FindingKind::DomainChange).unwrap();
    assert_eq!(&*drift.title, "600 sessions ended on another domain");
    crate::support::report_is_consistent(&report);
}

#[test]
fn untrusted_text_is_escaped_in_the_page() {
    let hostile = "\u{1b}[31m\u{202e}x\n";
    let report = report(alike(
        3,
        &json!({"status": "failed", "api_name": hostile, "bandwidth": 1_000_000, "error": {"code": hostile}}),
    ));
    let page = report.to_string();
    assert!(page.contains(r"\u{1b}[31m\u{202e}x\n in 3 sessions"), "{page}");
    crate::support::report_is_consistent(&report);
}

#[test]
fn findings_are_ordered_by_action() {
    let report = crate::support::one_of_each().report();
    let order: Vec<_> = report.findings.iter().map(|finding| (finding.action, finding.kind)).collect();
    assert_eq!(
        order,
        [
            (Action::Fix, FindingKind::Configuration),
            (Action::Fix, FindingKind::SystemicError),
            (Action::Change, FindingKind::NothingLoaded),
            (Action::Change, FindingKind::Run),
            (Action::Change, FindingKind::DomainChange),
            (Action::Investigate, FindingKind::CaptchaUnsolved),
            (Action::Investigate, FindingKind::StaleRunning),
            (Action::Investigate, FindingKind::BandwidthOutlier),
            (Action::Investigate, FindingKind::SpentOnFailures),
        ]
    );
}

#[test]
fn the_page_is_80_columns_wide_except_titles() {
    let page = |letter: &str| {
        let name = letter.repeat(50);
        let triage = (0..40).flat_map(|number| {
            alike(3, &json!({
                "status": "failed", "timestamp": format!("2025-12-{:02}T18:00:00Z", number % 28 + 1), "duration": 2999.0,
                "target_url": format!("https://{name}{number}.example/"), "bandwidth": u64::MAX / 1000,
                "api_name": name.repeat(2), "error": {"code": format!("{name}{number}")},
            }))
        });
        triage.collect::<Triage>().report().to_string()
    };
    let (long, wide) = (page("a"), page("例"));
    let one = crate::support::one_of_each().report().to_string();
    for page in [&long, &wide, &one] {
        for line in page.lines().skip(1).filter(|line| !line.starts_with("  •")) {
            assert!(line.width() <= 80, "{line}");
        }
    }
    assert!(long.contains("… and 35 more (systemic_error)\n"), "{long}");
    assert!(!one.lines().any(|line| line.ends_with(' ')), "{one}");
    // All bars start in the same column.
    let bars = |page: &str| -> Vec<_> {
        let lines = page.lines().filter(|line| line.contains('▒') && !line.contains('('));
        lines.filter_map(|line| Some(line.split_once('▒')?.0.width())).collect()
    };
    assert_eq!(bars(&long), bars(&wide));
}

#[test]
fn ids_share_a_line_only_if_both_fit() {
    for (length, shown) in [(37, 2), (38, 1), (256, 1)] {
        let ids = ["a", "b"].map(|letter| letter.repeat(length));
        let failed = json!({"status": "failed", "duration": 61.0});
        let page = report(ids.iter().map(|id| session(id, failed.clone()))).to_string();
        assert!(page.contains(&format!("\n    {}\n", ids[..shown].join("  "))), "{page}");
    }
}

#[test]
fn the_page_and_the_json_match_their_fixtures() {
    let report = crate::support::one_of_each().report();
    crate::support::assert_file("report.txt", &report.to_string());
    crate::support::assert_file("report.json", &serde_json::to_string_pretty(&report).unwrap());
}

/// The page has too little room for all rows, and the sessions have no missing data.
#[test]
fn a_long_page_matches_its_fixture() {
    let report = report((0..60).map(|number| {
        session(
            &format!("s{number:03}"),
            json!({
                "status": "failed", "timestamp": format!("2025-12-{:02}T{:02}:30:00Z", 10 + number / 6, 4 * (number % 6)),
                "target_url": format!("https://domain{:02}.example/", number % 9),
                "api_name": "zone", "navigations": 1, "duration": 10.0, "bandwidth": 20_000 + number,
                "captcha": "none", "error": {"code": format!("code{:02}", number % 12)},
            }),
        )
    }));
    crate::support::assert_file("long.txt", &report.to_string());
}

#[test]
fn the_verdict_names_a_report_without_failures() {
    let report = report(alike(2, &json!({"status": "finished", "bandwidth": 1_000_000})));
    assert_eq!(&*report.summary, "No session failed (0 of 2 that ended). No findings.");
}

#[test]
fn urls_are_complete_only_on_request() {
    let url = "https://a.example/?token=secret";
    let changed = session("a", json!({"target_url": url, "end_url": "https://b.example/#x"}));
    let urls = |mut triage: Triage| {
        triage.add(&changed);
        let report = triage.report();
        let evidence = &found(&report, FindingKind::DomainChange).unwrap().evidence[0];
        (evidence.target_url.clone(), evidence.end_url.clone(), report.price_per_gb)
    };
    let priced = || Triage::new().with_price_per_gb(8.0).unwrap();
    let expected = |from: &str, to: &str| (Some(from.into()), Some(to.into()), Some(8.0));
    assert_eq!(urls(priced()), expected("https://a.example/", "https://b.example/"));
    assert_eq!(urls(priced().with_full_urls()), expected(url, "https://b.example/#x"));
}

#[test]
fn a_code_is_shown_without_the_secrets_of_a_url() {
    let named = |mut triage: Triage| {
        triage.extend(alike(3, &json!({"status": "failed", "error": {"code": "at https://me:pw@h/?a"}})));
        let report = triage.report();
        let finding = found(&report, FindingKind::SystemicError).unwrap();
        (report.errors.codes[0].code.clone(), finding.subject.clone().unwrap(), finding.title.clone())
    };
    let expected = |code: &str| (code.into(), code.into(), format!("{code} in 3 sessions").into());
    assert_eq!(named(Triage::new()), expected("at https://h/"));
    assert_eq!(named(Triage::new().with_full_urls()), expected("at https://me:pw@h/?a"));
}

#[test]
fn a_clock_before_the_data_marks_nothing_overdue() {
    let mut triage = Triage::new().with_now(SystemTime::UNIX_EPOCH);
    triage.add(&session("a", json!({"status": "running", "timestamp": "2025-12-16T18:00:00Z"})));
    assert_eq!(triage.report().stale_running, Some(0));
}
