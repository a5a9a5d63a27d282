//! What can be said about a triage.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use brightdata_sessions::{InvalidInput, ListSessions, Timestamp};

use crate::args::Filters;

/// What to report on, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct TriageArgs {
    /// JSON file with sessions, or `-` for standard input (default: fetch them from the service)
    #[arg(value_name = "FILE", conflicts_with_all = ["Filters", "since", "limit"])]
    pub(crate) input: Option<PathBuf>,

    #[command(flatten)]
    filters: Filters,

    /// Only those that started in the last minutes, hours, days or weeks, such as 90m, 24h, 7d or 2w
    #[arg(long, value_name = "TIME", value_parser = since, conflicts_with = "start_date")]
    since: Option<Duration>,

    /// How many sessions to look at, at the most: the newest (all, unless given)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,

    /// What a GB of traffic costs, in any currency; 10^9 bytes
    #[arg(long, value_name = "PRICE")]
    pub(crate) price_per_gb: Option<f64>,

    /// When the sessions of FILE were listed: tells which of them had been running for too long
    #[arg(long, value_name = "DATE", requires = "input")]
    as_of: Option<Timestamp>,

    /// Show URLs, and those in error codes and messages, with query, fragment, user and password, which may be secrets
    #[arg(long)]
    pub(crate) full_urls: bool,

    /// Write a page for browsers into this new or regular file, readable by you alone, and print the summary only; `-` prints the page alone
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

impl TriageArgs {
    /// Whether the list depends on the present.
    pub(crate) fn has_dates(&self) -> bool {
        self.since.is_some() || self.filters.adds_end()
    }

    /// Asks for the sessions, at this moment.
    pub(crate) fn request(&self, now: SystemTime) -> Result<ListSessions, InvalidInput> {
        let mut request = self.filters.request_for_all(now)?;
        if let Some(since) = self.since {
            // Before 1970 there is nothing to be left out.
            let start = now.checked_sub(since).unwrap_or(SystemTime::UNIX_EPOCH);
            request = request.start_date(start.try_into()?);
        }
        Ok(request)
    }

    /// Whether the page goes to standard output.
    pub(crate) fn html_to_stdout(&self) -> bool {
        self.html.as_deref() == Some(Path::new("-"))
    }

    pub(crate) fn as_of(&self) -> Option<SystemTime> {
        self.as_of.as_ref().and_then(Timestamp::to_system_time)
    }
}

pub(crate) const HELP: &str = "\
The verdict comes first, then what stands out, in the order of what to do about it, then the figures. With --json, one
object: the same and more, with up to ten sessions for each finding. Each finding is a hint that the numbers give. What a
session does not tell is counted as missing, and guessed by no figure. Medians are exact for up to 100 sessions, and within
1 % for more.

FILE holds sessions as JSON: as `list --json` prints them, pretty-printed, as arrays, or as responses of the service.
Anything else in it ends the command with status 2 and the number of the line, because a sum that leaves something out would
be wrong. For the same reason there is no report if the service fails midway.

A session that occurs more than once in FILE counts once, by its last record, and the report gives the number of the others.
The ids of up to 3,500,000 sessions are compared. What is not a file is kept until then: 8 MiB in memory, more in the folder for
temporary files.

If `list --json` fails or `get --json` stops, its output ends with the error, and a report on a part is refused here as well. A
command that is killed, or whose arguments are refused, does not write that line: use `set -o pipefail` in scripts. `get` goes
on after the failure of a single id, and its output does not show that.

Examples:
  brd-sessions triage --since 24h --price-per-gb 8
  brd-sessions triage --since 7d --html week.html
  brd-sessions list --all --json | brd-sessions triage -
  brd-sessions --demo triage";

/// A number and one of the letters m, h, d, w.
fn since(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "give a whole number and a unit: 90m, 24h, 7d or 2w";
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        Some('w') => 7 * 86_400,
        _ => return Err(WRONG),
    };
    let digits = &text[..text.len() - 1];
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u32>().ok().filter(|number| valid && *number > 0).ok_or(WRONG)?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        let seconds = ["90m", "24h", "7d", "2w"].map(|text| since(text).unwrap().as_secs());
        assert_eq!(seconds, [5400, 86_400, 604_800, 1_209_600]);
        for text in ["", "7", "d", "0h", "-1h", "+1h", "1.5h", "1 h", "1s", "1é", "99999999999d", "tomorrow"]
        {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
