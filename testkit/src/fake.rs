//! The handle of a running fake.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::header::AUTHORIZATION;
use brightdata_sessions::{Api, ApiKey, BaseUrl, ListSessions, Session};
use socket2::{Domain, Socket, Type};

use crate::script::Scripts;
use crate::shared::Shared;
use crate::{Faults, ListRules, RateLimit, RecordedRequest, Replay, Script, demo, server};

/// A running fake of the API on a loopback port, by default a free port of 127.0.0.1.
///
/// Dropping it interrupts all pauses and transfers, closes the connections, and waits for its
/// threads. This takes milliseconds.
///
/// To check that a client sends no request, assert that [`requests`](Self::requests) is empty and
/// [`connections`](Self::connections) is 0.
///
/// ```
/// use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, generate};
///
/// let fake = FakeApi::start()?;
/// let session = fake.remove(DEMO_SESSION_ID).expect("the fake starts with this session");
/// assert_eq!(session.bandwidth, Some(123_456_789));
///
/// let large = FakeApi::with_sessions(generate(1, 2_000))?;
/// assert_ne!(large.addr(), fake.addr());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Responses
///
/// `GET /browser_sessions/{session_id}` gets the first of these that applies. A request over the
/// limit of [`limit_rate`](Self::limit_rate) gets a 429 instead.
///
/// | status | body | when |
/// |---|---|---|
/// | 401 | `{"error":"Credentials are missing"}` | no `authorization` |
/// | 401 | `{"error":"Invalid credentials"}` | not `Bearer`, no key after it, or not the [required key](Self::require_key) |
/// | 400 | `{"error":"Invalid session_id format"}` | the id, percent-decoded, is not 8-4-4-4-12 ASCII letters or digits |
/// | 404 | `{"error":"Session not found","session_id":"…"}` | the fake holds no session with exactly this id |
/// | 200 | `{"session":{…}}` | |
///
/// `GET /browser_sessions` checks the same credentials. It gets a 200 with a page of sessions,
/// filtered and sorted by the query, or a 400 with `{"error":"Invalid request parameters"}`. The
/// service's documentation leaves some points open. Here `target_url` matches every URL that
/// contains it, `end_url` matches an equal URL, and both dates are inclusive, unless
/// [`set_list_rules`](Self::set_list_rules) changes that.
///
/// Any other method gets a 405. Any other path gets a 404 with `{"error":"Not found"}`. All other
/// statuses and bodies are those of the service's documentation.
///
/// # Requests
///
/// The fake accepts HTTP/1.0 and 1.1 with persistent connections and pipelining. It rejects a head
/// of more than 64 KiB or 100 headers with 431, a body of more than 1 MiB with 413,
/// `transfer-encoding` with 411, and a malformed request with 400. Each of these closes the
/// connection. Smaller bodies are discarded. No request makes the fake panic or grow without bound.
#[must_use = "the fake stops when it is dropped"]
pub struct FakeApi {
    shared: Arc<Shared>,
    addr: SocketAddr,
    base_url: BaseUrl,
    /// Wakes the accepting thread by connecting to it. Created in advance, so that dropping the
    /// fake needs no new file descriptor.
    waker: Socket,
    server: Option<JoinHandle<()>>,
}

impl FakeApi {
    /// Starts a fake with six fixed sessions.
    ///
    /// They are finished with a solved captcha ([`DEMO_SESSION_ID`](crate::DEMO_SESSION_ID)),
    /// failed after a few minutes, running, finished with an error, finished with non-ASCII URLs,
    /// and failed immediately.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it has no free port, file descriptor or thread.
    pub fn start() -> io::Result<Self> {
        Self::with_sessions(demo::sessions()?)
    }

    /// Starts a fake with these sessions. If several have the same id, the last one replaces the
    /// others.
    ///
    /// # Errors
    ///
    /// Returns the system's error if it has no free port, file descriptor or thread.
    pub fn with_sessions(sessions: impl IntoIterator<Item = Session>) -> io::Result<Self> {
        Self::bind((Ipv4Addr::LOCALHOST, 0).into(), sessions)
    }

