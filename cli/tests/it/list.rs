//! `list`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use brightdata_sessions_testkit::{FakeApi, Script, generate};

use crate::support::{KEY, bare, program, run};

mod archive;
mod clock;
mod interrupted;
mod total;

const PAGE: &str = r#"{"sessions":[{"session_id":"a","status":"failed"}],"count":1,"total":250,
    "pagination":{"offset":0,"limit":100,"has_more":true,"next_offset":100}}"#;

/// Returns a last page that reports more sessions than it contains.
const SHORT: &str =
    r#"{"sessions":[{"session_id":"a"}],"total":257,"pagination":{"offset":0,"limit":100,"has_more":false}}"#;

fn many(count: usize) -> FakeApi {
    FakeApi::with_sessions(generate(7, count)).unwrap()
}

fn targets(fake: &FakeApi) -> Vec<String> {
    fake.requests().into_iter().map(|request| request.target).collect()
}

#[test]
fn a_table_is_printed_without_json() {
    let table = "\
session                               status    started                duration  captcha    bandwidth  target            error
5e551011-0000-4000-8000-000000000003  running   2025-12-16T18:55:10Z          -  none             0 B  -                 -
5e551011-0000-4000-8000-000000000001  finished  2025-12-16T18:53:41Z   3 m 29 s  solved      123.5 MB  example.com       -
5e551011-0000-4000-8000-000000000002  failed    2025-12-16T18:47:05Z    5 m 0 s  failed        8.1 MB  example.com       inactivity_timeout
5e551011-0000-4000-8000-000000000004  finished  2025-12-16T17:20:33Z     41.7 s  none          2.3 MB  example.org       cdp_cmd_timeout
5e551011-0000-4000-8000-000000000005  finished  2025-12-16T16:02:59Z   1 m 28 s  detected     20.1 MB  example.jp        -
5e551011-0000-4000-8000-000000000006  failed    2025-12-16T15:30:00Z      1.2 s  none             0 B  -                 no_peers
";
    let fake = FakeApi::start().unwrap();
    assert_eq!(run(program(&fake).arg("list")), (0, table.into(), String::new()));
    assert_eq!(run(bare().args(["--demo", "list", "--limit", "6"])), (0, table.into(), String::new()));
}

#[test]
fn titles_are_printed_once_and_only_above_sessions() {
    let (_, stdout, _) = run(program(&many(250)).args(["list", "--all"]));
    assert_eq!((stdout.lines().count(), stdout.matches("started").count()), (251, 1));
    let none = run(bare().args(["--demo", "list", "--api-name", "none"]));
    assert_eq!(none, (0, String::new(), String::new()));
}

#[test]
fn fifty_sessions_are_requested_and_printed_by_default() {
    for (args, lines, limits) in [
        (&["--json"][..], 50, &["50"][..]),
        (&["--json", "--limit", "1"], 1, &["1"]),
        (&["--json", "--limit", "230"], 230, &["100", "100", "30"]),
        (&["--json", "--limit", "230", "--offset", "2"], 230, &["100", "100", "30"]),
        (&["--json", "--limit", "230", "--offset", "990"], 10, &["100"]),
        (&["--json", "--all"], 1000, &["100"; 10]),
    ] {
        let fake = many(1000);
        let (status, stdout, stderr) = run(program(&fake).arg("list").args(args));
        assert_eq!((status, stdout.lines().count(), stderr.as_str()), (0, lines, ""), "{args:?}");
        let targets = targets(&fake);
        let requested: Vec<_> = targets
            .iter()
            .map(|target| target.split("limit=").nth(1).unwrap().split('&').next().unwrap())
            .collect();
        assert_eq!(requested, limits, "{args:?}");
    }
}

#[test]
fn the_demo_lists_each_of_two_thousand_sessions_once() {
    let (status, stdout, stderr) = run(bare().args(["--demo", "list", "--all", "--json"]));
    let mut lines: Vec<_> = stdout.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!((status, lines.len(), stderr.as_str()), (0, 2000, ""));
}

