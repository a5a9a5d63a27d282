//! `brd-sessions`: a terminal program for Bright Data's Browser Sessions API.

use std::ffi::OsString;
use std::process::ExitCode;

use self::args::{Args, Command, IdSource};
use self::connect::with_client;
use self::error::{CliError, ErrorContext};
use self::terminal::Terminal;

mod args;
mod capture;
mod certificates;
mod conform;
mod connect;
mod demo;
mod doctor;
mod dry_run;
mod error;
mod fake;
mod file;
mod get;
mod help;
mod input;
mod interrupt;
mod key;
mod list;
mod listing;
mod lock;
mod output;
mod period;
mod shared_guard;
mod terminal;
mod triage;
mod userinfo;
mod watch;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    // A usage error must respect `--json` before the arguments are parsed.
    let json = words.iter().any(|word| word == "--json");
    let outcome = Args::from_words(words).and_then(|args| run(&args));
    ExitCode::from(outcome.unwrap_or_else(|error| error.report(json)))
}

/// Runs the command, and returns the exit status.
fn run(args: &Args) -> Result<u8, CliError> {
    if let Some(form) = args.common.dry_run_form() {
        return dry_run::run(args, form);
    }
    match &args.command {
        Command::Get(get) => with_client(args, |client, terminal| {
            let demo = [IdSource::Id(demo::finished()?)];
            let ids = if get.ids.is_empty() { &demo } else { get.ids.as_slice() };
            get::run(client, terminal, ids, usize::from(get.jobs), get.csv)
        }),
        Command::List(list) => {
            let is_demo = args.common.demo;
            with_client(args, |client, terminal| list::run(client, terminal, list, is_demo)).or_else(
                |error| {
                    match error {
                        // The next run continues, so an archive must hold no errors.
                        _ if list.archive.has_state() => Err(error),
                        CliError::Output(_) => Err(error),
                        // Nothing was listed. A program that reads the list must not mistake this for
                        // an empty one.
                        _ => Ok(Terminal::new(None, args.common.json)
                            .report_incomplete(&error, ErrorContext::default())),
                    }
                },
            )
        }
        Command::Watch(watch) => with_client(args, |client, terminal| {
            let id = watch.id.clone().map_or_else(demo::running, Ok)?;
            watch::run(client, terminal, &id, watch.deadline)
        }),
        Command::Triage(triage) if !triage.inputs.is_empty() => {
            let key = key::to_redact();
            triage::run(None, &Terminal::new(key.as_ref(), args.common.json), triage)
        }
        Command::Triage(triage) => {
            with_client(args, |client, terminal| triage::run(Some(client), terminal, triage))
        }
        Command::Doctor => doctor::run(args),
        Command::Conform(conform) => conform::run(conform),
        Command::Fake(fake) => fake::run(fake, args.common.json),
        Command::Completions { shell } => help::completions(*shell).map(|()| 0),
        Command::Man { command } => help::man(command.as_deref()).map(|()| 0),
    }
}
