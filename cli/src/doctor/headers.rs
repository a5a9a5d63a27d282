//! The headers of a response that a report may show: limits, ids, and who responded.

use brightdata_sessions::http::HeaderMap;

use crate::output::table::clip;
use crate::terminal::Terminal;

/// Names that are shown.
const NAMES: [&str; 6] = ["cf-ray", "content-type", "proxy-status", "retry-after", "server", "via"];
/// Parts of names that are shown.
const PARTS: [&str; 9] = [
    "ratelimit",
    "rate-limit",
    "quota",
    "request-id",
    "requestid",
    "correlation-id",
    "trace-id",
    "x-brd-err",
    "cache-status",
];
/// Parts of names that are never shown.
const SECRET: [&str; 5] = ["authorization", "cookie", "key", "secret", "token"];

/// The maximum number of headers, and the maximum width of a value.
const MAX_HEADERS: usize = 16;
const MAX_WIDTH: usize = 120;

/// Returns the names and values that are shown, redacted, in the order of their names.
pub(super) fn shown(headers: &HeaderMap, terminal: &Terminal<'_>) -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> = headers
        .keys()
        .filter(|name| is_shown(name.as_str()))
        .map(|name| {
            let values = headers.get_all(name).iter();
            let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
            // Half of a key would not be found, so the value is redacted before it is cut.
            (name.as_str().to_owned(), clip(&terminal.redact(&values.join(", ")), MAX_WIDTH))
        })
        .collect();
    shown.sort_unstable();
    shown.truncate(MAX_HEADERS);
    shown
}

fn is_shown(name: &str) -> bool {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    (NAMES.contains(&name) || has(&PARTS)) && !has(&SECRET)
}
