//! The arguments of `triage`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use brightdata_sessions::{InvalidInput, ListSessions, Timestamp};
use brightdata_sessions_triage::Gate;
use clap::builder::{PathBufValueParser, TypedValueParser as _};

use super::periods::Bounds;
use crate::args::Filters;
use crate::period::{before, since};

/// The arguments of `triage`.
#[derive(Debug, clap::Args)]
pub(crate) struct TriageArgs {
    /// JSON files with sessions; `-` is standard input (default: fetch them from the service)
    #[arg(value_name = "FILE", conflicts_with_all = ["Filters", "limit"])]
    pub(crate) inputs: Vec<PathBuf>,

    #[command(flatten)]
    filters: Filters,

    /// Only sessions that started within this period before now (before --as-of, if given), such as
    /// 90m, 24h, 7d or 2w
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "start_date")]
    since: Option<Duration>,

    /// Maximum number of sessions, newest first (default: all)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,

    /// Price of a GB of traffic (10^9 bytes), in any currency
    #[arg(long, value_name = "PRICE")]
    pub(crate) price_per_gb: Option<f64>,

    /// When the sessions of all FILEs were listed; needed to find sessions that run for too long
    #[arg(long, value_name = "DATE", requires = "inputs")]
    as_of: Option<Timestamp>,

    /// Compare with the sessions of this file, or with a period such as 7d that ends where that of
    /// --since or --start-date begins; `-` is standard input
    #[arg(long, value_name = "FILE|TIME", value_parser = PathBufValueParser::new().map(Against::from))]
    pub(crate) against: Option<Against>,

    /// Exit with status 7 if the report exceeds this limit, such as 'failed>5%', 'cost>100' or
    /// 'code:no_peers>10'; can be used multiple times
    #[arg(long, value_name = "CONDITION")]
    pub(crate) fail_on: Vec<Gate>,

    /// Show whole URLs, also in error codes and messages; query, fragment, user and password may be
    /// secrets
    #[arg(long)]
    pub(crate) full_urls: bool,

    /// Print the groups of the report as a table for spreadsheets, as CSV
    #[arg(long)]
    pub(crate) csv: bool,

    /// Write an HTML page to this new or regular file, readable only by you, and print only the
    /// summary; `-` prints the page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// The sessions that a report is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Against {
    /// Those of a file, or of standard input.
    File(PathBuf),
    /// Those that started within this period before the period of the report.
    Period(Duration),
}

/// A period is written like that of `--since`. Anything else is a file.
impl From<PathBuf> for Against {
    fn from(path: PathBuf) -> Self {
        match path.to_str().map(since) {
            Some(Ok(period)) => Self::Period(period),
            _ => Self::File(path),
        }
    }
}

impl TriageArgs {
    /// Returns an argument that needs another one that is missing, as the message of an error.
    pub(crate) fn missing(&self) -> Option<String> {
        let has_start = self.since.is_some() || self.filters.start_date().is_some();
        if matches!(self.against, Some(Against::Period(_))) {
            if !has_start {
                let start = if self.inputs.is_empty() { " or '--start-date <DATE>'" } else { "" };
                return Some(format!("the argument '--against <TIME>' needs '--since <TIME>'{start}"));
            }
            if self.limit.is_some() {
                return Some("the argument '--against <TIME>' cannot be used with '--limit <N>'".to_owned());
            }
        }
        let cost = self.fail_on.iter().find(|gate| gate.needs_price() && self.price_per_gb.is_none());
        cost.map(|gate| format!("the argument '--fail-on {gate}' needs '--price-per-gb <PRICE>'"))
    }

