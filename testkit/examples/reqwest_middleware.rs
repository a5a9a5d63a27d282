//! The client on reqwest-middleware, for programs that already have a stack of it.
//!
//! Provides: tracing, metrics or caching by middleware, which can read the [`Attempt`] of a
//! request. Middleware that retries must be left out, because the core decides when to retry.
//!
//! `cargo run -p brightdata-sessions-testkit --example reqwest_middleware`

use std::error::Error;
use std::mem;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::{Extensions, Request, Response};
use brightdata_sessions::{Api, ApiKey, Attempt, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Next};
use tokio::time::sleep;

pub(crate) fn client() -> ClientWithMiddleware {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
    ClientBuilder::new(http.build().expect("the settings are valid")).with(log).build()
}

/// A middleware that logs retries.
fn log<'a>(
    request: reqwest::Request,
    extensions: &'a mut Extensions,
    next: Next<'a>,
) -> Pin<Box<dyn Future<Output = reqwest_middleware::Result<reqwest::Response>> + Send + 'a>> {
    if let Some(Attempt { number, after: Some(kind), .. }) = extensions.get() {
        println!("attempt {number} after the error {kind}");
    }
    Box::pin(next.run(request, extensions))
}

pub(crate) async fn exchange(
    http: &ClientWithMiddleware,
    mut request: Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let mut extensions = mem::take(request.extensions_mut());
    let mut request: reqwest::Request =
        request.map(|()| reqwest::Body::default()).try_into().map_err(transport_error)?;
    *request.timeout_mut() = Some(limit);
    let mut response = match http.execute_with_extensions(request, &mut extensions).await {
        Ok(response) => response,
        Err(reqwest_middleware::Error::Reqwest(error)) => return Err(transport_error(error)),
        Err(error) => return Err(TransportError::new(TransportErrorKind::Connection, error)),
    };
    let mut head = Response::new(()).into_parts().0;
    (head.status, head.headers) = (response.status(), mem::take(response.headers_mut()));
    let mut collector = api.collector(head).received_at(SystemTime::now());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if collector.push(&chunk).is_continue() => {}
            Ok(_) => return collector.finish(),
            Err(error) => return collector.fail(transport_error(error)),
        }
    }
}

/// hyper rejects some heads without reporting their status, which may be 429.
fn transport_error(error: reqwest::Error) -> TransportError {
    let mut cause = error.source();
    while let Some(error) = cause.filter(|cause| !cause.is::<hyper::Error>()) {
        cause = error.source();
    }
    let is_head = cause.and_then(|cause| cause.downcast_ref()).is_some_and(hyper::Error::is_parse);
    let kind = match () {
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () if is_head => TransportErrorKind::InvalidHead,
        () => TransportErrorKind::Connection,
    };
    TransportError::new(kind, error.without_url())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fake = FakeApi::start()?;
    fake.script_any([Script::response(503, &[], "")]);
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let (http, id) = (client(), DEMO_SESSION_ID.parse()?);
    let now = || api.now(Instant::now());
    let send = |request| exchange(&http, request, &api, Duration::from_secs(30));
    let session = api.get(&id).run_with_async(now, send, |wait| sleep(wait.duration)).await;
    println!("{:#?}", session?);
    Ok(())
}
