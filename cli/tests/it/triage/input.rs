//! Files and standard input.

use brightdata_sessions_testkit::{FakeApi, Script, generate};
use serde_json::Value;

use super::{json, listed};
use crate::support::{bare, input, program, run};

#[test]
fn sessions_come_from_a_file_or_standard_input_without_a_key() {
    let from_service = run(bare().args(["--demo", "triage", "--json"])).1;
    let mut from_service = json(&from_service);
    let (status, stdout, stderr) =
        run(bare().args(["triage", "-", "--json"]).stdin(input("triage", listed(2000))));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let mut from_input = json(&stdout);
    assert_eq!(from_input["now"], Value::Null);
    assert_eq!(
        (&from_input["running_overdue"], &from_input["running_unclear"]),
        (&Value::Null, &Value::from(1))
    );

    let path = std::env::temp_dir().join(format!("brd-sessions-{}-triage.jsonl", std::process::id()));
    std::fs::write(&path, listed(2000)).unwrap();
    let as_of = "2025-12-16T20:00:00Z";
    let (status, stdout, _) = run(bare().args(["triage", "--json", "--as-of", as_of]).arg(&path));
    std::fs::remove_file(&path).unwrap();
    let mut from_file = json(&stdout);
    assert_eq!((status, &from_file["now"], &from_file["running_overdue"]), (0, &as_of.into(), &1.into()));

    // They differ only in the time, and in the total that only the service reports.
    for report in [&mut from_service, &mut from_input, &mut from_file] {
        let findings = report["findings"].as_array_mut().unwrap();
        findings.retain(|finding| finding["kind"] != "running_overdue");
        for name in ["now", "running_overdue", "running_unclear", "sessions_reported", "duplicates"] {
            report[name] = Value::Null;
        }
    }
    assert_eq!(from_service, from_input);
    assert_eq!(from_service, from_file);
}

