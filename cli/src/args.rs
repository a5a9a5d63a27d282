//! The command line and the environment.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{
    ApiKey, BaseUrl, Escaped, InvalidInput, ListSessions, Order, SessionId, SortBy, StatusFilter, Timestamp,
};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};

use crate::error::CliError;
use crate::fake::FakeArgs;
use crate::list::ArchiveArgs;
use crate::period::{before, since};
use crate::triage::TriageArgs;

/// Shows Bright Data browser sessions: their status, cost and errors.
///
/// The API key comes from BRIGHTDATA_API_KEY, or else from BRIGHTDATA_API_TOKEN. A proxy comes from
/// HTTPS_PROXY or ALL_PROXY, except for the hosts in NO_PROXY, as in curl.
#[derive(Debug, Parser)]
#[command(name = "brd-sessions", version, after_help = EXIT_STATUSES)]
pub(crate) struct Args {
    /// Print JSON, one object per line; errors too, on standard error
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) json: bool,

    /// Use a fake of the API that runs on this machine; needs no key
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) demo: bool,

    /// URL of the API (default: api.brightdata.com over https); http is accepted for loopback only
    #[arg(long, global = true, help_heading = COMMON, value_name = "URL")]
    pub(crate) base_url: Option<BaseUrl>,

    /// Time limit for one attempt
    #[arg(long, global = true, help_heading = COMMON, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,

    /// How many times a request is retried after a transient failure
    #[arg(long, global = true, help_heading = COMMON, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,

    /// How long after its first attempt a request may be retried (default: no limit, while the
    /// service lets any request through within 15 minutes)
    #[arg(long, global = true, help_heading = COMMON, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) retry_max_time: Option<Duration>,

    /// Rate limit of the account, such as 100/m, 5/s or 6000/h (default: the pace is learned)
    #[arg(long, global = true, help_heading = COMMON, value_name = "N/UNIT")]
    pub(crate) rate: Option<Rate>,

    /// Do not share the pace with other processes of this user
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) no_shared_guard: bool,

    /// Report each request, response and wait on standard error; with --json, one object per line
    #[arg(long, short, global = true, help_heading = COMMON)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A rate limit, such as `100/m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) requests: u32,
    pub(crate) per: Duration,
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a number of requests and a unit, such as 100/m, 5/s or 6000/h";
        let (requests, unit) = text.split_once('/').ok_or(EXPECTED)?;
        let requests = requests.parse().ok().filter(|&requests| requests > 0).ok_or(EXPECTED)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(EXPECTED),
        };
        Ok(Self { requests, per: Duration::from_secs(seconds) })
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print sessions by their ids
    #[command(after_help = GET_HELP)]
    Get {
        /// The ids, or `-` for those on standard input, one per line (with --demo, the default is
        /// one of the fake's)
        #[arg(value_name = "ID", value_parser = id_source)]
        ids: Vec<IdSource>,

        /// How many sessions to fetch at the same time
        #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
        jobs: u8,

        /// Print a table for spreadsheets, as CSV
        #[arg(long)]
        csv: bool,
    },
    /// Print many sessions, newest first by default
    #[command(after_help = LIST_HELP)]
    List(#[command(flatten)] Box<ListArgs>),
    /// Report why sessions failed, and what they cost
    #[command(after_help = crate::triage::HELP)]
    Triage(#[command(flatten)] Box<TriageArgs>),
    /// Serve a fake of the API on this machine until interrupted
    #[command(after_help = crate::fake::HELP)]
    Fake(#[command(flatten)] FakeArgs),
    /// Print a session each time it changes, until it ends
    #[command(after_help = WATCH_HELP)]
    Watch {
        /// The id of the session (with --demo, the default is one of the fake's)
        id: Option<SessionId>,

        /// How long to watch; no session lives longer than an hour
        #[arg(long, value_name = "SECONDS", default_value = "3900", value_parser = seconds)]
        deadline: Duration,
    },
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print a manual page, in roff
    #[command(after_help = MAN_HELP)]
    Man {
        /// The command to describe (default: the program itself)
        command: Option<String>,
    },
}

/// Where `get` takes ids from.
#[derive(Clone, Debug)]
pub(crate) enum IdSource {
    Id(SessionId),
    /// The lines of standard input.
    Stdin,
}

/// The filters of a list.
#[derive(Debug, clap::Args)]
pub(crate) struct Filters {
    /// Only sessions of this Browser API (zone)
    #[arg(long, value_name = "NAME")]
    api_name: Option<String>,

    /// Only sessions with this status
    #[arg(long, value_parser = word(StatusFilter::VARIANTS))]
    status: Option<StatusFilter>,

    /// Only sessions that started after this time, such as 2025-12-16T18:53:41Z
    #[arg(long, value_name = "DATE")]
    start_date: Option<Timestamp>,

    /// Only sessions that started before this time (default for a list of all: now)
    #[arg(long, value_name = "DATE")]
    end_date: Option<Timestamp>,

    /// Only sessions whose first navigation was to this URL; the service documents a bare domain,
    /// such as example.com
    #[arg(long, value_name = "URL")]
    target_url: Option<String>,

    /// Only sessions that ended at this URL; the service documents a whole URL
    #[arg(long, value_name = "URL")]
    end_url: Option<String>,
}

/// The arguments of `list`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) filters: Filters,

    /// Only sessions that started within this period before now, such as 90m, 24h, 7d or 2w
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "start_date")]
    since: Option<Duration>,

    /// The field to sort by
    #[arg(long, value_parser = word(SortBy::VARIANTS))]
    sort: Option<SortBy>,

    /// The order
    #[arg(long, value_parser = word(Order::VARIANTS))]
    order: Option<Order>,

    /// How many sessions to skip
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) offset: u64,

    /// The maximum number of sessions to print
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,

    /// Print all sessions
    #[arg(long, conflicts_with = "limit")]
    pub(crate) all: bool,

    /// Print a table for spreadsheets, as CSV
    #[arg(long)]
    pub(crate) csv: bool,

    #[command(flatten)]
    pub(crate) archive: ArchiveArgs,
}

