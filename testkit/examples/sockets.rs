//! The client on a socket, with httparse to read heads.
//!
//! Provides: a short transport on almost no dependencies. Lacks: TLS, so it is for loopback only,
//! and a pool. Each request has `connection: close`, and the response is read up to the close.
//!
//! `cargo run -p brightdata-sessions-testkit --example sockets`

use std::io::{self, Read as _, Write as _};
use std::{net::TcpStream, thread::sleep, time::Duration, time::Instant};

use brightdata_sessions::{Api, ApiKey, Collector, TransportError, http};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use httparse::{EMPTY_HEADER, Status::Complete};

pub(crate) fn exchange(
    request: &http::Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<http::Response<Vec<u8>>, TransportError> {
    let mut bytes = Vec::new();
    let end = read(request, api, limit, &mut bytes);
    let (closed, end) = (end.is_ok(), end.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into()));
    let Some((head, body)) = split(&bytes, 9) else { return Err(end.into()) };
    let mut collector = api.collector(head.clone());
    // These end with their heads, whatever follows.
    let (body, closed) =
        if matches!(head.status.as_u16(), 204 | 304) { (&[][..], true) } else { (body, closed) };
    let is_complete = collect(&head.headers, body, closed, &mut collector).is_some();
    if is_complete { collector.finish() } else { collector.fail(end) }
}

/// Sends the request and reads until the server closes the connection. After an error, `bytes`
/// holds what was received.
fn read(request: &http::Request<()>, api: &Api, limit: Duration, bytes: &mut Vec<u8>) -> io::Result<()> {
    let (start, mut part, mut received) = (Instant::now(), [0; 8 << 10], 1);
    let uri = request.uri();
    let (host, target) = uri.authority().zip(uri.path_and_query()).ok_or(io::ErrorKind::InvalidInput)?;
    let mut head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let mut stream = TcpStream::connect(host.as_str())?;
    stream.write_all(&[&head[..], b"\r\n"].concat())?;
    // Bounds the memory: a head takes up to 64 KiB, and a chunk of one byte takes six bytes.
    while received > 0 && bytes.len().saturating_sub(64 << 10) / 6 <= api.body_limit() {
        stream.set_read_timeout(Some(limit.checked_sub(start.elapsed()).ok_or(io::ErrorKind::TimedOut)?))?;
        received = stream.read(&mut part)?;
        bytes.extend_from_slice(&part[..received]);
    }
    if received == 0 { Ok(()) } else { Err(io::Error::other("response too long")) }
}

/// Parses the head of the final response, after at most `interim` interim ones. Returns the rest as
/// well.
fn split(bytes: &[u8], interim: u8) -> Option<(http::response::Parts, &[u8])> {
    let mut headers = [EMPTY_HEADER; 500];
    let mut head = httparse::Response::new(&mut headers);
    let Complete(length) = head.parse(bytes).ok()? else { return None };
    let 200.. = head.code? else { return split(bytes.get(length..)?, interim.checked_sub(1)?) };
    let all = head.headers.iter().fold(http::Response::builder(), |all, h| all.header(h.name, h.value));
    Some(all.status(head.code?).body(bytes.get(length..)?).ok()?.into_parts())
}

/// Collects the received part of the body. Returns `None` unless the body is complete and within
/// the limit.
fn collect(headers: &http::HeaderMap, mut body: &[u8], closed: bool, to: &mut Collector) -> Option<()> {
    while headers.contains_key("transfer-encoding") {
        let Complete((start, size)) = httparse::parse_chunk_size(body).ok()? else { return None };
        let (chunk, rest) = body.get(start..)?.split_at_checked(size.try_into().ok()?)?;
        // An empty chunk is the last one; trailers may follow. httparse also reads an empty line as
        // a chunk.
        let 1.. = size else { return body.starts_with(b"0").then_some(()) };
        to.push(chunk).continue_value()?;
        body = rest.strip_prefix(b"\r\n")?;
    }
    // With a length, the body must be that long. Two different lengths are invalid. Without a
    // length, the body ends with the connection.
    let parts = headers.get_all("content-length").iter().map(|n| body.get(..n.to_str().ok()?.parse().ok()?));
    let part = parts.reduce(|one, two| one.filter(|_| one == two)).unwrap_or_else(|| closed.then_some(body));
    to.push(part.unwrap_or(body)).continue_value().filter(|()| part.is_some())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let send = |request| exchange(&request, &api, Duration::from_secs(30));
    let session = api.get(&DEMO_SESSION_ID.parse()?).run_with(
        || api.now(Instant::now()),
        send,
        |wait| sleep(wait.duration),
    );
    println!("{:#?}", session?);
    Ok(())
}
