//! The machine's clock, compared with the `Date` of a response.

use std::time::{Duration, SystemTime};

use brightdata_sessions::http::header::{DATE, RETRY_AFTER};

use super::CONFIGURATION;
use super::check::{Check, Subject};
use super::network::count;
use super::service::Received;

/// `Date` has whole seconds, and a response may take some.
const TOLERANCE: Duration = Duration::from_secs(30);
/// A greater difference makes periods such as `--since 1h` wrong.
const MAX_DIFFERENCE: Duration = Duration::from_secs(5 * 60);

pub(super) fn check(received: Option<&Received>) -> Check {
    let Some(received) = received else {
        return Check::not_made(Subject::Clock, "not checked, because there is no response");
    };
    // The client adds a `Date` of its own that `Retry-After` needs.
    if received.headers.contains_key(RETRY_AFTER) {
        return Check::not_made(Subject::Clock, "not checked, because the service refused the request");
    }
    let date =
        received.headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let Some(date) = date else {
        return Check::note(Subject::Clock, "not checked, because the response has no valid Date header");
    };
    compare(received.at, date)
}

fn compare(clock: SystemTime, date: SystemTime) -> Check {
    let (difference, direction) = match clock.duration_since(date) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    let signed = i64::try_from(difference.as_secs()).unwrap_or(i64::MAX);
    let signed = if direction == "behind" { -signed } else { signed };
    let reason = format!("{} {direction} the service's clock", shown(difference));
    let check = match difference {
        _ if difference <= TOLERANCE => {
            Check::ok(Subject::Clock, "the same as the service's clock, within 30 s")
        }
        _ if difference <= MAX_DIFFERENCE => Check::note(Subject::Clock, reason),
        _ => Check::problem(Subject::Clock, CONFIGURATION, reason),
    };
    let check = match difference {
        _ if difference <= TOLERANCE => check,
        _ => check.advice(
            "set the clock of this machine: periods such as --since 1h and certificates depend on it",
        ),
    };
    check.detail("seconds_ahead", signed)
}

/// Returns a duration in its two largest units.
fn shown(duration: Duration) -> String {
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs() % 60);
    let (hours, days) = (minutes / 60, minutes / (24 * 60));
    match (days, hours, minutes) {
        (0, 0, 0) => count(seconds, "second"),
        (0, 0, _) => format!("{minutes} min {seconds} s"),
        (0, ..) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;
    use crate::terminal::Terminal;

    #[test]
    fn the_limits_of_a_difference_decide_its_outcome() {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let text = |clock| {
            let check = compare(clock, date);
            let text = strip_str(&check.text(&Terminal::new(None, false))).to_string();
            text.lines().next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let same = "ok clock the same as the service's clock, within 30 s";
        for (seconds, ahead, behind) in [
            (0, same, same),
            (30, same, same),
            (31, "note clock 31 seconds ahead of", "note clock 31 seconds behind"),
            (300, "note clock 5 min 0 s ahead of", "note clock 5 min 0 s behind"),
            (301, "problem clock 5 min 1 s ahead of", "problem clock 5 min 1 s behind"),
            (7_260, "problem clock 2 h 1 min ahead of", "problem clock 2 h 1 min behind"),
            (90_000, "problem clock 1 d 1 h ahead of", "problem clock 1 d 1 h behind"),
        ] {
            let seconds = Duration::from_secs(seconds);
            let end = |text: &str| {
                if text == same { text.to_owned() } else { format!("{text} the service's clock") }
            };
            assert_eq!(text(date + seconds), end(ahead));
            assert_eq!(text(date - seconds), end(behind));
        }
    }
}
