//! The part of HTTP/1.1 that a server of small JSON documents needs.

use std::io::{self, Read};

use brightdata_sessions::http::StatusCode;
use httparse::Status;

use crate::RecordedRequest;
use crate::close_action::CloseAction;

/// The maximum length of a request head, and of a connection's buffered input, in bytes.
const HEAD_LIMIT: usize = 64 << 10;
const MAX_HEADERS: usize = 100;
/// The maximum length of a request body, in bytes.
const BODY_LIMIT: u64 = 1 << 20;

/// Reads the head of the next request. `buffer` holds the bytes after it for the next call.
pub(crate) fn read_head(
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
    connection: usize,
) -> Result<RecordedRequest, CloseAction> {
    loop {
        if let Some((length, request)) = parse_head(buffer, connection)? {
            buffer.drain(..length);
            return Ok(request);
        }
        let room = HEAD_LIMIT - buffer.len();
        if room == 0 {
            return Err(CloseAction::Reject(431));
        }
        let mut chunk = [0; 8 << 10];
        let room = room.min(chunk.len());
        match stream.read(&mut chunk[..room])? {
            0 => return Err(CloseAction::Abandon),
            read => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Reads and discards the body of a request.
pub(crate) fn skip_body(
    request: &RecordedRequest,
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
) -> Result<(), CloseAction> {
    let length = body_length(request)?;
    let buffered = buffer.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    buffer.drain(..buffered);
    let left = length - buffered as u64;
    if io::copy(&mut stream.take(left), &mut io::sink())? < left { Err(CloseAction::Abandon) } else { Ok(()) }
}

/// Returns whether the request allows the connection to stay open.
pub(crate) fn keeps_alive(request: &RecordedRequest) -> bool {
    // No current RFC defines `keep-alive` for HTTP/1.0.
    request.minor_version == 1
        && !request
            .values("connection")
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// Returns the bytes of a complete response.
pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut response = format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or_default());
    for (name, value) in headers {
        response += &format!("{name}: {value}\r\n");
    }
    // RFC 9110, 6.4.1: these responses have no body.
    if matches!(status, 100..=199 | 204 | 304) {
        return (response + "\r\n").into_bytes();
    }
    response += &format!("content-length: {}\r\n\r\n", body.len());
    [response.as_bytes(), body].concat()
}

/// Returns the length of a head and its content, or `None` if it is incomplete.
fn parse_head(bytes: &[u8], connection: usize) -> Result<Option<(usize, RecordedRequest)>, CloseAction> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(CloseAction::Reject(431)),
        Err(_) => return Err(CloseAction::Reject(400)),
    };
    let recorded = RecordedRequest {
        connection,
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        minor_version: request.version.unwrap_or_default(),
        headers: request
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), header.value.to_vec()))
            .collect(),
    };
    Ok(Some((length, recorded)))
}

fn body_length(request: &RecordedRequest) -> Result<u64, CloseAction> {
    if request.values("transfer-encoding").next().is_some() {
        return Err(CloseAction::Reject(411));
    }
    let mut lengths = request.values("content-length");
    let Some(length) = lengths.next() else { return Ok(0) };
    // Repeated lengths, even equal ones, and signs enable request smuggling.
    if lengths.next().is_some() || !length.iter().all(u8::is_ascii_digit) || length.is_empty() {
        return Err(CloseAction::Reject(400));
    }
    let length = std::str::from_utf8(length).ok().and_then(|digits| digits.parse().ok());
    length.filter(|&length| length <= BODY_LIMIT).ok_or(CloseAction::Reject(413))
}
