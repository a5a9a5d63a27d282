//! The arguments of `list`.

use std::time::{Duration, SystemTime};

use brightdata_sessions::{InvalidInput, ListSessions, Order, SortBy, Timestamp};

use super::filters::{Filters, word};
use crate::list::ArchiveArgs;
use crate::period::{before, since};

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
        let default = || self.archive.default_since().filter(|_| self.filters.start_date().is_none());
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

pub(super) const HELP: &str = "\
Prints a table, with the domain of the first navigation as target. With --json, prints each session on one line as soon as
it is fetched. With --all, the list ends at the current time, by the service's clock, unless --end-date is given. Otherwise,
sessions that start in the meantime would shift it. If the service fails midway, the sessions before the failure are printed,
and the error names the offset to resume with. If --json goes to a pipe or a file, the error is also the last line of the
output, so that a reader can detect an incomplete list. Ctrl-C and SIGTERM do the same within a second, and a second signal
ends the program at once. On Windows, Ctrl-C ends it at once.

With --csv, prints a table for spreadsheets with a fixed set of columns. Every cell is quoted. A text that a spreadsheet may
run as a formula gets a single quote in front: one that begins with =, +, - or @, also in full-width forms and after white
space. Tabs, line breaks and other control characters are escaped, such as \\t. Use --json for the exact text.

With --state, the first run prints all sessions, or those of --since, and each later run those that are new or have ended
since: oldest first, and each of them up to twice, so that the last record counts. `triage` reads such an archive. Filters
must stay the same. So must --base-url and the account: the file holds 32 bits of a hash of the key, and another key is
refused. When a key is replaced, add --new-key once. A file of an earlier version takes the base URL and the key of its next
run. The file is written after the output, also at Ctrl-C. If a run is killed, the next one may repeat its
last sessions, but loses none. On Linux, the output begins on a new line if the last one in the file is cut off. An error is printed on standard error only, because the next run continues the archive.
--follow does the same until it is interrupted.

Color is used only on terminals, and never when NO_COLOR is set.

Examples:
  brd-sessions list --state sessions.state --since 30d --json >> sessions.jsonl
  brd-sessions list --follow
  brd-sessions list --status failed --target-url example.com
  brd-sessions list --all --json > sessions.jsonl
  brd-sessions list --all --csv > sessions.csv
  brd-sessions --demo list --sort bandwidth --limit 10";
