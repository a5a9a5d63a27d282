//! The scenarios of the simulation, and their targets.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use brightdata_sessions_testkit::{RateLimit, RetryAfter};

use crate::simulation::{Figures, Job, MINUTE, SECOND, Scenario, run};

/// The models of a limit per minute. Buckets with a small burst hold the tokens of
/// a second, and at least five.
pub(crate) fn limits(per_minute: u32) -> [(&'static str, RateLimit); 5] {
    let per_second = per_minute.div_ceil(60);
    [
        ("fixed window", RateLimit::fixed_window(per_minute, MINUTE)),
        ("sliding window", RateLimit::sliding_window(per_minute, MINUTE)),
        ("small bucket", RateLimit::token_bucket(per_minute, MINUTE, per_second.max(5))),
        ("large bucket", RateLimit::token_bucket(per_minute, MINUTE, per_minute)),
        ("per second", RateLimit::fixed_window(per_second, SECOND)),
    ]
}

/// A service without a limit.
pub(crate) const UNLIMITED: RateLimit = RateLimit::fixed_window(u32::MAX, MINUTE);

/// The forms of `Retry-After`.
pub(crate) const RETRY_AFTER: [(&str, RetryAfter); 6] = [
    ("exact", RetryAfter::Exact),
    ("absent", RetryAfter::Absent),
    ("always 1", RetryAfter::Seconds(1)),
    ("too short", RetryAfter::Half),
    ("a date", RetryAfter::Date),
    ("absurd", RetryAfter::Seconds(1_000_000)),
];

/// A group of scenarios that have targets in common: a line of the table.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) scenarios: Vec<Scenario>,
}

/// The figures of a group: the worst of all scenarios.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Worst {
    pub(crate) scenarios: usize,
    pub(crate) share: f64,
    pub(crate) late_share: f64,
    /// The median share.
    pub(crate) median: f64,
    /// The longest time of a list as a multiple of its target.
    pub(crate) list: f64,
    /// The number of lists that took longer than their target.
    pub(crate) slow_lists: usize,
    pub(crate) learning_429: usize,
    pub(crate) learned_429: usize,
    pub(crate) failed: usize,
}

/// Runs all scenarios of a group.
pub(crate) fn worst(group: &Group) -> Worst {
    let figures = run_all(&group.scenarios);
    let min = |of: fn(&Figures) -> f64| figures.iter().map(of).fold(f64::INFINITY, f64::min);
    let max = |of: fn(&Figures) -> usize| figures.iter().map(of).max().unwrap_or_default();
    let lists: Vec<_> =
        group.scenarios.iter().zip(&figures).filter_map(|(scenario, f)| list_time(scenario, f)).collect();
    let mut shares: Vec<_> = figures.iter().map(|figures| figures.share).collect();
    shares.sort_by(f64::total_cmp);
    Worst {
        scenarios: figures.len(),
        share: min(|figures| figures.share),
        late_share: min(|figures| figures.late_share),
        median: shares[shares.len() / 2],
        list: lists.iter().copied().fold(0.0, f64::max),
        slow_lists: lists.iter().filter(|&&time| time > 1.0).count(),
        learning_429: max(|figures| figures.learning_429),
        learned_429: max(|figures| figures.learned_429),
        failed: max(|figures| figures.failed),
    }
}

/// Returns the time of a list as a multiple of its target.
fn list_time(scenario: &Scenario, figures: &Figures) -> Option<f64> {
    let Job::List(pages) = scenario.job else { return None };
    let shortest = scenario.limit.shortest_list(pages, scenario.latency);
    let target = if pages <= 200 { shortest.mul_f64(1.5) + MINUTE } else { shortest.mul_f64(1.15) };
    Some(figures.finished.as_secs_f64() / target.as_secs_f64())
}

fn run_all(scenarios: &[Scenario]) -> Vec<Figures> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((number, scenario)) = {
            let number = next.fetch_add(1, Ordering::Relaxed);
            scenarios.get(number).map(|scenario| (number, scenario))
        } {
            done.push((number, run(scenario)));
        }
        done
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut all: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a run does not panic")).collect()
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, figures)| figures).collect()
}

/// Returns the table of these groups.
pub(crate) fn table(groups: &[Group]) -> String {
    let mut table = String::from(
        "| scenarios | number | share: worst | median | from minute 10 | lists over target | 429s while learning | later | failed calls |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for group in groups {
        let worst = worst(group);
        let lists = match worst.list {
            0.0 => "".into(),
            longest => format!("{} ({longest:.2})", worst.slow_lists),
        };
        let share = |share: f64| if worst.list > 0.0 { String::new() } else { format!("{share:.2}") };
        writeln!(
            table,
            "| {} | {} | {} | {} | {} | {lists} | {} | {} | {} |",
            group.name,
            worst.scenarios,
            share(worst.share),
            share(worst.median),
            share(worst.late_share),
            worst.learning_429,
            worst.learned_429,
            worst.failed
        )
        .expect("a string takes any text");
    }
    table
}

