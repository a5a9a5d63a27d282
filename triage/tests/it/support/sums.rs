//! The figures of a report, compared with those of an independent computation. The fuzz targets
//! include this file.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use brightdata_sessions::Session;
use brightdata_sessions_triage::{Groups, Report, Triage};
use serde_json::Value;

use super::consistent::report_is_consistent;

/// The price of a GB.
const PRICE: f64 = 8.0;

/// Reports on the sessions of an input, one per line, and compares the figures of the report with
/// those that are computed from the JSON values. Lines without a session are skipped. If the first
/// line is `full`, URLs are kept whole.
pub(crate) fn check(input: &[u8]) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_900_000);
    let mut triage = Triage::new().with_now(now).with_price_per_gb(PRICE).unwrap();
    let input = input.strip_prefix(b"full\n").map_or(input, |rest| {
        triage = triage.clone().with_full_urls();
        rest
    });
    let mut values = Vec::new();
    for line in String::from_utf8_lossy(input).lines() {
        // A `Value` cannot hold every unknown field.
        if let (Ok(session), Ok(value)) = (Session::from_json(line), serde_json::from_str::<Value>(line)) {
            triage.add(&session);
            values.push(value);
        }
    }
    let report = triage.report();
    report_is_consistent(&report);
    let actual = Figures::of_report(&report);
    assert_eq!(actual, Figures::of_values(&values));
    names_are_counted(&report, &values);
    for groups in [&report.zones, &report.domains, &report.days] {
        traffic_adds_up(groups, &report);
    }
}

/// The figures that do not depend on names.
#[derive(Debug, PartialEq)]
struct Figures {
    /// Running, finished, failed, other, missing.
    statuses: [u64; 5],
    /// Solved, failed, detected, none, other, missing.
    captchas: [u64; 6],
    /// The sum of all sessions, and how many do not report their traffic. The same of failed ones.
    traffic: [(Option<u64>, u64); 2],
    costs: [Option<String>; 2],
    /// The number of durations and of missing ones, the longest, and the size of each bin.
    durations: (u64, u64, Option<f64>, Vec<u64>),
    /// Sessions with an error, those without a code, and failed sessions without an error.
    errors: [u64; 3],
    failure_rate: Option<String>,
}

fn cost(bytes: Option<u64>) -> Option<String> {
    bytes.map(|bytes| rounded(bytes as f64 / 1e9 * PRICE))
}

/// Rounds to 12 digits, because the order of operations affects the last ones.
fn rounded(number: f64) -> String {
    format!("{number:.11e}")
}

impl Figures {
    fn of_report(report: &Report) -> Self {
        let (statuses, captcha, total) = (report.statuses, report.captcha, &report.total);
        let durations = &report.durations;
        Self {
            statuses: [
                statuses.running,
                statuses.finished,
                statuses.failed,
                statuses.other,
                statuses.missing,
            ],
            captchas: [
                captcha.solved,
                captcha.failed,
                captcha.detected,
                captcha.none,
                captcha.other,
                captcha.missing,
            ],
            traffic: [
                (total.bandwidth, total.bandwidth_missing),
                (total.failed_bandwidth, total.failed_bandwidth_missing),
            ],
            costs: [total.cost.map(rounded), total.failed_cost.map(rounded)],
            durations: (
                durations.known,
                durations.missing,
                durations.longest.as_ref().map(|longest| longest.duration),
                durations.bins.iter().map(|bin| bin.sessions).collect(),
            ),
            errors: [report.errors.sessions, report.errors.without_code, report.failures.without_error],
            failure_rate: report.failure_rate.map(rounded),
        }
    }

    fn of_values(values: &[Value]) -> Self {
        let ended: Vec<_> = values.iter().filter(|value| value["status"] != "running").collect();
        let failed: Vec<_> = values.iter().filter(|value| value["status"] == "failed").collect();
        let with_error: Vec<_> = values.iter().filter(|value| value["error"].is_object()).collect();
        let durations: Vec<_> = ended.iter().filter_map(|value| value["duration"].as_f64()).collect();
        let limits = [0.0, 2.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, f64::INFINITY];
        let bin = |limits: &[f64]| {
            durations.iter().filter(|seconds| (limits[0]..limits[1]).contains(*seconds)).count() as u64
        };
        let traffic = [traffic(values.iter()), traffic(failed.iter().copied())];
        let finished = values.iter().filter(|value| value["status"] == "finished").count();
        let decided = failed.len() + finished;
        Self {
            statuses: counts(values.iter(), "status", ["running", "finished", "failed"]).try_into().unwrap(),
            captchas: counts(ended.iter().copied(), "captcha", ["solved", "failed", "detected", "none"])
                .try_into()
                .unwrap(),
            traffic,
            costs: traffic.map(|(sum, _)| cost(sum)),
            durations: (
                durations.len() as u64,
                (ended.len() - durations.len()) as u64,
                durations.iter().copied().reduce(f64::max),
                limits.windows(2).map(bin).collect(),
            ),
            errors: [
                with_error.len() as u64,
                with_error.iter().filter(|value| !value["error"]["code"].is_string()).count() as u64,
                failed.iter().filter(|value| !value["error"].is_object()).count() as u64,
            ],
            failure_rate: (decided > 0).then(|| rounded(failed.len() as f64 / decided as f64)),
        }
    }
}

