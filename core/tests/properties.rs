//! What holds for any input.

#[path = "support/properties.rs"]
mod properties;

use std::time::Duration;

use brightdata_sessions::{ApiKey, BaseUrl, FailureKind, SessionId};
use proptest::prelude::*;

use properties::{ID, KEY, Outcome};

/// JSON values, some of them odd.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just(r#""\ud83d\ude00""#.to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just(format!("\"{KEY}\"")),
        any::<u64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("JSON has none", |number| number.is_finite())
            .prop_map(|number| format!("{number:?}")),
        "-?[0-9]{1,25}(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| format!("[{}]", values.join(" ,"))),
            proptest::collection::vec((any::<String>(), inner), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{}: {value}", serde_json::Value::from(name.as_str())))
                    .collect();
                format!("{{\n{}}}", members.join(","))
            }),
        ]
    })
}

/// The members of a session: known ones with values that fit more often than not, and others.
fn member() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("null".to_owned())
    ];
    let number = prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        (0..1_000_000_u64).prop_map(|number| format!("{number}.0")),
        (0..1000_u64, 0..6_u32).prop_map(|(number, power)| format!("{number}e{power}")),
        Just("null".to_owned()),
    ];
    let seconds = prop_oneof![
        (0.0..1e9_f64).prop_map(|seconds| seconds.to_string()),
        any::<f64>()
            .prop_filter("seconds", |number| number.is_finite() && *number >= 0.0)
            .prop_map(|number| format!("{number:?}")),
    ];
    let known_text =
        prop::sample::select(vec!["api_name", "status", "timestamp", "target_url", "end_url", "captcha"]);
    prop_oneof![
        4 => (known_text, text).prop_map(|(name, value)| format!("\"{name}\":{value}")),
        2 => (prop::sample::select(vec!["navigations", "bandwidth"]), number).prop_map(|(name, value)| format!("\"{name}\":{value}")),
        1 => seconds.prop_map(|value| format!("\"duration\":{value}")),
        1 => (any::<String>(), any::<String>(), json()).prop_map(|(code, message, more)| {
            let [code, message] = [code, message].map(|text| serde_json::Value::from(text).to_string());
            format!(r#""error":{{"code":{code},"message":{message},"more":{more}}}"#)
        }),
        3 => (any::<String>(), json()).prop_map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name))),
        1 => (prop::sample::select(vec!["status", "error", "bandwidth", "duration"]), json()).prop_map(|(name, value)| format!("\"{name}\":{value}")),
    ]
}

fn session() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(member(), 0..8).prop_map(|members| {
        format!(r#"{{"session":{{"session_id":"{ID}",{}}}}}"#, members.join(","))
            .replace(",}}", "}}")
            .into_bytes()
    })
}

/// Bytes that were a session before some of them were changed.
fn broken_session() -> impl Strategy<Value = Vec<u8>> {
    (session(), proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4), any::<usize>()).prop_map(
        |(mut body, changes, cut)| {
            for (at, byte) in changes {
                let at = at % body.len();
                body[at] = byte;
            }
            if cut % 4 == 0 {
                body.truncate(cut % body.len());
            }
            body
        },
    )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let retry_after = prop_oneof![
        3 => Just(None),
        3 => (0..200_u64).prop_map(|seconds| Some(seconds.to_string())),
        1 => "[ -~]{0,12}".prop_map(Some),
    ];
    let status = prop_oneof![Just(429_u16), Just(503), Just(408), Just(404), Just(200), 100..=999_u16];
    prop_oneof![
        6 => (status, retry_after).prop_map(|(status, retry_after)| Outcome::Answer { status, retry_after }),
        1 => Just(Outcome::Session),
        1 => Just(Outcome::GivenUp),
        4 => prop::sample::select(vec![FailureKind::Timeout, FailureKind::Connection, FailureKind::TooLarge, FailureKind::Undecodable]).prop_map(Outcome::Failure),
    ]
}

