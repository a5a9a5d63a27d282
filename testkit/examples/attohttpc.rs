//! The client on attohttpc.
//!
//! Provides: blocking requests, proxies, TLS (by features), the types of `http`, few dependencies.
//! Lacks: a pool, so each request opens a connection.
//!
//! attohttpc treats an interim response as final and a truncated body as complete, so this
//! transport checks for both. Its timeout is a thread that closes the socket, which sometimes looks
//! like the end of the body.
//!
//! `cargo run -p brightdata-sessions-testkit --example attohttpc`

use std::io::{self, Read as _};
use std::time::{Duration, Instant};
use std::{error::Error, thread};

use attohttpc::{ErrorKind, ProxySettings};
use brightdata_sessions::http::{Request, Response, header::CONTENT_LENGTH, header::TRANSFER_ENCODING};
use brightdata_sessions::{Api, ApiKey, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

pub(crate) fn exchange(
    request: Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let mut get = attohttpc::get(request.uri().to_string()).follow_redirects(false).max_headers(500);
    for (name, value) in request.headers() {
        get = get.header(name, value);
    }
    let deadline = Instant::now() + limit;
    let is_late = || Instant::now() >= deadline;
    // Otherwise the environment's proxy would be used for loopback as well.
    get = get.timeout(limit).read_timeout(limit).proxy_settings(ProxySettings::builder().build());
    let (status, headers, mut body) = get.send().map_err(|error| transport_error(error, is_late()))?.split();
    if status.is_informational() {
        return Err(TransportError::new(
            TransportErrorKind::InvalidHead,
            "the client returned an interim response as the final one",
        ));
    }
    let mut head = Response::new(()).into_parts().0;
    (head.status, head.headers) = (status, headers);

    let length = match status.as_u16() {
        204 | 304 => Some(0),
        _ if head.headers.contains_key(TRANSFER_ENCODING) => None,
        _ => head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok()),
    };
    let mut collector = api.collector(head);
    let (mut received, mut chunk) = (0, [0; 8 << 10]);
    while length != Some(received) {
        match body.read(&mut chunk) {
            Ok(0) | Err(_) if is_late() => return collector.fail(TransportErrorKind::Timeout),
            Ok(0) if length.is_none() => break,
            Ok(0) => return collector.fail(io::Error::from(io::ErrorKind::UnexpectedEof)),
            Ok(read) if collector.push(&chunk[..read]).is_continue() => received += read,
            Ok(_) => break,
            Err(error) => return collector.fail(error),
        }
    }
    collector.finish()
}

fn transport_error(error: attohttpc::Error, is_late: bool) -> TransportError {
    match error.into_kind() {
        _ if is_late => TransportErrorKind::Timeout.into(),
        ErrorKind::Io(error) => error.into(),
        kind => TransportError::new(TransportErrorKind::Connection, attohttpc::Error::from(kind)),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let now = || api.now(Instant::now());
    let send = |request| exchange(request, &api, Duration::from_secs(30));
    let session = api.get(&DEMO_SESSION_ID.parse()?).run_with(now, send, |wait| thread::sleep(wait.duration));
    println!("{:#?}", session?);
    Ok(())
}
