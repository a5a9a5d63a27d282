//! Lists that continue: `--state` and `--follow`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use brightdata_sessions::{Session, SessionStatus, Timestamp};
use brightdata_sessions_testkit::{FakeApi, Script};
use tempfile::TempDir;

use super::targets;
use crate::support::{bare, program, run};

mod killed;
mod state;

/// Returns a session that started this many seconds ago.
fn session(number: u32, seconds_ago: u64, status: SessionStatus) -> Session {
    let start = SystemTime::now() - Duration::from_secs(seconds_ago);
    let id = format!("5e551011-0000-4000-8000-{number:012}");
    Session::new(id.parse().unwrap()).with(|session| {
        session.timestamp = Some(Timestamp::try_from(start).unwrap());
        session.status = Some(status);
    })
}

/// A folder with a state and the sessions of its runs.
struct Archive {
    folder: TempDir,
}

impl Archive {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Runs `list --state`, which is refused without output. Returns the reason.
    fn refusal(&self, fake: &FakeApi, args: &[&str]) -> String {
        let (status, stdout, stderr) = self.run(fake, args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
        let error: serde_json::Value = serde_json::from_str(&stderr).unwrap();
        let message = error["error"]["message"].as_str().unwrap();
        message.replace(self.folder.path().to_str().unwrap(), "FOLDER")
    }

    /// Runs `list --state` with more arguments. Returns the exit status, the numbers of the
    /// sessions with their statuses, and standard error.
    fn run(&self, fake: &FakeApi, args: &[&str]) -> (i32, String, String) {
        let mut command = program(fake);
        command.args(["list", "--json", "--state"]).arg(self.state()).args(args);
        let (status, stdout, stderr) = run(&mut command);
        (status, stdout.lines().map(short).collect::<Vec<_>>().join(", "), stderr)
    }
}

/// Returns the number and the status of a session, from its JSON.
fn short(line: &str) -> String {
    let session: Session = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let number: u32 = session.session_id.as_str()[24..].parse().unwrap();
    format!("{number} {}", session.status.unwrap())
}

fn fake(sessions: impl IntoIterator<Item = Session>) -> FakeApi {
    FakeApi::with_sessions(sessions).unwrap()
}

#[test]
fn each_run_prints_what_is_new_or_has_ended() {
    use SessionStatus::{Failed, Finished, Running};
    let archive = Archive::new();
    let fake = fake([session(1, 90_000, Finished), session(2, 3000, Finished), session(3, 60, Running)]);
    let done = |sessions: &str| (0, sessions.to_owned(), String::new());
    assert_eq!(archive.run(&fake, &["--since", "24h"]), done("2 finished, 3 running"));
    assert_eq!(archive.run(&fake, &["--since", "24h"]), done(""));
    fake.insert(session(4, 5, Running));
    fake.insert(session(3, 60, Failed));
    // A session that is listed late.
    fake.insert(session(5, 1000, Finished));
    // The start counts in the first run only.
    assert_eq!(archive.run(&fake, &["--since", "1m"]), done("5 finished, 3 failed, 4 running"));
    assert_eq!(archive.run(&fake, &[]), done(""));
}

#[test]
fn a_first_run_without_sessions_sets_the_start() {
    let archive = Archive::new();
    let empty = fake([]);
    let fixed = ["--start-date", "2025-12-16T18:53:41Z"];
    assert_eq!(archive.run(&empty, &fixed), (0, String::new(), String::new()));
    let state = fs::read_to_string(archive.state()).unwrap();
    let expected = format!(
        "{{\"base_url\":\"{}\",\"cursor\":{{\"seen\":[],\"start\":\"2025-12-16T18:53:41Z\"}},\"filters\":\"\",\
         \"key\":\"6b3413b4\"}}\n",
        empty.base_url()
    );
    assert_eq!(state, expected);
    archive.run(&empty, &[]);
    assert!(targets(&empty)[1].contains("start_date=2025-12-16T18%3A53%3A40Z&"), "{:?}", targets(&empty));
}

#[test]
fn a_first_run_that_fails_at_once_sets_no_start() {
    let archive = Archive::new();
    let empty = fake([]);
    empty.script_any([Script::response(401, &[], "")]);
    assert_eq!(archive.run(&empty, &["--start-date", "2025-12-16T18:53:41Z"]).0, 4);
    assert!(!archive.state().exists());
    archive.run(&empty, &["--start-date", "2025-01-01T00:00:00Z"]);
    assert!(targets(&empty)[1].contains("start_date=2024-12-31T23%3A59%3A59Z&"), "{:?}", targets(&empty));
}

#[test]
fn the_start_of_a_first_run_is_by_the_clock_of_the_service() {
    let archive = Archive::new();
    let fake = fake([]);
    let empty = r#"{"sessions":[],"total":0}"#;
    let year_ago = Script::response(200, &[("date", "Thu, 28 Nov 2024 12:00:00 GMT")], empty);
    fake.script_any([year_ago.repeat()]);
    let (status, sessions, stderr) = archive.run(&fake, &["--since", "24h"]);
    assert_eq!((status, sessions.as_str()), (0, ""));
    assert!(stderr.contains("ahead of the service's; using the service's clock"), "{stderr}");
    let targets = targets(&fake);
    assert!(targets.last().unwrap().contains("start_date=2024-11-27T11%3A59%3A59Z&"), "{targets:?}");
    assert_eq!(targets.len(), 3);
    // A later run has its start from the state.
    archive.run(&fake, &["--since", "24h"]);
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn two_runs_at_once_are_refused() {
    let archive = Archive::new();
    let fake = fake([session(1, 60, SessionStatus::Finished)]);
    let mut follower = follow(&fake, &["--state", archive.state().to_str().unwrap()]);
    let line = follower.line();
    assert_eq!(short(&line), "1 finished");
    assert_eq!(archive.refusal(&fake, &[]), "cannot write to FOLDER/state: it is in use by another run");
    // A run that was killed does not block the next one.
    drop(follower);
    assert_eq!(archive.run(&fake, &[]).0, 0);
}

#[test]
fn an_interrupted_run_is_continued_by_the_next_one() {
    let archive = Archive::new();
    let sessions =
        (0..250).map(|number| session(number, 100_000 - u64::from(number) * 9, SessionStatus::Finished));
    let fake = fake(sessions);
    // The first request fetches the service's time.
    fake.script_any([Script::pass(), Script::pass(), Script::response(503, &[], "")]);
    let (status, first, stderr) = archive.run(&fake, &["--since", "2d"]);
    assert_eq!((status, first.split(", ").count()), (6, 100));
    let resume = serde_json::json!({"printed": 100, "state": archive.state().to_str().unwrap()});
    let error: serde_json::Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(error["error"]["resume"], resume);
    let (status, rest, stderr) = archive.run(&fake, &["--since", "2d"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let expected: Vec<_> = (0..250).map(|number| format!("{number} finished")).collect();
    assert_eq!(format!("{first}, {rest}"), expected.join(", "));

    // For people, and without a key.
    fake.script_any([Script::response(503, &[], "")]);
    let table = run(program(&fake).args(["list", "--state"]).arg(archive.state()));
    let expected = format!(
        "brd-sessions: server error: status 503; 0 sessions printed, resume with the same --state {}\n",
        archive.state().display()
    );
    assert_eq!(table, (6, String::new(), expected));
    let (status, stdout, _) = run(bare().args(["list", "--json", "--state"]).arg(archive.state()));
    assert_eq!((status, stdout.as_str()), (2, ""), "an archive holds no errors");
}

/// As after a full disk, which cut off the last line of the archive.
#[cfg(target_os = "linux")]
#[test]
fn an_archive_goes_on_after_a_line_that_is_cut_off() {
    let archive = Archive::new();
    let fake = fake([session(1, 60, SessionStatus::Finished)]);
    let output = archive.path("archive");
    let id = "5e551011-0000-4000-8000-000000000001";
    let state = archive.state();
    let commands = [vec!["list", "--state", state.to_str().unwrap()], vec!["list", "--all"], vec!["get", id]];
    for command in &commands {
        for (before, separator) in [("", ""), ("{}\n", ""), ("{\"session_id\":\"a", "\n")] {
            let _ = fs::remove_file(&state);
            fs::write(&output, before).unwrap();
            let append = File::options().append(true).open(&output).unwrap();
            let status = program(&fake).arg("--json").args(command).stdout(append).status();
            assert!(status.unwrap().success());
            let text = fs::read_to_string(&output).unwrap();
            let line = text.strip_prefix(before).and_then(|rest| rest.strip_prefix(separator));
            assert_eq!(short(line.unwrap()), "1 finished");
        }
    }
    let (status, report, stderr) = run(bare().args(["triage", "--json"]).arg(&output));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, report["sessions"].as_u64()), (0, Some(1)));
    let note = format!("{}: line 1 is cut off, and was skipped", output.display());
    assert_eq!(stderr, format!("{}\n", serde_json::json!({"note": {"message": note}})));
}

#[cfg(target_os = "linux")]
#[test]
fn the_state_is_not_written_if_the_output_is_not() {
    let archive = Archive::new();
    let fake = fake([session(1, 60, SessionStatus::Finished)]);
    for format in [&["--json"][..], &[]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = program(&fake);
        let output =
            command.args(["list", "--state"]).arg(archive.state()).args(format).stdout(full).output();
        assert_eq!(output.unwrap().status.code(), Some(74));
        assert!(!archive.state().exists());
    }
    assert_eq!(archive.run(&fake, &[]).1, "1 finished");
}

#[test]
fn arguments_that_contradict_a_continued_list_are_refused() {
    let fake = FakeApi::start().unwrap();
    for args in [
        &["--state", "s", "--all"][..],
        &["--state", "s", "--limit", "5"],
        &["--state", "s", "--order", "asc"],
        &["--state", "s", "--csv"],
        &["--follow", "--offset", "1"],
        &["--follow", "--end-date", "2026-01-01T00:00:00Z"],
        &["--interval", "5"],
        &["--new-key"],
        &["--since", "1h", "--start-date", "2026-01-01T00:00:00Z"],
        &["--since", "yesterday"],
        &["--follow", "--status", "running"],
    ] {
        let (status, stdout, stderr) = run(program(&fake).arg("list").args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
    }
    assert_eq!(fake.connections(), 0);
}

#[test]
fn an_archive_is_an_input_of_triage() {
    use SessionStatus::{Failed, Running};
    let archive = Archive::new();
    let fake = fake([session(1, 60, Running), session(2, 50, Running)]);
    let list = |_| {
        let mut command = program(&fake);
        run(command.args(["list", "--json", "--state"]).arg(archive.state())).1
    };
    let mut lines = list(1);
    fake.insert(session(1, 60, Failed));
    lines += &list(2);
    fs::write(archive.path("sessions.jsonl"), &lines).unwrap();
    assert_eq!(lines.lines().map(short).collect::<Vec<_>>(), ["1 running", "2 running", "1 failed"]);
    let (status, report, _) = run(bare().args(["triage", "--json"]).arg(archive.path("sessions.jsonl")));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(status, 0);
    let statuses = ["running", "failed"].map(|status| report["statuses"][status].as_u64());
    assert_eq!((statuses, report["sessions"].as_u64()), ([Some(1), Some(1)], Some(2)));
    assert_eq!(report["duplicates"].as_u64(), Some(1), "the replaced record");
}

/// A `list --follow` that is killed when this is dropped.
struct Follower {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

fn follow(fake: &FakeApi, args: &[&str]) -> Follower {
    let mut command = program(fake);
    command.args(["list", "--json", "--follow", "--interval", "0.1"]).args(args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    Follower { child, lines }
}

impl Follower {
    /// Waits for the next line.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_follower_prints_sessions_as_they_appear_and_end() {
    use SessionStatus::{Finished, Running};
    let fake = fake([session(1, 90_000, Finished), session(2, 60, Running)]);
    let mut follower = follow(&fake, &[]);
    // The default start is one hour ago.
    assert_eq!(short(&follower.line()), "2 running");
    fake.insert(session(3, 0, Running));
    assert_eq!(short(&follower.line()), "3 running");
    fake.insert(session(2, 60, Finished));
    assert_eq!(short(&follower.line()), "2 finished");
    // A failure does not end it.
    fake.script_any([Script::response(503, &[], "")]);
    fake.insert(session(4, 0, Finished));
    assert_eq!(short(&follower.line()), "4 finished");
    fake.script_any([Script::response(401, &[], "").repeat()]);
    let error = follower.line();
    assert!(error.starts_with(r#"{"error":{"kind":"unauthorized","#), "{error}");
    assert_eq!(follower.child.wait().unwrap().code(), Some(4));
}

#[test]
fn since_sets_the_start_of_a_list() {
    let fake = fake([session(1, 90_000, SessionStatus::Finished), session(2, 60, SessionStatus::Finished)]);
    let (status, stdout, _) = run(program(&fake).args(["list", "--json", "--since", "24h"]));
    assert_eq!((status, stdout.lines().map(short).collect::<Vec<_>>()), (0, vec!["2 finished".to_owned()]));
    // An interrupted list is resumed with the same dates.
    let page = super::PAGE;
    fake.script_any([Script::response(200, &[], page), Script::response(503, &[], "")]);
    let (_, _, stderr) = run(program(&fake).args(["list", "--all", "--since", "24h"]));
    let (_, dates) = stderr.trim_end().split_once("resume with --offset 1 --start-date ").unwrap();
    let (start, end) = dates.split_once(" --end-date ").unwrap();
    let [start, end] = [start, end].map(|date| date.parse::<Timestamp>().unwrap().to_system_time().unwrap());
    assert_eq!(end.duration_since(start).unwrap(), Duration::from_secs(86_400));
}
