//! `triage`: where its sessions come from, and its report as text and JSON.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use brightdata_sessions_testkit::{FakeApi, Script, generate};
use serde_json::Value;

use crate::support::{KEY, bare, input, program, run};

mod accessibility;
mod against;
mod browser;
mod fail_on;
mod files;
mod input;
mod page;
mod page_file;

const KINDS: [&str; 9] = [
    "configuration",
    "systemic_error",
    "nothing_loaded",
    "run",
    "drift",
    "captcha_unsolved",
    "running_overdue",
    "bandwidth_outlier",
    "spent_on_failures",
];

fn json(stdout: &str) -> Value {
    assert_eq!(stdout.lines().count(), 1);
    serde_json::from_str(stdout).unwrap()
}

/// Returns the output of `list --json` for this many sessions.
fn listed(count: usize) -> String {
    let lines = generate(1, count).into_iter().map(|session| serde_json::to_string(&session).unwrap() + "\n");
    lines.collect()
}

#[test]
fn the_demo_shows_every_kind_of_finding() {
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--json"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let report = json(&stdout);
    assert_eq!(report["sessions"], 2000);
    let found: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["kind"]).collect();
    for kind in KINDS {
        assert!(found.contains(&&Value::from(kind)), "{kind}");
    }
    let classes: Vec<_> = report["errors"]["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code["class"].as_str().unwrap())
        .collect();
    for class in ["configuration", "script", "limit", "target", "proxy", "browser"] {
        assert!(classes.contains(&class), "{class}");
    }
}

#[test]
fn the_text_starts_with_the_summary() {
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--price-per-gb", "8"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let (summary, rest) = stdout.split_once("\n\n").unwrap();
    assert_eq!(
        summary,
        "14.3 % of sessions failed (286 of 1999 that ended). Fix first: 29 sessions failed within 2 s without loading a page \
         (1 more has an error code that points elsewhere)."
    );
    assert!(rest.starts_with("2000 sessions: 1713 finished, 286 failed, 1 running\n"), "{rest}");
    let places: Vec<_> =
        ["\nFix before", "\nChange the run", "\nRetry later", "\nInvestigate", "\nError codes", "█", "▒"]
            .map(|part| rest.find(part).unwrap_or_else(|| panic!("{part} is missing")))
            .into();
    assert!(places[..5].is_sorted(), "{places:?}");
    assert!(rest.contains("  cost at 8 per GB (10^9 bytes): "), "{rest}");
}

#[test]
fn filters_are_sent_with_the_current_time_as_end_date() {
    let fake = FakeApi::start().unwrap();
    let before = SystemTime::now();
    run(program(&fake).args(["triage", "--since", "24h", "--status", "failed", "--api-name", "a b"]));
    let target = fake.requests()[0].target.clone();
    let date = |name: &str| {
        let value = target.split(name).nth(1).unwrap().split('&').next().unwrap();
        value.replace("%3A", ":").parse::<Timestamp>().unwrap().to_system_time().unwrap()
    };
    let (start, end) = (date("start_date="), date("end_date="));
    assert_eq!(end.duration_since(start).unwrap(), Duration::from_secs(86_400));
    assert!(end + Duration::from_secs(1) > before && end <= SystemTime::now(), "{target}");
    assert!(target.contains("api_name=a%20b&limit=100&status=failed&start_date="), "{target}");

    let fake = FakeApi::start().unwrap();
    run(program(&fake).args([
        "triage",
        "--start-date=2025-01-01T00:00:00Z",
        "--end-date=2026-01-01T00:00:00Z",
        "--target-url=example.com",
        "--end-url=https://a/",
        "--limit=7",
    ]));
    assert_eq!(
        fake.requests()[0].target,
        "/browser_sessions?limit=7&start_date=2025-01-01T00%3A00%3A00Z&end_date=2026-01-01T00%3A00%3A00Z\
         &target_url=example.com&end_url=https%3A%2F%2Fa%2F"
    );
}

