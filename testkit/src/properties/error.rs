//! A response with any status, headers and body.

use std::str;

use brightdata_sessions::http::{HeaderName, HeaderValue, Response};
use brightdata_sessions::{Error, Escaped, GetSession, Session};
use serde_json::value::RawValue;

use super::echo::{FORMS, base64};
use super::memory::{self, Bound};
use super::model::{Members, value};
use super::{ID, KEY, api, time};

/// The status decides whether the response is parsed or rejected. Its error has the message and
/// code of the response. The error shows no key, has no control characters, and is short. Nor does
/// it show a key that is inserted in the middle of the body.
///
/// Peak memory is at most 6 times the headers and the part of the body that counts if all of it is
/// text, 16 times if not, and 32 times for a 200, as for a session.
///
/// The input is a head as in HTTP/1 whose first line is only the status, then an empty line and the
/// body. Input without an empty line is the body of a 400.
pub fn check(input: &[u8]) {
    let response = response(input);
    response_is_parsed_or_rejected(&response);
    key_in_the_middle_is_not_shown(response.status().as_u16(), response.body());
}

/// Checks another client: nothing that it shows has a part of its key, although a server echoes the
/// key in any form, in headers and body.
///
/// The key is [`KEY`]. `show` receives a response and returns all that the client shows: the text of
/// its error, and what it logs. The input is the same as for [`check`].
///
/// ```
/// use brightdata_sessions::{Api, ApiKey, GetSession};
/// use brightdata_sessions_testkit::properties::{KEY, error};
///
/// let api = Api::new(ApiKey::new(KEY)?);
/// let get = GetSession::new("a".parse()?);
/// error::key_is_hidden(b"401\n\nWrong key: , sorry??", |response| {
///     api.parse(&get, response).map_or_else(|error| error.to_string(), |_| String::new())
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A client that shows the body of an error fails:
///
/// ```should_panic
/// # use brightdata_sessions_testkit::properties::error;
/// error::key_is_hidden(b"401\n\nWrong key: , sorry??", |response| {
///     String::from_utf8_lossy(response.body()).into_owned()
/// });
/// ```
///
/// # Panics
///
/// Panics if the client shows at least the first 8 characters of its key, or a form of them.
pub fn key_is_hidden(input: &[u8], show: impl Fn(Response<&[u8]>) -> String) {
    let response = response(input);
    let Some((before, after, cut)) = around_the_key(response.body()) else { return };
    let echoes = Echoes::new(response.status().as_u16(), before, after, cut);
    for response in echoes.responses() {
        let shown = show(response);
        for secret in echoes.parts.iter().map(String::as_str).chain([&KEY[..8]]) {
            assert!(
                !shown.contains(secret),
                "a client must not show its key, which the server echoed {}: expected a text without {secret:?}, but the client showed {shown:?}",
                echoes.name,
            );
        }
    }
}

fn key_in_the_middle_is_not_shown(status: u16, body: &[u8]) {
    if let Some((before, after, cut)) = around_the_key(body) {
        key_is_not_shown(status, before, after, cut);
    }
}

/// Splits a text in its middle, for the key. The last two bytes of the input select the length of the
/// response.
fn around_the_key(input: &[u8]) -> Option<(&str, &str, usize)> {
    let (text, cut) = input.split_last_chunk()?;
    let text = str::from_utf8(text).ok()?;
    let middle = (text.len() / 2..).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let (before, after) = text.split_at(middle);
    // A string may contain a prefix of the key by chance, in any form, also after JSON escapes a
    // control character (`\f`). That is not an echo.
    let texts = [text, &serde_json::to_string(text).unwrap()];
    let has_prefix = FORMS.iter().any(|(_, form)| texts.iter().any(|text| text.contains(&form(&KEY[..8]))));
    let has_key = has_prefix || text.contains("\\u");
    (!has_key).then(|| (before, after, u16::from_le_bytes(*cut).into()))
}

