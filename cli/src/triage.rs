//! `triage`: reports why sessions failed and what they cost.

use brightdata_sessions::Escaped;
use brightdata_sessions_triage::{Gate, GateVerdict, Report};
use brightdata_sessions_ureq::Client;

use crate::error::{self, CliError, ErrorContext};
use crate::file;
use crate::output::style;
use crate::terminal::Terminal;
use crate::userinfo::file_name;

pub(crate) use self::args::{HELP, TriageArgs};

mod args;
mod csv;
mod html;
mod input;
mod periods;
mod records;
mod source;

/// Reports on the sessions of the service, or without a client on those of files. Returns the exit
/// status.
pub(crate) fn run(
    client: Option<&Client>,
    terminal: &Terminal<'_>,
    args: &TriageArgs,
) -> Result<u8, CliError> {
    if let Some(path) = args.html_file() {
        // Check first, because fetching the sessions can take minutes.
        file::check(path, args.files())?;
    }
    let report = source::sessions(client, terminal, args)?.report();
    let printed = print(&report, terminal, args);
    // A reader that stops early does not change what the report exceeds.
    let status = check(&args.fail_on, &report, terminal);
    match printed {
        Ok(()) => Ok(status),
        Err(error) if status == 0 => Err(error),
        Err(error) => {
            terminal.report(&error, ErrorContext::default());
            Ok(status)
        }
    }
}

fn print(report: &Report, terminal: &Terminal<'_>, args: &TriageArgs) -> Result<(), CliError> {
    let page = || html::page(report, &|text| terminal.clean(text));
    if args.html_to_stdout() {
        return terminal.print_text(&page());
    }
    let file = args.html_file();
    if let Some(path) = file {
        file::write(path, &page())?;
    }
    if terminal.json {
        return terminal.print_json(report);
    }
    if args.csv {
        return csv::print(report, terminal);
    }
    terminal.print_text(&match file {
        // The page has the rest.
        Some(path) => {
            let summary = style::paint(style::BOLD, &Escaped(&report.summary).to_string());
            let comparison = report.comparison.as_ref();
            let comparison = comparison.map(|comparison| format!("{}\n", Escaped(&comparison.summary)));
            let notes = report.notes().into_iter().map(|note| note + "\n").collect::<String>();
            format!(
                "{summary}\n{}{notes}\npage written to {}\n",
                comparison.unwrap_or_default(),
                file_name(path)
            )
        }
        None => report.page(&style::Colors).to_string(),
    })
}

/// Reports each condition that the report exceeds, and returns the exit status. A condition that
/// cannot be checked is a note.
fn check(gates: &[Gate], report: &Report, terminal: &Terminal<'_>) -> u8 {
    let mut status = 0;
    for gate in gates {
        let outcome = gate.check(report);
        match outcome.verdict {
            GateVerdict::Passed => {}
            GateVerdict::Exceeded => {
                status = terminal.report(&CliError::Gate(outcome.reason), ErrorContext::default());
            }
            _ => error::note(&outcome.reason, terminal.json),
        }
    }
    status
}
