//! The progress bar on a terminal.

use std::thread;
use std::time::Duration;

use brightdata_sessions_testkit::{FakeApi, Script, generate};

use crate::support::pty::on_terminal;

const LIST: &str = r#""$PROGRAM" --base-url "$URL" list --all --json"#;

/// Returns whether nothing was drawn after the line was last erased.
fn is_cleared(output: &str) -> bool {
    output.rsplit_once("\u{1b}[2K").is_some_and(|(_, rest)| !rest.contains(" of "))
}

#[test]
fn a_bar_is_drawn_within_the_width_and_cleared() {
    let fake = FakeApi::with_sessions(generate(7, 1000)).unwrap();
    let command = format!("{LIST} > /dev/null");
    let Some(output) = on_terminal(&fake, "xterm", &command) else { return };
    assert!(output.contains(" of 1000"), "{output:?}");
    assert!(is_cleared(&output), "{output:?}");
    let widths = output.split('\r').map(|line| line.trim_start_matches("\u{1b}[2K").len());
    assert!(widths.clone().max() == Some(40), "{output:?}");
    assert_eq!(on_terminal(&fake, "dumb", &command).unwrap(), "");
}

#[test]
fn an_interrupt_clears_the_bar_and_ends_the_program() {
    for signal in ["INT", "TERM"] {
        let fake = FakeApi::start().unwrap();
        let sessions = serde_json::to_string(&generate(7, 100)).unwrap();
        let pagination = r#"{"offset":0,"limit":100,"has_more":true,"next_offset":100}"#;
        let first = format!(r#"{{"sessions":{sessions},"total":250,"pagination":{pagination}}}"#);
        let second = first.replace(r#""offset":0"#, r#""offset":100"#).replace(":100}", ":200}");
        // The third page never arrives.
        let pages = [first, second].map(|page| Script::response(200, &[], page));
        fake.script_any(pages.into_iter().chain([Script::new()]));
        // The signal is sent when the third page is requested, while the second one is printed. The
        // bar has been drawn by then.
        let go = std::env::temp_dir().join(format!("brd-sessions-{}-{signal}", std::process::id()));
        let kill = format!("while [ ! -e \"{}\" ]; do sleep 0.02; done; kill -s {signal} $$", go.display());
        let command = format!("sh -c '({kill}) & exec {LIST}' > /dev/null; echo \"status $?\"");
        let output = thread::scope(|scope| {
            let terminal = scope.spawn(|| on_terminal(&fake, "xterm", &command));
            while fake.requests().len() < 3 && !terminal.is_finished() {
                thread::sleep(Duration::from_millis(10));
            }
            std::fs::write(&go, "").unwrap();
            terminal.join().unwrap()
        });
        std::fs::remove_file(&go).unwrap();
        let Some(output) = output else { return };
        let status = if signal == "INT" { 130 } else { 143 };
        let (bar, rest) = output.rsplit_once("status ").unwrap();
        assert_eq!(rest.trim_end(), status.to_string());
        assert!(is_cleared(bar), "{output:?}");
    }
}
