//! Interruptible waits.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often the condition is checked during a wait.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// An optional condition that interrupts waits.
#[derive(Clone, Default)]
pub(crate) struct Stop(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Stop {
    pub(crate) fn new(condition: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(condition)))
    }

    /// Adds a condition. Either of them interrupts waits.
    pub(crate) fn or(self, condition: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self::new(move || condition() || self.is_stopped())
    }

    /// Returns whether the condition is true.
    pub(crate) fn is_stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|condition| condition())
    }

    /// Sleeps for a duration, or until the condition is true.
    pub(crate) fn sleep(&self, duration: Duration) -> ControlFlow<()> {
        let Some(condition) = &self.0 else {
            thread::sleep(duration);
            return ControlFlow::Continue(());
        };
        let start = Instant::now();
        loop {
            if condition() {
                return ControlFlow::Break(());
            }
            let rest = duration.saturating_sub(start.elapsed());
            if rest.is_zero() {
                return ControlFlow::Continue(());
            }
            thread::sleep(rest.min(CHECK_INTERVAL));
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stop").field(&self.0.is_some()).finish()
    }
}
