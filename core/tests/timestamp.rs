//! Points in time.

use std::time::SystemTime;

use brightdata_sessions::Timestamp;
use proptest::prelude::*;

/// Seconds since the epoch and nanoseconds, however far before it.
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

#[test]
fn these_are_points_in_time() {
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
fn these_are_none() {
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
        let refused = text.parse::<Timestamp>().unwrap_err().to_string();
        assert_eq!(refused, "invalid timestamp: is no date and time such as 2025-12-16T18:53:41Z", "{text}");
    }
}

#[test]
fn an_odd_one_of_the_service_keeps_its_text() {
    let odd: Timestamp = serde_json::from_str(r#""yesterday, about noon""#).unwrap();
    assert_eq!((odd.as_str(), odd.to_system_time()), ("yesterday, about noon", None));
    assert_eq!(serde_json::to_string(&odd).unwrap(), r#""yesterday, about noon""#);
}

#[cfg(feature = "chrono")]
#[test]
fn chrono_reads_the_same() {
    let text: Timestamp = "2025-12-16T20:53:41.25+02:00".parse().unwrap();
    let time = chrono::DateTime::<chrono::FixedOffset>::try_from(&text).unwrap();
    assert_eq!(time.timestamp_millis(), 1_765_911_221_250);
}

#[cfg(feature = "jiff")]
#[test]
fn jiff_reads_the_same() {
    let text: Timestamp = "2025-12-16T20:53:41.25+02:00".parse().unwrap();
    assert_eq!(jiff::Timestamp::try_from(&text).unwrap().as_millisecond(), 1_765_911_221_250);
}

#[cfg(feature = "time")]
#[test]
fn time_reads_the_same() {
    let text: Timestamp = "2025-12-16T20:53:41.25+02:00".parse().unwrap();
    let time = time::OffsetDateTime::try_from(&text).unwrap();
    assert_eq!(time.unix_timestamp_nanos(), 1_765_911_221_250_000_000);
}

/// Days since the epoch, counted year by year and month by month.
fn count_days(year: i64, month: i64, day: i64) -> i64 {
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let years: i64 = if year >= 1970 {
        (1970..year).map(|year| 365 + i64::from(leap(year))).sum()
    } else {
        -(year..1970).map(|year| 365 + i64::from(leap(year))).sum::<i64>()
    };
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + lengths[..month as usize - 1].iter().sum::<i64>() + day - 1
}

proptest! {
    #[test]
    fn every_day_is_the_one_that_counting_finds(year in 0..10_000_i64, month in 1..=12_i64, day in 1..=28_i64, second in 0..86_400_i64) {
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60);
        prop_assert_eq!(parse(&text), Some((count_days(year, month, day) * 86_400 + second, 0)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}|[0-9TZ:.+-]{0,30}") {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            prop_assert_eq!(timestamp.as_str(), text);
            prop_assert!(timestamp.to_system_time().is_some());
        }
    }
}

#[test]
fn the_longest_fraction_does_no_harm() {
    let text = format!("2025-12-16T18:53:41.{}Z", "9".repeat(100_000));
    assert_eq!(parse(&text), Some((1_765_911_221, 999_999_999)));
}
