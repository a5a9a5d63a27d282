//! The key is redacted from any string, in every form in which a server may echo it.

use std::borrow::Cow;

use brightdata_sessions::http::Response;
use brightdata_sessions::{Api, ApiKey, GetSession, Session};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::properties::echo::{self, FORMS, KEY, json_string};

fn key() -> ApiKey {
    ApiKey::new(KEY).unwrap()
}

#[test]
fn every_form_of_the_key_is_redacted() {
    for (name, form) in FORMS {
        let text = format!("é {} ü", form(KEY));
        assert_eq!(key().redact(&text), "é [redacted] ü", "{name}: {text}");
    }
}

#[test]
fn base64_of_the_key_is_found_at_any_offset() {
    for before in ["", "u", "u:", "user:", "Bearer "] {
        for after in ["", "x", "xy", "xyz"] {
            let encoded = echo::base64(format!("{before}{KEY}{after}").as_bytes());
            let shown = key().redact(&encoded).into_owned();
            assert!(shown.contains("[redacted]") && !leaks(&shown, &encoded), "{encoded}: {shown}");
        }
    }
}

/// Returns whether base64 that encodes a complete byte of the key is left.
fn leaks(shown: &str, encoded: &str) -> bool {
    let (start, end) = shown.split_once("[redacted]").unwrap();
    assert!(encoded.starts_with(start) && encoded.ends_with(end));
    // `before` has at most 7 bytes, `after` at most 3.
    start.len() > 9 || end.trim_end_matches('=').len() > 4
}

#[test]
fn a_key_of_any_characters_is_found_in_its_escaped_forms() {
    let keys = [
        r"0123456\89abcdef",
        r"uabc\u0041def%41&amp;x",
        "0123456\"89abcdef",
        "0123456/89abcdef'<>&+=",
        r"n\b\f\n\r\t\\\\",
        "%41%25%41%25%41",
        "&amp;&#102;&lt;0123",
        "[redacted][redacted]",
    ];
    for key in keys {
        let parsed = ApiKey::new(key).unwrap();
        for (name, form) in FORMS {
            let text = format!(" {} ", form(key));
            assert_eq!(parsed.redact(&text), " [redacted] ", "{name} of {key}: {text}");
        }
    }
}

#[test]
fn a_stray_escape_character_hides_no_key() {
    for stray in [r"\", r"\\", r"\\\", "%", "&", "&#", "&#x", "%2", r"\u", r"\u00"] {
        for (name, form) in FORMS {
            let shown = key().redact(&format!("a text: {stray}{} and more", form(KEY))).into_owned();
            assert!(
                shown.starts_with("a text: ") && shown.ends_with("[redacted] and more"),
                "{name}: {shown}"
            );
        }
    }
}

