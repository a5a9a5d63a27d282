//! `list`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use brightdata_sessions_testkit::{FakeApi, Script, generate};

use crate::program::{KEY, bare, program, run};

const PAGE: &str = r#"{"sessions":[{"session_id":"a","status":"failed"}],"count":1,"total":250,
    "pagination":{"offset":0,"limit":100,"has_more":true,"next_offset":100}}"#;

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
5e551011-0000-4000-8000-000000000001  finished  2025-12-16T18:53:41Z   3 m 29 s  solved     117.7 MiB  www.example.com   -
5e551011-0000-4000-8000-000000000002  failed    2025-12-16T18:47:05Z    5 m 0 s  failed       7.7 MiB  shop.example.com  inactivity_timeout
5e551011-0000-4000-8000-000000000004  finished  2025-12-16T17:20:33Z     41.7 s  none         2.2 MiB  news.example.org  cdp_cmd_timeout
5e551011-0000-4000-8000-000000000005  finished  2025-12-16T16:02:59Z   1 m 28 s  detected    19.2 MiB  www.example.jp    -
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
        let asked: Vec<_> = targets(&fake);
        let asked: Vec<_> = asked
            .iter()
            .map(|target| target.split("limit=").nth(1).unwrap().split('&').next().unwrap())
            .collect();
        assert_eq!(asked, limits, "{args:?}");
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
fn a_list_of_all_ends_at_the_present_by_default() {
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
        assert_eq!((output.status.code(), fake.requests().len()), (Some(74), 1));
    }
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

/// Returns a last page that reports more sessions than it contains.
const SHORT: &str =
    r#"{"sessions":[{"session_id":"a"}],"total":257,"pagination":{"offset":0,"limit":100,"has_more":false}}"#;

#[test]
fn a_list_that_ends_before_its_total_is_noted() {
    let note = |expected| {
        format!("incomplete list: 1 of {expected} expected sessions; the service reported a total of 257")
    };
    let text = |expected| format!("brd-sessions: {}\n", note(expected));
    let json = format!("{{\"note\":{{\"message\":\"{}\"}}}}\n", note(257));
    let triage = ["triage", "--json"];
    for (args, expected) in [
        (&["list", "--all"][..], text(257)),
        (&["list", "--all", "--json"], json.clone()),
        (&["triage"], text(257)),
        (&triage, json),
        (&["list", "--limit", "300"], text(257)),
        // As many as requested.
        (&["list"], text(50)),
    ] {
        let fake = FakeApi::start().unwrap();
        fake.script_any([Script::response(200, &[], SHORT)]);
        let (status, stdout, stderr) = run(program(&fake).args(args));
        assert_eq!((status, stderr), (0, expected), "{args:?}");
        assert!(!stdout.is_empty());
        if args == triage {
            let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(
                (report["sessions"].as_u64(), report["sessions_reported"].as_u64()),
                (Some(1), Some(257))
            );
        }
    }
}

#[test]
fn a_single_missing_session_is_noted_in_the_singular() {
    let fake = FakeApi::start().unwrap();
    let body = r#"{"sessions":[],"total":1,"pagination":{"offset":0,"limit":100,"has_more":false}}"#;
    fake.script_any([Script::response(200, &[], body)]);
    let (_, _, stderr) = run(program(&fake).args(["list", "--all"]));
    assert!(stderr.contains(": 0 of 1 expected session; "), "{stderr}");
}

#[test]
fn filters_and_limits_are_not_noted_as_missing_sessions() {
    for args in [
        &["list", "--all", "--status", "failed"][..],
        &["list", "--limit", "2"],
        &["list", "--all", "--offset", "3"],
        &["triage", "--limit", "2"],
        &["triage", "--status", "failed"],
    ] {
        let fake = FakeApi::start().unwrap();
        let (status, _, stderr) = run(program(&fake).args(args));
        assert_eq!((status, stderr.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn a_total_that_is_too_small_does_not_end_a_list() {
    let fake = FakeApi::start().unwrap();
    let page = |id: &str, rest: &str| {
        let body = format!(r#"{{"sessions":[{{"session_id":"{id}"}}],"total":1,"pagination":{{{rest}}}}}"#);
        Script::response(200, &[], body)
    };
    fake.script_any([page("a", r#""has_more":true,"next_offset":100"#), page("b", r#""has_more":false"#)]);
    let (status, stdout, stderr) = run(program(&fake).args(["list", "--all", "--json"]));
    assert_eq!((status, stdout.lines().count(), stderr.as_str()), (0, 2, ""));
}

#[test]
fn dates_follow_the_clock_of_the_service() {
    // One service's clock is years ahead of this machine's, the other's is years behind.
    for (date, present, relation) in [
        ("Thu, 31 Dec 2099 12:00:00 GMT", "2099-12-31T12%3A00%3A00Z", "behind"),
        ("Sat, 01 Jan 2000 12:00:00 GMT", "2000-01-01T12%3A00%3A00Z", "ahead of"),
    ] {
        for (args, start) in [
            (&["list", "--all", "--json"][..], None),
            (&["triage", "--since", "12h", "--json"], Some(present.replace("T12", "T00"))),
        ] {
            // The service may also refuse a date in the future.
            for (status, body) in
                [(200, SHORT), (400, r#"{"error":"Invalid request parameters"}"#), (500, "")]
            {
                let fake = FakeApi::start().unwrap();
                fake.script_any([Script::response(status, &[("date", date)], body)]);
                let (ended, _, stderr) = run(program(&fake).args(args));
                assert_eq!(ended, 0, "{stderr}");
                assert!(
                    stderr.contains(&format!(" s {relation} the service's, which is used instead")),
                    "{stderr}"
                );
                assert_eq!(stderr.lines().count(), 1, "{stderr}");
                let asked = targets(&fake);
                assert_eq!(asked.len(), 2);
                assert!(asked[1].contains(&format!("end_date={present}")), "{}", asked[1]);
                let starts = start.as_ref().map(|start| format!("start_date={start}"));
                assert!(starts.is_none_or(|start| asked[1].contains(&start)), "{}", asked[1]);
            }
        }
    }
}

#[test]
fn clocks_are_compared_only_if_that_can_help() {
    let date = [("date", "Sat, 01 Jan 2000 12:00:00 GMT")];
    for (args, status) in [
        (&["list", "--json"][..], 200),
        (&["list", "--all", "--json", "--end-date", "2026-01-01T00:00:00Z"], 200),
        (&["list", "--all", "--json"], 401),
    ] {
        let fake = FakeApi::start().unwrap();
        let page = SHORT.replace("257", "1");
        fake.script_any([Script::response(status, &date, page)]);
        let (_, _, stderr) = run(program(&fake).args(args));
        assert_eq!((fake.requests().len(), stderr.contains("clock")), (1, false), "{args:?} {stderr}");
    }
}
