//! The report of a run.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fmt, fs};

use super::outcome::{Outcome, count};
use super::rule::Rule;

/// The outcome of each case.
///
/// `Display` shows the failed cases, each with the rule that it breaks and its expected and actual
/// outcome. If all passed, it shows their number and the known failures.
///
/// ```
/// use brightdata_sessions::TransportErrorKind;
/// use brightdata_sessions_testkit::suite::Suite;
///
/// // This transport gets no response.
/// let report = Suite::new()
///     .filter("a 404 is returned as a response")
///     .run_transport(|_, _| Err(TransportErrorKind::Timeout.into()));
/// assert_eq!(
///     report.to_string(),
///     "\
/// 1 of 1 case failed
///
/// a 404 is returned as a response
///   rule:     3. Return every final status as a response.
///   reason:   the body explains the error
///   expected: 404, body as sent
///   actual:   timeout
/// "
/// );
/// ```
#[derive(Clone, Debug)]
#[must_use = "the report has the result of the suite"]
pub struct Report {
    pub(super) rows: Vec<Row>,
    /// The names from the caller that belong to no case.
    pub(super) unknown: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) rule: Rule,
    pub(super) name: &'static str,
    pub(super) why: &'static str,
    /// The accepted outcomes.
    pub(super) expected: Vec<Outcome>,
    pub(super) actual: Outcome,
    pub(super) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// Failed as declared, for this reason.
    KnownFailure(&'static str),
    /// Passed, although it was declared as a known failure for this reason.
    UnexpectedPass(&'static str),
}

impl Report {
    /// Returns whether every case passed or is a known failure.
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// Returns the names of the failed cases, in the order of the suite. They include known
    /// failures that passed, and names that belong to no case.
    pub fn failed(&self) -> impl Iterator<Item = &'static str> {
        let failed = self.rows.iter().filter(|row| row.failed()).map(|row| row.name);
        failed.chain(self.unknown.iter().copied())
    }

    /// Returns the names of all played cases, in the order of the suite.
    pub fn cases(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.name)
    }

    /// Returns all cases as Markdown: a table for each rule, and the known failures.
    ///
    /// The text does not name the actual outcome of a case that passed, because it may differ
    /// between machines if several are accepted.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        for rows in self.rows.chunk_by(|one, next| one.rule == next.rule) {
            let _ = writeln!(text, "## {}\n", rows[0].rule);
            write_table(&mut text, rows);
            text.push('\n');
        }
        let known_failures: Vec<_> = self.known_failures().collect();
        let (cases, failed) = (self.rows.len(), self.failed().count());
        let _ = writeln!(text, "cases: {cases}, failed: {failed}, known failures: {}", known_failures.len());
        for (name, why) in known_failures {
            let _ = writeln!(text, "- {name}: {why}");
        }
        text
    }

    /// Asserts that this file contains the report as Markdown, below a heading with the file's own
    /// name. Use it to keep the tables of an HTTP client in a repository, so that the history shows
    /// what changed. A relative path is resolved in the package of the test.
    ///
    /// If the environment variable `UPDATE_TABLES` is set, this writes the file instead.
    ///
    /// # Panics
    ///
    /// Panics if the file differs, or if it cannot be read or written.
    #[track_caller]
    pub fn assert_file(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let new = format!("# {name}\n\n{}", self.to_markdown());
        if env::var_os("UPDATE_TABLES").is_some() {
            fs::write(path, new).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            return;
        }
        let current = fs::read_to_string(path).unwrap_or_else(|error| error.to_string());
        assert!(
            current == new,
            "{} is out of date; set UPDATE_TABLES=1 to update it; {}",
            path.display(),
            difference(&current, &new),
        );
    }

    /// Returns the names and reasons of the known failures.
    fn known_failures(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.rows.iter().filter_map(|row| match row.verdict {
            Verdict::KnownFailure(why) => Some((row.name, why)),
            _ => None,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cases, failed) = (self.rows.len(), self.rows.iter().filter(|row| row.failed()).count());
        let known_failures = self.known_failures().count();
        match failed {
            0 => write!(f, "{} passed", count(cases - known_failures, "case"))?,
            _ => write!(f, "{failed} of {} failed", count(cases, "case"))?,
        }
        writeln!(
            f,
            "{}",
            match known_failures {
                0 => String::new(),
                _ => format!(", {}", count(known_failures, "known failure")),
            }
        )?;
        if self.passed() {
            return self.known_failures().try_for_each(|(name, why)| writeln!(f, "- {name}: {why}"));
        }
        self.rows.iter().filter(|row| row.failed()).try_for_each(|row| write!(f, "\n{row}"))?;
        self.unknown.iter().try_for_each(|name| writeln!(f, "\n{name}\n  no case has this name"))
    }
}

impl Row {
    fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed | Verdict::UnexpectedPass(_))
    }

    /// Returns the accepted outcomes as one string.
    fn expected(&self) -> String {
        let expected: Vec<_> = self.expected.iter().map(ToString::to_string).collect();
        expected.join(" or ")
    }

    fn cells(&self) -> [String; 5] {
        let actual = self.actual.to_string();
        let (verdict, actual) = match self.verdict {
            Verdict::Passed => ("ok", "as expected"),
            Verdict::Failed => ("FAIL", actual.as_str()),
            Verdict::KnownFailure(_) => ("known failure", actual.as_str()),
            Verdict::UnexpectedPass(_) => ("FAIL (passed)", "as expected"),
        };
        [verdict, self.name, &self.expected(), actual, self.why].map(cell)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n  rule:     {}\n  reason:   {}", self.name, self.rule, self.why)?;
        writeln!(f, "  expected: {}\n  actual:   {}", self.expected(), self.actual)?;
        match self.verdict {
            Verdict::UnexpectedPass(why) => writeln!(f, "  passed, but is a known failure: {why}"),
            _ => Ok(()),
        }
    }
}

/// Writes rows as a Markdown table.
fn write_table(text: &mut String, rows: &[Row]) {
    let header = ["", "case", "expected", "actual", "why it matters"].map(str::to_owned);
    let lines: Vec<[String; 5]> = [header].into_iter().chain(rows.iter().map(Row::cells)).collect();
    let widths: [usize; 5] = std::array::from_fn(|column| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    });
    for (number, line) in lines.iter().enumerate() {
        write_line(text, line, widths);
        if number == 0 {
            write_line(text, &widths.map(|width| "-".repeat(width)), widths);
        }
    }
}

fn write_line(text: &mut String, cells: &[String; 5], widths: [usize; 5]) {
    let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    let _ = writeln!(text, "| {} |", padded.join(" | "));
}

/// The maximum length of a cell, in characters.
const MAX_CELL: usize = 120;

/// Makes a string fit for a cell. A vertical bar would end the cell, and a line break the table.
fn cell(text: &str) -> String {
    let text = text.replace('|', "¦").replace(['\r', '\n'], " ");
    match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Describes the first line that differs.
fn difference(current: &str, new: &str) -> String {
    let mut lines = current.lines().zip(new.lines());
    match lines.find(|(current, new)| current != new) {
        Some((current, new)) => format!("first difference:\n- {current}\n+ {new}"),
        None => format!("expected {} lines, found {}", current.lines().count(), new.lines().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_shows_the_first_line_that_differs() {
        assert_eq!(difference("a\nb\nc", "a\nd\ne"), "first difference:\n- b\n+ d");
        assert_eq!(difference("a", "a\nb"), "expected 1 lines, found 2");
    }
}
