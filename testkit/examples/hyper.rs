//! The client on hyper, with the pool of hyper-util.
//!
//! Provides: connection reuse, any connector (`hyper-rustls` for TLS), and no implicit behavior: no
//! redirects, cookies or compression. Lacks: a timeout, and TLS with the connector of `main`,
//! `HttpConnector`.
//!
//! `cargo run -p brightdata-sessions-testkit --example hyper`

use std::error::Error;
use std::time::{Duration, SystemTime};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::{Client, connect::Connect, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, sleep, timeout_at};

pub(crate) type Http<C> = Client<C, Empty<&'static [u8]>>;

pub(crate) fn client<C: Connect + Clone>(connector: C) -> Http<C> {
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
}

pub(crate) async fn exchange<C: Connect + Clone + Send + Sync + 'static>(
    http: &Http<C>,
    request: Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError> {
    let deadline = Instant::now() + limit;
    let response = timeout_at(deadline, http.request(request.map(|()| Empty::new()))).await;
    let (head, mut body) = response.map_err(late)?.map_err(no_response)?.into_parts();
    let mut collector = api.collector(head).received_at(SystemTime::now());
    loop {
        match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => match frame.data_ref() {
                Some(data) if collector.push(data).is_break() => return collector.finish(),
                _ => {}
            },
            Ok(Some(Err(error))) => return collector.fail(broken(error)),
            Ok(None) => return collector.finish(),
            Err(error) => return collector.fail(late(error)),
        }
    }
}

fn late(error: tokio::time::error::Elapsed) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, error)
}

/// hyper rejects some heads without reporting their status, which may be 429.
fn no_response(error: impl Error + Send + Sync + 'static) -> TransportError {
    let error: Box<dyn Error + Send + Sync> = error.into();
    let mut cause = error.source();
    while let Some(error) = cause.filter(|cause| !cause.is::<hyper::Error>()) {
        cause = error.source();
    }
    let is_head = cause.and_then(|cause| cause.downcast_ref()).is_some_and(hyper::Error::is_parse);
    TransportError::new(
        if is_head { TransportErrorKind::InvalidHead } else { TransportErrorKind::Connection },
        error,
    )
}

fn broken(error: impl Error + Send + Sync + 'static) -> TransportError {
    TransportError::new(TransportErrorKind::Connection, error)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let (http, id) = (client(HttpConnector::new()), DEMO_SESSION_ID.parse()?);
    // The closures borrow from the task, and the task can still be spawned.
    let task = tokio::spawn(async move {
        let now = || api.now(Instant::now().into_std());
        let send = |request| exchange(&http, request, &api, Duration::from_secs(30));
        api.get(&id).run_with_async(now, send, |wait| sleep(wait.duration)).await
    });
    println!("{:#?}", task.await??);
    Ok(())
}
