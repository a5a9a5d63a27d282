//! Where the sessions of a report come from: files, or the service.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use brightdata_sessions::{ListSessions, Session};
use brightdata_sessions_triage::{InvalidPrice, Triage};
use brightdata_sessions_ureq::Client;

use super::args::{Against, TriageArgs};
use super::input::{self, Pages};
use super::periods::Periods;
use super::records::{Records, Spool};
use crate::error::{self, CliError};
use crate::listing::Listing;
use crate::output::progress::Progress;
use crate::terminal::Terminal;

/// Collects the sessions of the report and those that it is compared with: of the service, or
/// without a client those of files.
pub(super) fn sessions(
    client: Option<&Client>,
    terminal: &Terminal<'_>,
    args: &TriageArgs,
) -> Result<Periods, CliError> {
    let empty = empty(args)?;
    // Read the file first, because fetching the sessions can take minutes.
    let file = match &args.against {
        Some(Against::File(file)) => {
            Some(read(std::slice::from_ref(file), terminal, Periods::all(empty.clone()))?.triage)
        }
        _ => None,
    };
    let mut periods = match client {
        Some(client) => fetch_periods(client, terminal, args, empty)?,
        None => {
            // The sessions of a file may have been fetched at any time.
            let triage = args.as_of().into_iter().fold(empty.clone(), Triage::with_now);
            let periods = match args.bounds(args.as_of().unwrap_or_else(SystemTime::now)) {
                Some(bounds) => Periods::within(triage, empty, bounds),
                None => Periods::all(triage),
            };
            read(&args.inputs, terminal, periods)?
        }
    };
    periods.earlier = file.or(periods.earlier);
    if periods.undated() > 0 {
        let excluded = format!("sessions without a start are excluded by --since: {}", periods.undated());
        error::note(&excluded, terminal.json);
    }
    Ok(periods)
}

fn empty(args: &TriageArgs) -> Result<Triage, InvalidPrice> {
    let mut triage = Triage::new();
    if let Some(price) = args.price_per_gb {
        triage = triage.with_price_per_gb(price)?;
    }
    Ok(if args.full_urls { triage.with_full_urls() } else { triage })
}

/// Adds the last record of each session in the files to empty periods. The files are read again
/// only if a session occurs more than once.
fn read(paths: &[PathBuf], terminal: &Terminal<'_>, empty: Periods) -> Result<Periods, CliError> {
    let mut periods = empty.clone();
    let mut records = Records::new();
    let mut pages = Pages::default();
    let mut sources = Vec::new();
    for path in paths {
        let mut spool = Spool::new(path);
        let cut_off = input::read(path, &mut pages, |session| {
            records.push(&session.session_id);
            let mut session = terminal.without_key(session);
            // From the first duplicate on, these periods are not used.
            if records.duplicates() == 0 {
                periods.add(&session);
            }
            if let Some(spool) = &mut spool {
                spool.push(&mut session);
            }
        })?;
        if let Some(note) = cut_off.note(path) {
            error::note(&note, terminal.json);
        }
        sources.push((path, spool, records.count()));
    }
    for missing in pages.missing() {
        error::note(&missing.to_string(), terminal.json);
    }
    if records.duplicates() > 0 {
        periods = empty;
        let mut count = 0;
        for (path, spool, end) in sources {
            let add = |session: Session| {
                if records.is_last(count) {
                    periods.add(&terminal.without_key(session));
                }
                count += 1;
            };
            match spool {
                Some(spool) => input::read_again(spool.into_lines(), add)?,
                None => input::read(path, &mut Pages::default(), add).map(drop)?,
            }
            if count != end {
                let changed = io::Error::other("it changed while it was read");
                return Err(CliError::File(path.clone(), changed));
            }
        }
    }
    periods.triage.set_duplicates(records.duplicates(), records.unchecked());
    Ok(periods)
}

/// Fetches the sessions of both periods, by the same clock.
fn fetch_periods(
    client: &Client,
    terminal: &Terminal<'_>,
    args: &TriageArgs,
    empty: Triage,
) -> Result<Periods, CliError> {
    let max = args.limit.unwrap_or(u64::MAX);
    let list = |now| Ok(client.api().list(args.request(now)?).take(max));
    let listing = Listing::begin(client, terminal.json, args.has_dates(), list)?;
    let bounds = args.bounds(listing.now);
    let mut triage = empty.clone().with_now(listing.now);
    fetch(listing, terminal, max, |session| triage.add(session)).map(|total| triage.set_reported(total))?;
    let mut periods = Periods::all(triage);
    if let Some((start, Some(earlier_start))) = bounds.map(|bounds| (bounds.start, bounds.earlier_start)) {
        let request: ListSessions = args.earlier_request(earlier_start, start)?;
        let list = |_| Ok(client.api().list(request.clone()));
        let listing = Listing::begin(client, terminal.json, false, list)?;
        let mut earlier = empty;
        let mut later = 0_u64;
        let total = fetch(listing, terminal, u64::MAX, |session| {
            // The service may include the end, which is the start of the report's period.
            let time = session.timestamp.as_ref().and_then(|start| start.to_system_time());
            if time.is_some_and(|time| time >= start) { later += 1 } else { earlier.add(session) }
        })?;
        earlier.set_reported(total.map(|total| total.saturating_sub(later)));
        periods.earlier = Some(earlier);
    }
    Ok(periods)
}

/// Passes the sessions of a list to `add`, and returns the number that the service reported, up to
/// the maximum.
fn fetch(
    mut listing: Listing,
    terminal: &Terminal<'_>,
    max: u64,
    mut add: impl FnMut(&Session),
) -> Result<Option<u64>, CliError> {
    let progress = Progress::new(true);
    let mut count = 0;
    while let Some(session) = listing.next() {
        add(&terminal.without_key(session?));
        count += 1;
        if let Some(total) = listing.flow().total().filter(|_| count % 100 == 0) {
            progress.show(count, total.min(max));
        }
    }
    drop(progress);
    listing.note_missing(terminal.json);
    Ok(listing.flow().total().map(|total| total.min(max)))
}
