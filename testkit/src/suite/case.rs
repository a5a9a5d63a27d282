//! A case of the suite.

use super::outcome::Outcome;

/// A conversation with a scripted server, and its expected outcomes. `play` holds its settings for
/// a transport or an adapter.
pub(super) struct Case<P> {
    /// The claim that the case checks.
    pub(super) name: &'static str,
    /// The reason why it matters, in one line.
    pub(super) why: &'static str,
    /// The accepted outcomes.
    pub(super) expected: Vec<Outcome>,
    pub(super) play: P,
}

impl<P> Case<P> {
    /// Adds another accepted outcome.
    pub(super) fn or(mut self, expected: impl Into<Outcome>) -> Self {
        self.expected.push(expected.into());
        self
    }
}
