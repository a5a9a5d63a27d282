//! `get`: prints sessions by their ids.

use std::sync::{Arc, Mutex};

use brightdata_sessions::{Error, ErrorKind, Session, SessionId};
use brightdata_sessions_ureq::Client;

use self::ids::{Entry, Position};
use crate::args::IdSource;
use crate::error::{CliError, ErrorContext, Resume};
use crate::interrupt;
use crate::lock::lock;
use crate::output::session as text;
use crate::output::sessions_csv::SessionsCsv;
use crate::output::stdout_file;
use crate::terminal::Terminal;

pub(crate) mod ids;

/// The number of consecutive transient failures that stop the command, if they do not depend on the
/// id, such as a server that is down.
const MAX_FAILURES: u32 = 3;

/// Prints each session once it is fetched, in the order of the ids, and returns the highest exit
/// status. A failure is reported with its id, and the command continues unless the failure does not
/// depend on the id.
pub(crate) fn run(
    client: &Client,
    terminal: &Terminal<'_>,
    sources: &[IdSource],
    jobs: usize,
    csv: bool,
) -> Result<u8, CliError> {
    if terminal.json {
        stdout_file::end_cut_off_line()?;
    }
    let (entries, other_ids) = ids::read(sources).map_err(CliError::Input)?;
    // With one job, no id is requested before the result of the previous one.
    let mut others = (jobs > 1).then(|| client.get_many(other_ids, jobs));
    let several = !matches!(sources, [IdSource::Id(_)]);
    let csv = csv.then(|| SessionsCsv::new(terminal));
    let next = Arc::new(Mutex::new(None));
    let get = Get { terminal, csv, several, printed: false, exit_status: 0, failures: 0, first_failed: None };
    let get = Mutex::new(get);
    let interrupted = || {
        let get = lock(&get);
        // A single id is known to the user.
        if several {
            terminal.report_incomplete(&CliError::Interrupted, interrupted_at(&next));
        }
        get
    };
    let (shared, json) = (Arc::clone(&next), terminal.json);
    let without_output = move || {
        if several {
            CliError::Interrupted.report_with(&interrupted_at(&shared), None, json);
        }
    };
    interrupt::reporting(interrupted, without_output, || {
        let mut is_first = true;
        for entry in entries {
            let continues = match entry {
                Entry::Id(id, position) => {
                    let first_failed = lock(&get).first_failed.clone();
                    *lock(&next) = Some(first_failed.unwrap_or_else(|| (id.clone(), position)));
                    // The first id is fetched alone. A refused key then takes a single request.
                    let fetched = if is_first { None } else { others.as_mut().and_then(Iterator::next) };
                    is_first = false;
                    let fetched = fetched.unwrap_or_else(|| client.get(&id));
                    let mut get = lock(&get);
                    let continues = get.result(&id, position, fetched)?;
                    lock(&next).take();
                    continues
                }
                Entry::Invalid { text, error } => {
                    lock(&get).failed(ErrorContext { session: text.as_deref(), resume: None }, &error);
                    true
                }
            };
            if !continues {
                break;
            }
        }
        Ok(lock(&get).exit_status)
    })
}

/// Returns the context of an interruption: the id whose result is needed next, if it was read.
fn interrupted_at(next: &Mutex<Option<(SessionId, Position)>>) -> ErrorContext<'static> {
    let resume = lock(next).as_ref().map(|(id, position)| Resume::Get {
        session_id: id.to_string(),
        line: position.line(),
        not_tried: None,
    });
    ErrorContext { session: None, resume }
}

struct Get<'a> {
    terminal: &'a Terminal<'a>,
    csv: Option<SessionsCsv<'a>>,
    /// Whether an error must name its session.
    several: bool,
    printed: bool,
    exit_status: u8,
    /// The number of consecutive failures that do not depend on the id.
    failures: u32,
    /// The first of those failures.
    first_failed: Option<(SessionId, Position)>,
}

impl Get<'_> {
    /// Prints a session or its error. Returns whether to continue. Fails only if the output cannot
    /// be written.
    fn result(
        &mut self,
        id: &SessionId,
        position: Position,
        result: Result<Session, Error>,
    ) -> Result<bool, CliError> {
        let session = match result {
            Ok(session) => session,
            Err(error) => return Ok(self.not_fetched(id, position, error)),
        };
        (self.failures, self.first_failed) = (0, None);
        if self.terminal.json {
            self.terminal.print_json(&session)?;
            return Ok(true);
        }
        if let Some(csv) = &mut self.csv {
            csv.push(&session);
            csv.print()?;
            return Ok(true);
        }
        let between = if self.printed { "\n" } else { "" };
        self.printed = true;
        self.terminal
            .print_text(&format!("{between}{}", text::session(&self.terminal.without_key(session))))?;
        Ok(true)
    }

    /// Returns false if the next id would fail for the same reason.
    fn not_fetched(&mut self, id: &SessionId, position: Position, error: Error) -> bool {
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
                Position::Argument { ids_after: Some(0) } => return None,
                Position::Argument { ids_after } => ids_after,
                Position::Line(_) => None,
            };
            Some(Resume::Get { session_id: first.to_string(), line: first_position.line(), not_tried })
        });
        if max.is_none() {
            (self.failures, self.first_failed) = (0, None);
        }
        let stops = resume.is_some();
        let session = self.several.then_some(id.as_str());
        self.failed(ErrorContext { session, resume }, &error.into());
        !stops
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