#[test]
fn a_suffix_of_the_key_that_starts_a_text_or_quote_is_redacted() {
    for (text, shown) in [
        ("89abcdef0 x", "[redacted]0 x"),
        ("3456789abcdef, x", "[redacted], x"),
        ("\"3456789abcdef\", x", "\"[redacted]\", x"),
        ("032123456789abcdef x", "032[redacted] x"),
        ("9abcdef x", "9abcdef x"),
        ("a text first: 3456789abcdef", "a text first: 3456789abcdef"),
        ("a text first: \"3456789abcdef\"", "a text first: \"[redacted]\""),
        (r#"a text first: \"345678\u0039abcdef and more\""#, r#"a text first: \"[redacted] and more\""#),
        ("a text \"first\", 3456789abcdef x", "a text \"first\", [redacted] x"),
        ("a text \"first\", and later 3456789abcdef", "a text \"first\", and later 3456789abcdef"),
        ("a text first: \"9abcdef\"", "a text first: \"9abcdef\""),
    ] {
        assert_eq!(ApiKey::new("0123456789abcdef").unwrap().redact(text), shown);
    }
}

#[test]
fn a_prefix_of_the_key_that_ends_a_text_or_quote_is_redacted() {
    for (text, shown) in [
        ("x 01234567", "x [redacted]"),
        ("x 0123456789abcde", "x [redacted]"),
        ("x 01234567...\"}", "x [redacted]...\"}"),
        (r"x 01234567\u00", r"x [redacted]\u00"),
        (r"x \u003012345\u00367\u003", r"x [redacted]\u003"),
        ("x 0123456", "x 0123456"),
        ("x 0123456789 and more", "x 0123456789 and more"),
        ("\"x 0123456789\" and more", "\"x [redacted]\" and more"),
        ("\"x 01234567...\" and more", "\"x [redacted]...\" and more"),
        ("\"x 0123456789 and more\"", "\"x 0123456789 and more\""),
    ] {
        assert_eq!(ApiKey::new("0123456789abcdef").unwrap().redact(text), shown);
    }
}

#[test]
fn a_text_without_the_key_is_borrowed() {
    for text in ["", "a", r"C:\new\u0041 100 % &amp; é", "fedcba9", "\u{fedc}\u{ba98}"] {
        assert!(matches!(key().redact(&format!("{text} long enough for it")), Cow::Borrowed(_)), "{text}");
        assert!(matches!(key().redact_json(&json_string(text)), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn redacted_json_is_valid_for_any_key() {
    // These match half of an escape, a number, a word, and the text between values.
    for key in
        [r"abcdefg\", "nabcdefgh", "u0041abcdefg", "ud800abcdefgh", "1234567890", "true", "\",\"a", "a", "\\"]
    {
        let parsed = ApiKey::new(key);
        // A key with quotes around it is invalid.
        let Ok(parsed) = parsed else { continue };
        let json = format!(
            "{{\"a\":{},\"b\":\"\\nabcdefgh \\u0041abcdefg \\ud800abcdefgh\",{}:[true,1234567890, \"\",\"a\"]}}",
            json_string(key),
            json_string(key)
        );
        let shown = parsed.redact_json(&json);
        let value: Value =
            serde_json::from_str(&shown.replace(r"\ud800", "")).unwrap_or_else(|_| panic!("{shown}"));
        assert!(!value.to_string().contains(key) || key.len() < 8, "{shown}");
    }
}

#[test]
fn a_number_that_shows_the_key_becomes_a_string() {
    let key = ApiKey::new("1234567890").unwrap();
    let json = r#"{"a":[1234567890,-1234567890.5,123,true]}"#;
    assert_eq!(key.redact_json(json), r#"{"a":["[redacted]","[redacted]",123,true]}"#);
}

#[test]
fn long_periodic_text_is_redacted_completely() {
    let keys = ["a".repeat(4096), "%25".repeat(1365), "\\".repeat(4096), format!("{}a", "a\"".repeat(2047))];
    for text in keys {
        let key = ApiKey::new(&text).unwrap();
        // The worst cases of a naive search, which would take quadratic time.
        for unit in ["a", "%25", r"\\", "a\""] {
            let hostile = unit.repeat((1 << 17) / unit.len());
            let shown = key.redact(&hostile);
            assert!(!shown.contains(&text), "{unit}");
            assert_eq!(shown.contains("[redacted]"), hostile.contains(&text), "{unit}");
        }
    }
}

/// Returns a session with the key in every field that may hold text.
fn session(form: &str, raw: &str) -> Session {
    let text = json_string(form);
    let unknown = format!(r#"{text}:1,"t":{{"a":[{text},"{raw}","\ud800 {raw}"],"{raw}":null}}"#);
    let names = ["session_id", "api_name", "status", "timestamp", "target_url", "end_url", "captcha"];
    let fields = names.map(|name| format!(r#""{name}":{text}"#)).join(",");
    let json = format!(r#"{{{fields},"error":{{"code":{text},"message":{text},{unknown}}},{unknown}}}"#);
    serde_json::from_str(&json).unwrap()
}

/// Returns whether independent decoders find the key in a string.
fn shows_key(text: &str) -> bool {
    let mut layers = vec![text.to_owned()];
    for _ in 0..3 {
        let text = layers.last().unwrap();
        layers.push(urlencoding::decode(text).map_or_else(|_| text.clone(), Cow::into_owned));
    }
    layers.iter().any(|text| {
        text.to_ascii_lowercase().contains(KEY) || text.contains(&echo::base64(KEY.as_bytes())[..20])
    })
}

#[test]
fn a_redacted_session_shows_the_key_in_no_field() {
    let placeholder = session("[redacted]", "[redacted]");
    for (name, form) in FORMS {
        let form = form(KEY);
        // A form that is already valid inside a JSON string is inserted unchanged.
        let raw =
            if json_is_valid(&form) { form.clone() } else { json_string(&form).trim_matches('"').to_owned() };
        let redacted = session(&form, &raw).redact(&key());
        assert_eq!(format!("{redacted:?}"), format!("{placeholder:?}"), "{name}");
        assert_eq!(serde_json::to_string(&redacted).unwrap(), serde_json::to_string(&placeholder).unwrap());
        assert!(!shows_key(&format!("{redacted:?}")), "{name}");
    }
}

fn json_is_valid(form: &str) -> bool {
    serde_json::from_str::<Value>(&format!("\"{form}\"")).is_ok()
}

#[test]
fn a_session_without_the_key_is_unchanged() {
    let session = session("a text", r"\u0061 text");
    assert_eq!(session.clone().redact(&key()), session);
}

#[test]
fn an_id_that_grows_too_long_is_redacted_completely() {
    let key = ApiKey::new("abc").unwrap();
    let session: Session =
        serde_json::from_str(&format!(r#"{{"session_id":"{}"}}"#, "abc-".repeat(64))).unwrap();
    assert_eq!(session.redact(&key).session_id.as_str(), "[redacted]");
}

#[test]
fn no_error_shows_the_key_in_any_form() {
    let api = Api::new(key());
    let get = GetSession::new("x".parse().unwrap());
    for (name, form) in FORMS {
        let form = form(KEY);
        let json = json_string(&form);
        let bodies = [
            (400, form.clone()),
            (401, format!("you sent {form}!")),
            (500, format!(r#"{{"error":{json},"code":{json}}}"#)),
            (403, format!(r#"{{"detail":{json}}}"#)),
            (200, format!(r#"{{"session":{{"session_id":{json}}}}}"#)),
            (200, format!(r#"{{"session":{{"session_id":"x","bandwidth":{json}}}}}"#)),
            (200, format!(r#"{{"session":{{"session_id":"x","error":{json}}}}}"#)),
            (200, format!(r#"{{"session":{{"session_id":"x","status":[{json}]}}}}"#)),
        ];
        for (status, body) in bodies {
            for header in ["location", "x-brd-error", "x-brd-err-msg", "x-brd-error-code", "x-brd-err-code"] {
                let response = Response::builder().status(status).header(header, &form);
                let error = api.parse(&get, response.body(body.as_bytes()).unwrap()).unwrap_err();
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains(&form) && !shows_key(&shown), "{name}: {shown}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_key_is_found_in_any_mix_of_escapes(
        key in "[!-~]{12,40}",
        choices in proptest::collection::vec(any::<u8>(), 40),
        (before, after) in ("[ a-z]{9,20}", "[ a-z]{9,20}"),
    ) {
        let Ok(parsed) = ApiKey::new(&key) else { return Ok(()) };
        for coding in [echo::json_mixed, echo::percent_mixed, echo::html_mixed] {
            let text = format!("{before} {} {after}", coding(&key, &choices));
            prop_assert_eq!(parsed.redact(&text), format!("{before} [redacted] {after}"), "{}", text);
        }
        let json = format!("[\"{before} {} {after}\"]", echo::json_mixed(&key, &choices));
        prop_assert_eq!(parsed.redact_json(&json), format!("[\"{before} [redacted] {after}\"]"), "{}", json);
    }

    #[test]
    fn a_hexadecimal_key_is_found_in_any_mix_of_escapes(choices in proptest::collection::vec(any::<u8>(), 16)) {
        let text: String = KEY.chars().zip(&choices).map(|(c, choice)| {
            let one = c.to_string();
            match choice % 4 {
                0 => one,
                1 => echo::json_mixed(&one, &[*choice]),
                2 => echo::percent_mixed(&one, &[*choice]),
                _ => echo::html_mixed(&one, &[*choice]),
            }
        }).collect();
        let text = format!("a text: {text} and more");
        prop_assert_eq!(key().redact(&text), "a text: [redacted] and more");
    }

    #[test]
    fn only_the_key_is_redacted(text in any::<String>(), json in "[ -~]{0,40}") {
        prop_assume!(!shows_key(&text));
        prop_assert_eq!(key().redact(&text), text.as_str());
        prop_assert_eq!(key().redact_json(&json), json.as_str());
    }
}
