//! A connection that breaks has not ended.

use std::io;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Makes a broken connection an error everywhere. ureq takes a reset, or TLS that ends without a word, for the end of a body that
/// goes on until the connection is closed: an answer that was cut short would pass for a whole one.
#[derive(Debug)]
pub(crate) struct Strict;

impl<In: Transport> Connector<In> for Strict {
    type Out = Connected<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, to: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(to.map(Connected))
    }
}

#[derive(Debug)]
pub(crate) struct Connected<T>(T);

impl<T: Transport> Transport for Connected<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout).map_err(|error| match error {
            ureq::Error::Io(broken) if is_taken_for_an_end(broken.kind()) => {
                ureq::Error::Io(io::Error::other(broken))
            }
            error => error,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

fn is_taken_for_an_end(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
