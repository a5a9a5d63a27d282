//! The strings of JSON, valid or not, with pseudonyms in place of ids and hosts.

use serde_json::Value;

use super::pseudonyms::Pseudonyms;

/// Replaces the contents of strings. Everything else stays, and so does each string without
/// anything to replace, with its escapes.
pub(super) fn redact(json: &str, pseudonyms: &mut Pseudonyms) -> String {
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    let mut name: Option<String> = None;
    while let Some(start) = rest.find('"') {
        let (between, after) = rest.split_at(start);
        // Text between strings is empty or punctuation and numbers, unless the JSON is invalid.
        clean += &pseudonyms.text(between);
        let (token, tail) = after.split_at(string_end(after));
        rest = tail;
        let is_value = between.trim() == ":";
        let decoded = decode(token);
        let member = if is_value { name.take() } else { None };
        match &decoded {
            None => clean += "\"[redacted]\"",
            Some(text) => match pseudonyms.value(member.as_deref(), text) {
                replaced if replaced == *text => clean += token,
                replaced => clean += &Value::from(replaced).to_string(),
            },
        }
        name = decoded;
    }
    clean + &pseudonyms.text(rest)
}

/// Decodes a string, with `?` for each lone surrogate. Returns `None` if it is not JSON.
fn decode(token: &str) -> Option<String> {
    if let Ok(text) = serde_json::from_str(token) {
        return Some(text);
    }
    let mut patched = token.to_owned();
    for (at, _) in token.match_indices("\\u") {
        if token
            .get(at + 2..at + 4)
            .is_some_and(|unit| unit.starts_with(['d', 'D']) && unit.as_bytes()[1] > b'7')
        {
            patched.replace_range(at..(at + 6).min(token.len()), "\\ufffd".get(..(token.len() - at).min(6))?);
        }
    }
    serde_json::from_str(&patched).ok()
}

/// Returns the end of the string at the start of the text.
fn string_end(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}
