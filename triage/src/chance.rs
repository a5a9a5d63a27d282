//! Whether two shares differ by more than chance.

/// The significance level: the probability that a difference by chance counts as more.
pub(crate) const LEVEL: f64 = 0.05;

/// The minimum number of sessions on each side of a comparison.
pub(crate) const MIN_SESSIONS: u64 = 50;

/// The smallest expected count from which the normal distribution replaces the exact test. There,
/// the two p-values differ by less than 1 %, and by less than 2 % if they are near 1e-45. An exact
/// test takes time in proportion to the square root of this number.
const NORMAL_FROM: f64 = 100_000.0;

/// A part of a whole: failed sessions of those that ended.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) part: u64,
    pub(crate) whole: u64,
}

/// Returns the p-value of two parts: the probability that their shares differ at least this much if
/// both are samples with the same true share. Two-sided.
///
/// Fisher's exact test, and for large counts its normal approximation, the z-test with a pooled
/// share: NIST/SEMATECH e-Handbook of Statistical Methods, section 7.3.3,
/// <https://www.itl.nist.gov/div898/handbook/prc/section3/prc33.htm>. Two-sided means that the
/// probabilities of all tables that are at most as probable as the actual one are added up.
pub(crate) fn p_value(one: Part, other: Part) -> f64 {
    let [x1, x2] = [one, other].map(|part| part.part.min(part.whole) as f64);
    let [n1, n2] = [one, other].map(|part| part.whole as f64);
    let (n, k) = (n1 + n2, x1 + x2);
    if n1 == 0.0 || n2 == 0.0 || k == 0.0 || k == n {
        return 1.0;
    }
    // By symmetry, the smallest expected count is that of the first cell.
    let (mut x, n1, n2) = if n1 <= n2 { (x1, n1, n2) } else { (x2, n2, n1) };
    let mut k = k;
    if k > n - k {
        (x, k) = (n1 - x, n - k);
    }
    if n1 * (k / n) >= NORMAL_FROM {
        let share = k / n;
        let z = (x / n1 - (k - x) / n2) / (share * (1.0 - share) * (1.0 / n1 + 1.0 / n2)).sqrt();
        return libm::erfc(z.abs() / std::f64::consts::SQRT_2);
    }
    exact(x, n1, n2, k)
}

/// Returns the p-value of `x` hits in a sample of `n1`, if the sample and the rest of `n2` have `k`
/// hits together. The expected number of hits is limited, and at most half of each total.
fn exact(x: f64, n1: f64, n2: f64, k: f64) -> f64 {
    // Probabilities relative to that of the mode. They fall off on both sides, and to 0 on each
    // within a number of steps that the limit of the expected count bounds.
    let mode = ((n1 + 1.0) * ((k + 1.0) / (n1 + n2 + 2.0))).floor().min(n1.min(k));
    let up = std::iter::successors(Some((mode, 1.0)), |&(hits, probability)| {
        let ratio = (k - hits) * (n1 - hits) / ((hits + 1.0) * (n2 - k + hits + 1.0));
        let next = probability * ratio;
        (next > 0.0).then_some((hits + 1.0, next))
    });
    let down = std::iter::successors(Some((mode, 1.0)), |&(hits, probability)| {
        let ratio = hits * (n2 - k + hits) / ((k - hits + 1.0) * (n1 - hits + 1.0));
        let next = probability * ratio;
        (next > 0.0).then_some((hits - 1.0, next))
    });
    let probabilities: Vec<_> = up.chain(down.skip(1)).collect();
    // A number of hits so far off that its probability is not a positive float.
    let actual =
        probabilities.iter().find(|(hits, _)| *hits == x).map_or(0.0, |(_, probability)| *probability);
    // Rounding must not separate tables that are equally probable.
    let limit = actual * (1.0 + 1e-7);
    let sum = |limit: f64| -> f64 {
        probabilities
            .iter()
            .map(|(_, probability)| *probability)
            .filter(|probability| *probability <= limit)
            .sum()
    };
    (sum(limit) / sum(f64::INFINITY)).min(1.0)
}

