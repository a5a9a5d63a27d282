//! Reads sessions from a file or standard input, in any shape of JSON that contains them.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::Path;
use std::{fmt, mem};

use brightdata_sessions::{Session, SessionPage};
use serde_json::Value as Json;
use serde_json::value::RawValue;

pub(crate) use self::values::CutOff;
use self::values::{Value, ValueError, Values};
use crate::error::CliError;
use crate::{input, userinfo};

mod values;

/// Passes all sessions of a file to `add`; `-` is standard input. Returns the lines that were
/// skipped because they are cut off.
pub(crate) fn read(path: &Path, pages: &mut Pages, add: impl FnMut(Session)) -> Result<CutOff, CliError> {
    let file = (path != Path::new("-")).then_some(path);
    let failed = |error| match file {
        None => CliError::Input(error),
        Some(file) => CliError::File(file.to_owned(), error),
    };
    sessions(input::open(path).map_err(failed)?, file, pages, add, failed)
}

/// Passes all sessions of an input that was read and buffered before to `add`.
pub(crate) fn read_again(
    buffered: io::Result<impl BufRead>,
    add: impl FnMut(Session),
) -> Result<(), CliError> {
    let failed = |error: io::Error| {
        CliError::Input(io::Error::new(error.kind(), format!("its temporary copy: {error}")))
    };
    sessions(buffered.map_err(failed)?, None, &mut Pages::default(), add, failed).map(drop)
}

/// The pages of a list in the input, which may be spread over files.
#[derive(Default)]
pub(crate) struct Pages {
    first_offset: Option<u64>,
    /// The last page, without its sessions.
    last: Option<SessionPage>,
    /// The offset at which the last page ends.
    end: u64,
}

impl Pages {
    fn push(&mut self, page: SessionPage, sessions: u64) {
        let offset = page.pagination.offset.unwrap_or(self.end);
        self.first_offset = Some(self.first_offset.map_or(offset, |first| first.min(offset)));
        self.end = offset.saturating_add(sessions);
        self.last = Some(page);
    }

    /// Returns the parts of the list that the input lacks.
    pub(crate) fn missing(&self) -> Vec<Missing> {
        let start = self.first_offset.filter(|offset| *offset > 0).map(|offset| Missing::Start { offset });
        let end = self.last.as_ref().and_then(|page| match page.total {
            _ if page.pagination.has_more == Some(true) => Some(Missing::Pages),
            Some(total) if total > self.end => Some(Missing::Sessions { end: self.end, total }),
            _ => None,
        });
        [start, end].into_iter().flatten().collect()
    }
}

/// A part of a list that the input lacks.
#[derive(Debug, PartialEq)]
pub(crate) enum Missing {
    /// The sessions before this offset, at which the earliest page in the input starts.
    Start { offset: u64 },
    /// The pages after the last one in the input.
    Pages,
    /// The last page ends here, short of the total that it reports.
    Sessions { end: u64, total: u64 },
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { offset } => {
                write!(f, "incomplete list in the input: it starts at offset {offset}")
            }
            Self::Pages => {
                f.write_str("the last page in the input is not the last of its list: sessions are missing")
            }
            Self::Sessions { end, total } => {
                let plural = if *total == 1 { "" } else { "s" };
                write!(
                    f,
                    "incomplete list in the input: it ends at {end} of {total} reported session{plural}"
                )
            }
        }
    }
}

impl CutOff {
    /// Returns a note about the lines that were skipped in this file, if any.
    pub(crate) fn note(self, path: &Path) -> Option<String> {
        let name =
            if path == Path::new("-") { "standard input".to_owned() } else { userinfo::file_name(path) };
        match (self.lines, self.first) {
            (0, _) => None,
            (1, first) => Some(format!("{name}: line {first} is cut off, and was skipped")),
            (lines, first) => Some(format!(
                "{name}: {lines} lines are cut off, and were skipped; the first is line {first}"
            )),
        }
    }
}

