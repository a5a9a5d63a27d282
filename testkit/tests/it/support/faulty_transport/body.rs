//! The body of a response: collected and decoded.

use std::io::Read as _;

use brightdata_sessions::http::header::CONTENT_ENCODING;
use brightdata_sessions::http::response::Parts;
use brightdata_sessions::http::{Response, StatusCode};
use brightdata_sessions::{Collector, TransportError, TransportErrorKind};
use brightdata_sessions_testkit::suite::Limits;
use flate2::bufread::GzDecoder;

use super::fault::Fault::*;
use super::framing::Framing;
use super::wire::{Connection, Until};
use super::{ExchangeResult, FaultyTransport};

impl FaultyTransport {
    fn collector(&self, head: Parts, limits: &Limits) -> Collector {
        let limit = limits.api.body_limit();
        let limit = match self.fault {
            Some(NoLimit | NoLimitForErrors) => usize::MAX,
            Some(LimitTooLow) => limit - 1,
            Some(LimitTooHigh) => limit + 1,
            _ => limit,
        };
        limits.api.clone().with_body_limit(limit).collector(head)
    }

    /// Returns the result, and whether the whole body was read.
    pub(super) fn body(
        &self,
        connection: &mut Connection,
        mut head: Parts,
        mut framing: Framing,
        until: Until,
        limits: &Limits,
    ) -> (ExchangeResult, bool) {
        let status = head.status;
        let is_encoded = head
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"))
            && !(self.has(NeverDecodes) || self.has(DecodesOnly200) && status != StatusCode::OK);
        let spares_errors = self.has(NoLimitForErrors) && status != StatusCode::OK;
        if spares_errors {
            // The collector keeps less of an error body.
            head.status = StatusCode::OK;
        }
        let restore = |result: ExchangeResult| {
            result.map(|mut response| {
                *response.status_mut() = status;
                response
            })
        };
        let mut encoded = Vec::new();
        let mut collector = self.collector(head, limits);
        loop {
            let bytes = match framing.next(self.fault, connection, until) {
                Ok(Some(bytes)) => bytes,
                Ok(None) if is_encoded => return (self.decode(&encoded, collector), framing.is_delimited()),
                Ok(None) => return (restore(collector.finish()), framing.is_delimited()),
                Err(error) if self.has(ErrorOverridesStatus) => return (Err(self.failure(error)), false),
                Err(error) if is_encoded && self.has(TruncatedGzipIsMalformed) => {
                    return (Err(TransportError::new(TransportErrorKind::Undecodable, error)), false);
                }
                Err(_) if spares_errors => return (restore(collector.finish()), false),
                Err(error) => return (collector.fail(self.failure(error)), false),
            };
            if is_encoded {
                encoded.extend(bytes);
                if self.has(LimitsEncodedBytes) && encoded.len() > limits.api.body_limit() {
                    return (Err(TransportErrorKind::TooLarge.into()), false);
                }
            } else if collector.push(&bytes).is_break() {
                return (restore(collector.finish()), false);
            }
        }
    }

    fn decode(&self, encoded: &[u8], mut collector: Collector) -> ExchangeResult {
        let mut gzip = GzDecoder::new(encoded);
        let mut chunk = [0; 8 << 10];
        let mut all = Vec::new();
        loop {
            match gzip.read(&mut chunk) {
                Ok(0) if !gzip.get_ref().is_empty() => {
                    return collector.fail(TransportErrorKind::Undecodable);
                }
                Ok(0) if self.has(LimitsEncodedBytes) => return Ok(Response::new(all)),
                Ok(0) => return collector.finish(),
                Ok(length) if self.has(LimitsEncodedBytes) => all.extend_from_slice(&chunk[..length]),
                Ok(length) if collector.push(&chunk[..length]).is_continue() => {}
                Ok(_) => return collector.finish(),
                Err(error) => {
                    return collector.fail(TransportError::new(TransportErrorKind::Undecodable, error));
                }
            }
        }
    }
}
