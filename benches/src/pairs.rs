//! Times two implementations in interleaved pairs, so that load on the machine affects both alike.

use std::time::Instant;

/// Compares the time of `ours` with that of `theirs` over the given number of pairs.
///
/// Returns the median of the pairs' ratios, and the fastest time of each in nanoseconds.
pub fn compare(pairs: usize, ours: &dyn Fn(), theirs: &dyn Fn()) -> Comparison {
    // About 1 ms per measurement: longer than the clock's resolution, shorter than most
    // disturbances.
    let runs = (1_000_000.0 / time(100, ours)).ceil() as u32;
    let mut ratios = Vec::with_capacity(pairs);
    let (mut min_ours, mut min_theirs) = (f64::MAX, f64::MAX);
    for pair in 0..pairs {
        // Alternate which one runs first.
        let (a, b) = if pair % 2 == 0 {
            let a = time(runs, ours);
            (a, time(runs, theirs))
        } else {
            let b = time(runs, theirs);
            (time(runs, ours), b)
        };
        ratios.push(a / b);
        min_ours = min_ours.min(a);
        min_theirs = min_theirs.min(b);
    }
    ratios.sort_by(f64::total_cmp);
    Comparison { ratio: ratios[pairs / 2], ours: min_ours, theirs: min_theirs }
}

/// The result of [`compare`].
pub struct Comparison {
    /// The median ratio. Below 1, ours is faster.
    pub ratio: f64,
    /// Our fastest time, in nanoseconds.
    pub ours: f64,
    /// Their fastest time, in nanoseconds.
    pub theirs: f64,
}

fn time(runs: u32, work: &dyn Fn()) -> f64 {
    let start = Instant::now();
    (0..runs).for_each(|_| work());
    start.elapsed().as_nanos() as f64 / f64::from(runs)
}
