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
