//! `brd-sessions`: Bright Data browser sessions at the terminal.

use std::ffi::OsString;
use std::process::ExitCode;

use brightdata_sessions::{Api, ApiKey, RetryPolicy};
use brightdata_sessions_ureq::Client;

use self::args::{Args, Command, Wanted};
use self::error::{CliError, ErrorContext};
use self::terminal::Terminal;

mod args;
mod demo;
mod error;
mod fake;
mod get;
mod help;
mod input;
mod list;
mod listing;
mod output;
mod terminal;
mod triage;
mod watch;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    // A usage error has to respect it before the arguments are understood.
    let json = words.iter().any(|word| word == "--json");
    let ended = Args::from_words(words).and_then(|args| run(&args));
    ExitCode::from(ended.unwrap_or_else(|problem| problem.report(json)))
}

/// Returns the exit status.
fn run(args: &Args) -> Result<u8, CliError> {
    match &args.command {
        Command::Get { ids } => ask(args, |client, terminal| {
            let demo = [Wanted::Id(demo::finished()?)];
            get::run(client, terminal, if ids.is_empty() { &demo } else { ids })
        }),
        Command::List(list) => {
            ask(args, |client, terminal| list::run(client, terminal, list)).or_else(|problem| match problem {
                CliError::Output(_) => Err(problem),
                // Nothing is listed, and a reader of the list must not take that for an empty one.
                _ => Ok(Terminal::new(None, args.json).report_incomplete(&problem, ErrorContext::default())),
            })
        }
        Command::Watch { id, deadline } => ask(args, |client, terminal| {
            let id = id.clone().map_or_else(demo::running, Ok)?;
            watch::run(client, terminal, &id, *deadline)
        }),
        Command::Triage(triage) if triage.input.is_some() => {
            let key = args::api_key().ok();
            triage::run(None, &Terminal::new(key.as_ref(), args.json), triage).map(|()| 0)
        }
        Command::Triage(triage) => {
            ask(args, |client, terminal| triage::run(Some(client), terminal, triage).map(|()| 0))
        }
        Command::Fake(fake) => fake::run(fake, args.json),
        Command::Completions { shell } => help::completions(*shell).map(|()| 0),
        Command::Man { command } => help::man(command.as_deref()).map(|()| 0),
    }
}

/// Runs a command with a client for the service, or for the demo's fake.
fn ask(
    args: &Args,
    command: impl FnOnce(&Client, &Terminal<'_>) -> Result<u8, CliError>,
) -> Result<u8, CliError> {
    // The fake stops when it is dropped, so it has to outlive the requests.
    let fake = if args.demo { Some(demo::start(&args.command)?) } else { None };
    let api = match &fake {
        // A fake never gets a real key.
        Some(fake) => Api::new(ApiKey::new("demo-key")?).with_base_url(fake.base_url()),
        None => Api::new(args::api_key()?).with_base_url(args.base_url.clone().unwrap_or_default()),
    };
    let retry = RetryPolicy::default().with_retries(args.retries);
    let retry = args.retry_max_time.into_iter().fold(retry, RetryPolicy::with_time_limit);
    let client = Client::with_api(api.with_retry(retry)).with_timeout(args.timeout);
    let terminal = Terminal::new(client.api().key(), args.json);
    command(&client, &terminal)
}
