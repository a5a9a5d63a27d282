//! Merging of triages, and what happens to their settings.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Session;
use brightdata_sessions_triage::{Groups, MergeError, Report, Triage};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use crate::support::any::{any_sessions, triage};
use crate::support::{report_is_consistent, session};

/// Returns a session of each status.
fn sessions() -> Vec<Session> {
    ["running", "finished", "failed", "else"]
        .into_iter()
        .map(|status| session(status, json!({"status": status, "timestamp": "2025-12-16T10:00:00Z"})))
        .collect()
}

fn merged(mut one: Triage, other: Triage) -> Result<Triage, MergeError> {
    one.merge(other).map(|()| one)
}

fn state(triage: &Triage) -> String {
    serde_json::to_string(triage).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The parts are merged in any order, some of them through their written state. Not only the
    /// report, but all figures are the same.
    #[test]
    fn any_partition_gives_the_report_of_all(
        sessions in any_sessions(),
        parts in proptest::collection::vec(any::<Index>(), 150),
        steps in proptest::collection::vec((any::<Index>(), any::<Index>(), any::<bool>()), 5),
    ) {
        let mut all = triage();
        all.extend(&sessions);
        let mut triages = vec![triage(); steps.len() + 1];
        for (session, part) in sessions.iter().zip(parts) {
            triages[part.index(steps.len() + 1)].add(session);
        }
        for (from, to, is_written) in steps {
            let other = triages.swap_remove(from.index(triages.len()));
            let other = if is_written { serde_json::from_str(&state(&other)).unwrap() } else { other };
            let to = to.index(triages.len());
            triages[to].merge(other).unwrap();
        }
        prop_assert_eq!(triages.len(), 1);
        prop_assert_eq!(triages[0].report(), all.report());
        prop_assert_eq!(state(&triages[0]), state(&all));
    }
}

/// With more names than are counted, totals stay exact, and the figures of a name are lower bounds.
#[test]
fn a_merge_with_too_many_names_keeps_totals_exact() {
    let sessions: Vec<_> = (0..1200_u64)
        .map(|number| {
            // Small numbers are frequent.
            let name = number * number % 433;
            let fields = json!({
                "status": "failed", "api_name": format!("zone{name}"), "bandwidth": number, "duration": 90,
                "timestamp": "2025-12-16T10:00:00Z", "target_url": format!("https://{name}.example"),
                "end_url": "https://end.test", "captcha": format!("{name}"), "error": {"code": format!("{name}")},
            });
            session(&format!("{number:04}"), fields)
        })
        .collect();
    let mut all = triage();
    all.extend(&sessions);
    let all = all.report();
    let parts: Vec<Triage> = sessions
        .chunks(130)
        .map(|part| {
            let mut triage = triage();
            triage.extend(part);
            triage
        })
        .collect();
    let reports = [parts.clone(), parts.into_iter().rev().collect()].map(|parts| {
        let merged = parts.into_iter().reduce(|one, other| merged(one, other).unwrap()).unwrap();
        serde_json::from_str::<Triage>(&state(&merged)).unwrap().report()
    });
    let exact = |report: &Report| {
        let Report { total, statuses, failures, durations, hours, sessions, .. } = report.clone();
        let changes = (report.domain_changes.compared, report.domain_changes.changed);
        (
            total,
            statuses,
            failures,
            durations,
            hours,
            sessions,
            changes,
            report.errors.sessions,
            report.captcha,
        )
    };
    let name = |session: &Session| session.api_name.clone().unwrap();
    for report in reports {
        report_is_consistent(&report);
        assert_eq!(exact(&report), exact(&all));
        assert_eq!((report.zones.groups.len(), report.errors.codes.len()), (100, 200));
        assert!(report.zones.other.sessions > 0);
        for zone in &report.zones.groups {
            let of_zone = sessions.iter().filter(|session| name(session) == zone.name);
            let (count, bytes) = of_zone
                .fold((0, 0), |(count, bytes), session| (count + 1, bytes + session.bandwidth.unwrap()));
            assert!(zone.usage.sessions <= count && zone.usage.bandwidth.unwrap() <= bytes, "{zone:?}");
        }
    }
}

