//! `get`: prints sessions by their ids.

use std::io;
use std::path::Path;

use brightdata_sessions::{Error, ErrorKind, SessionId};
use brightdata_sessions_ureq::Client;

use crate::args::IdSource;
use crate::error::{CliError, ErrorContext, Resume};
use crate::input::{self, Line};
use crate::output::session as text;
use crate::terminal::Terminal;

/// The maximum length of a line with an id, in bytes. 256 characters fit, even as JSON escapes.
const MAX_LINE: usize = 8 << 10;

/// The number of consecutive transient failures that stop the command, if they do not depend on the
/// id, such as a server that is down.
const MAX_FAILURES: u32 = 3;

/// Prints each session once it is fetched, and returns the highest exit status. A failure is
/// reported with its id, and the command continues unless the failure does not depend on the id.
pub(crate) fn run<'a>(
    client: &'a Client,
    terminal: &'a Terminal<'a>,
    ids: &'a [IdSource],
) -> Result<u8, CliError> {
    let several = !matches!(ids, [IdSource::Id(_)]);
    let mut get =
        Get { client, terminal, several, printed: false, exit_status: 0, failures: 0, first_failed: None };
    for (index, item) in ids.iter().enumerate() {
        let continues = match item {
            IdSource::Id(id) => get.session(id, Position::Argument { rest: &ids[index + 1..] })?,
            IdSource::Stdin => get.input()?,
        };
        if !continues {
            break;
        }
    }
    Ok(get.exit_status)
}

struct Get<'a> {
    client: &'a Client,
    terminal: &'a Terminal<'a>,
    /// Whether an error must name its session.
    several: bool,
    printed: bool,
    exit_status: u8,
    /// The number of consecutive failures that do not depend on the id.
    failures: u32,
    /// The first of those failures.
    first_failed: Option<(SessionId, Position<'a>)>,
}

/// The source of an id.
#[derive(Clone, Copy)]
enum Position<'a> {
    /// The command line, before these arguments.
    Argument { rest: &'a [IdSource] },
    /// This line of standard input.
    Line(u64),
}

/// The functions return whether to continue. They fail only if the output cannot be written.
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
        // `jq` prints ids in quotes by default.
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
            // A proxy that refuses one request refuses all of them.
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
                Position::Argument { rest } if rest.iter().all(|item| matches!(item, IdSource::Id(_))) => {
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
        self.failed(ErrorContext::default(), &CliError::Line { file: None, line, reason: reason.to_owned() });
    }

    fn failed(&mut self, about: ErrorContext<'_>, error: &CliError) {
        let status = if about.resume.is_some() {
            self.terminal.report_incomplete(error, about)
        } else {
            self.terminal.report(error, about)
        };
        self.exit_status = self.exit_status.max(status);
    }
}
