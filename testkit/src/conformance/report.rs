//! What the suite has to say.

use std::path::Path;
use std::{env, fmt, fs};

/// What came of each case, as a table in Markdown when it is displayed.
#[derive(Clone, Debug)]
#[must_use = "it says whether the transport passed"]
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
    /// Failed, as was declared, for this reason.
    KnownFailure(&'static str),
    /// Passed, though it was declared that it fails.
    UnexpectedPass(&'static str),
}

impl Row {
    /// For a name that the caller gave and no case has.
    pub(super) fn unknown(name: &'static str, verdict: Verdict) -> Self {
        Self {
            name,
            expected: "a case of this name".to_owned(),
            actual: "no such case".to_owned(),
            why: "a case that is not played proves nothing",
            verdict,
        }
    }

    fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::KnownFailure(_))
    }
}

impl Report {
    /// Whether each case came out as expected or as declared.
    pub fn passed(&self) -> bool {
        self.rows.iter().all(Row::passed)
    }

    /// The names of the cases that did neither, in their order.
    pub fn failed(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter(|row| !row.passed()).map(|row| row.name)
    }

    /// The names of all cases that were played, in their order.
    pub fn cases(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.name)
    }

    /// Asserts that this file holds the report, under its own name as a heading. To keep a stack's table in a repository, and
    /// to see in its history what changed. A relative path begins at the package of the test.
    ///
    /// With the environment variable `UPDATE_TABLES`, writes the file instead. Which of several outcomes came, where each is as
    /// expected, is not kept: that may change with the machine.
    ///
    /// # Panics
    ///
    /// When the file cannot be read, or written, or holds something else.
    #[track_caller]
    pub fn assert_file(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let new = format!("# {name}\n\n{}", self.settled());
        if env::var_os("UPDATE_TABLES").is_some() {
            fs::write(path, new).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            return;
        }
        let kept = fs::read_to_string(path).unwrap_or_else(|error| error.to_string());
        assert!(
            kept == new,
            "{} is not what the suite says now; to write it anew, run the test with UPDATE_TABLES=1. {}",
            path.display(),
            difference(&kept, &new),
        );
    }

    /// Where any of several outcomes is as expected, which of them came may change with the machine and the moment.
    fn settled(&self) -> Self {
        let mut report = self.clone();
        let several = |row: &&mut Row| row.verdict == Verdict::Passed && row.expected != row.actual;
        for row in report.rows.iter_mut().filter(several) {
            row.actual = "as expected".to_owned();
        }
        report
    }
}

/// The first line that differs.
fn difference(kept: &str, new: &str) -> String {
    let mut lines = kept.lines().zip(new.lines());
    match lines.find(|(kept, new)| kept != new) {
        Some((kept, new)) => format!("first difference:\n- {kept}\n+ {new}"),
        None => format!("{} lines are kept, and {} actual", kept.lines().count(), new.lines().count()),
    }
}

/// The longest text in a column, in characters.
const LONGEST: usize = 120;

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
        let count = |wanted: fn(&Row) -> bool| self.rows.iter().filter(|row| wanted(row)).count();
        let known_failures = count(|row| matches!(row.verdict, Verdict::KnownFailure(_)));
        let failed = count(|row| !row.passed());
        writeln!(f, "\n{} cases, {failed} failed, {known_failures} known failures", self.rows.len())?;
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

/// Fit for a cell: a bar would end it, and a line break the table.
fn cell(text: &str) -> String {
    let text = text.replace('|', "¦").replace(['\r', '\n'], " ");
    match text.char_indices().nth(LONGEST) {
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
        Report { rows: vec![row] }.settled().to_string()
    }

    #[test]
    fn what_is_kept_of_a_case_is_the_same_whichever_of_its_outcomes_came() {
        let passed = row("once, correct", Verdict::Passed);
        assert_eq!(passed, row("no IPv6 on this machine", Verdict::Passed));
        assert!(passed.contains("| as expected |"), "{passed}");
        assert!(row("twice", Verdict::Failed).contains("| twice |"));
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        assert_eq!(difference("a\nb\nc", "a\nd\ne"), "first difference:\n- b\n+ d");
        assert_eq!(difference("a", "a\nb"), "1 lines are kept, and 2 actual");
    }
}
