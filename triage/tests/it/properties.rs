//! Properties of a report on any sessions.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Session;
use brightdata_sessions_triage::{Diagnosis, Triage, redact_url, registrable_domain};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{report_is_consistent, session};

fn maybe<T: Into<Value> + Clone + std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Value> {
    proptest::option::of(strategy).prop_map(|value| value.map_or(Value::Null, Into::into))
}

fn url() -> impl Strategy<Value = String> {
    let hosts = prop_oneof![
        Just("a.example"),
        Just("shop.a.example"),
        Just("b.example.co.uk"),
        Just("192.0.2.1"),
        Just("[::1]")
    ];
    prop_oneof![
        (hosts, "[/?#a-z]{0,10}").prop_map(|(host, rest)| format!("https://{host}/{rest}")),
        any::<String>(),
        any::<String>().prop_map(|rest| format!("https://{rest}")),
        "https?:([/\\\\:@a-b?#]|http:|://){0,12}",
    ]
}

/// Generates sessions with different ids. Some are alike, and some have unusual values.
fn any_sessions() -> impl Strategy<Value = Vec<Session>> {
    let word = prop_oneof![
        Just("running".to_owned()),
        Just("finished".into()),
        Just("failed".into()),
        any::<String>()
    ];
    let time = prop_oneof![
        (0..100_000_u32).prop_map(|at| format!(
            "2025-12-{:02}T{:02}:{:02}:00Z",
            at % 28 + 1,
            at % 24,
            at % 60
        )),
        any::<String>(),
    ];
    let code = prop_oneof![
        Just("no_peers".to_owned()),
        Just("brob".into()),
        Just("net::ERR_FAILED".into()),
        any::<String>()
    ];
    let fields = (
        maybe(prop_oneof![Just("zone1".to_owned()), any::<String>()]),
        maybe(word),
        maybe(time),
        maybe(url()),
        maybe(url()),
        maybe(0..3_u64),
        maybe(prop_oneof![0.0..4000.0_f64, Just(2.0), Just(60.0), Just(1e300)]),
        maybe(prop_oneof![
            Just("solved".to_owned()),
            Just("failed".into()),
            Just("none".into()),
            any::<String>()
        ]),
        maybe(prop_oneof![0..50_000_000_u64, any::<u64>()]),
        maybe(code),
    );
    let fields = fields.prop_map(
        |(zone, status, start, target, end, navigations, duration, captcha, bandwidth, code)| {
            json!({
                "api_name": zone, "status": status, "timestamp": start, "target_url": target, "end_url": end,
                "navigations": navigations, "duration": duration, "captcha": captcha, "bandwidth": bandwidth,
                "error": {"code": code},
            })
        },
    );
    proptest::collection::vec(fields, 0..150).prop_map(|all| {
        all.into_iter().enumerate().map(|(number, fields)| session(&format!("s{number}"), fields)).collect()
    })
}

fn triage() -> Triage {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_900_000);
    Triage::new().with_now(now).with_price_per_gb(8.0).unwrap()
}

proptest! {
    // Up to 150 sessions per case, enough for estimated medians.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_report_is_consistent(sessions in any_sessions()) {
        let mut triage = triage();
        triage.extend(&sessions);
        report_is_consistent(&triage.report());
    }

    #[test]
    fn any_order_gives_the_same_report(sessions in any_sessions(), keys in proptest::collection::vec(any::<u32>(), 150)) {
        let mut order: Vec<_> = (0..sessions.len()).collect();
        order.sort_by_key(|&place| keys[place]);
        let (mut one, mut other) = (triage(), triage());
        one.extend(&sessions);
        other.extend(order.iter().map(|&place| &sessions[place]));
        prop_assert_eq!(one.report(), other.report());
    }

    #[test]
    fn any_reading_has_hints_and_is_safe_to_display(sessions in any_sessions()) {
        for session in &sessions {
            let text = Diagnosis::of(session, Some(SystemTime::UNIX_EPOCH)).to_string();
            prop_assert!(text.lines().count() >= 2 && text.lines().count() % 2 == 0, "{}", text);
            prop_assert!(brightdata_sessions::Escaped(&text).chars().all(|(c, needs_escape)| !needs_escape || c == '\n'), "{:?}", text);
        }
    }

    #[test]
    fn any_text_is_redacted_as_a_url_without_a_panic(text in any::<String>(), url in url()) {
        for text in [&text, &url] {
            let bare = redact_url(text);
            if let Some(found) = registrable_domain(text) {
                prop_assert!(!found.is_empty() && found.is_ascii() && !found.contains(char::is_whitespace));
                prop_assert_eq!(registrable_domain(&bare), Some(found));
            }
            prop_assert!(!bare.contains(['?', '#']));
            prop_assert_eq!(redact_url(&bare), bare);
        }
    }
}
