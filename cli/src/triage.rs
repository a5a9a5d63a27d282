//! `triage`: why many sessions failed, and what they cost.

use std::time::SystemTime;

use brightdata_sessions::triage::Triage;
use brightdata_sessions::{InvalidInput, Session};
use brightdata_sessions_ureq::Client;

use crate::problem::{self, Problem};
use crate::progress::Progress;
use crate::terminal::Terminal;

pub(crate) use self::args::{HELP, TriageArgs};

mod args;
mod file;
mod html;
mod input;
mod paint;

/// Reads all sessions, of a file or else of the service, and reports on them. A file needs no client.
pub(crate) fn run(
    client: Option<&Client>,
    terminal: &Terminal<'_>,
    args: &TriageArgs,
) -> Result<(), Problem> {
    if let Some(path) = &args.html {
        // Before the sessions are fetched, which can take minutes.
        file::check(path, args.input.as_deref())?;
    }
    let mut triage = empty(args)?;
    if let Some(path) = &args.input {
        if input::read(path, |session| triage.add(&terminal.without_key(session)))? {
            problem::note(
                "the last page in the input is not the last of its list: sessions are missing",
                terminal.json,
            );
        }
    } else if let Some(client) = client {
        let reported = ask(client, args, |session| triage.add(&terminal.without_key(session)))?;
        triage.set_reported(reported);
    }
    let report = triage.report();
    if let Some(path) = &args.html {
        file::write(path, &html::page(&report, terminal))?;
    }
    if terminal.json {
        return terminal.print_json(&report);
    }
    let page = report.to_string();
    let text = match &args.html {
        // All else is in the page.
        Some(path) => {
            let lines = page.lines().take(1).map(str::to_owned).chain(report.notes());
            let lines = lines.collect::<Vec<_>>().join("\n");
            format!("{lines}\n\nthe page is in {}\n", terminal.clean(&path.display().to_string()))
        }
        None => page,
    };
    terminal.print_text(&paint::page(&text, terminal.style))
}

fn empty(args: &TriageArgs) -> Result<Triage, InvalidInput> {
    let mut triage = Triage::new();
    // The sessions of a file may have been read at any time.
    let now = if args.input.is_some() { args.as_of() } else { Some(SystemTime::now()) };
    if let Some(now) = now {
        triage = triage.with_now(now);
    }
    if let Some(price) = args.price_per_gb {
        triage = triage.with_price_per_gb(price)?;
    }
    Ok(if args.full_urls { triage.with_full_urls() } else { triage })
}

/// Passes each session of the service to `add`. Returns how many the service reported, up to the limit that was asked for.
fn ask(client: &Client, args: &TriageArgs, mut add: impl FnMut(Session)) -> Result<Option<u64>, Problem> {
    let most = args.limit.unwrap_or(u64::MAX);
    let request = args.request(SystemTime::now())?;
    let mut walk = client.drive(client.api().list(request).at_most(most));
    let mut progress = Progress::new(true);
    let mut count = 0;
    while let Some(session) = walk.next() {
        add(session?);
        count += 1;
        if let Some(total) = walk.flow().total().filter(|_| count % 100 == 0) {
            progress.show(count, total.min(most));
        }
    }
    Ok(walk.flow().total().map(|total| total.min(most)))
}
