//! Prints how long many sessions take from a fake with a latency of 150 ms, as Markdown tables: many
//! gets at once, and a list whose pages are fetched ahead. Fails if a target is missed. `latency
//! gets` and `latency lists` print one of the tables.
//!
//! The runs that are compared alternate. Each ratio is the median of the ratios of all rounds.

use std::iter::repeat_n;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::{ListSessions, SessionId};
use brightdata_sessions_benches::calls::{CLIENTS, Result, api, bare, ours};
use brightdata_sessions_benches::loopback::{Server, serve};
use brightdata_sessions_benches::targets::Targets;
use brightdata_sessions_testkit::DEMO_SESSION_ID;
use tokio::runtime::Runtime;

/// In milliseconds.
const LATENCY: &str = "150";
const GETS: usize = 1000;
const JOBS: usize = 8;
const ROUNDS: usize = 5;
/// 50 pages.
const SESSIONS: &str = "5000";
/// The time that the caller takes for one session of a list.
const WORK: Duration = Duration::from_micros(200);

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut targets = Targets::default();
    match args.as_slice() {
        ["server", args @ ..] => {
            serve(args)?;
            return Ok(ExitCode::SUCCESS);
        }
        [] => {
            gets(&mut targets)?;
            println!();
            lists(&mut targets)?;
        }
        ["gets"] => gets(&mut targets)?,
        ["lists"] => lists(&mut targets)?,
        _ => return Err("usage: latency [gets | lists]".into()),
    }
    println!();
    Ok(targets.report())
}

fn gets(targets: &mut Targets) -> Result<()> {
    println!("| HTTP client | one by one | {JOBS} jobs | bare client | to one by one | to bare |");
    println!("|---|--:|--:|--:|--:|--:|");
    for client in CLIENTS {
        let server = Server::start(&["fake", "6", LATENCY])?;
        let (one, many, bare) =
            (ours(client, &server.url)?, many(client, &server.url)?, bare(client, &server.url)?);
        // The connections are opened before the rounds.
        many(JOBS);
        bare(JOBS, JOBS);
        let one = seconds(|| one(1, GETS));
        let [many, bare] = rounds([&|| many(GETS), &|| bare(JOBS, GETS)]);
        let (to_one, to_bare) = (median(many.iter().map(|many| many / one)), median(ratios(&many, &bare)));
        println!(
            "| {client} | {one:.2} s | {:.2} s | {:.2} s | {to_one:.4} | {to_bare:.4} |",
            median(many.iter().copied()),
            median(bare.iter().copied())
        );
        let case = format!("{client}, {GETS} gets with {JOBS} jobs");
        targets.check(&format!("{case}: time, compared with one by one"), to_one, 1.0 / 7.0);
        targets.check(&format!("{case}: time, compared with bare"), to_bare, 1.03);
    }
    Ok(())
}

fn lists(targets: &mut Targets) -> Result<()> {
    println!(
        "| HTTP client | round trips alone | with work | ahead with work | with work, ratio | ahead, ratio |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for client in CLIENTS {
        let server = Server::start(&["fake", SESSIONS, LATENCY])?;
        let list = list(client, &server.url)?;
        let runs: [&dyn Fn(); 3] =
            [&|| list(false, Duration::ZERO), &|| list(false, WORK), &|| list(true, WORK)];
        let [alone, plain, ahead] = rounds(runs);
        let (to_plain, to_ahead) = (median(ratios(&plain, &alone)), median(ratios(&ahead, &alone)));
        let [alone, plain, ahead] = [alone, plain, ahead].map(|times| median(times.into_iter()));
        println!("| {client} | {alone:.2} s | {plain:.2} s | {ahead:.2} s | {to_plain:.4} | {to_ahead:.4} |");
        targets.check(&format!("{client}, list ahead: time, compared with the round trips"), to_ahead, 1.02);
    }
    Ok(())
}

/// Returns a function that fetches the demo session this number of times with [`JOBS`] jobs.
fn many(client: &str, url: &str) -> Result<Box<dyn Fn(usize)>> {
    let id: SessionId = DEMO_SESSION_ID.parse()?;
    if client == "ureq" {
        let client = brightdata_sessions_ureq::Client::builder(api(url)?).build()?;
        return Ok(Box::new(move |count| {
            for result in client.get_many(repeat_n(id.clone(), count), JOBS) {
                result.expect("a session");
            }
        }));
    }
    let client = brightdata_sessions_reqwest::Client::builder(api(url)?).build()?;
    let runtime = Runtime::new()?;
    Ok(Box::new(move |count| {
        runtime.block_on(async {
            let mut results = client.get_many(repeat_n(id.clone(), count), JOBS);
            while let Some(result) = results.next().await {
                result.expect("a session");
            }
        });
    }))
}

/// Returns a function that lists all sessions, ahead or not, and takes a time for each.
fn list(client: &str, url: &str) -> Result<Box<dyn Fn(bool, Duration)>> {
    let request = ListSessions::new().limit(100);
    if client == "ureq" {
        let client = brightdata_sessions_ureq::Client::builder(api(url)?).build()?;
        return Ok(Box::new(move |ahead, work| {
            let list = client.list(request.clone());
            for session in if ahead { list.ahead() } else { list } {
                session.expect("a session");
                spend(work);
            }
        }));
    }
    let client = brightdata_sessions_reqwest::Client::builder(api(url)?).build()?;
    let runtime = Runtime::new()?;
    Ok(Box::new(move |ahead, work| {
        runtime.block_on(async {
            let list = client.list(request.clone());
            let mut list = if ahead { list.ahead() } else { list };
            while let Some(session) = list.next().await {
                session.expect("a session");
                spend(work);
            }
        });
    }))
}

/// Takes time like a caller that waits for a disk or a database.
fn spend(time: Duration) {
    if !time.is_zero() {
        thread::sleep(time);
    }
}

/// Runs each function once per round. Returns the times of each, in seconds.
fn rounds<const N: usize>(runs: [&dyn Fn(); N]) -> [Vec<f64>; N] {
    let mut times = [const { Vec::new() }; N];
    for round in 0..ROUNDS {
        for index in 0..N {
            // Another one begins each round.
            let index = (index + round) % N;
            times[index].push(seconds(runs[index]));
        }
    }
    times
}

fn seconds(run: impl Fn()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_secs_f64()
}

fn ratios(ours: &[f64], theirs: &[f64]) -> impl Iterator<Item = f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
