//! What the suite has to say.

use std::fmt;

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
    pub(super) came: String,
    pub(super) why: &'static str,
    pub(super) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed,
    /// Failed, as was declared, for this reason.
    Deviates(&'static str),
    /// Passed, though it was declared that it fails.
    DoesNotDeviate(&'static str),
}

impl Row {
    pub(super) fn unknown_deviation(name: &'static str, why: &'static str) -> Self {
        Self {
            name,
            expected: "a case of this name".to_owned(),
            came: "there is none".to_owned(),
            why: "a deviation that is declared has to show",
            verdict: Verdict::DoesNotDeviate(why),
        }
    }

    fn passed(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::Deviates(_))
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
}

/// The longest text in a column, in characters.
const LONGEST: usize = 60;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["", "case", "expected", "came", "why it matters"].map(str::to_owned);
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
        let deviations = count(|row| matches!(row.verdict, Verdict::Deviates(_)));
        let failed = count(|row| !row.passed());
        writeln!(f, "\n{} cases, {failed} failed, {deviations} declared deviations", self.rows.len())?;
        for row in &self.rows {
            match row.verdict {
                Verdict::Deviates(why) => writeln!(f, "- {}: {why}", row.name)?,
                Verdict::DoesNotDeviate(why) => {
                    writeln!(f, "- {}: declared, but does not show ({why})", row.name)?;
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
            Verdict::Deviates(_) => "deviates",
            Verdict::DoesNotDeviate(_) => "FAIL (no deviation)",
        };
        [verdict, self.name, &self.expected, &self.came, self.why].map(cell)
    }
}

/// Fit for a cell: a bar would end it. The reasons are never cut.
fn cell(text: &str) -> String {
    let text = text.replace('|', "¦");
    match text.char_indices().nth(LONGEST * 2) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, cells: &[String; 5], widths: [usize; 5]) -> fmt::Result {
    let padded: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    writeln!(f, "| {} |", padded.join(" | "))
}
