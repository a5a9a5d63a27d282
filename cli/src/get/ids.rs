//! Reads ids from the command line and standard input, on a thread of its own.

use std::path::Path;
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread;
use std::{io, mem};

use brightdata_sessions::SessionId;

use crate::args::IdSource;
use crate::error::CliError;
use crate::input::{self, Line};

/// The maximum length of a line with an id, in bytes. 256 characters fit, even as JSON escapes.
const MAX_LINE: usize = 8 << 10;

/// How many entries are read ahead. It exceeds the number of ids that `get_many` takes ahead.
const READ_AHEAD: usize = 512;

/// One id, or an error in its place.
pub(crate) enum Entry {
    Id(SessionId, Position),
    Invalid {
        /// The text, if it is not an id.
        text: Option<String>,
        error: CliError,
    },
}

/// The source of an id.
#[derive(Clone, Copy)]
pub(crate) enum Position {
    /// The command line, with this number of ids after it. `None` if standard input follows.
    Argument { ids_after: Option<usize> },
    /// This line of standard input.
    Line(u64),
}

impl Position {
    /// Returns the line of standard input.
    pub(super) fn line(self) -> Option<u64> {
        if let Self::Line(number) = self { Some(number) } else { None }
    }
}

/// Starts a thread that reads all ids. Returns the entries in order, and the ids among them except
/// the first. An id is available before its entry.
///
/// The thread reads ahead at most [`READ_AHEAD`] entries. It ends when the entries are dropped, or
/// with the program.
pub(crate) fn read(sources: &[IdSource]) -> io::Result<(Receiver<Entry>, Receiver<SessionId>)> {
    let sources = sources.to_vec();
    let (entries, receiver) = sync_channel(READ_AHEAD);
    let (ids, id_receiver) = sync_channel(READ_AHEAD);
    let reader = Reader { entries, ids, is_first: true };
    // It fails only if nothing is received anymore.
    thread::Builder::new().name("ids".to_owned()).spawn(move || _ = reader.read(&sources))?;
    Ok((receiver, id_receiver))
}

struct Reader {
    entries: SyncSender<Entry>,
    ids: SyncSender<SessionId>,
    /// Whether no id was sent yet.
    is_first: bool,
}

/// The receiver was dropped.
struct Stopped;

impl<T> From<SendError<T>> for Stopped {
    fn from(_: SendError<T>) -> Self {
        Self
    }
}

impl Reader {
    fn read(mut self, sources: &[IdSource]) -> Result<(), Stopped> {
        for (index, source) in sources.iter().enumerate() {
            match source {
                IdSource::Id(id) => {
                    let after = &sources[index + 1..];
                    let are_ids = after.iter().all(|source| matches!(source, IdSource::Id(_)));
                    let ids_after = are_ids.then_some(after.len());
                    self.id(id.clone(), Position::Argument { ids_after })?;
                }
                IdSource::Stdin => self.input()?,
            }
        }
        Ok(())
    }

    fn input(&mut self) -> Result<(), Stopped> {
        let mut input = match input::open(Path::new("-")) {
            Ok(input) => input,
            Err(error) => return self.invalid(None, CliError::Input(error)),
        };
        let mut line = Vec::new();
        for number in 1.. {
            match input::line(&mut *input, MAX_LINE, &mut line) {
                Ok(Line::End) => break,
                Ok(Line::Fits) => self.line(&line, number)?,
                Ok(Line::TooLong) => self.invalid_line(number, "longer than 8 KiB")?,
                Err(error) => return self.invalid(None, CliError::Input(error)),
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], number: u64) -> Result<(), Stopped> {
        let Ok(text) = std::str::from_utf8(line) else {
            return self.invalid_line(number, "not UTF-8");
        };
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(());
        }
        if text.starts_with("{\"") {
            let reason = "expected an id, found a JSON object (`jq -r .session_id` prints ids)";
            return self.invalid_line(number, reason);
        }
        // `jq` prints ids in quotes by default.
        let unquoted = if text.starts_with('"') { serde_json::from_str::<String>(text).ok() } else { None };
        let text = unquoted.as_deref().unwrap_or(text);
        match SessionId::new(text) {
            Ok(id) => self.id(id, Position::Line(number)),
            Err(refused) => self.invalid(Some(text.to_owned()), refused.into()),
        }
    }

    fn id(&mut self, id: SessionId, position: Position) -> Result<(), Stopped> {
        if !mem::take(&mut self.is_first) {
            // Not received if the ids are fetched one at a time.
            let _ = self.ids.send(id.clone());
        }
        Ok(self.entries.send(Entry::Id(id, position))?)
    }

    fn invalid_line(&self, line: u64, reason: &str) -> Result<(), Stopped> {
        self.invalid(None, CliError::Line { file: None, line, reason: reason.to_owned() })
    }

    fn invalid(&self, text: Option<String>, error: CliError) -> Result<(), Stopped> {
        Ok(self.entries.send(Entry::Invalid { text, error })?)
    }
}
