//! `list`: prints many sessions.

use std::io::{self, IsTerminal as _};

use brightdata_sessions::Session;
use brightdata_sessions_ureq::Client;

use crate::args::ListArgs;
use crate::error::{CliError, ErrorContext, Resume};
use crate::listing::Listing;
use crate::output::progress::Progress;
use crate::output::sessions_csv::SessionsCsv;
use crate::output::table::Table;
use crate::terminal::{Terminal, write_stderr};

pub(crate) use self::archive::ArchiveArgs;

mod archive;
mod state;

/// The number of sessions per page, and of table rows that are aligned with each other.
const PAGE: u64 = 100;

/// Prints sessions as they are fetched, and returns the exit status. Stops when the output cannot
/// be written.
pub(crate) fn run(client: &Client, terminal: &Terminal<'_>, args: &ListArgs) -> Result<u8, CliError> {
    if args.archive.is_set() {
        return archive::run(client, terminal, args);
    }
    let list = |now| Ok(client.api().list(args.request(&args.added_dates(now)?)).take(args.max()));
    let mut listing = Listing::begin(client, terminal.json, args.adds_dates(), list)?;
    let added = args.added_dates(listing.now)?;
    let mut output = Output {
        terminal,
        format: Format::new(terminal, args.csv),
        progress: Progress::new(args.max() > PAGE),
        count: 0,
    };
    let error = loop {
        match listing.next() {
            Some(Ok(session)) => {
                let total = listing.flow().total();
                let expected = total.map(|total| total.saturating_sub(args.offset).min(args.max()));
                output.session(&session, expected)?;
            }
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    // Sessions before the error are printed. The error outranks a failure to print them.
    let finished = if error.is_some() && output.count == 0 { Ok(()) } else { output.finish() };
    if let Some(error) = error {
        output.progress.clear();
        let printed = output.count;
        let resume = (printed > 0).then(|| Resume::List {
            printed,
            offset: args.offset.saturating_add(printed),
            limit: (!args.all).then(|| args.max() - printed),
            start_date: added.start.map(|start| start.to_string()),
            end_date: added.end.map(|end| end.to_string()),
        });
        return Ok(terminal.report_incomplete(&error.into(), ErrorContext { session: None, resume }));
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
    /// The number of sessions printed so far.
    count: u64,
}

impl Output<'_> {
    fn session(&mut self, session: &Session, expected: Option<u64>) -> Result<(), CliError> {
        self.count += 1;
        match &mut self.format {
            Format::Json => self.progress.print(|| self.terminal.print_json(session))?,
            Format::Csv(csv) => csv.push(session),
            Format::Table(table) => table.push(session),
        }
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
            Format::Json => Ok(()),
            Format::Csv(csv) => self.progress.print(|| csv.print()),
            Format::Table(table) => {
                let rows = table.take();
                self.progress.print(|| self.terminal.print_text(&rows))
            }
        }
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
