//! Several files.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{json, listed};
use crate::support::{bare, input, run};

/// Writes files to a new folder, which is deleted when it is dropped.
fn files(contents: &[(&str, &str)]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let paths = contents.iter().map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let paths = paths.collect();
    (folder, paths)
}

#[test]
fn several_files_and_standard_input_give_one_report() {
    let all = listed(300);
    let lines: Vec<_> = all.lines().collect();
    let array = format!("[{}]", lines[120..200].join(","));
    let (_folder, paths) = files(&[("a.jsonl", &lines[..120].join("\n")), ("b.json", &array)]);
    let rest = lines[200..].join("\n");
    let in_parts = run(bare().args(["triage", "--json"]).args(&paths).arg("-").stdin(input("rest", rest)));
    let in_one = run(bare().args(["triage", "--json", "-"]).stdin(input("all", &all)));
    assert_eq!(in_parts, in_one);
    assert_eq!((in_one.0, &json(&in_one.1)["sessions"]), (0, &300.into()));
}

#[test]
fn duplicates_are_found_across_files() {
    let line = |id: &str, status: &str| format!("{{\"session_id\":\"{id}\",\"status\":\"{status}\"}}\n");
    let first = line("a", "running") + &line("b", "running");
    let second = line("a", "failed");
    let (_folder, paths) = files(&[("first", &first), ("second", &second)]);
    let statuses = |stdin: &str| {
        let command = &mut bare();
        command.args(["triage", "--json"]).args(&paths).arg("-").stdin(input("third", stdin));
        let (status, stdout, stderr) = run(command);
        assert_eq!((status, stderr.as_str()), (0, ""));
        let report = json(&stdout);
        let count = |name: &str| report["statuses"][name].as_u64().unwrap();
        (count("running"), count("failed"), count("finished"), report["duplicates"].as_u64().unwrap())
    };
    assert_eq!(statuses(""), (1, 1, 0, 1));
    assert_eq!(statuses(&line("b", "finished")), (0, 1, 1, 2));
    assert_eq!(statuses(&line("a", "finished").repeat(2)), (1, 0, 1, 3));
}

#[test]
fn an_error_names_the_file_and_the_line() {
    let (_folder, paths) = files(&[("good", &listed(2)), ("bad", &format!("{}\n{{}}\n", listed(1)))]);
    let (status, stdout, stderr) = run(bare().arg("triage").args(&paths));
    assert_eq!((status, stdout.as_str()), (2, ""));
    let expected =
        format!("brd-sessions: {}: line 3: not a session: session_id is missing\n", paths[1].display());
    assert_eq!(stderr, expected);
    let missing = paths[0].with_file_name("missing");
    let (status, _, stderr) = run(bare().arg("triage").arg(&paths[0]).arg(&missing));
    assert_eq!(status, 74);
    assert!(stderr.starts_with(&format!("brd-sessions: cannot read {}: ", missing.display())), "{stderr}");
}

#[test]
fn lines_that_are_cut_off_are_noted_for_each_input() {
    let part =
        |count: usize| listed(3).replace("\n{", &format!("\n{}{{", "{\"session_id\":\"5e5\n".repeat(count)));
    let (_folder, paths) = files(&[("one", &part(0)), ("two", &part(2))]);
    // The sessions of both are the same, so that the inputs are read twice.
    let (status, stdout, stderr) =
        run(bare().args(["triage", "--json"]).args(&paths).arg("-").stdin(input("cut-off", part(1))));
    let report = json(&stdout);
    assert_eq!((status, &report["sessions"], &report["duplicates"]), (0, &3.into(), &6.into()));
    let notes: Vec<_> =
        stderr.lines().map(|line| json(line)["note"]["message"].as_str().unwrap().to_owned()).collect();
    let expected = [
        format!("{}: 4 lines are cut off, and were skipped; the first is line 2", paths[1].display()),
        "standard input: 2 lines are cut off, and were skipped; the first is line 2".to_owned(),
    ];
    assert_eq!(notes, expected);
}

#[test]
fn standard_input_can_be_given_once() {
    let (status, stdout, stderr) = run(bare().args(["triage", "-", "-"]));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the argument '-' cannot be used multiple times"), "{stderr}");
}

#[test]
fn an_earlier_report_is_refused() {
    let report = run(bare().args(["triage", "--json", "-"]).stdin(input("sessions", listed(3)))).1;
    let (status, stdout, stderr) = run(bare().args(["triage", "-"]).stdin(input("report", report)));
    assert_eq!((status, stdout.as_str()), (2, ""));
    let expected = "line 1: a report instead of sessions: give the sessions of all reports as input";
    assert_eq!(stderr, format!("brd-sessions: {expected}\n"));
}

#[test]
fn a_page_does_not_replace_any_input() {
    let (_folder, paths) = files(&[("one", &listed(1)), ("two", &listed(1))]);
    for path in &paths {
        let (status, _, stderr) = run(bare().arg("triage").args(&paths).arg("--html").arg(path));
        assert_eq!(status, 2);
        assert!(stderr.ends_with("it is an input\n"), "{stderr}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), listed(1));
    }
}
