//! One request, one answer.

use std::io::{self, Read};

use brightdata_sessions::http::Request;
use brightdata_sessions::{Failure, FailureKind, Outcome};

use crate::{Client, proxy};

impl Client {
    /// Sends one request of the core and collects its answer, without any retry: the whole seam between the core and
    /// ureq. An answer of any status is an answer.
    pub fn exchange(&self, request: Request<()>) -> Outcome {
        let proxy = self.proxy.clone().map_err(|reason| Failure::new(FailureKind::Configuration, reason))?;
        let failure = |error| {
            let failure = failure(error);
            match &proxy {
                Some(proxy) => failure.with_proxy(proxy::address(proxy)),
                None => failure,
            }
        };
        let config = self
            .agent
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(self.connect_timeout))
            .timeout_global(Some(self.timeout))
            // None for a loopback base URL: to a proxy, loopback is another machine, and it would see the key.
            .proxy(proxy.clone());
        let (head, body) = self.agent.run(config.build()).map_err(failure)?.into_parts();

        let mut collector = self.api.collector(head);
        let mut body = body.into_reader();
        // To clear more than a few pages would cost more than it saves: most answers are short.
        let mut chunk = [0; 2 << 10];
        loop {
            match body.read(&mut chunk) {
                Ok(0) => return collector.finish(),
                Ok(length) if collector.push(&chunk[..length]).is_continue() => {}
                Ok(_) => return collector.finish(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return collector.fail(failure(error.into())),
            }
        }
    }
}

/// ureq's errors hold the host or the URL at the most, never a header.
fn failure(error: ureq::Error) -> Failure {
    let kind = match &error {
        error if proxy::is_refusal(error) => FailureKind::Proxy,
        ureq::Error::Timeout(_) => FailureKind::Timeout,
        ureq::Error::Io(io) | ureq::Error::Decompress(_, io) if io.kind() == io::ErrorKind::TimedOut => {
            FailureKind::Timeout
        }
        // Bytes that are no gzip. A connection that breaks inside a gzip stream has another kind.
        ureq::Error::Decompress(_, io)
            if matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) =>
        {
            FailureKind::Undecodable
        }
        _ => FailureKind::Connection,
    };
    Failure::new(kind, error)
}
