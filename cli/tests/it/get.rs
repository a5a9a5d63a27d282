//! `get` with one id.

use std::io::Read as _;
use std::process::Stdio;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

use crate::support::{KEY, bare, program, run};

mod jobs;
mod several;

/// Runs `get` for the demo session, with a scripted response.
pub(crate) fn get_scripted(script: Script, args: &[&str]) -> (i32, String, String) {
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
bandwidth    123.5 MB
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
