//! `--fail-on`: exit status 7 for scripts.

use super::listed;
use crate::support::page::Place;
use crate::support::{bare, input, run};

/// Returns the exit status, the number of lines on standard output, and standard error.
fn triage(args: &[&str]) -> (i32, usize, String) {
    let (status, stdout, stderr) =
        run(bare().args(["triage", "-"]).args(args).stdin(input("gate", listed(2000))));
    (status, stdout.lines().count(), stderr)
}

#[test]
fn a_report_above_a_limit_is_printed_and_exits_with_7() {
    let page = triage(&[]).1;
    assert!(page > 50);
    let reason = "brd-sessions: failed>5%: 14.3 % of sessions failed (286 of 1999 that ended)\n";
    assert_eq!(triage(&["--fail-on", "failed>5%"]), (7, page, reason.to_owned()));
    assert_eq!(triage(&["--fail-on", "failed > 15 %"]), (0, page, String::new()));
    let (status, lines, stderr) = triage(&["--fail-on", "failed>5%", "--json"]);
    let message = "failed>5%: 14.3 % of sessions failed (286 of 1999 that ended)";
    assert_eq!((status, lines), (7, 1));
    assert_eq!(stderr, format!("{{\"error\":{{\"kind\":\"gate\",\"message\":\"{message}\"}}}}\n"));
}

#[test]
fn each_condition_that_holds_is_reported() {
    let (status, _, stderr) = triage(&[
        "--price-per-gb=8",
        "--fail-on=cost>1",
        "--fail-on=failed>99%",
        "--fail-on=traffic>1GB",
        "--fail-on=code:no_peers>10",
    ]);
    let conditions: Vec<_> = stderr.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!((status, conditions), (7, vec!["cost>1", "traffic>1GB", "code:no_peers>10"]), "{stderr}");
    assert!(stderr.contains("brd-sessions: cost>1: the cost is "), "{stderr}");
    assert!(stderr.contains("brd-sessions: code:no_peers>10: "), "{stderr}");
}

#[test]
fn too_few_sessions_are_noted_and_do_not_fail() {
    let triage = |args: &[&str]| {
        let (status, _, stderr) =
            run(bare().args(["triage", "-"]).args(args).stdin(input("few", listed(20))));
        (status, stderr)
    };
    let note = "failed>0%: not checked: 19 sessions ended, fewer than the minimum of 50 (n>=50)";
    assert_eq!(triage(&["--fail-on", "failed>0%"]), (0, format!("brd-sessions: {note}\n")));
    let json = format!("{{\"note\":{{\"message\":\"{note}\"}}}}\n");
    assert_eq!(triage(&["--fail-on", "failed>0%", "--json"]), (0, json));
    assert_eq!(triage(&["--fail-on", "failed>0%, n>=19"]).0, 7);
}

#[test]
fn a_condition_also_applies_to_a_page() {
    let place = Place::new("gate.html");
    let (status, ..) = triage(&["--fail-on", "failed>5%", "--html", place.0.to_str().unwrap()]);
    assert_eq!(status, 7);
    assert!(place.read().ends_with("</html>"));
}

#[test]
fn a_failure_to_read_outranks_a_condition() {
    let lines = listed(2000) + "{}\n";
    let (status, stdout, stderr) =
        run(bare().args(["triage", "-", "--fail-on", "failed>5%"]).stdin(input("broken", lines)));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("line 2001: "), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_keeps_the_status() {
    use std::fs::File;

    let mut command = bare();
    let full = File::options().write(true).open("/dev/full").unwrap();
    command.args(["triage", "-", "--fail-on", "failed>5%"]).stdin(input("full", listed(2000))).stdout(full);
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(7), "{stderr}");
    assert!(stderr.contains("failed>5%: ") && stderr.contains("cannot write the output: "), "{stderr}");
}

#[test]
fn an_invalid_condition_gets_a_suggestion() {
    let (status, _, stderr) = triage(&["--fail-on", "faild>5%"]);
    let message = "invalid condition: unknown figure faild, did you mean failed?";
    assert_eq!(status, 2);
    assert!(stderr.contains(message), "{stderr}");
    let (_, _, stderr) = triage(&["--fail-on", "cost>5"]);
    assert!(stderr.contains("the argument '--fail-on cost>5' needs '--price-per-gb <PRICE>'"), "{stderr}");
}
