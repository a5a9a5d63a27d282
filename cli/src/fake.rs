//! `fake`: serves a fake of the API on this machine, for tests of clients in any language.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use brightdata_sessions_testkit::{FakeApi, generate};
use serde_json::json;

use crate::error::CliError;
use crate::terminal;

pub(crate) const HELP: &str = "\
Prints the base URL once it listens, and serves requests until interrupted. Any key is accepted. The same --seed and
--sessions give the same sessions; the first six are those of `--demo`.

Examples:
  brd-sessions fake --port 8080
  curl -H 'authorization: Bearer any-key' 'http://127.0.0.1:8080/browser_sessions?limit=1'
  BRIGHTDATA_API_KEY=any-key brd-sessions --base-url http://127.0.0.1:8080 list";

/// The arguments of `fake`.
#[derive(Debug, clap::Args)]
pub(crate) struct FakeArgs {
    /// The port on 127.0.0.1; 0 selects a free port
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,

    /// The number of sessions
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    sessions: u32,

    /// The seed for generating the sessions
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Serves the fake. Returns only if it cannot start.
pub(crate) fn run(args: &FakeArgs, json: bool) -> Result<u8, CliError> {
    let sessions = generate(args.seed, args.sessions as usize);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let fake = FakeApi::bind(address, sessions)
        .map_err(|error| CliError::Demo(io::Error::new(error.kind(), format!("{address}: {error}"))))?;
    let base_url = fake.base_url().to_string();
    let line = if json { json!({ "base_url": base_url }).to_string() } else { base_url };
    terminal::print(&format!("{line}\n"))?;
    loop {
        thread::park();
    }
}