#[test]
fn every_filter_is_sent() {
    let fake = FakeApi::start().unwrap();
    run(program(&fake)
        .args(["list", "--api-name", "a b", "--status", "failed", "--target-url", "example.com"])
        .args([
            "--start-date=2025-01-01T00:00:00Z",
            "--end-date=2026-01-01T00:00:00+01:00",
            "--end-url=https://a/?b=c",
            "--sort=bandwidth",
            "--order=asc",
            "--offset=3",
            "--limit=7",
        ]));
    assert_eq!(
        targets(&fake),
        [
            "/browser_sessions?api_name=a%20b&limit=7&offset=3&status=failed&start_date=2025-01-01T00%3A00%3A00Z\
          &end_date=2026-01-01T00%3A00%3A00%2B01%3A00&target_url=example.com&end_url=https%3A%2F%2Fa%2F%3Fb%3Dc\
          &sort=bandwidth&order=asc"
        ]
    );
}

#[test]
fn a_list_of_all_ends_at_the_current_time_by_default() {
    let fake = many(250);
    run(program(&fake).args(["list", "--all"]));
    let ends: Vec<_> =
        targets(&fake).iter().map(|target| target.split("end_date=20").nth(1).map(str::to_owned)).collect();
    assert_eq!(ends.len(), 3);
    assert!(ends[0].is_some() && ends.iter().all(|end| *end == ends[0]), "{ends:?}");

    let fake = FakeApi::start().unwrap();
    run(program(&fake).args(["list", "--all", "--end-date", "2025-12-16T17:00:00Z"]));
    assert_eq!(targets(&fake), ["/browser_sessions?limit=100&end_date=2025-12-16T17%3A00%3A00Z"]);
}

#[test]
fn invalid_arguments_are_refused_before_a_request() {
    let fake = FakeApi::start().unwrap();
    let refused: [&[&str]; 10] = [
        &["--limit", "0"],
        &["--limit", "-1"],
        &["--offset", "x"],
        &["--status", "done"],
        &["--sort", "name"],
        &["--order", "up"],
        &["--start-date", "yesterday"],
        &["--api-name", ""],
        &["--all", "--limit", "5"],
        &["some-id"],
    ];
    for args in refused {
        let (status, stdout, stderr) = run(program(&fake).arg("list").args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(!stderr.is_empty());
    }
    assert_eq!(fake.connections(), 0);
}

#[test]
fn json_is_printed_before_the_next_page_arrives() {
    let fake = FakeApi::start().unwrap();
    // The second page never arrives.
    fake.script_any([Script::response(200, &[], PAGE), Script::new()]);
    let mut child = program(&fake).args(["list", "--all", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with(r#"{"session_id":"a","#), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn server_text_is_escaped_and_redacted_in_a_list() {
    let fake = FakeApi::start().unwrap();
    let page = format!(
        "{{\"sessions\":[{{\"session_id\":\"a{KEY}\u{202e}\",\"status\":\"\u{9b}31m{KEY}\",\"timestamp\":\"\\u001b[2J\",\
         \"captcha\":\"\\r\\n\",\"target_url\":\"https://\u{7f}{KEY}/{KEY}\",\"error\":{{\"code\":\"{KEY}\\u0007\"}}}}],\
         \"pagination\":{{\"has_more\":false}}}}"
    );
    fake.script_any([Script::response(200, &[], &page).repeat()]);
    let (status, stdout, _) = run(program(&fake).arg("list"));
    assert_eq!((status, stdout.lines().count()), (0, 2));
    assert!(stdout.contains(r"\u{9b}31m[redacted]  \u{1b}[2J "), "{stdout}");
    // `run` checks for the key and for control characters.
    run(program(&fake).args(["list", "--json"]));
}
