//! Errors: exit statuses, messages, JSON lines and retries.

use brightdata_sessions_testkit::{FakeApi, Script};

use crate::get::get_scripted;
use crate::support::{KEY, bare, run};

#[test]
fn each_error_of_the_service_has_an_exit_status_and_a_line() {
    let table = [
        (
            Script::response(404, &[], r#"{"error":"Session not found"}"#),
            3,
            "not found: status 404, Session not found",
        ),
        (
            Script::response(401, &[], "Invalid credentials"),
            4,
            "unauthorized: status 401, Invalid credentials; the key is from BRIGHTDATA_API_KEY",
        ),
        (Script::response(403, &[], ""), 4, "unauthorized: status 403; the key is from BRIGHTDATA_API_KEY"),
        (Script::response(407, &[], ""), 4, "unauthorized: status 407"),
        (Script::response(400, &[], r#"{"error":"Bad"}"#), 6, "bad request: status 400, Bad"),
        (Script::response(429, &[("retry-after", "7")], ""), 6, "rate limited: status 429; retry after 7 s"),
        (Script::response(500, &[], ""), 6, "server error: status 500"),
        (Script::response(302, &[("location", "/x")], ""), 6, "redirect refused: status 302, /x"),
        (Script::response(200, &[], "{}"), 6, "malformed body: session is missing"),
    ];
    for (script, status, line) in table {
        let expected = (status, String::new(), format!("brd-sessions: {line}\n"));
        // Without a time limit, a call waits after a 429.
        assert_eq!(get_scripted(script, &["--retry-max-time", "1"]), expected);
    }
}

#[test]
fn timeouts_and_connection_failures_have_status_5() {
    let (status, _, stderr) = get_scripted(Script::new(), &["--timeout", "0.2"]);
    assert_eq!(
        (status, stderr.as_str()),
        (5, "brd-sessions: timed out: timed out before the response was complete: timeout: global\n")
    );
    let (status, _, stderr) = get_scripted(Script::new().close(), &[]);
    assert_eq!(status, 5);
    assert!(
        stderr.starts_with("brd-sessions: connection failed: no complete response from the server: "),
        "{stderr}"
    );
}

#[test]
fn an_error_is_one_line_of_json() {
    let not_found = Script::response(404, &[], r#"{"error":"Session not found"}"#);
    let line = r#"{"error":{"kind":"not_found","status":404,"message":"Session not found","attempts":1}}"#;
    assert_eq!(get_scripted(not_found, &["--json"]), (3, String::new(), format!("{line}\n")));

    let limited =
        Script::response(429, &[("retry-after", "121"), ("x-brd-error-code", "rate")], "slow\ndown");
    let line = concat!(
        r#"{"error":{"kind":"rate_limited","status":429,"message":"slow\\ndown","code":"rate","#,
        r#""retry_after":121,"attempts":1}}"#
    );
    assert_eq!(
        get_scripted(limited, &["--json", "--retry-max-time", "1"]),
        (6, String::new(), format!("{line}\n"))
    );

    let line = r#"{"error":{"kind":"timeout","message":"timed out: timed out before the response was complete: timeout: global","attempts":1}}"#;
    assert_eq!(
        get_scripted(Script::new(), &["--json", "--timeout", "0.2"]),
        (5, String::new(), format!("{line}\n"))
    );
}

#[test]
fn invalid_input_is_one_line_of_json() {
    let table: [(&[&str], &str); 5] = [
        (&["get", "--json"], "the following required arguments were not provided: <ID>"),
        (
            &["get", "..", "--json"],
            "invalid value '..' for '[ID]...': invalid session id: `.` and `..` are not allowed, because they change the path",
        ),
        (&["--json", "forget"], "unrecognized subcommand 'forget'"),
        (
            &["--json", "get", "x"],
            "no API key: set BRIGHTDATA_API_KEY (or BRIGHTDATA_API_TOKEN), or BRIGHTDATA_API_KEY_FILE to the path of a file with the key",
        ),
        (
            &["--json", "--base-url", "http://example.com", "get", "x"],
            "invalid value 'http://example.com' for '--base-url <URL>': invalid base URL: uses `http://` for a host other \
             than 127.0.0.0/8 or [::1]; use `https://`",
        ),
    ];
    for (args, message) in table {
        let line = format!(r#"{{"error":{{"kind":"invalid_input","message":"{message}"}}}}"#);
        assert_eq!(run(bare().args(args)), (2, String::new(), format!("{line}\n")));
    }
}

#[test]
fn retries_sets_the_number_of_retries() {
    for (retries, requests) in [("0", 1), ("1", 2), ("3", 4)] {
        let fake = FakeApi::start().unwrap();
        fake.script_any([Script::new().close().repeat()]);
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY", KEY).args(["--base-url", fake.base_url().as_ref()]);
        let (status, _, stderr) = run(command.args(["get", "x", "--retries", retries]));
        assert_eq!((status, fake.requests().len()), (5, requests));
        assert_eq!(stderr.contains(&format!("(after {requests} attempts)")), requests > 1, "{stderr}");
    }
}

#[test]
fn retries_have_a_total_time_only_if_one_is_set() {
    let busy = || Script::response(503, &[("retry-after", "1")], "").repeat();
    for (args, requests) in [
        (&["--retries", "1"][..], 2),
        (&["--retries", "1", "--timeout", "45", "--retry-max-time", "5"], 2),
        (&["--retries", "5", "--timeout", "45", "--retry-max-time", "0.5"], 1),
    ] {
        let fake = FakeApi::start().unwrap();
        fake.script_any([busy()]);
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY", KEY).args(["--base-url", fake.base_url().as_ref()]);
        let (status, _, _) = run(command.args(args).args(["get", "a"]));
        assert_eq!((status, fake.requests().len()), (6, requests), "{args:?}");
    }
    let (status, help, _) = run(bare().arg("--help"));
    assert_eq!(status, 0);
    assert!(help.contains("--retry-max-time <SECONDS>"), "{help}");
}
