//! Traffic, its cost, and outliers.

use brightdata_sessions_triage::{FindingKind, Report, Triage};
use serde_json::{Value, json};

use crate::support::{alike, found, ids, report, session};

fn sized(bytes: &[u64]) -> Report {
    report(bytes.iter().enumerate().map(|(number, bytes)| {
        session(
            &format!("s{number:03}"),
            json!({"status": "finished", "target_url": "https://a.example/", "bandwidth": bytes}),
        )
    }))
}

#[test]
fn an_outlier_exceeds_twice_the_median_of_at_least_three() {
    const BIG: u64 = 1_000_000;
    for (bytes, outliers, named) in [
        (&[BIG, 9 * BIG][..], None, &[][..]),
        (&[BIG, BIG, 2 * BIG], Some(0), &[]),
        (&[BIG, BIG, 2 * BIG + 1], Some(1), &["s002"]),
        // The median is 2.5.
        (&[BIG, 2 * BIG, 3 * BIG, 5 * BIG], Some(0), &[]),
        (&[BIG, 2 * BIG, 3 * BIG, 5 * BIG + 1], Some(1), &["s003"]),
        (&[BIG, BIG, BIG, 3 * BIG, 4 * BIG], Some(2), &["s004", "s003"]),
    ] {
        let report = sized(bytes);
        assert_eq!(report.domains.groups[0].outliers, outliers, "{bytes:?}");
        let finding = found(&report, FindingKind::BandwidthOutlier);
        assert_eq!(finding.map_or(Vec::new(), |finding| ids(&finding.evidence)), named, "{bytes:?}");
        let spent: u64 = bytes[bytes.len() - named.len()..].iter().sum();
        assert_eq!(finding.and_then(|finding| finding.bandwidth), (!named.is_empty()).then_some(spent));
    }
}

#[test]
fn a_median_below_10_kb_has_no_outliers() {
    for (median, outliers) in [(0, None), (9_999, None), (10_000, Some(1))] {
        let report = sized(&[median, median, 1_000_000]);
        assert_eq!(report.domains.groups[0].outliers, outliers, "{median}");
        let finding = found(&report, FindingKind::BandwidthOutlier);
        assert_eq!(finding.map(|finding| ids(&finding.evidence)), outliers.map(|_| vec!["s002"]), "{median}");
    }
}

#[test]
fn a_median_excludes_running_and_unreported_sessions() {
    let mut sessions =
        alike(2, &json!({"status": "finished", "target_url": "https://a.example/", "bandwidth": 1_000_000}));
    sessions
        .push(session("r", json!({"status": "running", "target_url": "https://a.example/", "bandwidth": 0})));
    sessions.push(session("n", json!({"status": "finished", "target_url": "https://a.example/"})));
    let report = report(sessions);
    let domain = &report.domains.groups[0];
    assert_eq!((domain.usage.sessions, domain.usage.bandwidth_missing), (4, 1));
    assert_eq!((domain.median_bandwidth, domain.outliers), (Some(1_000_000.0), None));
}

#[test]
fn at_most_ten_outliers_are_named_and_all_are_counted() {
    let mut bytes = vec![1_000_000; 40];
    bytes.extend([5_000_000; 15]);
    let report = sized(&bytes);
    let finding = found(&report, FindingKind::BandwidthOutlier).unwrap();
    assert_eq!(
        (finding.sessions, finding.evidence.len(), finding.bandwidth, finding.estimated),
        (15, 10, None, false)
    );
    bytes.extend([1_000_000; 100]);
    let report = sized(&bytes);
    let finding = found(&report, FindingKind::BandwidthOutlier).unwrap();
    assert_eq!((finding.sessions, finding.estimated), (15, true));
    assert!(
        finding.title.starts_with("about 15 sessions on a.example used over twice the median traffic of ")
    );
}

#[test]
fn a_few_outliers_are_exact_with_an_estimated_median() {
    for size in (1_950_000..2_050_000).step_by(1000) {
        let report = sized(&[vec![1_000_000; 147], vec![size; 3]].concat());
        let domain = &report.domains.groups[0];
        let limit = 2.0 * domain.median_bandwidth.unwrap();
        assert_eq!(
            (domain.estimated, domain.outliers),
            (true, Some(if size as f64 > limit { 3 } else { 0 })),
            "{size}"
        );
    }
}

#[test]
fn a_gb_is_10_to_the_9_bytes() {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    triage.add(&session("a", json!({"status": "failed", "bandwidth": 1_500_000_000_u64})));
    triage.add(&session("b", json!({"status": "finished", "bandwidth": 500_000_000})));
    triage.add(&session("c", json!({"status": "finished"})));
    let report = triage.report();
    assert_eq!((report.total.cost, report.total.failed_cost), (Some(16.0), Some(12.0)));
    let finding = found(&report, FindingKind::SpentOnFailures).unwrap();
    assert_eq!((finding.bandwidth, finding.cost), (Some(1_500_000_000), Some(12.0)));
    assert_eq!(
        &*finding.title,
        "75.0 % of the reported traffic was used by failed sessions (1.50 GB of 2.00 GB; unknown for 1 session)"
    );
    assert_eq!(Triage::new().report().total.cost, None);
}

