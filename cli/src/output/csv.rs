//! Tables for spreadsheets, as CSV (RFC 4180) in UTF-8.
//!
//! A spreadsheet may run a cell of untrusted text as a formula. OWASP describes the attack and what
//! to do: <https://owasp.org/www-community/attacks/CSV_Injection>. In this module:
//!
//! - Every cell is in double quotes, and a double quote within it is doubled. So no separator in a
//!   cell begins another cell, whichever separator a spreadsheet expects.
//! - Text gets a single quote in front if it begins with `=`, `+`, `-` or `@`, also in their
//!   full-width or small forms (such as `＝`, U+FF1D) and after white space.
//! - Tabs, carriage returns, line feeds and all other control and invisible characters are escaped
//!   as in all output for people: `\t`, `\r`, `\n`, `\u{0}`. So no cell begins with one, and each
//!   row is one line.
//! - Numbers are written by this program, without a single quote.

use csv::{QuoteStyle, Writer, WriterBuilder};

use crate::error::CliError;
use crate::terminal::Terminal;

/// Collects rows of a table, and writes its column titles before the first.
pub(crate) struct Csv<'a, const COLUMNS: usize> {
    terminal: &'a Terminal<'a>,
    writer: Writer<Vec<u8>>,
}

/// A cell of a row.
pub(crate) enum Cell<'a> {
    /// Untrusted text; `None` is an empty cell.
    Text(Option<&'a str>),
    /// A number in any notation of its own.
    Number(Option<String>),
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: impl Into<Option<&'a str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn number(number: impl Into<Option<u64>>) -> Self {
        Self::Number(number.into().map(|number| number.to_string()))
    }

    pub(crate) fn float(number: Option<f64>) -> Self {
        Self::Number(number.map(|number| number.to_string()))
    }
}

impl<'a, const COLUMNS: usize> Csv<'a, COLUMNS> {
    pub(crate) fn new(terminal: &'a Terminal<'a>, titles: [&str; COLUMNS]) -> Self {
        let mut csv = Self { terminal, writer: writer() };
        csv.record(titles.map(str::to_owned));
        csv
    }

    pub(crate) fn push(&mut self, cells: [Cell<'_>; COLUMNS]) {
        let terminal = self.terminal;
        self.record(cells.map(|cell| match cell {
            Cell::Text(Some(text)) => without_formula(terminal.clean(text)),
            Cell::Number(Some(number)) => number,
            Cell::Text(None) | Cell::Number(None) => String::new(),
        }));
    }

    /// Prints the pending rows.
    pub(crate) fn print(&mut self) -> Result<(), CliError> {
        self.terminal.print_text(&self.take())
    }

    /// Returns the pending rows.
    pub(crate) fn take(&mut self) -> String {
        let writer = std::mem::replace(&mut self.writer, writer());
        let rows = writer.into_inner().expect("a vector can be written to");
        String::from_utf8_lossy(&rows).into_owned()
    }

    fn record(&mut self, cells: [String; COLUMNS]) {
        self.writer.write_record(cells).expect("a vector can be written to, and all rows are as long");
    }
}

fn writer() -> Writer<Vec<u8>> {
    WriterBuilder::new().quote_style(QuoteStyle::Always).from_writer(Vec::new())
}

/// Makes a spreadsheet read escaped text as text.
fn without_formula(text: String) -> String {
    // In East Asian locales, the wide forms begin a formula too.
    let begins_formula =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫');
    // A spreadsheet may drop white space.
    if text.trim_start().starts_with(begins_formula) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::ApiKey;

    use super::*;

    fn row(cells: [Cell<'_>; 3]) -> String {
        let key = ApiKey::new("0123456789.abc.de").unwrap();
        let terminal = Terminal::new(&key, false);
        let mut csv = Csv::new(&terminal, ["a", "b", "c"]);
        csv.push(cells);
        csv.take().strip_prefix("\"a\",\"b\",\"c\"\n").unwrap().to_owned()
    }

    fn cell(text: &str) -> String {
        let row = row([Cell::text(text), Cell::Text(None), Cell::Text(None)]);
        row.strip_suffix(",\"\",\"\"\n").unwrap_or_else(|| panic!("{row:?}")).to_owned()
    }

    #[test]
    fn text_that_begins_a_formula_gets_a_single_quote() {
        for first in "=+-@＝＋－＠﹦﹢﹣﹫".chars() {
            for (before, after) in [("", "1+2"), (" ", "x"), ("\u{a0}\u{3000}", ""), ("", "")] {
                let text = format!("{before}{first}{after}");
                assert_eq!(cell(&text), format!("\"'{text}\""));
            }
        }
        for text in ["a=1", "", "'=1", "1-2", "no_peers", "https://a.example/?a=b", "\u{2212}1"] {
            assert_eq!(cell(text), format!("\"{text}\""));
        }
    }

    /// The examples of OWASP.
    #[test]
    fn a_separator_or_quote_in_a_cell_begins_no_other_cell() {
        assert_eq!(cell("=1+2\";=1+2"), "\"'=1+2\"\";=1+2\"");
        assert_eq!(cell("=1+2'\" ;,=1+2"), "\"'=1+2'\"\" ;,=1+2\"");
        assert_eq!(cell("a\",\"=1"), "\"a\"\",\"\"=1\"");
    }

    #[test]
    fn control_characters_are_escaped_and_begin_no_cell() {
        for (text, escaped) in [
            ("\t=1", r"\t=1"),
            ("\r=1", r"\r=1"),
            ("\n=1", r"\n=1"),
            ("\0=1", r"\u{0}=1"),
            ("a\r\n=1", r"a\r\n=1"),
            ("\u{feff}=1", r"\u{feff}=1"),
            ("\u{1b}[31m\u{202e}", r"\u{1b}[31m\u{202e}"),
        ] {
            assert_eq!(cell(text), format!("\"{escaped}\""));
        }
    }

    #[test]
    fn the_key_is_redacted_and_numbers_are_unchanged() {
        let row = row([Cell::text("=0123456789.abc.de"), Cell::number(7), Cell::float(Some(-0.25))]);
        assert_eq!(row, "\"'=[redacted]\",\"7\",\"-0.25\"\n");
    }
}
