//! Sessions as a table for spreadsheets.

use brightdata_sessions::Session;

use super::csv::{Cell, Csv};
use crate::error::CliError;
use crate::terminal::Terminal;

/// The names of the service, and the members of `error`. Unknown fields have no column.
const TITLES: [&str; 12] = [
    "session_id",
    "api_name",
    "status",
    "timestamp",
    "target_url",
    "end_url",
    "navigations",
    "duration",
    "captcha",
    "bandwidth",
    "error_code",
    "error_message",
];

/// Collects sessions, one per row.
pub(crate) struct SessionsCsv<'a> {
    csv: Csv<'a, 12>,
}

impl<'a> SessionsCsv<'a> {
    pub(crate) fn new(terminal: &'a Terminal<'a>) -> Self {
        Self { csv: Csv::new(terminal, TITLES) }
    }

    pub(crate) fn push(&mut self, session: &Session) {
        let error = session.error.as_ref();
        self.csv.push([
            Cell::text(session.session_id.as_str()),
            Cell::text(session.api_name.as_deref()),
            Cell::text(session.status.as_ref().map(|status| status.as_str())),
            Cell::text(session.timestamp.as_ref().map(|timestamp| timestamp.as_str())),
            Cell::text(session.target_url.as_deref()),
            Cell::text(session.end_url.as_deref()),
            Cell::number(session.navigations),
            Cell::float(session.duration),
            Cell::text(session.captcha.as_ref().map(|captcha| captcha.as_str())),
            Cell::number(session.bandwidth),
            Cell::text(error.and_then(|error| error.code.as_deref())),
            Cell::text(error.and_then(|error| error.message.as_deref())),
        ]);
    }

    /// Prints the pending rows.
    pub(crate) fn print(&mut self) -> Result<(), CliError> {
        self.csv.print()
    }
}