    /// Returns the paths of all inputs.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let against = match &self.against {
            Some(Against::File(file)) => Some(file),
            _ => None,
        };
        self.inputs.iter().chain(against)
    }

    /// Returns the bounds of the report's period and of the one that it is compared with, at this
    /// time. `None` if the report has no start.
    pub(crate) fn bounds(&self, now: SystemTime) -> Option<Bounds> {
        let start = match self.since {
            Some(since) => before(now, since),
            None => self.filters.start_date()?.to_system_time()?,
        };
        let earlier_start = match self.against {
            Some(Against::Period(period)) => Some(before(start, period)),
            _ => None,
        };
        Some(Bounds { start, earlier_start })
    }

    /// Returns whether the list depends on the current time.
    pub(crate) fn has_dates(&self) -> bool {
        self.since.is_some() || self.filters.adds_end()
    }

    /// Returns the request for the sessions at this time.
    pub(crate) fn request(&self, now: SystemTime) -> Result<ListSessions, InvalidInput> {
        let mut request = self.filters.request_for_all(now)?;
        if let Some(since) = self.since {
            request = request.start_date(Timestamp::try_from(before(now, since))?);
        }
        Ok(request)
    }

    /// Returns the request for the sessions of the earlier period.
    pub(crate) fn earlier_request(
        &self,
        start: SystemTime,
        end: SystemTime,
    ) -> Result<ListSessions, InvalidInput> {
        let request = self.filters.request();
        Ok(request.start_date(Timestamp::try_from(start)?).end_date(Timestamp::try_from(end)?))
    }

    /// Returns whether the page goes to standard output.
    pub(crate) fn html_to_stdout(&self) -> bool {
        self.html.as_deref() == Some(Path::new("-"))
    }

    /// Returns the file that the page is written to.
    pub(crate) fn html_file(&self) -> Option<&Path> {
        self.html.as_deref().filter(|_| !self.html_to_stdout())
    }

    pub(crate) fn as_of(&self) -> Option<SystemTime> {
        self.as_of.as_ref().and_then(Timestamp::to_system_time)
    }
}

pub(crate) const HELP: &str = "\
Prints a summary, then the findings with advice, most urgent first, then the figures. With --json, prints one object with
all of this and more, such as up to ten sessions for each finding. Findings are heuristics. Missing data is counted, and
excluded from all figures. Medians are exact for up to 100 sessions, and within 1 % for more.

A FILE contains sessions as JSON: as `list --json` prints them, pretty-printed, as arrays, or as responses of the service. If
it contains anything else, the command ends with status 2, the file and the line number, because incomplete sums would be
wrong. For the same reason, nothing is reported if the service fails midway. A line of `list --json` that is cut off, as by a
full disk, is skipped with a note if another record begins on the next line: `list --state` prints its session again. Several
files are read in their order, as if they were one.

--csv prints one table for spreadsheets: a row for the total and for each error code, zone, domain and day. `list --help`
describes how cells are written.

If a session occurs more than once, its last record counts, and the report gives the number of excluded records. The ids of
up to 3,500,000 sessions are compared. Input from a pipe is buffered meanwhile: up to 8 MiB in memory, more in a temporary
file.

If `list --json` fails or `get --json` stops, the last line of its output is the error, so this command does not report on
incomplete input. A command that is killed, or has invalid arguments, does not write that line: use `set -o pipefail` in
scripts. `get` continues after the failure of a single id, which its output does not show.

--against adds a comparison: the share of failed sessions before and now, for each error code, zone and domain, and whether
the difference is larger than chance (Fisher's exact test at 5 %, corrected for their number, from 50 sessions on both
sides). With a period such as 7d, the earlier sessions have the same filters and come from the same source. Write ./7d for
a file of that name. With FILEs, --since selects sessions by their start.

--fail-on is for scripts: if the report exceeds a limit, it is printed, the reason is on standard error, and the exit status
is 7. The conditions:
  failed>5%         the share of the sessions that ended; failed>20 is their number
  code:no_peers>10  sessions with this error code; also as a share of all sessions, in %
  traffic>10GB      B, kB, MB, GB or TB, in powers of 1000
  cost>12.50        needs --price-per-gb
A condition is not checked below 50 sessions, unless it ends with another minimum: 'failed>5%, n>=200'.

Examples:
  brd-sessions triage --since 24h --price-per-gb 8
  brd-sessions triage --since 24h --against 7d --fail-on 'failed>5%'
  brd-sessions triage --since 7d --html week.html
  brd-sessions list --all --json | brd-sessions triage -
  brd-sessions triage monday.jsonl tuesday.jsonl
  brd-sessions --demo triage";
