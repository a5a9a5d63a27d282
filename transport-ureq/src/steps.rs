//! A function around each step of a flow.

use std::fmt;
use std::sync::Arc;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Error, Flow, Now, Step, TransportError};

use crate::Client;

type Function = dyn Fn(&mut dyn FnMut()) + Send + Sync;

/// An optional function that is called around each step.
#[derive(Clone, Default)]
pub(crate) struct Around(Option<Arc<Function>>);

impl Around {
    pub(crate) fn new(function: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(function)))
    }

    fn run<T>(&self, step: impl FnOnce() -> T) -> T {
        let Some(function) = &self.0 else { return step() };
        let (mut step, mut result) = (Some(step), None);
        function(&mut || {
            // A second call does nothing.
            if let Some(step) = step.take() {
                result = Some(step());
            }
        });
        match (result, step) {
            (Some(result), _) => result,
            // The function did not call the step.
            (None, Some(step)) => step(),
            // The step panicked, and its result is needed.
            (None, None) => panic!("the function around a step caught its panic"),
        }
    }
}

impl fmt::Debug for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Around").field(&self.0.is_some()).finish()
    }
}

/// A flow whose steps run inside the function of
/// [`ClientBuilder::around_steps`](crate::ClientBuilder::around_steps).
pub(crate) struct Stepped<'a, F> {
    pub(crate) flow: &'a mut F,
    pub(crate) around: &'a Around,
}

impl<F: Flow> Flow for Stepped<'_, F> {
    type Item = F::Item;

    fn step(&mut self, now: Now) -> Step<Result<F::Item, Error>> {
        self.around.run(|| self.flow.step(now))
    }

    fn receive(&mut self, outcome: Result<Response<Vec<u8>>, TransportError>, now: Now) {
        self.around.run(|| self.flow.receive(outcome, now));
    }

    fn request_ahead(&mut self, now: Now) -> Option<Request<()>> {
        self.around.run(|| self.flow.request_ahead(now))
    }

    fn next_received(&mut self) -> Option<F::Item> {
        self.flow.next_received()
    }
}

impl Client {
    /// Runs a step of a flow inside the function of
    /// [`ClientBuilder::around_steps`](crate::ClientBuilder::around_steps), for a program that steps
    /// the flow itself.
    pub fn around_step<T>(&self, step: impl FnOnce() -> T) -> T {
        self.around.run(step)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_step_runs_once_however_often_it_is_called() {
        for calls in 0..3 {
            let around = Around::new(move |step| (0..calls).for_each(|_| step()));
            let count = Cell::new(0);
            let result = around.run(|| {
                count.set(count.get() + 1);
                "result"
            });
            assert_eq!((result, count.get()), ("result", 1), "{calls} calls");
        }
    }

    #[test]
    fn a_step_panics_again_if_its_panic_is_caught() {
        let around = Around::new(|step| _ = catch_unwind(AssertUnwindSafe(step)));
        let panic = catch_unwind(AssertUnwindSafe(|| around.run(|| panic!("on purpose")))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"the function around a step caught its panic"));
    }
}
