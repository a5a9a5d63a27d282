//! Describes values without their content, which may be personal or secret.

use crate::model::fault::text;

/// The longest word or name that is shown, and the longest string whose characters are masked, in
/// characters. An API key of 64 hex digits is longer.
const MAX_SHOWN: usize = 40;
/// The most digits in a word or name that is shown. A key or an id has more.
const MAX_DIGITS: usize = 4;

/// Describes the type and the shape of a JSON value.
pub(super) fn shape(value: &str) -> &'static str {
    match value.as_bytes() {
        b"null" => "null",
        b"true" | b"false" => "a boolean",
        b"\"\"" => "an empty string",
        [b'"', ..] => match text(value) {
            Err(_) => "a string with a lone surrogate",
            Ok(text) if text.parse::<f64>().is_ok() && text.contains(|c: char| c.is_ascii_digit()) => {
                "a number in quotes"
            }
            Ok(_) => "a string",
        },
        [b'{', ..] => "an object",
        [b'[', ..] => "a list",
        number => number_shape(number, value),
    }
}

fn number_shape(number: &[u8], text: &str) -> &'static str {
    match number {
        [b'-', ..] => "a negative number",
        _ if text.contains(['e', 'E']) => "a number with an exponent",
        _ if text.contains('.') => match text.trim_end_matches('0').ends_with('.') {
            true => "a whole number with a decimal point",
            false => "a number with a fraction",
        },
        _ if text.parse::<u64>().is_ok() => "a whole number",
        _ => "a number above 2^64 - 1",
    }
}

/// Returns an unknown word in quotes, or its length if it is long, or looks like anything else than
/// a word.
pub(super) fn word(word: &str) -> String {
    if is_plain(word, |c| c == ' ') { format!("\"{word}\"") } else { sized("a string", word) }
}

/// Returns the name of an unknown field, or its length if it is long, or looks like anything else
/// than a name.
pub(super) fn name(name: &str) -> String {
    if is_plain(name, |_| false) { name.to_owned() } else { format!("<{}>", sized("name", name)) }
}

fn is_plain(text: &str, is_allowed: impl Fn(char) -> bool) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || is_allowed(c);
    (1..=MAX_SHOWN).contains(&text.len())
        && text.chars().all(is_plain)
        && text.chars().filter(char::is_ascii_digit).count() <= MAX_DIGITS
}

fn sized(what: &str, text: &str) -> String {
    match text.chars().take(MAX_SHOWN + 1).count() {
        length if length > MAX_SHOWN => format!("{what} of more than {MAX_SHOWN} characters"),
        1 => format!("{what} of 1 character"),
        length => format!("{what} of {length} characters"),
    }
}

/// Describes the notation of a timestamp: each digit as `0`, each letter as `a` or `A`. The letters
/// `T` and `Z` stay after a digit. A long string is described by its length.
pub(super) fn notation(text: &str) -> String {
    if !(1..=MAX_SHOWN).contains(&text.len())
        || text.contains(|c: char| !c.is_ascii() || c.is_ascii_control())
    {
        return sized("a string", text);
    }
    let mut after_digit = false;
    let masked: String = text
        .chars()
        .map(|c| {
            let masked = match c {
                '0'..='9' => '0',
                'T' | 'Z' if after_digit => c,
                'a'..='z' => 'a',
                'A'..='Z' => 'A',
                c => c,
            };
            after_digit = c.is_ascii_digit();
            masked
        })
        .collect();
    format!("the notation {masked}")
}

/// Returns whether an id has the groups of a UUID. The placeholder of the documented examples has
/// them as well, so any letters are accepted.
pub(super) fn is_uuid_shaped(id: &str) -> bool {
    let is_plain = id.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric());
    is_plain && id.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

/// Describes an id by its characters and its length.
pub(super) fn id(id: &str) -> String {
    let bytes = || id.bytes();
    let what = if bytes().all(|byte| byte.is_ascii_digit()) {
        "digits"
    } else if bytes().all(|byte| byte.is_ascii_hexdigit()) {
        "hex digits"
    } else if bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        "letters and digits"
    } else {
        "other characters"
    };
    format!("{} ({what})", sized("a string", id))
}
