//! The client on a socket, with httparse to read heads.
//!
//! It brings a transport that can be read from end to end, on next to no dependencies. It lacks TLS, so it is for loopback
//! alone, and a pool: an answer is read until the server closes the connection, as it is asked to.
//!
//! `cargo run -p brightdata-sessions-testkit --example sockets`

use std::io::{self, Read, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use brightdata_sessions::http::{Request, Response, header, response::Parts};
use brightdata_sessions::{Api, ApiKey, Collector, Failure, FailureKind, Flow as _, Outcome};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use httparse::{EMPTY_HEADER, Status::Complete};

pub(crate) fn exchange(request: &Request<()>, api: &Api, limit: Duration) -> Outcome {
    // A chunk of one byte takes six.
    let most = (api.body_limit() as u64).saturating_mul(6).saturating_add(64 << 10);
    let mut bytes = Vec::new();
    let end = ask(request, limit).and_then(|socket| socket.take(most).read_to_end(&mut bytes));
    let closed = end.is_ok();
    let failure = end.err().map_or_else(|| FailureKind::Connection.into(), Failure::from);
    let Some((head, body)) = split(&bytes) else { return Err(failure) };
    let chunked = head.headers.contains_key(header::TRANSFER_ENCODING);
    let lengths = head.headers.get_all(header::CONTENT_LENGTH).iter();
    let lengths: Vec<Option<usize>> = lengths.map(|length| length.to_str().ok()?.parse().ok()).collect();
    let mut collector = api.collector(head);
    let whole = match lengths[..] {
        _ if chunked => chunks(body, &mut collector).is_some(),
        [] => collector.push(body).is_continue() && closed,
        [Some(size)] => collector.push(body.get(..size).unwrap_or(body)).is_continue() && size <= body.len(),
        _ => false,
    };
    if whole { collector.finish() } else { collector.fail(failure) }
}

fn ask(request: &Request<()>, limit: Duration) -> io::Result<Socket> {
    let deadline = Instant::now() + limit;
    let host = request.uri().authority().ok_or(io::ErrorKind::InvalidInput)?.as_str();
    let target = request.uri().path_and_query().ok_or(io::ErrorKind::InvalidInput)?;
    let mut head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let mut stream = TcpStream::connect(host)?;
    stream.write_all(&[&head[..], b"\r\n"].concat())?;
    Ok(Socket(stream, deadline))
}

/// A socket, and when reading from it ends.
struct Socket(TcpStream, Instant);

impl Read for Socket {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.1.checked_duration_since(Instant::now()).ok_or(io::ErrorKind::TimedOut)?;
        self.0.set_read_timeout(Some(left))?;
        self.0.read(bytes)
    }
}

/// The head of the answer behind all interim ones, and what follows it.
fn split(mut bytes: &[u8]) -> Option<(Parts, &[u8])> {
    loop {
        let mut headers = [EMPTY_HEADER; 128];
        let mut head = httparse::Response::new(&mut headers);
        let Ok(Complete(length)) = head.parse(bytes) else { return None };
        bytes = &bytes[length..];
        if head.code? >= 200 {
            let all = Response::builder().status(head.code?);
            let all = head.headers.iter().fold(all, |all, header| all.header(header.name, header.value));
            return Some((all.body(()).ok()?.into_parts().0, bytes));
        }
    }
}

/// Collects chunks up to the last one, if it is there.
fn chunks(mut bytes: &[u8], collector: &mut Collector) -> Option<()> {
    loop {
        let Ok(Complete((start @ 3.., size))) = httparse::parse_chunk_size(bytes) else { return None };
        let (chunk, rest) = bytes[start..].split_at_checked(size.try_into().ok()?)?;
        if collector.push(chunk).is_break() || size == 0 {
            return Some(());
        }
        bytes = rest.strip_prefix(b"\r\n")?;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let now = || api.elapsed(Instant::now());
    let send = |request| exchange(&request, &api, Duration::from_secs(30));
    let session = api.get(&DEMO_SESSION_ID.parse()?).next_with(now, send, std::thread::sleep);
    println!("{:#?}", session.transpose()?);
    Ok(())
}
