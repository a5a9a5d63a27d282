//! Numbers for people.

use std::fmt;

/// So many bytes, for people: `9.72 GB`, in powers of 1000, as traffic is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The unit that the rounded number has less than 1000 of.
        f.pad(&match self.0 as f64 {
            bytes if bytes < 1e3 => format!("{} B", self.0),
            bytes if bytes < 999.95e3 => format!("{:.1} kB", bytes / 1e3),
            bytes if bytes < 999.95e6 => format!("{:.1} MB", bytes / 1e6),
            bytes if bytes < 999.995e9 => format!("{:.2} GB", bytes / 1e9),
            bytes => format!("{:.2} TB", bytes / 1e12),
        })
    }
}

/// So many seconds, for people: `41.7 s`, `3 m 29 s`, `1 h 2 m 3 s`.
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

/// A part of one, for people: `12.4 %`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} %", self.0 * 100.0))
    }
}

/// The nearest whole number; what is too large for one is the largest.
pub(super) fn whole(number: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    let whole = number.round() as u64;
    whole
}

/// `1 session`, `3 sessions`.
pub(super) fn count(number: u64, word: &str) -> String {
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
    fn durations_read_like_a_clock() {
        let shown = [0.0, 1.94, 59.94, 59.95, 209.444, 3599.5, 3661.0].map(|time| Seconds(time).to_string());
        assert_eq!(shown, ["0.0 s", "1.9 s", "59.9 s", "1 m 0 s", "3 m 29 s", "1 h 0 m 0 s", "1 h 1 m 1 s"]);
        assert_eq!(Seconds(f64::MAX).to_string(), Seconds(u64::MAX as f64).to_string());
    }
}
