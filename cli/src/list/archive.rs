//! `list --state` and `list --follow`: sessions as they appear and end, oldest first.

use std::io;
use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::header::AUTHORIZATION;
use brightdata_sessions::{
    Error, ErrorKind, Flow, HistoryCursor, InvalidInput, ListSessions, Session, SessionFollower,
    SessionHistory, Step, Timestamp, Transport, WaitReason,
};
use brightdata_sessions_ureq::Client;

use super::Output;
use super::state::{List, State, fingerprint};
use crate::args::{ListArgs, seconds};
use crate::error::{CliError, ErrorContext, Resume};
use crate::interrupt;
use crate::listing::Listing;
use crate::lock::lock;
use crate::output::stdout_file;
use crate::terminal::Terminal;

/// The arguments of a list that continues.
#[derive(Debug, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// Print the sessions that are new or have ended since the last run with this file, oldest
    /// first; the first run prints all sessions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sort", "order", "offset", "limit", "all", "csv"])]
    state: Option<PathBuf>,

    /// Continue --state with another key than in its last run; both must be of the same account
    #[arg(long, requires = "state")]
    new_key: bool,

    /// Print each session when it appears, and again when it has ended, until interrupted; without
    /// --state, from one hour ago by default
    #[arg(long, conflicts_with_all = ["sort", "order", "offset", "limit", "all", "end_date"])]
    follow: bool,

    /// How long --follow waits between two polls
    #[arg(long, value_name = "SECONDS", default_value = "30", requires = "follow", value_parser = seconds)]
    interval: Duration,
}

impl ArchiveArgs {
    /// Returns whether the list continues.
    pub(crate) fn is_set(&self) -> bool {
        self.follow || self.state.is_some()
    }

    /// Returns the option that makes the list continue, as in usage errors.
    pub(crate) fn option(&self) -> &'static str {
        if self.follow { "--follow" } else { "--state <FILE>" }
    }

    /// Returns whether a later run continues after what this one prints.
    pub(crate) fn has_state(&self) -> bool {
        self.state.is_some()
    }

    /// Returns the period before now that is listed by default.
    pub(crate) fn default_since(&self) -> Option<Duration> {
        const HOUR: Duration = Duration::from_secs(3600);
        (self.follow && self.state.is_none()).then_some(HOUR)
    }
}

/// The part of the time, as a divisor, that writing the state may take while pages are fetched. It
/// is always written before a wait and at the end.
const SAVING_SHARE: u32 = 20;

/// Prints sessions as they appear and end, and returns the exit status.
pub(super) fn run(
    client: &Client,
    terminal: &Terminal<'_>,
    args: &ListArgs,
    is_demo: bool,
) -> Result<u8, CliError> {
    let archive = &args.archive;
    let (state, cursor) = match &archive.state {
        Some(path) => {
            let (state, cursor) = State::open(path, list(client, args, is_demo)?, archive.new_key)?;
            (Some(state), cursor)
        }
        None => (None, None),
    };
    // Not before the lock, because another run may be writing.
    if terminal.json {
        stdout_file::end_cut_off_line()?;
    }
    // Later runs begin at the cursor.
    let is_relative = cursor.is_none() && args.has_relative_start();
    let now = if is_relative { service_time(client, terminal.json)? } else { SystemTime::now() };
    let request = args.history(now)?;
    let position = Arc::new(Position { state: archive.state.clone(), ..Position::default() });
    let progress = Archive {
        output: Output::new(terminal, args.csv, false, Arc::clone(&position.printed)),
        has_saved: cursor.is_some() && state.as_ref().is_some_and(State::is_bound),
        state,
        is_unsaved: false,
        saved: Instant::now(),
        pause: Duration::ZERO,
        position,
    };
    let cursor = cursor.unwrap_or_default();
    if archive.follow {
        let follower = client.api().follow(request).with_interval(archive.interval).resume(cursor);
        drive(client, progress, follower, SessionFollower::cursor, true)
    } else {
        let history = client.api().history(request).with_ends().resume(cursor);
        drive(client, progress, history, SessionHistory::cursor, false)
    }
}

/// Returns the list that a state is for.
fn list(client: &Client, args: &ListArgs, is_demo: bool) -> Result<List, CliError> {
    let api = client.api();
    let request = api.request(&args.filters.selection())?;
    // The demo has another port in each run.
    let base_url = if is_demo { "demo" } else { api.base_url().as_str() };
    let key =
        request.headers().get(AUTHORIZATION).map_or_else(String::new, |key| fingerprint(key.as_bytes()));
    let filters = request.uri().query().unwrap_or_default();
    Ok(List { base_url: base_url.to_owned(), filters: filters.to_owned(), key })
}

/// Where a list that stops continues.
#[derive(Default)]
struct Position {
    printed: Arc<AtomicU64>,
    state: Option<PathBuf>,
    /// The start of the cursor.
    start: Mutex<Option<Timestamp>>,
}

