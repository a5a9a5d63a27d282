//! One rate guard for all processes of a user on this machine.
//!
//! The service counts 429s by IP address, so the processes behind one address share the state of the
//! guard in a file. Around each step of a flow, a process locks the file, restores the state, and
//! saves it afterwards. The file only helps: if it is broken, locked, or cannot be written, the
//! process continues with its own guard.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::{Api, GuardState};
use etcetera::BaseStrategy as _;
use fs4::{FileExt, TryLockError};

use crate::lock::lock;

/// The longest time to wait for the lock, which others hold for less than a millisecond.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);
const LOCK_INTERVAL: Duration = Duration::from_millis(2);
/// How long the file is left alone after it could not be used.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// A longer file is broken.
const MAX_LENGTH: u64 = 64 << 10;
/// The state of a host that was not used for this time is removed.
const LIFETIME: Duration = Duration::from_secs(3600);

/// The states of all hosts, each with the time of its last use, in seconds since 1970.
type States = BTreeMap<String, (u64, GuardState)>;

/// The file with the states of rate guards.
#[derive(Debug)]
pub(crate) struct SharedGuard {
    api: Api,
    path: PathBuf,
    host: String,
    /// The time at which the file could not be used. Then it is left alone for a while, so that a
    /// lock that is never released does not delay each step.
    failed: Mutex<Option<Instant>>,
}

/// The stored state of one host.
pub(crate) enum Stored {
    /// No process has stored a state.
    Nothing,
    State(GuardState),
    /// The file is broken.
    Broken,
}

impl SharedGuard {
    /// Returns the shared guard of this API, or `None` if there is no folder for its file.
    pub(crate) fn new(api: &Api) -> Option<Self> {
        let folders = etcetera::choose_base_strategy().ok()?;
        // On Linux: `~/.local/state`. Other platforms have no folder of this kind.
        let folder = folders.state_dir().unwrap_or_else(|| folders.data_dir()).join("brd-sessions");
        fs::create_dir_all(&folder).ok()?;
        Some(Self {
            api: api.clone(),
            path: folder.join("rate-guard.json"),
            host: host(api),
            failed: Mutex::default(),
        })
    }

    /// Runs a step with the shared state.
    pub(crate) fn around(&self, step: &mut dyn FnMut()) {
        if self.failed().is_some_and(|failed| failed.elapsed() < RETRY_AFTER) {
            return step();
        }
        let Ok(mut file) = self.lock_or_create() else {
            *self.failed() = Some(Instant::now());
            return step();
        };
        let (now, clock) = (self.api.now(Instant::now()), SystemTime::now());
        let mut states = read(&mut file).unwrap_or_default();
        if let Some((_, state)) = states.get(&self.host) {
            self.api.guard().restore(state, now, clock);
        }
        step();
        let seconds = clock.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        states.retain(|_, (used, _)| seconds.abs_diff(*used) < LIFETIME.as_secs());
        states.insert(self.host.clone(), (seconds, self.api.guard().save(now, clock)));
        *self.failed() = write(&mut file, &states).is_err().then(Instant::now);
        // The lock ends with the file.
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the state of this host, without changing it.
    pub(crate) fn load(&self) -> io::Result<Stored> {
        let mut file = match self.lock(File::options().read(true).write(true)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Stored::Nothing),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() == 0 {
            return Ok(Stored::Nothing);
        }
        let Some(mut states) = read(&mut file) else { return Ok(Stored::Broken) };
        Ok(states.remove(&self.host).map_or(Stored::Nothing, |(_, state)| Stored::State(state)))
    }

    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        lock(&self.failed)
    }

    /// Opens the file, creates it if it is missing, and locks it.
    fn lock_or_create(&self) -> io::Result<File> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        self.lock(&options)
    }

    /// Opens the file and locks it.
    fn lock(&self, options: &OpenOptions) -> io::Result<File> {
        let file = options.open(&self.path)?;
        // Reading a pipe or a terminal would block.
        if !file.metadata()?.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let start = Instant::now();
        loop {
            match FileExt::try_lock(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if start.elapsed() < LOCK_TIMEOUT => {
                    thread::sleep(LOCK_INTERVAL);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Returns the host and port that requests are sent to.
fn host(api: &Api) -> String {
    let url: &str = api.base_url().as_ref();
    let (_, rest) = url.split_once("://").unwrap_or_default();
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// Returns the states of a file, or `None` if it is broken.
fn read(file: &mut File) -> Option<States> {
    let mut text = String::new();
    file.take(MAX_LENGTH).read_to_string(&mut text).ok()?;
    // After the first line is the rest of a longer state, if a process was killed while it wrote.
    serde_json::from_str(text.lines().next()?).ok()
}

fn write(file: &mut File, states: &States) -> io::Result<()> {
    let mut text = serde_json::to_vec(states)?;
    text.push(b'\n');
    file.rewind()?;
    // The file is cut last. A process that is killed in between leaves the new state.
    file.write_all(&text)?;
    file.set_len(text.len().try_into().unwrap_or(u64::MAX))
}