/// Returns for each p-value whether its difference is larger than chance, corrected for their
/// number: if nothing differs, the probability that any difference counts is at most
/// [`LEVEL`].
///
/// Holm's method: S. Holm, "A simple sequentially rejective multiple test procedure",
/// Scandinavian Journal of Statistics 6 (1979), pages 65 to 70. The smallest p-value is compared
/// with the level divided by the number of tests, the next with the level divided by one fewer, and
/// so on up to the first that is not smaller.
pub(crate) fn significant(p_values: &[f64]) -> Vec<bool> {
    let mut order: Vec<_> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let mut significant = vec![false; p_values.len()];
    for (rank, (index, p)) in order.into_iter().enumerate() {
        if p > LEVEL / (p_values.len() - rank) as f64 {
            break;
        }
        if let Some(entry) = significant.get_mut(index) {
            *entry = true;
        }
    }
    significant
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn p((part1, whole1): (u64, u64), (part2, whole2): (u64, u64)) -> f64 {
        p_value(Part { part: part1, whole: whole1 }, Part { part: part2, whole: whole2 })
    }

    /// The expected values are those of `scipy.stats.fisher_exact`, version 1.17.
    #[test]
    fn p_values_are_those_of_the_exact_test() {
        for (one, other, expected) in [
            // Fisher's lady tasting tea.
            ((3, 4), (1, 4), 0.485_714_285_714_285_65),
            ((8, 10), (1, 6), 0.034_965_034_965_034_975),
            ((0, 14_000), (9, 2000), 7.333_968_732_175_955e-9),
            ((40, 1900), (95, 1900), 1.633_088_792_388_775e-6),
            ((5, 50), (9, 60), 0.568_704_717_877_992_9),
            ((900, 10_000), (1000, 10_000), 0.016_947_123_525_998_774),
            ((1, 100), (99, 100), 2.208_981_569_268_822_5e-55),
            ((2000, 100_000), (2100, 100_000), 0.118_226_808_188_177_38),
            ((995, 1_000_000), (1100, 1_000_000), 0.022_981_620_369_643_54),
        ] {
            let actual = p(one, other);
            assert!((actual / expected - 1.0).abs() < 1e-6, "{one:?} {other:?}: {actual}");
        }
    }

    #[test]
    fn shares_that_cannot_differ_have_a_p_value_of_1() {
        for (one, other) in [((0, 50), (0, 50)), ((50, 50), (50, 50)), ((0, 0), (5, 50)), ((5, 50), (0, 0))] {
            assert_eq!(p(one, other), 1.0, "{one:?} {other:?}");
        }
        assert_eq!(p((7, 100), (7, 100)), 1.0);
    }

    #[test]
    fn the_normal_approximation_continues_the_exact_test() {
        let (one, other) = ((199_000, 1_000_000), (200_000, 1_000_000));
        let [exact, normal] = [exact(200_000.0, 1e6, 1e6, 399_000.0), p(one, other)];
        assert!(normal > 0.01 && normal < 0.5 && (exact / normal - 1.0).abs() < 0.01, "{exact} {normal}");
    }

    #[test]
    fn the_level_is_divided_by_the_number_of_tests() {
        assert!(significant(&[]).is_empty());
        assert_eq!(significant(&[0.05]), [true]);
        assert_eq!(significant(&[0.051]), [false]);
        // 0.05 / 2 for the smaller, and 0.05 for the other.
        assert_eq!(significant(&[0.05, 0.025]), [true, true]);
        assert_eq!(significant(&[0.04, 0.026]), [false, false]);
        // The first that is not smaller ends the search.
        assert_eq!(significant(&[0.001, 0.03, 0.03, 0.04]), [true, false, false, false]);
    }

    proptest! {
        #[test]
        fn any_p_value_is_a_probability_in_any_order(numbers in any::<[u64; 4]>(), shift in 0..64_u32) {
            let [part1, whole1, part2, whole2] = numbers.map(|number| number >> shift);
            let one = (part1.min(whole1), whole1);
            let other = (part2.min(whole2), whole2);
            let actual = p(one, other);
            prop_assert!((0.0..=1.0).contains(&actual), "{actual}");
            let swapped = p(other, one);
            prop_assert!((actual - swapped).abs() <= actual * 1e-9, "{actual} {swapped}");
            let rest = |(part, whole): (u64, u64)| (whole - part, whole);
            let complement = p(rest(one), rest(other));
            prop_assert!(shift < 12 || (actual - complement).abs() <= actual * 1e-6, "{actual} {complement}");
        }

        #[test]
        fn a_larger_difference_has_a_smaller_p_value(whole in 50..5000_u64, part in 0..2500_u64, more in 1..100_u64) {
            let part = part.min(whole / 2);
            let [near, far] = [more, 2 * more].map(|more| p((part, whole), ((part + more).min(whole), whole)));
            prop_assert!(far <= near * (1.0 + 1e-9), "{near} {far}");
        }
    }
}
