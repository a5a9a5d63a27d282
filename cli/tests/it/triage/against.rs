//! `--against`, and `--since` for files.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use brightdata_sessions_testkit::{FakeApi, Script};
use serde_json::{Value, json};

use super::json;
use crate::support::page::{Place, text};
use crate::support::{KEY, bare, input, program, run};

/// Returns sessions of an hour of a day, of which this many failed with a code.
fn hour(id: &str, start: &str, count: u32, failed: u32) -> String {
    let session = |number: u32| {
        let is_failed = number < failed;
        let fields = json!({
            "session_id": format!("{id}-{number}"), "api_name": "zone1", "timestamp": start,
            "status": if is_failed { "failed" } else { "finished" },
            "target_url": "https://shop.example/?token=secret", "bandwidth": 1_000_000,
            "error": if is_failed { json!({"code": "no_peers", "message": "m"}) } else { Value::Null },
        });
        format!("{fields}\n")
    };
    (0..count).map(session).collect()
}

/// Returns the failed sessions before and after, and the change.
fn row(difference: &Value) -> (&str, Option<u64>, Option<u64>, &str) {
    let failed = |side: &str| difference[side]["failed"].as_u64();
    (
        difference["name"].as_str().unwrap(),
        failed("before"),
        failed("after"),
        difference["change"].as_str().unwrap(),
    )
}

#[test]
fn a_file_is_compared_with_another() {
    let place = Place::new("before.jsonl");
    std::fs::write(&place.0, hour("a", "2025-12-15T10:00:00Z", 200, 4)).unwrap();
    let after = hour("b", "2025-12-16T10:00:00Z", 100, 40);
    let triage = |args: &[&str]| {
        let mut command = bare();
        command.args(["triage", "-", "--against"]).arg(&place.0).args(args).stdin(input("after", &after));
        let (status, stdout, stderr) = run(&mut command);
        assert_eq!((status, stderr.as_str()), (0, ""));
        stdout
    };
    let report = json(&triage(&["--json"]));
    let comparison = &report["comparison"];
    assert_eq!(
        (&report["sessions"], row(&comparison["total"])),
        (&100.into(), ("", Some(4), Some(40), "higher"))
    );
    for (table, name) in [("codes", "no_peers"), ("zones", "zone1"), ("domains", "shop.example")] {
        assert_eq!(row(&comparison[table][0]), (name, Some(4), Some(40), "higher"));
    }
    let summary = "The failure rate rose from 2.0 % to 40.0 %, by more than chance explains. \
                   3 of 3 codes, zones and domains differ by more than chance.";
    assert_eq!(comparison["summary"], summary);
    let page = triage(&[]);
    assert!(page.contains(&format!("\nCompared with an earlier period\n  whose sessions started between 2025-12-15T10:00:00Z and 2025-12-15T10:00:00Z\n  {summary}\n")), "{page}");
    assert!(page.contains("\n    no_peers                  2.0 %   40.0 %    +38.0  higher\n"), "{page}");

    let html = Place::new("against.html");
    let stdout = triage(&["--html", html.0.to_str().unwrap()]);
    assert!(stdout.contains(&format!("\n{summary}\n")), "{stdout}");
    let html = html.read();
    assert_eq!(text(&html, "comparison"), summary);
    let share =
        |rate, counts| format!("<td class=\"number\">{rate} %<div class=\"faint\">{counts}</div></td>");
    let row = format!(
        "<bdi dir=\"ltr\">no_peers</bdi></th>{}{}<td class=\"number\">+38.0</td><td><strong>higher</strong></td>",
        share("2.0", "4 of 200"),
        share("40.0", "40 of 100")
    );
    assert!(html.contains(&row), "{html}");
    assert_eq!(html.matches("<table").count(), html.matches("<caption>").count());
}

#[test]
fn an_archive_is_split_by_the_starts_of_its_sessions() {
    let lines = [
        hour("too-early", "2025-12-08T23:59:59Z", 7, 7),
        hour("first", "2025-12-09T00:00:00Z", 60, 3),
        hour("last", "2025-12-15T23:59:59Z", 60, 3),
        hour("now", "2025-12-16T00:00:00Z", 80, 60),
        "{\"session_id\":\"a\"}\n{\"session_id\":\"b\",\"timestamp\":\"?\"}\n".to_owned(),
        // The last record counts.
        hour("now", "2025-12-16T00:00:00Z", 20, 1),
    ]
    .concat();
    let args = ["triage", "-", "--json", "--since", "24h", "--as-of", "2025-12-17T00:00:00Z"];
    let (status, stdout, stderr) =
        run(bare().args(args).args(["--against", "7d"]).stdin(input("archive", &lines)));
    let note = r#"{"note":{"message":"sessions without a start are excluded by --since: 2"}}"#;
    assert_eq!((status, stderr.trim()), (0, note));
    let report = json(&stdout);
    assert_eq!((&report["sessions"], &report["duplicates"]), (&80.into(), &20.into()));
    let total = &report["comparison"]["total"];
    assert_eq!(row(total), ("", Some(6), Some(41), "higher"));
    assert_eq!((&total["before"]["ended"], &report["comparison"]["overlap"]), (&120.into(), &false.into()));

    // Without a comparison, earlier sessions are left out.
    let (_, stdout, _) = run(bare().args(args).stdin(input("since", &lines)));
    assert_eq!((&json(&stdout)["sessions"], &json(&stdout)["comparison"]), (&80.into(), &Value::Null));
}

