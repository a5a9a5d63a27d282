//! A flow as an iterator.

use std::iter::FusedIterator;
use std::thread;
use std::time::Instant;

use brightdata_sessions::{Error, Flow};

use crate::Client;

/// The items of a [`Flow`], fetched as they are asked for. Made by [`Client::drive`].
#[derive(Debug)]
#[must_use = "nothing is sent before the first item is asked for"]
pub struct Drive<F> {
    pub(crate) client: Client,
    pub(crate) flow: F,
}

impl<F> Drive<F> {
    /// The flow, for what it knows beside its items: a list its total, for one.
    pub fn flow(&self) -> &F {
        &self.flow
    }
}

impl<F: Flow> Iterator for Drive<F> {
    type Item = Result<F::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { client, flow } = self;
        let now = || client.api.elapsed(Instant::now());
        flow.next_with(now, |request| client.exchange(request), thread::sleep)
    }
}

/// A flow that is done stays done.
impl<F: Flow> FusedIterator for Drive<F> {}
