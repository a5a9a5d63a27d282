//! `--csv` of `list`, `get` and `triage`.

use brightdata_sessions_testkit::{FakeApi, Script, generate};
use serde_json::{Value, json};

use crate::support::page::Place;
use crate::support::{KEY, bare, input, program, run};

/// Returns the cells of each row, all of which are in quotes. No cell contains a line break.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| {
        let mut cells = Vec::new();
        let mut rest = line;
        loop {
            rest = rest.strip_prefix('"').unwrap_or_else(|| panic!("a cell without quotes: {line}"));
            let mut cell = String::new();
            loop {
                let (part, after) = rest.split_once('"').unwrap_or_else(|| panic!("no end: {line}"));
                cell += part;
                rest = after;
                let Some(after) = rest.strip_prefix('"') else { break };
                cell.push('"');
                rest = after;
            }
            cells.push(cell);
            match rest.strip_prefix(',') {
                Some(after) => rest = after,
                None => break,
            }
        }
        assert_eq!(rest, "", "{line}");
        cells
    };
    csv.lines().map(cells).collect()
}

const TITLES: [&str; 12] = [
    "session_id",
    "api_name",
    "status",
    "timestamp",
    "target_url",
    "end_url",
    "navigations",
    "duration",
    "captcha",
    "bandwidth",
    "error_code",
    "error_message",
];

#[test]
fn a_list_is_a_table_with_a_row_per_session() {
    let fake = FakeApi::with_sessions(generate(7, 250)).unwrap();
    let (status, csv, stderr) = run(program(&fake).args(["list", "--all", "--csv"]));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let (_, json, _) = run(program(&fake).args(["list", "--all", "--json"]));
    let mut rows = rows(&csv).into_iter();
    assert_eq!(rows.next().unwrap(), TITLES);
    let rows: Vec<_> = rows.collect();
    assert_eq!((rows.len(), json.lines().count()), (250, 250));
    for (row, line) in rows.iter().zip(json.lines()) {
        let session: Value = serde_json::from_str(line).unwrap();
        for (cell, title) in row.iter().zip(TITLES) {
            let value = match title.strip_prefix("error_") {
                Some(member) => &session["error"][member],
                None => &session[title],
            };
            let expected = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                number => number.to_string(),
            };
            // A number may be written in another notation.
            let is_same = *cell == expected || cell.parse::<f64>().ok() == expected.parse().ok();
            assert!(is_same, "{title}: {cell} {expected}");
        }
    }
}

#[test]
fn an_empty_list_has_titles() {
    let expected = format!("\"{}\"\n", TITLES.join("\",\""));
    let none = run(bare().args(["--demo", "list", "--api-name", "none", "--csv"]));
    assert_eq!(none, (0, expected, String::new()));
    let fake = FakeApi::start().unwrap();
    fake.script_any([Script::response(401, &[], "")]);
    let (status, stdout, _) = run(program(&fake).args(["list", "--csv"]));
    assert_eq!((status, stdout.as_str()), (4, ""), "titles would look like an empty list");
}

