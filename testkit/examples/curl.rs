//! The client on curl, with one handle per thread.
//!
//! Provides: proxies, HTTP/2, the system's TLS (feature `ssl`), and connection reuse within a
//! thread. Lacks: the types of `http`. libcurl delivers a response as header lines and body chunks,
//! including interim responses and trailers.
//!
//! `cargo run -p brightdata-sessions-testkit --example curl`

use std::cell::RefCell;
use std::time::{Duration, Instant};

use brightdata_sessions::http::{Request, Response, response::Builder};
use brightdata_sessions::{Api, ApiKey, Collector, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use curl::easy::{Easy, List};

thread_local!(static EASY: RefCell<Easy> = RefCell::new(Easy::new()));

pub(crate) fn exchange(
    request: &Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let (mut head, body) = (None::<Builder>, RefCell::new(None::<Collector>));
    let perform = |easy: &mut Easy| {
        let mut headers = List::new();
        for (name, value) in request.headers() {
            headers.append(&format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))?;
        }
        easy.url(&request.uri().to_string())?;
        easy.path_as_is(true)?;
        easy.http_headers(headers)?;
        // Otherwise the environment's proxy would be used for loopback as well.
        easy.proxy("")?;
        easy.timeout(limit)?;
        let mut transfer = easy.transfer();
        transfer.header_function(|line| {
            let line = String::from_utf8_lossy(line);
            if line.starts_with("HTTP/") {
                head = line.split_whitespace().nth(1).map(|status| Response::builder().status(status));
            } else if let Some((name, value)) = line.split_once(':') {
                // The head is already taken if this line is a trailer.
                head = head.take().map(|head| head.header(name, value.trim().as_bytes()));
            } else if let Some(Ok(head)) = head.take().map(|head| head.body(())) {
                let last = !head.status().is_informational();
                body.replace(last.then(|| api.collector(head.into_parts().0)));
            }
            true
        })?;
        transfer.write_function(|data| {
            let continues = body.borrow_mut().as_mut().is_some_and(|body| body.push(data).is_continue());
            Ok(if continues { data.len() } else { 0 })
        })?;
        transfer.perform()
    };
    let error = EASY.with_borrow_mut(perform).err().map(|error: curl::Error| {
        let timeout = error.is_operation_timedout();
        TransportError::new(
            if timeout { TransportErrorKind::Timeout } else { TransportErrorKind::Connection },
            error,
        )
    });
    match (body.into_inner(), error) {
        (Some(body), None) => body.finish(),
        (Some(body), Some(error)) => body.fail(error),
        (None, error) => Err(error.unwrap_or_else(|| TransportErrorKind::Connection.into())),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let now = || api.now(Instant::now());
    let send = |request| exchange(&request, &api, Duration::from_secs(30));
    let session =
        api.get(&DEMO_SESSION_ID.parse()?).run_with(now, send, |wait| std::thread::sleep(wait.duration));
    println!("{:#?}", session?);
    Ok(())
}