    /// Starts a fake with these sessions at a loopback address (`127.0.0.0/8` or `[::1]`). Port 0
    /// lets the system choose a free port.
    ///
    /// # Errors
    ///
    /// Returns `InvalidInput` if the address is not loopback, or the system's error if the address
    /// is in use or the system has no file descriptor or thread.
    pub fn bind(addr: SocketAddr, sessions: impl IntoIterator<Item = Session>) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the fake binds to loopback addresses only",
            ));
        }
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        let base_url = format!("http://{addr}").parse().map_err(io::Error::other)?;
        let waker = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
        let shared = Arc::new(Shared::default());
        let server = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("fake-api".to_owned())
                .spawn(move || server::serve(&listener, &shared))?
        };
        let fake = Self { shared, addr, base_url, waker, server: Some(server) };
        for session in sessions {
            fake.insert(session);
        }
        Ok(fake)
    }

    /// Adds a session. Returns the session with the same id that it replaces.
    pub fn insert(&self, session: Session) -> Option<Session> {
        self.shared.state().service.insert(session)
    }

    /// Adds a record of a session that the fake returns from this time on, until a later one
    /// replaces it. Sessions can so appear and end while a test runs.
    pub fn insert_at(&self, from: SystemTime, session: Session) {
        self.shared.state().service.insert_at(from, session);
    }

    /// Sets how the fake reads the parameters of a list from now on.
    pub fn set_list_rules(&self, rules: ListRules) {
        self.shared.state().service.rules = rules;
    }

    /// Removes a session, and returns it if it existed.
    pub fn remove(&self, id: impl AsRef<str>) -> Option<Session> {
        self.shared.state().service.remove(id)
    }

    /// Appends scripts to the queue of one id. Each `GET` for the id takes the next script,
    /// whatever its credentials. Once the queue is empty, the fake responds as usual.
    ///
    /// The id may be any string, even one that the service would reject. It is compared with the
    /// percent-decoded path of the request.
    pub fn script(&self, id: impl AsRef<str>, scripts: impl IntoIterator<Item = Script>) {
        let scripts: Vec<_> = scripts.into_iter().collect();
        self.shared.state().scripts.queue(id.as_ref(), scripts);
    }

    /// Appends scripts to the queue for all requests, with any method and path. A request takes the
    /// next script of this queue if its id has no script of its own.
    pub fn script_any(&self, scripts: impl IntoIterator<Item = Script>) {
        let scripts: Vec<_> = scripts.into_iter().collect();
        self.shared.state().scripts.queue_any(scripts);
    }

    /// Serves a capture from now on, with any key, in place of the sessions, scripts and limits. A
    /// request that it does not contain gets a 501 whose text names it.
    pub fn replay(&self, replay: Replay) {
        self.shared.state().replay = Some(replay);
    }

    /// Accepts only this key from now on. A request with another key gets the documented 401 with
    /// `{"error":"Invalid credentials"}`. Without a required key, the fake accepts every key.
    ///
    /// Requests with a script are not checked, unless the script
    /// [continues as usual](Script::then_usual).
    ///
    /// ```
    /// use brightdata_sessions::ApiKey;
    /// use brightdata_sessions_testkit::FakeApi;
    ///
    /// let fake = FakeApi::start()?;
    /// fake.require_key(&ApiKey::new("0123456789abcdef")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn require_key(&self, key: &ApiKey) {
        // The core reveals a key only in a request.
        let request =
            Api::new(key.clone()).request(&ListSessions::new()).expect("the request has no parameters");
        let key = request.headers()[AUTHORIZATION].as_bytes().strip_prefix(b"Bearer ").map(<[u8]>::to_vec);
        self.shared.state().required_key = key;
    }

    /// Sets the latency: from now on, the fake pauses for this time before each response or script.
    /// The default is zero.
    ///
    /// A request is recorded, and counted for the [rate limit](Self::limit_rate), before the pause.
    /// Pauses of different connections overlap. Dropping the fake interrupts them.
    ///
    /// ```
    /// use std::time::Duration;
    /// use brightdata_sessions_testkit::FakeApi;
    ///
    /// let fake = FakeApi::start()?;
    /// fake.set_latency(Duration::from_millis(200));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_latency(&self, latency: Duration) {
        self.shared.state().latency = latency;
    }

    /// Limits requests from now on.
    ///
    /// Requests over the limit get a 429, with `Retry-After` as the limit defines it. After 25 of
    /// these within five minutes, every request gets a 403, as the service blocks such a caller
    /// until its support lifts the block, unless [`set_block`](Self::set_block) changes that.
    /// Requests with a script do not count.
    pub fn limit_rate(&self, limit: RateLimit) {
        self.shared.state().rate.set(limit, Instant::now());
    }

    /// Sets whether 25 responses of 429 within five minutes block the caller. The default is true.
    pub fn set_block(&self, is_on: bool) {
        self.shared.state().rate.set_block(is_on);
    }

    /// Sets faults that requests meet from now on, at random. Requests with a script, and those over
    /// the [rate limit](Self::limit_rate), meet none.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.state().faults = faults;
    }

    /// Returns whether the fake blocks the caller because of too many 429 responses.
    pub fn has_blocked(&self) -> bool {
        self.shared.state().rate.blocked()
    }

    /// Returns the base URL for a client, such as `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> BaseUrl {
        self.base_url.clone()
    }

    /// Returns the address that the fake listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the last 100,000 requests, in the order in which their heads were complete.
    ///
    /// A request is recorded before the fake responds. Malformed or overlong heads are not
    /// recorded.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// Returns the number of accepted connections, open or closed. A connection without a request
    /// may be counted with a short delay.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Removes all scripts.
    pub(crate) fn clear_scripts(&self) {
        self.shared.state().scripts = Scripts::default();
    }

    /// Closes all connections and refuses new ones permanently.
    pub(crate) fn close_all(&self) {
        self.shared.stop();
    }
}