/// Dates of a list that are not on the command line.
pub(crate) struct AddedDates {
    /// The start, with `--since`.
    pub(crate) start: Option<Timestamp>,
    /// The end, with `--all`. Without it, sessions that start while the list is fetched would shift
    /// all others.
    pub(crate) end: Option<Timestamp>,
}

impl Filters {
    /// Returns a request for the sessions of any time.
    pub(crate) fn selection(&self) -> ListSessions {
        let mut request = ListSessions::new();
        if let Some(name) = &self.api_name {
            request = request.api_name(name.as_str());
        }
        if let Some(status) = self.status {
            request = request.status(status);
        }
        if let Some(url) = &self.target_url {
            request = request.target_url(url.as_str());
        }
        if let Some(url) = &self.end_url {
            request = request.end_url(url.as_str());
        }
        request
    }

    /// Returns a request for the matching sessions, 100 per page.
    pub(crate) fn request(&self) -> ListSessions {
        // The service's maximum. The paginator requests fewer if fewer are left.
        let mut request = self.selection().limit(100);
        if let Some(start) = &self.start_date {
            request = request.start_date(start.clone());
        }
        if let Some(end) = &self.end_date {
            request = request.end_date(end.clone());
        }
        request
    }

    pub(crate) fn start_date(&self) -> Option<&Timestamp> {
        self.start_date.as_ref()
    }

    /// Returns a request for all matching sessions, 100 per page.
    pub(crate) fn request_for_all(&self, now: SystemTime) -> Result<ListSessions, InvalidInput> {
        let request = self.request();
        Ok(match self.added_end(now)? {
            Some(end) => request.end_date(end),
            None => request,
        })
    }

    /// Returns whether a list of all sessions gets an end date.
    pub(crate) fn adds_end(&self) -> bool {
        self.end_date.is_none()
    }

