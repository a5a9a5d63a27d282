//! `watch`. The watcher polls every two seconds, so only tests with a second response take that
//! long.

use brightdata_sessions_testkit::{DEMO_SESSION_ID as FINISHED, FakeApi, Script};

use crate::support::{bare, program, run};

const FAILED: &str = "5e551011-0000-4000-8000-000000000002";
const RUNNING: &str = "5e551011-0000-4000-8000-000000000003";

/// Returns the line of a change without its time.
fn seen(line: &str) -> &str {
    let (time, rest) = line.split_once("  ").unwrap();
    assert_eq!(time.len(), "2025-12-16T18:53:41Z".len(), "{line}");
    rest
}

#[test]
fn the_demo_shows_each_change_and_then_the_whole_session() {
    let (status, stdout, stderr) = run(bare().args(["--demo", "watch"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let lines: Vec<_> = stdout.lines().collect();
    assert_eq!(
        [lines[0], lines[1], lines[2]].map(seen),
        [
            "running   0 navigations  0 B",
            "running   2 navigations  1.2 MB  https://www.example.com",
            "finished  2 navigations  4.6 MB  1 m 4 s  captcha solved  https://www.example.com/example",
        ]
    );
    assert_eq!(lines[3..5], ["", &format!("session      {RUNNING}")]);
    assert_eq!(
        lines[lines.len() - 3..],
        [
            "end          https://www.example.com/example",
            "diagnosis    no problem found",
            "advice       If results are missing, check the script's selectors, not the proxy.",
        ]
    );
}

#[test]
fn each_change_is_a_line_of_json() {
    let fake = FakeApi::start().unwrap();
    fake.script(
        FINISHED,
        [Script::response(200, &[], format!(r#"{{"session":{{"session_id":"{FINISHED}"}}}}"#))],
    );
    let (status, stdout, stderr) = run(program(&fake).args(["watch", FINISHED, "--json"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["status"].as_str()).collect::<Vec<_>>(),
        [None, Some("finished")]
    );
}

#[test]
fn the_exit_status_is_0_for_finished_and_1_for_failed() {
    for (id, status) in [(FINISHED, 0), (FAILED, 1)] {
        for args in [&["--json"][..], &[]] {
            let fake = FakeApi::start().unwrap();
            let (exit_status, stdout, stderr) = run(program(&fake).args(["watch", id]).args(args));
            assert_eq!((exit_status, stderr.as_str(), fake.requests().len()), (status, "", 1), "{stdout}");
        }
    }
}

#[test]
fn a_failed_session_is_printed_with_its_diagnosis() {
    let (_, stdout, _) = run(bare().args(["--demo", "watch", FAILED]));
    assert!(
        stdout.lines().next().unwrap().ends_with(
            "failed    3 navigations  8.1 MB  5 m 0 s  captcha failed  error inactivity_timeout  \
             https://shop.example.com/login"
        ),
        "{stdout}"
    );
    let diagnosis = "
diagnosis    inactivity_timeout (limit): a session ends after 5 minutes without activity
advice       Shorten the run, avoid idle time, or split it into several sessions.
diagnosis    captcha not solved (reported as failed)
advice       Check whether other sessions on the same target met captchas too.
";
    assert!(stdout.ends_with(diagnosis), "{stdout}");
}

#[test]
fn the_watch_continues_after_a_transient_error() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(503, &[], "")]);
    let (status, stdout, stderr) = run(program(&fake).args(["watch", FAILED, "--json"]));
    assert_eq!((status, stdout.lines().count()), (1, 1));
    assert_eq!(
        stderr,
        "{\"error\":{\"kind\":\"server\",\"status\":503,\"message\":\"server error: status 503\",\"attempts\":1}}\n"
    );
}

#[test]
fn a_permanent_error_determines_the_exit_status() {
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(401, &[], "Invalid credentials")]);
    let expected =
        "brd-sessions: unauthorized: status 401, Invalid credentials; the key is from BRIGHTDATA_API_KEY\n";
    assert_eq!(run(program(&fake).args(["watch", RUNNING])), (4, String::new(), expected.into()));
}

#[test]
fn the_deadline_ends_the_watch_with_status_5() {
    let fake = FakeApi::start().unwrap();
    // On a busy machine, the first response can take longer than a shorter deadline.
    let (status, stdout, stderr) = run(program(&fake).args(["watch", RUNNING, "--deadline", "1"]));
    assert_eq!((status, stdout.lines().count(), fake.requests().len()), (5, 1, 2));
    let problem = "timed out: the session had not ended after 1 s: last seen running after 1.";
    assert!(stderr.starts_with(&format!("brd-sessions: {problem}")), "{stderr}");
    let (status, _, _) = run(program(&fake).args(["watch", RUNNING, "--deadline", "0"]));
    assert_eq!(status, 2);
}

#[test]
fn an_id_is_required_without_demo() {
    let fake = FakeApi::start().unwrap();
    for args in [&["watch"][..], &["watch", ""], &["watch", RUNNING, FAILED]] {
        assert_eq!(run(program(&fake).args(args)).0, 2);
    }
    assert_eq!(fake.connections(), 0);
}
