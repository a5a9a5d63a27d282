//! Raw bytes through the adapter, without sockets. Time is simulated.
//!
//! The fuzz targets include this file by path.
#![allow(unreachable_pub, reason = "one of its users is a crate")]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use brightdata_sessions_testkit::wire::{Connection, TIMEOUT, Wire};
use brightdata_sessions_ureq::Client;
use brightdata_sessions_ureq::ureq::Error;
use brightdata_sessions_ureq::ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

/// The outcome of each exchange is the one that its bytes imply. See [`Wire::check`].
pub fn entry_point(input: &[u8]) {
    let wire = Wire::new(input);
    let events = Arc::clone(&wire);
    let client = Client::builder(Wire::api())
        .timeout(TIMEOUT)
        .observe(move |event| events.record(event))
        .build_over(InMemory(Arc::clone(&wire)));
    wire.check(true, |request| client.exchange(request));
}

/// Opens connections to a server without sockets.
#[derive(Debug)]
struct InMemory(Arc<Wire>);

impl Connector for InMemory {
    type Out = InMemoryTransport;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        // The sizes of ureq's defaults only matter for speed and for the longest head.
        let buffers = LazyBuffers::new(8 << 10, 4 << 10);
        Ok(Some(InMemoryTransport { connection: self.0.connect(), buffers }))
    }
}

#[derive(Debug)]
struct InMemoryTransport {
    connection: Connection,
    buffers: LazyBuffers,
}

impl Transport for InMemoryTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
        // The requests of this crate fit into the buffer.
        self.connection.request();
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let left: Duration = *timeout.after;
        match self.connection.read(self.buffers.input_append_buf(), left) {
            Ok(length) => {
                self.buffers.input_appended(length);
                Ok(length > 0)
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(Error::Timeout(timeout.reason)),
            Err(error) => Err(Error::Io(error)),
        }
    }

    fn is_open(&mut self) -> bool {
        self.connection.is_open()
    }
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::GetSession;
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

    /// Checks that a status counts, whatever the next line of the head is.
    fn status_counts(status: u16, line: &str) {
        let wire = Wire::new(format!("HTTP/1.1 {status} Odd\r\n{line}\r\n\r\n").as_bytes());
        let client = Client::builder(Wire::api()).timeout(TIMEOUT).build_over(InMemory(wire));
        let request = Wire::api().request(&GetSession::new("x".parse().unwrap())).unwrap();
        let actual = client.exchange(request).map(|response| response.status().as_u16());
        assert_eq!(actual.ok(), Some(status), "{line}");
    }

    #[test]
    fn a_status_counts_although_the_rest_of_its_head_is_invalid() {
        for status in [300, 302, 399, 400, 404, 429, 500, 503, 599] {
            for line in ["content-length: x", "no colon", "a: \0"] {
                status_counts(status, line);
            }
        }
    }

    proptest! {
        #[test]
        fn the_status_of_a_head_of_any_parts_counts(status in 201..600_u16, line in "[ -~]{0,20}") {
            status_counts(status, &line);
        }
    }

    #[test]
    fn each_seed_and_regression_has_the_implied_outcome() {
        replay("wire", entry_point);
    }
}