    /// Returns the end date of a list of all sessions, unless the user sets one. Without it,
    /// sessions that start while the list is fetched would shift all others.
    fn added_end(&self, now: SystemTime) -> Result<Option<Timestamp>, InvalidInput> {
        if self.end_date.is_none() { now.try_into().map(Some) } else { Ok(None) }
    }
}

impl ListArgs {
    /// Returns the maximum number of sessions to print.
    pub(crate) fn max(&self) -> u64 {
        if self.all { u64::MAX } else { self.limit }
    }

    /// Returns whether the list gets dates that are not on the command line.
    pub(crate) fn adds_dates(&self) -> bool {
        self.since.is_some() || self.all && self.filters.adds_end()
    }

    /// Returns the dates that the list gets at this time if the command line has none.
    pub(crate) fn added_dates(&self, now: SystemTime) -> Result<AddedDates, InvalidInput> {
        let start = self.since.map(|since| before(now, since).try_into()).transpose()?;
        let end = if self.all { self.filters.added_end(now)? } else { None };
        Ok(AddedDates { start, end })
    }

    /// Returns the period before now that a list that continues begins with.
    fn first_period(&self) -> Option<Duration> {
        let default = || self.archive.default_since().filter(|_| self.filters.start_date.is_none());
        self.since.or_else(default)
    }

    /// Returns whether the start of a list that continues depends on the current time.
    pub(crate) fn has_relative_start(&self) -> bool {
        self.first_period().is_some()
    }

    /// Returns the request for a list that continues, with the start of its first run.
    pub(crate) fn history(&self, now: SystemTime) -> Result<ListSessions, InvalidInput> {
        let request = self.filters.request();
        match self.first_period() {
            Some(since) => Ok(request.start_date(Timestamp::try_from(before(now, since))?)),
            None => Ok(request),
        }
    }

    pub(crate) fn request(&self, added: &AddedDates) -> ListSessions {
        let mut request = self.filters.request();
        if let Some(start) = &added.start {
            request = request.start_date(start.clone());
        }
        if let Some(end) = &added.end {
            request = request.end_date(end.clone());
        }
        if let Some(by) = self.sort {
            request = request.sort(by);
        }
        if let Some(order) = self.order {
            request = request.order(order);
        }
        // The default is omitted.
        if self.offset > 0 { request.offset(self.offset) } else { request }
    }
}

/// The heading of the options that every command has.
const COMMON: &str = "For every command";

const GET_HELP: &str = "\
With several ids or `-`, if a session cannot be fetched, the error names its id, and the other sessions are printed. The
exit status is then the highest of those that occurred (see brd-sessions --help). The command stops at a failure that does
not depend on the id: at once if the key or the configuration is rejected, or after 3 such failures in a row (no connection,
timeout, rate limit, server error, redirect). The error then names the id to resume with. If --json goes to a pipe or a file,
the error is also the last line of the output.

The first session is fetched alone, and the others up to --jobs at a time. Sessions and errors are printed in the order of
the ids.

Standard input is UTF-8, or UTF-16 with a byte-order mark. Ids may be in JSON quotes. With --csv, prints the same table for
spreadsheets as `list --csv`.

Examples:
  brd-sessions get 3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f
  brd-sessions --json get - < ids.txt
  brd-sessions --json get - --jobs 16 < ids.txt > sessions.jsonl
  brd-sessions --demo get";

const LIST_HELP: &str = "\
Prints a table, with the domain of the first navigation as target. With --json, prints each session on one line as soon as
it is fetched. With --all, the list ends at the current time, by the service's clock, unless --end-date is given. Otherwise,
sessions that start in the meantime would shift it. If the service fails midway, the sessions before the failure are printed,
and the error names the offset to resume with. If --json goes to a pipe or a file, the error is also the last line of the
output, so that a reader can detect an incomplete list.

With --csv, prints a table for spreadsheets with a fixed set of columns. Every cell is quoted. A text that a spreadsheet may
run as a formula gets a single quote in front: one that begins with =, +, - or @, also in full-width forms and after white
space. Tabs, line breaks and other control characters are escaped, such as \\t. Use --json for the exact text.