#[test]
fn invalid_arguments_are_refused_before_a_request() {
    let fake = FakeApi::start().unwrap();
    let refused: [&[&str]; 19] = [
        &["--since", "yesterday"],
        &["--since", "0h"],
        &["--since", "24h", "--start-date", "2025-01-01T00:00:00Z"],
        &["--price-per-gb", "-1"],
        &["--price-per-gb", "NaN"],
        &["--price-per-gb", "cheap"],
        &["--limit", "0"],
        &["--as-of", "2025-01-01T00:00:00Z"],
        &["--against", "7d"],
        &["-", "--against", "7d"],
        &["--since", "24h", "--against", "7d", "--limit", "5"],
        &["-", "--against", "-"],
        &["--fail-on", "faild>5%"],
        &["--fail-on", "cost>5"],
        &["--fail-on", "failed>5%", "--fail-on", "failed"],
        &["-", "--start-date", "2025-01-01T00:00:00Z"],
        &["-", "--status", "failed"],
        &["-", "--limit", "5"],
        &["-", "--demo"],
    ];
    for args in refused {
        let mut command = program(&fake);
        if args.contains(&"--demo") {
            command = bare();
        }
        let (status, stdout, stderr) = run(command.arg("triage").args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(!stderr.is_empty());
    }
    assert_eq!(fake.connections(), 0);
}

#[test]
fn a_failure_midway_prints_no_report() {
    let page = r#"{"sessions":[{"session_id":"a"}],"pagination":{"offset":0,"limit":100,"has_more":true,"next_offset":100}}"#;
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(200, &[], page), Script::response(503, &[], "")]);
    let (status, stdout, stderr) = run(program(&fake).arg("triage"));
    assert_eq!((status, stdout.as_str()), (6, ""));
    assert!(stderr.contains("503"), "{stderr}");
}

#[test]
fn a_short_list_is_noted_in_text_json_and_page() {
    let body = r#"{"sessions":[{"session_id":"a"}],"total":257,"pagination":{"offset":0,"limit":100,"has_more":false}}"#;
    let triage = |args: &[&str]| {
        let fake = FakeApi::start().unwrap();
        fake.script_any([Script::response(200, &[], body)]);
        let (status, stdout, _) = run(program(&fake).arg("triage").args(args));
        assert_eq!(status, 0);
        stdout
    };
    let note = "This report is incomplete: 1 of 257 reported sessions was returned.";
    assert!(triage(&[]).contains(&format!("\n{note}\n")));
    assert_eq!(json(&triage(&["--json"]))["sessions_reported"], 257);
    let path = std::env::temp_dir().join(format!("brd-sessions-{}-short.html", std::process::id()));
    let stdout = triage(&["--html", path.to_str().unwrap()]);
    let page = std::fs::read_to_string(&path);
    std::fs::remove_file(&path).unwrap();
    assert!(stdout.contains(&format!("\n{note}\n")) && page.unwrap().contains(note), "{stdout}");
    // Fewer were requested.
    assert_eq!(json(&triage(&["--json", "--limit", "1"]))["sessions_reported"], 1);
}

#[test]
fn urls_are_redacted_unless_full_urls_are_requested() {
    let line = r#"{"session_id":"a","status":"failed","bandwidth":5,"target_url":"https://me:pw@a.example/b?token=1#c","error":{"code":"https://h/?token=2","message":"no https://me:pw@h/?token=3"}}"#;
    let url = |args: &[&str]| {
        let (_, stdout, _) =
            run(bare().args(["triage", "-", "--json"]).args(args).stdin(input("urls", line)));
        assert_eq!(stdout.contains("token=") || stdout.contains("pw@"), !args.is_empty(), "{stdout}");
        json(&stdout)["findings"][0]["evidence"][0]["target_url"].as_str().unwrap().to_owned()
    };
    assert_eq!(url(&[]), "https://a.example/b");
    assert_eq!(url(&["--full-urls"]), "https://me:pw@a.example/b?token=1#c");
}

#[test]
fn the_key_is_redacted_before_a_text_is_cut() {
    for before in [0, 8, 15, 20, 290, 299] {
        let text = "a".repeat(before) + KEY;
        let line = format!(
            r#"{{"session_id":"s","status":"failed","bandwidth":9000000,"duration":99,"api_name":"{text}",
               "target_url":"https://{text}.example/{text}","error":{{"code":"{text}","message":"{text}"}}}}"#
        );
        for args in [&["triage", "-"][..], &["triage", "-", "--json"]] {
            let stdin = input("cut", line.replace('\n', ""));
            let (_, stdout, _) = run(bare().env("BRIGHTDATA_API_KEY", KEY).args(args).stdin(stdin));
            assert!(!stdout.contains(&KEY[..4]), "{stdout}");
        }
    }
}

#[test]
fn server_text_is_escaped_and_redacted_in_a_report() {
    let hostile = format!(r"\u001b[2J{KEY}\u202e\u009b");
    let line = |id: &str| {
        format!(
            r#"{{"session_id":"{id}{KEY}","status":"failed","api_name":"{hostile}","bandwidth":9000000,"duration":99,
               "target_url":"https://{KEY}.example/","error":{{"code":"{hostile}","message":"{hostile}"}}}}"#
        )
        .replace('\n', "")
            + "\n"
    };
    let lines: String = ["a", "b", "c"].map(line).concat();
    for args in [&["triage", "-"][..], &["triage", "-", "--json"]] {
        // `run` checks for the key and for control characters.
        let (status, stdout, _) =
            run(bare().env("BRIGHTDATA_API_KEY", KEY).args(args).stdin(input("hostile", &lines)));
        assert_eq!(status, 0);
        assert!(stdout.contains("[redacted]"), "{stdout}");
    }
}
