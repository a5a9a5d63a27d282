//! Raw bytes through the example on hyper, without sockets. Time is simulated.
//!
//! The adapter on reqwest uses the same client with the same pool, but reqwest takes no connections
//! in memory: a layer of its connector cannot create the type of its connections.
//!
//! The fuzz targets include this file by path.
#![allow(unreachable_pub, reason = "one of its users is a crate")]

use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use brightdata_sessions_testkit::wire::{Connection, PAUSE, TIMEOUT, Wire};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection as Connect};
use tokio::runtime;
use tokio::time::{Instant, Sleep, sleep};

use crate::support::examples::hyper as example;

/// The time between two exchanges, in which hyper finds what the server sent without a request.
const IDLE: Duration = Duration::from_millis(1);

/// The outcome of each exchange is the one that its bytes imply. See [`Wire::check`].
pub fn entry_point(input: &[u8]) {
    check(&Wire::new(input));
}

fn check(wire: &Arc<Wire>) {
    // While no task can run, the clock advances to the next timer.
    let runtime = runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let server = Arc::clone(wire);
    let http = example::client(tower::service_fn(move |_| {
        ready(Ok::<_, Infallible>(InMemory { connection: server.connect(), pause: None, reader: None }))
    }));
    let api = Wire::api();
    // hyper decompresses nothing.
    wire.check(false, |request| {
        runtime.block_on(async {
            let start = Instant::now();
            let outcome = example::exchange(&http, request, &api, TIMEOUT).await;
            assert!(start.elapsed() <= TIMEOUT + IDLE, "an exchange takes {:?}", start.elapsed());
            sleep(IDLE).await;
            outcome
        })
    });
}

/// A connection to a server without sockets.
struct InMemory {
    connection: Connection,
    /// The rest of the current pause.
    pause: Option<Pin<Box<Sleep>>>,
    /// The task that waits for bytes.
    reader: Option<Waker>,
}

impl Read for InMemory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.reader = Some(context.waker().clone());
        while self.connection.is_paused() {
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(PAUSE)));
            ready!(pause.as_mut().poll(context));
            self.pause = None;
            self.connection.end_pause();
        }
        let mut bytes = vec![0; buffer.remaining()];
        match self.connection.read(&mut bytes, Duration::ZERO) {
            Ok(length) => buffer.put_slice(&bytes[..length]),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(error)),
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for InMemory {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // hyper writes a request without a body at once.
        assert!(bytes.starts_with(b"GET ") && bytes.ends_with(b"\r\n\r\n"));
        self.connection.request();
        self.pause = None;
        self.reader.take().inspect(Waker::wake_by_ref);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Connect for InMemory {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use brightdata_sessions_testkit::fuzz_inputs::replay;
    use brightdata_sessions_testkit::wire::{HEADS, PARTS};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn response() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            9 => select(&PARTS).prop_map(str::to_owned),
            1 => (1..400_usize).prop_map(|length| " ".repeat(length)),
        ];
        (select(&HEADS), vec(part, 0..12)).prop_map(|(head, parts)| head.to_owned() + &parts.concat())
    }

    proptest! {
        #[test]
        fn responses_of_any_parts_have_the_implied_outcome(responses in vec(response(), 1..4)) {
            entry_point(responses.join("<next>").as_bytes());
        }
    }

    #[test]
    fn each_seed_and_regression_has_the_implied_outcome() {
        replay("wire", entry_point);
    }

    #[test]
    fn a_complete_response_leaves_its_connection_to_the_next_one() {
        let complete = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        for (input, connections) in [
            (format!("{complete}<next>{complete}<next>{complete}"), 1),
            (format!("{complete}{complete}<next>{complete}<next>{complete}"), 2),
        ] {
            let wire = Wire::new(input.as_bytes());
            check(&wire);
            assert_eq!(wire.connections(), connections, "{input:?}");
        }
    }
}