#[test]
fn traffic_without_any_report_has_no_sum_and_no_cost() {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    triage.extend(alike(3, &json!({"status": "failed", "api_name": "zone", "error": {"code": "E1"}})));
    let report = triage.report();
    for usage in [&report.total, &report.zones.groups[0].usage, &report.domains.missing] {
        assert_eq!(
            (usage.bandwidth, usage.failed_bandwidth, usage.cost, usage.failed_cost),
            Default::default()
        );
        assert_eq!((usage.bandwidth_missing, usage.failed_bandwidth_missing), (3, 3));
        assert_eq!(usage.traffic().to_string(), "unknown");
    }
    let other = &report.zones.other;
    assert_eq!((other.sessions, other.bandwidth, other.cost), (0, Some(0), Some(0.0)));
    let finding = found(&report, FindingKind::SystemicError).unwrap();
    assert_eq!((finding.bandwidth, finding.bandwidth_missing, finding.cost), (None, 3, None));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["total"]["bandwidth"], &json["total"]["cost"]), (&Value::Null, &Value::Null));
    let page = report.to_string();
    assert!(page.contains("\nTraffic: unknown (no session reports it)\n"), "{page}");
    assert!(!page.contains("0 B") && !page.contains("0.00"), "{page}");
}

#[test]
fn partly_reported_traffic_is_a_lower_bound() {
    let mut triage = Triage::new().with_price_per_gb(8.0).unwrap();
    let of = |id: &str, status: &str, zone: &str, bytes: Option<u64>| {
        session(id, json!({"status": status, "api_name": zone, "bandwidth": bytes, "error": {"code": "E1"}}))
    };
    triage.add(&of("a", "failed", "both", Some(1_000_000_000)));
    triage.add(&of("b", "failed", "both", None));
    triage.add(&of("c", "finished", "one", Some(500_000_000)));
    triage.add(&of("d", "finished", "other", None));
    let report = triage.report();
    let page = report.to_string();
    for line in [
        "Traffic: at least 1.50 GB; failed sessions (▒): at least 1.00 GB",
        "  cost at 8 per GB (10^9 bytes): at least 12.00; failed sessions: at least 8.00",
        "    both                   ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒   ≥ 1.00 GB       ≥ 8.00",
        "    one                    ██████████              500.0 MB         4.00",
        "    other                                           unknown      unknown",
        "  • E1 in 4 sessions; costs at least 12.00",
        "  • 66.7 % of the reported traffic was used by failed sessions (1.00 GB of 1.50 GB; unknown for 2 sessions); \
         costs at least 8.00",
    ] {
        assert!(page.contains(&format!("\n{line}\n")), "{line}\n{page}");
    }
    crate::support::report_is_consistent(&report);
}

#[test]
fn an_invalid_price_is_rejected() {
    for price in [-0.01, f64::NAN, f64::INFINITY, 1_000_001.0] {
        assert_eq!(
            Triage::new().with_price_per_gb(price).unwrap_err().to_string(),
            "invalid price per GB: expected a number from 0 to 1000000"
        );
    }
    for zero in [0.0, -0.0] {
        let mut triage = Triage::new().with_price_per_gb(zero).unwrap();
        triage.add(&session("a", json!({"status": "failed", "bandwidth": 1})));
        let page = triage.report().to_string();
        assert!(page.contains("  cost at 0 per GB (10^9 bytes): 0.00; failed sessions: 0.00\n"), "{page}");
    }
}

#[test]
fn sums_saturate_at_the_maximum() {
    let report = report(alike(3, &json!({"status": "failed", "bandwidth": u64::MAX, "duration": 1e300})));
    assert_eq!((report.total.bandwidth, report.total.failed_bandwidth), (Some(u64::MAX), Some(u64::MAX)));
    assert_eq!(report.durations.median, Some(1e300));
    crate::support::report_is_consistent(&report);
}

#[test]
fn a_sum_at_the_maximum_has_no_share() {
    let with = |statuses: &[&str]| {
        let session = |status: &&str| session(status, json!({"status": status, "bandwidth": u64::MAX}));
        let report = report(statuses.iter().map(session));
        found(&report, FindingKind::SpentOnFailures).map(|finding| finding.title.to_string())
    };
    let title = "failed sessions used 18446744.07 TB (the total traffic is too large for a share)";
    assert_eq!(with(&["failed", "finished"]).as_deref(), Some(title));
    assert_eq!(with(&["finished"]), None);
}
