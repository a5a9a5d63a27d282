//! `brd-sessions`: what became of a Bright Data browser session, at the terminal.

use std::ffi::OsString;
use std::process::ExitCode;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use brightdata_sessions_ureq::Client;
use brightdata_sessions_ureq::core::{Api, ApiKey, RetryPolicy, SessionId};

use self::args::{Args, Command};
use self::problem::Problem;
use self::terminal::Terminal;

mod args;
mod problem;
mod show;
mod terminal;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    // A usage error has to respect it before the arguments are understood.
    let json = words.iter().any(|word| word == "--json");
    match Args::from_words(words).and_then(|args| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report(json),
    }
}

fn run(args: &Args) -> Result<(), Problem> {
    // It stops when it is dropped, so it has to outlive the request.
    let fake = if args.demo { Some(FakeApi::start().map_err(Problem::Demo)?) } else { None };
    let api = match &fake {
        // A real key has no business with a fake.
        Some(fake) => Api::new(ApiKey::new("demo-key")?).with_base_url(fake.base_url()),
        None => Api::new(args::api_key()?).with_base_url(args.base_url.clone().unwrap_or_default()),
    };
    let api = api.with_retry(RetryPolicy::default().with_retries(args.retries));
    let client = Client::with_api(api).with_timeout(args.timeout);
    let terminal = Terminal::new(client.api().key());
    match &args.command {
        Command::Get { id } => {
            let id = id.clone().map_or_else(|| SessionId::new(DEMO_SESSION_ID), Ok)?;
            let session = client.get(&id)?;
            if args.json {
                terminal.print_json(&session)
            } else {
                terminal.print_text(&show::session(&session))
            }
        }
    }
}
