//! Drives a flow as an iterator.

use std::iter::FusedIterator;
use std::thread;
use std::time::Instant;

use brightdata_sessions::{Error, Flow};

use crate::Client;

/// An iterator over the items of a [`Flow`], which fetches them on demand. Created by [`Client::drive`].
#[derive(Debug)]
#[must_use = "nothing is sent before the first item is asked for"]
pub struct FlowIter<F> {
    pub(crate) client: Client,
    pub(crate) flow: F,
}

impl<F> FlowIter<F> {
    /// Returns the flow, for example for the total of a list.
    pub fn flow(&self) -> &F {
        &self.flow
    }
}

impl<F: Flow> Iterator for FlowIter<F> {
    type Item = Result<F::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { client, flow } = self;
        let now = || client.api.now(Instant::now());
        flow.next_with(now, |request| client.exchange(request), thread::sleep)
    }
}

/// A finished flow stays finished.
impl<F: Flow> FusedIterator for FlowIter<F> {}
