//! `triage`: reports why sessions failed and what they cost.

use std::io;
use std::path::PathBuf;

use brightdata_sessions::{Escaped, Session};
use brightdata_sessions_triage::{InvalidPrice, Triage};
use brightdata_sessions_ureq::Client;

use crate::args::file_name;
use crate::error::{self, CliError};
use crate::listing::Listing;
use crate::output::progress::Progress;
use crate::output::style;
use crate::terminal::Terminal;

pub(crate) use self::args::{HELP, TriageArgs};
use self::input::Pages;
use self::records::{Records, Spool};

mod args;
mod file;
mod html;
mod input;
mod records;

/// Reports on the sessions of the service, or without a client on those of files.
pub(crate) fn run(
    client: Option<&Client>,
    terminal: &Terminal<'_>,
    args: &TriageArgs,
) -> Result<(), CliError> {
    let file = args.html.as_deref().filter(|_| !args.html_to_stdout());
    if let Some(path) = file {
        // Check first, because fetching the sessions can take minutes.
        file::check(path, &args.inputs)?;
    }
    let mut triage = empty(args)?;
    if let Some(client) = client {
        triage = fetch(client, terminal, args, triage)?;
    } else {
        // The sessions of a file may have been fetched at any time.
        if let Some(now) = args.as_of() {
            triage = triage.with_now(now);
        }
        triage = read(&args.inputs, terminal, triage)?;
    }
    let report = triage.report();
    if args.html_to_stdout() {
        return terminal.print_text(&html::page(&report, terminal));
    }
    if let Some(path) = file {
        file::write(path, &html::page(&report, terminal))?;
    }
    if terminal.json {
        return terminal.print_json(&report);
    }
    terminal.print_text(&match file {
        // The page has the rest.
        Some(path) => {
            let summary = style::paint(style::BOLD, &Escaped(&report.summary).to_string());
            let notes = report.notes().into_iter().map(|note| note + "\n").collect::<String>();
            format!("{summary}\n{notes}\npage written to {}\n", file_name(path))
        }
        None => report.page(&style::Colors).to_string(),
    })
}

fn empty(args: &TriageArgs) -> Result<Triage, InvalidPrice> {
    let mut triage = Triage::new();
    if let Some(price) = args.price_per_gb {
        triage = triage.with_price_per_gb(price)?;
    }
    Ok(if args.full_urls { triage.with_full_urls() } else { triage })
}

/// Adds the last record of each session in the files to an empty triage. The files are read again
/// only if a session occurs more than once.
fn read(paths: &[PathBuf], terminal: &Terminal<'_>, empty: Triage) -> Result<Triage, CliError> {
    let mut triage = empty.clone();
    let mut records = Records::new();
    let mut pages = Pages::default();
    let mut sources = Vec::new();
    for path in paths {
        let mut spool = Spool::new(path);
        input::read(path, &mut pages, |session| {
            records.push(&session.session_id);
            let mut session = terminal.without_key(session);
            // From the first duplicate on, this triage is not used.
            if records.duplicates() == 0 {
                triage.add(&session);
            }
            if let Some(spool) = &mut spool {
                spool.push(&mut session);
            }
        })?;
        sources.push((path, spool, records.count()));
    }
    for missing in pages.missing() {
        error::note(&missing.to_string(), terminal.json);
    }
    if records.duplicates() > 0 {
        triage = empty;
        let mut count = 0;
        for (path, spool, end) in sources {
            let add = |session: Session| {
                if records.is_last(count) {
                    triage.add(&terminal.without_key(session));
                }
                count += 1;
            };
            match spool {
                Some(spool) => input::read_again(spool.into_lines(), add)?,
                None => input::read(path, &mut Pages::default(), add)?,
            }
            if count != end {
                let changed = io::Error::other("it changed while it was read");
                return Err(CliError::File(path.clone(), changed));
            }
        }
    }
    triage.set_duplicates(records.duplicates(), records.unchecked());
    Ok(triage)
}

/// Adds the sessions of the service to an empty triage, and the number that the service reported,
/// up to the limit.
fn fetch(
    client: &Client,
    terminal: &Terminal<'_>,
    args: &TriageArgs,
    empty: Triage,
) -> Result<Triage, CliError> {
    let max = args.limit.unwrap_or(u64::MAX);
    let list = |now| Ok(client.api().list(args.request(now)?).take(max));
    let mut listing = Listing::begin(client, terminal.json, args.has_dates(), list)?;
    let mut triage = empty.with_now(listing.now);
    let progress = Progress::new(true);
    let mut count = 0;
    while let Some(session) = listing.next() {
        triage.add(&terminal.without_key(session?));
        count += 1;
        if let Some(total) = listing.flow().total().filter(|_| count % 100 == 0) {
            progress.show(count, total.min(max));
        }
    }
    drop(progress);
    listing.note_missing(terminal.json);
    triage.set_reported(listing.flow().total().map(|total| total.min(max)));
    Ok(triage)
}
