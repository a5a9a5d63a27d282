//! Faults of a server, at random.

use std::time::Duration;

use crate::random::Random;

/// The pause between two bytes of a dripped response.
pub(crate) const DRIP: Duration = Duration::from_millis(10);

/// A fault of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is reset after a random part of the response.
    Reset,
    /// The connection is closed after a random part of the response.
    Truncate,
    /// The response is sent one byte at a time, 100 per second.
    Drip,
    /// No response is sent for 60 s. Then the connection is closed.
    Silence,
    /// A response with this status and an HTML page, as from a proxy in front of the service.
    Status(u16),
}

/// Faults of a server, each for a share of the requests. The same seed gives the same faults for
/// the same number of requests.
///
/// ```
/// use brightdata_sessions_testkit::{FakeApi, Fault, Faults};
///
/// let fake = FakeApi::start()?;
/// fake.set_faults(Faults::new(1).with(Fault::Reset, 0.02).with(Fault::Status(503), 0.05));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Faults {
    random: Random,
    shares: Vec<(Fault, f64)>,
}

impl Faults {
    /// Creates a server without faults.
    pub fn new(seed: u64) -> Self {
        Self { random: Random(seed), shares: Vec::new() }
    }

    /// Adds a fault for a share of the requests, from 0 to 1. If the shares add up to more than 1,
    /// the last ones apply to fewer requests.
    #[must_use]
    pub fn with(mut self, fault: Fault, share: f64) -> Self {
        self.shares.push((fault, share));
        self
    }

    /// Returns the fault of the next request.
    pub(crate) fn draw(&mut self) -> Option<Drawn> {
        if self.shares.is_empty() {
            return None;
        }
        // Each request takes two numbers, so that a fault does not shift those of later requests.
        let [mut point, part] = [(); 2].map(|()| self.random.fraction());
        let (fault, _) = self.shares.iter().find(|(_, share)| {
            point -= share;
            point < 0.0
        })?;
        Some(Drawn { fault: *fault, part })
    }
}

/// The fault of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) fault: Fault,
    /// From 0 to 1: the part of the response that is sent.
    part: f64,
}

impl Drawn {
    /// Returns how many of the bytes of a response are sent, which is never all of them.
    pub(crate) fn sent(&self, length: usize) -> usize {
        ((length as f64 * self.part) as usize).min(length.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_share() {
        let mut faults = Faults::new(7).with(Fault::Reset, 0.02).with(Fault::Drip, 0.1);
        let mut counts = [0; 2];
        for drawn in (0..100_000).filter_map(|_| faults.draw()) {
            counts[usize::from(drawn.fault == Fault::Drip)] += 1;
        }
        assert!((1900..2100).contains(&counts[0]) && (9700..10_300).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn a_share_of_1_is_every_request_and_0_is_none() {
        let mut faults = Faults::new(7).with(Fault::Reset, 0.0).with(Fault::Drip, 1.0);
        assert!((0..1000).all(|_| faults.draw().is_some_and(|drawn| drawn.fault == Fault::Drip)));
    }

    #[test]
    fn the_part_sent_is_never_the_whole() {
        let mut faults = Faults::new(7).with(Fault::Truncate, 1.0);
        let sent: Vec<_> = (0..10_000).filter_map(|_| faults.draw()).map(|drawn| drawn.sent(100)).collect();
        assert_eq!((sent.iter().min(), sent.iter().max()), (Some(&0), Some(&99)));
    }
}
