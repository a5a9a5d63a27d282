//! The values of `--limit`, `--retry-after` and `--faults`.

use std::time::Duration;

use brightdata_sessions_testkit::{Fault, Faults, RateLimit, RetryAfter};

use crate::period::short;

/// Parses a rate limit, such as `100/60s`, `fixed:100/60s`, `bucket:100/60s:20` or `concurrent:8`.
pub(super) fn limit(text: &str) -> Result<RateLimit, &'static str> {
    const EXPECTED: &str =
        "expected a limit such as 100/60s, fixed:100/60s, bucket:100/60s:20 (with a burst) or concurrent:8";
    let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number > 0).ok_or(EXPECTED);
    let rate = |text: &str| {
        let (requests, per) = text.split_once('/').ok_or(EXPECTED)?;
        let per = short(per).ok().filter(|per| *per > Duration::ZERO).ok_or(EXPECTED)?;
        Ok::<_, &'static str>((number(requests)?, per))
    };
    match text.split_once(':') {
        None => rate(text).map(|(requests, per)| RateLimit::sliding_window(requests, per)),
        Some(("fixed", text)) => rate(text).map(|(requests, per)| RateLimit::fixed_window(requests, per)),
        Some(("bucket", text)) => {
            let (text, burst) = text.split_once(':').ok_or(EXPECTED)?;
            let (requests, per) = rate(text)?;
            Ok(RateLimit::token_bucket(requests, per, number(burst)?))
        }
        Some(("concurrent", text)) => number(text).map(RateLimit::concurrent),
        Some(_) => Err(EXPECTED),
    }
}

/// Parses the `Retry-After` of the responses that refuse a request.
pub(super) fn retry_after(text: &str) -> Result<RetryAfter, &'static str> {
    match text {
        "exact" => Ok(RetryAfter::Exact),
        "none" => Ok(RetryAfter::Absent),
        "half" => Ok(RetryAfter::Half),
        "date" => Ok(RetryAfter::Date),
        _ => text
            .parse()
            .map(RetryAfter::Seconds)
            .map_err(|_| "expected exact, none, half, date or a number of seconds"),
    }
}

/// The faults of a server, without their seed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shares(Vec<(Fault, f64)>);

/// Parses the shares of faults, such as `reset=0.02,status503=0.05`.
pub(super) fn shares(text: &str) -> Result<Shares, String> {
    let mut shares = Vec::new();
    for part in text.split(',') {
        let invalid = |reason: &str| format!("invalid fault {part:?}: {reason}");
        let (name, share) =
            part.split_once('=').ok_or_else(|| invalid("expected a name and a share, such as reset=0.02"))?;
        let fault = match (name, name.strip_prefix("status").map(str::parse)) {
            ("reset", _) => Fault::Reset,
            ("truncate", _) => Fault::Truncate,
            ("drip", _) => Fault::Drip,
            ("silence", _) => Fault::Silence,
            (_, Some(Ok(status @ 200..=599))) => Fault::Status(status),
            _ => {
                return Err(invalid(
                    "expected reset, truncate, drip, silence, or status and a number from 200 to 599",
                ));
            }
        };
        let share: f64 = share.parse().map_err(|_| invalid("the share is not a number"))?;
        if !(0.0..=1.0).contains(&share) {
            return Err(invalid("the share is not between 0 and 1"));
        }
        shares.push((fault, share));
    }
    // Shares such as 0.1 are not exact.
    if shares.iter().map(|(_, share)| share).sum::<f64>() > 1.0 + 1e-9 {
        return Err("the shares add up to more than 1".to_owned());
    }
    Ok(Shares(shares))
}

impl Shares {
    pub(super) fn with_seed(&self, seed: u64) -> Faults {
        self.0.iter().fold(Faults::new(seed), |faults, (fault, share)| faults.with(*fault, *share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_a_kind() {
        const MINUTE: Duration = Duration::from_secs(60);
        let limits = ["100/60s", "fixed:100/1m", "bucket:100/60s:20", "concurrent:8"].map(limit);
        assert_eq!(
            limits,
            [
                Ok(RateLimit::sliding_window(100, MINUTE)),
                Ok(RateLimit::fixed_window(100, MINUTE)),
                Ok(RateLimit::token_bucket(100, MINUTE, 20)),
                Ok(RateLimit::concurrent(8)),
            ]
        );
        for text in [
            "",
            "100",
            "100/",
            "/60s",
            "0/60s",
            "100/0s",
            "bucket:100/60s",
            "concurrent:0",
            "concurrent:8/s",
            "x:1/1s",
        ] {
            assert!(limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn retry_after_is_a_word_or_seconds() {
        let parsed = ["exact", "none", "half", "date", "7"].map(retry_after);
        let expected = [
            RetryAfter::Exact,
            RetryAfter::Absent,
            RetryAfter::Half,
            RetryAfter::Date,
            RetryAfter::Seconds(7),
        ];
        assert_eq!(parsed, expected.map(Ok));
        assert!(retry_after("never").is_err());
    }

    #[test]
    fn shares_are_faults_with_numbers() {
        let expected =
            [(Fault::Reset, 0.02), (Fault::Drip, 0.01), (Fault::Status(503), 0.05), (Fault::Silence, 0.0)];
        assert_eq!(shares("reset=0.02,drip=0.01,status503=0.05,silence=0"), Ok(Shares(expected.into())));
        assert!(shares("truncate=0.3,reset=0.7").is_ok());
        let errors = [
            "",
            "reset",
            "rest=0.1",
            "status=0.1",
            "status99=0.1",
            "reset=x",
            "reset=1.1",
            "reset=NaN",
            "reset=-0.1",
            "reset=0.6,drip=0.5",
        ]
        .map(|text| shares(text).unwrap_err());
        assert_eq!(errors[1], "invalid fault \"reset\": expected a name and a share, such as reset=0.02");
        assert_eq!(errors[7], "invalid fault \"reset=NaN\": the share is not between 0 and 1");
        assert_eq!(errors[9], "the shares add up to more than 1");
    }
}
