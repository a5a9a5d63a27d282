//! Waits and events on standard error.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
use serde_json::Value;

use crate::support::{KEY, bare, run};

/// Returns a command that retries.
fn program(fake: &FakeApi) -> Command {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", KEY).args(["--base-url", fake.base_url().as_ref()]);
    command
}

#[test]
fn a_long_wait_is_reported_once_without_a_terminal() {
    for (options, expected) in [
        (&[][..], "429: waiting 60 s as requested, then attempt 2\n"),
        (&["--json"], "{\"note\":{\"message\":\"429: waiting 60 s as requested, then attempt 2\"}}\n"),
    ] {
        let fake = FakeApi::start().unwrap();
        fake.script(DEMO_SESSION_ID, [Script::response(429, &[("retry-after", "60")], "")]);
        let mut command = program(&fake);
        command.args(["get", DEMO_SESSION_ID]).args(options);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        // The guard may add a few seconds to the requested ones.
        let line = line.replace(char::is_numeric, "0");
        assert_eq!(line, expected.replace(char::is_numeric, "0"));
    }
}

#[test]
fn a_short_wait_is_not_reported_without_a_terminal() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::response(503, &[("retry-after", "1")], "")]);
    let (status, _, stderr) = run(program(&fake).args(["get", DEMO_SESSION_ID]));
    assert_eq!((status, stderr.as_str()), (0, ""));
}

#[test]
fn verbose_json_has_one_object_per_event() {
    let fake = FakeApi::start().unwrap();
    fake.script(DEMO_SESSION_ID, [Script::new().close(), Script::response(503, &[("retry-after", "1")], "")]);
    let mut command = program(&fake);
    let (status, _, stderr) = run(command.args(["--json", "-v", "get", DEMO_SESSION_ID]));
    assert_eq!(status, 0);
    let events: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| {
            let event = &event["event"];
            format!("{} {} {} {}", event["type"], event["attempt"], event["status"], event["reason"])
        })
        .collect();
    let expected = [
        r#""sent" 1 null null"#,
        r#""failure" 1 null null"#,
        r#""sent" 2 null null"#,
        r#""response" 2 503 null"#,
        r#""wait" null null "retry_after""#,
        r#""sent" 3 null null"#,
        r#""response" 3 200 null"#,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(events[2]["event"]["after"], "connection");
}

#[test]
#[cfg(target_os = "linux")]
fn a_wait_on_a_terminal_is_one_line_that_is_erased() {
    let fake = FakeApi::start().unwrap();
    let id = DEMO_SESSION_ID;
    fake.script(id, [Script::response(503, &[("retry-after", "1")], "")]);
    let command = format!(r#""$PROGRAM" --base-url "$URL" get {id} > /dev/null"#);
    let Some(output) = crate::support::pty::on_terminal(&fake, "xterm", &command) else { return };
    // The terminal has 40 columns, and the line is cut.
    let (_, rest) = output.rsplit_once("503: waiting ").unwrap_or_else(|| panic!("{output:?}"));
    assert!(rest.contains(" s as requested, then"), "{output:?}");
    assert!(rest.contains("\u{1b}[2K"), "the line stays: {output:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_long_wait_is_reported_once_on_a_dumb_terminal() {
    let fake = FakeApi::start().unwrap();
    let id = DEMO_SESSION_ID;
    fake.script(id, [Script::response(503, &[("retry-after", "60")], "")]);
    let command = format!(r#"exec "$PROGRAM" --base-url "$URL" get {id} > /dev/null"#);
    let terminal = crate::support::pty::terminal(&fake, "dumb", &command).stdout(Stdio::piped()).spawn();
    // Without `script`, the test above prints a message.
    let Ok(mut terminal) = terminal else { return };
    let mut line = String::new();
    BufReader::new(terminal.stdout.take().unwrap()).read_line(&mut line).unwrap();
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    assert_eq!(line, "503: waiting 60 s as requested, then attempt 2\r\n");
}
