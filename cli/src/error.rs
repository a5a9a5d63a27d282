//! Errors of the program: their messages, JSON form and exit statuses.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use brightdata_sessions::{ApiKey, Error, ErrorKind, Escaped, InvalidInput, TransportErrorKind};
use brightdata_sessions_triage::InvalidPrice;
use clap::error::ErrorKind as UsageKind;
use serde_json::Value;

use crate::key::{KeyError, KeySource};
use crate::output::table::clip;
use crate::terminal::{one_line, redact};
use crate::{certificates, userinfo};

/// The maximum width of an id in an error for people, in columns. An id has at most 256 characters.
const MAX_ID: usize = 256;

/// Every error of the program.
#[derive(Debug)]
pub(crate) enum CliError {
    /// The command line is invalid, or requests help.
    Usage(clap::Error),
    /// There is no key.
    Key(KeyError),
    /// The price is out of range.
    Price(InvalidPrice),
    /// A request failed.
    Api(Error),
    /// The embedded fake cannot start.
    Demo(io::Error),
    /// Standard input cannot be read, or is not text (`InvalidData`).
    Input(io::Error),
    /// This file cannot be read, or is not text (`InvalidData`).
    File(PathBuf, io::Error),
    /// This file may not be replaced, for this reason.
    Target(PathBuf, &'static str),
    /// This line of an input is invalid, for this reason.
    Line {
        /// `None` for standard input.
        file: Option<PathBuf>,
        line: u64,
        reason: String,
    },
    /// The command does not exist.
    NoCommand(String),
    /// The report exceeds a limit, as this sentence describes.
    Gate(Box<str>),
    /// A signal ends the program.
    Interrupted,
    /// The output cannot be written.
    Output(io::Error),
}

/// The session of an error, and where to resume after it.
#[derive(Default)]
pub(crate) struct ErrorContext<'a> {
    /// The id, if one of several sessions has the error.
    pub(crate) session: Option<&'a str>,
    pub(crate) resume: Option<Resume>,
}

/// Where to resume a command that stopped midway.
pub(crate) enum Resume {
    Get {
        session_id: String,
        /// The line of standard input with the id.
        line: Option<u64>,
        /// The number of ids after the last one that was tried, if known.
        not_tried: Option<usize>,
    },
    List {
        /// The number of sessions that were printed.
        printed: u64,
        offset: u64,
        /// The number of sessions that are left to print, if limited.
        limit: Option<u64>,
        /// The dates that the command added. With them, the same sessions are listed.
        start_date: Option<String>,
        end_date: Option<String>,
    },
    State {
        /// The number of sessions that were printed.
        printed: u64,
        path: PathBuf,
    },
    Follow {
        /// The number of sessions that were printed.
        printed: u64,
        start_date: Option<String>,
    },
}

impl Resume {
    fn message(&self) -> String {
        match self {
            Self::Get { session_id, line, not_tried } => {
                let not_tried = match not_tried {
                    None => String::new(),
                    Some(1) => "1 id not tried, ".to_owned(),
                    Some(count) => format!("{count} ids not tried, "),
                };
                let line = line.map_or_else(String::new, |line| format!("line {line} of standard input, "));
                format!("stopped: {not_tried}resume with {line}{}", Escaped(session_id))
            }
            Self::List { printed, offset, limit, start_date, end_date } => {
                let limit = limit.map_or_else(String::new, |limit| format!(" --limit {limit}"));
                let start =
                    start_date.as_ref().map_or_else(String::new, |start| format!(" --start-date {start}"));
                let end = end_date.as_ref().map_or_else(String::new, |end| format!(" --end-date {end}"));
                format!("{}, resume with --offset {offset}{limit}{start}{end}", printed_sessions(*printed))
            }
            Self::State { printed, path } => {
                let path = userinfo::file_name(path);
                format!("{}, resume with the same --state {path}", printed_sessions(*printed))
            }
            Self::Follow { printed, start_date } => {
                let start = start_date.as_ref().map_or_else(String::new, |start| {
                    format!(", resume with --start-date {start} (repeats up to 65 minutes, --state does not)")
                });
                printed_sessions(*printed) + &start
            }
        }
    }

