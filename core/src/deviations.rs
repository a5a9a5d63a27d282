//! Differences between a response and the service's documentation.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::words::words;

mod body;
mod compare;
mod documented;
mod object;
mod page;
mod record;
mod report;
mod shape;

/// Compares the body of a 200 with the service's documentation, and returns each difference.
///
/// It takes the body of one session (`{"session": …}`) or of a page (`{"sessions": […], …}`), and
/// detects which of them it is. Any bytes are accepted: a body that is neither, or not JSON, is one
/// deviation of the kind [`Body`](DeviationKind::Body).
///
/// The parser is lenient, so most deviations cause no error elsewhere. This function is for a test
/// that runs against the service from time to time, and reports when it changes:
///
/// ```
/// use brightdata_sessions::{DeviationKind, deviations};
///
/// // The test fetches a session that ended. The body is the one that its HTTP client received.
/// let body = br#"{"session":{"session_id":"3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f",
///     "api_name":"scraping_browser1","status":"finished","timestamp":"2025-12-16T18:53:41Z",
///     "target_url":"https://www.example.com","end_url":null,"navigations":4,"duration":209.444,
///     "captcha":"skipped","bandwidth":"123456789","region":"eu","error":null}}"#;
/// let found: Vec<String> = deviations(body).iter().map(|deviation| deviation.to_string()).collect();
/// assert_eq!(
///     found,
///     [
///         "session.bandwidth: found a number in quotes, documented: a whole number of bytes",
///         "session.captcha: found \"skipped\", documented: \"solved\", \"none\", \"failed\" or \"detected\"",
///         "session.region: found a string, documented: no field of this name",
///     ]
/// );
///
/// // A test that fails only on differences that matter to this client, and accepts new fields:
/// let problems: Vec<_> = deviations(body).into_iter().filter(|deviation| !deviation.is_note).collect();
/// assert_eq!(problems.len(), 1);
/// assert_eq!(problems[0].kind, DeviationKind::JsonType);
/// ```
///
/// The same difference in many sessions of a page is one deviation with a count. Problems come
/// before notes, each in the order of their paths. The result has at most 101 deviations and each
/// is short, however long the body is: see [`Omitted`](DeviationKind::Omitted). Time is proportional to the length of the body.
///
/// No deviation contains a value. Unknown field names and words appear only if they are short and
/// plain; their length replaces any other. Nevertheless, [redact](crate::ApiKey::redact) the key
/// before a deviation is shown, because a server can echo a key that looks like a word.
pub fn deviations(body: &[u8]) -> Vec<Deviation> {
    body::check(body)
}

/// Compares the record of one session on a page with the record that a request for this session
/// returned. Both arguments are bodies of a 200; the page was received first.
///
/// Every field of a session that had ended must be the same in both. If it was running, only
/// `session_id`, `api_name` and `timestamp` are compared, and which fields exist. The page must
/// contain the session.
///
/// ```
/// use brightdata_sessions::deviations_between;
///
/// let page = br#"{"sessions":[{"session_id":"a","status":"finished","bandwidth":1200}]}"#;
/// let single = br#"{"session":{"session_id":"a","status":"finished","bandwidth":1300,"new":1}}"#;
/// let found: Vec<String> =
///     deviations_between(page, single).iter().map(|deviation| deviation.to_string()).collect();
/// assert_eq!(
///     found,
///     [
///         "session.bandwidth: found two different values, each a whole number, documented: the same value in the list and alone",
///         "session.new: found only in the record alone, documented: the same fields in the list and alone",
///     ]
/// );
/// ```
pub fn deviations_between(page: &[u8], single: &[u8]) -> Vec<Deviation> {
    compare::check(page, single)
}

/// One difference between a response and the service's documentation.
///
/// `Display` is one line. `Serialize` writes an object with the fields below.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Deviation {
    /// Whether the difference is harmless: this client reads the body, and no value is lost or
    /// contradicts another. All other deviations are problems.
    pub is_note: bool,
    /// The place in the body, such as `session.error.code`. `sessions[]` stands for each session of
    /// a page. Empty for the body as a whole.
    pub path: String,
    /// The kind of difference.
    pub kind: DeviationKind,
    /// The type or the shape of the value, or a short and plain word.
    pub found: String,
    /// The documented type, shape or words.
    pub documented: &'static str,
    /// The number of occurrences.
    pub count: usize,
    /// The index of the first session with this deviation on a page.
    pub first: Option<usize>,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "body" } else { &self.path };
        write!(f, "{path}: found {}, documented: {}", self.found, self.documented)?;
        match (self.count, self.first) {
            (1, None) => Ok(()),
            (1, Some(first)) => write!(f, " (in sessions[{first}])"),
            (count, None) => write!(f, " ({count} times)"),
            (count, Some(first)) => write!(f, " ({count} times, first in sessions[{first}])"),
        }
    }
}

impl Serialize for Deviation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Deviation", 7)?;
        object.serialize_field("kind", &self.kind)?;
        object.serialize_field("is_note", &self.is_note)?;
        object.serialize_field("path", &self.path)?;
        object.serialize_field("found", &self.found)?;
        object.serialize_field("documented", &self.documented)?;
        object.serialize_field("count", &self.count)?;
        object.serialize_field("first", &self.first)?;
        object.end()
    }
}

/// The kind of a [`Deviation`]. Each has a stable name, such as `unknown_field`.
///
/// ```
/// use brightdata_sessions::DeviationKind;
///
/// assert_eq!(DeviationKind::UnknownField.as_str(), "unknown_field");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DeviationKind {
    /// The body is not JSON, or neither a session nor a page. A problem.
    Body,
    /// A field that is not documented. A note, because it is preserved.
    UnknownField,
    /// A documented field is missing. A problem.
    MissingField,
    /// A documented field occurs twice. A problem.
    DuplicateField,
    /// An unknown status is a problem, because it does not count as an end. An unknown captcha word
    /// is a note.
    UnknownWord,
    /// Null, where null is not documented. A problem.
    Null,
    /// Another JSON type than documented. A problem.
    JsonType,
    /// A number with a fraction, a sign or a size that is not documented. A note if it is read as
    /// the same whole number, such as `4.0`.
    Number,
    /// An id that is not shaped like those of the examples. A note if it is valid, because no format
    /// is promised. A problem if it is not, or if two sessions of a page have the same.
    Id,
    /// A timestamp in another notation. A note if it is a date and time of RFC 3339.
    Timestamp,
    /// Fields of one session contradict each other, such as a running session with a duration. A
    /// problem. A session of over an hour is a note.
    Record,
    /// The numbers of a page contradict each other or its sessions. A problem.
    Pagination,
    /// The sessions of a page are in none of the orders that a list can have. A note.
    Order,
    /// The same session differs in a list and alone. A problem.
    Difference,
    /// The last one of a long result: `count` is the number of further deviations, beyond 50
    /// distinct problems or 50 distinct notes. A note if only notes were omitted.
    Omitted,
}

words!(
    DeviationKind,
    "kind of deviation",
    [
        Body = "body",
        UnknownField = "unknown_field",
        MissingField = "missing_field",
        DuplicateField = "duplicate_field",
        UnknownWord = "unknown_word",
        Null = "null",
        JsonType = "json_type",
        Number = "number",
        Id = "id",
        Timestamp = "timestamp",
        Record = "record",
        Pagination = "pagination",
        Order = "order",
        Difference = "difference",
        Omitted = "omitted",
    ]
);
