//! The report as a whole: its notes, missing data and limits.

use brightdata_sessions_triage::{FindingKind, Triage};
use serde_json::json;

use crate::support::{alike, found, report, session};

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
fn the_summary_names_a_report_without_failures() {
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
