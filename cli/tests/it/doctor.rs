//! `doctor`: each situation that it explains.

use std::env::consts::OS;
use std::process::Command;

use brightdata_sessions_testkit::FakeApi;
use serde_json::{Value, json};

use crate::support::{KEY, bare, run};

mod configuration;
mod service;
mod tls;

/// A key in the usual shape.
fn key() -> String {
    KEY.repeat(4)
}

/// Returns a command for the fake, with a key in the usual shape.
fn doctor(fake: &FakeApi) -> Command {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key()).args(["doctor", "--base-url", fake.base_url().as_ref()]);
    command
}

/// Returns the exit status and the report, in which ports and times are replaced.
fn report(command: &mut Command) -> (i32, String) {
    let (status, stdout, stderr) = run(command);
    assert_eq!(stderr, "");
    (status, normalized(&stdout))
}

/// Replaces the ports of loopback addresses, and times in milliseconds.
fn normalized(text: &str) -> String {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut text = text.to_owned();
    let mut from = 0;
    while let Some(found) = text[from..].find("127.0.0.1:") {
        let port = from + found + "127.0.0.1:".len();
        text.replace_range(port..port + digits(&text[port..]), "PORT");
        from = port;
    }
    let mut from = 0;
    while let Some(found) = text[from..].find(" ms") {
        let end = from + found;
        let start = text[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |before| before + 1);
        text.replace_range(start..end, "N");
        from = start + "N ms".len();
    }
    text
}

/// Returns the exit status, and the lines of the report without checks that are ok.
fn findings(command: &mut Command) -> (i32, String) {
    let (status, report) = report(command);
    let mut is_ok = false;
    let lines = report.lines().skip(2).filter(|line| {
        is_ok = if line.starts_with(' ') { is_ok } else { line.starts_with("ok ") };
        !is_ok && !line.is_empty()
    });
    (status, lines.map(|line| format!("{line}\n")).collect())
}

/// Returns the first line of a report.
fn first_line(base_url: &str) -> String {
    format!("brd-sessions {} on {OS}: sends at most 2 requests to {base_url}", env!("CARGO_PKG_VERSION"))
}

#[test]
fn a_healthy_account_has_no_problem() {
    let fake = FakeApi::start().unwrap();
    let expected = format!(
        "{}

ok       key         from BRIGHTDATA_API_KEY, in the usual shape
note     base URL    http://127.0.0.1:PORT is on this machine
                     → for the service itself, omit --base-url
ok       proxy       not used, because the base URL is on this machine
ok       DNS         not needed for an IP address
ok       TCP         connected to 127.0.0.1:PORT (N ms)
ok       TLS         not used, because the base URL uses http
ok       clock       the same as the service's clock, within 30 s
ok       rate guard  not shared with other processes: there is no folder for the state
ok       list        status 200, HTTP/1.1, N ms: 1 session of 6
                       content-type: application/json
ok       session     status 200, HTTP/1.1, N ms
                       content-type: application/json
ok       deviations  none: the responses are as documented

10 ok, 1 note, 0 problems, 0 skipped, 2 requests sent
",
        first_line("http://127.0.0.1:PORT")
    );
    assert_eq!(report(&mut doctor(&fake)), (0, expected));
    let targets: Vec<_> = fake.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets[0], "/browser_sessions?limit=1");
    assert!(targets[1].starts_with("/browser_sessions/5e551011-0000-4000-8000-"), "{targets:?}");
    assert_eq!(targets.len(), 2);
}

#[test]
fn the_demo_is_healthy() {
    let (status, text) = findings(bare().args(["--demo", "doctor"]));
    assert_eq!((status, text.as_str()), (0, "11 ok, 0 notes, 0 problems, 0 skipped, 2 requests sent\n"));
}

#[test]
fn json_has_one_object_per_check_and_a_summary() {
    let fake = FakeApi::start().unwrap();
    let url = fake.base_url().to_string();
    let (status, stdout, stderr) = run(doctor(&fake).arg("--json"));
    let announcement: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(announcement, json!({"note": {"message": first_line(&url)}}));
    let mut lines: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        if let Some(ms) = line.pointer_mut("/details/ms") {
            *ms = "N".into();
        }
    }
    let response = |more: Value| {
        let mut details = json!({
            "status": 200,
            "ms": "N",
            "http_version": "HTTP/1.1",
            "headers": {"content-type": "application/json"},
        });
        details.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        details
    };
    let checks: Vec<_> =
        lines.iter().map(|line| (&line["check"], &line["result"], &line["details"])).collect();
    let expected = [
        ("key", "ok", json!({"source": "BRIGHTDATA_API_KEY"})),
        ("base_url", "note", json!({"base_url": url})),
        ("proxy", "ok", Value::Null),
        ("dns", "ok", Value::Null),
        ("tcp", "ok", json!({"address": fake.addr().to_string(), "ms": "N"})),
        ("tls", "ok", Value::Null),
        ("clock", "ok", lines[6]["details"].clone()),
        ("guard", "ok", Value::Null),
        ("list", "ok", response(json!({"sessions": 1, "total": 6}))),
        ("session", "ok", response(json!({}))),
        ("deviations", "ok", Value::Null),
    ];
    let summary = json!({"ok": 10, "notes": 1, "problems": 0, "skipped": 0, "requests": 2, "exit_status": 0});
    assert_eq!(lines.last(), Some(&json!({ "summary": summary })));
    assert_eq!(checks.len() - 1, expected.len());
    for (check, (name, result, details)) in checks.into_iter().zip(&expected) {
        assert_eq!(check, (&(*name).into(), &(*result).into(), details));
    }
    assert!((-1..=1).contains(&lines[6]["details"]["seconds_ahead"].as_i64().unwrap()));
    assert_eq!(status, 0);
    let order = stdout.lines().nth(1).unwrap();
    assert!(order.starts_with(r#"{"check":"base_url","result":"note","reason":"http"#), "{order}");
    assert!(order.contains(r#","advice":"for the service itself, omit --base-url","details":{"#), "{order}");
}
