//! The client on isahc.
//!
//! Provides: blocking and async requests, the pool, proxies and TLS of libcurl, the types of
//! `http`. Lacks: a response before the first byte of its body.
//!
//! `cargo run -p brightdata-sessions-testkit --example isahc`

use std::error::Error;
use std::io::{self, Read as _};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use isahc::HttpClient;
use isahc::config::{Configurable as _, RedirectPolicy};
use isahc::error::ErrorKind;

pub(crate) fn client() -> HttpClient {
    let builder = HttpClient::builder().redirect_policy(RedirectPolicy::None).automatic_decompression(false);
    builder.proxy(None).build().expect("the settings are valid")
}

pub(crate) fn exchange(
    http: &HttpClient,
    request: Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let mut limited = Request::builder().timeout(limit).body(()).expect("the request is valid");
    *limited.uri_mut() = request.uri().clone();
    *limited.headers_mut() = request.headers().clone();
    let (head, mut body) = http.send(limited).map_err(transport_error)?.into_parts();
    let mut collector = api.collector(head).received_at(SystemTime::now());
    let mut chunk = [0; 8 << 10];
    loop {
        match body.read(&mut chunk) {
            Ok(0) => return collector.finish(),
            Ok(read) if collector.push(&chunk[..read]).is_continue() => {}
            Ok(_) => return collector.finish(),
            Err(error) => return collector.fail(error),
        }
    }
}

fn transport_error(error: isahc::Error) -> TransportError {
    let kind = match error.kind() {
        ErrorKind::Timeout => TransportErrorKind::Timeout,
        _ => TransportErrorKind::Connection,
    };
    TransportError::new(kind, io::Error::other(error))
}

fn main() -> Result<(), Box<dyn Error>> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let http = client();
    let now = || api.now(Instant::now());
    let send = |request| exchange(&http, request, &api, Duration::from_secs(30));
    let session = api.get(&DEMO_SESSION_ID.parse()?).run_with(now, send, |wait| thread::sleep(wait.duration));
    println!("{:#?}", session?);
    Ok(())
}
