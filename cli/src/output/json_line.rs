//! JSON on one line of a terminal.

use std::borrow::Cow;

use brightdata_sessions::Escaped;

/// Returns the JSON on one line, with the same value. Unknown fields are preserved as the service sent
/// them, so they can contain line breaks between tokens, and DEL and C1 controls in strings.
pub(crate) fn json_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let (token, after) = rest.split_at(if first == '"' { string_end(rest) } else { first.len_utf8() });
        if first == '"' {
            push_string(&mut line, token);
        } else if !first.is_whitespace() {
            line.push(first);
        }
        rest = after;
    }
    line
}

/// Returns the end of the string at the start of the JSON.
fn string_end(json: &str) -> usize {
    let mut escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

/// Appends a JSON string, and escapes the characters that affect a terminal.
fn push_string(line: &mut String, token: &str) {
    let token = match serde_json::from_str::<String>(token) {
        Ok(text) => Cow::Owned(serde_json::Value::from(text).to_string()),
        // JSON allows the escape of a lone surrogate, which a Rust string cannot hold. It is
        // unchanged.
        Err(_) => Cow::Borrowed(token),
    };
    for (c, needs_escape) in Escaped(&token).chars() {
        if needs_escape {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&format!("\\u{unit:04x}")));
        } else {
            line.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_removed_between_tokens_only() {
        assert_eq!(json_line("{\"a\" :\n[ 1,\r\n\"b \\\" c\\\\\" ] }"), r#"{"a":[1,"b \" c\\"]}"#);
    }

    #[test]
    fn control_characters_are_escaped_and_the_value_is_the_same() {
        let json = "{\"a\":\"\u{7f}\u{9b}31m\u{202e}\\u001b é 日本\"}";
        let line = json_line(json);
        assert_eq!(line, "{\"a\":\"\\u007f\\u009b31m\\u202e\\u001b é 日本\"}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&line), value(json));
    }

    #[test]
    fn a_lone_surrogate_is_unchanged() {
        assert_eq!(json_line("{\"a\":\"\\ud800\u{9b}\"}"), "{\"a\":\"\\ud800\\u009b\"}");
    }
}
