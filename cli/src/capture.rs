//! `--capture`: writes each exchange to a new file, for a report that contains no secret.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{ApiKey, TransportError};
use brightdata_sessions_testkit::Capture;

use crate::args::CommonArgs;
use crate::error::{self, CliError};
use crate::lock::lock;
use crate::userinfo::file_name;

/// An open capture. Dropping it prints how much was redacted.
pub(crate) struct CaptureFile {
    state: Mutex<State>,
    start: Instant,
    is_full: bool,
    json: bool,
    name: String,
}

struct State {
    capture: Capture,
    file: std::fs::File,
    exchanges: u64,
    error: Option<io::Error>,
}

impl CaptureFile {
    /// Creates the file, readable by this user alone. An existing file is an error.
    pub(crate) fn create(path: &Path, common: &CommonArgs, key: &ApiKey) -> Result<Self, CliError> {
        let name = file_name(path);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .map_err(|error| CliError::Output(io::Error::new(error.kind(), format!("{name}: {error}"))))?;
        let is_full = common.capture_full;
        let capture = Capture::new(key.clone());
        let capture = if is_full { capture.full() } else { capture };
        if is_full {
            error::note("the capture keeps ids, host names and URLs; share it with care", common.json);
        }
        let state = State { capture, file, exchanges: 0, error: None };
        Ok(Self { state: state.into(), start: Instant::now(), is_full, json: common.json, name })
    }

    /// Writes an exchange. The first failure ends the capture, not the command.
    pub(crate) fn push(&self, request: &Request<()>, outcome: &Result<Response<Vec<u8>>, TransportError>) {
        let mut state = lock(&self.state);
        if state.error.is_some() {
            return;
        }
        let line = state.capture.line(self.start.elapsed(), request, outcome) + "\n";
        match state.file.write_all(line.as_bytes()) {
            Ok(()) => state.exchanges += 1,
            Err(error) => state.error = Some(error),
        }
    }
}

impl Drop for CaptureFile {
    fn drop(&mut self) {
        let state = lock(&self.state);
        let plural = if state.exchanges == 1 { "" } else { "s" };
        let mut note = format!("captured {} exchange{plural} in {}", state.exchanges, self.name);
        if !self.is_full {
            let redactions = state.capture.redactions();
            let parts = redactions.map(|(name, count)| format!("{name}: {count}")).join(", ");
            note += &format!("; redacted: the key; {parts}");
        }
        if let Some(error) = &state.error {
            note += &format!("; incomplete: {error}");
        }
        error::note(&note, self.json);
    }
}
