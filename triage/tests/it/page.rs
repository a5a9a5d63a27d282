//! The page of text.

use brightdata_sessions_triage::Triage;
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use crate::support::{alike, assert_file, one_of_each, report, session};

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
    let one = one_of_each().report().to_string();
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
    let report = one_of_each().report();
    assert_file("report.txt", &report.to_string());
    assert_file("report.json", &serde_json::to_string_pretty(&report).unwrap());
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
    assert_file("long.txt", &report.to_string());
}
