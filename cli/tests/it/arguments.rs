//! Arguments that every command refuses.

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

use crate::support::{bare, program, run};

#[test]
fn invalid_input_and_usage_have_status_2() {
    let fake = FakeApi::start().unwrap();
    let refused: [&[&str]; 10] = [
        &["get"],
        &["get", ""],
        &["get", ".."],
        &["get", "a\nb"],
        &["get", DEMO_SESSION_ID, "--timeout", "0"],
        &["get", DEMO_SESSION_ID, "--timeout", "soon"],
        &["get", DEMO_SESSION_ID, "--retries", "-1"],
        &["get", DEMO_SESSION_ID, "--demo"],
        &["forget"],
        &[],
    ];
    for args in refused {
        let (status, stdout, stderr) = run(program(&fake).args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(!stderr.is_empty());
    }
    assert_eq!(fake.connections(), 0);
}

#[test]
fn an_argument_is_escaped_in_an_error() {
    let hostile = "\u{1b}]0;x\u{7}\r\u{9b}31m\u{202e}";
    let option = format!("--{hostile}");
    let refused: [&[&str]; 7] = [
        &[hostile],
        &[&option],
        &["get", "x", &option],
        &["list", "--status", hostile],
        &["list", "--base-url", hostile],
        &["watch", hostile],
        &["triage", "--since", hostile],
    ];
    for args in refused {
        for json in [&[][..], &["--json"]] {
            // `run` checks for control characters.
            let (status, stdout, stderr) = run(bare().args(args).args(json));
            assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
            assert!(stderr.contains(r"]0;x\u"), "{stderr}");
            assert!(!stderr.contains('\u{202e}'), "{stderr}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_name_of_the_program_is_escaped_in_an_error() {
    use std::os::unix::process::CommandExt as _;

    for args in [&["--help"][..], &["get", "--help"], &["list", "--no-such-option"]] {
        let (_, stdout, stderr) = run(bare().arg0("\u{1b}]0;x\u{7}").args(args));
        assert!((stdout + &stderr).contains("Usage: "));
    }
}

#[test]
fn demo_conflicts_with_other_sources_of_sessions() {
    let refused: [(&[&str], &str); 3] = [
        (&["get", "--base-url", "http://127.0.0.1:1"], "--base-url <URL>"),
        (&["triage", "sessions.jsonl"], "[FILE]..."),
        (&["fake"], "fake"),
    ];
    for (args, other) in refused {
        let (status, stdout, stderr) = run(bare().arg("--demo").args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        let problem = format!("error: the argument '--demo' cannot be used with '{other}'\n");
        assert!(stderr.starts_with(&problem), "{stderr}");
    }
}

#[test]
fn a_misspelled_word_gets_a_suggestion() {
    let table: [(&[&str], &str); 7] = [
        (&["lst"], "a similar subcommand exists: 'list'"),
        (&["traige"], "a similar subcommand exists: 'triage'"),
        (&["list", "--stauts", "failed"], "a similar argument exists: '--status'"),
        (&["get", "a", "--retrys", "1"], "a similar argument exists: '--retries'"),
        (&["list", "--status", "finshed"], "a similar value exists: 'finished'"),
        (&["list", "--sort", "bandwith"], "a similar value exists: 'bandwidth'"),
        (&["completions", "bsh"], "a similar value exists: 'bash'"),
    ];
    for (args, suggestion) in table {
        let (status, stdout, stderr) = run(bare().args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(&format!("tip: {suggestion}")), "{args:?}: {stderr}");
    }
    // A word that resembles no other gets no suggestion.
    let (_, _, stderr) = run(bare().args(["list", "--status", "blue"]));
    assert!(!stderr.contains("similar"), "{stderr}");
}
