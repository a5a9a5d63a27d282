//! Callers at services with a rate limit, in simulated time: the proof of the rate guard.

mod scenario;
mod simulation;

use std::time::Duration;

use brightdata_sessions_testkit::{RateLimit, RetryAfter};

use scenario::{Group, RETRY_AFTER, UNLIMITED, Worst, limits, worst};
use simulation::{Job, MINUTE, SECOND, Scenario, run};

/// Returns the worst figures of some scenarios.
fn worst_of(scenarios: impl IntoIterator<Item = Scenario>) -> Worst {
    worst(&Group { name: String::new(), scenarios: scenarios.into_iter().collect() })
}

/// Eight callers at each limit of 100 a minute, with each `Retry-After` but the absurd one.
fn usual() -> impl Iterator<Item = Scenario> {
    let limits = limits(100).into_iter();
    limits.flat_map(|(_, limit)| {
        RETRY_AFTER[..5]
            .iter()
            .map(move |(_, retry_after)| Scenario::new(limit.with_retry_after(*retry_after)))
    })
}

#[test]
fn each_limit_is_used_without_a_failed_call() {
    let worst = worst_of(usual());
    assert!(worst.failed == 0 && worst.share >= 0.85 && worst.late_share >= 0.90, "{worst:?}");
    assert!(worst.learning_429 <= 9 && worst.learned_429 <= 7, "{worst:?}");
}

#[test]
fn lists_end_in_time() {
    let lists = usual().flat_map(|scenario| {
        [200, 2000].map(|pages| Scenario {
            job: Job::List(pages),
            callers: 1,
            span: 600 * MINUTE,
            ..scenario
        })
    });
    let worst = worst_of(lists);
    assert!(worst.failed == 0 && worst.slow_lists == 0, "{worst:?}");
}

#[test]
fn a_list_ends_in_spite_of_an_absurd_retry_after() {
    let lists = limits(100).map(|(_, limit)| {
        let limit = limit.with_retry_after(RetryAfter::Seconds(1_000_000));
        Scenario { job: Job::List(200), callers: 1, span: 600 * MINUTE, ..Scenario::new(limit) }
    });
    for list in lists {
        let figures = run(&list);
        assert!(figures.failed == 0 && figures.finished < 120 * MINUTE, "{list:?}: {figures:?}");
    }
}

#[test]
fn a_set_rate_is_never_exceeded() {
    let rates = [(60, MINUTE, 20), (100, MINUTE, 150), (300, MINUTE, 800)];
    let scenarios = rates.into_iter().flat_map(|(requests, per, latency)| {
        let latency = Duration::from_millis(latency);
        let limits = limits(requests).into_iter().take(4);
        limits.map(move |(_, limit)| Scenario {
            rate: Some((requests, per)),
            latency,
            ..Scenario::new(limit)
        })
    });
    let per_second =
        Scenario { rate: Some((5, SECOND)), ..Scenario::new(RateLimit::fixed_window(5, SECOND)) };
    for scenario in scenarios.chain([per_second]) {
        let figures = run(&scenario);
        assert_eq!((figures.all_429, figures.failed), (0, 0), "{scenario:?}");
        assert!(figures.late_share >= 0.8, "{scenario:?}: {figures:?}");
    }
}

#[test]
fn unseen_responses_do_not_lead_to_a_block() {
    let unseen = usual().step_by(2).flat_map(|scenario| {
        [
            Scenario { lost: 5, ..scenario },
            Scenario { lost: 30, ..scenario },
            Scenario { lost: 100, ..scenario },
            Scenario { dropped: 30, ..scenario },
        ]
    });
    let worst = worst_of(unseen);
    assert!(worst.learning_429 < 20 && worst.learned_429 < 20, "{worst:?}");
}

#[test]
fn responses_lost_by_chance_do_not_stop_the_job() {
    let limit = RateLimit::sliding_window(100, MINUTE);
    for (lost, dropped, least) in [(1, 0, 0.85), (5, 0, 0.75), (0, 30, 0.6)] {
        let figures = run(&Scenario { lost, dropped, ..Scenario::new(limit) });
        assert!(figures.share >= least, "{lost} % lost, {dropped} % dropped: {figures:?}");
    }
}

#[test]
fn a_limit_that_changes_is_followed() {
    for (times, by) in [(1, 2), (2, 1)] {
        let (from, to) =
            (RateLimit::sliding_window(100, MINUTE), RateLimit::sliding_window(100 * times / by, MINUTE));
        let worst = worst_of([Scenario { change: Some((15 * MINUTE, to)), ..Scenario::new(from) }]);
        assert!(worst.late_share > 0.80 && worst.learning_429 <= 9 && worst.failed == 0, "{worst:?}");
    }
}

#[test]
fn concurrent_requests_are_limited() {
    let worst =
        worst_of([2, 4].map(|requests| Scenario {
            span: 15 * MINUTE,
            ..Scenario::new(RateLimit::concurrent(requests))
        }));
    assert!(worst.share > 0.85 && worst.learning_429 <= 9 && worst.failed == 0, "{worst:?}");
}

#[test]
fn four_guards_do_not_lead_to_a_block() {
    let scenario = Scenario::new(RateLimit::sliding_window(100, MINUTE));
    let worst = worst_of([Scenario { guards: 4, callers: 32, ..scenario }]);
    assert!(worst.learning_429 < 25 && worst.learned_429 < 25 && worst.failed == 0, "{worst:?}");
}

#[test]
fn eight_callers_are_not_slowed_down_without_a_limit() {
    let figures = run(&Scenario { span: 10 * MINUTE, ..Scenario::new(UNLIMITED) });
    assert!(figures.share > 0.95 && figures.failed == 0, "{figures:?}");
}

#[test]
fn a_thousand_callers_take_turns() {
    let limit = RateLimit::sliding_window(1000, MINUTE);
    let figures = run(&Scenario { callers: 1000, ..Scenario::new(limit) });
    assert!(figures.failed == 0 && figures.fewest * 2 >= figures.most, "{figures:?}");
    assert!(figures.waits < 25 * figures.good, "{figures:?}");
}

#[test]
fn two_hundred_calls_at_once_wait_for_their_turns() {
    let figures = run(&Scenario { callers: 200, job: Job::List(1), ..Scenario::new(UNLIMITED) });
    assert_eq!((figures.good, figures.failed), (200, 0));
    assert!(figures.waits < 200 * 10, "{figures:?}");
}

/// The long form, which prints the table:
/// `cargo test --release -p brightdata-sessions-testkit --test pace -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn the_table_of_all_scenarios() {
    let groups = scenario::all();
    println!("{}", scenario::table(&groups));
}