proptest! {
    #[test]
    fn any_id_is_refused_or_one_segment(id in prop_oneof![any::<String>(), "[ -~]{1,20}", "[./%2eE]{1,6}"]) {
        properties::id_is_refused_or_one_segment(&id);
    }

    #[test]
    fn any_bytes_are_read_or_refused(status in prop_oneof![Just(200_u16), 100..=999_u16], body in proptest::collection::vec(any::<u8>(), 0..300)) {
        properties::answer_is_read_or_refused(status, &body);
    }

    #[test]
    fn any_json_is_read_or_refused(status in prop_oneof![Just(200_u16), 100..=999_u16], body in json()) {
        properties::answer_is_read_or_refused(status, body.as_bytes());
        properties::session_survives(format!(r#"{{"session":{body}}}"#).as_bytes());
    }

    #[test]
    fn a_session_survives_being_read_and_written(body in session()) {
        properties::session_survives(&body);
    }

    #[test]
    fn a_broken_session_is_read_or_refused(body in broken_session()) {
        properties::session_survives(&body);
    }

    #[test]
    fn a_number_is_the_whole_number_that_it_is_or_refused(
        number in prop_oneof![
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
            "[1-9][0-9]{0,15}(\\.0{1,25})?(e[0-4])?",
            // What a float rounds to a whole number, or to nothing.
            "[1-9][0-9]{0,5}\\.(0|9){17,25}[1-9]",
            "-?[1-9](\\.[0-9])?[eE]-[3-9][0-9]{2}",
        ],
    ) {
        properties::whole_number_is_exact_or_refused(&number);
    }

    #[test]
    fn the_key_is_shown_by_no_error_wherever_it_is_echoed_and_cut(
        status in prop_oneof![Just(200_u16), Just(302), Just(429), 100..=999_u16],
        before in prop_oneof!["\\PC{0,20}", "[ -~]{280,310}", any::<String>()],
        after in prop_oneof![any::<String>(), Just(KEY.repeat(2))],
        cut in any::<usize>(),
    ) {
        properties::key_is_not_shown(status, &before, &after, cut);
    }

    #[test]
    fn a_body_is_the_same_however_it_is_split(
        status in prop_oneof![Just(200_u16), Just(404)],
        body in proptest::collection::vec(any::<u8>(), 0..200),
        limit in 0..300_usize,
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        properties::pieces_do_not_matter(status, &body, limit, &cuts);
    }

    #[test]
    fn a_session_split_anywhere_is_the_same_session(body in session(), cuts in proptest::collection::vec(any::<usize>(), 0..20)) {
        properties::pieces_do_not_matter(200, &body, 1 << 20, &cuts);
    }

    #[test]
    fn a_call_is_bounded(
        retries in 0..6_u32,
        limit in 0..400_u64,
        seed in any::<u64>(),
        outcomes in proptest::collection::vec((outcome(), (0..90_000_u64).prop_map(Duration::from_millis)), 1..8),
        naps in proptest::collection::vec(prop_oneof![Just(100_u32), 1..100_u32, 100..10_000_u32], 1..4),
    ) {
        properties::call_is_bounded(retries, Duration::from_secs(limit), seed, &outcomes, &naps);
    }

    #[test]
    fn a_base_url_is_refused_or_kept_as_it_is(url in prop_oneof![any::<String>(), "https?://[a-z0-9.:\\[\\]/%@?#-]{0,20}"]) {
        if let Ok(base) = url.parse::<BaseUrl>() {
            prop_assert_eq!(base.to_string(), url.strip_suffix('/').unwrap_or(&url));
            let request = properties::api().with_base_url(base).request(&brightdata_sessions::GetSession::new("x".parse().unwrap())).unwrap();
            prop_assert_eq!(request.uri().to_string(), format!("{}/browser_sessions/x", url.strip_suffix('/').unwrap_or(&url)));
        }
    }

    #[test]
    fn a_key_is_refused_or_nowhere_to_be_seen(key in prop_oneof![any::<String>(), "[!-~]{12,40}"], text in "[!-~]{0,10}") {
        if let Ok(parsed) = ApiKey::new(&key) {
            prop_assume!(key.len() > 11 && !"[redacted]".contains(&key));
            let shown = format!("{parsed:?}{}", parsed.redact(&format!("{text}{key}{text}")));
            prop_assert!(!shown.contains(&key));
        }
    }

    #[test]
    fn an_id_is_written_and_read_as_itself(id in any::<String>()) {
        if let Ok(id) = id.parse::<SessionId>() {
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<SessionId>(&json).unwrap(), id);
        }
    }
}

#[test]
fn a_number_of_few_digits_is_the_whole_number_that_it_is_or_refused() {
    let table = [
        "4",
        "4.0",
        "4e0",
        "40e-1",
        "0.4E+1",
        "0",
        "-0",
        "0e-999",
        "9007199254740991.0",
        "18446744073709551615",
        "12.5",
        "-1",
        "18446744073709551616",
        "1e400",
        "9007199254740993.0",
    ];
    for number in table {
        properties::whole_number_is_exact_or_refused(number);
    }
}