/// Passes all sessions of an input to `add`. `file` is its name in errors.
fn sessions(
    input: impl BufRead,
    file: Option<&Path>,
    pages: &mut Pages,
    mut add: impl FnMut(Session),
    failed: impl Fn(io::Error) -> CliError,
) -> Result<CutOff, CliError> {
    let invalid = |line, reason| CliError::Line { file: file.map(Path::to_owned), line, reason };
    let error = |error| match error {
        ValueError::Io(error) => failed(error),
        ValueError::Invalid { line, reason } => invalid(line, reason.to_owned()),
    };
    let mut values = Values::new(input);
    loop {
        // Most inputs have a session on each line.
        while let Some(session) = values.line(session).map_err(error)? {
            add(session);
        }
        let Some(value) = values.next().map_err(error)? else { return Ok(values.cut_off()) };
        let start = value.line;
        let Entry { sessions, page } = entry(&value).map_err(|reason| invalid(start, reason))?;
        if let Some(page) = page {
            pages.push(page, sessions.len() as u64);
        }
        sessions.into_iter().for_each(&mut add);
    }
}

/// Reads a session from a line, if there is nothing else on it.
fn session(line: &[u8]) -> Option<Session> {
    Session::from_json(std::str::from_utf8(line).ok()?).ok()
}

/// The content of one value of the input.
struct Entry {
    sessions: Vec<Session>,
    /// The page without its sessions, if the value is one.
    page: Option<SessionPage>,
}

/// Reads one session, or a whole response of the service: one session in its envelope, or a page of
/// a list.
fn entry(value: &Value<'_>) -> Result<Entry, String> {
    // The parser does not check skipped values for UTF-8.
    let text = std::str::from_utf8(value.bytes).map_err(|_| "not UTF-8".to_owned())?;
    let error = match Session::from_json(text) {
        Ok(session) => return Ok(Entry { sessions: vec![session], page: None }),
        Err(error) => error,
    };
    let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(text).unwrap_or_default();
    let member = |name| {
        let value = members.get(name).copied().filter(|value| value.get() != "null");
        value.filter(|_| !members.contains_key("session_id"))
    };
    if member("verdict").is_some() || member("triage_state").is_some() {
        return Err("a report instead of sessions: give the sessions of all reports as input".to_owned());
    }
    if member("sessions").is_some() {
        let mut page = SessionPage::from_json(text)
            .map_err(|error| format!("not a page of sessions: {}", described(&error, value.line)))?;
        return Ok(Entry { sessions: mem::take(&mut page.sessions), page: Some(page) });
    }
    if let Some(session) = member("session") {
        let session = Session::from_json(session.get())
            .map_err(|error| format!("not a session: session: {}", without_position(&error)))?;
        return Ok(Entry { sessions: vec![session], page: None });
    }
    if let Some(error) = member("error") {
        return Err(format!("an error instead of a session: {}", message(error)));
    }
    Err(match other_format(text) {
        Some(format) => format!("expected JSON, found {format}"),
        None if !value.fits && error.is_eof() => "longer than 8 MiB".to_owned(),
        None if error.is_eof() && text.starts_with(['{', '[']) => {
            "not a session: the input ends within it".to_owned()
        }
        None => format!("not a session: {}", described(&error, value.line)),
    })
}

/// Returns the message and the kind of `{"error":{"kind":"…","message":"…"}}`, as this program
/// writes it, or the message of `{"error":"…"}`, as the service does.
fn message(error: &RawValue) -> String {
    let error = serde_json::from_str(error.get()).unwrap_or(Json::Null);
    let message = error.get("message").unwrap_or(&error);
    let message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    match error.get("kind").and_then(Json::as_str) {
        Some(kind) => format!("{message} ({kind})"),
        None => message,
    }
}

/// Returns the name of a format other than JSON, if the text starts like one.
fn other_format(text: &str) -> Option<&'static str> {
    let line = text.lines().next().unwrap_or_default();
    let has = |separator: char| line.split(separator).any(|field| field.trim_matches('"') == "session_id");
    if line.starts_with('<') {
        Some("HTML or XML")
    } else if [',', ';', '\t'].into_iter().any(has) && !line.starts_with(['{', '[']) {
        Some("CSV")
    } else if line.starts_with("session ") {
        Some("the table of `list`: use `list --json`")
    } else {
        None
    }
}

