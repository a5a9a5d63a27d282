//! The report of a run.

use std::path::Path;
use std::{env, fmt, fs};

/// The outcome of each case. `Display` writes it as a Markdown table.
#[derive(Clone, Debug)]
#[must_use = "the report has the result of the suite"]
pub struct Report {
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) why: &'static str,
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

impl Row {
    /// Creates the row for a name that the caller passed and no case has.
    pub(super) fn unknown(name: &'static str, verdict: Verdict) -> Self {
        Self {
            name,
            expected: "a case of this name".to_owned(),
            actual: "no such case".to_owned(),
            why: "a misspelled name would hide a case",
            verdict,
        }
    }

    fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::KnownFailure(_))
    }
}

impl Report {
    /// Returns whether every case passed or is a known failure.
    pub fn passed(&self) -> bool {
        self.rows.iter().all(Row::passed)
    }

    /// Returns the names of the failed cases, in the order of the suite. They include known failures
    /// that passed and names that no case has.
    pub fn failed(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter(|row| !row.passed()).map(|row| row.name)
    }

    /// Returns the names of all played cases, in the order of the suite.
    pub fn cases(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.name)
    }

    /// Asserts that this file contains the report, below a heading with the file's own name. Use it
    /// to keep the table of an HTTP client in a repository, so that the history shows what changed.
    /// A relative path starts at the package of the test.
    ///
    /// If the environment variable `UPDATE_TABLES` is set, this writes the file instead. If a case
    /// passes with any of several outcomes, the file does not name the actual one, because it may
    /// differ between machines.
    ///
    /// # Panics
    ///
    /// Panics if the file differs, or if it cannot be read or written.
    #[track_caller]
    pub fn assert_file(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let new = format!("# {name}\n\n{}", self.normalized());
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

    /// Hides the actual outcome of each passed case that accepts several. It may differ between
    /// machines and runs.
    fn normalized(&self) -> Self {
        let mut report = self.clone();
        let several = |row: &&mut Row| row.verdict == Verdict::Passed && row.expected != row.actual;
        for row in report.rows.iter_mut().filter(several) {
            row.actual = "as expected".to_owned();
        }
        report
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

/// The maximum length of a cell, in characters.
const MAX_CELL: usize = 120;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["", "case", "expected", "actual", "why it matters"].map(str::to_owned);
        let lines: Vec<[String; 5]> = self.rows.iter().map(Row::cells).collect();
        let all = || [&header].into_iter().chain(&lines);
        let widths: [usize; 5] = std::array::from_fn(|column| {
            all().map(|line| line[column].chars().count()).max().unwrap_or_default()
        });
        for (number, line) in all().enumerate() {
            write_line(f, line, widths)?;
            if number == 0 {
                write_line(f, &widths.map(|width| "-".repeat(width)), widths)?;
            }
        }
        let number = |predicate: fn(&Row) -> bool| self.rows.iter().filter(|row| predicate(row)).count();
        let known_failures = number(|row| matches!(row.verdict, Verdict::KnownFailure(_)));
        let failed = number(|row| !row.passed());
        writeln!(f, "\ncases: {}, failed: {failed}, known failures: {known_failures}", self.rows.len())?;
        for row in &self.rows {
            match row.verdict {
                Verdict::KnownFailure(why) => writeln!(f, "- {}: {why}", row.name)?,
                Verdict::UnexpectedPass(why) => {
                    writeln!(f, "- {}: declared as a known failure, but passed ({why})", row.name)?;
                }
                Verdict::Passed | Verdict::Failed => {}
            }
        }
        Ok(())
    }
}

impl Row {
    fn cells(&self) -> [String; 5] {
        let verdict = match self.verdict {
            Verdict::Passed => "ok",
            Verdict::Failed => "FAIL",
            Verdict::KnownFailure(_) => "known failure",
            Verdict::UnexpectedPass(_) => "FAIL (passed)",
        };
        [verdict, self.name, &self.expected, &self.actual, self.why].map(cell)
    }
}

/// Makes a text fit for a cell. A vertical bar would end the cell, and a line break the table.
fn cell(text: &str) -> String {
    let text = text.replace('|', "¦").replace(['\r', '\n'], " ");
    match text.char_indices().nth(MAX_CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, cells: &[String; 5], widths: [usize; 5]) -> fmt::Result {
    let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    writeln!(f, "| {} |", padded.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(actual: &str, verdict: Verdict) -> String {
        let expected = "once, correct or no IPv6 on this machine".to_owned();
        let row = Row { name: "host", expected, actual: actual.to_owned(), why: "RFC", verdict };
        Report { rows: vec![row] }.normalized().to_string()
    }

    #[test]
    fn a_file_does_not_depend_on_the_accepted_outcome() {
        let passed = row("once, correct", Verdict::Passed);
        assert_eq!(passed, row("no IPv6 on this machine", Verdict::Passed));
        assert!(passed.contains("| as expected |"), "{passed}");
        assert!(row("twice", Verdict::Failed).contains("| twice  |"));
    }

    #[test]
    fn difference_shows_the_first_line_that_differs() {
        assert_eq!(difference("a\nb\nc", "a\nd\ne"), "first difference:\n- b\n+ d");
        assert_eq!(difference("a", "a\nb"), "expected 1 lines, found 2");
    }
}
