//! Lists that end early: by an error, a closed pipe or a full disk.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use brightdata_sessions_testkit::{FakeApi, Script};

use super::{PAGE, many};
use crate::support::{bare, program, run};

#[test]
fn an_interrupted_list_names_the_offset_to_resume_with() {
    let list = |args: &[&str]| {
        let fake = FakeApi::start().unwrap();
        fake.script_any([Script::response(200, &[], PAGE), Script::response(503, &[], "")]);
        run(program(&fake).arg("list").args(args))
    };
    let error = "brd-sessions: server error: status 503; 1 session printed, resume with";
    let date = "2026-01-01T00:00:00Z";

    let (status, stdout, stderr) = list(&["--all", "--offset", "0", "--end-date", date]);
    assert_eq!((status, stderr), (6, format!("{error} --offset 1\n")));
    assert!(stdout.starts_with("session ") && stdout.lines().count() == 2, "{stdout}");

    // With the added end date, it is the same list.
    let (_, _, stderr) = list(&["--all"]);
    let end = stderr.strip_prefix(&format!("{error} --offset 1 --end-date ")).unwrap().trim_end();
    end.parse::<brightdata_sessions::Timestamp>().unwrap();

    let (_, _, stderr) = list(&["--limit", "230"]);
    assert_eq!(stderr, format!("{error} --offset 1 --limit 229\n"));

    let (status, stdout, stderr) = list(&["--all", "--json", "--end-date", date]);
    let line = concat!(
        r#"{"error":{"kind":"server","status":503,"message":"server error: status 503","attempts":1,"#,
        r#""resume":{"offset":1,"printed":1}}}"#
    );
    assert_eq!((status, stderr), (6, format!("{line}\n")));
    let mut lines = stdout.lines();
    assert!(lines.next().unwrap().starts_with(r#"{"session_id":"a","#), "{stdout}");
    assert_eq!((lines.next(), lines.next()), (Some(line), None));
}

#[test]
fn an_interrupted_and_a_resumed_list_make_up_the_whole() {
    let fake = many(250);
    let whole = run(program(&fake).args(["list", "--all", "--json"])).1;
    let part = |args: &[&str]| run(program(&fake).args(["list", "--json"]).args(args)).1;
    assert_eq!(part(&["--limit", "100"]) + &part(&["--all", "--offset", "100"]), whole);
}

#[test]
fn a_list_that_fails_at_once_is_not_an_empty_one() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(401, &[], "").repeat()]);
    let refused = run(program(&fake).args(["list", "--json"]));
    assert_eq!((refused.0, &refused.1), (4, &refused.2));
    assert!(refused.1.starts_with(r#"{"error":{"kind":"unauthorized","#), "{}", refused.1);
    let no_key = run(bare().args(["list", "--json"]));
    assert_eq!((no_key.0, &no_key.1), (2, &no_key.2));
    assert!(no_key.1.contains("no API key"), "{}", no_key.1);
    assert_eq!(run(bare().arg("list")).1, "");
}

#[test]
fn a_closed_pipe_ends_a_list_quietly() {
    for args in [&["--json"][..], &[]] {
        let fake = many(5000);
        let mut child = program(&fake)
            .args(["list", "--all"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
        // At most what the pipe itself can hold.
        assert!(fake.requests().len() < 15, "{} requests", fake.requests().len());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_a_list_with_an_error() {
    for args in [&["--json"][..], &[]] {
        let fake = many(500);
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = program(&fake).args(["list", "--all"]).args(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(74));
        // A table is printed page by page, and the next page is fetched ahead.
        let requests = fake.requests().len();
        assert!(requests <= 2, "{requests} requests");
    }
}
