//! The arguments of `get`.

use brightdata_sessions::{InvalidInput, SessionId};

/// The arguments of `get`.
#[derive(Debug, clap::Args)]
pub(crate) struct GetArgs {
    /// The ids, or `-` for those on standard input, one per line (with --demo, the default is one of
    /// the fake's)
    #[arg(value_name = "ID", value_parser = id_source)]
    pub(crate) ids: Vec<IdSource>,

    /// How many sessions to fetch at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) jobs: u8,

    /// Print a table for spreadsheets, as CSV
    #[arg(long)]
    pub(crate) csv: bool,
}

/// Where `get` takes ids from.
#[derive(Clone, Debug)]
pub(crate) enum IdSource {
    Id(SessionId),
    /// The lines of standard input.
    Stdin,
}

fn id_source(text: &str) -> Result<IdSource, InvalidInput> {
    if text == "-" { Ok(IdSource::Stdin) } else { SessionId::new(text).map(IdSource::Id) }
}

pub(super) const HELP: &str = "\
With several ids or `-`, if a session cannot be fetched, the error names its id, and the other sessions are printed. The
exit status is then the highest of those that occurred (see brd-sessions --help). The command stops at a failure that does
not depend on the id: at once if the key or the configuration is rejected, or after 3 such failures in a row (no connection,
timeout, rate limit, server error, redirect). The error then names the id to resume with, as it does at Ctrl-C and SIGTERM
(not on Windows). If --json goes to a pipe or a file, the error is also the last line of the output.

The first session is fetched alone, and the others up to --jobs at a time. Sessions and errors are printed in the order of
the ids.

Standard input is UTF-8, or UTF-16 with a byte-order mark. Ids may be in JSON quotes. With --csv, prints the same table for
spreadsheets as `list --csv`.

Examples:
  brd-sessions get 3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f
  brd-sessions --json get - < ids.txt
  brd-sessions --json get - --jobs 16 < ids.txt > sessions.jsonl
  brd-sessions --demo get";
