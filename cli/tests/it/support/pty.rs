//! The program on a terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};

use brightdata_sessions_testkit::FakeApi;

use super::KEY;

/// Returns the output of a shell command on a terminal of 40 columns, or `None` with a message if
/// `script` is missing. The shell has `$PROGRAM`, the API at `$URL`, and the key.
pub(crate) fn on_terminal(fake: &FakeApi, term: &str, command: &str) -> Option<String> {
    let output = Command::new("script")
        .args(["-q", "-c", &format!("stty rows 24 columns 40; {command}"), "/dev/null"])
        .env("TERM", term)
        .env_remove("CI")
        .env_remove("NO_COLOR")
        .env("PROGRAM", env!("CARGO_BIN_EXE_brd-sessions"))
        .env("URL", fake.base_url().to_string())
        .env("BRIGHTDATA_API_KEY", KEY)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // Not with `eprintln!`, which the harness hides if the test passes.
            let _ = writeln!(std::io::stderr(), "skipped: `script` is missing, which makes a terminal");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
