//! The fake, as a test holds it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use brightdata_sessions::{BaseUrl, Session};
use socket2::{Domain, Socket, Type};

use crate::shared::Shared;
use crate::{RecordedRequest, Script, demo, server};

/// A running fake of the API, on a port of this machine: a free one of 127.0.0.1 unless told otherwise.
///
/// It stops when it is dropped: pauses and transfers are interrupted, connections closed, and all its threads have ended
/// when the drop returns, which takes no more than moments.
///
/// One that is never asked is of use too: where no request may arrive, its [`requests`](Self::requests) stay empty and its
/// [`connections`](Self::connections) at 0.
#[must_use = "the fake stops when it is dropped"]
pub struct FakeApi {
    shared: Arc<Shared>,
    addr: SocketAddr,
    base_url: BaseUrl,
    /// Wakes the accepting thread by connecting to it. Made beforehand, so that the drop needs no new file descriptor.
    waker: Socket,
    server: Option<JoinHandle<()>>,
}

impl FakeApi {
    /// Starts a fake with six sessions, always the same: finished with its captcha solved (the one with
    /// [`DEMO_SESSION_ID`](crate::DEMO_SESSION_ID)), failed after some minutes, running, finished with an error, finished
    /// with URLs beyond ASCII, and failed at once.
    ///
    /// Fails when the system has no port, file descriptor or thread to give.
    pub fn start() -> io::Result<Self> {
        Self::with_sessions(demo::sessions()?)
    }

    /// Starts a fake with these sessions. Of those that share an id, the last one counts.
    ///
    /// Fails when the system has no port, file descriptor or thread to give.
    pub fn with_sessions(sessions: impl IntoIterator<Item = Session>) -> io::Result<Self> {
        Self::bind((Ipv4Addr::LOCALHOST, 0).into(), sessions)
    }

    /// Starts a fake with these sessions at this address, which must be one of this machine alone (`127.0.0.0/8` or
    /// `[::1]`). With port 0, the system picks one that is free.
    ///
    /// Fails when the address is another or taken, or the system has no file descriptor or thread to give.
    pub fn bind(addr: SocketAddr, sessions: impl IntoIterator<Item = Session>) -> io::Result<Self> {
        if !addr.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the fake is for this machine alone"));
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

    /// Adds a session, in place of the one with the same id, which is returned.
    pub fn insert(&self, session: Session) -> Option<Session> {
        let id = session.session_id.as_str().into();
        self.shared.state().sessions.insert(id, session)
    }

    /// Removes a session: from now on it is not found. Returns it, if there was one.
    pub fn remove(&self, id: impl AsRef<str>) -> Option<Session> {
        self.shared.state().sessions.remove(id.as_ref())
    }

    /// Queues scripts for one id, behind those that are queued already: each `GET` for it takes the next one, whatever its
    /// credentials. Once none is left, the fake answers as usual.
    ///
    /// The id may be any text, also one that the service would refuse. It is compared with what the request's path holds,
    /// percent-decoded.
    pub fn script(&self, id: impl AsRef<str>, scripts: impl IntoIterator<Item = Script>) {
        let scripts: Vec<_> = scripts.into_iter().collect();
        self.shared.state().scripts.queue(id.as_ref(), scripts);
    }

    /// Queues scripts for whatever is asked next, with any method and path: each request that no script of its id is
    /// waiting for takes the next one.
    pub fn script_any(&self, scripts: impl IntoIterator<Item = Script>) {
        let scripts: Vec<_> = scripts.into_iter().collect();
        self.shared.state().scripts.queue_any(scripts);
    }

    /// From now on, answers no more than so many requests within any time of this length; the others get a 429 with
    /// `Retry-After`, and after 25 of those within five minutes nothing but 403: the service blocks such a caller until its
    /// support lifts the block. Requests with a script do not count.
    pub fn limit_rate(&self, requests: usize, per: Duration) {
        self.shared.state().rate.set(requests, per);
    }

    /// Whether the caller was blocked for too many answers of 429.
    pub fn has_blocked(&self) -> bool {
        self.shared.state().rate.blocked()
    }

    /// The URL to hand to a client, such as `http://127.0.0.1:<port>`.
    pub fn base_url(&self) -> BaseUrl {
        self.base_url.clone()
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The requests so far, in the order in which their heads were complete; of more than 100,000 the last ones. Each is
    /// there before it is answered. Heads that were refused as malformed or too long are not.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// How many connections were accepted so far, open or not. One that never carried a request may be counted a moment
    /// after it was made.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Ends all connections and refuses new ones, for good.
    pub(crate) fn cut(&self) {
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
        // If there is no room for another connection, then there are some that wake the thread as well.
        let _ = self.waker.connect_timeout(&self.addr.into(), Duration::from_secs(1));
        if let Some(server) = self.server.take() {
            // A panic of one of its threads was reported when it happened.
            let _ = server.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Instant;

    use super::*;

    /// No read waits for longer than 5 s, so that a test fails instead of hanging.
    fn connect(fake: &FakeApi) -> TcpStream {
        let client = TcpStream::connect(fake.addr()).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client
    }

    fn is_no_timeout(error: &io::Error) -> bool {
        !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
    }

    #[test]
    fn a_connection_ends_when_its_client_leaves_whatever_is_going_on() {
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
            // A reset may well be faster than the byte before it.
            let answer = client.read(&mut [0]);
            assert!(answer.as_ref().map_or_else(is_no_timeout, |read| *read == 1), "{answer:?}");
            drop(client);
            let deadline = Instant::now() + Duration::from_secs(5);
            while !fake.shared.state().open.is_empty() {
                assert!(Instant::now() < deadline, "still open");
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    #[test]
    fn a_fake_that_is_cut_ends_its_connections_and_answers_no_new_ones() {
        let fake = FakeApi::with_sessions([]).unwrap();
        let mut idle = connect(&fake);
        idle.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        idle.read_exact(&mut [0]).unwrap();
        fake.cut();
        idle.read_to_end(&mut Vec::new()).unwrap();
        let mut new = connect(&fake);
        let answer = new.write_all(b"GET / HTTP/1.1\r\n\r\n").and_then(|()| new.read(&mut [0]));
        // Closed or reset: that depends on whether the request was there already.
        assert!(answer.as_ref().map_or_else(is_no_timeout, |read| *read == 0), "{answer:?}");
    }

    #[test]
    fn a_poisoned_lock_is_still_a_lock() {
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
