//! The rate guard that processes on one machine share.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, RateLimit};

use crate::support::{KEY, bare, run};

/// Returns a command that keeps its state below this folder.
fn program(fake: &FakeApi, folder: &Path) -> Command {
    let mut command = bare();
    command
        .env("BRIGHTDATA_API_KEY", KEY)
        .env("XDG_STATE_HOME", folder)
        .args(["--base-url", fake.base_url().as_ref()]);
    command
}

/// This test waits for a real limit, so it takes about ten seconds.
#[test]
fn eight_processes_at_once_are_not_blocked() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::sliding_window(28, Duration::from_secs(2)));
    let folder = tempfile::tempdir().unwrap();
    let ids = [DEMO_SESSION_ID; 4];
    let processes: Vec<Child> = (0..8)
        .map(|_| {
            let mut command = program(&fake, folder.path());
            command.arg("get").args(ids).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert!(!fake.has_blocked());
    let requests = fake.requests().len();
    let refused = requests - 8 * ids.len();
    assert!(refused < 10, "{refused} responses with status 429");
}

#[test]
fn the_next_process_goes_on_with_the_state() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fake.limit_rate(RateLimit::sliding_window(1, Duration::from_secs(600)));
    let get = |limit: &str| {
        let mut command = program(&fake, folder.path());
        run(command.args(["--retry-max-time", limit, "get", DEMO_SESSION_ID]))
    };
    assert_eq!(get("0.001").0, 0);
    let (status, _, stderr) = get("0.001");
    assert!(status == 6 && stderr.contains("status 429"), "{stderr}");
    // The third process sends nothing.
    let (status, _, stderr) = get("0.001");
    assert!(status == 6 && stderr.contains("rate limited locally"), "{stderr}");
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_broken_or_unwritable_file_fails_no_command() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brd-sessions/rate-guard.json");
    fs::create_dir(file.parent().unwrap()).unwrap();
    let huge = "1,".repeat(1 << 20);
    let state = |numbers: &str| format!("{{\"127.0.0.1\":[1,[{numbers}]]}}");
    for broken in ["", "{", "null", "[1,2]", &huge, &state("1,2,3"), &state("18446744073709551615")] {
        fs::write(&file, broken).unwrap();
        assert_eq!(run(program(&fake, folder.path()).args(["get", DEMO_SESSION_ID])).0, 0, "{broken:.40}");
        assert!(fs::read_to_string(&file).unwrap().starts_with("{\"127.0.0.1:"), "{broken:.40}");
    }
    // A folder in place of the file, and a file in place of the folder.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(run(program(&fake, folder.path()).args(["get", DEMO_SESSION_ID])).0, 0);
    assert_eq!(run(program(&fake, Path::new("/dev/null")).args(["get", DEMO_SESSION_ID])).0, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_in_place_of_the_file_blocks_no_command() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("brd-sessions")).unwrap();
    let pipe = folder.path().join("brd-sessions/rate-guard.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(run(program(&fake, folder.path()).args(["get", DEMO_SESSION_ID])).0, 0);
}

/// A process that is killed after it wrote and before it cut the file leaves the end of a longer one.
#[test]
fn the_end_of_a_longer_state_is_ignored() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fake.limit_rate(RateLimit::sliding_window(1, Duration::from_secs(600)));
    let get = || {
        let mut command = program(&fake, folder.path());
        run(command.args(["--retry-max-time", "0.001", "get", DEMO_SESSION_ID]))
    };
    assert_eq!((get().0, get().0), (0, 6));
    let file = folder.path().join("brd-sessions/rate-guard.json");
    let state = fs::read_to_string(&file).unwrap();
    fs::write(&file, state + "0,0]]}\n").unwrap();
    let (status, _, stderr) = get();
    assert!(status == 6 && stderr.contains("rate limited locally"), "{stderr}");
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_file_that_is_locked_delays_no_command_for_long() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("brd-sessions")).unwrap();
    let file = fs::File::create(folder.path().join("brd-sessions/rate-guard.json")).unwrap();
    fs4::FileExt::lock(&file).unwrap();
    assert_eq!(run(program(&fake, folder.path()).args(["get", DEMO_SESSION_ID])).0, 0);
}

#[test]
fn no_file_is_written_without_sharing() {
    let fake = FakeApi::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&fake, folder.path());
    assert_eq!(run(command.args(["--no-shared-guard", "get", DEMO_SESSION_ID])).0, 0);
    assert_eq!(run(bare().env("XDG_STATE_HOME", folder.path()).args(["--demo", "get"])).0, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_set_rate_causes_no_429() {
    let fake = FakeApi::start().unwrap();
    fake.limit_rate(RateLimit::sliding_window(10, Duration::from_secs(1)));
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(&fake, folder.path());
    let (status, _, stderr) = run(command.args(["--rate", "10/s", "get"]).args([DEMO_SESSION_ID; 15]));
    assert_eq!((status, stderr.as_str(), fake.requests().len()), (0, "", 15));
    for invalid in ["", "100", "0/s", "100/d", "-1/m", "x/s"] {
        let (status, _, stderr) =
            run(program(&fake, folder.path()).arg(format!("--rate={invalid}")).arg("get"));
        assert!(status == 2 && stderr.contains("such as 100/m"), "{invalid}: {stderr}");
    }
}
