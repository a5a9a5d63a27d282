//! Parses a condition, with advice for likely mistakes.

use std::fmt;
use std::str::FromStr;

use super::{Condition, Decimal, Gate, MILLION, MIN_SESSIONS, Sessions, Unit};
use crate::ErrorClass;

const FIGURES: [&str; 4] = ["failed", "code:", "traffic", "cost"];

const UNITS: [Unit; 5] = [
    Unit { name: "B", bytes: 1 },
    Unit { name: "kB", bytes: 1_000 },
    Unit { name: "MB", bytes: 1_000_000 },
    Unit { name: "GB", bytes: 1_000_000_000 },
    Unit { name: "TB", bytes: 1_000_000_000_000 },
];

/// The maximum number of digits before the point. A limit of all units then fits.
const MAX_DIGITS: usize = 12;
/// The maximum number of digits after the point.
const MAX_DECIMALS: usize = 6;

/// The text is not a condition of a [`Gate`](crate::Gate).
///
/// ```
/// use brightdata_sessions_triage::Gate;
///
/// let error = "traffic>10GiB".parse::<Gate>().unwrap_err();
/// let expected = "invalid condition: unknown unit GiB, did you mean GB? (B, kB, MB, GB or TB)";
/// assert_eq!(error.to_string(), expected);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidGate {
    reason: String,
}

/// Contains a part of the text.
impl fmt::Display for InvalidGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid condition: {}", self.reason)
    }
}

impl std::error::Error for InvalidGate {}

fn invalid<T>(reason: impl Into<String>) -> Result<T, InvalidGate> {
    Err(InvalidGate { reason: reason.into() })
}

/// Parses a condition in the [grammar](Gate#grammar).
impl FromStr for Gate {
    type Err = InvalidGate;

    fn from_str(text: &str) -> Result<Self, InvalidGate> {
        let (body, min_sessions) = minimum(text.trim())?;
        let condition = match body.strip_prefix("code:") {
            Some(rest) => code(rest)?,
            None => condition(body)?,
        };
        Ok(Self { condition, min_sessions })
    }
}

/// Splits off the minimum number of sessions.
fn minimum(text: &str) -> Result<(&str, u64), InvalidGate> {
    let Some((body, tail)) = text.rsplit_once(',') else { return Ok((text, MIN_SESSIONS)) };
    let Some(tail) = tail.trim_start().strip_prefix('n') else { return Ok((text, MIN_SESSIONS)) };
    let tail = tail.trim_start();
    if !tail.starts_with(['>', '=', '<']) {
        return Ok((text, MIN_SESSIONS));
    }
    match tail.strip_prefix(">=").and_then(|min| whole(min.trim())) {
        Some(min) if min > 0 => Ok((body.trim_end(), min)),
        _ => invalid("expected a minimum of 1 or more after the comma, such as n>=50"),
    }
}

fn code(rest: &str) -> Result<Condition, InvalidGate> {
    let Some((code, limit)) = rest.rsplit_once('>') else {
        return invalid("expected > and a limit after the code, such as code:no_peers>10");
    };
    match code.trim() {
        "" => invalid("expected an error code after code:"),
        code => Ok(Condition::Code(code.into(), sessions(limit)?)),
    }
}

fn condition(body: &str) -> Result<Condition, InvalidGate> {
    let end = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
    let (figure, rest) = body.split_at(end);
    if !matches!(figure, "failed" | "traffic" | "cost") {
        return invalid(unknown_figure(figure, body));
    }
    let rest = rest.trim_start();
    let Some(limit) = rest.strip_prefix('>') else {
        return invalid(format!("expected > and a limit after {figure}, such as {}", example(figure)));
    };
    match figure {
        "failed" => sessions(limit).map(Condition::Failed),
        "traffic" => traffic(limit),
        _ => match number(limit.trim()) {
            Some(limit) => Ok(Condition::Cost(limit)),
            None => invalid(format!("expected an amount, such as {}{}", example(figure), at_least(limit))),
        },
    }
}

fn example(figure: &str) -> &'static str {
    match figure {
        "traffic" => "traffic>10GB",
        "cost" => "cost>12.50",
        _ => "failed>5%",
    }
}

fn unknown_figure(figure: &str, body: &str) -> String {
    if figure.is_empty() {
        return format!("expected one of {}, such as failed>5%", FIGURES.join(", "));
    }
    let code = body.split('>').next().unwrap_or(body).trim();
    if ErrorClass::classify(code) != ErrorClass::Unknown {
        return format!("unknown figure {code}, did you mean code:{code}?");
    }
    match similar(figure, FIGURES) {
        Some(similar) => format!("unknown figure {figure}, did you mean {similar}?"),
        None => format!("unknown figure {figure}, expected one of {}", FIGURES.join(", ")),
    }
}

/// Returns the most similar word, by the measure and the threshold of clap.
fn similar<const N: usize>(word: &str, words: [&'static str; N]) -> Option<&'static str> {
    const MIN_SIMILARITY: f64 = 0.7;
    let similarity = |other: &&str| strsim::jaro(word, other);
    let words = words.into_iter().filter(|other| similarity(other) > MIN_SIMILARITY);
    words.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))
}

fn sessions(limit: &str) -> Result<Sessions, InvalidGate> {
    let text = limit.trim();
    if let Some(percent) = text.strip_suffix('%') {
        return match number(percent.trim_end()) {
            Some(percent) if percent.0 < 100 * MILLION => Ok(Sessions::Percent(percent)),
            // No share is above 100 %.
            _ => invalid(format!(
                "expected a share from 0% to below 100%, with up to {MAX_DECIMALS} decimals, found {text}{}",
                at_least(limit)
            )),
        };
    }
    match whole(text) {
        Some(count) => Ok(Sessions::Count(count)),
        None => {
            invalid(format!("expected a number of sessions or a share, such as 20 or 5%{}", at_least(limit)))
        }
    }
}

fn traffic(limit: &str) -> Result<Condition, InvalidGate> {
    let text = limit.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim_start();
    let Some(number) = number(digits) else {
        return invalid(format!("expected an amount with a unit, such as traffic>10GB{}", at_least(limit)));
    };
    match UNITS.into_iter().find(|known| known.name == unit) {
        Some(unit) => Ok(Condition::Traffic(number, unit)),
        None if unit.is_empty() => invalid("expected a unit after the amount: B, kB, MB, GB or TB"),
        None => {
            let names = UNITS.map(|unit| unit.name);
            // Another case, or a binary unit such as GiB.
            let simple = unit.replace('i', "");
            let meant = names.into_iter().find(|name| name.eq_ignore_ascii_case(&simple));
            let hint = meant.map_or_else(String::new, |name| format!(", did you mean {name}?"));
            invalid(format!("unknown unit {unit}{hint} (B, kB, MB, GB or TB)"))
        }
    }
}

/// Returns a note if the operator is not `>`.
fn at_least(limit: &str) -> &'static str {
    if limit.starts_with('=') { "; the operator is >, not >=" } else { "" }
}

fn whole(text: &str) -> Option<u64> {
    let is_valid = (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_valid)
}

fn number(text: &str) -> Option<Decimal> {
    let (digits, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_valid =
        (1..=MAX_DECIMALS).contains(&decimals.len()) && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let millionths: u64 = format!("{decimals:0<MAX_DECIMALS$}").parse().ok().filter(|_| is_valid)?;
    Some(Decimal(whole(digits)?.checked_mul(MILLION)?.checked_add(millionths)?))
}
