//! Runs the program; support that several files share.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use brightdata_sessions_testkit::FakeApi;

pub(crate) mod browser;
pub(crate) mod page;
#[cfg(target_os = "linux")]
pub(crate) mod pty;

pub(crate) const KEY: &str = "0123456789abcdef";

/// Returns a command with a clean environment, the key, and the URL of the fake.
pub(crate) fn program(fake: &FakeApi) -> Command {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", KEY).args(["--retries", "0", "--base-url", fake.base_url().as_ref()]);
    command
}

pub(crate) fn bare() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brd-sessions"));
    // Without a home, the program shares no state with processes of other tests.
    command.env_clear().env("RUST_LOG", "trace").env("HOME", "/dev/null").stdin(Stdio::null());
    command
}

/// Runs a command, and returns its exit status and both outputs.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|output| String::from_utf8(output).unwrap());
    for output in [&stdout, &stderr] {
        assert!(!output.contains(KEY), "the key is in {output:?}");
        assert!(!output.chars().any(|c| c.is_control() && c != '\n'), "control characters in {output:?}");
    }
    (status.code().unwrap(), stdout, stderr)
}

/// Returns a standard input with this text.
pub(crate) fn input(name: &str, text: impl AsRef<[u8]>) -> Stdio {
    // Tests run concurrently, and several may use the same name.
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("brd-sessions-{}-{number}-{name}", std::process::id()));
    let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
    file.write_all(text.as_ref()).unwrap();
    file.rewind().unwrap();
    // The open file is still readable.
    let _ = std::fs::remove_file(&path);
    file.into()
}
