//! The program on a terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};

use brightdata_sessions_testkit::FakeApi;

use super::KEY;

/// Returns a command that runs a shell command on a terminal of 40 columns. The shell has
/// `$PROGRAM`, the API at `$URL`, and the key.
pub(crate) fn terminal(fake: &FakeApi, term: &str, command: &str) -> Command {
    let mut terminal = Command::new("script");
    terminal
        .args(["-q", "-c", &format!("stty rows 24 columns 40; {command}"), "/dev/null"])
        .env("TERM", term)
        .env("HOME", "/dev/null")
        .env_remove("XDG_STATE_HOME")
        .env_remove("CI")
        .env_remove("NO_COLOR")
        .env("PROGRAM", env!("CARGO_BIN_EXE_brd-sessions"))
        .env("URL", fake.base_url().to_string())
        .env("BRIGHTDATA_API_KEY", KEY)
        .stdin(Stdio::null());
    terminal
}

/// Returns the output of a shell command on a [`terminal`], or `None` with a message if `script` is
/// missing.
pub(crate) fn on_terminal(fake: &FakeApi, term: &str, command: &str) -> Option<String> {
    match terminal(fake, term, command).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Not with `eprintln!`, which the harness hides if the test passes.
            let _ = writeln!(std::io::stderr(), "skipped: `script` is missing, which makes a terminal");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
