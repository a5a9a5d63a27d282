//! The client on any `tower::Service` that uses the types of `http`: here hyper's client, with at
//! most 16 requests in flight.
//!
//! Provides: whatever its layers do, such as limits, metrics, load balancing, or mocks in tests.
//! Lacks: a timeout. Do not add layers that follow redirects or retry, because the core cannot see
//! these requests.
//!
//! `cargo run -p brightdata-sessions-testkit --example tower`

use std::pin::pin;
use std::time::{Duration, Instant};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, ApiKey, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::time::{sleep, timeout_at};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _, limit::ConcurrencyLimit};

type Hyper = Client<HttpConnector, Empty<&'static [u8]>>;

pub(crate) fn service() -> ConcurrencyLimit<Hyper> {
    ServiceBuilder::new().concurrency_limit(16).service(Client::builder(TokioExecutor::new()).build_http())
}

pub(crate) async fn exchange<S, B, R>(
    service: S,
    request: Request<()>,
    api: &Api,
    limit: Duration,
) -> Result<Response<Vec<u8>>, TransportError>
where
    S: Service<Request<B>, Response = Response<R>, Error: Into<BoxError>>,
    B: Default,
    R: http_body::Body<Data: AsRef<[u8]>, Error: Into<BoxError>>,
{
    let deadline = (Instant::now() + limit).into();
    let response = timeout_at(deadline, service.oneshot(request.map(|()| B::default()))).await;
    let (head, body) = response.map_err(late)?.map_err(no_response)?.into_parts();
    let (mut collector, mut body) = (api.collector(head), pin!(body));
    loop {
        match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => match frame.data_ref() {
                Some(data) if collector.push(data.as_ref()).is_break() => return collector.finish(),
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
fn no_response(error: impl Into<BoxError>) -> TransportError {
    let error: BoxError = error.into();
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

fn broken(error: impl Into<BoxError>) -> TransportError {
    TransportError::new(TransportErrorKind::Connection, error)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let fake = FakeApi::start()?;
    let api = Api::new(ApiKey::new("any-key")?).with_base_url(fake.base_url());
    let service = service();
    let now = || api.now(Instant::now());
    let send = |request| exchange(service.clone(), request, &api, Duration::from_secs(30));
    let session =
        api.get(&DEMO_SESSION_ID.parse()?).run_with_async(now, send, |wait| sleep(wait.duration)).await;
    println!("{:#?}", session?);
    Ok(())
}
