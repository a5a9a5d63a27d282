//! A check of the output for terminals: whatever a record contains, no control or invisible
//! character is written. The tests and a fuzz target run it.

use brightdata_sessions::{Escaped, Session};
use brightdata_sessions_triage::Triage;

use crate::output::json_line::json_line;
use crate::output::session::session;
use crate::output::style::Colors;
use crate::output::table::Table;
use crate::terminal::Terminal;

/// The styles of the program. Text with another escape sequence is not its own.
const STYLES: [&str; 9] = [
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\u{1b}[34m",
    "\u{1b}[35m",
    "\u{1b}[36m",
];

/// Checks all output for the records of an input, one per line: each alone, all as a table in
/// several widths, and the report on them. Other JSON is checked on one line.
pub(crate) fn check(input: &[u8]) {
    let mut sessions = Vec::new();
    for line in String::from_utf8_lossy(input).lines() {
        if let Ok(record) = Session::from_json(line) {
            is_visible(&session(&record));
            sessions.push(record);
        }
        is_one_line_of_the_same_value(line);
    }
    let mut terminal = Terminal::new(None, false);
    for width in [None, Some(1), Some(20), Some(80), Some(141)] {
        terminal.width = width;
        let mut table = Table::new(&terminal);
        sessions.iter().for_each(|session| table.push(session));
        let table = table.take();
        is_visible(&table);
        // Without a width, each row is a line: no text of a record begins another one.
        let header = usize::from(!sessions.is_empty());
        assert!(width.is_some() || table.lines().count() == header + sessions.len(), "{table}");
    }
    let report = sessions.into_iter().collect::<Triage>().report();
    is_visible(&report.page(&Colors).to_string());
}

/// JSON is one line of visible characters, with the same value.
fn is_one_line_of_the_same_value(json: &str) {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else { return };
    let line = json_line(json);
    is_visible(&line);
    assert!(!line.contains('\n'), "{line}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value, "{line}");
}

/// No character besides line feeds and the styles of the program needs an escape. The core's tests
/// compare [`Escaped`] with independent tables of Unicode.
pub(crate) fn is_visible(text: &str) {
    let plain = STYLES.iter().fold(text.to_owned(), |text, style| text.replace(style, ""));
    let is_visible = Escaped(&plain).chars().all(|(c, needs_escape)| !needs_escape || c == '\n');
    assert!(is_visible, "a control or invisible character in {plain:?}");
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::http::Response;
    use brightdata_sessions::{Api, ApiKey, GetSession};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::error::{CliError, ErrorContext};
    use crate::output::csv::{Cell, Csv};

    /// Generates texts, many of them with characters that affect a terminal.
    fn text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            "failed",
            "\u{1b}[7m",
            "\u{9b}2J",
            "\r\n",
            "\t",
            "\u{7f}",
            "\u{202e}",
            "\u{200b}",
            "\u{ad}",
            "क्\u{200d}ष",
            "👩\u{200d}🚀",
            "1\u{fe0f}",
            "\u{fe0f}",
            "\u{e0041}",
            "https://a.example/\u{200d}?",
            "日本",
        ]);
        prop_oneof![proptest::collection::vec(odd, 0..30).prop_map(|parts| parts.concat()), any::<String>()]
    }

    fn record() -> impl Strategy<Value = String> {
        let texts = proptest::collection::vec(text(), 10);
        (texts, any::<Option<u64>>(), any::<bool>()).prop_map(|(texts, bandwidth, failed)| {
            let [id, zone, status, start, target, end, captcha, code, message, unknown] =
                <[String; 10]>::try_from(texts).unwrap();
            let status = if failed { "failed" } else { &status };
            json!({
                "session_id": format!("a{}b", id.replace(char::is_control, "")), "api_name": zone, "status": status,
                "timestamp": start, "target_url": target, "end_url": end, "captcha": captcha, "bandwidth": bandwidth,
                "error": {"code": code, "message": message}, unknown.clone(): {unknown.clone(): [unknown]},
            })
            .to_string()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_record_is_visible_in_all_output(records in proptest::collection::vec(record(), 0..8)) {
            check(records.join("\n").as_bytes());
        }

        #[test]
        fn any_error_and_cell_is_visible(text in text(), id in text(), status in 200..600_u16) {
            let key = ApiKey::new("0123456789.abc.de").unwrap();
            let get = GetSession::new("a".parse().unwrap());
            let body = json!({"error": text.clone(), "code": id.clone()}).to_string();
            let response = Response::builder().status(status).body(body.as_bytes()).unwrap();
            let mut errors = vec![
                CliError::Line { file: Some(id.clone().into()), line: 1, reason: text.clone() },
                CliError::NoCommand(text.clone()),
                CliError::Gate(text.clone().into()),
                CliError::Target(text.clone().into(), "is a folder"),
            ];
            errors.extend(Api::new(key).parse(&get, response).err().map(CliError::Api));
            for error in errors {
                is_visible(&error.message());
                let about = ErrorContext { session: Some(&id), ..ErrorContext::default() };
                is_visible(&error.json(&about, None));
            }
            let terminal = Terminal::new(None, false);
            let mut csv = Csv::new(&terminal, ["a"]);
            csv.push([Cell::text(text.as_str())]);
            is_visible(&csv.take());
        }
    }

    #[test]
    fn a_sequence_of_another_program_is_not_visible() {
        is_visible("a\u{1b}[31mb\u{1b}[0m\n");
        for text in ["\u{1b}[7m", "\u{1b}[3", "\u{9b}0m", "\r", "a\u{200b}", "\u{200d}"] {
            assert!(std::panic::catch_unwind(|| is_visible(text)).is_err(), "{text:?}");
        }
    }

    /// The seeds of the fuzz target, which the package lacks.
    #[test]
    fn each_seed_is_visible_in_all_output() {
        brightdata_sessions_testkit::fuzz_inputs::replay("terminal", check);
    }
}
