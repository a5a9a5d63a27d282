//! The program as users run it: arguments, environment, outputs and exit status. This file tests
//! what all commands have in common, with `get` as the example.

use std::io::Read as _;
use std::process::Stdio;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

use crate::program::{KEY, bare, program, run};

#[path = "../../../core/tests/it/support/properties/echo.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod echo;
mod escape;
mod fake;
mod get;
mod help;
mod list;
mod program;
#[cfg(target_os = "linux")]
mod progress;
mod proxy;
mod redact;
mod triage;
mod triage_page;
mod watch;

/// Runs `get` for the demo session, with a scripted response.
fn get_scripted(script: Script, args: &[&str]) -> (i32, String, String) {
    let fake = FakeApi::start().unwrap();
    fake.script_any([script]);
    run(program(&fake).args(["get", DEMO_SESSION_ID]).args(args))
}

const DEMO_TEXT: &str = "\
session      5e551011-0000-4000-8000-000000000001
zone         scraping_browser1
status       finished
started      2025-12-16T18:53:41Z
duration     3 m 29 s
navigations  4
captcha      solved
bandwidth    117.7 MiB
target       https://www.example.com
end          https://www.example.com/example/sub/domain
diagnosis    no problem found
advice       If results are missing, check the script's selectors, not the proxy.
";

const DEMO_JSON: &str = concat!(
    r#"{"session_id":"5e551011-0000-4000-8000-000000000001","api_name":"scraping_browser1","status":"finished","#,
    r#""timestamp":"2025-12-16T18:53:41Z","target_url":"https://www.example.com","#,
    r#""end_url":"https://www.example.com/example/sub/domain","navigations":4,"duration":209.444,"#,
    r#""captcha":"solved","bandwidth":123456789,"error":null}"#,
    "\n"
);

#[test]
fn the_demo_needs_neither_key_nor_id() {
    assert_eq!(run(bare().args(["--demo", "get"])), (0, DEMO_TEXT.into(), String::new()));
    assert_eq!(run(bare().args(["get", "--demo", "--json"])), (0, DEMO_JSON.into(), String::new()));
}

#[test]
fn the_demo_has_several_sessions() {
    let (status, stdout, _) = run(bare().args(["--demo", "get", "5e551011-0000-4000-8000-000000000002"]));
    assert_eq!(status, 0);
    assert!(stdout.contains("\nstatus       failed\n"), "{stdout}");
    assert!(stdout.contains("\nerror        "), "{stdout}");
}

#[test]
fn a_session_is_printed_as_text_and_as_json() {
    let fake = FakeApi::start().unwrap();
    let text = run(program(&fake).args(["get", DEMO_SESSION_ID]));
    assert_eq!(text, (0, DEMO_TEXT.into(), String::new()));
    let json = run(program(&fake).args(["get", DEMO_SESSION_ID, "--json"]));
    assert_eq!(json, (0, DEMO_JSON.into(), String::new()));
    let sent: Vec<_> =
        fake.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, [Some(format!("Bearer {KEY}")), Some(format!("Bearer {KEY}"))]);
}

