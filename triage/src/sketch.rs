//! Quantiles in bounded memory: DDSketch.
//!
//! The algorithm is from Charles Masson, Jee E. Rim and Homin K. Lee: [DDSketch: A Fast and
//! Fully-Mergeable Quantile Sketch with Relative-Error Guarantees][paper], PVLDB 12(12), 2019. Two
//! things differ. Up to 100 numbers are stored as they are, so that few numbers are exact. Buckets
//! are never collapsed, because the range of the numbers limits how many there are.
//!
//! [paper]: https://www.vldb.org/pvldb/vol12/p2195-masson.pdf

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::merge::{Merge, sum};
use crate::read::{self, is_valid_number};

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
///
/// Sketches merge without any loss: the result is the sketch of all numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub(crate) struct Sketch {
    /// In ascending order. Empty if there are buckets.
    few: Vec<f64>,
    buckets: BTreeMap<i32, u64>,
    largest: f64,
}

impl Sketch {
    pub(crate) fn add(&mut self, number: f64) {
        self.largest = self.largest.max(number);
        if self.buckets.is_empty() && self.few.len() < EXACT {
            let index = self.few.partition_point(|few| *few <= number);
            self.few.insert(index, number);
            return;
        }
        for number in std::mem::take(&mut self.few).into_iter().chain([number]) {
            self.buckets.entry(bucket(number)).or_default().merge(1);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        sum(self.each().map(|(_, count)| count))
    }

    /// Returns whether results are estimates, because there are over 100 numbers.
    pub(crate) fn is_estimate(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// Returns the number in the middle, or the mean of the two in the middle.
    pub(crate) fn median(&self) -> Option<f64> {
        let count = self.count();
        let upper = self.ranked(count / 2)?;
        let lower = if count % 2 == 0 { self.ranked(count / 2 - 1)? } else { upper };
        // Halve first: the sum of two huge numbers would be infinite.
        Some(lower / 2.0 + upper / 2.0)
    }

    /// Returns the smallest number that 95 % of all numbers do not exceed.
    pub(crate) fn p95(&self) -> Option<f64> {
        let count = self.count();
        self.ranked(count.saturating_sub(count / 20).checked_sub(1)?)
    }

    /// Returns how many numbers exceed the limit.
    pub(crate) fn above(&self, limit: f64) -> u64 {
        sum(self.each().filter(|&(number, _)| number > limit).map(|(_, count)| count))
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
        let buckets = self.buckets.iter().map(|(&index, &count)| (value(index), count));
        self.few.iter().map(|&number| (number, 1)).chain(buckets)
    }
}

impl Merge for Sketch {
    fn merge(&mut self, other: Self) {
        for number in other.few {
            self.add(number);
        }
        self.largest = self.largest.max(other.largest);
        if other.buckets.is_empty() {
            return;
        }
        for number in std::mem::take(&mut self.few) {
            self.buckets.entry(bucket(number)).or_default().merge(1);
        }
        for (index, count) in other.buckets {
            self.buckets.entry(index).or_default().merge(count);
        }
    }
}

/// A sketch as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(deserialize_with = "read::list::<_, _, EXACT>")]
    few: Vec<f64>,
    #[serde(deserialize_with = "buckets")]
    buckets: BTreeMap<i32, u64>,
    largest: f64,
}

fn buckets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<i32, u64>, D::Error> {
    const MAX: usize = (LAST - ZERO + 1).unsigned_abs() as usize;
    read::map(deserializer, MAX, |index| (ZERO..=LAST).contains(index))
}

impl TryFrom<Unchecked> for Sketch {
    type Error = &'static str;

