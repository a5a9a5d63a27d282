//! Any sessions.

use std::time::{Duration, SystemTime};

use brightdata_sessions::Session;
use brightdata_sessions_triage::Triage;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::session;

fn maybe<T: Into<Value> + Clone + std::fmt::Debug>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Value> {
    proptest::option::of(strategy).prop_map(|value| value.map_or(Value::Null, Into::into))
}

pub(crate) fn any_url() -> impl Strategy<Value = String> {
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
pub(crate) fn any_sessions() -> impl Strategy<Value = Vec<Session>> {
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
        maybe(any_url()),
        maybe(any_url()),
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

/// Returns an empty triage with a time and a price.
pub(crate) fn triage() -> Triage {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_765_900_000);
    Triage::new().with_now(now).with_price_per_gb(8.0).unwrap()
}