#[test]
fn invalid_input_and_usage_have_status_2() {
    let fake = FakeApi::start().unwrap();
    let refused: [&[&str]; 10] = [
        &["get"],
        &["get", ""],
        &["get", ".."],
        &["get", "a\nb"],
        &["get", DEMO_SESSION_ID, "--timeout", "0"],
        &["get", DEMO_SESSION_ID, "--timeout", "soon"],
        &["get", DEMO_SESSION_ID, "--retries", "-1"],
        &["get", DEMO_SESSION_ID, "--demo"],
        &["forget"],
        &[],
    ];
    for args in refused {
        let (status, stdout, stderr) = run(program(&fake).args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(!stderr.is_empty());
    }
    assert_eq!(fake.connections(), 0);
}

#[test]
fn an_argument_is_escaped_in_an_error() {
    let hostile = "\u{1b}]0;x\u{7}\r\u{9b}31m\u{202e}";
    let option = format!("--{hostile}");
    let refused: [&[&str]; 7] = [
        &[hostile],
        &[&option],
        &["get", "x", &option],
        &["list", "--status", hostile],
        &["list", "--base-url", hostile],
        &["watch", hostile],
        &["triage", "--since", hostile],
    ];
    for args in refused {
        for json in [&[][..], &["--json"]] {
            // `run` checks for control characters.
            let (status, stdout, stderr) = run(bare().args(args).args(json));
            assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
            assert!(stderr.contains(r"]0;x\u"), "{stderr}");
            assert!(!stderr.contains('\u{202e}'), "{stderr}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_the_program_is_escaped_in_an_error() {
    use std::os::unix::process::CommandExt as _;

    for args in [&["--help"][..], &["get", "--help"], &["list", "--no-such-option"]] {
        let (_, stdout, stderr) = run(bare().arg0("\u{1b}]0;x\u{7}").args(args));
        assert!((stdout + &stderr).contains("Usage: "));
    }
}

#[test]
fn demo_conflicts_with_other_sources_of_sessions() {
    let refused: [(&[&str], &str); 3] = [
        (&["get", "--base-url", "http://127.0.0.1:1"], "--base-url <URL>"),
        (&["triage", "sessions.jsonl"], "[FILE]"),
        (&["fake"], "fake"),
    ];
    for (args, other) in refused {
        let (status, stdout, stderr) = run(bare().arg("--demo").args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        let problem = format!("error: the argument '--demo' cannot be used with '{other}'\n");
        assert!(stderr.starts_with(&problem), "{stderr}");
    }
}

#[test]
fn a_missing_or_invalid_key_has_status_2() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let get = ["--base-url", &url, "get", DEMO_SESSION_ID];
    let (status, _, stderr) = run(bare().args(get));
    assert_eq!(
        (status, stderr.as_str()),
        (2, "brd-sessions: no API key: set BRIGHTDATA_API_KEY (or BRIGHTDATA_API_TOKEN)\n")
    );
    let (status, _, stderr) = run(bare().args(get).env("BRIGHTDATA_API_KEY", format!("Bearer {KEY}")));
    assert_eq!(
        (status, stderr.as_str()),
        (
            2,
            "brd-sessions: BRIGHTDATA_API_KEY: invalid API key: starts with `Bearer `; pass the key without it\n"
        )
    );
    assert_eq!(fake.connections(), 0);
}

#[test]
fn the_token_is_used_if_the_key_is_not_set() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let get = ["--base-url", &url, "get", DEMO_SESSION_ID];
    run(bare().args(get).env("BRIGHTDATA_API_TOKEN", "token-token"));
    run(bare().args(get).env("BRIGHTDATA_API_TOKEN", "token-token").env("BRIGHTDATA_API_KEY", ""));
    run(bare().args(get).env("BRIGHTDATA_API_TOKEN", "token-token").env("BRIGHTDATA_API_KEY", KEY));
    let sent: Vec<_> =
        fake.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, ["token-token", "token-token", KEY].map(|key| Some(format!("Bearer {key}"))));
}

#[test]
fn a_trailing_line_break_of_a_key_is_dropped() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let get = ["--base-url", &url, "get", DEMO_SESSION_ID];
    for (name, end) in [("BRIGHTDATA_API_KEY", "\n"), ("BRIGHTDATA_API_TOKEN", "\r\n")] {
        assert_eq!(run(bare().args(get).env(name, format!("{KEY}{end}"))).0, 0);
    }
    for request in fake.requests() {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    }
    // A line break alone is not a key.
    assert_eq!(run(bare().args(get).env("BRIGHTDATA_API_KEY", "\n").env("BRIGHTDATA_API_TOKEN", KEY)).0, 0);
    // The error names the variable.
    for name in ["BRIGHTDATA_API_KEY", "BRIGHTDATA_API_TOKEN"] {
        let (status, _, stderr) = run(bare().args(get).env(name, format!(" {KEY}")));
        assert!(stderr.starts_with(&format!("brd-sessions: {name}: invalid API key: ")), "{stderr}");
        assert_eq!(status, 2);
    }
}

#[test]
fn an_error_about_the_key_names_its_variable() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(401, &[], "").repeat()]);
    let url = fake.base_url().to_string();
    let get = |key: &str, token: &str, args: &[&str]| {
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY", key).env("BRIGHTDATA_API_TOKEN", token);
        run(command.args(["--base-url", &url, "get", DEMO_SESSION_ID]).args(args)).2
    };
    let error = "brd-sessions: unauthorized: status 401; the key is from";
    assert_eq!(get("", KEY, &[]), format!("{error} BRIGHTDATA_API_TOKEN\n"));
    assert_eq!(get(KEY, KEY, &[]), format!("{error} BRIGHTDATA_API_KEY\n"));
    assert_eq!(
        get(KEY, "other-key", &[]),
        format!("{error} BRIGHTDATA_API_KEY, another one in BRIGHTDATA_API_TOKEN is not used\n")
    );
    assert!(get("", KEY, &["--json"]).contains(r#""attempts":1,"key_source":"BRIGHTDATA_API_TOKEN"}}"#));
}

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
        let said = (status, String::new(), format!("brd-sessions: {line}\n"));
        assert_eq!(get_scripted(script, &[]), said);
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
    assert_eq!(get_scripted(limited, &["--json"]), (6, String::new(), format!("{line}\n")));

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
        (&["--json", "get", "x"], "no API key: set BRIGHTDATA_API_KEY (or BRIGHTDATA_API_TOKEN)"),
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
        command.env("BRIGHTDATA_API_KEY", KEY).args(["--base-url", &fake.base_url().to_string()]);
        let (status, _, stderr) = run(command.args(["get", "x", "--retries", retries]));
        assert_eq!((status, fake.requests().len()), (5, requests));
        assert_eq!(stderr.contains(&format!("(after {requests} attempts)")), requests > 1, "{stderr}");
    }
}