fn response(input: &[u8]) -> Response<&[u8]> {
    let end = input.windows(2).position(|two| two == b"\n\n");
    let (head, body) = end.map_or((&b"400"[..], input), |end| (&input[..end], &input[end + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| str::from_utf8(line).ok()?.parse::<u16>().ok());
    let status = status.filter(|status| (100..=999).contains(status)).unwrap_or(400);
    let mut response = Response::builder().status(status).body(body).unwrap();
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

pub(crate) fn response_is_parsed_or_rejected(response: &Response<&[u8]>) -> Option<Session> {
    // At most this much of the body counts, unless the status is 200.
    let status = response.status().as_u16();
    let body = *response.body();
    let size = if status == 200 { body.len() } else { body.len().min(16 << 10) };
    let headers = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let size = size + headers.sum::<usize>();
    let (api, get, copy) = (api(), GetSession::new(ID.parse().unwrap()), response.clone());
    // Prepare the forms of the key outside the measurement: they are made once per key.
    assert_eq!(api.key().redact(ID), ID);
    let is_text =
        str::from_utf8(body).is_ok() && response.headers().values().all(|value| value.to_str().is_ok());
    let bound = match (status, is_text) {
        (200, _) => Bound(32, 4096),
        (_, true) => Bound(6, 1024),
        // Lossy text is three times as long as the bytes. Parsing and redaction copy some of it.
        (_, false) => Bound(16, 1024),
    };
    match memory::bounded(size, || api.parse(&get, copy), |_| bound) {
        Ok(session) => {
            assert_eq!(status, 200);
            Some(session)
        }
        Err(error) => {
            is_safe_to_display(&error);
            matches_response(&error, response);
            None
        }
    }
}

/// Returns whether the error describes the response to another request.
fn is_stray(error: &Error) -> bool {
    let shown = error.to_string();
    ["expected session ", "expected the page at "]
        .iter()
        .any(|start| shown.strip_prefix("malformed body: ").is_some_and(|problem| problem.starts_with(start)))
}

/// The status decides the kind of the error, and whether it is transient.
fn matches_response(error: &Error, response: &Response<&[u8]>) {
    let status = response.status();
    let (kind, is_transient) = match status.as_u16() {
        200 => ("malformed_body", is_stray(error)),
        400 => ("bad_request", false),
        401 | 403 | 407 => ("unauthorized", false),
        404 => ("not_found", false),
        408 => ("timeout", true),
        429 => ("rate_limited", true),
        300..400 => ("redirect_refused", false),
        500..600 => ("server", true),
        _ => ("unexpected_status", false),
    };
    let actual = (error.kind().as_str(), error.is_transient(), error.status(), error.attempts());
    assert_eq!(actual, (kind, is_transient, Some(status), 1));
    assert_eq!(error.response().is_some(), status != 200);
    let Some(actual) = error.response() else { return };
    assert!(time::is_near(actual.retry_after, time::retry_after(response.headers())), "{actual:?}");
    for text in [&actual.message, &actual.code].into_iter().flatten() {
        assert!(!text.is_empty() && text.len() <= 303 && !text.contains(is_unsafe), "{text:?}");
    }
    let (message, code) = ladder(response);
    let body = String::from_utf8_lossy(response.body());
    if message.is_none() && !status.is_redirection() && is_markup(&body) {
        let message = actual.message.as_deref().unwrap_or_default();
        let prefixes = ["a web page instead of JSON", "XML instead of JSON"];
        assert!(prefixes.iter().any(|prefix| message.starts_with(prefix)), "{message}");
        assert!(message.len() <= 303);
        return;
    }
    for (actual, expected) in [(&actual.message, message), (&actual.code, code)] {
        // A string may contain a part of the key by chance.
        let expected = expected.map(|text| excerpt(&api().key().redact(&text)));
        assert_eq!(actual.as_deref(), expected.as_deref(), "{response:?}");
    }
}

/// Returns the message and the code, each the first non-blank text of the body and the headers.
fn ladder(response: &Response<&[u8]>) -> (Option<String>, Option<String>) {
    let headers = |name: &str| {
        let values = response.headers().get_all(name).iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>()
    };
    let first = |body: Option<String>, names: [&str; 2]| {
        let texts = body.into_iter().chain(names.into_iter().flat_map(headers));
        texts.map(|text| text.trim().to_owned()).find(|text| !text.is_empty())
    };
    let (mut message, code) = message_and_code_of_body(response.body());
    if response.status().is_redirection() {
        message = headers("location").into_iter().find(|text| !text.trim().is_empty());
    }
    (first(message, ["x-brd-error", "x-brd-err-msg"]), first(code, ["x-brd-error-code", "x-brd-err-code"]))
}

/// Returns the message and the code of a body. For an object they are its first non-blank members;
/// any other body except a page is itself the message.
fn message_and_code_of_body(body: &[u8]) -> (Option<String>, Option<String>) {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 << 10)]);
    let members = Members::read(&text).ok();
    let first_non_blank = |names: &[&str]| {
        let member = |name: &&str| members.as_ref()?.last(name).and_then(text_or_number);
        let texts: Vec<_> = names.iter().filter_map(member).collect();
        texts.iter().find(|text| !text.chars().all(char::is_whitespace)).or_else(|| texts.first()).cloned()
    };
    match (first_non_blank(&["error", "message", "errors"]), first_non_blank(&["error_code", "code"])) {
        (None, None) => (Some(text.into_owned()).filter(|text| !is_markup(text)), None),
        found => found,
    }
}

/// Returns whether a string is a web page or XML.
fn is_markup(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('<')
}

