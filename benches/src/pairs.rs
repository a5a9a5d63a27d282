//! Two ways to do the same, timed in turns: whatever else the machine does at that moment, it does to both.

use std::time::Instant;

/// How the time of `ours` compares with that of `theirs`: the median of the ratios of so many pairs, each of the same number
/// of turns, and the fastest turn of each in nanoseconds.
pub fn compare(pairs: usize, ours: &dyn Fn(), theirs: &dyn Fn()) -> Comparison {
    // A pair takes a millisecond or so: longer than a clock is coarse, shorter than most disturbances.
    let turns = (1_000_000.0 / time(100, ours)).ceil() as u32;
    let mut ratios = Vec::with_capacity(pairs);
    let (mut least_ours, mut least_theirs) = (f64::MAX, f64::MAX);
    for pair in 0..pairs {
        // Who goes first, changes.
        let (a, b) = if pair % 2 == 0 {
            let a = time(turns, ours);
            (a, time(turns, theirs))
        } else {
            let b = time(turns, theirs);
            (time(turns, ours), b)
        };
        ratios.push(a / b);
        least_ours = least_ours.min(a);
        least_theirs = least_theirs.min(b);
    }
    ratios.sort_by(f64::total_cmp);
    Comparison { ratio: ratios[pairs / 2], ours: least_ours, theirs: least_theirs }
}

/// What came out.
pub struct Comparison {
    /// The median ratio: below 1, ours is the faster one.
    pub ratio: f64,
    /// The fastest time of ours, in nanoseconds.
    pub ours: f64,
    /// The fastest time of theirs, in nanoseconds.
    pub theirs: f64,
}

fn time(turns: u32, work: &dyn Fn()) -> f64 {
    let start = Instant::now();
    (0..turns).for_each(|_| work());
    start.elapsed().as_nanos() as f64 / f64::from(turns)
}
