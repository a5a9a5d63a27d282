//! Responses of the service that doctor explains.

use std::time::{Duration, SystemTime};

use brightdata_sessions::ApiKey;
use brightdata_sessions_testkit::{FakeApi, Script};
use serde_json::Value;

use super::{doctor, findings, report};
use crate::support::run;

/// Returns the lines about the list and the session, and the exit status.
fn requests(fake: &FakeApi) -> (i32, String) {
    let (status, text) = report(&mut doctor(fake));
    let start = text.find(" list ").map_or(0, |at| text[..at].rfind('\n').unwrap_or_default() + 1);
    (status, text[start..].to_owned())
}

#[test]
fn a_refused_key_has_status_4() {
    let fake = FakeApi::start().unwrap();
    fake.require_key(&ApiKey::new("another").unwrap());
    let expected = "\
problem  list        unauthorized: status 401, Invalid credentials
                       content-type: application/json
                     → the service does not accept the key from BRIGHTDATA_API_KEY: set the right one, or create another
skipped  session     not checked until the problem with the list is solved
skipped  deviations  not checked until the problem with the list is solved

7 ok, 1 note, 1 problem, 2 skipped, 1 request sent
";
    assert_eq!(requests(&fake), (4, expected.to_owned()));
}

#[test]
fn an_empty_account_is_a_note() {
    let fake = FakeApi::with_sessions([]).unwrap();
    let expected = "\
note     list        status 200, HTTP/1.1, N ms: the account has no sessions
                       content-type: application/json
                     → run a session, or check that the key is of the right account
skipped  session     not checked, because there is no session
ok       deviations  none: the responses are as documented

8 ok, 2 notes, 0 problems, 1 skipped, 1 request sent
";
    assert_eq!(requests(&fake), (0, expected.to_owned()));
}

#[test]
fn a_login_page_is_named_as_one() {
    let fake = FakeApi::start().unwrap();
    let page = "<!doctype html><title>Free Wi-Fi</title>";
    fake.script_any([Script::response(200, &[("content-type", "text/html")], page)]);
    let expected = "\
problem  list        status 200, but the body is a web page
                       content-type: text/html
                     → a login page of the network or a proxy responds in place of the service: open a web page in a browser, and check --base-url
skipped  session     not checked until the problem with the list is solved
skipped  deviations  not checked until the problem with the list is solved

6 ok, 2 notes, 1 problem, 2 skipped, 1 request sent
";
    assert_eq!(requests(&fake), (6, expected.to_owned()));
}

#[test]
fn a_wrong_path_is_a_problem_of_the_configuration() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(404, &[("content-type", "text/html")], "<title>No such page</title>")]);
    let expected = "\
problem  list        not found: status 404, a web page instead of JSON: No such page
                       content-type: text/html
                     → check the path of --base-url: this server has no such page
skipped  session     not checked until the problem with the list is solved
skipped  deviations  not checked until the problem with the list is solved

6 ok, 2 notes, 1 problem, 2 skipped, 1 request sent
";
    assert_eq!(requests(&fake), (2, expected.to_owned()));
}

