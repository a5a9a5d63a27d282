//! Standard output, where nothing that a server sent may act, and the key is never seen.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

use brightdata_sessions::{ApiKey, Escaped, Session, SessionId};
use serde::Serialize;

use crate::problem::{About, Problem};
use crate::style::Style;

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

    /// A session without the key in any text that a report can show. The report cuts texts: half a key would not be found in it.
    pub(crate) fn without_key(&self, mut session: Session) -> Session {
        let Some(key) = self.key else { return session };
        if let Cow::Owned(id) = key.redact(session.session_id.as_str()) {
            session.session_id = SessionId::new(id).unwrap_or(session.session_id);
        }
        let mut texts = vec![&mut session.api_name, &mut session.target_url, &mut session.end_url];
        if let Some(error) = &mut session.error {
            texts.extend([&mut error.code, &mut error.message]);
        }
        for text in texts.into_iter().flatten() {
            if let Cow::Owned(redacted) = key.redact(text) {
                *text = redacted.into();
            }
        }
        session
    }

    /// Prints text in which everything foreign is escaped already.
    pub(crate) fn print_text(&self, text: &str) -> Result<(), Problem> {
        print(&redact(self.key, text))
    }

    /// Prints a problem on standard error, and returns the exit status.
    pub(crate) fn report(&self, problem: &Problem, about: About<'_>) -> u8 {
        // An id is clipped later: half a key would not be found in it.
        let session = about.session.map(|id| redact(self.key, id));
        let about = About { session: session.as_deref(), ..about };
        problem.tell_about(&about, self.key, self.json)
    }

    /// Prints a problem after which a list of JSON objects is not complete: on standard error, and as the last object.
    ///
    /// A program that reads the list cannot see the exit status of this one.
    pub(crate) fn report_incomplete(&self, problem: &Problem, about: About<'_>) -> u8 {
        // On a terminal, the person sees standard error.
        if self.json && !io::stdout().is_terminal() {
            // The problem outranks this one.
            let _ = print(&format!("{}\n", problem.json(&about, self.key)));
        }
        self.report(problem, about)
    }

    /// Prints something, such as a session, as one JSON object on one line.
    pub(crate) fn print_json(&self, value: &impl Serialize) -> Result<(), Problem> {
        let json = serde_json::to_string(value).map_err(|error| Problem::Output(error.into()))?;
        print(&format!("{}\n", one_line(&json, self.key)))
    }
}

/// Text without the key, if one is known.
pub(crate) fn redact<'a>(key: Option<&ApiKey>, text: &'a str) -> Cow<'a, str> {
    key.map_or(Cow::Borrowed(text), |key| key.redact(text))
}

/// Writes to standard output, and makes sure that it got there.
pub(crate) fn print(text: &str) -> Result<(), Problem> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Problem::Output)
}

/// The same JSON on one line: unknown fields are kept as the service sent them, so they can hold line breaks between
/// tokens, and in strings whatever JSON lets through, DEL and C1 controls among them.
pub(crate) fn one_line(json: &str, key: Option<&ApiKey>) -> String {
    let mut line = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(if first == '"' { string_end(rest) } else { first.len_utf8() });
        if first == '"' {
            push_string(&mut line, token, key);
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

/// A JSON string without the key in it, and with all that would act on a terminal escaped.
fn push_string(line: &mut String, token: &str, key: Option<&ApiKey>) {
    let token = match serde_json::from_str::<String>(token) {
        Ok(text) => serde_json::Value::from(redact(key, &text)).to_string(),
        // A lone surrogate is no text in Rust, but JSON allows its escape: it stays as it is.
        Err(_) => redact(key, token).into_owned(),
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

    fn key() -> ApiKey {
        ApiKey::new("0123456789abcdef").unwrap()
    }

    #[test]
    fn white_space_between_tokens_goes_and_within_strings_stays() {
        assert_eq!(
            one_line("{\"a\" :\n[ 1,\r\n\"b \\\" c\\\\\" ] }", Some(&key())),
            r#"{"a":[1,"b \" c\\"]}"#
        );
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_is_left_and_the_value_is_the_same() {
        let json = "{\"a\":\"\u{7f}\u{9b}31m\u{202e}\\u001b é 日本\"}";
        let line = one_line(json, Some(&key()));
        assert_eq!(line, "{\"a\":\"\\u007f\\u009b31m\\u202e\\u001b é 日本\"}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&line), value(json));
    }

    #[test]
    fn the_key_is_seen_through_escapes_and_redacted() {
        let json = r#"{"a":"\u0030123456789abcdef","0123456789abcdef":1}"#;
        assert_eq!(one_line(json, Some(&key())), r#"{"a":"[redacted]","[redacted]":1}"#);
    }

    #[test]
    fn a_lone_surrogate_stays_as_it_is() {
        assert_eq!(one_line("{\"a\":\"\\ud800\u{9b}\"}", Some(&key())), "{\"a\":\"\\ud800\\u009b\"}");
    }
}
