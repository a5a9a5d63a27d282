//! Points in time and delays in headers and bodies.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::{HeaderMap, HeaderValue, Response};
use brightdata_sessions::{GetSession, Timestamp};
use chrono::{DateTime, Datelike as _, NaiveDateTime};

use super::{ID, api};

/// Each value is parsed as an independent library parses it, or rejected. The lines of the input
/// are a `retry-after`, a `date` and a timestamp.
pub fn check(input: &[u8]) {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in ["retry-after", "date"] {
        if let Some(value) = lines.next().and_then(|line| HeaderValue::from_bytes(line).ok()) {
            headers.insert(name, value);
        }
    }
    // Alone, and with another value before or after it.
    for (before, after) in [(None, None), (Some("60"), None), (None, Some("60"))] {
        let mut all = headers.clone();
        all.remove("retry-after");
        let own = headers.get("retry-after").cloned();
        let [before, after] = [before, after].map(|value| value.map(HeaderValue::from_static));
        for value in [before, own, after].into_iter().flatten() {
            all.append("retry-after", value);
        }
        retry_after_matches_the_model(all);
    }
    if let Some(Ok(text)) = lines.next().map(std::str::from_utf8) {
        timestamp_matches_chrono(text);
    }
}

fn retry_after_matches_the_model(headers: HeaderMap) {
    let expected = retry_after(&headers);
    let mut response = Response::builder().status(429).body(&b""[..]).unwrap();
    *response.headers_mut() = headers;
    let error = api().parse(&GetSession::new(ID.parse().unwrap()), response).unwrap_err();
    assert!(is_near(error.retry_after(), expected), "{:?}, {expected:?}", error.retry_after());
}

/// Returns whether two times are equal, except for the rounding of a float.
pub(super) fn is_near(time: Option<Duration>, expected: Option<Duration>) -> bool {
    match (time, expected) {
        (Some(time), Some(expected)) => {
            let (time, expected) = (time.as_secs(), expected.as_secs());
            time.abs_diff(expected) <= 1 + (expected >> 50)
        }
        (time, expected) => time == expected,
    }
}

/// Parses `Retry-After` independently and returns the longest of all values.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let date_header = || date(headers.get("date")?.to_str().ok()?.trim());
    let read = |value: &str| {
        let until = date(value).zip(date_header()).map(|(at, now)| u64::try_from(at - now).unwrap_or(0));
        number(value).or(until).or_else(|| value.split(',').filter_map(number).max())
    };
    let values = headers.get_all("retry-after").iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|value| read(value.trim())).max().map(Duration::from_secs)
}

/// Parses a number of at least 0 from its digits, rounded up.
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(&digits) || !is_number(unsigned) {
        return None;
    }
    let huge = if exponent.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 };
    let point = whole.len() as i64 + exponent.parse().unwrap_or(huge).clamp(i64::MIN / 2, i64::MAX / 2);
    let Some(first) = digits.bytes().position(|digit| digit != b'0') else { return Some(0) };
    if point - first as i64 > 20 {
        return Some(u64::MAX);
    }
    let split = point.clamp(0, digits.len() as i64) as usize;
    let zeros = usize::try_from(point).unwrap_or(0).saturating_sub(digits.len());
    let whole = format!("0{}{}", &digits[..split], "0".repeat(zeros));
    let up = u128::from(digits[split..].bytes().any(|digit| digit != b'0'));
    Some(u64::try_from(whole.parse::<u128>().unwrap() + up).unwrap_or(u64::MAX))
}

/// Returns the seconds from the epoch to a date in one of the three forms of RFC 9110, with or
/// without a leading zero of the day.
fn date(text: &str) -> Option<i64> {
    let forms = [
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %e %H:%M:%S %Y",
        "%a %b %d %H:%M:%S %Y",
    ];
    // `chrono` is lenient, so only a date that it formats the same counts.
    let parse = |text: &str, form| {
        let date = NaiveDateTime::parse_from_str(text, form).ok()?;
        (date.format(form).to_string() == text).then_some(date)
    };
    // `httpdate` ignores the character between date and time of the second form.
    let mut second = text.to_owned();
    if let Some(separator) = text.len().checked_sub("?08:49:37 GMT".len()).filter(|_| text.is_ascii()) {
        second.replace_range(separator..=separator, " ");
    }
    let texts = [text, &second, text, text];
    let date = texts.into_iter().zip(forms).find_map(|(text, form)| parse(text, form))?;
    let is_leap_second = date.and_utc().timestamp_subsec_nanos() != 0;
    ((1970..=9999).contains(&date.year()) && !is_leap_second).then(|| date.and_utc().timestamp())
}

/// A timestamp is a date and time of RFC 3339 and agrees with `chrono`, or is rejected. The text
/// that the server sends is retained in any case. A formatted time is in the same second, also for
/// the first and the last second of the same minute, hour and day.
pub(crate) fn timestamp_matches_chrono(text: &str) {
    let retained: Timestamp = serde_json::from_value(text.into()).unwrap();
    assert_eq!((retained.as_str(), retained.to_string().as_str()), (text, text));
    let actual = retained.to_system_time();
    assert_eq!(text.parse::<Timestamp>().ok(), actual.map(|_| retained));
    let other = DateTime::parse_from_rfc3339(text).ok().filter(|_| text.is_ascii());
    let nanos = other.map(|other| (other.timestamp(), other.timestamp_subsec_nanos()));
    assert_eq!(
        actual.map(since_epoch),
        nanos.map(|(seconds, nanos)| { i128::from(seconds) * 1_000_000_000 + i128::from(nanos) }),
        "{text}"
    );
    if let Some(time) = actual {
        time_round_trips_to_the_second(time);
        // The first and the last second of its minute, hour and day.
        let second = i64::try_from(since_epoch(time).div_euclid(1_000_000_000)).unwrap();
        for length in [60, 3600, 86_400] {
            let first = second.div_euclid(length) * length;
            for second in [first, first + length - 1] {
                let distance = Duration::from_secs(second.unsigned_abs());
                let epoch = SystemTime::UNIX_EPOCH;
                time_round_trips_to_the_second(if second < 0 { epoch - distance } else { epoch + distance });
            }
        }
    }
}

fn time_round_trips_to_the_second(time: SystemTime) {
    let formatted = Timestamp::try_from(time);
    let seconds = since_epoch(time).div_euclid(1_000_000_000);
    // With an offset, a time on the first or the last day may be outside the years 0 to 9999 in
    // UTC.
    let Ok(formatted) = formatted else {
        assert!(!(-62_167_219_200..253_402_300_800).contains(&seconds));
        return;
    };
    let parsed = since_epoch(formatted.to_system_time().unwrap());
    assert_eq!(parsed, seconds * 1_000_000_000, "{formatted}");
}

/// Returns nanoseconds since the epoch, negative before it.
fn since_epoch(time: SystemTime) -> i128 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}
