//! Color: on terminals that support it, unless `NO_COLOR` is set.

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

use crate::support::pty::on_terminal;

/// Returns, for each command that can use color, whether its output has any.
fn is_colored(term: &str, variables: &str, redirect: &str) -> Option<Vec<bool>> {
    let fake = FakeApi::start().unwrap();
    let commands = ["list --limit 3".to_owned(), format!("watch {DEMO_SESSION_ID}"), "triage".to_owned()];
    commands
        .iter()
        .map(|command| {
            let command = format!(r#"{variables} "$PROGRAM" --base-url "$URL" {command} {redirect}"#);
            let output = on_terminal(&fake, term, &command)?;
            assert!(output.lines().count() > 2, "{output}");
            Some(output.contains("\u{1b}[1m") || output.contains("\u{1b}[32m"))
        })
        .collect()
}

#[test]
fn color_is_used_on_terminals_without_no_color() {
    for (term, variables, redirect, colored) in [
        ("xterm-256color", "", "", true),
        ("xterm-256color", "NO_COLOR=", "", true),
        ("xterm-256color", "NO_COLOR=1", "", false),
        ("xterm-256color", "NO_COLOR=1 CLICOLOR_FORCE=1", "", false),
        ("dumb", "", "", false),
        ("xterm-256color", "", "| cat", false),
        ("xterm-256color", "CLICOLOR_FORCE=1", "| cat", false),
    ] {
        let Some(found) = is_colored(term, variables, redirect) else { return };
        assert_eq!(found, [colored; 3], "{term} {variables} {redirect}");
    }
}

#[test]
fn json_has_no_color() {
    let fake = FakeApi::start().unwrap();
    let command = r#"CLICOLOR_FORCE=1 "$PROGRAM" --base-url "$URL" --json list --limit 3"#;
    let Some(output) = on_terminal(&fake, "xterm-256color", command) else { return };
    assert!(output.contains("session_id") && !output.contains('\u{1b}'), "{output:?}");
}