/// Returns the message of an error about a value that starts on this line, with the position if
/// that is on another line.
fn described(error: &serde_json::Error, start: u64) -> String {
    let message = without_position(error);
    match error.line() as u64 {
        0 | 1 => message,
        line => format!("{message} (line {}, column {})", start + line - 1, error.column()),
    }
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    /// Returns the ids and whether sessions are missing, or the number of the invalid line and the
    /// reason. They are the same if no line fits the buffer.
    fn read(text: impl AsRef<[u8]>) -> Result<(String, bool), String> {
        let in_one_buffer = read_from(text.as_ref());
        if text.as_ref().len() < 100_000 {
            assert_eq!(read_from(BufReader::with_capacity(7, text.as_ref())), in_one_buffer);
        }
        in_one_buffer
    }

    fn read_from(input: impl BufRead) -> Result<(String, bool), String> {
        let mut ids = Vec::new();
        let mut pages = Pages::default();
        let add = |session: Session| ids.push(session.session_id.to_string());
        match sessions(input, None, &mut pages, add, CliError::Input) {
            Ok(_) => Ok((ids.join(" "), !pages.missing().is_empty())),
            Err(CliError::Line { file: None, line, reason }) => Err(format!("{line}: {reason}")),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn sessions_are_read_in_every_shape_of_json() {
        let page = |more| {
            format!(
                r#"{{"count":2,"pagination":{{"has_more":{more}}},"sessions":[{{"session_id":"a"}},{{"session_id":"b"}}]}}"#
            )
        };
        let [whole, part] = [false, true].map(page);
        for (text, ids, more) in [
            ("", "", false),
            ("[]", "", false),
            ("{\"session_id\":\"a\"}\r\n\n  \n{\"session_id\":\"b\"}", "a b", false),
            ("{\"session_id\":\"a\"}{\"session_id\":\"b\"}", "a b", false),
            (
                "{\n  \"session_id\": \"a\",\n  \"x\": [1, {\"y\": \"}\\\"\"}]\n}\n{\"session_id\":\"b\"}",
                "a b",
                false,
            ),
            ("[{\"session_id\":\"a\"},\n{\"session_id\":\"b\"}\n]\n{\"session_id\":\"c\"}", "a b c", false),
            ("{\"session\":{\"session_id\":\"a\"}}\n{\"session\":{\"session_id\":\"b\"}}", "a b", false),
            (&whole, "a b", false),
            (&part, "a b", true),
            (&format!("{part}\n{whole}"), "a b a b", false),
            (&format!("[{part},{whole},{{\"session_id\":\"c\"}}]"), "a b a b c", false),
            // These names are unknown fields of a session.
            (r#"{"session_id":"a","sessions":[],"session":1,"error":null}"#, "a", false),
        ] {
            assert_eq!(read(text), Ok((ids.to_owned(), more)), "{text}");
        }
    }

    #[test]
    fn a_byte_order_mark_between_values_is_skipped() {
        let [a, b] = ["a", "b"].map(|id| format!("{{\"session_id\":\"{id}\"}}"));
        for text in [
            format!("{a}\n\u{feff}{b}\n"),
            format!("{a}\u{feff}\u{feff}\n{b}"),
            format!("[{a}]\u{feff}[{b}]\u{feff}"),
        ] {
            assert_eq!(read(&text), Ok(("a b".to_owned(), false)), "{text}");
            // The mark may be split between two reads.
            let slow = BufReader::with_capacity(1, text.as_bytes());
            let mut count = 0;
            sessions(slow, None, &mut Pages::default(), |_| count += 1, CliError::Input).unwrap();
            assert_eq!(count, 2, "{text}");
        }
        let invalid = Err("2: not a session: expected value".to_owned());
        assert_eq!(read([a.as_bytes(), b"\n\xef\xbb{}"].concat()), invalid);
        assert_eq!(read(format!("{a}\n\u{f000}{b}")), invalid);
        assert!(read(format!("[{a},\u{feff}{b}]")).is_err());
    }

    #[test]
    fn the_last_page_is_compared_with_its_total() {
        let page = |id: &str, rest: &str| format!(r#"{{"sessions":[{{"session_id":"{id}"}}],{rest}}}"#);
        let last = r#""pagination":{"offset":0,"limit":100,"has_more":false}"#;
        let short = page("a", &format!(r#""total":257,{last}"#));
        let missing_from = |texts: &[&str]| {
            let mut pages = Pages::default();
            for text in texts {
                sessions(text.as_bytes(), None, &mut pages, drop, CliError::Input).unwrap();
            }
            pages.missing()
        };
        let missing = |text: &str| missing_from(&[text]);
        assert_eq!(missing(&short), [Missing::Sessions { end: 1, total: 257 }]);
        assert_eq!(missing(&page("a", &format!(r#""total":0,{last}"#))), [], "a total can be approximate");
        assert_eq!(missing(&page("a", last)), []);
        // Without offsets, pages follow each other.
        let first = page("a", r#""total":2,"pagination":{"has_more":true}"#);
        let second = page("b", r#""total":2,"pagination":{"has_more":false}"#);
        assert_eq!(missing(&first), [Missing::Pages]);
        assert_eq!(missing(&second), [Missing::Sessions { end: 1, total: 2 }]);
        assert_eq!(missing(&format!("{first}\n{second}")), []);
        assert_eq!(missing_from(&[&first, &second]), [], "pages in several files");
        let at_7 = page("c", r#""total":8,"pagination":{"offset":7,"has_more":false}"#);
        assert_eq!(missing(&at_7), [Missing::Start { offset: 7 }]);
        assert_eq!(missing(&format!("{at_7}\n{}\n{at_7}", page("a", last))), [], "pages in any order");
        let within = page("d", r#""total":9,"pagination":{"offset":7,"has_more":false}"#);
        let [start, end] = [Missing::Start { offset: 7 }, Missing::Sessions { end: 8, total: 9 }];
        assert_eq!(missing(&within), [start, end]);
    }

    #[test]
    fn an_invalid_session_is_named_by_its_line() {
        let good = "{\"session_id\":\"a\"}\n\n";
        for (line, expected) in [
            ("{}", "3: not a session: session_id is missing"),
            ("null", "3: not a session: expected an object, found null"),
            ("{\"session_id\":\"a\"} x", "3: not a session: expected value"),
            ("{\"session_id\":\"a\"},", "3: not a session: expected value"),
            ("[[]]", "3: not a session: expected an object, found a list"),
            ("[\n{\"session_id\":\"a\"},\n{\n}]", "5: not a session: session_id is missing"),
            (
                "{\"session\":{\"session_id\":\"a\"}",
                "3: not a session: expected `,` or `}` (line 4, column 1)",
            ),
            ("{\"session_id\":\"\"}", "3: not a session: session_id: invalid session id: empty"),
            ("{\"session\":{}}", "3: not a session: session: session_id is missing"),
            ("{\"sessions\":[{}]}", "3: not a page of sessions: sessions[0]: session_id is missing"),
        ] {
            assert_eq!(read(format!("{good}{line}\n{good}")), Err(expected.into()), "{line}");
        }
        assert_eq!(read(b"{\"session_id\":\"a\",\"x\":\"\xff\"}"), Err("1: not UTF-8".into()));
        let long = format!(r#"{{"session_id":"a","bandwidth":"{}"}}"#, "x".repeat(7 << 20));
        let expected = "1: not a session: bandwidth: expected a whole number from 0 to 2^64 - 1, found a string of 7340032 bytes";
        assert_eq!(read(long), Err(expected.into()));
    }

    #[test]
    fn a_record_that_is_cut_off_is_skipped_and_counted() {
        let record = r#"{"session_id":"b","x":["\\\"é{"],"y":{}}"#;
        let [a, c] = ["a", "c"].map(|id| format!("{{\"session_id\":\"{id}\"}}\n"));
        let read_all = |text: &[u8], capacity| {
            let mut ids = Vec::new();
            let add = |session: Session| ids.push(session.session_id.to_string());
            let input = BufReader::with_capacity(capacity, text);
            let cut_off = sessions(input, None, &mut Pages::default(), add, CliError::Input).unwrap();
            (ids.concat(), cut_off)
        };
        for end in 1..record.len() {
            // The end may be within a character.
            let part = &record.as_bytes()[..end];
            let [one, two] = [1, 2]
                .map(|lines| [a.as_bytes(), &[part, b"\n"].concat().repeat(lines), c.as_bytes()].concat());
            for capacity in [3, 9000] {
                assert_eq!(read_all(&one, capacity), ("ac".to_owned(), CutOff { lines: 1, first: 2 }));
                assert_eq!(read_all(&two, capacity), ("ac".to_owned(), CutOff { lines: 2, first: 2 }));
            }
            // Without a record after it, the rest of the list is missing as well.
            let last = String::from_utf8_lossy(part);
            assert!(read(format!("{a}{last}")).is_err() && read(format!("{a}{last}\n")).is_err(), "{last}");
            // A line that does not begin a new record.
            assert!(read(format!("{a}{last}{c}")).is_err(), "{last}");
        }
        // Within an array, and other objects.
        assert!(read(format!("[{a},\n{{\"session_id\":\"b\n{c}]")).is_err());
        assert!(read(format!("{{\"session\":\n{c}}}")).is_ok());
    }

    #[test]
    fn an_input_that_is_cut_off_is_an_error() {
        let document = r#"[{"session_id":"a"},{"session_id":"b","x":"\\\""}]"#;
        assert_eq!(read(document), Ok(("a b".into(), false)));
        for end in 1..document.len() {
            read(&document[..end]).unwrap_err();
        }
        assert_eq!(read("[{\"session_id\":\"a\"}\n"), Err("2: ends within an array".into()));
        assert_eq!(read("\n{\"session_id\":\n"), Err("2: not a session: the input ends within it".into()));
    }

    #[test]
    fn a_value_over_8_mib_is_refused_before_it_is_read() {
        /// An object that never ends.
        struct Endless(u64);

        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(b'x');
                if self.0 == 0 {
                    buffer[..6].copy_from_slice(b"{\"x\":\"");
                }
                self.0 += buffer.len() as u64;
                assert!(self.0 < 9 << 20, "it is read on");
                Ok(buffer.len())
            }
        }

        let endless =
            sessions(BufReader::new(Endless(0)), None, &mut Pages::default(), |_| (), CliError::Input);
        assert!(
            matches!(&endless, Err(CliError::Line { line: 1, reason, .. }) if reason == "longer than 8 MiB"),
            "{endless:?}"
        );
        // The cut is within a character.
        let object = format!("{{\"xy\":\"{}", "é".repeat(5 << 20));
        assert_eq!(read(object), Err("1: longer than 8 MiB".into()));
        let scalar = "é".repeat(10_000);
        assert_eq!(read(scalar), Err("1: not a session: expected value".into()));
    }

    #[test]
    fn an_error_in_the_input_ends_it() {
        let line = "{\"session_id\":\"a\"}\n{\"error\":{\"kind\":\"server\",\"message\":\"server error: status 503\"}}\n";
        assert_eq!(
            read(line),
            Err("2: an error instead of a session: server error: status 503 (server)".into())
        );
        let body = r#"{"error":"Session not found","session":null}"#;
        assert_eq!(read(body), Err("1: an error instead of a session: Session not found".into()));
        assert_eq!(read(r#"{"error":7}"#), Err("1: an error instead of a session: 7".into()));
    }

    #[test]
    fn other_formats_are_named() {
        for (text, format) in [
            ("<!DOCTYPE html>\n<html>", "HTML or XML"),
            ("session_id,status\na,failed\n", "CSV"),
            ("\"status\";\"session_id\"\n", "CSV"),
            ("session   status\na  failed\n", "the table of `list`: use `list --json`"),
        ] {
            assert_eq!(read(text), Err(format!("1: expected JSON, found {format}")));
        }
    }
}
