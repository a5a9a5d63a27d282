//! The suite itself: its report, and when it fails.

use brightdata_sessions::TransportErrorKind;
use brightdata_sessions_testkit::conformance::{Report, Suite};

use crate::faulty_transport::FaultyTransport;

const CASE: &str = "a 404 is returned as a response";

/// Runs a suite against a correct transport.
fn correct(suite: Suite) -> Report {
    let transport = FaultyTransport::new(None);
    suite.run(|request, limits| transport.exchange(request, limits))
}

/// Runs a suite against a transport that never gets a response.
fn dead(suite: Suite) -> Report {
    suite.run(|_, _| Err(TransportErrorKind::Connection.into()))
}

/// Returns the actual outcome of the only case of a report.
fn actual_outcome(report: &Report) -> String {
    let report = report.to_string();
    let row = report.lines().nth(2).unwrap();
    row.split(" | ").nth(3).unwrap().trim_end().to_owned()
}

fn failed(report: &Report) -> Vec<&'static str> {
    report.failed().collect()
}

#[test]
fn a_failed_case_is_shown_with_its_actual_outcome() {
    let report = dead(Suite::new().filter(CASE));
    assert_eq!(
        report.to_string(),
        "\
|      | case                            | expected          | actual     | why it matters              |
| ---- | ------------------------------- | ----------------- | ---------- | --------------------------- |
| FAIL | a 404 is returned as a response | 404, body as sent | connection | the body explains the error |

cases: 1, failed: 1, known failures: 0
"
    );
    assert!(!report.passed());
}

#[test]
fn a_known_failure_passes_and_is_reported() {
    let report = dead(Suite::new().filter(CASE).known_failure(CASE, "it is dead"));
    assert!(report.passed(), "\n{report}");
    let report = report.to_string();
    let row = format!("| known failure | {CASE} | 404, body as sent | connection |");
    assert!(report.contains(&row), "{report}");
    let end = format!("failed: 0, known failures: 1\n- {CASE}: it is dead\n");
    assert!(report.ends_with(&end), "{report}");
}

#[test]
fn a_known_failure_that_passes_fails_the_suite() {
    let report = correct(Suite::new().filter(CASE).known_failure(CASE, "it was dead"));
    assert_eq!(failed(&report), [CASE]);
    let report = report.to_string();
    let end = format!("- {CASE}: declared as a known failure, but passed (it was dead)\n");
    assert!(report.ends_with(&end), "{report}");
}

#[test]
fn an_unknown_case_name_fails_the_suite() {
    assert_eq!(failed(&correct(Suite::new().filter("no such case"))), ["no such case"]);
    let report = correct(Suite::new().filter(CASE).known_failure("no such case", "no reason"));
    assert_eq!(failed(&report), ["no such case"]);
}

#[test]
fn a_correct_request_fails_without_its_response() {
    const CASE: &str = "the request is HTTP/1.1";
    let transport = FaultyTransport::new(None);
    let report = Suite::new().filter(CASE).run(|request, limits| {
        let _ = transport.exchange(request, limits);
        Err(TransportErrorKind::Connection.into())
    });
    assert_eq!(actual_outcome(&report), "connection, after 1 request");
    assert!(!report.passed());
}

#[test]
fn a_followed_redirect_fails_and_reports_a_leaked_key() {
    const CASE: &str = "a 302 to another port is not followed";
    let actual = [true, false].map(|authorized| {
        let transport = FaultyTransport::new(None);
        let report = Suite::new().filter(CASE).run(|mut request, limits| {
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
        "status and location; the key was sent elsewhere",
        "status and location; a request was sent elsewhere",
    ];
    assert_eq!(actual, expected);
}

#[test]
fn a_transport_that_does_not_request_gzip_gets_none() {
    let report = dead(Suite::new().filter("a gzip body"));
    assert_eq!(actual_outcome(&report), "gzip not requested");
    assert!(report.passed(), "\n{report}");
}

#[test]
fn a_panic_fails_its_case_and_keeps_the_table_intact() {
    let report = Suite::new().filter(CASE).run(|_, _| panic!("one\nline | another"));
    assert_eq!(failed(&report), [CASE]);
    let report = report.to_string();
    assert!(report.contains("| 404, body as sent | panicked: one line ¦ another |"), "{report}");
}

#[test]
#[should_panic(expected = "no such folder")]
fn assert_file_panics_without_the_file() {
    dead(Suite::new().filter(CASE)).assert_file("no such folder/dead.md");
}