#[test]
fn a_429_is_not_retried_and_its_headers_are_shown() {
    let fake = FakeApi::start().unwrap();
    let headers = [
        ("Retry-After", "43"),
        ("X-RateLimit-Remaining", "0"),
        ("x-request-id", "r-1"),
        ("x-request-id", "r-2"),
        ("Set-Cookie", "session=secret"),
        ("x-api-key-quota", "secret"),
        ("x-unrelated", "secret"),
        ("x-trace-id", &super::key()),
    ];
    fake.script_any([Script::response(429, &headers, "")]);
    let expected = "\
problem  list        rate limited: status 429; retry after 43 s
                       retry-after: 43
                       x-ratelimit-remaining: 0
                       x-request-id: r-1, r-2
                       x-trace-id: [redacted]
                     → wait before the next request, and send fewer: set the rate limit of the account with --rate, if it is known
skipped  session     not checked until the problem with the list is solved
skipped  deviations  not checked until the problem with the list is solved

6 ok, 1 note, 1 problem, 3 skipped, 1 request sent
";
    let (status, text) = requests(&fake);
    assert_eq!((status, text.as_str()), (6, expected));
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn other_failures_have_the_status_of_their_kind() {
    for (script, status, start) in [
        (Script::response(403, &[], ""), 4, "unauthorized: status 403\n"),
        (Script::response(503, &[], ""), 6, "server error: status 503\n"),
        (Script::response(302, &[("location", "/x")], ""), 6, "redirect refused: status 302, /x\n"),
        (Script::response(200, &[], "{}"), 6, "malformed body: "),
        (Script::new().close(), 5, "connection failed: "),
    ] {
        let fake = FakeApi::start().unwrap();
        fake.script_any([script.repeat()]);
        let (actual, text) = requests(&fake);
        assert!(text.starts_with(&format!("problem  list        {start}")), "{text}");
        assert_eq!((actual, fake.requests().len()), (status, 1), "{text}");
    }
}

#[test]
fn a_listed_session_that_is_not_found_is_a_problem() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::pass(), Script::response(404, &[], r#"{"error":"Session not found"}"#)]);
    let (status, text) = findings(&mut doctor(&fake));
    let line =
        "\nproblem  session     not found: status 404, Session not found, but the list has this session\n";
    assert!(status == 6 && text.contains(line), "{text}");
}

/// A documented page without sessions.
const EMPTY: &str = r#"{"sessions":[],"count":0,"total":0,"pagination":{"offset":0,"limit":1,"has_more":false,"next_offset":null}}"#;

/// Returns a list with a `Date` header, which is this far from now.
fn dated(date: SystemTime) -> Script {
    let date = httpdate::fmt_http_date(date);
    Script::response(200, &[("date", &date)], EMPTY)
}

#[test]
fn a_clock_that_is_off_by_two_hours_is_a_problem() {
    let two_hours = Duration::from_secs(2 * 3600 + 59);
    for (date, direction) in
        [(SystemTime::now() - two_hours, "ahead of"), (SystemTime::now() + two_hours, "behind")]
    {
        let fake = FakeApi::start().unwrap();
        fake.script_any([dated(date)]);
        let (status, text) = findings(&mut doctor(&fake));
        let lines = format!(
            "
problem  clock       2 h 0 min {direction} the service's clock
                     → set the clock of this machine: periods such as --since 1h and certificates depend on it
"
        );
        assert!(text.contains(&lines), "{text}");
        assert_eq!(status, 2);
    }
}

#[test]
fn the_verbose_report_names_each_request() {
    let fake = FakeApi::start().unwrap();
    let (status, _, stderr) = run(doctor(&fake).arg("--verbose"));
    assert_eq!((status, stderr.lines().count()), (0, 4), "{stderr}");
}

/// Returns a session with these fields after the documented ones that it has.
fn ended(fields: &str) -> String {
    format!(
        r#"{{"session_id":"5e551011-0000-4000-8000-000000000001","api_name":"zone1","status":"finished",
            "timestamp":"2025-12-16T18:53:41Z","target_url":"https://secret.example","end_url":null,
            "navigations":4,"duration":209.4,"captcha":"none","error":null,{fields}}}"#
    )
}

/// Returns the responses to both requests.
fn responses(listed: &str, single: &str) -> [Script; 2] {
    let list = format!(
        r#"{{"sessions":[{listed}],"count":1,"total":1,
            "pagination":{{"offset":0,"limit":1,"has_more":false,"next_offset":null}}}}"#
    );
    [list, format!(r#"{{"session":{single}}}"#)].map(|body| Script::response(200, &[], body))
}

#[test]
fn deviating_fields_are_named_without_their_values() {
    let fake = FakeApi::start().unwrap();
    let scripts = || responses(&ended(r#""bandwidth":7"#), &ended(r#""bandwidth":8,"region":"secret""#));
    fake.script_any(scripts());
    let expected = "\
ok       list        status 200, HTTP/1.1, N ms: 1 session of 1
ok       session     status 200, HTTP/1.1, N ms
problem  deviations  2 deviations from the documentation, and 1 harmless difference
                       session, session.region: found a string, documented: no field of this name (harmless)
                       list and session, session.bandwidth: found two different values, each a whole number, documented: the same value in the list and alone
                       list and session, session.region: found only in the record alone, documented: the same fields in the list and alone
                     → report it with this output, which shows undocumented names and words, but no other value

8 ok, 2 notes, 1 problem, 0 skipped, 2 requests sent
";
    assert_eq!(requests(&fake), (6, expected.to_owned()));
    fake.script_any(scripts());
    let (_, stdout, _) = run(doctor(&fake).arg("--json"));
    assert!(!stdout.contains("secret"), "{stdout}");
    let check: Value = serde_json::from_str(stdout.lines().rev().nth(1).unwrap()).unwrap();
    let found: Vec<_> = check["details"]["deviations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| ["response", "kind", "path"].map(|member| found[member].as_str().unwrap()))
        .collect();
    let expected = [
        ["session", "unknown_field", "session.region"],
        ["list and session", "difference", "session.bandwidth"],
        ["list and session", "difference", "session.region"],
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_unknown_field_is_harmless() {
    let fake = FakeApi::start().unwrap();
    let session = ended(r#""bandwidth":7,"region":"secret""#);
    fake.script_any(responses(&session, &session));
    let expected = "\
ok       list        status 200, HTTP/1.1, N ms: 1 session of 1
ok       session     status 200, HTTP/1.1, N ms
note     deviations  2 harmless differences from the documentation
                       list, sessions[].region: found a string, documented: no field of this name (in sessions[0]) (harmless)
                       session, session.region: found a string, documented: no field of this name (harmless)
                     → nothing to do: the program reads such responses, and loses no value

8 ok, 3 notes, 0 problems, 0 skipped, 2 requests sent
";
    assert_eq!(requests(&fake), (0, expected.to_owned()));
}
