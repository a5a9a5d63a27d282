//! Accepts connections, and serves each on its own thread.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use crate::connection::Connection;
use crate::shared::Shared;

/// The delay after a failed `accept`, for example because no file descriptor is free.
const ACCEPT_DELAY: Duration = Duration::from_millis(10);

/// Serves until the first connection after [`Shared::stop`]. Returns when all threads have ended.
pub(crate) fn serve(listener: &TcpListener, shared: &Shared) {
    thread::scope(|scope| {
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    let Some(connection) = Connection::new(stream, shared) else { return };
                    // If no thread can start, the connection is dropped, which closes it.
                    let _ = thread::Builder::new().spawn_scoped(scope, || connection.serve());
                }
                Err(_) if shared.pause(ACCEPT_DELAY).is_ok() => {}
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

    /// Waits at most 5 s for a condition.
    fn wait_for(what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !condition() {
            assert!(Instant::now() < deadline, "timed out waiting for {what}");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_failed_accept_does_not_end_the_server() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        // Without a pending connection, `accept` fails.
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let server = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || serve(&listener, &shared))
        };
        thread::sleep(3 * ACCEPT_DELAY);
        let _client = TcpStream::connect(addr).unwrap();
        wait_for("the connection", || shared.state().connections == 1);
        thread::sleep(3 * ACCEPT_DELAY);
        assert!(!server.is_finished());
        shared.stop();
        wait_for("the end", || server.is_finished());
    }
}