impl Position {
    fn context(&self) -> ErrorContext<'static> {
        let printed = self.printed.load(Ordering::Relaxed);
        let resume = match &self.state {
            Some(path) => Resume::State { printed, path: path.clone() },
            None => {
                Resume::Follow { printed, start_date: lock(&self.start).as_ref().map(ToString::to_string) }
            }
        };
        ErrorContext { session: None, resume: Some(resume) }
    }
}

/// Returns the current time by the service's clock if it differs, because a start in the future
/// would exclude sessions for good.
fn service_time(client: &Client, json: bool) -> Result<SystemTime, InvalidInput> {
    let one = |_| Ok(client.api().list(ListSessions::new().limit(1)).take(1));
    Ok(Listing::begin(client, json, true, one)?.now)
}

/// Drives a flow to its end, and returns the exit status. The state is written between two requests,
/// when all sessions before the cursor are printed. `follows` is whether the list goes on after a
/// transient error.
fn drive<F: Flow<Item = Session> + Send>(
    client: &Client,
    archive: Archive<'_>,
    flow: F,
    cursor: fn(&F) -> &HistoryCursor,
    follows: bool,
) -> Result<u8, CliError> {
    let (position, json) = (Arc::clone(&archive.position), archive.output.terminal.json);
    let without_output = move || _ = CliError::Interrupted.report_with(&position.context(), None, json);
    let running = Mutex::new((archive, flow));
    let interrupted = || {
        let mut locked = lock(&running);
        let (archive, flow) = &mut *locked;
        // The signal outranks a failure to write.
        let _ = archive.settle(cursor(flow), true);
        archive.report(&CliError::Interrupted);
        locked
    };
    interrupt::reporting(interrupted, without_output, || {
        let (mut status, mut has_failed) = (0, false);
        loop {
            // Not locked during requests and waits.
            let mut locked = lock(&running);
            let (archive, flow) = &mut *locked;
            match client.around_step(|| flow.step(client.now())) {
                Step::Send(request) => {
                    archive.settle(cursor(flow), archive.saved.elapsed() >= archive.pause)?;
                    drop(locked);
                    let outcome = Transport::exchange(client, request);
                    client.around_step(|| lock(&running).1.receive(outcome, client.now()));
                }
                Step::Wait(wait) => {
                    if wait.reason == WaitReason::PollInterval {
                        archive.end_of_list(mem::take(&mut has_failed));
                    }
                    archive.settle(cursor(flow), true)?;
                    drop(locked);
                    if client.wait(wait).is_break() {
                        return Ok(status);
                    }
                }
                Step::Yield(Ok(session)) => {
                    archive.output.session(&session, None)?;
                    archive.is_unsaved = true;
                }
                Step::Yield(Err(error)) if error.kind() == ErrorKind::InvalidInput => {
                    return Err(archive.invalid(error));
                }
                Step::Yield(Err(error)) => {
                    has_failed = true;
                    archive.settle(cursor(flow), true)?;
                    status = if follows && error.is_transient() {
                        archive.output.terminal.report(&error.into(), ErrorContext::default())
                    } else {
                        archive.report(&error.into())
                    };
                }
                Step::Done => {
                    archive.end_of_list(has_failed);
                    archive.settle(cursor(flow), true)?;
                    return Ok(status);
                }
            }
        }
    })
}

/// The output and the state of a list that continues.
struct Archive<'a> {
    output: Output<'a>,
    position: Arc<Position>,
    state: Option<State>,
    /// Whether the state exists, for this key.
    has_saved: bool,
    /// Whether the state lacks sessions that were printed.
    is_unsaved: bool,
    /// The time at which the state was written, and how long it need not be written again.
    saved: Instant,
    pause: Duration,
}

impl Archive<'_> {
    /// Handles the end of the list. Even if it is empty, later runs must begin where this one does.
    fn end_of_list(&mut self, has_failed: bool) {
        self.is_unsaved |= !has_failed && !self.has_saved;
    }

    /// Prints the pending rows, and then writes the state.
    fn settle(&mut self, cursor: &HistoryCursor, must_save: bool) -> Result<(), CliError> {
        self.output.finish()?;
        *lock(&self.position.start) = cursor.start();
        let Some(state) = self.state.as_ref().filter(|_| must_save && self.is_unsaved) else { return Ok(()) };
        let start = Instant::now();
        stdout_file::sync()?;
        state.save(cursor)?;
        (self.has_saved, self.is_unsaved) = (true, false);
        self.pause = start.elapsed().saturating_mul(SAVING_SHARE);
        self.saved = Instant::now();
        Ok(())
    }

    /// Returns the error of a list that cannot be listed, such as a state that starts in the future.
    /// To continue would fail again.
    fn invalid(&self, error: Error) -> CliError {
        let Some(path) = &self.position.state else { return error.into() };
        let message = format!("{error}; start again with another file and --start-date");
        CliError::File(path.clone(), io::Error::new(io::ErrorKind::InvalidData, message))
    }

    /// Prints the error that ends the list, and returns the exit status. An archive must hold no
    /// errors, because the next run continues it.
    fn report(&self, error: &CliError) -> u8 {
        let (terminal, context) = (self.output.terminal, self.position.context());
        match self.state {
            Some(_) => terminal.report(error, context),
            None => terminal.report_incomplete(error, context),
        }
    }
}
