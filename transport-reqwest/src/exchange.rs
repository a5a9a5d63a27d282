//! One request, one answer.

use std::mem;
use std::time::SystemTime;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Failure, FailureKind, Outcome};

use crate::Client;
use crate::proxy::is_refusal;

impl Client {
    /// Sends one request of the core and collects its answer, without any retry: the whole seam between the core and
    /// reqwest. An answer of any status is an answer. Nothing is done before the future is polled, so it can be made outside
    /// a runtime.
    pub fn exchange(&self, request: Request<()>) -> impl Future<Output = Outcome> + Send + use<> {
        let Self { api, http, proxy } = self.clone();
        // As an async fn, it would borrow the client, and to box it along with one would hold the request twice.
        async move {
            let failure = |error| {
                let failure = failure(error);
                match proxy.get() {
                    Some(proxy) => failure.with_proxy(proxy.as_str()),
                    None => failure,
                }
            };
            let http = http.map_err(|unbuilt| Failure::new(FailureKind::Configuration, unbuilt))?;
            let request = request.map(|()| reqwest::Body::default()).try_into().map_err(failure)?;
            let mut response = http.execute(request).await.map_err(failure)?;
            let mut head = Response::new(());
            *head.status_mut() = response.status();
            *head.version_mut() = response.version();
            *head.headers_mut() = mem::take(response.headers_mut());

            let mut collector = api.collector(head.into_parts().0).received_at(SystemTime::now());
            loop {
                match response.chunk().await {
                    Ok(Some(chunk)) if collector.push(&chunk).is_continue() => {}
                    Ok(_) => return collector.finish(),
                    Err(error) => return collector.fail(failure(error)),
                }
            }
        }
    }
}

/// Every error while a body is read calls itself a decoding error, whatever it is; with compression off, none is one.
fn failure(error: reqwest::Error) -> Failure {
    let kind = match &error {
        error if error.is_timeout() => FailureKind::Timeout,
        error if is_refusal(error) => FailureKind::Proxy,
        _ => FailureKind::Connection,
    };
    Failure::new(kind, error.without_url())
}
