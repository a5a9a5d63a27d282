//! Accepts connections, each with a thread of its own.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::connection::Connection;
use crate::shared::Shared;

/// How long to wait when nothing can be accepted, for want of file descriptors for example.
const BREATH: Duration = Duration::from_millis(10);

/// Serves until a connection comes after [`Shared::stop`]; returns when all its threads have ended.
pub(crate) fn serve(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    let Some(connection) = Connection::new(stream, shared) else { return };
                    // Without a thread for it, the connection is dropped, and so closed.
                    let _ = thread::Builder::new().spawn_scoped(scope, || connection.serve());
                }
                Err(_) if shared.pause(BREATH).is_ok() => {}
                Err(_) => return,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpStream};
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    /// Waits for what must come soon.
    fn soon(what: &str, comes: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !comes() {
            assert!(Instant::now() < deadline, "{what} did not come");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_failure_to_accept_is_no_end_until_it_is_stopped() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        // Whenever nobody is waiting, there is an error instead.
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let server = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || serve(&listener, &shared))
        };
        thread::sleep(3 * BREATH);
        let _client = TcpStream::connect(addr).unwrap();
        soon("the connection", || shared.state().connections == 1);
        thread::sleep(3 * BREATH);
        assert!(!server.is_finished());
        shared.stop();
        soon("the end", || server.is_finished());
    }
}
