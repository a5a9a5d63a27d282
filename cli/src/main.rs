//! `brd-sessions`: a terminal program for Bright Data's Browser Sessions API.

use std::ffi::OsString;
use std::process::ExitCode;

use brightdata_sessions::{Api, ApiKey, RetryPolicy};
use brightdata_sessions_ureq::Client;

use self::args::{Args, Command, IdSource, Rate};
use self::error::{CliError, ErrorContext};
use self::output::waits::Waits;
use self::shared_guard::SharedGuard;
use self::terminal::Terminal;

mod args;
mod demo;
mod error;
mod fake;
mod file;
mod get;
mod help;
mod input;
mod list;
mod listing;
mod output;
mod period;
mod shared_guard;
mod terminal;
mod triage;
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
    match &args.command {
        Command::Get { ids, jobs, csv } => with_client(args, |client, terminal| {
            let demo = [IdSource::Id(demo::finished()?)];
            let ids = if ids.is_empty() { &demo } else { ids.as_slice() };
            get::run(client, terminal, ids, usize::from(*jobs), *csv)
        }),
        Command::List(list) => {
            with_client(args, |client, terminal| list::run(client, terminal, list)).or_else(|error| {
                match error {
                    // The next run continues, so an archive must hold no errors.
                    _ if list.archive.has_state() => Err(error),
                    CliError::Output(_) => Err(error),
                    // Nothing was listed. A program that reads the list must not mistake this for
                    // an empty one.
                    _ => {
                        Ok(Terminal::new(None, args.json).report_incomplete(&error, ErrorContext::default()))
                    }
                }
            })
        }
        Command::Watch { id, deadline } => with_client(args, |client, terminal| {
            let id = id.clone().map_or_else(demo::running, Ok)?;
            watch::run(client, terminal, &id, *deadline)
        }),
        Command::Triage(triage) if !triage.inputs.is_empty() => {
            let key = args::api_key().ok();
            triage::run(None, &Terminal::new(key.as_ref(), args.json), triage)
        }
        Command::Triage(triage) => {
            with_client(args, |client, terminal| triage::run(Some(client), terminal, triage))
        }
        Command::Fake(fake) => fake::run(fake, args.json),
        Command::Completions { shell } => help::completions(*shell).map(|()| 0),
        Command::Man { command } => help::man(command.as_deref()).map(|()| 0),
    }
}

/// Runs a command with a client of the service, or of the fake with `--demo`.
fn with_client(
    args: &Args,
    command: impl FnOnce(&Client, &Terminal<'_>) -> Result<u8, CliError>,
) -> Result<u8, CliError> {
    // Dropping the fake stops it, so it must outlive the requests.
    let fake = if args.demo { Some(demo::start(&args.command)?) } else { None };
    let api = match &fake {
        // The fake never receives a real key.
        Some(fake) => Api::new(ApiKey::new("demo-key")?).with_base_url(fake.base_url()),
        None => Api::new(args::api_key()?).with_base_url(args.base_url.clone().unwrap_or_default()),
    };
    let retry = RetryPolicy::default().with_retries(args.retries);
    let retry = args.retry_max_time.into_iter().fold(retry, RetryPolicy::with_time_limit);
    let mut api = api.with_retry(retry);
    if let Some(Rate { requests, per }) = args.rate {
        api = api.with_rate(requests, per)?;
    }
    // The limit of a fake is not that of the service.
    let is_shared = !args.demo && !args.no_shared_guard;
    let shared = is_shared.then(|| SharedGuard::new(&api)).flatten();
    let waits = Waits::new(args.json, args.verbose);
    let mut builder = Client::builder(api).timeout(args.timeout).observe(move |event| waits.on_event(event));
    if let Some(shared) = shared {
        builder = builder.around_steps(move |step| shared.around(step));
    }
    let client = builder.build()?;
    let terminal = Terminal::new(client.api().key(), args.json);
    command(&client, &terminal)
}
