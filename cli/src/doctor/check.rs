//! One check of `doctor`: its result, the reason, and what to do.

use std::fmt::Write as _;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::output::style::{self, paint};
use crate::terminal::Terminal;

/// The subject of a check, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Key,
    BaseUrl,
    Proxy,
    Dns,
    Tcp,
    Tls,
    Clock,
    Guard,
    List,
    Session,
    Deviations,
}

impl Subject {
    /// Returns the stable name in JSON.
    fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::BaseUrl => "base_url",
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Clock => "clock",
            Self::Guard => "guard",
            Self::List => "list",
            Self::Session => "session",
            Self::Deviations => "deviations",
        }
    }

    /// Returns the name for people.
    fn label(self) -> &'static str {
        match self {
            Self::BaseUrl => "base URL",
            Self::Dns => "DNS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Guard => "rate guard",
            _ => self.as_str(),
        }
    }
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    /// Nothing is broken, but the user may want to know.
    Note,
    /// The program does not work, or not as documented. It has this exit status.
    Problem(u8),
    /// An earlier problem prevents the check.
    Skipped,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem(_) => "problem",
            Self::Skipped => "skipped",
        }
    }
}

/// A check and its result. Its texts may be untrusted: they are redacted and escaped when printed.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) subject: Subject,
    pub(super) outcome: Outcome,
    /// The reason for the outcome.
    reason: String,
    /// The action that solves or explains it.
    advice: Option<String>,
    /// Further lines for people, such as headers. In JSON, they are among the details.
    lines: Vec<String>,
    details: Map<String, Value>,
}

impl Check {
    fn new(subject: Subject, outcome: Outcome, reason: impl Into<String>) -> Self {
        Self { subject, outcome, reason: reason.into(), advice: None, lines: Vec::new(), details: Map::new() }
    }

    pub(super) fn ok(subject: Subject, reason: impl Into<String>) -> Self {
        Self::new(subject, Outcome::Ok, reason)
    }

    pub(super) fn note(subject: Subject, reason: impl Into<String>) -> Self {
        Self::new(subject, Outcome::Note, reason)
    }

    pub(super) fn problem(subject: Subject, exit_status: u8, reason: impl Into<String>) -> Self {
        Self::new(subject, Outcome::Problem(exit_status), reason)
    }

    /// Returns a check that is not made, for this reason.
    pub(super) fn not_made(subject: Subject, reason: impl Into<String>) -> Self {
        Self::new(subject, Outcome::Skipped, reason)
    }

    /// Returns a check that an earlier problem prevents.
    pub(super) fn blocked(subject: Subject, because_of: Subject) -> Self {
        let article =
            if matches!(because_of, Subject::Dns | Subject::Tcp | Subject::Tls) { "" } else { "the " };
        let reason = format!("not checked until the problem with {article}{} is solved", because_of.label());
        Self::new(subject, Outcome::Skipped, reason).detail("because_of", because_of.as_str())
    }

    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub(super) fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Returns a line with the reason, and one for the advice and each further line below it.
    pub(super) fn text(&self, terminal: &Terminal<'_>) -> String {
        let style = style::of_check(self.outcome.as_str());
        let outcome = paint(style, &format!("{:<7}", self.outcome.as_str()));
        let mut text = format!("{outcome}  {:<10}  {}\n", self.subject.label(), terminal.clean(&self.reason));
        let below =
            self.lines.iter().map(|line| (' ', line)).chain(self.advice.iter().map(|advice| ('→', advice)));
        for (mark, line) in below {
            let _ = writeln!(text, "{:21}{mark} {}", "", terminal.clean(line));
        }
        text
    }
}

/// Writes `{"check":…,"result":…,"reason":…,"advice":…,"details":{…}}`, without members that have
/// no value.
impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("check", self.subject.as_str())?;
        map.serialize_entry("result", self.outcome.as_str())?;
        map.serialize_entry("reason", &self.reason)?;
        if let Some(advice) = &self.advice {
            map.serialize_entry("advice", advice)?;
        }
        if !self.details.is_empty() {
            map.serialize_entry("details", &self.details)?;
        }
        map.end()
    }
}
