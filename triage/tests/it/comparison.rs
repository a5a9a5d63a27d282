//! A report compared with an earlier one.

use brightdata_sessions::Session;
use brightdata_sessions_testkit::generate;
use brightdata_sessions_triage::{Change, Comparison, Difference, FailedShare, Report, Triage};
use proptest::prelude::*;
use serde_json::json;

use crate::support::any::{any_sessions, triage};
use crate::support::{assert_file, report, session};

/// Returns sessions of a day with this many failures for each of these zones and error codes.
fn day(day: u32, parts: &[(&str, u32, u32, &str)]) -> Vec<Session> {
    let one = |zone: &str, number: u32, failed: u32, code: &str| {
        let error = json!({"code": code, "message": "m"});
        let is_failed = number < failed;
        session(
            &format!("{zone}-{number}"),
            json!({
                "api_name": zone, "status": if is_failed { "failed" } else { "finished" },
                "timestamp": format!("2025-12-{day}T{:02}:00:00Z", number % 24),
                "target_url": format!("https://{zone}.example/"), "bandwidth": 1_000_000 * u64::from(day),
                "error": if is_failed { error } else { json!(null) },
            }),
        )
    };
    let sessions = parts
        .iter()
        .flat_map(|&(zone, all, failed, code)| (0..all).map(move |number| one(zone, number, failed, code)));
    sessions.collect()
}

fn compared(before: &[Session], after: &[Session]) -> Report {
    let mut report_after = report(after.to_vec());
    report_after.comparison = Some(Comparison::new(&report(before.to_vec()), &report_after).into());
    report_after
}

fn comparison(before: &[Session], after: &[Session]) -> Comparison {
    *compared(before, after).comparison.unwrap()
}

/// Returns the name, the failed sessions before and after, and the change.
fn row(difference: &Difference) -> (&str, Option<u64>, Option<u64>, &str) {
    let failed = |share: Option<FailedShare>| share.map(|share| share.failed);
    let change = difference.change.as_str();
    (&difference.name, failed(difference.before), failed(difference.after), change)
}

#[test]
fn a_difference_is_compared_with_chance() {
    let before = day(15, &[("a", 200, 6, "no_peers"), ("b", 200, 10, "job_killed"), ("old", 60, 0, "")]);
    let after =
        day(16, &[("a", 200, 40, "no_peers"), ("b", 200, 12, "new_code"), ("new", 20, 5, "no_peers")]);
    let found = comparison(&before, &after);
    assert_eq!(row(&found.total), ("", Some(16), Some(57), "higher"));
    let codes: Vec<_> = found.codes.iter().map(row).collect();
    assert_eq!(
        codes,
        [
            ("no_peers", Some(6), Some(45), "higher"),
            ("new_code", Some(0), Some(12), "higher"),
            ("job_killed", Some(10), Some(0), "lower"),
        ]
    );
    let zones: Vec<_> = found.zones.iter().map(row).collect();
    assert_eq!(
        zones,
        [
            ("a", Some(6), Some(40), "higher"),
            ("b", Some(10), Some(12), "chance"),
            ("new", Some(0), Some(5), "too_few"),
            ("old", Some(0), Some(0), "too_few"),
        ]
    );
    // A domain is that of a zone here.
    assert_eq!(found.domains.len(), 4);
    assert_eq!((found.tested, found.overlap), (7, false));
    let a = &found.zones[0];
    assert_eq!(a.before.unwrap().mean_bandwidth, Some(15_000_000.0));
    assert_eq!((a.after.unwrap().rate(), a.points()), (Some(0.2), Some("+17.0".to_owned())));
    let summary = "The failure rate rose from 3.5 % to 13.6 %, by more than chance explains. \
                   5 of 7 codes, zones and domains differ by more than chance.";
    assert_eq!(&*found.summary, summary);
}

#[test]
fn the_page_has_a_section_with_the_comparison() {
    let before = day(15, &[("a", 200, 6, "no_peers"), ("b", 200, 10, "job_killed"), ("old", 60, 0, "")]);
    let after =
        day(16, &[("a", 200, 40, "no_peers"), ("b", 200, 12, "new_code"), ("new", 20, 5, "no_peers")]);
    let page = compared(&before, &after).to_string();
    let start = page.find("\nCompared with ").unwrap();
    let end = page[start..].find("\nRetry later").unwrap();
    assert_file("comparison.txt", &page[start + 1..start + end]);
}

#[test]
fn equal_periods_differ_by_chance_only() {
    let sessions = generate(1, 2000);
    let found = comparison(&sessions, &sessions);
    assert!(found.overlap);
    let all = found.codes.iter().chain(&found.zones).chain(&found.domains);
    for difference in all {
        assert!(matches!(difference.change, Change::Chance | Change::TooFew), "{difference:?}");
        assert!(difference.difference.is_none_or(|difference| difference == 0.0), "{difference:?}");
    }
    let note = "The compared periods overlap. A session in both counts on both sides.";
    assert_eq!(compared(&sessions, &sessions).notes(), [note]);
}

#[test]
fn few_sessions_are_not_tested() {
    let found = comparison(&day(15, &[("a", 49, 0, "")]), &day(16, &[("a", 500, 500, "c")]));
    assert_eq!((found.total.change, found.total.p_value, found.tested), (Change::TooFew, None, 0));
    let summary = "The failure rate was 0.0 % and is 100.0 %; too few sessions ended for a test \
                   (at least 50 on both sides).";
    assert_eq!(&*found.summary, summary);
    let found = comparison(&day(15, &[("a", 50, 0, "")]), &day(16, &[("a", 500, 500, "c")]));
    assert_eq!((found.total.change, found.tested), (Change::Higher, 3));
}

