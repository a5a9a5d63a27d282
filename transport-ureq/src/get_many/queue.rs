//! The results between the threads that fetch and the iterator that yields.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use brightdata_sessions::{Error, Session};

type Item = Result<Session, Error>;

/// Results in the order of their ids, each in a place that is taken together with the id.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Signals that the first result is ready, or that none follows.
    ready: Condvar,
    /// Signals that there is room for another place, or that none is needed.
    room: Condvar,
    /// The maximum number of places.
    window: usize,
    is_closed: AtomicBool,
}

#[derive(Default)]
struct State {
    /// The places that are not yet yielded. `None` while the call runs.
    places: VecDeque<Option<Item>>,
    /// The number of results yielded.
    yielded: u64,
    /// Whether no further id is taken.
    has_ended: bool,
    /// The panic that ended a thread.
    panic: Option<Box<dyn Any + Send>>,
}

impl Queue {
    pub(super) fn new(window: usize) -> Self {
        Self {
            state: Mutex::default(),
            ready: Condvar::new(),
            room: Condvar::new(),
            window,
            is_closed: AtomicBool::new(false),
        }
    }

    /// Waits until another id may be taken. Returns false if none is needed.
    pub(super) fn wait_for_room(&self) -> bool {
        let is_full = |state: &mut State| state.places.len() >= self.window && !state.has_ended;
        let state = self.room.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        !state.has_ended
    }

    /// Adds a place, and returns its number. Returns `None` if none is needed.
    pub(super) fn push(&self) -> Option<u64> {
        let mut state = self.lock();
        if state.has_ended {
            return None;
        }
        state.places.push_back(None);
        Some(state.yielded + state.places.len() as u64 - 1)
    }

    /// Fills a place.
    pub(super) fn fill(&self, number: u64, result: Item) {
        let mut state = self.lock();
        let index = (number - state.yielded) as usize;
        // A panic removes all places.
        if let Some(place) = state.places.get_mut(index) {
            *place = Some(result);
        }
        if index == 0 {
            self.ready.notify_one();
        }
    }

    /// Adds no further place.
    pub(super) fn end(&self) {
        self.end_with(None);
    }

    /// Runs a function. Its panic ends the queue, and is passed on by [`pop`](Self::pop).
    pub(super) fn catch_panic(&self, run: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            self.end_with(Some(panic));
        }
    }

    /// Ends the queue because its results are not needed.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.end();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Waits for the first result and removes it. Returns `None` if no places are left.
    pub(super) fn pop(&self) -> Option<Item> {
        let is_waiting = |state: &mut State| match state.places.front() {
            _ if state.panic.is_some() => false,
            Some(result) => result.is_none(),
            None => !state.has_ended,
        };
        let mut state =
            self.ready.wait_while(self.lock(), is_waiting).unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = state.panic.take() {
            state.places.clear();
            drop(state);
            resume_unwind(panic);
        }
        let result = state.places.pop_front()?;
        state.yielded += 1;
        self.room.notify_one();
        result
    }

    fn end_with(&self, panic: Option<Box<dyn Any + Send>>) {
        let mut state = self.lock();
        state.has_ended = true;
        state.panic = state.panic.take().or(panic);
        self.ready.notify_one();
        self.room.notify_all();
    }

    /// Ignores poisoning: no critical section leaves the state half updated.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
