//! One request and its response.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use std::{io, mem};

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{ExchangeInfo, TransportError, TransportErrorKind};

use crate::proxy::is_refusal;
use crate::{Client, tls};

impl Client {
    /// Sends one request of the core once, and collects its response. A response with any status is
    /// `Ok`. The request and its outcome are reported to the function of
    /// [`ClientBuilder::observe`](crate::ClientBuilder::observe).
    ///
    /// The future does nothing before it is polled, so it can be created outside a runtime.
    ///
    /// # Errors
    ///
    /// The [`TransportError`] if there is no complete response.
    pub fn exchange(
        &self,
        request: Request<()>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + use<> {
        let observed = self.observer.is_set().then(|| (self.observer.clone(), ExchangeInfo::new(&request)));
        let exchange = self.send(request);
        async move {
            let Some((observer, info)) = observed else { return exchange.await };
            let start = Instant::now();
            observer.report(&info.sent());
            let outcome = exchange.await;
            observer.report(&info.ended(&outcome, start.elapsed()));
            outcome
        }
    }

    fn send(
        &self,
        request: Request<()>,
    ) -> impl Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + use<> {
        let Self { api, http, proxy, timeout, .. } = self.clone();
        // An async fn would borrow the client, and boxing it with a clone would store the request
        // twice.
        async move {
            let map = |error, in_body| {
                let error = transport_error(error, in_body);
                match proxy.get() {
                    Some(proxy) => error.with_proxy(proxy.as_str()),
                    None => error,
                }
            };
            let no_response = |error| map(error, false);
            let http = http.map_err(|reason| unusable(&reason))?;
            let mut request: reqwest::Request =
                request.map(|()| reqwest::Body::default()).try_into().map_err(no_response)?;
            *request.timeout_mut() = timeout;
            let mut response = http.execute(request).await.map_err(no_response)?;
            let mut head = Response::new(());
            *head.status_mut() = response.status();
            *head.version_mut() = response.version();
            *head.headers_mut() = mem::take(response.headers_mut());

            let mut collector = api.collector(head.into_parts().0).received_at(SystemTime::now());
            loop {
                match response.chunk().await {
                    Ok(Some(chunk)) if collector.push(&chunk).is_continue() => {}
                    Ok(_) => return collector.finish(),
                    Err(error) => return collector.fail(map(error, true)),
                }
            }
        }
    }
}

/// Returns the error of a client that cannot send anything.
pub(crate) fn unusable(reason: &Arc<dyn StdError + Send + Sync>) -> TransportError {
    TransportError::new(TransportErrorKind::Configuration, Arc::clone(reason))
}

/// Maps an error of reqwest. While reading a body, reqwest reports every error as a decoding error.
/// Compression is off, so none of them is one.
fn transport_error(error: reqwest::Error, in_body: bool) -> TransportError {
    let kind = match &error {
        error if error.is_timeout() => TransportErrorKind::Timeout,
        error if is_refusal(error) => TransportErrorKind::Proxy,
        error if tls::is_certificate(error) => TransportErrorKind::Certificate,
        // hyper does not report the status of a response whose head it rejects.
        error if is_caused_by(error, hyper::Error::is_parse) => TransportErrorKind::InvalidHead,
        error if in_body && is_caused_by(error, is_invalid_framing) => TransportErrorKind::Undecodable,
        _ => TransportErrorKind::Connection,
    };
    TransportError::new(kind, error.without_url())
}

/// Returns whether the chunks of a body are invalid, the only case in which hyper reports this kind
/// of error.
fn is_invalid_framing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput
}

fn is_caused_by<E: StdError + 'static>(error: &reqwest::Error, is: impl Fn(&E) -> bool) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref().is_some_and(&is) {
            return true;
        }
        cause = error.source();
    }
    false
}