    fn json(&self) -> Value {
        let members = match self {
            Self::Get { session_id, line, not_tried } => vec![
                ("session_id", Some(session_id.as_str().into())),
                ("line", line.map(Value::from)),
                ("not_tried", not_tried.map(Value::from)),
            ],
            Self::State { printed, path } => {
                vec![("printed", Some(Value::from(*printed))), ("state", Some(path.to_string_lossy().into()))]
            }
            Self::Follow { printed, start_date } => vec![
                ("printed", Some(Value::from(*printed))),
                ("start_date", start_date.as_deref().map(Value::from)),
            ],
            Self::List { printed, offset, limit, start_date, end_date } => vec![
                ("printed", Some(Value::from(*printed))),
                ("offset", Some(Value::from(*offset))),
                ("limit", limit.map(Value::from)),
                ("start_date", start_date.as_deref().map(Value::from)),
                ("end_date", end_date.as_deref().map(Value::from)),
            ],
        };
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

fn printed_sessions(count: u64) -> String {
    format!("{count} {} printed", if count == 1 { "session" } else { "sessions" })
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Api(error)
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<InvalidPrice> for CliError {
    fn from(refused: InvalidPrice) -> Self {
        Self::Price(refused)
    }
}

impl From<InvalidInput> for CliError {
    fn from(refused: InvalidInput) -> Self {
        Self::Api(refused.into())
    }
}

impl CliError {
    /// Prints the error on standard error, and returns the exit status.
    pub(crate) fn report(&self, json: bool) -> u8 {
        self.report_with(&ErrorContext::default(), None, json)
    }

    /// Prints the error with its context on standard error, and returns the exit status.
    pub(crate) fn report_with(&self, about: &ErrorContext<'_>, key: Option<&ApiKey>, json: bool) -> u8 {
        match self {
            // Requested help and version are output, not errors.
            Self::Usage(error)
                if matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion) =>
            {
                return match crate::terminal::print(&escaped_lines(&error.to_string())) {
                    Ok(()) => 0,
                    Err(error) => error.report(json),
                };
            }
            // The reader of a pipe may stop at any time.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return 0,
            _ => {}
        }
        let text = match (self, about) {
            _ if json => self.json(about, key),
            (Self::Usage(error), _) => escaped_lines(error.to_string().trim_end()),
            (_, ErrorContext { session, resume }) => {
                let id = session.map_or_else(String::new, |id| clip(&Escaped(id).to_string(), MAX_ID) + ": ");
                let resume =
                    resume.as_ref().map_or_else(String::new, |resume| format!("; {}", resume.message()));
                redact(key, &format!("brd-sessions: {id}{}{resume}", self.message())).into_owned()
            }
        };
        crate::terminal::write_stderr(&text, json);
        self.status()
    }

    fn status(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Key(_)
            | Self::Price(_)
            | Self::Target(..)
            | Self::Line { .. }
            | Self::NoCommand(_) => 2,
            Self::Api(error) => exit_status(error),
            Self::Gate(_) => 7,
            // The signal sets it.
            Self::Interrupted => 130,
            // The input is not text.
            Self::Input(error) | Self::File(_, error) if error.kind() == io::ErrorKind::InvalidData => 2,
            // EX_IOERR of sysexits.h.
            Self::Demo(_) | Self::Input(_) | Self::File(..) | Self::Output(_) => 74,
        }
    }

    /// Returns the message in one line, with all details.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Usage(error) => usage_line(error),
            Self::Key(error) => error.to_string(),
            Self::Api(error) => {
                let mut message = format!("{error:#}");
                let is_certificate = error
                    .transport_error()
                    .is_some_and(|error| error.kind() == TransportErrorKind::Certificate);
                if is_certificate && message.contains("UnknownIssuer") {
                    let _ = write!(message, "; {}", Escaped(&certificates::advice()));
                }
                if error.attempts() > 1 {
                    let _ = write!(message, " (after {} attempts)", error.attempts());
                }
                if let Some(source) = self.key_source() {
                    let _ = write!(message, "; the key is from {source}");
                    if let Some(ignored) = source.ignored() {
                        let _ = write!(message, ", another one in {ignored} is not used");
                    }
                }
                message
            }
            Self::Price(refused) => refused.to_string(),
            Self::Demo(error) => format!("cannot start the fake: {error}"),
            Self::Input(error) => format!("cannot read standard input: {error}"),
            Self::File(path, error) => {
                format!("cannot read {}: {error}", userinfo::file_name(path))
            }
            Self::Target(path, reason) => {
                format!("cannot write to {}: it {reason}", userinfo::file_name(path))
            }
            Self::Line { file, line, reason } => {
                let file = file.as_deref().map(|file| format!("{}: ", userinfo::file_name(file)));
                format!("{}line {line}: {}", file.unwrap_or_default(), Escaped(reason))
            }
            Self::NoCommand(name) => {
                format!("no such command: {}", Escaped(&userinfo::without_userinfo(name)))
            }
            Self::Gate(reason) => Escaped(reason).to_string(),
            Self::Interrupted => "interrupted".to_owned(),
            Self::Output(error) => format!("cannot write the output: {error}"),
        }
    }

    /// Returns where the key is from, if the service refused it. Status 407 concerns the IP address
    /// or a proxy.
    fn key_source(&self) -> Option<KeySource> {
        let Self::Api(error) = self else { return None };
        match error.status()?.as_u16() {
            401 | 403 => KeySource::all().next(),
            _ => None,
        }
    }

    /// Returns `{"error":{"kind":…,"status":…,"message":…,"code":…,"retry_after":…,"attempts":…,
    /// "key_source":…,"session_id":…,"resume":…}}`, without members that have no value.
    pub(crate) fn json(&self, about: &ErrorContext<'_>, key: Option<&ApiKey>) -> String {
        let (kind, error) = match self {
            Self::Usage(_)
            | Self::Key(_)
            | Self::Price(_)
            | Self::Target(..)
            | Self::Line { .. }
            | Self::NoCommand(_) => (ErrorKind::InvalidInput.as_str(), None),
            Self::Api(error) => (error.kind().as_str(), Some(error)),
            Self::Input(_) | Self::File(..) if self.status() == 2 => (ErrorKind::InvalidInput.as_str(), None),
            Self::Input(_) | Self::File(..) => ("input", None),
            Self::Demo(_) | Self::Output(_) => ("output", None),
            Self::Gate(_) => ("gate", None),
            Self::Interrupted => ("interrupted", None),
        };
        let response = error.and_then(Error::response);
        let message = response.and_then(|response| response.message.as_deref().map(str::to_owned));
        let members = [
            ("kind", Some(Value::from(kind))),
            ("status", error.and_then(Error::status).map(|status| status.as_u16().into())),
            ("message", Some(message.unwrap_or_else(|| self.message()).into())),
            ("code", response.and_then(|response| response.code.as_deref()).map(Value::from)),
            // Rounded up, so that waiting that long is enough.
            (
                "retry_after",
                error.and_then(Error::retry_after).map(|wait| (wait.as_secs_f64().ceil() as u64).into()),
            ),
            ("attempts", error.map(|error| error.attempts().into())),
            ("key_source", self.key_source().map(|source| source.to_string().into())),
            ("session_id", about.session.map(Value::from)),
            ("resume", about.resume.as_ref().map(Resume::json)),
        ];
        let members: Vec<_> =
            members.into_iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?))).collect();
        one_line(&format!("{{\"error\":{{{}}}}}", members.join(",")), key)
    }
}

/// Returns the exit status of an error of the service.
pub(crate) fn exit_status(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput => 2,
        ErrorKind::NotFound => 3,
        ErrorKind::Unauthorized => 4,
        ErrorKind::Connection | ErrorKind::Timeout => 5,
        _ => 6,
    }
}

/// Prints a note on standard error.
pub(crate) fn note(message: &str, json: bool) {
    let message = Escaped(message).to_string();
    let line = if json {
        serde_json::json!({"note": {"message": message}}).to_string()
    } else {
        format!("brd-sessions: {message}")
    };
    crate::terminal::write_stderr(&line, json);
}

/// Escapes a message of clap, which repeats arguments and the program's name unchanged.
fn escaped_lines(text: &str) -> String {
    text.split('\n').map(|line| Escaped(line).to_string()).collect::<Vec<_>>().join("\n")
}

/// Returns a message of clap on one line, without the usage.
fn usage_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let message = text.split("\n\n").next().unwrap_or_default().trim();
    message.strip_prefix("error: ").unwrap_or(message).split_whitespace().collect::<Vec<_>>().join(" ")
}
