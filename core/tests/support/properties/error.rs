//! An answer of any status, with any headers and any body.

use brightdata_sessions::http::{HeaderName, HeaderValue, Response};
use brightdata_sessions::{Error, Escaped, GetSession, Session};

use super::reading::{Members, value};
use super::{ID, KEY, api, memory, time};

/// The answer is read or refused by its status; its error keeps what it says, shows no key and nothing that acts on a terminal,
/// and is not told at length; memory stays within 32 times the part of the body that counts, as for a session.
///
/// The input is a head as HTTP/1 has it, but for its first line, which is just the status: headers, an empty line, the body. Input
/// without an empty line is the body of a 400.
pub fn door(input: &[u8]) {
    is_read_or_refused(&response(input));
}

fn response(input: &[u8]) -> Response<&[u8]> {
    let end = input.windows(2).position(|two| two == b"\n\n");
    let (head, body) = end.map_or((&b"400"[..], input), |end| (&input[..end], &input[end + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| std::str::from_utf8(line).ok()?.parse::<u16>().ok());
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

pub fn is_read_or_refused(response: &Response<&[u8]>) -> Option<Session> {
    // Of any other body than that of a 200, no more than this is looked at.
    let status = response.status().as_u16();
    let body = *response.body();
    let size = if status == 200 { body.len() } else { body.len().min(16 << 10) };
    let headers = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let size = size + headers.sum::<usize>();
    let (api, get, copy) = (api(), GetSession::new(ID.parse().unwrap()), response.clone());
    match memory::within(32, size, || api.parse(&get, copy)) {
        Ok(session) => {
            assert_eq!(status, 200);
            Some(session)
        }
        Err(error) => {
            is_fit_to_be_shown(&error);
            says_what_came(&error, response);
            None
        }
    }
}

/// The status decides what kind of an error it is, and whether it may pass.
fn says_what_came(error: &Error, response: &Response<&[u8]>) {
    let status = response.status();
    let (kind, is_transient) = match status.as_u16() {
        200 => ("malformed_body", matches!(error, Error::StrayAnswer { .. })),
        400 => ("bad_request", false),
        401 | 403 | 407 => ("unauthorized", false),
        404 => ("not_found", false),
        408 => ("timeout", true),
        429 => ("rate_limited", true),
        300..400 => ("redirect_refused", false),
        500..600 => ("server", true),
        _ => ("unexpected_status", false),
    };
    let came = (error.kind().as_str(), error.is_transient(), error.status(), error.attempts());
    assert_eq!(came, (kind, is_transient, Some(status), 1));
    assert_eq!(error.response().is_some(), status != 200);
    let Some(told) = error.response() else { return };
    assert_eq!(told.retry_after, time::retry_after(response.headers()));
    for text in [&told.message, &told.code].into_iter().flatten() {
        assert!(!text.is_empty() && text.len() <= 303 && !text.contains(Escaped::acts), "{text:?}");
    }
    if let Some(message) = plain_message(response) {
        assert_eq!(told.message.as_deref(), Some(message.as_str()));
    }
}

/// The message, where nothing had to be done to it: the documented `error` of a body, short and plain.
fn plain_message(response: &Response<&[u8]>) -> Option<String> {
    if response.status().is_redirection() || response.body().len() > 16 << 10 {
        return None;
    }
    let body = std::str::from_utf8(response.body()).ok()?;
    // It has to be readable as a whole for its message to count.
    value(body)?;
    let told = Members::read(body).ok()?.text("error").ok()?;
    let message = told.as_str()?;
    let is_plain = (1..=300).contains(&message.len())
        && message.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && message.trim() == message
        && !message.contains(&KEY[..8]);
    is_plain.then(|| message.to_owned())
}

/// An error is one line, not a long one, without the key, and nothing in it acts on a terminal.
pub fn is_fit_to_be_shown(error: &Error) {
    shows_nothing_of(error, KEY);
}

fn shows_nothing_of(error: &Error, secret: &str) {
    let shown = format!("{error} {error:?} {error:#?}");
    assert!(!shown.contains(secret), "{shown}");
    let line = error.to_string();
    assert!(!line.contains(Escaped::acts) && line.len() < 1000, "{line:?}");
}

/// Wherever a server echoes the key, and wherever the echo is cut, no 8 characters from its beginning are shown.
pub fn key_is_not_shown(status: u16, before: &str, after: &str, cut: usize) {
    let [start, end] = [before, after].map(|text| serde_json::to_string(text).unwrap());
    let (start, end) = (&start[..start.len() - 1], &end[1..]);
    let bodies = [
        format!("{before}{KEY}{after}"),
        format!("{{\"error\":{start}{KEY}{end},\"code\":\"{KEY}\"}}"),
        format!("{{\"session\":{{\"session_id\":\"{ID}\",\"bandwidth\":{start}{KEY}{end}}}}}"),
        format!("{{\"session\":{{\"session_id\":\"x{KEY}\"}}}}"),
    ];
    for body in bodies {
        for end in [body.len(), cut % (body.len() + 1)] {
            let mut response = Response::builder().status(status);
            for name in ["location", "x-brd-error", "x-brd-err-code", "retry-after"] {
                response = response.header(name, format!("Bearer {KEY}, {}", &KEY[..8 + cut % 8]));
            }
            let response = response.body(&body.as_bytes()[..end]).unwrap();
            if let Err(error) = api().parse(&GetSession::new(ID.parse().unwrap()), response) {
                shows_nothing_of(&error, &KEY[..8]);
            }
        }
    }
}
