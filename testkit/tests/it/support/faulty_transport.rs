//! A transport with at most one fault.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use brightdata_sessions::http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};
use brightdata_sessions::http::{Request, Response, StatusCode, Uri};
use brightdata_sessions::{TransportError, TransportErrorKind};
use brightdata_sessions_testkit::suite::Limits;

pub(crate) use self::fault::Fault;

use self::fault::Fault::*;
use self::wire::{Connection, Until};

mod body;
mod fault;
mod framing;
mod head;
mod request;
mod wire;

type ExchangeResult = Result<Response<Vec<u8>>, TransportError>;

pub(crate) struct FaultyTransport {
    fault: Option<Fault>,
    /// Idle connections by host.
    pool: Mutex<HashMap<String, Vec<Connection>>>,
    /// The state that `StoresCookies` and `MixesUpThreads` share between calls.
    shared: Mutex<HashMap<String, Vec<u8>>>,
}

impl FaultyTransport {
    /// Creates a transport with this fault. `None` makes it correct.
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, pool: Mutex::default(), shared: Mutex::default() }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub(crate) fn exchange(&self, request: Request<()>, limits: &Limits) -> ExchangeResult {
        let once = |uri: &Uri| self.once(uri, &request, limits);
        let mut result = once(request.uri());
        for _ in 0..10 {
            let Some(next) = result.as_ref().ok().and_then(|response| self.follows(request.uri(), response))
            else {
                break;
            };
            result = once(&next);
        }
        let retries = result.as_ref().is_ok_and(|response| match response.status().as_u16() {
            401 | 407 => self.has(RetriesChallenges),
            408 | 429 | 503 => self.has(Retries),
            _ => false,
        });
        if retries {
            result = once(request.uri());
        }
        self.spoil(result, &request)
    }

    /// Returns the target of a redirect if the fault follows it.
    fn follows(&self, from: &Uri, response: &Response<Vec<u8>>) -> Option<Uri> {
        let location = response.headers().get(LOCATION)?.to_str().ok()?;
        let is_relative = location.starts_with('/') || location.starts_with('?');
        let follows = match response.status().as_u16() {
            _ if location.starts_with("//") => self.has(FollowsWithoutScheme),
            _ if is_relative => self.has(FollowsOnTheSameHost),
            300 => self.has(FollowsChoices),
            301 | 302 => self.has(FollowsFound),
            303 => self.has(FollowsSeeOther),
            307 | 308 => self.has(FollowsTemporary),
            _ => false,
        };
        let base = format!("{}://{}", from.scheme_str()?, from.authority()?);
        let absolute = match location {
            location if location.starts_with("//") => format!("http:{location}"),
            location if location.starts_with('/') => format!("{base}{location}"),
            location if location.starts_with('?') => format!("{base}{}{location}", from.path()),
            location => location.to_owned(),
        };
        if follows { absolute.parse().ok() } else { None }
    }

    /// Applies a fault that changes the result as a whole.
    fn spoil(&self, result: ExchangeResult, request: &Request<()>) -> ExchangeResult {
        let broken = |why: &str| Err(TransportError::new(TransportErrorKind::Connection, why));
        match result {
            Ok(response) => {
                let status = response.status();
                let is_error = status.is_client_error() || status.is_server_error();
                if self.has(StatusIsError) && is_error
                    || self.has(RedirectIsError) && status.is_redirection()
                    || self.has(NeedsLocation)
                        && status == StatusCode::FOUND
                        && !response.headers().contains_key(LOCATION)
                    || self.has(OnlyKnownStatuses) && status.canonical_reason().is_none()
                    || self.has(EmptyIsError) && status.is_success() && response.body().is_empty()
                {
                    return broken("unwanted response");
                }
                Ok(self.spoil_response(response))
            }
            Err(failure) => {
                let kind = match failure.kind() {
                    TransportErrorKind::Timeout if self.has(TimeoutIsConnection) => {
                        TransportErrorKind::Connection
                    }
                    TransportErrorKind::Undecodable if self.has(UndecodableIsConnection) => {
                        TransportErrorKind::Connection
                    }
                    kind => kind,
                };
                if self.has(ShowsKey) {
                    return Err(TransportError::new(
                        kind,
                        format!("{:?}", request.headers()["authorization"].to_str()),
                    ));
                }
                if self.has(ShowsTarget) {
                    return Err(TransportError::new(kind, format!("GET {} failed", request.uri())));
                }
                Err(TransportError::new(kind, failure))
            }
        }
    }

    fn spoil_response(&self, mut response: Response<Vec<u8>>) -> Response<Vec<u8>> {
        if self.has(SuccessIs200) && response.status().is_success() {
            *response.status_mut() = StatusCode::OK;
        }
        if self.has(DropsHeaders) {
            response.headers_mut().clear();
        }
        if self.has(DropsRetryAfter) {
            response.headers_mut().remove(RETRY_AFTER);
        }
        if self.has(ConvertsToUtf8) {
            *response.body_mut() = String::from_utf8_lossy(response.body()).into_owned().into_bytes();
        }
        if self.has(DropsErrorBodies) && response.status() != StatusCode::OK {
            response.body_mut().clear();
        }
        if self.has(MixesUpThreads) {
            // Only the concurrent case sends such bodies. The response of the other thread, stored
            // during the pause, replaces this one.
            if response.body().starts_with(b"of ") {
                self.shared.lock().unwrap().insert("body".to_owned(), response.body().clone());
                thread::sleep(Duration::from_millis(100));
                *response.body_mut() = self.shared.lock().unwrap()["body"].clone();
            }
        }
        response
    }

    /// Sends one request on one connection.
    fn once(&self, uri: &Uri, request: &Request<()>, limits: &Limits) -> ExchangeResult {
        let host = uri.authority().expect("the URI is absolute").to_string();
        let idle = self.pool.lock().unwrap().get_mut(&host).and_then(Vec::pop);
        let mut connection = match idle {
            Some(connection) => connection,
            None => Connection::open(&host).map_err(|error| {
                let kind = if self.has(RefusedIsTimeout) {
                    TransportErrorKind::Timeout
                } else {
                    TransportErrorKind::Connection
                };
                TransportError::new(kind, error)
            })?,
        };
        let (result, is_reusable) = self.converse(&mut connection, uri, request, limits);
        let keeps = match self.fault {
            Some(NeverReuses | UsesHttp10) => false,
            Some(KeepsDeadConnections) => {
                is_reusable || matches!(&result, Err(f) if f.kind() == TransportErrorKind::Connection)
            }
            Some(ReusesTimedOut) => {
                is_reusable || matches!(&result, Err(f) if f.kind() == TransportErrorKind::Timeout)
            }
            Some(ReusesUnreadBodies) => {
                is_reusable || !matches!(&result, Err(f) if f.kind() == TransportErrorKind::Timeout)
            }
            // Unsolicited bytes show that the connection is out of sync.
            _ => {
                is_reusable
                    && (connection.buffer.is_empty()
                        || self.has(KeepsUnsolicited)
                        || self.has(LeavesTrailers))
            }
        };
        if keeps {
            self.pool.lock().unwrap().entry(host).or_default().push(connection);
        }
        result
    }

    /// Returns the result, and whether the connection can be reused.
    fn converse(
        &self,
        connection: &mut Connection,
        uri: &Uri,
        request: &Request<()>,
        limits: &Limits,
    ) -> (ExchangeResult, bool) {
        let trusts = matches!(
            self.fault,
            Some(KeepsDeadConnections | KeepsUnsolicited | ReusesTimedOut | ReusesUnreadBodies)
        );
        if !trusts && is_readable(connection) {
            // The connection is closed or has an unsolicited response: replace it.
            match Connection::open(uri.authority().expect("the URI is absolute").as_str()) {
                Ok(fresh) => *connection = fresh,
                Err(error) => return (Err(error.into()), false),
            }
        }
        let deadline = Instant::now() + limits.timeout;
        let (head_until, body_until) = match self.fault {
            Some(NoTimeout) => (Until::TheEnd, Until::TheEnd),
            Some(TimeoutPerRead) => (Until::EachRead(limits.timeout), Until::EachRead(limits.timeout)),
            Some(TimeoutForHeadOnly) => (Until::Deadline(deadline), Until::TheEnd),
            Some(TimesOutEarly) => {
                let short = deadline.min(Instant::now() + Duration::from_millis(500));
                (Until::Deadline(short), Until::Deadline(deadline))
            }
            _ => (Until::Deadline(deadline), Until::Deadline(deadline)),
        };
        let cookie = self.shared.lock().unwrap().get("cookie").cloned();
        let sent = request::write(self.fault, uri, request, cookie.as_deref());
        if let Err(error) = connection.stream.write_all(&sent) {
            return (Err(error.into()), false);
        }
        let (head, framing) = match head::read(self.fault, connection, head_until) {
            Ok(read) => read,
            Err(error) => return (Err(self.failure(error)), false),
        };
        if self.has(StoresCookies) {
            if let Some(cookie) = head.headers.get(SET_COOKIE) {
                self.shared.lock().unwrap().insert("cookie".to_owned(), cookie.as_bytes().to_vec());
            }
        }
        let keeps_alive = head::keeps_alive(self.fault, &head);
        let (result, ended) = self.body(connection, head, framing, body_until, limits);
        (result, keeps_alive && ended)
    }

    fn failure(&self, error: io::Error) -> TransportError {
        match error.kind() {
            io::ErrorKind::ConnectionReset if self.has(ResetIsTimeout) => {
                TransportError::new(TransportErrorKind::Timeout, error)
            }
            _ => error.into(),
        }
    }
}

/// Returns whether bytes arrived or the server closed while the connection was idle.
fn is_readable(connection: &Connection) -> bool {
    let stream = &connection.stream;
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    stream.set_nonblocking(false).is_err()
        || !matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}
