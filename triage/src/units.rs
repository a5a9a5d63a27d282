//! Display of numbers.

use std::fmt;

/// Displays a number of bytes: `9.72 GB`, in powers of 1000, as traffic is billed.
///
/// ```
/// use brightdata_sessions_triage::Bytes;
///
/// assert_eq!(Bytes(123_456_789).to_string(), "123.5 MB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The first unit in which the rounded number is below 1000.
        f.pad(&match self.0 as f64 {
            bytes if bytes < 1e3 => format!("{} B", self.0),
            bytes if bytes < 999.95e3 => format!("{:.1} kB", bytes / 1e3),
            bytes if bytes < 999.95e6 => format!("{:.1} MB", bytes / 1e6),
            bytes if bytes < 999.995e9 => format!("{:.2} GB", bytes / 1e9),
            bytes => format!("{:.2} TB", bytes / 1e12),
        })
    }
}

/// Displays seconds: `41.7 s`, `3 m 29 s`, `1 h 2 m 3 s`.
///
/// ```
/// use brightdata_sessions_triage::Seconds;
///
/// assert_eq!(Seconds(209.4).to_string(), "3 m 29 s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds(pub f64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 59.95 {
            return f.pad(&format!("{:.1} s", self.0));
        }
        let whole = whole(self.0);
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        f.pad(&if hours > 0 {
            format!("{hours} h {minutes} m {seconds} s")
        } else {
            format!("{minutes} m {seconds} s")
        })
    }
}

/// Displays a share from 0 to 1: `12.4 %`. A share above 0 is never shown as `0.0 %` but as `<0.1
/// %`, and a share below 1 never as `100.0 %` but as `>99.9 %`.
///
/// ```
/// use brightdata_sessions_triage::Percent;
///
/// assert_eq!(Percent(1999.0 / 2000.0).to_string(), ">99.9 %");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = format!("{:.1} %", self.0 * 100.0);
        f.pad(match rounded.as_str() {
            "0.0 %" if self.0 > 0.0 => "<0.1 %",
            "100.0 %" if self.0 < 1.0 => ">99.9 %",
            rounded => rounded,
        })
    }
}

/// Displays an amount of money in the currency of the price: `0.19`. An amount above 0 is never
/// shown as `0.00` but as `<0.01`.
///
/// ```
/// use brightdata_sessions_triage::Cost;
///
/// assert_eq!(Cost(0.194).to_string(), "0.19");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost(pub f64);

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = format!("{:.2}", self.0);
        f.pad(if rounded == "0.00" && self.0 > 0.0 { "<0.01" } else { &rounded })
    }
}

/// Displays a sum with possibly missing terms: `24.0 MB`, `at least 24.0 MB` if some are missing,
/// or `unknown` if all are. The alternate form, `{:#}`, is for columns: `≥ 24.0 MB`.
///
/// ```
/// use brightdata_sessions_triage::{Bytes, Sum};
///
/// let sum = Sum { known: Some(Bytes(24_002_345)), partial: true };
/// assert_eq!(format!("{sum}, {sum:#}"), "at least 24.0 MB, ≥ 24.0 MB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sum<T> {
    /// The sum of the known terms; `None` if all are missing.
    pub known: Option<T>,
    /// Whether a term is missing.
    pub partial: bool,
}

impl<T: fmt::Display> fmt::Display for Sum<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at_least = match self.partial {
            true if f.alternate() => "≥ ",
            true => "at least ",
            false => "",
        };
        match &self.known {
            Some(known) => f.pad(&format!("{at_least}{known}")),
            None => f.pad("unknown"),
        }
    }
}

/// Returns the nearest `u64`, or the maximum if the number is too large.
pub(crate) fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let whole = number.round() as u64;
    whole
}

/// Formats a count: `1 session`, `3 sessions`.
pub(crate) fn count(number: u64, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_decimal_unit_that_fits() {
        let shown = [
            0,
            999,
            1000,
            999_949,
            999_950,
            123_456_789,
            999_950_000,
            999_994_999_999,
            999_995_000_000,
            u64::MAX,
        ];
        let shown = shown.map(|bytes| Bytes(bytes).to_string());
        let expected = [
            "0 B",
            "999 B",
            "1.0 kB",
            "999.9 kB",
            "1.0 MB",
            "123.5 MB",
            "1.00 GB",
            "999.99 GB",
            "1.00 TB",
            "18446744.07 TB",
        ];
        assert_eq!(shown, expected);
        assert_eq!(format!("{:>8}|{:<8}|", Bytes(1), Bytes(1)), "     1 B|1 B     |");
    }

    #[test]
    fn only_0_is_shown_as_0_percent_and_only_1_as_100() {
        let parts =
            [(0, 1), (1, 4000), (1, 2001), (1, 2000), (1, 8), (1998, 2000), (1999, 2000), (2000, 2000)];
        let shown = parts.map(|(part, whole)| Percent(f64::from(part) / f64::from(whole)).to_string());
        assert_eq!(shown, ["0.0 %", "<0.1 %", "<0.1 %", "0.1 %", "12.5 %", "99.9 %", ">99.9 %", "100.0 %"]);
        assert_eq!(Percent((u32::MAX - 1).into()).to_string(), "429496729400.0 %");
        assert_eq!(format!("{:>8}|", Percent(0.000_1)), "  <0.1 %|");
    }

    #[test]
    fn only_0_is_shown_as_a_cost_of_0() {
        let shown = [0.0, 1e-9, 0.004_9, 0.006, 12.345].map(|cost| Cost(cost).to_string());
        assert_eq!(shown, ["0.00", "<0.01", "<0.01", "0.01", "12.35"]);
    }

    #[test]
    fn a_sum_shows_whether_terms_are_missing() {
        let sum = |known: Option<u64>, partial| {
            let sum = Sum { known: known.map(Bytes), partial };
            (sum.to_string(), format!("{sum:>#9}"))
        };
        assert_eq!(sum(Some(0), false), ("0 B".into(), "      0 B".into()));
        assert_eq!(sum(Some(1000), true), ("at least 1.0 kB".into(), " ≥ 1.0 kB".into()));
        assert_eq!(sum(None, true), ("unknown".into(), "  unknown".into()));
    }

    #[test]
    fn seconds_are_shown_as_hours_minutes_and_seconds() {
        let shown = [0.0, 1.94, 59.94, 59.95, 209.444, 3599.5, 3661.0].map(|time| Seconds(time).to_string());
        assert_eq!(shown, ["0.0 s", "1.9 s", "59.9 s", "1 m 0 s", "3 m 29 s", "1 h 0 m 0 s", "1 h 1 m 1 s"]);
        assert_eq!(Seconds(f64::MAX).to_string(), Seconds(u64::MAX as f64).to_string());
    }
}