#[test]
fn a_line_that_is_not_a_session_is_an_error_with_its_number() {
    let lines = format!("{}\n{{\"session_id\":\"\"}}\n", listed(2));
    let (status, stdout, stderr) = run(bare().args(["triage", "-"]).stdin(input("bad-line", &lines)));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert_eq!(stderr, "brd-sessions: line 4: not a session: session_id: invalid session id: empty\n");
    let (status, _, stderr) =
        run(bare().args(["triage", "-", "--json"]).stdin(input("bad-line-json", &lines)));
    assert_eq!(status, 2);
    assert!(
        stderr.starts_with(r#"{"error":{"kind":"invalid_input","message":"line 4: not a session: "#),
        "{stderr}"
    );
}

#[test]
fn files_in_other_shapes_are_read() {
    let sessions = generate(1, 300);
    let array = |count: usize| {
        let texts: Vec<_> = sessions[..count].iter().map(|s| serde_json::to_string(s).unwrap()).collect();
        format!("[{}]", texts.join(",\n"))
    };
    let pretty = |json: &str| {
        serde_json::to_string_pretty(&serde_json::from_str::<Value>(json).unwrap())
            .unwrap()
            .replace('\n', "\r\n")
    };
    let response = format!("{{\"sessions\":{},\"pagination\":{{\"has_more\":false}}}}", array(100));
    let utf16 = |text: &str| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    for (name, input_text, count) in [
        ("array", array(300).into_bytes(), 300),
        ("pretty", pretty(&array(300)).into_bytes(), 300),
        ("response", response.clone().into_bytes(), 100),
        ("pretty-response", pretty(&response).into_bytes(), 100),
        ("utf-16", utf16(&listed(300)), 300),
        ("mark", format!("\u{feff}{}", listed(300)).into_bytes(), 300),
    ] {
        let (status, stdout, stderr) =
            run(bare().args(["triage", "-", "--json"]).stdin(input(name, input_text)));
        assert_eq!((status, stderr.as_str()), (0, ""), "{name}");
        assert_eq!(json(&stdout)["sessions"], count, "{name}");
    }
}

#[test]
fn files_in_other_formats_are_refused_with_the_format() {
    for (bytes, message) in [
        (b"\x1f\x8b\x08\0\0".as_slice(), "cannot read standard input: gzip: unpack it first"),
        (b"{\0\"\0", "cannot read standard input: UTF-16 without a byte-order mark: save it as UTF-8"),
        (b"<html>", "line 1: expected JSON, found HTML or XML"),
        (b"session_id,status\na,failed", "line 1: expected JSON, found CSV"),
        (b"{\"error\":\"Session not found\"}", "line 1: an error instead of a session: Session not found"),
    ] {
        let refused = run(bare().args(["triage", "-"]).stdin(input("format", bytes)));
        assert_eq!(refused, (2, String::new(), format!("brd-sessions: {message}\n")));
    }
}

#[test]
fn incomplete_output_in_a_pipe_is_refused() {
    let page = r#"{"sessions":[{"session_id":"a"}],"pagination":{"offset":0,"limit":100,"has_more":true,"next_offset":100}}"#;
    let refused_at = |line: u32, part: String| {
        let (status, stdout, stderr) = run(bare().args(["triage", "-"]).stdin(input("part", part)));
        assert_eq!((status, stdout.as_str()), (2, ""));
        let message = format!("brd-sessions: line {line}: an error instead of a session: ");
        assert!(stderr.starts_with(&message), "{stderr}");
    };
    let fake = FakeApi::start().unwrap();
    for (script, line) in [
        (vec![Script::response(200, &[], page), Script::response(500, &[], "")], 2),
        (vec![Script::response(401, &[], "")], 1),
    ] {
        fake.script_any(script);
        refused_at(line, run(program(&fake).args(["list", "--all", "--json"])).1);
    }
    fake.script("a", [Script::response(200, &[], r#"{"session":{"session_id":"a"}}"#)]);
    fake.script("b", [Script::response(401, &[], "")]);
    refused_at(2, run(program(&fake).args(["get", "a", "b", "c", "--json"])).1);
}

#[test]
fn a_page_with_more_before_or_after_it_is_noted() {
    let page = r#"{"sessions":[{"session_id":"a"}],"pagination":{"has_more":true}}"#;
    let (status, stdout, stderr) = run(bare().args(["triage", "-"]).stdin(input("more", page)));
    let note = "brd-sessions: the last page in the input is not the last of its list: sessions are missing\n";
    assert_eq!((status, stderr.as_str()), (0, note));
    assert!(stdout.contains("1 session"), "{stdout}");
    let (_, _, stderr) = run(bare().args(["triage", "-", "--json"]).stdin(input("more", page)));
    assert!(stderr.starts_with(r#"{"note":{"message":"the last page"#), "{stderr}");

    let short = r#"{"sessions":[{"session_id":"a"}],"total":257,"pagination":{"has_more":false}}"#;
    let (status, _, stderr) = run(bare().args(["triage", "-"]).stdin(input("short", short)));
    let note = "brd-sessions: incomplete list in the input: it ends at 1 of 257 reported sessions\n";
    assert_eq!((status, stderr.as_str()), (0, note));

    let empty = r#"{"sessions":[],"total":1,"pagination":{"has_more":false}}"#;
    let (status, _, stderr) = run(bare().args(["triage", "-"]).stdin(input("empty-page", empty)));
    let note = "brd-sessions: incomplete list in the input: it ends at 0 of 1 reported session\n";
    assert_eq!((status, stderr.as_str()), (0, note));

    let late =
        r#"{"sessions":[{"session_id":"a"}],"total":201,"pagination":{"offset":200,"has_more":false}}"#;
    let (status, _, stderr) = run(bare().args(["triage", "-"]).stdin(input("late", late)));
    let note = "brd-sessions: incomplete list in the input: it starts at offset 200\n";
    assert_eq!((status, stderr.as_str()), (0, note));
}

#[test]
fn a_missing_file_is_named() {
    let (status, stdout, stderr) = run(bare().args(["triage", "no/such/file"]));
    assert_eq!((status, stdout.as_str()), (74, ""));
    assert!(stderr.starts_with("brd-sessions: cannot read no/such/file: "), "{stderr}");
}

#[test]
fn an_empty_input_has_no_sessions() {
    let none = run(bare().args(["triage", "-"]).stdin(input("none", "")));
    assert_eq!(none, (0, "no sessions\n".into(), String::new()));
}

#[test]
fn a_session_counts_once_by_its_last_record() {
    let line = |id: &str, status: &str| format!("{{\"session_id\":\"{id}\",\"status\":\"{status}\"}}\n");
    let lines = [("a", "running"), ("b", "running"), ("a", "failed"), ("c", "finished"), ("b", "finished")]
        .map(|(id, status)| line(id, status))
        .concat();
    let statuses = serde_json::json!({"running": 0, "finished": 2, "failed": 1, "other": 0, "missing": 0});
    let note = "Excluded as duplicates: 2 records. The last record of each session counts.";
    let place = std::env::temp_dir().join(format!("brd-sessions-{}-twice-file", std::process::id()));
    let page = place.with_extension("html");
    std::fs::write(&place, &lines).unwrap();
    // From a file, which is read twice, and from standard input, which is buffered.
    for path in [place.to_str().unwrap(), "-"] {
        let triage = |args: &[&str]| {
            let (status, stdout, stderr) =
                run(bare().args(["triage", path]).args(args).stdin(input("twice", &lines)));
            assert_eq!((status, stderr.as_str()), (0, ""));
            stdout
        };
        let report = json(&triage(&["--json"]));
        assert_eq!((&report["sessions"], &report["duplicates"]), (&3.into(), &2.into()));
        assert_eq!(report["statuses"], statuses);
        let text = triage(&[]);
        assert!(text.contains(&format!("\n{note}\n")), "{text}");
        let text = triage(&["--html", page.to_str().unwrap()]);
        assert!(text.contains(&format!("\n{note}\n")), "{text}");
        assert!(std::fs::read_to_string(&page).unwrap().contains(note));
    }
    std::fs::remove_file(&place).unwrap();
    std::fs::remove_file(&page).unwrap();
}