#[test]
fn server_text_is_escaped_and_redacted() {
    // Valid JSON: raw C1 controls and DEL in strings, line breaks between tokens, and the key with
    // an escape.
    let body = format!(
        "{{\"session\":{{\"session_id\":\"{DEMO_SESSION_ID}\",\"api_name\":\"\u{9b}31m\\u001b[2J{KEY}\",\n\
         \"new\r\n\":[1,\n\"\u{7f}\\u0030123456789abcdef\u{202e}\"]}}}}"
    );
    let (status, stdout, _) = get_scripted(Script::response(200, &[], &body), &["--json"]);
    assert_eq!(status, 6, "a line break in a string is no JSON");
    assert_eq!(stdout, "");

    let body = body.replace("new\r\n", "n\u{85}w");
    let (status, stdout, _) = get_scripted(Script::response(200, &[], &body), &["--json"]);
    assert_eq!(status, 0);
    let line = concat!(
        r#""api_name":"\u009b31m\u001b[2J[redacted]","status":null,"timestamp":null,"target_url":null,"#,
        r#""end_url":null,"navigations":null,"duration":null,"captcha":null,"bandwidth":null,"error":null,"#,
        r#""n\u0085w":[1,"\u007f[redacted]\u202e"]}"#
    );
    assert_eq!(stdout, format!("{{\"session_id\":\"{DEMO_SESSION_ID}\",{line}\n"));

    let (status, stdout, _) = get_scripted(Script::response(200, &[], &body), &[]);
    assert_eq!(status, 0);
    assert!(stdout.contains("\nzone         \\u{9b}31m\\u{1b}[2J[redacted]\n"), "{stdout}");
    assert!(stdout.contains("\nbandwidth    -\n"), "{stdout}");
}

#[test]
fn help_and_version_are_output() {
    let (status, stdout, stderr) = run(bare().arg("--help"));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.contains("Exit status:"), "{stdout}");
    let (status, stdout, _) = run(bare().arg("--version"));
    assert_eq!((status, stdout), (0, format!("brd-sessions {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_closed_pipe_ends_get_quietly() {
    let mut child =
        bare().args(["--demo", "get"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The reader is closed before anything is written.
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = bare().args(["--demo", "get"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(74));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("brd-sessions: cannot write the output: "), "{stderr}");
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
        command.env("BRIGHTDATA_API_KEY", KEY).args(["--base-url", &fake.base_url().to_string()]);
        let (status, _, _) = run(command.args(args).args(["get", "a"]));
        assert_eq!((status, fake.requests().len()), (6, requests), "{args:?}");
    }
    let (status, help, _) = run(bare().arg("--help"));
    assert_eq!(status, 0);
    assert!(help.contains("--retry-max-time <SECONDS>"), "{help}");
}
