//! `get` with several ids.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use brightdata_sessions_testkit::{DEMO_SESSION_ID as FIRST, FakeApi, Script};

use crate::program::{KEY, bare, input, program, run};

const SECOND: &str = "5e551011-0000-4000-8000-000000000002";
const THIRD: &str = "5e551011-0000-4000-8000-000000000003";
const UNKNOWN: &str = "00000000-0000-0000-0000-000000000000";

/// The ids of the sessions that were printed as JSON, in their order.
fn ids(stdout: &str) -> Vec<String> {
    let id = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["session_id"].as_str().unwrap().to_owned()
    };
    stdout.lines().map(id).collect()
}

#[test]
fn several_sessions_are_printed_in_the_order_they_were_named() {
    let fake = FakeApi::start().unwrap();
    let (status, stdout, stderr) = run(program(&fake).args(["get", SECOND, FIRST, SECOND, "--json"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(ids(&stdout), [SECOND, FIRST, SECOND]);
}

#[test]
fn for_a_person_an_empty_line_is_between_sessions() {
    let (status, stdout, _) = run(bare().args(["--demo", "get", FIRST, UNKNOWN, SECOND]));
    assert_eq!(status, 3);
    assert!(stdout.starts_with(&format!("session      {FIRST}\n")), "{stdout}");
    assert!(stdout.contains(&format!("not at the proxy.\n\nsession      {SECOND}\n")), "{stdout}");
    assert!(!stdout.ends_with("\n\n"), "{stdout}");
}

#[test]
fn the_reading_does_not_cut_the_key() {
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
fn a_failed_one_is_told_with_its_id_and_the_others_are_printed() {
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
fn the_exit_status_is_the_highest_of_all() {
    let fake = FakeApi::start().unwrap();
    fake.script(SECOND, [Script::response(500, &[], "")]);
    fake.script(THIRD, [Script::response(401, &[], "")]);
    let (status, stdout, stderr) = run(program(&fake).args(["get", UNKNOWN, SECOND, THIRD, FIRST, "--json"]));
    assert_eq!((status, stderr.lines().count()), (6, 3));
    assert_eq!(ids(&stdout), [FIRST]);
}

#[test]
fn ids_come_from_standard_input_too() {
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
fn an_empty_standard_input_names_no_session() {
    assert_eq!(run(bare().args(["--demo", "get", "-"])), (0, String::new(), String::new()));
}

#[test]
fn a_line_that_is_no_id_is_told_and_the_next_one_has_its_turn() {
    let fake = FakeApi::start().unwrap();
    let lines = [b"..\n\xff\na\x1b[2J\n".as_slice(), KEY.as_bytes(), b" \x07\n", FIRST.as_bytes()].concat();
    let (status, stdout, stderr) =
        run(program(&fake).args(["get", "-", "--json"]).stdin(input("no-ids", lines)));
    assert_eq!((status, ids(&stdout)), (2, vec![FIRST.to_owned()]));
    assert_eq!(stderr.matches(r#""kind":"invalid_input""#).count(), 4, "{stderr}");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_session_is_printed_before_the_next_id_is_there() {
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
