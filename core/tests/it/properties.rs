//! Properties that hold for every input, with generated values.

use brightdata_sessions::ListSessions;
use brightdata_sessions::http::Response;
use proptest::prelude::*;

use crate::support::properties;
use crate::support::properties::flow::{Elapse, Event, Kind, Setting};
use crate::support::properties::list::Parameters;
use crate::support::properties::server_model::Outcome;
use crate::support::properties::world::{Client, Reply, Turn, World};
use crate::support::properties::world_model::{Burst, Server};
use crate::support::properties::{ENTRY_POINTS, ID, KEY};

/// Generates JSON values, some of them unusual.
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
            .prop_filter("not in JSON", |number| number.is_finite())
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

/// Generates a page of a history, sorted or not, with a plausible or odd pagination.
fn history_page() -> impl Strategy<Value = String> {
    let session = (0..30_u8, 40..46_u8, any::<bool>(), 0..20_u8);
    let sessions = proptest::collection::vec(session, 0..12);
    (sessions, any::<bool>(), any::<bool>(), 0..15_u64, any::<bool>()).prop_map(
        |(mut sessions, is_sorted, has_more, next, is_next_full)| {
            if is_sorted {
                sessions.sort_by_key(|session| session.1);
            }
            let count = sessions.len() as u64;
            let sessions: Vec<_> = sessions
                .iter()
                .map(|(id, second, is_running, odd)| {
                    let status = if *is_running { "running" } else { "finished" };
                    let timestamp = match odd {
                        0 => "soon".to_owned(),
                        1 => format!("2025-12-16T18:53:{second}.5Z"),
                        _ => format!("2025-12-16T18:53:{second}Z"),
                    };
                    format!(r#"{{"session_id":"s{id}","timestamp":"{timestamp}","status":"{status}"}}"#)
                })
                .collect();
            let next = if is_next_full { count.max(1) } else { next };
            format!(
                r#"{{"sessions":[{}],"pagination":{{"has_more":{has_more},"next_offset":OFFSET+{next}}}}}"#,
                sessions.join(",")
            )
        },
    )
}

/// Generates members of a session: known ones, mostly with valid values, and others.
fn member() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        // Known words, and words that only look like them.
        prop::sample::select(vec!["\"running\"", "\"Finished\"", "\"FAILED\"", "\"paused\"", "\"None\""])
            .prop_map(str::to_owned),
        Just("null".to_owned())
    ];
    let number = prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        (0..1_000_000_u64).prop_map(|number| format!("{number}.0")),
        (0..1000_u64, 0..6_u32).prop_map(|(number, power)| format!("{number}e{power}")),
        Just("null".to_owned()),
    ];
    let seconds = prop_oneof![
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?",
        (0.0..1e9_f64).prop_map(|seconds| seconds.to_string()),
        any::<f64>()
            .prop_filter("not a number of seconds", |number| number.is_finite() && *number >= 0.0)
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

/// Generates the bytes of a session with some of them changed.
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

/// Generates pages, most of them valid.
fn page() -> impl Strategy<Value = Vec<u8>> {
    let sessions = proptest::collection::vec(session(), 0..4).prop_map(|sessions| {
        let sessions = sessions.iter().map(|body| std::str::from_utf8(body).unwrap());
        let sessions =
            sessions.map(|body| body.strip_prefix(r#"{"session":"#).unwrap().strip_suffix('}').unwrap());
        format!("\"sessions\":[{}]", sessions.collect::<Vec<_>>().join(","))
    });
    let absent = prop::sample::select(vec![r#""sessions":null"#, r#""sessions":{}"#, r#""others":[]"#]);
    let sessions = prop_oneof![8 => sessions, 1 => absent.prop_map(str::to_owned)];
    let number = || prop_oneof![3 => Just("0".to_owned()), 2 => any::<u64>().prop_map(|number| number.to_string()), 1 => json()];
    let pagination = (number(), number(), prop_oneof![Just("true".to_owned()), json()]);
    (sessions, number(), pagination).prop_map(|(sessions, total, (offset, next, more))| {
        let pagination = format!(r#"{{"offset":{offset},"has_more":{more},"next_offset":{next}}}"#);
        format!(r#"{{{sessions},"total":{total},"pagination":{pagination}}}"#).into_bytes()
    })
}

/// Generates base URLs on loopback, and others that look like them.
fn near_loopback() -> impl Strategy<Value = String> {
    let host =
        prop_oneof!["127(\\.[0-9]{1,3}){3}", "127\\.[0-9a-z.]{0,9}", "\\[::[0-9a-f:]{1,4}\\]", "localhost"];
    (host, "(\\.[a-z]{0,3}|)(:[0-9]{0,5}|)(/[a-z]{0,2}|)")
        .prop_map(|(host, rest)| format!("http://{host}{rest}"))
}

/// Generates dates of RFC 3339, and invalid ones such as February 29 of any year or a 13th month.
fn date() -> impl Strategy<Value = String> {
    let day = prop_oneof![Just("-02-29".to_owned()), "-[01][0-9]-[0-3][0-9]"];
    let year = prop_oneof![Just("2100".to_owned()), Just("2000".to_owned()), "[0-9]{4}"];
    (year, day, "[Tt ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,12})?(Z|z|[+-][0-2][0-9]:[0-5][0-9])")
        .prop_map(|(year, day, time)| format!("{year}{day}{time}"))
}

/// Parameters of a list: valid ones, and some that are nearly valid.
type Texts = [Option<String>; 5];

fn texts() -> impl Strategy<Value = Texts> {
    let text =
        || prop::option::of(prop_oneof![8 => "\\PC{1,20}", 1 => Just(String::new()), 1 => "a{8192,8193}"]);
    let date = || prop::option::of(prop_oneof![3 => Just("2025-12-16T18:53:41Z".to_owned()), 1 => date()]);
    (text(), text(), text(), date(), date()).prop_map(|(a, b, c, d, e)| [a, b, c, d, e])
}

/// Characters that no output may contain, and some others next to them.
const INVISIBLE: &str = "[\\x00-\\x1f\\x7f-\\x9f\u{ad}\u{61c}\u{115f}\u{1160}\u{180e}\u{200b}-\u{2070}\u{3164}\u{feff}\u{ffef}-\u{fffc}\u{e0000}-\u{e0fff}]{1,9}";

/// Generates head and body of an error, with any of the places for its message and code.
fn error_response() -> impl Strategy<Value = Vec<u8>> {
    let text = || {
        prop_oneof![
            "[ -~]{0,12}",
            "[ -~\u{80}-\u{9f}\u{200b}-\u{202e}é]{90,400}",
            INVISIBLE,
            Just(" ".to_owned())
        ]
    };
    let json = move || {
        prop_oneof![
            3 => text().prop_map(|text| serde_json::Value::from(text).to_string()),
            1 => text().prop_map(|text| format!("[{}, 1]", serde_json::Value::from(text))),
            1 => "-?[1-9][0-9]{0,4}",
            1 => prop::sample::select(vec!["null", "[]", "{}", "[[1]]", "true"]).prop_map(str::to_owned),
        ]
    };
    let names = prop::sample::select(vec!["error", "message", "errors", "code", "error_code", "session_id"]);
    let members = proptest::collection::vec((names, json()), 0..4).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    let headers = ["x-brd-error", "x-brd-err-msg", "x-brd-error-code", "x-brd-err-code", "location"];
    let headers = proptest::collection::vec((prop::sample::select(headers.to_vec()), "[ -~]{0,12}"), 0..4);
    let status =
        prop_oneof![3 => prop::sample::select(vec![400_u16, 401, 404, 408, 422, 429]), 1 => 201..=599_u16];
    (status, headers, prop_oneof![6 => members, 2 => text(), 1 => Just("<html>".to_owned())]).prop_map(
        |(status, headers, body)| {
            let headers = headers.iter().map(|(name, value)| format!("\n{name}: {value}"));
            format!("{status}{}\n\n{body}", headers.collect::<String>()).into_bytes()
        },
    )
}

/// Generates an [`Arbitrary`](arbitrary::Arbitrary) value. Strategies replace the fields that would
/// rarely be valid by chance.
fn any_of<T: for<'a> arbitrary::Arbitrary<'a> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    proptest::collection::vec(any::<u8>(), 64)
        .prop_map(|bytes| arbitrary::Unstructured::new(&bytes).arbitrary().unwrap())
}

/// Generates a few flows, and outcomes that each repeat several times, mostly after the requested
/// wait.
fn conversation() -> impl Strategy<Value = (Setting, Vec<Event>)> {
    let elapse =
        prop_oneof![4 => Just(Elapse::AsRequested), 1 => Just(Elapse::ToDeadline), 2 => any_of::<Elapse>()];
    let outcome = prop_oneof![2 => any_of::<properties::server_model::Good>().prop_map(Outcome::Good), 1 => any_of::<Outcome>()];
    let events =
        (0..2_u8, elapse, outcome).prop_map(|(flow, elapse, outcome)| Event { flow, elapse, outcome });
    let events = proptest::collection::vec((events, 1..6_usize), 1..20)
        .prop_map(|events| events.iter().flat_map(|(event, times)| vec![*event; *times]).collect());
    let seconds = prop_oneof![0..5_u16, 0..200_u16];
    (any_of::<Setting>(), any_of::<Kind>(), seconds, events).prop_map(
        |(setting, kind, time_limit, events)| {
            (
                Setting { time_limit, flows: [Some(kind), None, None], gets: setting.gets % 2, ..setting },
                events,
            )
        },
    )
}

/// Generates a server with a few bursts of sessions, most of them dense enough for several pages,
/// and mostly good responses.
fn world() -> impl Strategy<Value = World> {
    let burst = (any_of::<Burst>(), prop_oneof![0..60_u16, 0..4000_u16], 0..80_u8, 0..9_u8).prop_map(
        |(burst, pause, count, gap)| Burst {
            pause,
            count,
            gap,
            delays_every: burst.delays_every % 12,
            ..burst
        },
    );
    let reply = prop_oneof![3 => Just(Reply::Good), 2 => any_of::<Reply>()];
    let turn = (0..4_u8, reply, prop::option::weighted(0.1, 0..30_u8))
        .prop_map(|(elapse, reply, restart)| Turn { elapse: elapse * elapse, reply, restart });
    let server = prop_oneof![
        any_of::<Server>(),
        any_of::<Server>().prop_map(|server| Server { hides_every: 0, ..server })
    ];
    let client = (any_of::<Client>(), prop_oneof![Just(100), 0..150_u8], 0..2000_u16)
        .prop_map(|(client, begins, interval)| Client { begins, interval, ..client });
    let bursts = proptest::collection::vec(burst, 1..6);
    (server, client, bursts, proptest::collection::vec(turn, 0..20))
        .prop_map(|(server, client, bursts, turns)| World { server, client, bursts, turns })
}

proptest! {
    #[test]
    fn everything_of_any_world_is_yielded_once(world in world()) {
        properties::world::everything_is_yielded_once(&world);
    }

    #[test]
    fn an_error_has_the_first_non_blank_message(response in error_response()) {
        properties::error::check(&response);
    }

    #[test]
    fn any_list_is_rejected_or_encoded(
        limit in prop::option::of(0..=102_u32),
        offset: Option<u64>,
        (status, sort, order) in any::<(Option<u8>, Option<u8>, Option<bool>)>(),
        texts in texts(),
    ) {
        let [api_name, target_url, end_url, start_date, end_date] = texts.each_ref().map(Option::as_deref);
        let parameters =
            Parameters { limit, offset, status, sort, order, api_name, target_url, end_url, start_date, end_date };
        properties::list::list_is_rejected_or_encoded(&parameters);
    }

    #[test]
    fn flows_follow_their_rules_in_realistic_conversations((setting, events) in conversation()) {
        properties::flow::flows_follow_their_rules(&setting, &events);
    }

    #[test]
    fn any_bytes_satisfy_each_entry_point(input in proptest::collection::vec(any::<u8>(), 0..300)) {
        for (_, entry_point) in ENTRY_POINTS {
            entry_point(&input);
        }
    }

    #[test]
    fn any_text_satisfies_each_entry_point(input in any::<String>()) {
        for (_, entry_point) in ENTRY_POINTS {
            entry_point(input.as_bytes());
        }
    }

    #[test]
    fn any_id_is_rejected_or_one_segment(id in prop_oneof![any::<String>(), "[ -~]{1,20}", "[./%2eE]{1,6}", "[aé😀]{254,258}"]) {
        properties::request::id_is_rejected_or_one_segment(&id);
    }

    #[test]
    fn any_base_url_is_rejected_or_unchanged(url in prop_oneof![any::<String>(), "https?://[a-z0-9.:\\[\\]/%@?#-]{0,20}", near_loopback()]) {
        properties::request::base_url_is_rejected_or_unchanged(&url, "x");
    }

    #[test]
    fn any_key_is_rejected_or_sent_and_hidden(key in prop_oneof![any::<String>(), "[!-~]{12,40}"], text in "[!-~]{0,10}") {
        properties::request::key_is_rejected_or_sent_and_hidden(&key, &text);
    }

    #[test]
    fn any_response_is_parsed_or_rejected(
        status in prop_oneof![Just(200_u16), prop::sample::select(vec![400, 401, 403, 404, 407, 408, 429]), 100..=999_u16],
        body in json(),
    ) {
        properties::error::response_is_parsed_or_rejected(&Response::builder().status(status).body(body.as_bytes()).unwrap());
        properties::session::check(format!(r#"{{"session":{body}}}"#).as_bytes());
        properties::page::check(format!(r#"{{"sessions":[{body}]}}"#).as_bytes());
        let session = format!(r#"{{"session_id":"{ID}","x":{body},"error":{body}}}"#);
        properties::json::check(format!(r#"{{"session":{session},"x":{body}}}"#).as_bytes());
        properties::json::check(format!(r#"{{"sessions":[{session}],"pagination":{body}}}"#).as_bytes());
    }

    #[test]
    fn any_session_is_parsed_and_round_trips(body in session()) {
        properties::session::check(&body);
        properties::json::check(&body);
    }

    #[test]
    fn any_broken_session_is_parsed_or_rejected(body in broken_session()) {
        properties::session::check(&body);
        properties::json::check(&body);
    }

    #[test]
    fn any_page_is_parsed_as_by_the_model(body in page()) {
        properties::page::check(&body);
        properties::json::check(&body);
    }

    #[test]
    fn any_number_is_parsed_exactly_or_rejected(
        number in prop_oneof![
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
            "[1-9][0-9]{0,15}(\\.0{1,25})?(e[0-4])?",
            // Numbers that a float rounds to a whole number, or to zero.
            "[1-9][0-9]{0,5}\\.(0|9){17,25}[1-9]",
            "-?[1-9](\\.[0-9])?[eE]-[3-9][0-9]{2}",
        ],
    ) {
        properties::session::check(format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":{number}}}}}"#).as_bytes());
    }

    #[test]
    fn no_error_shows_a_key_echoed_and_cut_anywhere(
        status in prop_oneof![Just(200_u16), Just(302), Just(429), 100..=999_u16],
        before in prop_oneof!["\\PC{0,20}", "[ -~]{280,310}", any::<String>()],
        after in prop_oneof![any::<String>(), Just(KEY.repeat(2))],
        cut in any::<usize>(),
    ) {
        properties::error::key_is_not_shown(status, &before, &after, cut);
    }

    #[test]
    fn any_body_is_the_same_in_any_chunks(
        status in prop_oneof![Just(200_u16), Just(404), 200..=299_u16, 100..=999_u16],
        body in proptest::collection::vec(any::<u8>(), 0..200),
        limit in 0..300_usize,
        cuts in proptest::collection::vec(any::<usize>(), 0..20),
    ) {
        properties::body::chunks_do_not_matter(status, &body, limit, &cuts);
        properties::body::limit_is_exact(status, &body, limit);
    }

    #[test]
    fn any_session_is_the_same_in_any_chunks(body in session(), cuts in proptest::collection::vec(any::<usize>(), 0..20)) {
        properties::body::chunks_do_not_matter(200, &body, 1 << 20, &cuts);
    }

    #[test]
    fn flows_follow_their_rules(input in proptest::collection::vec(any::<u8>(), 20..2000)) {
        properties::flow::check(&input);
    }

    #[test]
    fn a_history_ends_for_any_pages(
        date in prop_oneof![Just(""), Just("Tue, 16 Dec 2025 22:00:00 GMT"), Just("Tue, 16 Dec 2025 19:58:42 GMT")],
        pages in proptest::collection::vec(history_page(), 1..12),
    ) {
        let pages: Vec<_> = pages.iter().map(String::as_str).collect();
        properties::history::check(format!("{date}\n{}", pages.join("\n")).as_bytes());
    }

    #[test]
    fn any_retry_after_matches_the_model(seconds in 0..4_000_000_000_u64, from in 0..4_000_000_000_u64, header in "[0-9]{1,25}|[ -~]{0,30}") {
        let date = |at| httpdate::fmt_http_date(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at));
        properties::time::check(format!("{}\n{}", date(seconds), date(from)).as_bytes());
        properties::time::check(format!("{header}\n{}", date(from)).as_bytes());
        // Without a `Date`, a date in `Retry-After` has no reference.
        properties::time::check(date(seconds).as_bytes());
    }

    #[test]
    fn any_timestamp_matches_chrono(text in date()) {
        properties::time::timestamp_matches_chrono(&text);
    }

    #[test]
    fn any_browser_message_is_parsed_or_ignored(
        target in prop_oneof![Just(None), any::<String>().prop_map(Some)],
        message in prop_oneof![
            json(),
            json().prop_map(|result| format!(r#"{{"id":1,"result":{result}}}"#)),
            json().prop_map(|id| format!(r#"{{"id":1,"result":{{"sessionId":{id}}}}}"#)),
            json().prop_map(|id| format!(r#"{{"id":{id},"result":{{"sessionId":"x"}}}}"#)),
            json().prop_map(|error| format!(r#"{{"id":1,"error":{error}}}"#)),
            json().prop_map(|code| format!(r#"{{"id":1,"error":{{"code":{code}}}}}"#)),
        ],
    ) {
        properties::cdp::message_is_parsed_or_ignored(1, target.as_deref(), &message);
    }

    #[test]
    fn a_command_is_valid_json_for_any_target(id in any::<u64>(), target in any::<String>()) {
        properties::cdp::command_matches_its_response(id, &target);
    }
}

#[test]
fn a_short_number_is_parsed_exactly_or_rejected() {
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
        "-1.0",
        "-1e0",
        "-10e-1",
        "-0.5",
        "0.99999999999999999999",
        "1e-400",
        "18446744073709551616",
        "1e400",
        "9007199254740993.0",
    ];
    for number in table {
        properties::session::check(
            format!(r#"{{"session":{{"session_id":"{ID}","bandwidth":{number}}}}}"#).as_bytes(),
        );
    }
}

#[test]
fn memory_is_bounded_for_documented_bodies() {
    let url = format!("https://www.example.com/{}", "a".repeat(100));
    let session = |url: &str| {
        format!(
            r#"{{"session_id":"{ID}","api_name":"scraping_browser1","status":"failed","timestamp":"2025-12-16T18:53:41Z","target_url":"{url}","end_url":"{url}","navigations":4,"duration":209.444,"captcha":"solved","bandwidth":123456789,"error":{{"code":"unknown","message":"Error"}}}}"#
        )
    };
    for url in [&url, &url.repeat(100)] {
        properties::session::check(format!(r#"{{"session":{}}}"#, session(url)).as_bytes());
        for count in [1, 20, 65, 100] {
            let sessions = vec![session(url); count].join(",");
            properties::page::check(format!(r#"{{"sessions":[{sessions}]}}"#).as_bytes());
        }
    }
    for text in ["a".repeat(10_000), "a\u{1b}[31m".repeat(1000), "é".repeat(5000)] {
        properties::error::check(
            format!("404\n\n{{\"error\":{}}}", serde_json::Value::from(text.as_str())).as_bytes(),
        );
        properties::error::check(format!("401\n\n{text}").as_bytes());
    }
    let members: Vec<_> = (10_000..30_000).map(|number| format!("\"{number}\":0")).collect();
    let members = members.join(",");
    properties::cdp::check(format!(r#"{{"id":1,"error":{{{members}}},{members}}}"#).as_bytes());
}

#[test]
fn each_status_outranks_each_body() {
    let bodies = [
        format!(r#"{{"session":{{"session_id":"{ID}"}}}}"#),
        r#"{"error":"Slow down","code":"slow"}"#.to_owned(),
        "<html><title>Slow down</title>".to_owned(),
        String::new(),
    ];
    for status in 100..=999 {
        for body in &bodies {
            properties::error::check(format!("{status}\n\n{body}").as_bytes());
            properties::body::chunks_do_not_matter(status, body.as_bytes(), 20, &[3, 9]);
            properties::body::partial_body_is_retained(status, body.as_bytes(), 20, 9);
        }
    }
}

#[test]
fn memory_of_a_documented_page_is_at_most_three_times() {
    for body in [
        include_str!("../fixtures/sessions/documented_finished.json"),
        include_str!("../fixtures/sessions/documented_failed.json"),
        include_str!("../fixtures/sessions/documented_running.json"),
    ] {
        let session = body.trim().strip_prefix(r#"{"session":"#).unwrap().strip_suffix('}').unwrap();
        for count in 1..=100 {
            let sessions = vec![session; count].join(",");
            properties::page::memory_is_at_most_three_times(
                format!(r#"{{"sessions":[{sessions}]}}"#).as_bytes(),
            );
        }
    }
}

#[test]
fn a_page_of_1000_sessions_grows_in_at_most_30_steps() {
    let sessions = vec![r#"{"session_id":"a"}"#; 1000].join(",");
    let body = format!(r#"{{"sessions":[{sessions}]}}"#);
    let read = || properties::api().parse(&ListSessions::new(), Response::new(body.as_bytes())).unwrap();
    // Each id is one allocation.
    let steps = allocation_counter::measure(|| drop(read())).count_total - 1000;
    assert!(steps <= 30, "{steps}");
}

#[test]
fn memory_is_bounded_for_the_worst_bodies() {
    let session = |member: &str| format!(r#"{{"session":{{"session_id":"{ID}",{member}}}}}"#);
    let many = |text: &str, count: usize| vec![text; count].join(",");
    let bodies = [
        // Strings that a serde error repeats, and escapes.
        session(&format!(r#""bandwidth":"{}""#, "\u{7f}".repeat(1 << 15))),
        session(&format!(r#""bandwidth":"{}""#, "\u{202e}".repeat(1 << 14))),
        session(&many(r#""":0"#, 1 << 14)),
        session(&many("\"\u{7f}\":0", 1 << 14)),
        session(&many(r#""\u0001":0"#, 1 << 13)),
        session(&format!(r#""x":"{}""#, r"\u0001".repeat(1 << 13))),
        session(&format!(r#""error":{{{}}}"#, many(r#""":0"#, 1 << 14))),
        session(&format!(r#""x":{}{}"#, "[".repeat(1 << 15), "]".repeat(1 << 15))),
    ];
    for body in bodies {
        properties::session::check(body.as_bytes());
    }
    let pages = [
        many(r#"{"session_id":"a"}"#, 1000),
        many(r#"{"session_id":"a","":0}"#, 1000),
        many(r#"{"session_id":"a","error":{}}"#, 513),
        format!("{},[{}]", many(r#"{"session_id":"a"}"#, 513), many("[]", 1 << 14)),
        format!(r#"{{"session_id":"a","bandwidth":"{}"}}"#, "\u{7f}".repeat(1 << 15)),
    ];
    for sessions in pages {
        properties::page::check(format!(r#"{{"sessions":[{sessions}]}}"#).as_bytes());
    }
    let errors = [
        many("[]", 5400),
        many(r#"{"":0}"#, 2000),
        many("0", 8000),
        format!(r#""{}""#, r"\u0001".repeat(2700)),
    ];
    for error in errors {
        properties::error::check(format!("500\n\n{{\"error\":[{error}]}}").as_bytes());
    }
    properties::error::check(&[&b"500\n\n"[..], &[0xff; 16 << 10]].concat());
    // Invalid UTF-8, followed by a string that is parsed or redacted.
    let key = KEY.as_bytes();
    let ends: [(&[u8], &[u8]); 6] = [
        (b"500\n\n", key),
        (b"500\n\n", &key[..8]),
        (b"500\n\n{\"error\":\"", b"\\n\"}"),
        (b"500\n\n{\"", b"\\n\":0}"),
        (b"500\nx-brd-error: ", key),
        (b"302\nlocation: ", key),
    ];
    for (start, end) in ends {
        // The first 16 KiB of the body count.
        let bytes = vec![0xff; (16 << 10) - 16 - end.len()];
        properties::error::check(&[start, &bytes, end].concat());
    }
    properties::error::check(&[&b"500\n\n"[..], key, &[0xff; 16 << 10]].concat());
    // Texts that are decoded three times, with the key each time.
    for unit in ["%2525%41%2541", r"a\\\\\\\n\u0025\\n", "&amp;amp;amp;lt;"] {
        let text = format!("{unit}{KEY} ").repeat((16 << 10) / (unit.len() + KEY.len() + 1));
        properties::error::check(format!("500\n\n{text}").as_bytes());
        properties::error::check(
            format!("500\n\n{{\"error\":{}}}", serde_json::Value::from(text)).as_bytes(),
        );
    }
    properties::error::check(
        format!("200\n\n{}", session(&format!(r#""bandwidth":"{}""#, "\u{7f}".repeat(3000)))).as_bytes(),
    );
}
