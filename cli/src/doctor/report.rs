//! The report of `doctor`: prints each check as soon as it is made, and a summary.

use serde_json::value::RawValue;

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
            self.terminal
                .print_json(&self.summary.json().map_err(|error| CliError::Output(error.into()))?)?;
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

    /// Returns the members in this order.
    fn json(&self) -> serde_json::Result<Box<RawValue>> {
        let Self { ok, notes, problems, skipped, requests, exit_status } = self;
        RawValue::from_string(format!(
            "{{\"summary\":{{\"ok\":{ok},\"notes\":{notes},\"problems\":{problems},\"skipped\":{skipped},\
             \"requests\":{requests},\"exit_status\":{exit_status}}}}}"
        ))
    }
}
