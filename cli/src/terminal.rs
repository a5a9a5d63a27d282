//! Standard output and standard error, without the key and with untrusted text escaped.
//!
//! All output of the program passes through here: sessions, reports and pages through [`Terminal`],
//! errors through [`write_stderr`]. All of it is redacted here, even if it was redacted before.
//!
//! A standard output that was closed before the start (`>&-`) cannot be detected without `unsafe`:
//! Rust's runtime opens `/dev/null` in its place before `main`, as parent processes do on purpose
//! to discard output.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use anstream::{AutoStream, ColorChoice};
use brightdata_sessions::{ApiKey, Escaped, Session};
use serde::Serialize;

use crate::error::{CliError, ErrorContext};
use crate::key;
use crate::output::json_line::json_line;

/// Prints data from the service.
pub(crate) struct Terminal<'a> {
    /// `None` if no service is used and the user has no key.
    key: Option<&'a ApiKey>,
    pub(crate) json: bool,
    /// The width of standard output in columns, if it is a terminal.
    pub(crate) width: Option<usize>,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(key: impl Into<Option<&'a ApiKey>>, json: bool) -> Self {
        let width = console::Term::stdout().size_checked().map(|(_, width)| width.into());
        Self { key: key.into(), json, width }
    }

    /// Redacts the key in untrusted text, and escapes the characters that affect a terminal.
    pub(crate) fn clean(&self, untrusted: &str) -> String {
        Escaped(&redact(self.key, untrusted)).to_string()
    }

    /// Redacts the key in untrusted text.
    pub(crate) fn redact<'t>(&self, untrusted: &'t str) -> Cow<'t, str> {
        redact(self.key, untrusted)
    }

    /// Redacts the key in all strings of a session. This happens before strings are cut, because
    /// half of a key would not be found.
    pub(crate) fn without_key(&self, session: Session) -> Session {
        match self.key {
            Some(key) => session.redact(key),
            None => session,
        }
    }

    /// Prints text in which untrusted text is already escaped, without its styles where color is
    /// not wanted.
    pub(crate) fn print_text(&self, text: &str) -> Result<(), CliError> {
        let stdout = io::stdout();
        // CLICOLOR_FORCE has no effect on redirected output.
        let choice = if stdout.is_terminal() { AutoStream::choice(&stdout) } else { ColorChoice::Never };
        write(AutoStream::new(stdout.lock(), choice), &redact(self.key, text))
    }

    /// Prints an error on standard error, and returns the exit status.
    pub(crate) fn report(&self, error: &CliError, about: ErrorContext<'_>) -> u8 {
        // The id is cut later. Half of a key would not be found in it.
        let session = about.session.map(|id| redact(self.key, id));
        let about = ErrorContext { session: session.as_deref(), ..about };
        error.report_with(&about, self.key, self.json)
    }

    /// Prints an error that makes the JSON objects on standard output incomplete: on standard
    /// error, and as the last object, because a program that reads a pipe does not see the exit
    /// status.
    pub(crate) fn report_incomplete(&self, error: &CliError, about: ErrorContext<'_>) -> u8 {
        // On a terminal, the person sees standard error.
        if self.json && !io::stdout().is_terminal() {
            // The error outranks a failure to write it.
            let _ = print(&format!("{}\n", error.json(&about, self.key)));
        }
        self.report(error, about)
    }

    /// Prints something, such as a session, as one JSON object on one line.
    pub(crate) fn print_json(&self, value: &impl Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string(value).map_err(|error| CliError::Output(error.into()))?;
        print(&format!("{}\n", one_line(&json, self.key)))
    }
}

/// Writes a line to standard error, as JSON or as text.
pub(crate) fn write_stderr(line: &str, is_json: bool) {
    let line = if is_json { one_line(line, None) } else { redact(None, line).into_owned() };
    // A failure cannot be reported anywhere.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Redacts the key in a string: this key, or else the one that the program would use, if any.
pub(crate) fn redact<'a>(key: Option<&ApiKey>, text: &'a str) -> Cow<'a, str> {
    or_of_user(key).map_or(Cow::Borrowed(text), |key| key.redact(text))
}

fn or_of_user(key: Option<&ApiKey>) -> Option<&ApiKey> {
    static KEY: OnceLock<Option<ApiKey>> = OnceLock::new();
    if key.is_some() { key } else { KEY.get_or_init(key::to_redact).as_ref() }
}

/// Writes to standard output, and flushes it.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    write(io::stdout().lock(), text)
}

fn write(mut output: impl io::Write, text: &str) -> Result<(), CliError> {
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}

/// Returns the JSON on one line, without the key.
pub(crate) fn one_line(json: &str, key: Option<&ApiKey>) -> String {
    json_line(&or_of_user(key).map_or(Cow::Borrowed(json), |key| key.redact_json(json)))
}
