//! The report of the suite, and when the suite fails.

use brightdata_sessions::TransportErrorKind;
use brightdata_sessions_testkit::suite::{Report, Suite};

use crate::support::faulty_transport::FaultyTransport;

const CASE: &str = "a 404 is returned as a response";

/// Runs a suite against a correct transport.
fn correct(suite: Suite) -> Report {
    let transport = FaultyTransport::new(None);
    suite.run_transport(|request, limits| transport.exchange(request, limits))
}

/// Runs a suite against a transport that never gets a response.
fn dead(suite: Suite) -> Report {
    suite.run_transport(|_, _| Err(TransportErrorKind::Connection.into()))
}

/// Returns the actual outcome of the only case of a report, which failed.
fn actual_outcome(report: &Report) -> String {
    let report = report.to_string();
    let line = report.lines().find_map(|line| line.strip_prefix("  actual:   "));
    line.unwrap_or_else(|| panic!("{report}")).to_owned()
}

fn failed(report: &Report) -> Vec<&'static str> {
    report.failed().collect()
}

#[test]
fn a_failed_report_shows_failed_cases_and_their_rules() {
    let suite = Suite::new().known_failure(CASE, "it is dead");
    let report = suite.run_transport(|_, _| Err(TransportErrorKind::Timeout.into()));
    assert!(!report.passed());
    let text = report.to_string();
    let failed = report.failed().count();
    assert!(text.starts_with(&format!("{failed} of 138 cases failed, 1 known failure\n\n")), "{text}");
    assert_eq!(text.matches("\n  rule:     ").count(), failed, "{text}");
    // This case passed, and that one is a known failure.
    assert!(!text.contains("no response\n") && !text.contains(&format!("{CASE}\n")), "{text}");
    let case = "\
a 302 to another port is not followed
  rule:     2. Send the request once.
  reason:   the key goes only to the URL of the request
  expected: 302, location: http://elsewhere/x, body as sent
  actual:   timeout, after 0 requests
";
    assert!(text.contains(case), "{text}");
}

#[test]
fn a_passed_report_is_a_short_summary() {
    assert_eq!(correct(Suite::new().filter(CASE)).to_string(), "1 case passed\n");
    let report = dead(Suite::new().filter(CASE).known_failure(CASE, "it is dead"));
    assert!(report.passed());
    assert_eq!(report.to_string(), format!("0 cases passed, 1 known failure\n- {CASE}: it is dead\n"));
}

#[test]
fn the_markdown_has_a_table_for_each_rule() {
    let table = |report: Report| report.to_markdown();
    assert_eq!(
        table(dead(Suite::new().filter(CASE))),
        "\
## 3. Return every final status as a response.

|      | case                            | expected          | actual     | why it matters              |
| ---- | ------------------------------- | ----------------- | ---------- | --------------------------- |
| FAIL | a 404 is returned as a response | 404, body as sent | connection | the body explains the error |

cases: 1, failed: 1, known failures: 0
"
    );
    let known_failure = table(dead(Suite::new().filter(CASE).known_failure(CASE, "it is dead")));
    let row = format!("| known failure | {CASE} | 404, body as sent | connection |");
    assert!(known_failure.contains(&row), "{known_failure}");
    let end = format!("cases: 1, failed: 0, known failures: 1\n- {CASE}: it is dead\n");
    assert!(known_failure.ends_with(&end), "{known_failure}");
    let passed = table(correct(Suite::new().filter(CASE)));
    assert!(passed.contains(&format!("| ok | {CASE} | 404, body as sent | as expected |")), "{passed}");
    assert_eq!(table(correct(Suite::new())).matches("\n## ").count(), 11);
}

#[test]
fn a_known_failure_that_passes_fails_the_suite() {
    let report = correct(Suite::new().filter(CASE).known_failure(CASE, "it was dead"));
    assert_eq!(failed(&report), [CASE]);
    let markdown = report.to_markdown();
    assert!(markdown.contains(&format!("| FAIL (passed) | {CASE} |")), "{markdown}");
    let report = report.to_string();
    assert!(report.ends_with("  passed, but is a known failure: it was dead\n"), "{report}");
}

#[test]
fn an_unknown_case_name_fails_the_suite() {
    let report = correct(Suite::new().filter("no such case"));
    assert_eq!(failed(&report), ["no such case"]);
    assert_eq!(report.to_string(), "0 cases passed\n\nno such case\n  no case has this name\n");
    let report = correct(Suite::new().filter(CASE).known_failure("no such case", "no reason"));
    assert_eq!(failed(&report), ["no such case"]);
    assert!(!report.passed());
}

#[test]
fn a_correct_request_fails_without_its_response() {
    const CASE: &str = "the request is HTTP/1.1";
    let transport = FaultyTransport::new(None);
    let report = Suite::new().filter(CASE).run_transport(|request, limits| {
        let _ = transport.exchange(request, limits);
        Err(TransportErrorKind::Connection.into())
    });
    assert_eq!(actual_outcome(&report), "connection");
    assert!(!report.passed());
}

#[test]
fn a_followed_redirect_fails_and_reports_a_leaked_key() {
    const CASE: &str = "a 302 to another port is not followed";
    let actual = [true, false].map(|authorized| {
        let transport = FaultyTransport::new(None);
        let report = Suite::new().filter(CASE).run_transport(|mut request, limits| {
            let response = transport.exchange(request.clone(), limits)?;
            *request.uri_mut() = response.headers()["location"].to_str().unwrap().parse().unwrap();
            if !authorized {
                request.headers_mut().remove("authorization");
            }
            let _ = transport.exchange(request, limits);
            Ok(response)
        });
        assert!(!report.passed());
        actual_outcome(&report)
    });
    let expected = [
        "302, location: http://elsewhere/x, body as sent; the key was sent elsewhere",
        "302, location: http://elsewhere/x, body as sent; a request was sent elsewhere",
    ];
    assert_eq!(actual, expected);
}

#[test]
fn a_transport_that_does_not_request_gzip_gets_none() {
    let report = dead(Suite::new().filter("a gzip body"));
    assert!(report.passed(), "\n{report}");
    // As a known failure, the case passes unexpectedly, and its outcome is shown.
    let report = dead(Suite::new().filter("a gzip body").known_failure("a gzip body", "it is dead"));
    assert_eq!(actual_outcome(&report), "gzip not requested");
}

#[test]
fn a_panic_fails_its_case_and_keeps_the_table_intact() {
    let report = Suite::new().filter(CASE).run_transport(|_, _| panic!("one\nline | another"));
    assert_eq!(failed(&report), [CASE]);
    let table = report.to_markdown();
    assert!(table.contains("| 404, body as sent | panicked: one line ¦ another |"), "{table}");
}

#[test]
#[should_panic(expected = "no such folder")]
fn assert_file_panics_without_the_file() {
    dead(Suite::new().filter(CASE)).assert_file("no such folder/dead.md");
}
