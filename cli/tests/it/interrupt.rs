//! Signals that end the program: it reports how to continue.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{FakeApi, Script, generate};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{program, run};

const INT: i32 = 2;
const TERM: i32 = 15;

/// A running program.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// Waits for this many requests.
    fn at_request(self, fake: &FakeApi, number: usize) -> Self {
        let start = Instant::now();
        while fake.requests().len() < number {
            assert!(start.elapsed() < Duration::from_secs(20), "{} requests", fake.requests().len());
            thread::sleep(Duration::from_millis(5));
        }
        self
    }

    fn signal(&self, number: i32) {
        let status =
            Command::new("kill").args(["-s", &number.to_string(), &self.0.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Sends a signal that ends the program within a second. Returns both outputs.
    fn end(mut self, number: i32) -> (String, String) {
        let start = Instant::now();
        self.signal(number);
        let status = self.0.wait().unwrap();
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert_eq!((status.signal(), status.code()), (Some(number), None));
        self.outputs()
    }

    fn outputs(mut self) -> (String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (stdout, stderr)
    }
}

/// Returns a page of two sessions that begins at this offset, with more after it.
fn page(offset: u64) -> String {
    let next = offset + 2;
    let pagination = format!(r#"{{"offset":{offset},"limit":100,"has_more":true,"next_offset":{next}}}"#);
    let ids = [offset, offset + 1].map(|id| format!(r#"{{"session_id":"{id}"}}"#)).join(",");
    format!(r#"{{"sessions":[{ids}],"total":250,"pagination":{pagination}}}"#)
}

/// Returns a fake whose second page never arrives.
fn stuck() -> FakeApi {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(200, &[], page(0)), Script::new()]);
    fake
}

#[test]
fn an_interrupted_list_prints_pending_rows_and_where_to_resume() {
    let date = "2026-01-01T00:00:00Z";
    for (signal, format) in [(INT, None), (TERM, Some("--csv"))] {
        let fake = stuck();
        let list = Running::start(program(&fake).args(["list", "--all", "--end-date", date]).args(format));
        let (stdout, stderr) = list.at_request(&fake, 2).end(signal);
        // The request ahead is sent when the second session is needed.
        let printed = stdout.lines().count() - 1;
        assert!((1..=2).contains(&printed), "{stdout}");
        let sessions = if printed == 1 { "1 session" } else { "2 sessions" };
        let expected =
            format!("brd-sessions: interrupted; {sessions} printed, resume with --offset {printed}\n");
        assert_eq!(stderr, expected);
    }
}

#[test]
fn an_interrupted_list_of_json_ends_with_the_error() {
    let fake = stuck();
    let list = Running::start(program(&fake).args(["list", "--limit", "230", "--json"])).at_request(&fake, 2);
    let (stdout, stderr) = list.end(INT);
    let lines: Vec<_> = stdout.lines().collect();
    let printed = lines.len() - 1;
    assert_eq!(format!("{}\n", lines[printed]), stderr);
    let resume = serde_json::json!({"printed": printed, "offset": printed, "limit": 230 - printed});
    let expected =
        serde_json::json!({"error": {"kind": "interrupted", "message": "interrupted", "resume": resume}});
    assert_eq!(serde_json::from_str::<Value>(&stderr).unwrap(), expected);
}

#[test]
fn a_list_that_is_interrupted_at_once_has_nothing_to_resume() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::new()]);
    let list = Running::start(program(&fake).args(["list", "--all"])).at_request(&fake, 1);
    assert_eq!(list.end(TERM), (String::new(), "brd-sessions: interrupted\n".to_owned()));
}

#[test]
fn an_interrupted_archive_continues_without_repeats() {
    let folder = TempDir::new().unwrap();
    let state = folder.path().join("state");
    let fake = FakeApi::with_sessions(generate(7, 120)).unwrap();
    fake.script_any([Script::pass(), Script::new()]);
    let list = || {
        let mut command = program(&fake);
        command.args(["list", "--json", "--state"]).arg(&state);
        command
    };
    let (first, stderr) = Running::start(&mut list()).at_request(&fake, 2).end(INT);
    let printed = first.lines().count();
    let resume = serde_json::json!({"printed": printed, "state": state.to_str().unwrap()});
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((&error["error"]["kind"], &error["error"]["resume"]), (&"interrupted".into(), &resume));
    let (status, rest, _) = run(&mut list());
    let all = first + &rest;
    let mut ids: Vec<Value> =
        all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["session_id"].clone()).collect();
    assert_eq!((status, ids.len()), (0, 120));
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 120);
}

