//! `list`: prints many sessions.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use brightdata_sessions::Session;
use brightdata_sessions_ureq::Client;

use crate::args::{AddedDates, ListArgs};
use crate::error::{CliError, ErrorContext, Resume};
use crate::interrupt;
use crate::listing::Listing;
use crate::lock::lock;
use crate::output::progress::Progress;
use crate::output::sessions_csv::SessionsCsv;
use crate::output::stdout_file;
use crate::output::table::Table;
use crate::terminal::{Terminal, write_stderr};

pub(crate) use self::archive::ArchiveArgs;

mod archive;
mod state;

/// The number of sessions per page, and of table rows that are aligned with each other.
const PAGE: u64 = 100;

/// Prints sessions as they are fetched, and returns the exit status. Stops when the output cannot
/// be written.
pub(crate) fn run(
    client: &Client,
    terminal: &Terminal<'_>,
    args: &ListArgs,
    is_demo: bool,
) -> Result<u8, CliError> {
    if args.archive.is_set() {
        return archive::run(client, terminal, args, is_demo);
    }
    if terminal.json {
        stdout_file::end_cut_off_line()?;
    }
    let position = Arc::new(Position::new(args));
    let output =
        Mutex::new(Output::new(terminal, args.csv, args.max() > PAGE, Arc::clone(&position.printed)));
    let (json, shared) = (terminal.json, Arc::clone(&position));
    let interrupted = || {
        let mut output = lock(&output);
        if output.count > 0 {
            let _ = output.finish();
        }
        terminal.report_incomplete(&CliError::Interrupted, position.context());
        output
    };
    let without_output = move || _ = CliError::Interrupted.report_with(&shared.context(), None, json);
    interrupt::reporting(interrupted, without_output, || print(client, args, &output, &position))
}

/// Where a list that stops early continues.
struct Position {
    offset: u64,
    /// The maximum number of sessions, unless all are printed.
    limit: Option<u64>,
    printed: Arc<AtomicU64>,
    added: OnceLock<AddedDates>,
}

impl Position {
    fn new(args: &ListArgs) -> Self {
        let limit = (!args.all).then(|| args.max());
        Self { offset: args.offset, limit, printed: Arc::default(), added: OnceLock::new() }
    }

    /// Returns the context of an error. Without sessions, there is nothing to continue.
    fn context(&self) -> ErrorContext<'static> {
        let printed = self.printed.load(Ordering::Relaxed);
        let added = self.added.get();
        let resume = (printed > 0).then(|| Resume::List {
            printed,
            offset: self.offset.saturating_add(printed),
            limit: self.limit.map(|limit| limit.saturating_sub(printed)),
            start_date: added.and_then(|added| added.start.as_ref()).map(ToString::to_string),
            end_date: added.and_then(|added| added.end.as_ref()).map(ToString::to_string),
        });
        ErrorContext { session: None, resume }
    }
}

fn print(
    client: &Client,
    args: &ListArgs,
    output: &Mutex<Output<'_>>,
    position: &Position,
) -> Result<u8, CliError> {
    let terminal = lock(output).terminal;
    let list = |now| Ok(client.api().list(args.request(&args.added_dates(now)?)).take(args.max()));
    let mut listing = Listing::begin(client, terminal.json, args.adds_dates(), list)?;
    let added = args.added_dates(listing.now)?;
    position.added.get_or_init(|| added);
    let error = loop {
        // The output is not locked while a page is fetched.
        match listing.next() {
            Some(Ok(session)) => {
                let total = listing.flow().total();
                let expected = total.map(|total| total.saturating_sub(args.offset).min(args.max()));
                lock(output).session(&session, expected)?;
            }
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    let mut output = lock(output);
    // Sessions before the error are printed. The error outranks a failure to print them.
    let finished = if error.is_some() && output.count == 0 { Ok(()) } else { output.finish() };
    if let Some(error) = error {
        output.progress.clear();
        return Ok(terminal.report_incomplete(&error.into(), position.context()));
    }
    finished?;
    output.progress.clear();
    if listing.note_missing(terminal.json) {
        return Ok(0);
    }
    if matches!(output.format, Format::Table(_)) && io::stderr().is_terminal() {
        output.note(listing.flow().total().map(|total| total.saturating_sub(args.offset)));
    }
    Ok(0)
}

/// The format of the output.
enum Format<'a> {
    Json,
    Csv(Box<SessionsCsv<'a>>),
    Table(Table<'a>),
}

impl<'a> Format<'a> {
    fn new(terminal: &'a Terminal<'a>, csv: bool) -> Self {
        match terminal.json {
            true => Self::Json,
            false if csv => Self::Csv(Box::new(SessionsCsv::new(terminal))),
            false => Self::Table(Table::new(terminal)),
        }
    }
}

struct Output<'a> {
    terminal: &'a Terminal<'a>,
    format: Format<'a>,
    progress: Progress,
    /// The number of sessions so far, including the pending rows.
    count: u64,
    /// The number of sessions that were printed, for a report while the output is blocked.
    printed: Arc<AtomicU64>,
}

impl<'a> Output<'a> {
    fn new(terminal: &'a Terminal<'a>, csv: bool, has_bar: bool, printed: Arc<AtomicU64>) -> Self {
        let progress = Progress::new(has_bar);
        Self { terminal, format: Format::new(terminal, csv), progress, count: 0, printed }
    }

    fn session(&mut self, session: &Session, expected: Option<u64>) -> Result<(), CliError> {
        match &mut self.format {
            Format::Json => {
                self.progress.print(|| self.terminal.print_json(session))?;
                self.printed.store(self.count + 1, Ordering::Relaxed);
            }
            Format::Csv(csv) => csv.push(session),
            Format::Table(table) => table.push(session),
        }
        self.count += 1;
        if self.count % PAGE == 0 {
            self.finish()?;
            if let Some(expected) = expected {
                self.progress.show(self.count, expected);
            }
        }
        Ok(())
    }

    /// Prints the pending rows.
    fn finish(&mut self) -> Result<(), CliError> {
        match &mut self.format {
            Format::Json => {}
            Format::Csv(csv) => self.progress.print(|| csv.print())?,
            Format::Table(table) => {
                let rows = table.take();
                self.progress.print(|| self.terminal.print_text(&rows))?;
            }
        }
        self.printed.store(self.count, Ordering::Relaxed);
        Ok(())
    }

    /// Prints a note about sessions that are not in the table.
    fn note(&mut self, expected: Option<u64>) {
        self.progress.clear();
        let note = match expected {
            _ if self.count == 0 => "no sessions".to_owned(),
            Some(expected) if expected > self.count => {
                format!("{} of {expected} sessions; --all prints all of them", self.count)
            }
            _ => return,
        };
        write_stderr(&note, false);
    }
}
