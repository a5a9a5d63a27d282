//! Quantiles in bounded memory: DDSketch.
//!
//! The algorithm is from Charles Masson, Jee E. Rim and Homin K. Lee: [DDSketch: A Fast and
//! Fully-Mergeable Quantile Sketch with Relative-Error Guarantees][paper], PVLDB 12(12), 2019. Two
//! things differ. Up to 100 numbers are stored as they are, so that few numbers are exact. Buckets
//! are never collapsed, because the range of the numbers limits how many there are.
//!
//! [paper]: https://www.vldb.org/pvldb/vol12/p2195-masson.pdf

use std::collections::BTreeMap;

/// The maximum number of numbers that are stored. More are counted in buckets.
const EXACT: usize = 100;

/// The maximum error of an estimate, relative to the true value: the α of the paper.
pub(crate) const RELATIVE_ERROR: f64 = 0.01;

/// Estimates quantiles of non-negative numbers in bounded memory.
///
/// Up to 100 numbers, all results are exact. Beyond that, a number is counted in the bucket of its
/// logarithm. Bucket `i` holds the numbers from γ^(i-1) to γ^i, where γ = 1.01 / 0.99. The value of
/// a bucket is within 1 % of all numbers in it. This holds from 0.001 to 10^20: a smaller number
/// counts as 0, a larger one as 10^20. There are at most about 2,650 buckets (for bytes: 2,220).
/// Results do not depend on the order of the numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    few: Vec<f64>,
    buckets: BTreeMap<i32, u64>,
    count: u64,
    largest: f64,
}

impl Sketch {
    pub(crate) fn add(&mut self, number: f64) {
        self.count += 1;
        self.largest = self.largest.max(number);
        if self.buckets.is_empty() && self.few.len() < EXACT {
            self.few.push(number);
            return;
        }
        for number in std::mem::take(&mut self.few).into_iter().chain([number]) {
            *self.buckets.entry(bucket(number)).or_default() += 1;
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Returns whether results are estimates, because there are over 100 numbers.
    pub(crate) fn is_estimate(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// Returns the number in the middle, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> Option<f64> {
        let upper = self.ranked(self.count / 2)?;
        let lower = if self.count % 2 == 0 { self.ranked(self.count / 2 - 1)? } else { upper };
        // Halve first: the sum of two huge numbers would be infinite.
        Some(lower / 2.0 + upper / 2.0)
    }

    /// Returns the smallest number that 95 % of all numbers do not exceed.
    pub(crate) fn p95(&self) -> Option<f64> {
        self.ranked(self.count.saturating_sub(self.count / 20).checked_sub(1)?)
    }

    /// Returns how many numbers exceed the limit.
    pub(crate) fn above(&self, limit: f64) -> u64 {
        self.each().filter(|&(number, _)| number > limit).map(|(_, count)| count).sum()
    }

    /// Returns the number at this rank, counted from 0.
    fn ranked(&self, mut rank: u64) -> Option<f64> {
        for (number, count) in self.each() {
            if rank < count {
                return Some(number.min(self.largest));
            }
            rank -= count;
        }
        None
    }

    /// Iterates over the numbers in ascending order, each with its count.
    fn each(&self) -> impl Iterator<Item = (f64, u64)> {
        let mut few = self.few.clone();
        few.sort_by(f64::total_cmp);
        let buckets = self.buckets.iter().map(|(&index, &count)| (value(index), count));
        few.into_iter().map(|number| (number, 1)).chain(buckets)
    }
}

const SMALLEST: f64 = 0.001;
const LARGEST: f64 = 1e20;
/// The bucket of the numbers below `SMALLEST`.
const ZERO: i32 = i32::MIN;

fn gamma() -> f64 {
    (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR)
}

fn bucket(number: f64) -> i32 {
    if number < SMALLEST {
        return ZERO;
    }
    #[expect(clippy::cast_possible_truncation, reason = "from -346 to 2303 within these limits")]
    let index = (number.min(LARGEST).ln() / gamma().ln()).ceil() as i32;
    index
}

/// Returns the value of a bucket. Its relative distance to both ends is the same.
fn value(bucket: i32) -> f64 {
    if bucket == ZERO { 0.0 } else { 2.0 * gamma().powi(bucket) / (gamma() + 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(numbers: impl IntoIterator<Item = f64>) -> Sketch {
        let mut sketch = Sketch::default();
        numbers.into_iter().for_each(|number| sketch.add(number));
        sketch
    }

    #[test]
    fn few_numbers_are_exact() {
        assert_eq!((sketch([]).median(), sketch([]).p95(), sketch([]).above(0.0)), (None, None, 0));
        assert_eq!(sketch([7.0]).median(), Some(7.0));
        assert_eq!(sketch([4.0, 1.0]).median(), Some(2.5));
        assert_eq!(sketch([9.0, 1.0, 5.0]).median(), Some(5.0));
        assert_eq!(sketch([f64::MAX, f64::MAX]).median(), Some(f64::MAX));
        let hundred = sketch((1..=100).map(f64::from));
        assert_eq!((hundred.median(), hundred.p95()), (Some(50.5), Some(95.0)));
        assert_eq!((hundred.above(90.0), hundred.above(89.9), hundred.is_estimate()), (10, 11, false));
    }

    #[test]
    fn more_are_estimated_within_one_percent() {
        for count in [101, 1000, 54_321] {
            // Over nine decades, in a mixed order.
            let number = |i: u64| (((i * 7919) % count) as f64 / count as f64 * 20.0).exp() * 0.01;
            let mut all: Vec<_> = (0..count).map(number).collect();
            let sketch = sketch(all.clone());
            assert!(sketch.is_estimate());
            all.sort_by(f64::total_cmp);
            let near =
                |told: Option<f64>, truth: f64| (told.unwrap() / truth - 1.0).abs() <= RELATIVE_ERROR + 1e-9;
            let middle = (all[(count as usize - 1) / 2] + all[count as usize / 2]) / 2.0;
            assert!(near(sketch.median(), middle), "{count}");
            assert!(near(sketch.p95(), all[count as usize - count as usize / 20 - 1]), "{count}");
        }
    }

    #[test]
    fn what_is_beyond_the_buckets_does_no_harm() {
        let mut numbers = vec![0.0; 200];
        numbers.extend([f64::MIN_POSITIVE, 0.000_99]);
        assert_eq!(sketch(numbers).median(), Some(0.0));
        let huge = sketch([f64::MAX; 200]);
        assert!((huge.median().unwrap() / LARGEST - 1.0).abs() <= RELATIVE_ERROR);
        let bytes = sketch([u64::MAX as f64; 200]);
        assert!((bytes.median().unwrap() / u64::MAX as f64 - 1.0).abs() <= RELATIVE_ERROR);
    }

    #[test]
    fn an_estimate_is_never_above_the_largest() {
        for number in 1..1000 {
            assert!(sketch(vec![f64::from(number); 200]).p95().unwrap() <= f64::from(number));
        }
    }

    #[test]
    fn the_buckets_are_as_few_as_said() {
        assert_eq!((bucket(SMALLEST), bucket(f64::MAX)), (-345, 2303));
        assert_eq!((bucket(1.0), bucket(u64::MAX as f64)), (0, 2218));
    }
}
