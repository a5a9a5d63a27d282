//! Properties of every report. The fuzz targets include this file.

use brightdata_sessions::Escaped;
use brightdata_sessions_triage::{Groups, Report};
use serde_json::Value;

/// The parts of a report add up, its numbers are finite, and its page is safe to display.
pub(crate) fn report_is_consistent(report: &Report) {
    let sums = |groups: &Groups| -> u64 {
        let named: u64 = groups.groups.iter().map(|group| group.usage.sessions).sum();
        named + groups.missing.sessions + groups.other.sessions
    };
    for groups in [&report.zones, &report.domains, &report.days] {
        assert_eq!(sums(groups), report.sessions);
    }
    let failures = report.failures;
    assert_eq!(
        failures.configuration + failures.nothing_loaded + failures.run + failures.unclear,
        report.statuses.failed
    );
    let bins: u64 = report.durations.bins.iter().map(|bin| bin.sessions).sum();
    assert_eq!(bins, report.durations.known);
    let ended = report.sessions - report.statuses.running;
    assert_eq!(report.durations.known + report.durations.missing, ended);
    let captcha = report.captcha;
    assert_eq!(report.captcha_met + captcha.none + captcha.other + captcha.missing, ended);
    let codes: u64 = report.errors.codes.iter().map(|code| code.sessions).sum();
    assert_eq!(codes + report.errors.without_code + report.errors.other, report.errors.sessions);
    let hours: u64 = report.hours.iter().map(|hour| hour.statuses.all()).sum();
    assert_eq!(hours + report.hours_earlier + report.start_missing, report.sessions);
    for width in [1, 54, 744] {
        let window = report.hour_window(width);
        let shown: u64 = window.hours.iter().map(|hour| hour.statuses.all()).sum();
        assert_eq!(shown + window.earlier + window.later + report.start_missing, report.sessions);
        assert_eq!(window.hours.is_empty(), report.hours.is_empty());
    }
    let usages = [&report.zones, &report.domains, &report.days]
        .map(|groups| groups.groups.iter().map(|group| &group.usage).chain([&groups.missing, &groups.other]));
    for usage in usages.into_iter().flatten().chain([&report.total]) {
        assert!(usage.failed <= usage.ended && usage.ended <= usage.sessions, "{usage:?}");
        sum_counts_reported_traffic(usage.bandwidth, usage.sessions, usage.bandwidth_missing);
        sum_counts_reported_traffic(usage.failed_bandwidth, usage.failed, usage.failed_bandwidth_missing);
        let is_priced = report.price_per_gb.is_some();
        assert_eq!(usage.cost.is_some(), is_priced && usage.bandwidth.is_some(), "{usage:?}");
        assert_eq!(usage.failed_cost.is_some(), is_priced && usage.failed_bandwidth.is_some(), "{usage:?}");
    }
    assert_eq!(report.statuses.all(), report.sessions);
    assert_eq!(report.statuses.finished + report.statuses.failed, report.total.ended);
    for finding in &report.findings {
        assert!(finding.sessions > 0);
        assert!((1..=10).contains(&finding.evidence.len()), "{finding:?}");
        assert!(finding.sessions >= finding.evidence.len() as u64, "{finding:?}");
        let is_unknown = finding.bandwidth_missing == finding.sessions;
        assert!(finding.bandwidth.is_none() || !is_unknown, "{finding:?}");
    }
    let page = report.to_string();
    assert!(Escaped(&page).chars().all(|(c, needs_escape)| !needs_escape || c == '\n'), "{page:?}");
    // A float that is not finite would be serialized as null.
    let json = serde_json::to_value(report).unwrap();
    assert!(!has_invalid_null(&json), "{json}");
}

/// Traffic that no session reports has no sum. The sum of no sessions is 0.
fn sum_counts_reported_traffic(sum: Option<u64>, sessions: u64, missing: u64) {
    assert_eq!(sum.is_none(), sessions > 0 && missing == sessions);
    assert!(sessions > missing || sum.is_none_or(|sum| sum == 0));
}

/// Returns whether a number that is always present is null, which means that it was not finite.
fn has_invalid_null(json: &Value) -> bool {
    let numbers = ["sessions", "failed", "bandwidth_missing", "from", "known", "missing"];
    match json {
        Value::Object(members) => members.iter().any(|(name, value)| {
            (numbers.contains(&name.as_str()) && value.is_null()) || has_invalid_null(value)
        }),
        Value::Array(values) => values.iter().any(has_invalid_null),
        _ => false,
    }
}
