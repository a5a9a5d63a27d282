//! What the fake and its threads have in common.

use std::collections::{HashMap, VecDeque};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::RecordedRequest;
use crate::api::Sessions;
use crate::end::End;
use crate::rate::RateLimit;
use crate::script::Scripts;

/// So many requests are remembered.
const MOST_REQUESTS: usize = 100_000;

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    stop: Condvar,
}

/// Locked for moments only, never while bytes are sent or awaited.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) sessions: Sessions,
    pub(crate) scripts: Scripts,
    pub(crate) rate: RateLimit,
    pub(crate) requests: VecDeque<RecordedRequest>,
    /// How many connections were accepted.
    pub(crate) connections: usize,
    /// Those that are open, by their numbers.
    pub(crate) open: HashMap<usize, Arc<TcpStream>>,
    stopping: bool,
}

impl Shared {
    /// Whoever panicked while holding the lock left nothing half done.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass, unless the fake is being dropped.
    pub(crate) fn pause(&self, pause: Duration) -> Result<(), End> {
        let (state, _) = self
            .stop
            .wait_timeout_while(self.state(), pause, |state| !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stopping { Err(End::Gone) } else { Ok(()) }
    }

    /// Ends all pauses and connections, for good.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        for stream in state.open.values() {
            // Wakes whoever reads or writes. It fails if the client was faster, which is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.stop.notify_all();
    }
}

impl State {
    /// Gives a connection its number; `None` if the fake is being dropped.
    pub(crate) fn admit(&mut self, stream: &Arc<TcpStream>) -> Option<usize> {
        if self.stopping {
            return None;
        }
        let number = self.connections;
        self.connections += 1;
        self.open.insert(number, Arc::clone(stream));
        Some(number)
    }

    pub(crate) fn record(&mut self, request: RecordedRequest) {
        if self.requests.len() == MOST_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }
}
