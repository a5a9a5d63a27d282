//! `get` with several ids.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use brightdata_sessions_testkit::{DEMO_SESSION_ID as FIRST, FakeApi, Script};

use crate::support::{KEY, bare, input, program, run};

const SECOND: &str = "5e551011-0000-4000-8000-000000000002";
const THIRD: &str = "5e551011-0000-4000-8000-000000000003";
const UNKNOWN: &str = "00000000-0000-0000-0000-000000000000";

/// Returns the ids of the sessions that were printed as JSON, in order.
fn ids(stdout: &str) -> Vec<String> {
    let id = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["session_id"].as_str().unwrap().to_owned()
    };
    stdout.lines().map(id).collect()
}

#[test]
fn sessions_are_printed_in_the_order_of_the_ids() {
    let fake = FakeApi::start().unwrap();
    let (status, stdout, stderr) = run(program(&fake).args(["get", SECOND, FIRST, SECOND, "--json"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(ids(&stdout), [SECOND, FIRST, SECOND]);
}

#[test]
fn an_empty_line_separates_sessions_in_text() {
    let (status, stdout, _) = run(bare().args(["--demo", "get", FIRST, UNKNOWN, SECOND]));
    assert_eq!(status, 3);
    assert!(stdout.starts_with(&format!("session      {FIRST}\n")), "{stdout}");
    assert!(stdout.contains(&format!("not the proxy.\n\nsession      {SECOND}\n")), "{stdout}");
    assert!(!stdout.ends_with("\n\n"), "{stdout}");
}

#[test]
fn the_key_in_a_diagnosis_is_redacted_before_it_is_cut() {
    for before in [0, 8, 290, 299] {
        let code = "a".repeat(before) + KEY;
        let body = format!(
            r#"{{"session":{{"session_id":"{FIRST}","status":"failed","error":{{"code":"{code}"}}}}}}"#
        );
        let fake = FakeApi::start().unwrap();
        fake.script_any([Script::response(200, &[], body)]);
        let (status, stdout, _) = run(program(&fake).args(["get", FIRST]));
        assert_eq!((status, stdout.matches("[redacted]").count()), (0, 2), "{stdout}");
        assert!(!stdout.contains(&KEY[..4]), "{stdout}");
    }
}

#[test]
fn a_failure_names_its_id_and_the_others_are_printed() {
    let fake = FakeApi::start().unwrap();
    let (status, stdout, stderr) = run(program(&fake).args(["get", UNKNOWN, FIRST]));
    assert_eq!(stderr, format!("brd-sessions: {UNKNOWN}: not found: status 404, Session not found\n"));
    assert!(stdout.starts_with(&format!("session      {FIRST}\n")), "{stdout}");
    assert_eq!(status, 3);

    let (status, stdout, stderr) = run(program(&fake).args(["get", UNKNOWN, FIRST, "--json"]));
    let line = format!(
        r#"{{"error":{{"kind":"not_found","status":404,"message":"Session not found","attempts":1,"session_id":"{UNKNOWN}"}}}}"#
    );
    assert_eq!(stderr, format!("{line}\n"));
    assert_eq!((status, ids(&stdout)), (3, vec![FIRST.to_owned()]));
}

#[test]
fn the_exit_status_is_the_highest_of_all_ids() {
    let fake = FakeApi::start().unwrap();
    fake.script(SECOND, [Script::response(500, &[], "")]);
    fake.script(THIRD, [Script::response(400, &[], "")]);
    let (status, stdout, stderr) = run(program(&fake).args(["get", UNKNOWN, SECOND, THIRD, FIRST, "--json"]));
    assert_eq!((status, stderr.lines().count()), (6, 3));
    assert_eq!(ids(&stdout), [FIRST]);
}

/// Returns the number of requests and the output of `get` for ids of the fake, with one script for
/// all requests.
fn get_all(script: Script, args: &[&str], stdin: Option<&str>) -> (usize, i32, String) {
    let fake = FakeApi::start().unwrap();
    fake.script_any([script.repeat()]);
    let mut command = program(&fake);
    command.arg("get").args(args);
    if let Some(lines) = stdin {
        command.stdin(input("stops", lines));
    }
    let (status, stdout, stderr) = run(&mut command);
    // As JSON, the error is on both outputs when it stops the command.
    let stopped = args.contains(&"--json") && stderr.contains("resume");
    assert_eq!(stdout, if stopped { stderr.as_str() } else { "" });
    (fake.requests().len(), status, stderr)
}

#[test]
fn a_refused_key_stops_get_at_once() {
    for status in [401, 403, 407] {
        let refused = Script::response(status, &[], "");
        let (requests, exit_status, stderr) = get_all(refused, &[FIRST, SECOND, THIRD], None);
        assert_eq!((requests, exit_status), (1, 4));
        assert!(stderr.ends_with(&format!("; stopped: 2 ids not tried, resume with {FIRST}\n")), "{stderr}");
    }
    let refused = || Script::response(401, &[], "");
    let lines = format!("\n{FIRST}\n{SECOND}\n");
    let (requests, _, stderr) = get_all(refused(), &["-"], Some(&lines));
    assert_eq!(requests, 1);
    assert!(
        stderr.ends_with(&format!("; stopped: resume with line 2 of standard input, {FIRST}\n")),
        "{stderr}"
    );
    let (_, _, stderr) = get_all(refused(), &["-", SECOND, "--json"], Some(&lines));
    assert!(
        stderr.ends_with(&format!(
            r#""session_id":"{FIRST}","resume":{{"line":2,"session_id":"{FIRST}"}}}}}}{}"#,
            "\n"
        )),
        "{stderr}"
    );
    // No id is left after the last one.
    let (requests, _, stderr) = get_all(refused(), &[FIRST], None);
    assert_eq!((requests, stderr.contains("stopped")), (1, false), "{stderr}");
}

#[test]
fn three_consecutive_failures_of_the_service_stop_get() {
    let lines: String = (0..100).map(|number| format!("id-{number}\n")).collect();
    for script in [
        Script::response(500, &[], ""),
        Script::response(302, &[("location", "https://example.com/")], ""),
        Script::new().close(),
    ] {
        // With one job, no id is requested ahead.
        let (requests, _, stderr) = get_all(script.clone(), &["-", "--jobs", "1"], Some(&lines));
        assert_eq!((requests, stderr.lines().count()), (3, 3));
        let (requests, _, concurrent) = get_all(script, &["-", "--jobs", "2"], Some(&lines));
        assert!(requests <= 3 + 2 * 4, "{requests} requests");
        // After several requests without a response, the others wait before the next one.
        let errors = concurrent.split_inclusive('\n').filter(|line| !line.starts_with("waiting "));
        assert_eq!(errors.collect::<String>(), stderr);
        let last = "; stopped: resume with line 1 of standard input, id-0\n";
        assert!(stderr.ends_with(last) && stderr.matches("stopped").count() == 1, "{stderr}");
    }
}

#[test]
fn failures_of_single_ids_do_not_stop_get() {
    let lines: String = (0..20).map(|number| format!("id-{number}\n")).collect();
    for (status, body) in [(404, ""), (400, ""), (422, ""), (200, "{}")] {
        let (requests, ..) = get_all(Script::response(status, &[], body), &["-"], Some(&lines));
        assert_eq!(requests, 20, "{status}");
    }
    // A session, or a failure of one id, between two failures of the service.
    let fake = FakeApi::start().unwrap();
    for id in ["a", "b", "c", "d"] {
        fake.script(id, [Script::response(500, &[], "")]);
    }
    let args = ["get", "a", "b", FIRST, "c", "d", UNKNOWN, "a", FIRST, "--json"];
    let (status, stdout, stderr) = run(program(&fake).args(args));
    assert_eq!((status, ids(&stdout)), (6, vec![FIRST.to_owned(); 2]), "{stderr}");
}

#[test]
fn three_consecutive_failed_connections_stop_get() {
    // Nothing listens on this port after the listener is dropped.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let args = ["--retries", "0", "--base-url", &url, "get", "a", "b", "c", "d", "e"];
    let (status, _, stderr) = run(bare().env("BRIGHTDATA_API_KEY", KEY).args(args));
    assert_eq!((status, stderr.lines().count()), (5, 3));
    assert!(stderr.ends_with("; stopped: 2 ids not tried, resume with a\n"), "{stderr}");
}

#[test]
fn ids_are_read_from_standard_input() {
    let lines = format!("\n{FIRST}\r\n   \n  {UNKNOWN}\t\n{THIRD}");
    let fake = FakeApi::start().unwrap();
    let (status, stdout, stderr) =
        run(program(&fake).args(["get", SECOND, "-", SECOND, "--json"]).stdin(input("ids", lines)));
    assert_eq!(status, 3);
    assert_eq!(ids(&stdout), [SECOND, FIRST, THIRD, SECOND]);
    assert!(stderr.contains(UNKNOWN), "{stderr}");
    assert_eq!(fake.requests().len(), 5);
}

#[test]
fn an_empty_standard_input_prints_nothing() {
    assert_eq!(run(bare().args(["--demo", "get", "-"])), (0, String::new(), String::new()));
}

#[test]
fn get_continues_after_an_invalid_line() {
    let fake = FakeApi::start().unwrap();
    let lines = [
        b"..\n\xff\na\x1b[2J\n".as_slice(),
        KEY.as_bytes(),
        b" \x07\n{\"session_id\":\"a\"}\n",
        FIRST.as_bytes(),
    ];
    let (status, stdout, stderr) =
        run(program(&fake).args(["get", "-", "--json"]).stdin(input("no-ids", lines.concat())));
    assert_eq!((status, ids(&stdout)), (2, vec![FIRST.to_owned()]));
    assert_eq!(stderr.matches(r#""kind":"invalid_input""#).count(), 5, "{stderr}");
    assert!(stderr.contains(r#""message":"line 2: not UTF-8"}}"#), "{stderr}");
    // The error has the id as given, with the key redacted.
    assert!(stderr.contains(r#""session_id":"a\u001b[2J"}}"#), "{stderr}");
    assert!(stderr.contains(r#""session_id":"[redacted] \u0007"}}"#), "{stderr}");
    assert!(stderr.contains("line 5: expected an id, found a JSON object"), "{stderr}");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn ids_may_have_a_mark_or_quotes_or_be_utf_16() {
    let lines = format!("\u{feff}\"{FIRST}\"\r\n  \"{}\"\n{THIRD}\n", SECOND.replace('5', "\\u0035"));
    let utf16: Vec<u8> = lines.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [lines.into_bytes(), utf16] {
        let stdin = input("marked", bytes);
        let (status, stdout, stderr) = run(bare().args(["--demo", "get", "-", "--json"]).stdin(stdin));
        assert_eq!((status, stderr.as_str()), (0, ""));
        assert_eq!(ids(&stdout), [FIRST, SECOND, THIRD]);
    }
    let (status, _, stderr) =
        run(bare().args(["--demo", "get", "-"]).stdin(input("gzip", b"\x1f\x8b\x08\0")));
    assert_eq!(
        (status, stderr.as_str()),
        (2, "brd-sessions: cannot read standard input: gzip: unpack it first\n")
    );
}

#[test]
fn a_line_over_8_kib_is_skipped() {
    let lines = [&"x".repeat(20 << 20), "\n", FIRST, "\n", &"é".repeat(300)].concat();
    let (status, stdout, stderr) =
        run(bare().args(["--demo", "get", "-", "--json"]).stdin(input("long", lines)));
    assert_eq!((status, ids(&stdout)), (2, vec![FIRST.to_owned()]));
    let mut errors = stderr.lines();
    let line = r#"{"error":{"kind":"invalid_input","message":"line 1: longer than 8 KiB"}}"#;
    assert_eq!(errors.next(), Some(line));
    assert!(errors.next().unwrap().contains(&"é".repeat(300)), "{stderr}");
}

#[test]
fn a_session_is_printed_before_the_next_id_arrives() {
    let fake = FakeApi::start().unwrap();
    let mut child = program(&fake)
        .args(["get", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for id in [FIRST, SECOND] {
        writeln!(stdin, "{id}").unwrap();
        assert_eq!(ids(&lines.next().unwrap().unwrap()), [id]);
    }
    drop(stdin);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
}
