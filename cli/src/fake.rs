//! `fake`: serves a fake of the API on this machine, for tests of clients in any language.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use brightdata_sessions_testkit::{FakeApi, RateLimit, Replay, RetryAfter, generate};
use serde_json::json;

use self::limits::Shares;
use crate::args::Rate;
use crate::error::CliError;
use crate::period::short;
use crate::terminal;

mod growth;
mod limits;

pub(crate) const HELP: &str = "\
Prints the base URL once it listens, and serves requests until interrupted. Any key is accepted. The same --seed and
--sessions give the same sessions; the first six are those of `--demo`.

A fault of --faults is one of these. The same --seed gives the same faults.
  reset      resets the connection after a part of the response
  truncate   closes the connection after a part of the response
  drip       sends the response one byte at a time, 100 per second
  silence    sends nothing for a minute, and closes the connection
  status503  sends this status, and an HTML page

Examples:
  brd-sessions fake --port 8080
  brd-sessions fake --limit 100/60s --block --latency 150ms
  brd-sessions fake --faults reset=0.02,drip=0.01,truncate=0.01,status503=0.05
  brd-sessions fake --sessions 0 --grow 5/s
  brd-sessions fake --replay capture.jsonl
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

    /// The seed for generating the sessions and faults
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,

    /// Serve the responses of a capture instead of sessions; requests are matched by their path and
    /// query
    #[arg(long, value_name = "FILE", conflicts_with_all = ["grow", "limit", "faults"])]
    replay: Option<PathBuf>,

    /// Start new sessions at this rate, such as 5/s or 100/m; they end later
    #[arg(long, value_name = "N/UNIT")]
    grow: Option<Rate>,

    /// Refuse requests over a limit with status 429: 100/60s in any minute, fixed:100/60s in each
    /// minute, bucket:100/60s:20 with a burst of 20, or concurrent:8 at the same time
    #[arg(long, value_name = "LIMIT", value_parser = limits::limit)]
    limit: Option<RateLimit>,

    /// The Retry-After of these responses: exact, none, half (too short), date, or a number of
    /// seconds
    #[arg(long, value_name = "KIND", requires = "limit", default_value = "exact", value_parser = limits::retry_after)]
    retry_after: RetryAfter,

    /// Refuse all requests with status 403 after 25 responses of 429 within five minutes
    #[arg(long, requires = "limit")]
    block: bool,

    /// The time that each response takes, such as 150ms
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = short)]
    latency: Duration,

    /// Faults, each with a share of the requests: reset, truncate, drip, silence, status503 and so
    /// on
    #[arg(long, value_name = "NAME=SHARE,...", value_parser = limits::shares)]
    faults: Option<Shares>,
}

/// Serves the fake. Returns only if it cannot start.
pub(crate) fn run(args: &FakeArgs, json: bool) -> Result<u8, CliError> {
    let sessions = generate(args.seed, args.sessions as usize);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let fake = FakeApi::bind(address, sessions)
        .map_err(|error| CliError::Demo(io::Error::new(error.kind(), format!("{address}: {error}"))))?;
    fake.set_latency(args.latency);
    if let Some(limit) = args.limit {
        fake.limit_rate(limit.with_retry_after(args.retry_after));
        fake.set_block(args.block);
    }
    if let Some(shares) = &args.faults {
        fake.set_faults(shares.with_seed(args.seed));
    }
    if let Some(path) = &args.replay {
        let replay = fs::read_to_string(path).and_then(|lines| Replay::parse(&lines));
        fake.replay(replay.map_err(|error| CliError::File(path.clone(), error))?);
    }
    let base_url = fake.base_url().to_string();
    let line = if json { json!({ "base_url": base_url }).to_string() } else { base_url };
    terminal::print(&format!("{line}\n"))?;
    if let Some(rate) = args.grow {
        growth::grow(&fake, args.seed, args.sessions, rate)?;
    }
    loop {
        thread::park();
    }
}
