//! HTTP/1.1, as much of it as a server of small JSON documents needs: requests are read, responses are written.

use std::io::{self, Read};

use brightdata_sessions::http::StatusCode;
use httparse::Status;

use crate::RecordedRequest;
use crate::end::End;

/// The longest head of a request, in bytes. Also what is held of a connection's input at any time.
const HEAD_LIMIT: usize = 64 << 10;
const MOST_HEADERS: usize = 100;
/// The longest body of a request that is read (and dropped), in bytes.
const BODY_LIMIT: u64 = 1 << 20;

/// Reads the head of the next request. `buffer` keeps what came after it for the next call.
pub(crate) fn read_head(
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
    connection: usize,
) -> Result<RecordedRequest, End> {
    loop {
        if let Some((length, request)) = parse_head(buffer, connection)? {
            buffer.drain(..length);
            return Ok(request);
        }
        let room = HEAD_LIMIT - buffer.len();
        if room == 0 {
            return Err(End::Refuse(431));
        }
        let mut chunk = [0; 8 << 10];
        let room = room.min(chunk.len());
        match stream.read(&mut chunk[..room])? {
            0 => return Err(End::Gone),
            read => buffer.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Reads the body of a request, and drops it.
pub(crate) fn skip_body(
    request: &RecordedRequest,
    stream: &mut impl Read,
    buffer: &mut Vec<u8>,
) -> Result<(), End> {
    let length = body_length(request)?;
    let buffered = buffer.len().min(usize::try_from(length).unwrap_or(usize::MAX));
    buffer.drain(..buffered);
    let left = length - buffered as u64;
    if io::copy(&mut stream.take(left), &mut io::sink())? < left { Err(End::Gone) } else { Ok(()) }
}

/// Whether the connection stays open after this request, as far as it is concerned.
pub(crate) fn keeps_alive(request: &RecordedRequest) -> bool {
    // `keep-alive` of HTTP/1.0 is not in any RFC that is in force.
    request.minor_version == 1
        && !request
            .values("connection")
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// A whole response.
pub(crate) fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut response = format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or_default());
    for (name, value) in headers {
        response += &format!("{name}: {value}\r\n");
    }
    // RFC 9110, 6.4.1: these end with their head.
    if matches!(status, 100..=199 | 204 | 304) {
        return (response + "\r\n").into_bytes();
    }
    response += &format!("content-length: {}\r\n\r\n", body.len());
    [response.as_bytes(), body].concat()
}

/// The length of a head and what it says; `None` while its end has not come.
fn parse_head(bytes: &[u8], connection: usize) -> Result<Option<(usize, RecordedRequest)>, End> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(End::Refuse(431)),
        Err(_) => return Err(End::Refuse(400)),
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

fn body_length(request: &RecordedRequest) -> Result<u64, End> {
    if request.values("transfer-encoding").next().is_some() {
        return Err(End::Refuse(411));
    }
    let mut lengths = request.values("content-length");
    let Some(length) = lengths.next() else { return Ok(0) };
    // Two lengths, even equal ones, or a sign before the digits: the ways in which requests are smuggled.
    if lengths.next().is_some() || !length.iter().all(u8::is_ascii_digit) || length.is_empty() {
        return Err(End::Refuse(400));
    }
    let length = std::str::from_utf8(length).ok().and_then(|digits| digits.parse().ok());
    length.filter(|&length| length <= BODY_LIMIT).ok_or(End::Refuse(413))
}