With --state, the first run prints all sessions, or those of --since, and each later run those that are new or have ended
since: oldest first, and each of them up to twice, so that the last record counts. `triage` reads such an archive. Filters
must stay the same. The file is written after the output. If a run is killed, the next one may repeat its last sessions, but
loses none. An error is printed on standard error only, because the next run continues the archive. --follow does the same
until it is interrupted.

Color is used only on terminals, and never when NO_COLOR is set.

Examples:
  brd-sessions list --state sessions.state --since 30d --json >> sessions.jsonl
  brd-sessions list --follow
  brd-sessions list --status failed --target-url example.com
  brd-sessions list --all --json > sessions.jsonl
  brd-sessions list --all --csv > sessions.csv
  brd-sessions --demo list --sort bandwidth --limit 10";

const WATCH_HELP: &str = "\
Polls every 2 seconds, and less often (at least every 30) while nothing changes. A transient failure is reported, and the
watch continues. A session that is not found is polled again for 30 seconds, because it may not be listed yet.

Exit status: 0 if the session finished, 1 if it failed, 5 at the deadline, otherwise as for every command (see
brd-sessions --help).

Examples:
  brd-sessions watch 3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f && ./use-the-results
  brd-sessions --demo watch";

const COMPLETIONS_HELP: &str = "\
Examples:
  brd-sessions completions bash > ~/.local/share/bash-completion/completions/brd-sessions
  brd-sessions completions fish > ~/.config/fish/completions/brd-sessions.fish";

const MAN_HELP: &str = "\
Examples:
  brd-sessions man | man -l -
  brd-sessions man triage > brd-sessions-triage.1";

const EXIT_STATUSES: &str = "\
Examples:
  brd-sessions --demo triage
  brd-sessions get 3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f
  brd-sessions triage --since 24h --price-per-gb 8

Exit status:
  0   success
  1   the watched session failed
  2   invalid arguments, input or configuration, or no key
  3   no such session
  4   the key is wrong, or not allowed to do this
  5   no complete response: connection or timeout
  6   any other error of the service
  7   a condition of triage --fail-on holds
  74  the input cannot be read, or the output cannot be written";

impl Args {
    pub(crate) fn from_words(words: Vec<OsString>) -> Result<Self, CliError> {
        let args =
            Self::try_parse_from(words).map_err(|error| CliError::Usage(error_without_userinfo(error)))?;
        args.check().map_err(CliError::Usage)?;
        Ok(args)
    }

