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

#[cfg(test)]
mod tests {
    use super::*;

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