    fn try_from(read: Unchecked) -> Result<Self, Self::Error> {
        let Unchecked { few, buckets, largest } = read;
        if !few.iter().chain([&largest]).all(|number| is_valid_number(*number)) {
            return Err("a number is negative or not finite");
        }
        let is_known = few.last().is_none_or(|last| *last == largest);
        let is_valid = few.is_sorted() && is_known && (few.is_empty() || buckets.is_empty());
        if is_valid { Ok(Self { few, buckets, largest }) } else { Err("numbers that no sketch has") }
    }
}

const SMALLEST: f64 = 0.001;
const LARGEST: f64 = 1e20;
/// The bucket of the numbers below `SMALLEST`.
const ZERO: i32 = -346;
/// The bucket of `LARGEST`.
const LAST: i32 = 2303;

fn gamma() -> f64 {
    (1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR)
}

fn bucket(number: f64) -> i32 {
    if number < SMALLEST {
        return ZERO;
    }
    #[expect(clippy::cast_possible_truncation, reason = "from -345 to 2303 within these limits")]
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
    fn up_to_100_numbers_are_exact() {
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
    fn over_100_numbers_are_estimated_within_one_percent() {
        for count in [101, 1000, 54_321] {
            // Over nine decades, in a mixed order.
            let number = |i: u64| (((i * 7919) % count) as f64 / count as f64 * 20.0).exp() * 0.01;
            let mut all: Vec<_> = (0..count).map(number).collect();
            let sketch = sketch(all.clone());
            assert!(sketch.is_estimate());
            all.sort_by(f64::total_cmp);
            let near = |estimate: Option<f64>, truth: f64| {
                (estimate.unwrap() / truth - 1.0).abs() <= RELATIVE_ERROR + 1e-9
            };
            let middle = (all[(count as usize - 1) / 2] + all[count as usize / 2]) / 2.0;
            assert!(near(sketch.median(), middle), "{count}");
            assert!(near(sketch.p95(), all[count as usize - count as usize / 20 - 1]), "{count}");
        }
    }

    #[test]
    fn numbers_beyond_the_buckets_are_clamped() {
        let mut numbers = vec![0.0; 200];
        numbers.extend([f64::MIN_POSITIVE, 0.000_99]);
        assert_eq!(sketch(numbers).median(), Some(0.0));
        let huge = sketch([f64::MAX; 200]);
        assert!((huge.median().unwrap() / LARGEST - 1.0).abs() <= RELATIVE_ERROR);
        let bytes = sketch([u64::MAX as f64; 200]);
        assert!((bytes.median().unwrap() / u64::MAX as f64 - 1.0).abs() <= RELATIVE_ERROR);
    }

    #[test]
    fn an_estimate_never_exceeds_the_largest_number() {
        for number in 1..1000 {
            assert!(sketch(vec![f64::from(number); 200]).p95().unwrap() <= f64::from(number));
        }
    }

    #[test]
    fn merged_sketches_equal_the_sketch_of_all_numbers() {
        for count in [0, 1, 99, 100, 101, 250] {
            let numbers: Vec<_> = (0..count).map(|number| f64::from(number * 37 % 251)).collect();
            let all = serde_json::to_value(sketch(numbers.clone())).unwrap();
            for end in [0, 1, 50, 100, 101, 150, 250].into_iter().filter(|end| *end <= numbers.len()) {
                let (first, second) = numbers.split_at(end);
                for [one, other] in [[first, second], [second, first]] {
                    let mut merged = sketch(one.to_vec());
                    merged.merge(sketch(other.to_vec()));
                    assert_eq!(serde_json::to_value(merged).unwrap(), all, "{count} at {end}");
                }
            }
        }
    }

    #[test]
    fn a_sketch_is_read_only_if_it_is_valid() {
        let read = |json: &str| serde_json::from_str::<Sketch>(json).map_err(|error| error.to_string());
        for count in [0, 100, 101] {
            let json = serde_json::to_string(&sketch((0..count).map(f64::from))).unwrap();
            assert_eq!(serde_json::to_string(&read(&json).unwrap()).unwrap(), json);
        }
        let many = format!(r#"{{"few":[{}0],"buckets":{{}},"largest":0}}"#, "0,".repeat(100));
        for (json, expected) in [
            (&*many, "more than 100 elements"),
            (r#"{"few":[-1.0],"buckets":{},"largest":0.0}"#, "a number is negative"),
            (r#"{"few":[2.0,1.0],"buckets":{},"largest":1.0}"#, "numbers that no sketch has"),
            (r#"{"few":[1.0],"buckets":{"0":1},"largest":1.0}"#, "numbers that no sketch has"),
            (r#"{"few":[],"buckets":{"2304":1},"largest":1.0}"#, "invalid name of an entry"),
            (r#"{"few":[],"buckets":{},"largest":0.0,"x":1}"#, "unknown field `x`"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn the_number_of_buckets_is_as_documented() {
        assert_eq!((bucket(SMALLEST), bucket(f64::MAX)), (ZERO + 1, LAST));
        assert_eq!((bucket(1.0), bucket(u64::MAX as f64)), (0, 2218));
    }
}