#[test]
fn shares_that_cannot_differ_are_not_tested() {
    for failed in [0, 100] {
        let [before, after] = [15, 16].map(|date| day(date, &[("a", 100, failed, "c")]));
        let found = comparison(&before, &after);
        assert_eq!((found.total.change, found.total.p_value, found.tested), (Change::Chance, None, 0));
        assert_eq!(&*found.summary, &format!("The failure rate is {failed}.0 %, as before."));
    }
    // Their number does not weaken the test of the others.
    let zones: Vec<_> = (0..20).map(|number| format!("sure{number}")).collect();
    let parts = |failed| {
        let sure = zones.iter().map(|zone| (zone.as_str(), 100, 100, "c"));
        sure.chain([("a", 200, failed, "d")]).collect::<Vec<_>>()
    };
    let found = comparison(&day(15, &parts(10)), &day(16, &parts(26)));
    assert_eq!(row(&found.zones[0]), ("a", Some(10), Some(26), "higher"));
    assert_eq!(found.tested, 4);
}

#[test]
fn a_small_difference_may_be_chance() {
    let found = comparison(&day(15, &[("a", 100, 10, "c")]), &day(16, &[("a", 100, 12, "c")]));
    let summary = "The failure rate was 10.0 % and is 12.0 %, a difference that chance can explain. \
                   None of 3 codes, zones and domains differs by more than chance.";
    assert_eq!(&*found.summary, summary);
}

#[test]
fn running_sessions_are_neither_failed_nor_ended() {
    let mut after = day(16, &[("a", 100, 10, "c")]);
    let running = after.iter_mut().filter(|session| session.error.is_none()).take(60);
    running.for_each(|session| session.status = Some("running".into()));
    let found = comparison(&day(15, &[("a", 100, 10, "c")]), &after);
    let after = found.zones[0].after.unwrap();
    assert_eq!((after.ended, after.failed, found.zones[0].change), (40, 10, Change::TooFew));
}

#[test]
fn an_empty_period_has_no_failure_rate() {
    let sessions = day(15, &[("a", 100, 10, "c")]);
    let after = compared(&sessions, &[]);
    let before = compared(&[], &sessions);
    let summary = |report: &Report| report.comparison.as_ref().unwrap().summary.clone();
    assert_eq!(&*summary(&after), "No session ended in the later period.");
    assert_eq!(&*summary(&before), "No session ended in the earlier period.");
    assert!(after.to_string().contains("No session ended in the later period."), "{after}");
}

/// A name that is not counted separately on one side is not a name without failures.
#[test]
fn a_name_beyond_the_limits_is_unknown() {
    let many: Vec<_> = (0..250)
        .map(|number| {
            let code = json!({"code": format!("code{number}"), "message": ""});
            let fields = json!({"status": "failed", "api_name": format!("zone{number}"), "error": code});
            session(&number.to_string(), fields)
        })
        .collect();
    let found = comparison(&many, &day(16, &[("zone240", 100, 10, "code240")]));
    let named = |differences: &[Difference], name: &str| {
        let difference = differences.iter().find(|difference| &*difference.name == name).unwrap();
        (difference.before.is_none(), difference.difference, difference.change)
    };
    assert_eq!(named(&found.codes, "code240"), (true, None, Change::Unknown));
    assert_eq!(named(&found.zones, "zone240"), (true, None, Change::Unknown));
    assert_eq!(named(&found.zones, "zone5"), (false, None, Change::TooFew));
}

#[test]
fn limitations_of_the_earlier_report_are_noted() {
    let mut before = Triage::from_iter(day(15, &[("a", 100, 10, "c")]));
    before.set_reported(Some(257));
    let mut after = report(day(16, &[("a", 100, 10, "c")]));
    after.comparison = Some(Comparison::new(&before.report(), &after).into());
    let note = "Earlier period: This report is incomplete: 100 of 257 reported sessions were returned.";
    assert!(after.to_string().contains(&format!("\n  {note}\n")), "{after}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_comparison_is_consistent(before in any_sessions(), after in any_sessions()) {
        let report = |sessions: &[Session]| {
            let mut triage = triage();
            triage.extend(sessions);
            triage.report()
        };
        let (before, mut after) = (report(&before), report(&after));
        after.comparison = Some(Comparison::new(&before, &after).into());
        crate::support::report_is_consistent(&after);
        let found = after.comparison.as_ref().unwrap();
        for difference in found.codes.iter().chain(&found.zones).chain(&found.domains).chain([&found.total]) {
            let is_tested = difference.p_value.is_some();
            prop_assert!(difference.p_value.is_none_or(|p| (0.0..=1.0).contains(&p)), "{difference:?}");
            prop_assert!(is_tested || !difference.change.is_larger_than_chance(), "{difference:?}");
            prop_assert!(difference.difference.is_none_or(|difference| difference.abs() <= 1.0), "{difference:?}");
        }
        let json = serde_json::to_string(&after).unwrap();
        let read: Report = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&read, &after);
        let back = Comparison::new(&after, &before);
        prop_assert_eq!(back.tested, found.tested);
    }
}