impl fmt::Debug for FakeApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeApi").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        self.shared.stop();
        // If the backlog is full, the connections in it wake the thread as well.
        let _ = self.waker.connect_timeout(&self.addr.into(), Duration::from_secs(1));
        if let Some(server) = self.server.take() {
            // A panic of a thread was reported when it happened.
            let _ = server.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    /// Connects with a read timeout of 5 s, so that a test fails instead of hanging.
    fn connect(fake: &FakeApi) -> TcpStream {
        let client = TcpStream::connect(fake.addr()).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client
    }

    fn is_not_timeout(error: &io::Error) -> bool {
        !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
    }

    #[test]
    fn a_connection_closes_when_its_client_disconnects() {
        let scripts = [
            Script::response(200, &[], ""),
            Script::new().send_endlessly("x"),
            Script::new().drip("x".repeat(10_000), Duration::from_millis(5)),
            Script::response(200, &[], "").close(),
            Script::new().send("x").reset(),
        ];
        let fake = FakeApi::with_sessions([]).unwrap();
        for script in scripts {
            fake.script_any([script]);
            let mut client = connect(&fake);
            client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
            // A reset may overtake the byte before it.
            let result = client.read(&mut [0]);
            assert!(result.as_ref().map_or_else(is_not_timeout, |read| *read == 1), "{result:?}");
            drop(client);
            let deadline = Instant::now() + Duration::from_secs(5);
            while !fake.shared.state().open.is_empty() {
                assert!(Instant::now() < deadline, "still open");
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn close_all_closes_connections_and_serves_no_new_ones() {
        let fake = FakeApi::with_sessions([]).unwrap();
        let mut idle = connect(&fake);
        idle.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        idle.read_exact(&mut [0]).unwrap();
        fake.close_all();
        idle.read_to_end(&mut Vec::new()).unwrap();
        let mut new = connect(&fake);
        let result = new.write_all(b"GET / HTTP/1.1\r\n\r\n").and_then(|()| new.read(&mut [0]));
        // Closed or reset, depending on whether the request has arrived.
        assert!(result.as_ref().map_or_else(is_not_timeout, |read| *read == 0), "{result:?}");
    }

    #[test]
    fn a_poisoned_lock_remains_usable() {
        let fake = FakeApi::start().unwrap();
        let shared = Arc::clone(&fake.shared);
        let panicked = thread::spawn(move || {
            let _state = shared.state();
            panic!("on purpose");
        });
        assert!(panicked.join().is_err());
        assert!(fake.remove(crate::DEMO_SESSION_ID).is_some());
    }
}