#[test]
fn the_price_of_either_triage_is_used() {
    let priced = |price| Triage::new().with_price_per_gb(price).unwrap();
    let price = |one: Triage, other: Triage| merged(one, other).map(|merged| merged.report().price_per_gb);
    assert_eq!(price(priced(8.0), Triage::new()), Ok(Some(8.0)));
    assert_eq!(price(Triage::new(), priced(8.0)), Ok(Some(8.0)));
    assert_eq!(price(priced(8.0), priced(8.0)), Ok(Some(8.0)));
    assert_eq!(price(Triage::new(), Triage::new()), Ok(None));
    let error = price(priced(8.0), priced(9.5)).unwrap_err();
    assert_eq!(error, MergeError::Prices(8.0, 9.5));
    assert_eq!(error.to_string(), "cannot merge: the prices per GB are 8 and 9.5");
}

#[test]
fn full_and_redacted_urls_are_not_merged() {
    let full = || Triage::new().with_full_urls();
    for (mut one, other) in [(full(), Triage::new()), (Triage::new(), full())] {
        one.extend(sessions());
        let before = state(&one);
        let error = one.merge(other).unwrap_err();
        assert_eq!(error, MergeError::FullUrls);
        assert_eq!(error.to_string(), "cannot merge: only one of the triages keeps full URLs");
        assert_eq!(state(&one), before, "it is unchanged");
    }
    assert!(merged(full(), full()).is_ok());
}

/// Each session is compared with the time of its own triage.
#[test]
fn the_report_has_the_later_time() {
    // 2025-12-16T10:00:00Z
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_879_200);
    let fetched = |seconds| {
        let mut triage = Triage::new().with_now(start + Duration::from_secs(seconds));
        triage.extend(sessions());
        triage
    };
    let report = merged(fetched(60), fetched(7200)).unwrap().report();
    assert_eq!(report.now.as_ref().map(|now| now.as_str()), Some("2025-12-16T12:00:00Z"));
    assert_eq!((report.stale_running, report.running_unclear), (Some(1), 0));
    assert_eq!(merged(fetched(7200), fetched(60)).unwrap().report(), report);
    let mut unknown = Triage::new();
    unknown.extend(sessions());
    let report = merged(unknown, fetched(7200)).unwrap().report();
    assert_eq!((report.stale_running, report.running_unclear), (Some(1), 1));
}

#[test]
fn numbers_set_by_the_caller_are_added_up() {
    let triage = |reported, duplicates: Option<(u64, u64)>| {
        let mut triage: Triage = sessions().into_iter().collect();
        triage.set_reported(reported);
        duplicates.into_iter().for_each(|(left_out, unchecked)| triage.set_duplicates(left_out, unchecked));
        triage
    };
    let numbers = |one: Triage, other: Triage| {
        let report = merged(one, other).unwrap().report();
        (report.sessions_reported, report.duplicates, report.duplicates_unchecked)
    };
    let known = || triage(Some(9), Some((2, 3)));
    let unknown = || triage(None, None);
    assert_eq!(numbers(known(), known()), (Some(18), Some(4), 6));
    assert_eq!(numbers(unknown(), unknown()), (None, None, 0));
    // Four sessions without these numbers.
    assert_eq!(numbers(known(), unknown()), (Some(13), Some(2), 7));
    assert_eq!(numbers(unknown(), known()), (Some(13), Some(2), 7));
    assert_eq!(numbers(Triage::new(), known()), (Some(9), Some(2), 3));
}

#[test]
fn huge_figures_stay_at_the_maximum() {
    let huge = || {
        let mut triage = Triage::new().with_price_per_gb(1e6).unwrap();
        triage.add(&session("a", json!({"status": "failed", "bandwidth": u64::MAX})));
        triage
    };
    // Doubled 64 times.
    let text = (0..64).fold(state(&huge()), |text, _| {
        let read = |text: &str| serde_json::from_str::<Triage>(text).unwrap();
        state(&merged(read(&text), read(&text)).unwrap())
    });
    let report = serde_json::from_str::<Triage>(&text).unwrap().report();
    assert_eq!((report.sessions, report.total.bandwidth), (u64::MAX, Some(u64::MAX)));
    report_is_consistent(&report);
    let Groups { missing, other, .. } = &report.zones;
    assert_eq!((missing.sessions, other.sessions), (u64::MAX, 0));
}