/// Returns the groups of the long form.
pub(crate) fn all() -> Vec<Group> {
    let mut groups = Vec::new();
    let mut group = |name: &str, scenarios: Vec<Scenario>| {
        groups.push(Group { name: name.into(), scenarios });
    };
    let rates = [60, 100, 300];
    for (name, _) in limits(60) {
        for (label, given) in [("exact", true), ("other", false)] {
            let of =
                |rates: &[u32]| base(rates, name, |retry| (retry == "exact" || retry == "a date") == given);
            group(&format!("{name}, 60 to 300 a minute, `Retry-After` {label}"), of(&rates));
        }
    }
    group(
        "all limits of 1,000 a minute",
        limits(60).iter().flat_map(|l| base(&[1000], l.0, |_| true)).collect(),
    );
    group(
        "all limits of 6,000 a minute",
        limits(60).iter().flat_map(|l| base(&[6000], l.0, |_| true)).collect(),
    );
    group("all limits, `Retry-After` absurd", absurd());
    group("1, 2, 4 or 10 requests at once", concurrent());
    group("lists of 200 pages", lists(200, &[60, 100, 300, 1000, 6000]));
    group("lists of 2,000 pages, up to 100 a minute", lists(2000, &[60, 100]));
    group("lists of 2,000 pages, from 300 a minute", lists(2000, &[300, 1000, 6000]));
    group("the limit halves", changes(1, 2));
    group("the limit doubles", changes(2, 1));
    group("other clients take 30 %", with(&rates, |s, limit| Scenario { others: limit * 0.3, ..s }));
    group("1 % of responses lost", with(&rates, |s, _| Scenario { lost: 1, ..s }));
    group("5 % of responses lost", with(&rates, |s, _| Scenario { lost: 5, ..s }));
    group("30 % of responses lost", with(&rates, |s, _| Scenario { lost: 30, ..s }));
    group("all responses lost", with(&rates, |s, _| Scenario { lost: 100, ..s }));
    group("30 % of calls dropped", with(&rates, |s, _| Scenario { dropped: 30, ..s }));
    group("each 429 times out", with(&rates, |s, _| Scenario { blind: true, ..s }));
    group("2 guards", with(&rates, |s, _| Scenario { guards: 2, callers: s.callers * 2, ..s }));
    group("4 guards", with(&rates, |s, _| Scenario { guards: 4, callers: s.callers * 4, ..s }));
    group("no limit, 1 and 8 callers", unlimited(&[1, 8]));
    group("no limit, 64 and 1,000 callers", unlimited(&[64, 1000]));
    group("the rate is set", set());
    groups
}

/// Crosses a kind of limit with the rest, without the absurd `Retry-After`.
fn base(rates: &[u32], name: &str, retry: impl Fn(&str) -> bool) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for &per_minute in rates {
        for (_, limit) in limits(per_minute).into_iter().filter(|(kind, _)| *kind == name) {
            for (_, retry_after) in RETRY_AFTER[..5].iter().filter(|(label, _)| retry(label)) {
                for latency in [20, 150, 800].map(Duration::from_millis) {
                    for callers in [1, 8, 64, 1000] {
                        let limit = limit.with_retry_after(*retry_after);
                        scenarios.push(Scenario { latency, callers, ..Scenario::new(limit) });
                    }
                }
            }
        }
    }
    scenarios
}

fn absurd() -> Vec<Scenario> {
    let limits = [60, 100, 300, 1000].into_iter().flat_map(limits);
    limits.map(|(_, limit)| Scenario::new(limit.with_retry_after(RETRY_AFTER[5].1))).collect()
}

fn concurrent() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for requests in [1, 2, 4, 10] {
        for latency in [150, 800].map(Duration::from_millis) {
            for callers in [8, 64, 1000] {
                for retry_after in [RetryAfter::Exact, RetryAfter::Absent] {
                    let limit = RateLimit::concurrent(requests).with_retry_after(retry_after);
                    scenarios.push(Scenario { latency, callers, ..Scenario::new(limit) });
                }
            }
        }
    }
    scenarios
}

fn lists(pages: u32, rates: &[u32]) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (_, limit) in rates.iter().flat_map(|&per_minute| limits(per_minute)) {
        for (_, retry_after) in &RETRY_AFTER[..5] {
            for latency in [20, 150, 800].map(Duration::from_millis) {
                let limit = limit.with_retry_after(*retry_after);
                let (job, span) = (Job::List(pages), 600 * MINUTE);
                scenarios.push(Scenario { latency, job, span, callers: 1, ..Scenario::new(limit) });
            }
        }
    }
    scenarios
}

fn changes(times: u32, by: u32) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for per_minute in [60, 100, 300] {
        for ((_, from), (_, to)) in limits(per_minute).into_iter().zip(limits(per_minute * times / by)) {
            for retry_after in [RetryAfter::Exact, RetryAfter::Absent] {
                let change = Some((15 * MINUTE, to.with_retry_after(retry_after)));
                scenarios.push(Scenario { change, ..Scenario::new(from.with_retry_after(retry_after)) });
            }
        }
    }
    scenarios
}

fn with(rates: &[u32], change: impl Fn(Scenario, f64) -> Scenario) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for &per_minute in rates {
        for (_, limit) in limits(per_minute) {
            for retry_after in [RetryAfter::Exact, RetryAfter::Absent] {
                for callers in [1, 8, 64] {
                    let scenario = Scenario { callers, ..Scenario::new(limit.with_retry_after(retry_after)) };
                    scenarios.push(change(scenario, per_minute.into()));
                }
            }
        }
    }
    scenarios
}

fn unlimited(callers: &[usize]) -> Vec<Scenario> {
    let latencies = [20, 150, 800].map(Duration::from_millis);
    let one = |latency| {
        callers.iter().map(move |&callers| Scenario { latency, callers, ..Scenario::new(UNLIMITED) })
    };
    latencies.into_iter().flat_map(one).collect()
}

fn set() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for per_minute in [60, 100, 300, 1000, 6000] {
        for (name, limit) in limits(per_minute) {
            let rate =
                if name == "per second" { (per_minute.div_ceil(60), SECOND) } else { (per_minute, MINUTE) };
            for latency in [20, 150, 800].map(Duration::from_millis) {
                for callers in [1, 8, 64] {
                    scenarios.push(Scenario { rate: Some(rate), latency, callers, ..Scenario::new(limit) });
                }
            }
        }
    }
    scenarios
}