#[test]
fn a_period_of_the_service_ends_where_the_other_begins() {
    let fake = FakeApi::start().unwrap();
    run(program(&fake).args(["triage", "--since", "24h", "--against", "7d", "--api-name", "a"]));
    let targets: Vec<_> = fake.requests().iter().map(|request| request.target.clone()).collect();
    assert_eq!(targets.len(), 2);
    let date = |target: &str, name: &str| {
        let value = target.split(name).nth(1).unwrap().split('&').next().unwrap();
        value.replace("%3A", ":").parse::<Timestamp>().unwrap().to_system_time().unwrap()
    };
    let day = Duration::from_secs(86_400);
    let [start, end] = ["start_date=", "end_date="].map(|name| date(&targets[0], name));
    let [earlier_start, earlier_end] = ["start_date=", "end_date="].map(|name| date(&targets[1], name));
    let length = |start, end: SystemTime| end.duration_since(start).unwrap();
    assert_eq!((length(start, end), length(earlier_start, start)), (day, 7 * day));
    assert!(earlier_end == start && end <= SystemTime::now());
    assert!(targets.iter().all(|target| target.contains("api_name=a&")), "{targets:?}");
}

#[test]
fn a_session_at_the_boundary_counts_once() {
    let page = |lines: &str, total: u64| {
        let sessions: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let pagination = json!({"offset": 0, "limit": 100, "has_more": false});
        json!({"sessions": sessions, "total": total, "pagination": pagination}).to_string()
    };
    let at_start = hour("start", "2025-12-16T00:00:00Z", 1, 0);
    let fake = FakeApi::start().unwrap();
    fake.script_any([
        Script::response(200, &[], page(&at_start, 1)),
        Script::response(
            200,
            &[],
            page(&(at_start.clone() + &hour("before", "2025-12-15T10:00:00Z", 2, 0)), 3),
        ),
    ]);
    let args = ["triage", "--json", "--start-date", "2025-12-16T00:00:00Z", "--against", "1d"];
    let (status, stdout, stderr) = run(program(&fake).args(args));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let report = json(&stdout);
    let total = &report["comparison"]["total"];
    assert_eq!((&total["before"]["ended"], &total["after"]["ended"]), (&2.into(), &1.into()));
    assert_eq!(report["comparison"]["notes"], json!([]));
}

#[test]
fn a_failure_of_the_earlier_list_prints_no_report() {
    let fake = FakeApi::start().unwrap();
    let empty = r#"{"sessions":[],"pagination":{"offset":0,"limit":100,"has_more":false}}"#;
    fake.script_any([Script::response(200, &[], empty), Script::response(503, &[], "")]);
    let (status, stdout, stderr) = run(program(&fake).args(["triage", "--since", "24h", "--against", "7d"]));
    assert_eq!((status, stdout.as_str()), (6, ""));
    assert!(stderr.contains("503"), "{stderr}");
}

#[test]
fn an_unreadable_file_is_an_error_before_a_request() {
    let fake = FakeApi::start().unwrap();
    let (status, stdout, stderr) = run(program(&fake).args(["triage", "--against", "no/such/file"]));
    assert_eq!((status, stdout.as_str()), (74, ""));
    assert!(stderr.starts_with("brd-sessions: cannot read no/such/file: "), "{stderr}");
    assert_eq!(fake.connections(), 0);
}

#[test]
fn periods_that_overlap_are_noted() {
    let lines = hour("a", "2025-12-15T10:00:00Z", 60, 4);
    let place = Place::new("same.jsonl");
    std::fs::write(&place.0, &lines).unwrap();
    let (_, stdout, _) =
        run(bare().args(["triage", "-", "--against"]).arg(&place.0).stdin(input("same", &lines)));
    let note = "The compared periods overlap. A session in both counts on both sides.";
    assert!(stdout.contains(&format!("\n{note}\n")), "{stdout}");
}

#[test]
fn the_comparison_shows_no_key_and_no_markup() {
    let hostile = |text: &str| {
        let lines = hour("h", "2025-12-15T10:00:00Z", 60, 40);
        lines.replace("no_peers", text).replace("zone1", text).replace("shop.example", "a.example/<b>")
    };
    let text = format!("<b>{KEY}\\u001b[31m\\u202e");
    let place = Place::new("hostile-before.jsonl");
    std::fs::write(&place.0, hostile(&text)).unwrap();
    let html = Place::new("hostile-against.html");
    for args in [&[][..], &["--json"], &["--html", html.0.to_str().unwrap()]] {
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY", KEY).args(["triage", "-", "--against"]).arg(&place.0).args(args);
        // `run` checks for the key and for control characters.
        let (status, ..) = run(command.stdin(input("hostile-after", hostile(&text))));
        assert_eq!(status, 0);
    }
    let html = html.read();
    assert!(
        !html.contains("<b>[")
            && !html.contains("/<b>")
            && !html.contains(KEY)
            && html.contains("&lt;b&gt;[redacted]"),
        "{html}"
    );
}
