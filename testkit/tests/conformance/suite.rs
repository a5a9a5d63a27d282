//! The suite itself: what it says, and when it fails.

use brightdata_sessions::{FailureKind, Outcome};
use brightdata_sessions_testkit::conformance::{Report, Suite};

use crate::faulty_transport::FaultyTransport;

const CASE: &str = "a 404 is returned as a response";

/// Of a transport that is right.
fn right(suite: Suite) -> Report {
    let transport = FaultyTransport::new(None);
    suite.run(|request, limits| transport.exchange(request, limits))
}

/// Of a transport that has no answer, ever.
fn dead(suite: Suite) -> Report {
    suite.run(|_, _| Outcome::Err(FailureKind::Connection.into()))
}

/// What came of the only case of a report.
fn actual(report: &Report) -> String {
    let report = report.to_string();
    let row = report.lines().nth(2).unwrap();
    row.split(" | ").nth(3).unwrap().trim_end().to_owned()
}

fn failed(report: &Report) -> Vec<&'static str> {
    report.failed().collect()
}

#[test]
fn a_case_that_fails_is_shown_with_what_came() {
    let report = dead(Suite::new().filter(CASE));
    assert_eq!(
        report.to_string(),
        "\
|      | case | expected | actual | why it matters |
| ---- | ------------------ | ---------- | ---------- | ------------------------------------------ |
| FAIL | a 404 is an answer | 404, whole | connection | the service says in the body what is wrong |

1 cases, 1 failed, 0 known failures
"
    );
    assert!(!report.passed());
}

#[test]
fn a_deviation_that_shows_passes_and_is_told() {
    let report = dead(Suite::new().filter(CASE).known_failure(CASE, "it is dead"));
    assert!(report.passed(), "\n{report}");
    let report = report.to_string();
    assert!(report.contains("| known failure | a 404 is an answer | 404, whole | connection |"), "{report}");
    assert!(report.ends_with("0 failed, 1 known failures\n- a 404 is an answer: it is dead\n"), "{report}");
}

#[test]
fn a_deviation_that_does_not_show_fails() {
    let report = right(Suite::new().filter(CASE).known_failure(CASE, "it was dead"));
    assert_eq!(failed(&report), [CASE]);
    assert!(
        report
            .to_string()
            .ends_with("- a 404 is an answer: declared as a known failure, but passed (it was dead)\n"),
        "{report}"
    );
}

#[test]
fn a_name_that_no_case_has_fails() {
    assert_eq!(failed(&right(Suite::new().filter("no such case"))), ["no such case"]);
    let report = right(Suite::new().filter(CASE).known_failure("no such case", "who knows"));
    assert_eq!(failed(&report), ["no such case"]);
}

#[test]
fn a_request_that_arrives_as_it_should_passes_only_with_its_answer() {
    const CASE: &str = "the request is HTTP/1.1";
    let transport = FaultyTransport::new(None);
    let report = Suite::new().filter(CASE).run(|request, limits| {
        let _ = transport.exchange(request, limits);
        Err(FailureKind::Connection.into())
    });
    assert_eq!(actual(&report), "connection, after 1 requests");
    assert!(!report.passed());
}

#[test]
fn a_redirect_that_is_followed_by_the_way_fails_and_tells_whether_the_key_was_sent() {
    const CASE: &str = "a 302 to another port is not followed";
    let said = [true, false].map(|authorized| {
        let transport = FaultyTransport::new(None);
        let report = Suite::new().filter(CASE).run(|mut request, limits| {
            let answer = transport.exchange(request.clone(), limits)?;
            *request.uri_mut() = answer.headers()["location"].to_str().unwrap().parse().unwrap();
            if !authorized {
                request.headers_mut().remove("authorization");
            }
            let _ = transport.exchange(request, limits);
            Ok(answer)
        });
        assert!(!report.passed());
        actual(&report)
    });
    let expected = [
        "status and location; the key was sent elsewhere",
        "status and location; a request was sent elsewhere",
    ];
    assert_eq!(said, expected);
}

#[test]
fn gzip_is_not_asked_of_a_transport_that_does_not_ask_for_it() {
    let report = dead(Suite::new().filter("a gzip body"));
    assert_eq!(actual(&report), "gzip not requested");
    assert!(report.passed(), "\n{report}");
}

#[test]
fn an_exchange_that_panics_fails_its_case_and_leaves_the_table_whole() {
    let report = Suite::new().filter(CASE).run(|_, _| panic!("one\nline | another"));
    assert_eq!(failed(&report), [CASE]);
    let report = report.to_string();
    assert!(report.contains("| 404, whole | panicked: one line ¦ another |"), "{report}");
}

#[test]
#[should_panic(expected = "no such folder")]
fn a_table_that_is_not_kept_panics() {
    dead(Suite::new().filter(CASE)).assert_file("no such folder/dead.md");
}
