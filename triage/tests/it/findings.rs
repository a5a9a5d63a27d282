//! Findings: failures, codes, captchas and unknown words.

use brightdata_sessions_triage::{Action, FindingKind, Triage};
use serde_json::json;

use crate::support::{alike, found, ids, one_of_each, report, session};

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
fn errors_without_a_code_are_counted_separately() {
    let report = report(alike(5, &json!({"status": "failed", "error": {"message": "Error"}})));
    assert_eq!((report.errors.sessions, report.errors.without_code, report.errors.codes.len()), (5, 5, 0));
    assert_eq!(report.failures.without_error, 0);
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
fn a_domain_change_needs_both_domains() {
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
fn findings_are_ordered_by_action() {
    let report = one_of_each().report();
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
