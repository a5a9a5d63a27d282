//! The head of a response.

use std::io;

use brightdata_sessions::http::header::CONNECTION;
use brightdata_sessions::http::response::Parts;
use brightdata_sessions::http::{HeaderName, HeaderValue, Response, StatusCode, Version};

use super::fault::Fault::{self, *};
use super::framing::Framing;
use super::wire::{Connection, Until};

/// The maximum length of a response head, in bytes.
const MAX_HEAD: usize = 128 << 10;

/// Reads the head of the response and returns it with the framing of its body.
pub(crate) fn read(
    fault: Option<Fault>,
    connection: &mut Connection,
    until: Until,
) -> io::Result<(Parts, Framing)> {
    let has = |wanted| fault == Some(wanted);
    let mut interim = 0;
    loop {
        let Some(head) = read_one(fault, connection, until)? else {
            // HTTP/0.9: all bytes are the body.
            return Ok((Response::new(()).into_parts().0, Framing::Close));
        };
        let is_final = has(InterimIsFinal) || has(SkipsOneInterim) && interim == 1;
        if head.status.is_informational() && !is_final {
            interim += 1;
            continue;
        }
        let framing = Framing::of(fault, &head)?;
        return Ok((head, framing));
    }
}

fn read_one(fault: Option<Fault>, connection: &mut Connection, until: Until) -> io::Result<Option<Parts>> {
    let has = |wanted| fault == Some(wanted);
    let malformed = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    loop {
        if has(SkipsBadHeaders) || has(AcceptsAnyStatus) {
            repair(fault, &mut connection.buffer);
        }
        let mut headers = [httparse::EMPTY_HEADER; 256];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(&connection.buffer) {
            Ok(httparse::Status::Complete(length)) => {
                let head = parts(fault, &response).ok_or_else(|| malformed("invalid head"))?;
                connection.buffer.drain(..length);
                return Ok(Some(head));
            }
            Ok(httparse::Status::Partial) if connection.buffer.len() > MAX_HEAD && !has(NoHeadLimit) => {
                return Err(malformed("head too long"));
            }
            Ok(httparse::Status::Partial) => {}
            Err(httparse::Error::TooManyHeaders) if has(NoHeadLimit) => {}
            Err(_) if has(AcceptsHttp09) => return Ok(None),
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        }
        if has(ReadsHeadOnce) && !connection.buffer.is_empty() {
            return Err(malformed("incomplete head"));
        }
        if !connection.fill(until)? {
            if has(TruncatedHeadIsComplete) {
                connection.buffer.splice(..0, *b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Repairs a malformed head, as a parser that is too lenient does.
fn repair(fault: Option<Fault>, buffer: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(buffer).into_owned();
    let repaired = match fault {
        Some(AcceptsAnyStatus) => text.replace("HTTP/1.1 abc", "HTTP/1.1 200"),
        _ => text.replace("content-length 2\r\n", "content-length: 2\r\n"),
    };
    if repaired != text {
        *buffer = repaired.into_bytes();
    }
}

fn parts(fault: Option<Fault>, response: &httparse::Response<'_, '_>) -> Option<Parts> {
    let has = |wanted| fault == Some(wanted);
    let mut head = Response::new(());
    *head.status_mut() = StatusCode::from_u16(response.code?).ok()?;
    *head.version_mut() = if response.version? == 1 { Version::HTTP_11 } else { Version::HTTP_10 };
    if has(NeedsReasonPhrase) && response.reason.unwrap_or_default().is_empty()
        || has(AtMost64Headers) && response.headers.len() > 64
        || has(AsciiHeadersOnly) && response.headers.iter().any(|header| !header.value.is_ascii())
    {
        return None;
    }
    for header in response.headers.iter() {
        if has(CaseSensitiveNames) && header.name != header.name.to_ascii_lowercase() {
            continue;
        }
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(header.value).ok()?;
        if has(LastHeaderWins) {
            head.headers_mut().insert(name, value);
        } else {
            head.headers_mut().append(name, value);
        }
    }
    Some(head.into_parts().0)
}

/// Returns whether the connection stays open after the response.
pub(crate) fn keeps_alive(fault: Option<Fault>, head: &Parts) -> bool {
    let closes =
        head.headers.get(CONNECTION).is_some_and(|option| option.as_bytes().eq_ignore_ascii_case(b"close"));
    (head.version == Version::HTTP_11 || fault == Some(ReusesHttp10))
        && (!closes || fault == Some(IgnoresClose))
}