/// Returns the text of a string or the digits of a number. For a list, those of its first value.
fn text_or_number(raw: &str) -> Option<String> {
    let first =
        serde_json::from_str::<Vec<&RawValue>>(raw).map(|values| values.first().map(|first| first.get()));
    let raw = first.unwrap_or(Some(raw))?;
    if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return Some(raw.to_owned());
    }
    value(raw)?.as_str().map(str::to_owned)
}

/// Returns as much of a string as an error retains, with unsafe characters escaped.
pub(super) fn excerpt(text: &str) -> String {
    let mut excerpt = String::new();
    for (c, needs_escape) in Escaped(text).chars() {
        let shown = if needs_escape { c.escape_default().to_string() } else { c.to_string() };
        if excerpt.len() + shown.len() > 300 {
            return excerpt + "…";
        }
        excerpt += &shown;
    }
    excerpt
}

/// Returns whether a character is unsafe to display: all control characters, and those of Unicode
/// that break lines, reorder text or are invisible. Characters that scripts and emoji need are
/// safe.
pub(super) fn is_unsafe(c: char) -> bool {
    const UNSAFE: [(u32, u32); 15] = [
        (0, 0x1f),
        (0x7f, 0x9f),
        (0xad, 0xad),
        (0x61c, 0x61c),
        (0x115f, 0x1160),
        (0x180e, 0x180e),
        (0x200b, 0x200b),
        (0x200e, 0x200f),
        (0x2028, 0x202e),
        (0x2060, 0x206f),
        (0x3164, 0x3164),
        (0xfeff, 0xfeff),
        (0xfff0, 0xfffb),
        (0xe0000, 0xe00ff),
        (0xe01f0, 0xe0fff),
    ];
    UNSAFE.iter().any(|(first, last)| (*first..=*last).contains(&c.into()))
}

/// An error is one short line without the key and without unsafe characters.
pub(crate) fn is_safe_to_display(error: &Error) {
    does_not_show(error, KEY);
}

fn does_not_show(error: &Error, secret: &str) {
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains(secret), "{shown}");
    let line = error.to_string();
    assert!(!line.contains(is_unsafe) && line.len() < 1000, "{line:?}");
}

/// No error shows the first 8 characters of the key, wherever a server echoes it, in any form, and
/// wherever the echo is cut. Nor does it show base64 of a text that ends with the key, such as a
/// name and a password.
pub(crate) fn key_is_not_shown(status: u16, before: &str, after: &str, cut: usize) {
    let echoes = Echoes::new(status, before, after, cut);
    for response in echoes.responses() {
        if let Err(error) = api().parse(&GetSession::new(ID.parse().unwrap()), response) {
            does_not_show(&error, &KEY[..8]);
            let shown = error.to_string();
            assert!(!echoes.parts.iter().any(|part| shown.contains(part)), "{}: {shown}", echoes.name);
        }
    }
}

/// The responses of a server that echoes the key in one form.
struct Echoes {
    /// The name of the form.
    name: &'static str,
    status: u16,
    /// Each header has this value.
    header: String,
    bodies: Vec<Vec<u8>>,
    /// The parts of a text that reveal the key.
    parts: [String; 3],
}

impl Echoes {
    fn new(status: u16, before: &str, after: &str, cut: usize) -> Self {
        // Half of the cases echo the key unchanged, as most servers do.
        let (name, form) = FORMS.get(cut / 7 % (2 * FORMS.len())).unwrap_or(&FORMS[0]);
        let echo = form(KEY);
        let [text, json] =
            [&echo, &format!("{before}{echo}{after}")].map(|text| serde_json::to_string(text).unwrap());
        let basic = base64(format!("{}{KEY}", &"us:"[..cut % 4]).as_bytes());
        let whole = [
            format!("{before}{echo}{after}"),
            format!("{{\"error\":{json},\"code\":{text}}}"),
            format!("{{\"session\":{{\"session_id\":\"{ID}\",\"bandwidth\":{json}}}}}"),
            format!("{{\"session\":{{\"session_id\":{text}}}}}"),
            format!("Basic {basic}"),
        ];
        let truncated = whole.iter().map(|body| body.as_bytes()[..cut % (body.len() + 1)].to_vec());
        let bodies = truncated.chain(whole.iter().map(|body| body.as_bytes().to_vec())).collect();
        let header = format!("Bearer {echo}, {}", form(&KEY[..8 + cut % 8]));
        // These characters of base64 encode bytes of the key only.
        let parts = [form(&KEY[..8]), basic[6..18].to_owned(), echo.clone()];
        Self { name, status, header, bodies, parts }
    }

    fn responses(&self) -> impl Iterator<Item = Response<&[u8]>> {
        self.bodies.iter().map(|body| {
            let mut response = Response::builder().status(self.status);
            for name in ["location", "x-brd-error", "x-brd-err-code", "retry-after"] {
                response = response.header(name, &self.header);
            }
            response.body(body.as_slice()).unwrap()
        })
    }
}
