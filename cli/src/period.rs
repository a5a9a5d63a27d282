//! Periods such as `24h`.

use std::time::{Duration, SystemTime};

/// Returns the time that is this much earlier. No session started before 1970.
pub(crate) fn before(time: SystemTime, period: Duration) -> SystemTime {
    time.checked_sub(period).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Parses a number with one of the letters m, h, d and w.
pub(crate) fn since(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected a whole number and a unit, such as 90m, 24h, 7d or 2w";
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        Some('w') => 7 * 86_400,
        _ => return Err(EXPECTED),
    };
    let digits = &text[..text.len() - 1];
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u32>().ok().filter(|number| valid && *number > 0).ok_or(EXPECTED)?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

/// Parses a number with one of the units ms, s, m and h.
pub(crate) fn short(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected a whole number and a unit, such as 150ms, 60s, 5m or 1h";
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(EXPECTED),
    };
    let number: u32 = number.parse().map_err(|_| EXPECTED)?;
    Ok(Duration::from_millis(u64::from(number) * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_period_is_a_number_and_a_unit() {
        let periods = ["0ms", "150ms", "60s", "5m", "1h"].map(|text| short(text).unwrap().as_millis());
        assert_eq!(periods, [0, 150, 60_000, 300_000, 3_600_000]);
        for text in ["", "7", "s", "-1s", "+1s", "1.5s", "1 s", "1d", "1µs", "99999999999s"] {
            assert!(short(text).is_err(), "{text}");
        }
    }

    #[test]
    fn since_is_a_number_and_a_unit() {
        let seconds = ["90m", "24h", "7d", "2w"].map(|text| since(text).unwrap().as_secs());
        assert_eq!(seconds, [5400, 86_400, 604_800, 1_209_600]);
        for text in ["", "7", "d", "0h", "-1h", "+1h", "1.5h", "1 h", "1s", "1é", "99999999999d", "tomorrow"]
        {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
