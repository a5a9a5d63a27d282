//! `get`: sessions by their ids.

use std::io;
use std::path::Path;

use brightdata_sessions::{Error, ErrorKind, SessionId};
use brightdata_sessions_ureq::Client;

use crate::args::Wanted;
use crate::error::{CliError, ErrorContext, Resume};
use crate::input::{self, Line};
use crate::output::session as text;
use crate::terminal::Terminal;

/// The maximum length of a line with an id, in bytes: 256 characters fit, even as escapes of JSON.
const MAX_LINE: usize = 8 << 10;

/// The number of failures in a row that stop the command, if they may pass and do not depend on the id: a
/// server that is down, or no network.
const MAX_FAILURES: u32 = 3;

/// Prints each session as soon as it is fetched. A failure is printed with its id, and the next id is tried, unless the
/// failure does not depend on the id. Returns the highest exit status.
pub(crate) fn run<'a>(
    client: &'a Client,
    terminal: &'a Terminal<'a>,
    wanted: &'a [Wanted],
) -> Result<u8, CliError> {
    let several = !matches!(wanted, [Wanted::Id(_)]);
    let mut get =
        Get { client, terminal, several, printed: false, worst: 0, failures: 0, first_failed: None };
    for (index, item) in wanted.iter().enumerate() {
        let goes_on = match item {
            Wanted::Id(id) => get.session(id, Position::Argument { rest: &wanted[index + 1..] })?,
            Wanted::Input => get.input()?,
        };
        if !goes_on {
            break;
        }
    }
    Ok(get.worst)
}

struct Get<'a> {
    client: &'a Client,
    terminal: &'a Terminal<'a>,
    /// Whether a problem has to name its session.
    several: bool,
    printed: bool,
    worst: u8,
    /// The number of failures in a row that do not depend on the id.
    failures: u32,
    /// The first of them.
    first_failed: Option<(SessionId, Position<'a>)>,
}

/// Where an id was given.
#[derive(Clone, Copy)]
enum Position<'a> {
    /// On the command line, before these arguments.
    Argument { rest: &'a [Wanted] },
    /// In this line of standard input.
    Line(u64),
}

/// The functions return whether to go on, and fail only if nothing can be printed any more.
impl<'a> Get<'a> {
    fn input(&mut self) -> Result<bool, CliError> {
        let mut input = match input::open(Path::new("-")) {
            Ok(input) => input,
            Err(error) => return Ok(self.unreadable(error)),
        };
        let mut line = Vec::new();
        for number in 1.. {
            match input::line(&mut *input, MAX_LINE, &mut line) {
                Ok(Line::End) => break,
                Ok(Line::Fits) => {
                    if !self.line(&line, number)? {
                        return Ok(false);
                    }
                }
                Ok(Line::TooLong) => self.invalid(number, "longer than 8 KiB"),
                Err(error) => return Ok(self.unreadable(error)),
            }
        }
        Ok(true)
    }

    fn line(&mut self, line: &[u8], number: u64) -> Result<bool, CliError> {
        let Ok(text) = std::str::from_utf8(line) else {
            self.invalid(number, "not UTF-8");
            return Ok(true);
        };
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(true);
        }
        if text.starts_with("{\"") {
            self.invalid(number, "expected an id, found a JSON object (`jq -r .session_id` prints ids)");
            return Ok(true);
        }
        // `jq` prints ids in quotes unless it is told not to.
        let unquoted = if text.starts_with('"') { serde_json::from_str::<String>(text).ok() } else { None };
        let text = unquoted.as_deref().unwrap_or(text);
        match SessionId::new(text) {
            Ok(id) => self.session(&id, Position::Line(number)),
            Err(refused) => {
                self.failed(ErrorContext { session: Some(text), resume: None }, &refused.into());
                Ok(true)
            }
        }
    }

    fn session(&mut self, id: &SessionId, position: Position<'a>) -> Result<bool, CliError> {
        let session = match self.client.get(id) {
            Ok(session) => session,
            Err(error) => return Ok(self.not_fetched(id, position, error)),
        };
        (self.failures, self.first_failed) = (0, None);
        if self.terminal.json {
            self.terminal.print_json(&session)?;
            return Ok(true);
        }
        let between = if self.printed { "\n" } else { "" };
        self.printed = true;
        self.terminal
            .print_text(&format!("{between}{}", text::session(&self.terminal.without_key(session))))?;
        Ok(true)
    }

    /// Returns false if the next id would fail for the same reason.
    fn not_fetched(&mut self, id: &SessionId, position: Position<'a>, error: Error) -> bool {
        let max = match error.kind() {
            ErrorKind::Unauthorized | ErrorKind::InvalidInput => Some(1),
            // A proxy that refuses, refuses every id.
            ErrorKind::Connection if !error.is_transient() => Some(1),
            ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Timeout
            | ErrorKind::Connection
            | ErrorKind::RedirectRefused => Some(MAX_FAILURES),
            _ => None,
        };
        let resume = max.and_then(|max| {
            self.failures += 1;
            let (first, first_position) = self.first_failed.get_or_insert_with(|| (id.clone(), position));
            let not_tried = match position {
                _ if self.failures < max => return None,
                Position::Argument { rest: [] } => return None,
                Position::Argument { rest } if rest.iter().all(|item| matches!(item, Wanted::Id(_))) => {
                    Some(rest.len())
                }
                _ => None,
            };
            let line = if let Position::Line(number) = first_position { Some(*number) } else { None };
            Some(Resume::Get { session_id: first.to_string(), line, not_tried })
        });
        if max.is_none() {
            (self.failures, self.first_failed) = (0, None);
        }
        let stops = resume.is_some();
        let session = self.several.then_some(id.as_str());
        self.failed(ErrorContext { session, resume }, &error.into());
        !stops
    }

    fn unreadable(&mut self, error: io::Error) -> bool {
        self.failed(ErrorContext::default(), &CliError::Input(error));
        true
    }

    fn invalid(&mut self, line: u64, reason: &str) {
        self.failed(ErrorContext::default(), &CliError::Line(line, reason.to_owned()));
    }

    fn failed(&mut self, about: ErrorContext<'_>, problem: &CliError) {
        let status = if about.resume.is_some() {
            self.terminal.report_incomplete(problem, about)
        } else {
            self.terminal.report(problem, about)
        };
        self.worst = self.worst.max(status);
    }
}
