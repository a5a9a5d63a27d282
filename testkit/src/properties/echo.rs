//! The forms in which a server may echo a key, produced by independent encoders.
#![allow(unreachable_pub, reason = "some of its users are crates")]

/// The key of the client in each check. It starts with letters, because a body that starts with
/// digits is parsed as a number.
pub const KEY: &str = "fedcba9876543210";

pub type Form = fn(&str) -> String;

/// Every form, by its name.
pub const FORMS: &[(&str, Form)] = &[
    ("unchanged", |key| key.to_owned()),
    ("in JSON", |key| json_string(key).trim_matches('"').replace('/', "\\/")),
    ("in JSON, with its first character as an escape", |key| {
        format!("\\u{:04x}{}", first(key), inner(&json_string(&key[1..])))
    }),
    ("in JSON, as escapes", |key| each(key, |c| format!("\\u{:04x}", u32::from(c)))),
    ("in JSON, as escapes in upper case", |key| each(key, |c| format!("\\u{:04X}", u32::from(c)))),
    ("in JSON in JSON", |key| inner(&json_string(&each(key, |c| format!("\\u{:04x}", u32::from(c)))))),
    ("in a program", |key| each(key, |c| format!("\\x{:02x}", u32::from(c)))),
    ("in Rust", |key| each(key, |c| format!("\\u{{{:x}}}", u32::from(c)))),
    ("percent-encoded", |key| each(key, |c| format!("%{:02X}", u32::from(c)))),
    ("percent-encoded in lower case", |key| each(key, |c| format!("%{:02x}", u32::from(c)))),
    ("percent-encoded twice", |key| each(key, |c| format!("%25{:02X}", u32::from(c)))),
    ("as decimal entities", |key| each(key, |c| format!("&#{};", u32::from(c)))),
    ("as hexadecimal entities", |key| each(key, |c| format!("&#x{:x};", u32::from(c)))),
    ("as hexadecimal entities in upper case", |key| each(key, |c| format!("&#X{:04X};", u32::from(c)))),
    ("as HTML", |key| {
        key.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
    }),
    ("as padded decimal entities", |key| each(key, |c| format!("&#{:012};", u32::from(c)))),
    ("as padded hexadecimal entities", |key| each(key, |c| format!("&#x{:011x};", u32::from(c)))),
    ("as entities in JSON", |key| each(key, |c| format!("\\u0026#x{:x};", u32::from(c)))),
    ("in upper case", |key| key.to_ascii_uppercase()),
    ("in lower case", |key| key.to_ascii_lowercase()),
    ("in upper case, percent-encoded", |key| {
        each(&key.to_ascii_uppercase(), |c| format!("%{:02X}", u32::from(c)))
    }),
    ("as base64", |key| base64(key.as_bytes()).trim_end_matches('=').to_owned()),
    ("as base64 for URLs", |key| {
        base64(key.as_bytes()).trim_end_matches('=').replace('+', "-").replace('/', "_")
    }),
    ("as base64 in JSON", |key| base64(key.as_bytes()).trim_end_matches('=').replace('/', "\\/")),
];

fn first(key: &str) -> u32 {
    key.chars().next().unwrap().into()
}

fn each(key: &str, form: impl Fn(char) -> String) -> String {
    key.chars().map(form).collect()
}

/// Encodes a string as a JSON string.
pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns the text between the quotes.
fn inner(string: &str) -> String {
    string[1..string.len() - 1].to_owned()
}

/// Encodes a string as the inside of a JSON string. A choice selects one valid form per character.
pub fn json_mixed(text: &str, choices: &[u8]) -> String {
    mixed(text, choices, |c, choice| match (choice % 4, c) {
        (0, _) => format!("\\u{:04x}", u32::from(c)),
        (1, _) => format!("\\u{:04X}", u32::from(c)),
        (_, '"' | '\\') => format!("\\{c}"),
        (2, '/') => "\\/".to_owned(),
        _ => c.to_string(),
    })
}

pub fn percent_mixed(text: &str, choices: &[u8]) -> String {
    mixed(text, choices, |c, choice| match (choice % 3, c) {
        (0, _) => format!("%{:02x}", u32::from(c)),
        (1, _) | (_, '%') => format!("%{:02X}", u32::from(c)),
        _ => c.to_string(),
    })
}

pub fn html_mixed(text: &str, choices: &[u8]) -> String {
    mixed(text, choices, |c, choice| match (choice % 4, c) {
        (0, _) => format!("&#{};", u32::from(c)),
        (1, _) => format!("&#x{:X};", u32::from(c)),
        (_, '&') => "&amp;".to_owned(),
        (2, _) => match html_names(c) {
            [] => c.to_string(),
            names => format!("&{};", names[usize::from(choice / 4) % names.len()]),
        },
        _ => c.to_string(),
    })
}

/// Returns the names of a visible ASCII character in the HTML standard.
fn html_names(c: char) -> &'static [&'static str] {
    match c {
        '<' => &["lt", "LT"],
        '>' => &["gt", "GT"],
        '"' => &["quot", "QUOT"],
        '\'' => &["apos"],
        '(' => &["lpar"],
        ')' => &["rpar"],
        '[' => &["lsqb", "lbrack"],
        ']' => &["rsqb", "rbrack"],
        '{' => &["lcub", "lbrace"],
        '}' => &["rcub", "rbrace"],
        '/' => &["sol"],
        '\\' => &["bsol"],
        '|' => &["vert", "verbar", "VerticalLine"],
        '_' => &["UnderBar", "lowbar"],
        '^' => &["Hat"],
        '`' => &["grave", "DiacriticalGrave"],
        '*' => &["ast", "midast"],
        '+' => &["plus"],
        '=' => &["equals"],
        '%' => &["percnt"],
        '.' => &["period"],
        ',' => &["comma"],
        ':' => &["colon"],
        ';' => &["semi"],
        '!' => &["excl"],
        '?' => &["quest"],
        '@' => &["commat"],
        '#' => &["num"],
        '$' => &["dollar"],
        _ => &[],
    }
}

fn mixed(text: &str, choices: &[u8], form: impl Fn(char, u8) -> String) -> String {
    text.chars().zip(choices.iter().cycle()).map(|(c, choice)| form(c, *choice)).collect()
}

/// Encodes as base64 of RFC 4648, with padding.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let group =
            three.iter().chain(&[0; 2]).take(3).fold(0, |group, byte| group << 8 | usize::from(*byte));
        for place in 0..4 {
            let is_padding = place > three.len();
            text.push(if is_padding { '=' } else { char::from(ALPHABET[group >> (18 - 6 * place) & 63]) });
        }
    }
    text
}
