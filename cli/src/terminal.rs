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

/// Returns the JSON on one line, without the key. Unknown fields are preserved as the service sent
/// them, so they can contain line breaks between tokens, and DEL and C1 controls in strings.
pub(crate) fn one_line(json: &str, key: Option<&ApiKey>) -> String {
    let json = or_of_user(key).map_or(Cow::Borrowed(json), |key| key.redact_json(json));
    let mut line = String::with_capacity(json.len());
    let mut rest = &*json;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(if first == '"' { string_end(rest) } else { first.len_utf8() });
        if first == '"' {
            push_string(&mut line, token);
        } else if !first.is_whitespace() {
            line.push(first);
        }
        rest = after;
    }
    line
}

/// Returns the end of the string at the start of the JSON.
fn string_end(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// Appends a JSON string, and escapes the characters that affect a terminal.
fn push_string(line: &mut String, token: &str) {
    let token = match serde_json::from_str::<String>(token) {
        Ok(text) => Cow::Owned(serde_json::Value::from(text).to_string()),
        // JSON allows the escape of a lone surrogate, which a Rust string cannot hold. It is
        // unchanged.
        Err(_) => Cow::Borrowed(token),
    };
    for (c, needs_escape) in Escaped(&token).chars() {
        if needs_escape {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_removed_between_tokens_only() {
        assert_eq!(one_line("{\"a\" :\n[ 1,\r\n\"b \\\" c\\\\\" ] }", None), r#"{"a":[1,"b \" c\\"]}"#);
    }

    #[test]
    fn control_characters_are_escaped_and_the_value_is_the_same() {
        let json = "{\"a\":\"\u{7f}\u{9b}31m\u{202e}\\u001b é 日本\"}";
        let line = one_line(json, None);
        assert_eq!(line, "{\"a\":\"\\u007f\\u009b31m\\u202e\\u001b é 日本\"}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&line), value(json));
    }

    #[test]
    fn a_lone_surrogate_is_unchanged() {
        assert_eq!(one_line("{\"a\":\"\\ud800\u{9b}\"}", None), "{\"a\":\"\\ud800\\u009b\"}");
    }
}