    /// Checks what clap cannot, because it fills in global arguments after its own checks.
    fn check(&self) -> Result<(), clap::Error> {
        let lacks_id = match &self.command {
            Command::Get { ids, .. } => ids.is_empty(),
            Command::Watch { id, .. } => id.is_none(),
            _ => false,
        };
        if lacks_id && !self.demo {
            let message = "the following required arguments were not provided: <ID>";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        if let Command::Triage(triage) = &self.command {
            if triage.files().filter(|input| *input == Path::new("-")).count() > 1 {
                let message = "the argument '-' cannot be used multiple times";
                return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
            }
            if let Some(message) = triage.missing() {
                return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
            }
        }
        let conflict = match &self.command {
            // Sessions do not stay in such a list.
            Command::List(list)
                if list.filters.status == Some(StatusFilter::Running) && list.archive.is_set() =>
            {
                Some(("--status running", list.archive.option()))
            }
            // Both would write to standard output.
            Command::Triage(triage) if self.json && triage.html_to_stdout() => Some(("--json", "--html -")),
            Command::Triage(triage) if triage.csv && triage.html_to_stdout() => Some(("--csv", "--html -")),
            Command::Triage(triage) if self.json && triage.csv => Some(("--json", "--csv")),
            Command::List(list) if self.json && list.csv => Some(("--json", "--csv")),
            Command::Get { csv: true, .. } if self.json => Some(("--json", "--csv")),
            _ if !self.demo => None,
            _ if self.base_url.is_some() => Some(("--demo", "--base-url <URL>")),
            Command::Triage(triage) if !triage.inputs.is_empty() => Some(("--demo", "[FILE]...")),
            Command::Fake(_) => Some(("--demo", "fake")),
            _ => None,
        };
        conflict.map_or(Ok(()), |(one, other)| {
            let message = format!("the argument '{one}' cannot be used with '{other}'");
            Err(Self::command().error(ErrorKind::ArgumentConflict, message))
        })
    }
}

/// Removes user names and passwords of URLs from an error.
fn error_without_userinfo(mut error: clap::Error) -> clap::Error {
    let mut redacted = Vec::new();
    for (kind, value) in error.context() {
        if let ContextValue::String(value) = value {
            if let Cow::Owned(clean) = without_userinfo(value) {
                redacted.push((kind, ContextValue::String(clean)));
            }
        }
    }
    for (kind, value) in redacted {
        error.insert(kind, value);
    }
    error
}

/// Redacts the user name and password of a URL in an argument. The last `@` counts, because a
/// password may contain one.
pub(crate) fn without_userinfo(argument: &str) -> Cow<'_, str> {
    let start = argument.find("://").map_or(0, |at| at + 3);
    match argument.rfind('@').filter(|end| *end >= start) {
        Some(end) => format!("{}[redacted]{}", &argument[..start], &argument[end..]).into(),
        None => argument.into(),
    }
}

/// Returns a file name for people, escaped. If it looks like a URL, its user name and password are
/// redacted. An `@` alone does not make it a URL, and neither does a drive letter.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.to_string_lossy();
    let is_url = name.rfind('@').is_some_and(|end| name[..end].rfind(':').is_some_and(|colon| colon != 1));
    Escaped(&if is_url { without_userinfo(&name) } else { Cow::Borrowed(&*name) }).to_string()
}

/// The variables that can hold the key, in order of precedence.
const KEY_VARIABLES: [&str; 2] = ["BRIGHTDATA_API_KEY", "BRIGHTDATA_API_TOKEN"];

/// Iterates over the variables that hold a key. The first one counts. Trailing line breaks are
/// dropped, because files and shells add them; a variable that is empty then counts as unset.
fn keys() -> impl Iterator<Item = (&'static str, String)> {
    KEY_VARIABLES.into_iter().filter_map(|name| {
        // Invalid UTF-8 is rejected like any other invalid character.
        let value = std::env::var_os(name)?.to_string_lossy().trim_end_matches(['\r', '\n']).to_owned();
        (!value.is_empty()).then_some((name, value))
    })
}

/// Reads the key from the environment.
pub(crate) fn api_key() -> Result<ApiKey, CliError> {
    let (variable, key) = keys().next().ok_or(CliError::NoKey)?;
    ApiKey::new(key).map_err(|reason| CliError::InvalidKey { variable, reason })
}

/// Returns the variable that the key comes from, and the other one if it holds a different key.
pub(crate) fn key_source() -> Option<(&'static str, Option<&'static str>)> {
    let mut keys = keys();
    let (variable, key) = keys.next()?;
    Some((variable, keys.find(|(_, other)| *other != key).map(|(other, _)| other)))
}

fn id_source(text: &str) -> Result<IdSource, InvalidInput> {
    if text == "-" { Ok(IdSource::Stdin) } else { SessionId::new(text).map(IdSource::Id) }
}

/// Returns a parser of the API's words.
fn word<T>(values: &'static [T]) -> impl TypedValueParser<Value = T>
where
    T: AsRef<str> + FromStr<Err = InvalidInput> + Clone + Send + Sync,
{
    PossibleValuesParser::new(values.iter().map(T::as_ref)).try_map(|word| word.parse())
}

/// Parses a number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    const DAY: f64 = 86_400.0;
    match text.parse() {
        Ok(seconds) if (0.001..=DAY).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected a number of seconds from 0.001 to 86400"),
    }
}
