//! Prints what a call over an adapter costs beside the same GET, read and parse on its bare stack, as a table in Markdown:
//! one after the other, and many at once. Fails where a target is missed. `loopback calls ureq ours 1000 URL` makes calls only,
//! for a profiler; `loopback walk` walks all sessions of the fake instead.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use brightdata_sessions::ListSessions;
use brightdata_sessions_benches::calls::{Result, STACKS, api, bare, ours};
use brightdata_sessions_benches::loopback::{Core, Server, run_on, serve};
use brightdata_sessions_benches::targets::Targets;
use brightdata_sessions_testkit::peak_memory;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

const PAIRS: usize = 11;
/// How many requests a turn has: so many that its end, where the last who wait for a place sleep for some milliseconds more, does
/// not count.
const TURN: usize = 51_200;

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["server", words @ ..] => serve(words)?,
        ["walk"] => walks()?,
        ["walk", stack, url] => walk(stack, url)?,
        [] => return calls(),
        ["calls", stack, side, calls, url] => {
            let client = if *side == "ours" { ours(stack, url)? } else { bare(stack, url)? };
            client(1, calls.parse()?);
        }
        _ => return Err("usage: loopback [walk]".into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn calls() -> Result<ExitCode> {
    let mut targets = Targets::default();
    run_on(Core::First)?;
    println!("| server | stack | at once | bare | requests/s | bare | ratio | CPU ratio |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for words in [&["same"][..], &["fake", "6"]] {
        let server = Server::start(words)?;
        for stack in STACKS {
            let (ours, bare) = (ours(stack, &server.url)?, bare(stack, &server.url)?);
            for (at_once, bare_at_once) in [(1, 1), (20, 20), (64, 64), (64, 20)] {
                let found = compare(|| ours(at_once, TURN), || bare(bare_at_once, TURN));
                println!(
                    "| {} | {stack} | {at_once} | {bare_at_once} | {:.0} | {:.0} | {:.3} | {:.3} |",
                    words[0], found.rate, found.bare_rate, found.ratio, found.cpu_ratio
                );
                if at_once == bare_at_once {
                    let case = format!("{stack}, {}, {at_once} at once", words[0]);
                    targets.check(
                        &format!("{case}: rate of the bare stack to ours"),
                        1.0 / found.ratio,
                        1.0 / 0.97,
                    );
                    targets.check(&format!("{case}: CPU to that of the bare stack"), found.cpu_ratio, 1.05);
                }
            }
        }
    }
    println!();
    Ok(targets.tell())
}

/// What came out.
struct Found {
    /// Calls a second, at the best.
    rate: f64,
    bare_rate: f64,
    /// The medians of ours to bare.
    ratio: f64,
    cpu_ratio: f64,
}

fn compare(ours: impl Fn(), bare: impl Fn()) -> Found {
    let mut ratios = Vec::new();
    let mut cpu_ratios = Vec::new();
    let (mut least_ours, mut least_bare) = (f64::MAX, f64::MAX);
    for pair in 0..PAIRS + 1 {
        let (a, b) = if pair % 2 == 0 {
            let a = Cost::of(&ours);
            (a, Cost::of(&bare))
        } else {
            let b = Cost::of(&bare);
            (Cost::of(&ours), b)
        };
        // The first pair makes the connections.
        if pair > 0 {
            ratios.push(b.time / a.time);
            cpu_ratios.push(a.cpu / b.cpu);
            least_ours = least_ours.min(a.time);
            least_bare = least_bare.min(b.time);
        }
    }
    let rate = |time: f64| TURN as f64 / time;
    Found {
        rate: rate(least_ours),
        bare_rate: rate(least_bare),
        ratio: median(ratios),
        cpu_ratio: median(cpu_ratios),
    }
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// In seconds.
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

/// Each walk in a process of its own, whose peak of memory is its own too.
fn walks() -> Result<()> {
    println!(
        "| stack | sessions | pages | sessions/s | CPU of the client | peak of its memory |\n|---|--:|--:|--:|--:|--:|"
    );
    for sessions in ["1000", "70000", "100000"] {
        let server = Server::start(&["fake", sessions])?;
        for stack in STACKS {
            Command::new(std::env::current_exe()?).args(["walk", stack, &server.url]).status()?;
        }
    }
    Ok(())
}

fn walk(stack: &str, url: &str) -> Result<()> {
    let request = ListSessions::new().limit(100);
    let mut sessions = 0_u32;
    let start = Instant::now();
    let cost = match stack {
        "ureq" => {
            let client = brightdata_sessions_ureq::Client::with_api(api(url)?);
            let start = cpu();
            for session in client.list(request) {
                session?;
                sessions += 1;
            }
            cpu() - start
        }
        _ => {
            let client = brightdata_sessions_reqwest::Client::with_api(api(url)?);
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
        "| {stack} | {sessions} | {} | {:.0} | {cost:.2} s | {} KiB |",
        sessions.div_ceil(100),
        f64::from(sessions) / start.elapsed().as_secs_f64(),
        peak_memory().map_or("?".to_owned(), |bytes| (bytes >> 10).to_string()),
    );
    Ok(())
}
