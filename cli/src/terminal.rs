//! Both outputs, where nothing that a server sent may act, and the key is never seen.
//!
//! Whatever the program prints passes through here: sessions, reports and pages through [`Terminal`],
//! errors through [`complain`]. All of it is redacted here, whatever was redacted before.
//!
//! A standard output that was closed before the start (`>&-`) cannot be detected without `unsafe`: Rust's runtime opens
//! `/dev/null` in its place before `main`, as parents do on purpose to discard the output.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use brightdata_sessions::{ApiKey, Escaped, Session};
use serde::Serialize;

use crate::args;
use crate::error::{CliError, ErrorContext};
use crate::output::style::Style;

/// Prints what came from the service.
pub(crate) struct Terminal<'a> {
    /// None where no service is asked and none is known.
    key: Option<&'a ApiKey>,
    pub(crate) json: bool,
    /// How many columns standard output has, if it is a terminal.
    pub(crate) width: Option<usize>,
    pub(crate) style: Style,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(key: impl Into<Option<&'a ApiKey>>, json: bool) -> Self {
        let stdout = io::stdout();
        let size = if stdout.is_terminal() { terminal_size::terminal_size_of(&stdout) } else { None };
        let width = size.map(|(width, _)| usize::from(width.0)).filter(|&width| width > 0);
        Self { key: key.into(), json, width, style: Style::of_stdout() }
    }

    /// Foreign text, fit to be shown: without the key, and with all that acts on a terminal escaped.
    pub(crate) fn clean(&self, foreign: &str) -> String {
        Escaped(&redact(self.key, foreign)).to_string()
    }

    /// A session without the key in any of its texts. Texts are cut when they are laid out, and half a key would not be
    /// found in them.
    pub(crate) fn without_key(&self, session: Session) -> Session {
        match self.key {
            Some(key) => session.redact(key),
            None => session,
        }
    }

    /// Prints text in which everything foreign is escaped already.
    pub(crate) fn print_text(&self, text: &str) -> Result<(), CliError> {
        print(&redact(self.key, text))
    }

    /// Prints a problem on standard error, and returns the exit status.
    pub(crate) fn report(&self, problem: &CliError, about: ErrorContext<'_>) -> u8 {
        // An id is clipped later: half a key would not be found in it.
        let session = about.session.map(|id| redact(self.key, id));
        let about = ErrorContext { session: session.as_deref(), ..about };
        problem.report_with(&about, self.key, self.json)
    }

    /// Prints a problem after which the JSON objects on standard output are not complete: on standard error, and as the last
    /// of the objects.
    ///
    /// A program that reads them from a pipe cannot see the exit status of this one.
    pub(crate) fn report_incomplete(&self, problem: &CliError, about: ErrorContext<'_>) -> u8 {
        // On a terminal, the person sees standard error.
        if self.json && !io::stdout().is_terminal() {
            // The problem outranks this one.
            let _ = print(&format!("{}\n", problem.json(&about, self.key)));
        }
        self.report(problem, about)
    }

    /// Prints something, such as a session, as one JSON object on one line.
    pub(crate) fn print_json(&self, value: &impl Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string(value).map_err(|error| CliError::Output(error.into()))?;
        print(&format!("{}\n", one_line(&json, self.key)))
    }
}

/// Writes a line to standard error, in JSON or for a person.
pub(crate) fn complain(line: &str, is_json: bool) {
    let line = if is_json { one_line(line, None) } else { redact(None, line).into_owned() };
    // There is nowhere left to complain to.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Text without the key: this one, or else that of the environment, if there is one.
pub(crate) fn redact<'a>(key: Option<&ApiKey>, text: &'a str) -> Cow<'a, str> {
    or_from_environment(key).map_or(Cow::Borrowed(text), |key| key.redact(text))
}

fn or_from_environment(key: Option<&ApiKey>) -> Option<&ApiKey> {
    static KEY: OnceLock<Option<ApiKey>> = OnceLock::new();
    if key.is_some() { key } else { KEY.get_or_init(|| args::api_key().ok()).as_ref() }
}

/// Writes to standard output, and makes sure that it got there.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CliError::Output)
}

/// The same JSON on one line, without the key. Unknown fields are kept as the service sent them: they
/// can hold line breaks between tokens, and in strings whatever JSON allows, DEL and C1 controls
/// among them.
pub(crate) fn one_line(json: &str, key: Option<&ApiKey>) -> String {
    let json = or_from_environment(key).map_or(Cow::Borrowed(json), |key| key.redact_json(json));
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

/// Where the string that the JSON begins with ends.
fn string_end(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// A JSON string with all that would act on a terminal escaped.
fn push_string(line: &mut String, token: &str) {
    let token = match serde_json::from_str::<String>(token) {
        Ok(text) => Cow::Owned(serde_json::Value::from(text).to_string()),
        // A lone surrogate is no text in Rust, but JSON allows its escape: it stays as it is.
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
    fn white_space_between_tokens_goes_and_within_strings_stays() {
        assert_eq!(one_line("{\"a\" :\n[ 1,\r\n\"b \\\" c\\\\\" ] }", None), r#"{"a":[1,"b \" c\\"]}"#);
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left_and_the_value_is_the_same() {
        let json = "{\"a\":\"\u{7f}\u{9b}31m\u{202e}\\u001b é 日本\"}";
        let line = one_line(json, None);
        assert_eq!(line, "{\"a\":\"\\u007f\\u009b31m\\u202e\\u001b é 日本\"}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&line), value(json));
    }

    #[test]
    fn a_lone_surrogate_stays_as_it_is() {
        assert_eq!(one_line("{\"a\":\"\\ud800\u{9b}\"}", None), "{\"a\":\"\\ud800\\u009b\"}");
    }
}