#[test]
fn an_interrupted_follower_names_its_position() {
    let fake = FakeApi::with_sessions(generate(7, 5)).unwrap();
    let start = "2025-01-01T00:00:00Z";
    let follower = Running::start(program(&fake).args(["list", "--follow", "--start-date", start]));
    thread::sleep(Duration::from_millis(300));
    let (stdout, stderr) = follower.at_request(&fake, 1).end(INT);
    assert_eq!(stdout.lines().count(), 6, "{stdout}");
    let start =
        stderr.strip_prefix("brd-sessions: interrupted; 5 sessions printed, resume with --start-date ");
    let start = start.and_then(|rest| rest.strip_suffix(" (repeats up to 65 minutes, --state does not)\n"));
    start.unwrap().parse::<brightdata_sessions::Timestamp>().unwrap();
}

#[test]
fn interrupted_ids_are_resumed_at_the_first_without_a_result() {
    for jobs in ["1", "8"] {
        let fake = FakeApi::start().unwrap();
        fake.script("b", [Script::new()]);
        let [a, c] = ["a", "c"].map(|id| format!(r#"{{"session":{{"session_id":"{id}"}}}}"#));
        fake.script("a", [Script::response(200, &[], a)]);
        fake.script("c", [Script::response(200, &[], c)]);
        let mut get = Running::start(program(&fake).args(["get", "-", "--jobs", jobs]).stdin(Stdio::piped()));
        get.0.stdin.take().unwrap().write_all(b"a\nb\nc\n").unwrap();
        thread::sleep(Duration::from_millis(100));
        let (stdout, stderr) = get.at_request(&fake, 2).end(INT);
        assert!(stdout.starts_with("session      a\n"), "{stdout}");
        assert!(!stdout.contains("session      c\n"), "{stdout}");
        let expected = "brd-sessions: interrupted; stopped: resume with line 2 of standard input, b\n";
        assert_eq!(stderr, expected);
    }
}

#[test]
fn a_blocked_output_does_not_delay_the_end() {
    let fake = FakeApi::with_sessions(generate(7, 2000)).unwrap();
    let start = || {
        // The third page is requested once the first one is printed. The pipe is full soon after.
        let third = fake.requests().len() + 3;
        let list = Running::start(program(&fake).args(["list", "--all", "--json"])).at_request(&fake, third);
        thread::sleep(Duration::from_millis(200));
        list
    };
    let (stdout, stderr) = start().end(TERM);
    let error: Value = serde_json::from_str(&stderr).unwrap();
    // A line that is not whole was being written.
    let printed = stdout.matches('\n').count();
    assert_eq!((&error["error"]["resume"]["printed"], printed > 10), (&printed.into(), true), "{stderr}");

    // A second signal ends it without the report, for which the first one waits. `timeout` sends
    // each signal twice, so it counts a little later only.
    for (pause, is_second) in [(300, true), (5, false)] {
        let list = start();
        list.signal(INT);
        thread::sleep(Duration::from_millis(pause));
        let (_, stderr) = list.end(INT);
        assert_eq!(stderr.is_empty(), is_second, "{stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_the_parent_ignores_is_ignored() {
    let fake = FakeApi::start().unwrap();
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_brd-sessions");
    let script =
        format!(r#"trap "" INT; exec {program} --base-url {} list --follow --json"#, fake.base_url());
    command.args(["-c", &script]).env("BRIGHTDATA_API_KEY", crate::support::KEY).env("HOME", "/dev/null");
    let mut follower = Running::start(&mut command).at_request(&fake, 1);
    follower.signal(INT);
    thread::sleep(Duration::from_millis(200));
    assert!(follower.0.try_wait().unwrap().is_none());
    follower.end(TERM);
}
