//! The program at a fake with a rate limit, in real time.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions_testkit::{FakeApi, RateLimit, RetryAfter, generate};
use serde_json::Value;

use crate::support::{KEY, bare, input, run};

const LATENCY: Duration = Duration::from_millis(150);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const PAGES: u32 = 200;
/// The maximum limit of a page.
const SESSIONS_PER_PAGE: u32 = 100;
const JOBS: u32 = 4;

/// The figures of one run.
struct Run {
    name: &'static str,
    status: i32,
    /// The number of sessions that are missing in the output.
    missing: usize,
    time: Duration,
    shortest: Duration,
    refusals: usize,
    is_blocked: bool,
}

#[test]
#[ignore = "takes some minutes"]
fn lists_and_gets_finish_at_every_kind_of_limit() {
    let window = RateLimit::fixed_window(100, MINUTE);
    let lists = [
        ("fixed window, `Retry-After` exact", window),
        ("fixed window, no `Retry-After`", window.with_retry_after(RetryAfter::Absent)),
        (
            "sliding window, `Retry-After` always 1",
            RateLimit::sliding_window(100, MINUTE).with_retry_after(RetryAfter::Seconds(1)),
        ),
        (
            "bucket of 5, no `Retry-After`",
            RateLimit::token_bucket(100, MINUTE, 5).with_retry_after(RetryAfter::Absent),
        ),
        (
            "2 per second, no `Retry-After`",
            RateLimit::fixed_window(2, SECOND).with_retry_after(RetryAfter::Absent),
        ),
        ("1 at once", RateLimit::concurrent(1)),
    ];
    // The runs hardly use the processor, so they do not slow each other down.
    let lists = lists.map(|(name, limit)| thread::spawn(move || list(name, limit)));
    let get = thread::spawn(get);
    let lists = lists.map(|list| list.join().unwrap());
    let get = get.join().unwrap();

    println!("| limit | finished | time | shortest | ratio | 429s | blocked |");
    println!("|---|---|--:|--:|--:|--:|---|");
    let yes = |yes| if yes { "yes" } else { "no" };
    for Run { name, status, time, shortest, refusals, is_blocked, .. } in lists.iter().chain([&get]) {
        let (time, shortest) = (time.as_secs_f64(), shortest.as_secs_f64());
        println!(
            "| {name} | {} | {time:.0} s | {shortest:.0} s | {:.2} | {refusals} | {} |",
            yes(*status == 0),
            time / shortest,
            yes(*is_blocked)
        );
    }
    for run in lists.iter().chain([&get]) {
        assert_eq!((run.status, run.missing, run.is_blocked), (0, 0, false), "{}", run.name);
        assert!(run.refusals <= 9, "{}: {} responses with status 429", run.name, run.refusals);
    }
    for run in lists {
        assert!(run.time <= run.shortest.mul_f64(1.5) + MINUTE, "{}: {:?}", run.name, run.time);
    }
}

fn list(name: &'static str, limit: RateLimit) -> Run {
    let count = PAGES * SESSIONS_PER_PAGE;
    measure(name, limit, count, limit.shortest_list(PAGES, LATENCY), |program, _| {
        program.args(["list", "--all"]);
    })
}

/// Gets sessions with 16 jobs from a service that handles fewer requests at once. A list has one
/// request in flight.
fn get() -> Run {
    let count = 1000;
    let shortest = LATENCY * (count / JOBS);
    measure("`get --jobs 16`, 4 at once", RateLimit::concurrent(JOBS), count, shortest, |program, ids| {
        program.args(["get", "-", "--jobs", "16"]).stdin(input("pace", ids.join("\n")));
    })
}

/// Runs the program at a fake with this number of sessions.
fn measure(
    name: &'static str,
    limit: RateLimit,
    count: u32,
    shortest: Duration,
    configure: impl FnOnce(&mut Command, &[String]),
) -> Run {
    let sessions = generate(7, count as usize);
    let ids: Vec<_> = sessions.iter().map(|session| session.session_id.to_string()).collect();
    let fake = FakeApi::with_sessions(sessions).unwrap();
    fake.set_latency(LATENCY);
    let state = tempfile::tempdir().unwrap();
    let mut program = bare();
    program.env("BRIGHTDATA_API_KEY", KEY).env("XDG_STATE_HOME", state.path()).args([
        "--json",
        "--verbose",
        "--base-url",
        fake.base_url().as_ref(),
    ]);
    configure(&mut program, &ids);

    fake.limit_rate(limit);
    let start = Instant::now();
    let (status, stdout, stderr) = run(&mut program);
    let time = start.elapsed();
    let refusals = stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["event"]["type"] == "response" && line["event"]["status"] == 429)
        .count();
    Run {
        name,
        status,
        missing: ids.len().saturating_sub(stdout.lines().count()),
        time,
        shortest,
        refusals,
        is_blocked: fake.has_blocked(),
    }
}