#[test]
fn sessions_by_their_ids_are_rows_and_failures_are_not() {
    let fake = FakeApi::start().unwrap();
    fake.script("a", [Script::response(200, &[], r#"{"session":{"session_id":"a","status":"failed"}}"#)]);
    fake.script("b", [Script::response(404, &[], "")]);
    fake.script("c", [Script::response(200, &[], r#"{"session":{"session_id":"c","duration":1.5}}"#)]);
    let (status, csv, stderr) = run(program(&fake).args(["get", "--csv", "a", "b", "c"]));
    assert_eq!((status, stderr.lines().count()), (3, 1));
    let rows = rows(&csv);
    assert_eq!(rows[0], TITLES);
    let cells = |row: usize| (rows[row][0].as_str(), rows[row][2].as_str(), rows[row][7].as_str());
    assert_eq!((rows.len(), cells(1), cells(2)), (3, ("a", "failed", ""), ("c", "", "1.5")));
}

/// Returns a session with this text in all fields that are text.
fn session(text: &str) -> Value {
    json!({
        "session_id": text.replace(char::is_control, "").trim(), "api_name": text, "status": text,
        "timestamp": text, "target_url": text, "end_url": text, "captcha": text, "bandwidth": 7,
        "error": {"code": text, "message": text},
    })
}

/// Every cell of untrusted text is text for a spreadsheet: in a list, and in the groups of a report.
#[test]
fn no_cell_begins_a_formula() {
    let starts = [
        "=",
        "+",
        "-",
        "@",
        "\t=",
        "\r=",
        "\n=",
        "\0=",
        " =",
        "\u{a0}=",
        "＝",
        "＋",
        "－",
        "＠",
        "\u{feff}=",
    ];
    for start in starts {
        let session = session(&format!("{start}cmd|' /C calc'!A0\";=1,\"\n@x {KEY}"));
        let fake = FakeApi::start().unwrap();
        let page =
            json!({"sessions": [session], "pagination": {"offset": 0, "limit": 100, "has_more": false}});
        fake.script_any([Script::response(200, &[], page.to_string())]);
        // `run` checks for the key and for control characters.
        let (status, list, _) = run(program(&fake).args(["list", "--csv"]));
        assert_eq!(status, 0, "{start:?}");
        let lines = session.to_string() + "\n";
        let mut triage = bare();
        triage.env("BRIGHTDATA_API_KEY", KEY).args(["triage", "-", "--full-urls", "--csv"]);
        let (status, groups, _) = run(triage.stdin(input("csv", lines)));
        assert_eq!(status, 0, "{start:?}");
        for (csv, columns) in [(list, 12), (groups, 19)] {
            for row in rows(&csv) {
                assert_eq!(row.len(), columns);
                for cell in row {
                    let first = cell.trim_start().chars().next();
                    assert!(first.is_none_or(|first| !"=+-@＝＋－＠".contains(first)), "{start:?}: {cell}");
                }
            }
            assert!(csv.contains("[redacted]"), "{csv}");
        }
    }
}

#[test]
fn the_groups_of_a_report_are_rows() {
    let lines: String = generate(1, 2000).iter().map(|session| json!(session).to_string() + "\n").collect();
    let before = Place::new("csv-before.jsonl");
    let earlier = lines.replace("no_peers", "gone_code").replace("\"session_id\":\"", "\"session_id\":\"x");
    std::fs::write(&before.0, earlier).unwrap();
    let triage = |args: &[&str]| {
        let mut command = bare();
        command.args(["triage", "-", "--price-per-gb", "8"]).args(args).stdin(input("groups", &lines));
        run(&mut command)
    };
    let (status, csv, stderr) = triage(&["--csv"]);
    assert_eq!((status, stderr.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&triage(&["--json"]).1).unwrap();
    let rows_of = |csv: &str| {
        let mut rows = rows(csv).into_iter();
        let titles = rows.next().unwrap();
        let named = move |row: Vec<String>| titles.clone().into_iter().zip(row).collect::<Vec<_>>();
        rows.map(named).collect::<Vec<_>>()
    };
    let cell = |row: &[(String, String)], title: &str| {
        row.iter().find(|(name, _)| name == title).unwrap_or_else(|| panic!("{title}")).1.clone()
    };
    let rows_of_report = rows_of(&csv);
    let total = &rows_of_report[0];
    assert_eq!((cell(total, "group"), cell(total, "sessions")), ("total".into(), "2000".into()));
    assert_eq!(cell(total, "failed"), report["statuses"]["failed"].to_string());
    assert_eq!(cell(total, "cost"), report["total"]["cost"].to_string());
    for (group, groups) in
        [("zone", &report["zones"]), ("domain", &report["domains"]), ("day", &report["days"])]
    {
        let rows = rows_of_report.iter().filter(|row| cell(row, "group") == group);
        let named: Vec<_> = rows.filter(|row| cell(row, "row") == "named").collect();
        let groups = groups["groups"].as_array().unwrap();
        assert_eq!(named.len(), groups.len());
        for (row, group) in named.into_iter().zip(groups) {
            assert_eq!(cell(row, "name"), group["name"].as_str().unwrap());
            for title in ["sessions", "ended", "failed", "bandwidth", "failed_bandwidth"] {
                assert_eq!(cell(row, title), group[title].to_string(), "{title}");
            }
            assert_eq!((cell(row, "change"), cell(row, "before_ended")), (String::new(), String::new()));
        }
    }

    let (_, csv, _) = triage(&["--csv", "--against", before.0.to_str().unwrap()]);
    let compared = rows_of(&csv);
    let code = |name: &str| compared.iter().find(|row| cell(row, "name") == name).unwrap();
    let change = |name: &str| {
        ["sessions", "failed", "before_failed", "change"].map(|title| cell(code(name), title)).join(" ")
    };
    assert_eq!(change("no_peers"), "74 74 0 higher");
    assert_eq!(change("gone_code"), " 0 74 lower");
}

#[test]
fn csv_excludes_other_formats() {
    for args in [
        &["list", "--csv", "--json"][..],
        &["get", "a", "--csv", "--json"],
        &["triage", "--csv", "--json"],
        &["triage", "--csv", "--html", "-"],
    ] {
        let (status, stdout, stderr) = run(bare().args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains("cannot be used with"), "{stderr}");
    }
}

/// `triage` names the format of a file that `list --csv` wrote.
#[test]
fn a_table_is_not_an_input() {
    let (_, csv, _) = run(bare().args(["--demo", "list", "--csv"]));
    let (status, _, stderr) = run(bare().args(["triage", "-"]).stdin(input("table", csv)));
    assert_eq!((status, stderr.as_str()), (2, "brd-sessions: line 1: expected JSON, found CSV\n"));
}
