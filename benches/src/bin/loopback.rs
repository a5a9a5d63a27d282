//! Prints the cost of a call with an adapter, compared with the same GET, read and parse with the
//! bare HTTP client, as a Markdown table, at several levels of concurrency. Fails if a target is
//! missed.
//!
//! `loopback calls ureq ours 1000 URL` only makes calls, for a profiler. `loopback walk` lists all
//! sessions of the fake instead.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use brightdata_sessions::ListSessions;
use brightdata_sessions_benches::calls::{CLIENTS, Result, api, bare, ours};
use brightdata_sessions_benches::loopback::{Core, Server, run_on, serve};
use brightdata_sessions_benches::targets::Targets;
use brightdata_sessions_testkit::peak_memory;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

const PAIRS: usize = 11;
/// The number of requests per round. It is large enough that the end of a round, when the last
/// waiting callers sleep for a few milliseconds, does not affect the result.
const ROUND: usize = 51_200;

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["server", args @ ..] => serve(args)?,
        ["walk"] => walks()?,
        ["walk", client, url] => walk(client, url)?,
        [] => return calls(),
        ["calls", client, side, calls, url] => {
            let client = if *side == "ours" { ours(client, url)? } else { bare(client, url)? };
            client(1, calls.parse()?);
        }
        _ => return Err("usage: loopback [walk]".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn calls() -> Result<ExitCode> {
    let mut targets = Targets::default();
    run_on(Core::First)?;
    println!(
        "| server | HTTP client | concurrency | bare concurrency | requests/s | bare requests/s | ratio | CPU ratio |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for args in [&["same"][..], &["fake", "6"]] {
        let server = Server::start(args)?;
        for client in CLIENTS {
            let (ours, bare) = (ours(client, &server.url)?, bare(client, &server.url)?);
            for (concurrency, bare_concurrency) in [(1, 1), (20, 20), (64, 64), (64, 20)] {
                let comparison = compare(|| ours(concurrency, ROUND), || bare(bare_concurrency, ROUND));
                println!(
                    "| {} | {client} | {concurrency} | {bare_concurrency} | {:.0} | {:.0} | {:.3} | {:.3} |",
                    args[0], comparison.rate, comparison.bare_rate, comparison.ratio, comparison.cpu_ratio
                );
                if concurrency == bare_concurrency {
                    let case = format!("{client}, {}, concurrency {concurrency}", args[0]);
                    targets.check(
                        &format!("{case}: bare rate, compared with ours"),
                        1.0 / comparison.ratio,
                        1.0 / 0.97,
                    );
                    targets.check(
                        &format!("{case}: CPU time, compared with bare"),
                        comparison.cpu_ratio,
                        1.05,
                    );
                }
            }
        }
    }
    println!();
    Ok(targets.report())
}

/// The result of [`compare`].
struct Comparison {
    /// The best rate, in calls per second.
    rate: f64,
    bare_rate: f64,
    /// The median ratios, ours to bare.
    ratio: f64,
    cpu_ratio: f64,
}

fn compare(ours: impl Fn(), bare: impl Fn()) -> Comparison {
    let mut ratios = Vec::new();
    let mut cpu_ratios = Vec::new();
    let (mut min_ours, mut min_bare) = (f64::MAX, f64::MAX);
    for pair in 0..PAIRS + 1 {
        let (a, b) = if pair % 2 == 0 {
            let a = Cost::of(&ours);
            (a, Cost::of(&bare))
        } else {
            let b = Cost::of(&bare);
            (Cost::of(&ours), b)
        };
        // The first pair opens the connections.
        if pair > 0 {
            ratios.push(b.time / a.time);
            cpu_ratios.push(a.cpu / b.cpu);
            min_ours = min_ours.min(a.time);
            min_bare = min_bare.min(b.time);
        }
    }
    let rate = |time: f64| ROUND as f64 / time;
    Comparison {
        rate: rate(min_ours),
        bare_rate: rate(min_bare),
        ratio: median(ratios),
        cpu_ratio: median(cpu_ratios),
    }
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Wall-clock time and CPU time, in seconds.
struct Cost {
    time: f64,
    cpu: f64,
}

impl Cost {
    fn of(work: impl FnOnce()) -> Self {
        let (start, cpu) = (Instant::now(), cpu());
        work();
        Self { time: start.elapsed().as_secs_f64(), cpu: self::cpu() - cpu }
    }
}

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_secs_f64()
}

/// Lists in a separate process each time, because peak memory is measured per process.
fn walks() -> Result<()> {
    println!(
        "| HTTP client | sessions | pages | sessions/s | client CPU time | client peak memory |\n|---|--:|--:|--:|--:|--:|"
    );
    for sessions in ["1000", "70000", "100000"] {
        let server = Server::start(&["fake", sessions])?;
        for client in CLIENTS {
            Command::new(std::env::current_exe()?).args(["walk", client, &server.url]).status()?;
        }
    }
    Ok(())
}

fn walk(client_name: &str, url: &str) -> Result<()> {
    let request = ListSessions::new().limit(100);
    let mut sessions = 0_u32;
    let start = Instant::now();
    let cost = match client_name {
        "ureq" => {
            let client = brightdata_sessions_ureq::Client::builder(api(url)?).build()?;
            let start = cpu();
            for session in client.list(request) {
                session?;
                sessions += 1;
            }
            cpu() - start
        }
        _ => {
            let client = brightdata_sessions_reqwest::Client::builder(api(url)?).build()?;
            let start = cpu();
            Runtime::new()?.block_on(async {
                let mut list = client.list(request);
                while let Some(session) = list.next().await {
                    session?;
                    sessions += 1;
                }
                Ok::<(), brightdata_sessions::Error>(())
            })?;
            cpu() - start
        }
    };
    println!(
        "| {client_name} | {sessions} | {} | {:.0} | {cost:.2} s | {} KiB |",
        sessions.div_ceil(100),
        f64::from(sessions) / start.elapsed().as_secs_f64(),
        peak_memory().map_or("?".to_owned(), |bytes| (bytes >> 10).to_string()),
    );
    Ok(())
}
