//! The report of `doctor`: prints each check as soon as it is made, and a summary.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::check::{Check, Outcome, Subject};
use crate::error::{self, CliError};
use crate::output::style::{BOLD, paint};
use crate::terminal::Terminal;

/// Prints checks and counts their outcomes.
pub(super) struct Report<'a> {
    pub(super) terminal: &'a Terminal<'a>,
    summary: Summary,
}

/// The last object of a report in JSON.
#[derive(Default)]
struct Summary {
    ok: u32,
    notes: u32,
    problems: u32,
    skipped: u32,
    /// The number of requests that were sent.
    requests: u32,
    /// The highest exit status of a problem.
    exit_status: u8,
}

impl<'a> Report<'a> {
    /// Announces the requests, and starts a report.
    pub(super) fn start(terminal: &'a Terminal<'a>, announcement: &str) -> Result<Self, CliError> {
        if terminal.json {
            error::note(announcement, true);
        } else {
            terminal.print_text(&format!("{}\n\n", paint(BOLD, &terminal.clean(announcement))))?;
        }
        Ok(Self { terminal, summary: Summary::default() })
    }

    /// Prints a check. Returns its subject if it has a problem.
    pub(super) fn add(&mut self, check: &Check) -> Result<Option<Subject>, CliError> {
        if self.terminal.json {
            self.terminal.print_json(check)?;
        } else {
            self.terminal.print_text(&check.text(self.terminal))?;
        }
        let summary = &mut self.summary;
        match check.outcome {
            Outcome::Ok => summary.ok += 1,
            Outcome::Note => summary.notes += 1,
            Outcome::Skipped => summary.skipped += 1,
            Outcome::Problem(status) => {
                summary.problems += 1;
                summary.exit_status = summary.exit_status.max(status);
                return Ok(Some(check.subject));
            }
        }
        Ok(None)
    }

    /// Counts a request that was sent.
    pub(super) fn count_request(&mut self) {
        self.summary.requests += 1;
    }

    /// Prints the summary, and returns the exit status.
    pub(super) fn finish(self) -> Result<u8, CliError> {
        if self.terminal.json {
            self.terminal.print_json(&self.summary)?;
        } else {
            self.terminal.print_text(&format!("\n{}\n", self.summary.text()))?;
        }
        Ok(self.summary.exit_status)
    }
}

impl Summary {
    fn text(&self) -> String {
        let parts = [
            (self.ok, "ok", "ok"),
            (self.notes, "note", "notes"),
            (self.problems, "problem", "problems"),
            (self.skipped, "skipped", "skipped"),
            (self.requests, "request sent", "requests sent"),
        ];
        let parts = parts
            .iter()
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// Writes `{"summary":{"ok":…,"notes":…,"problems":…,"skipped":…,"requests":…,"exit_status":…}}`.
impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Members<'a>(&'a Summary);
        impl Serialize for Members<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let Self(summary) = self;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("ok", &summary.ok)?;
                map.serialize_entry("notes", &summary.notes)?;
                map.serialize_entry("problems", &summary.problems)?;
                map.serialize_entry("skipped", &summary.skipped)?;
                map.serialize_entry("requests", &summary.requests)?;
                map.serialize_entry("exit_status", &summary.exit_status)?;
                map.end()
            }
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("summary", &Members(self))?;
        map.end()
    }
}
