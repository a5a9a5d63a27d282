//! The state shared by the fake's handle and threads.

use std::collections::{HashMap, VecDeque};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::close_action::CloseAction;
use crate::rate::RateCheck;
use crate::script::Scripts;
use crate::{Faults, RecordedRequest, Replay, SimulatedApi};

/// The number of requests that are recorded.
const MAX_REQUESTS: usize = 100_000;

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    stop: Condvar,
}

/// Locked briefly, never during IO.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) service: SimulatedApi,
    pub(crate) scripts: Scripts,
    /// The capture from which all requests are served.
    pub(crate) replay: Option<Replay>,
    pub(crate) rate: RateCheck,
    pub(crate) faults: Faults,
    /// The only key that is accepted. `None` accepts every key.
    pub(crate) required_key: Option<Vec<u8>>,
    /// The pause before each response.
    pub(crate) latency: Duration,
    pub(crate) requests: VecDeque<RecordedRequest>,
    /// The number of accepted connections.
    pub(crate) connections: usize,
    /// The open connections by number.
    pub(crate) open: HashMap<usize, Arc<TcpStream>>,
    stopping: bool,
}

impl Shared {
    /// Locks the state. Ignores poisoning: no critical section leaves it half updated.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, unless the fake is being dropped.
    pub(crate) fn pause(&self, pause: Duration) -> Result<(), CloseAction> {
        let (state, _) = self
            .stop
            .wait_timeout_while(self.state(), pause, |state| !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stopping { Err(CloseAction::Abandon) } else { Ok(()) }
    }

    /// Interrupts all pauses and closes all connections permanently.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        state.stopping = true;
        for stream in state.open.values() {
            // Wakes blocked reads and writes. It fails if the client closed first, which has the
            // same effect.
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.stop.notify_all();
    }
}

impl State {
    /// Assigns a number to a connection. Returns `None` if the fake is being dropped.
    pub(crate) fn register(&mut self, stream: &Arc<TcpStream>) -> Option<usize> {
        if self.stopping {
            return None;
        }
        let number = self.connections;
        self.connections += 1;
        self.open.insert(number, Arc::clone(stream));
        Some(number)
    }

    pub(crate) fn record(&mut self, request: RecordedRequest) {
        if self.requests.len() == MAX_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }
}
