//! Points in time.

use std::cmp::Ordering;
use std::time::{Duration, SystemTime};

use brightdata_sessions::Timestamp;
use proptest::prelude::*;

/// Parses a timestamp. Returns seconds since the epoch, negative before it, and nanoseconds.
fn parse(text: &str) -> Option<(i64, u32)> {
    let time = text.parse::<Timestamp>().ok()?.to_system_time().unwrap();
    Some(match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => (after.as_secs() as i64, after.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            let part = before.subsec_nanos();
            if part == 0 {
                (-(before.as_secs() as i64), 0)
            } else {
                (-(before.as_secs() as i64) - 1, 1_000_000_000 - part)
            }
        }
    })
}

fn at(second: i64, nanos: u64) -> SystemTime {
    let whole = Duration::from_secs(second.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    (if second < 0 { epoch - whole } else { epoch + whole }) + Duration::from_nanos(nanos)
}

#[test]
fn dates_of_rfc_3339_are_parsed() {
    let table = [
        ("2025-12-16T18:53:41Z", (1_765_911_221, 0)),
        ("1970-01-01T00:00:00Z", (0, 0)),
        ("1969-12-31T23:59:59.5Z", (-1, 500_000_000)),
        ("2025-12-16T18:53:41.123456789Z", (1_765_911_221, 123_456_789)),
        ("2025-12-16T18:53:41.1234567899Z", (1_765_911_221, 123_456_789)),
        ("2025-12-16t18:53:41z", (1_765_911_221, 0)),
        ("2025-12-16 18:53:41Z", (1_765_911_221, 0)),
        ("2025-12-16T20:53:41+02:00", (1_765_911_221, 0)),
        ("2025-12-16T18:53:41-00:00", (1_765_911_221, 0)),
        ("2025-12-16T00:23:41-18:30", (1_765_911_221, 0)),
        ("2000-02-29T00:00:00Z", (951_782_400, 0)),
        ("2024-02-29T23:59:60Z", (1_709_251_200, 0)),
        ("0000-01-01T00:00:00Z", (-62_167_219_200, 0)),
        ("9999-12-31T23:59:59Z", (253_402_300_799, 0)),
        ("9999-12-31T23:59:59-23:59", (253_402_387_139, 0)),
    ];
    for (text, time) in table {
        assert_eq!(parse(text), Some(time), "{text}");
    }
}

#[test]
fn other_texts_are_invalid() {
    let table = [
        "",
        "yesterday",
        "2025-12-16",
        "2025-12-16T18:53Z",
        "2025-12-16T18:53:41",
        "20251216T185341Z",
        "2025-13-16T18:53:41Z",
        "2025-00-16T18:53:41Z",
        "2025-12-32T18:53:41Z",
        "2025-12-00T18:53:41Z",
        "2025-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2025-12-16T24:00:00Z",
        "2025-12-16T18:60:00Z",
        "2025-12-16T18:53:61Z",
        "2025-12-16T18:53:41.Z",
        "2025-12-16T18:53:41,5Z",
        "2025-12-16T18:53:41+2:00",
        "2025-12-16T18:53:41+24:00",
        "2025-12-16T18:53:41+02:60",
        "2025-12-16T18:53:41+0200",
        " 2025-12-16T18:53:41Z",
        "2025-12-16T18:53:41Z ",
        "12025-12-16T18:53:41Z",
        "-025-12-16T18:53:41Z",
        "2025-12-16T18:53:41ZZ",
        "２025-12-16T18:53:41Z",
        "1765911221",
    ];
    for text in table {
        let error = text.parse::<Timestamp>().unwrap_err().to_string();
        assert_eq!(
            error, "invalid timestamp: expected a date and time such as 2025-12-16T18:53:41Z",
            "{text}"
        );
    }
}

#[test]
fn an_invalid_timestamp_of_the_server_keeps_its_text() {
    let odd: Timestamp = serde_json::from_str(r#""yesterday, about noon""#).unwrap();
    assert_eq!((odd.as_str(), odd.to_system_time()), ("yesterday, about noon", None));
    assert_eq!(odd.to_string(), "yesterday, about noon");
    assert_eq!(serde_json::to_string(&odd).unwrap(), r#""yesterday, about noon""#);
}

#[test]
fn a_system_time_is_formatted_in_utc_to_the_second() {
    let table = [
        (at(0, 0), Ok("1970-01-01T00:00:00Z")),
        (at(1_765_911_221, 999_999_999), Ok("2025-12-16T18:53:41Z")),
        (at(-1, 0), Ok("1969-12-31T23:59:59Z")),
        (at(-1, 1), Ok("1969-12-31T23:59:59Z")),
        (at(951_782_400, 0), Ok("2000-02-29T00:00:00Z")),
        (at(-62_167_219_200, 0), Ok("0000-01-01T00:00:00Z")),
        (at(-62_167_219_201, 0), Err("invalid timestamp: outside the years 0 to 9999")),
        (at(-62_167_219_201, 999_999_999), Err("invalid timestamp: outside the years 0 to 9999")),
        (at(253_402_300_799, 999_999_999), Ok("9999-12-31T23:59:59Z")),
        (at(253_402_300_800, 0), Err("invalid timestamp: outside the years 0 to 9999")),
    ];
    for (time, expected) in table {
        let formatted = Timestamp::try_from(time).map(|time| time.to_string());
        assert_eq!(
            formatted.map_err(|error| error.to_string()),
            expected.map(str::to_owned).map_err(str::to_owned)
        );
    }
}

/// Checks a conversion to a type of another crate, in milliseconds since the epoch.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
fn conversion_matches(milliseconds: impl Fn(&Timestamp) -> Option<i128>) {
    let table = [
        ("2025-12-16T18:53:41Z", 1_765_911_221_000),
        ("2025-12-16T20:53:41.25+02:00", 1_765_911_221_250),
        ("2025-12-16t00:23:41.001-18:30", 1_765_911_221_001),
        ("1969-12-31T23:59:59.5Z", -500),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
    ];
    for (text, expected) in table {
        assert_eq!(milliseconds(&text.parse().unwrap()), Some(expected), "{text}");
    }
    let odd: Timestamp = serde_json::from_str(r#""yesterday""#).unwrap();
    assert_eq!(milliseconds(&odd), None);
}

#[cfg(feature = "chrono")]
#[test]
fn conversion_to_chrono_matches() {
    type DateTime = chrono::DateTime<chrono::FixedOffset>;
    conversion_matches(|text| DateTime::try_from(text).ok().map(|time| time.timestamp_millis().into()));
    let text: Timestamp = "2025-12-16T20:53:41.25+02:00".parse().unwrap();
    assert_eq!(DateTime::try_from(&text).unwrap().offset().local_minus_utc(), 7200, "the offset is retained");
}

#[cfg(feature = "jiff")]
#[test]
fn conversion_to_jiff_matches() {
    conversion_matches(|text| jiff::Timestamp::try_from(text).ok().map(|time| time.as_millisecond().into()));
}

#[cfg(feature = "time")]
#[test]
fn conversion_to_time_matches() {
    conversion_matches(|text| {
        time::OffsetDateTime::try_from(text).ok().map(|time| time.unix_timestamp_nanos() / 1_000_000)
    });
}

/// Returns the days since the epoch, counted by years and months.
fn count_days(year: i64, month: usize, day: i64) -> i64 {
    let days = |years: std::ops::Range<i64>| years.flat_map(days_in).sum::<i64>();
    let before: i64 = days_in(year).iter().take(month - 1).sum();
    days(1970..year) - days(year..1970) + before + day - 1
}

fn days_in(year: i64) -> [i64; 12] {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[test]
fn each_day_of_400_years_round_trips() {
    let mut midnight = -5_364_662_400; // 1800-01-01
    for year in 1800..2200 {
        for (month, days) in (1..).zip(days_in(year)) {
            for day in 1..=31 {
                let text = format!("{year}-{month:02}-{day:02}T00:00:00Z");
                let expected = (day <= days).then_some((midnight, 0));
                assert_eq!(parse(&text), expected);
                if expected.is_some() {
                    assert_eq!(Timestamp::try_from(at(midnight, 0)).unwrap().as_str(), text);
                    midnight += 86_400;
                }
            }
        }
    }
    assert_eq!(midnight, 7_258_118_400, "2200-01-01");
}

proptest! {
    #[test]
    fn any_date_matches_a_count_of_days(
        year in 0..10_000_i64,
        month in 1..=12_usize,
        day in 1..=31_i64,
        second in 0..86_400_i64,
        fraction in "(\\.[0-9]{1,12})?",
        offset in -1439..=1439_i64,
    ) {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let sign = if offset < 0 { '-' } else { '+' };
        let text = format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}{fraction}{sign}{:02}:{:02}",
            second % 60, offset.abs() / 60, offset.abs() % 60,
        );
        let nanos = format!("{:0<9}", fraction.trim_start_matches('.'))[..9].parse().unwrap();
        let moment = (count_days(year, month, day) * 86_400 + second - offset * 60, nanos);
        prop_assert_eq!(parse(&text), (day <= days_in(year)[month - 1]).then_some(moment), "{}", text);
    }

    #[test]
    fn any_system_time_round_trips_to_the_second(second in -62_167_219_200_i64..253_402_300_800) {
        let formatted = Timestamp::try_from(at(second, 0)).unwrap();
        prop_assert_eq!(parse(formatted.as_str()), Some((second, 0)), "{}", formatted);
    }

    #[test]
    fn any_text_is_parsed_or_invalid(text in "\\PC{0,30}|[0-9TZ:.+-]{0,30}") {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            prop_assert_eq!(timestamp.as_str(), text);
            prop_assert!(timestamp.to_system_time().is_some());
        }
    }
}

#[test]
fn a_very_long_fraction_is_parsed() {
    let text = format!("2025-12-16T18:53:41.{}Z", "9".repeat(100_000));
    assert_eq!(parse(&text), Some((1_765_911_221, 999_999_999)));
}

#[test]
fn timestamps_are_ordered_by_their_instant() {
    let texts = [
        "",
        "yesterday",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00Z",
        "2025-12-16T18:53:41+01:00",
        // One instant: by the text.
        "2025-12-16T18:53:41Z",
        "2025-12-16T20:53:41+02:00",
        "2025-12-16T18:53:41.000000001Z",
        "2025-12-16T18:53:41.5Z",
        "2025-12-16T18:53:42Z",
    ];
    let sorted = texts.map(|text| serde_json::from_value::<Timestamp>(text.into()).unwrap());
    for (index, earlier) in sorted.iter().enumerate() {
        assert_eq!(earlier.cmp(earlier), Ordering::Equal);
        for later in &sorted[index + 1..] {
            assert_eq!((earlier.cmp(later), later.cmp(earlier)), (Ordering::Less, Ordering::Greater));
        }
    }
}

proptest! {
    #[test]
    fn the_order_agrees_with_that_of_system_times(
        seconds in prop::array::uniform2(-62_167_219_200_i64..253_402_300_800),
    ) {
        let [first, second] = seconds.map(|second| Timestamp::try_from(at(second, 0)).unwrap());
        let expected = first.to_system_time().cmp(&second.to_system_time());
        prop_assert_eq!(first.cmp(&second), expected);
    }
}

#[test]
fn a_timestamp_converts_from_and_to_text() {
    let text = "2025-12-16T18:53:41Z";
    let timestamp: Timestamp = text.parse().unwrap();
    assert_eq!(Timestamp::try_from(text).unwrap(), timestamp);
    assert_eq!(Timestamp::try_from(text.to_owned()).unwrap(), timestamp);
    assert_eq!((timestamp.as_ref(), timestamp.as_str()), (text, text));
    assert_eq!(format!("[{timestamp:>22}]"), format!("[  {text}]"));
    let expected = "invalid timestamp: expected a date and time such as 2025-12-16T18:53:41Z";
    assert_eq!(Timestamp::try_from("today").unwrap_err().to_string(), expected);
    assert_eq!(Timestamp::try_from("today".to_owned()).unwrap_err().to_string(), expected);
}