/// Counts the sessions with each word, those with another word, and those without one.
fn counts<'a, const WORDS: usize>(
    values: impl Iterator<Item = &'a Value>,
    name: &str,
    words: [&str; WORDS],
) -> Vec<u64> {
    let mut counts = vec![0; WORDS + 2];
    for value in values {
        let place = value[name].as_str().map(|word| words.iter().position(|known| *known == word));
        counts[place.map_or(WORDS + 1, |place| place.unwrap_or(WORDS))] += 1;
    }
    counts
}

/// Returns the sum of the traffic, and the number of sessions that do not report it.
fn traffic<'a>(values: impl Iterator<Item = &'a Value>) -> (Option<u64>, u64) {
    let bytes: Vec<_> = values.map(|value| whole(&value["bandwidth"])).collect();
    let known: Vec<_> = bytes.iter().flatten().copied().collect();
    let sum = known.iter().map(|bytes| u128::from(*bytes)).sum::<u128>().min(u64::MAX.into());
    let is_unknown = known.is_empty() && !bytes.is_empty();
    ((!is_unknown).then_some(sum as u64), (bytes.len() - known.len()) as u64)
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().map(|number| number as u64))
}

/// The names of zones, error codes and unknown words have as many sessions as in the values, if none
/// is cut or omitted.
fn names_are_counted(report: &Report, values: &[Value]) {
    let ended = || values.iter().filter(|value| value["status"] != "running");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let zones = report.zones.groups.iter().map(|zone| (zone.name.to_string(), zone.usage.sessions));
    same_counts(zones, values.iter().filter_map(|value| text(&value["api_name"])), 100);
    let codes = report.errors.codes.iter().map(|code| (code.code.to_string(), code.sessions));
    same_counts(codes, values.iter().filter_map(|value| text(&value["error"]["code"])), 200);
    let known = ["running", "finished", "failed"];
    let words = report.unknown_statuses.iter().map(|word| (word.word.to_string(), word.sessions));
    let statuses = values.iter().filter_map(|value| text(&value["status"]));
    same_counts(words, statuses.filter(|word| !known.contains(&word.as_str())), 200);
    let known = ["solved", "failed", "detected", "none"];
    let words = report.unknown_captchas.iter().map(|word| (word.word.to_string(), word.sessions));
    let captchas = ended().filter_map(|value| text(&value["captcha"]));
    same_counts(words, captchas.filter(|word| !known.contains(&word.as_str())), 200);
}

fn same_counts(
    actual: impl Iterator<Item = (String, u64)>,
    expected: impl Iterator<Item = String>,
    max: usize,
) {
    let mut counts = BTreeMap::new();
    for name in expected {
        // Longer names are cut, and URLs in codes are redacted.
        if name.len() > 300 || name.contains("://") {
            return;
        }
        *counts.entry(name).or_insert(0) += 1;
    }
    if counts.len() <= max {
        assert_eq!(actual.collect::<BTreeMap<_, _>>(), counts);
    }
}

/// The traffic of all groups is that of the report.
fn traffic_adds_up(groups: &Groups, report: &Report) {
    let usages = groups.groups.iter().map(|group| &group.usage).chain([&groups.missing, &groups.other]);
    let sums = usages.fold([0_u128; 2], |[all, failed], usage| {
        [
            all + u128::from(usage.bandwidth.unwrap_or(0)),
            failed + u128::from(usage.failed_bandwidth.unwrap_or(0)),
        ]
    });
    let total = [report.total.bandwidth, report.total.failed_bandwidth];
    // A sum stays at the maximum.
    assert_eq!(sums.map(|sum| sum.min(u64::MAX.into()) as u64), total.map(|sum| sum.unwrap_or(0)));
}
