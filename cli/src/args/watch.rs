//! The arguments of `watch`.

use std::time::Duration;

use brightdata_sessions::SessionId;

use super::common::seconds;

/// The arguments of `watch`.
#[derive(Debug, clap::Args)]
pub(crate) struct WatchArgs {
    /// The id of the session (with --demo, the default is one of the fake's)
    pub(crate) id: Option<SessionId>,

    /// How long to watch; no session lives longer than an hour
    #[arg(long, value_name = "SECONDS", default_value = "3900", value_parser = seconds)]
    pub(crate) deadline: Duration,
}

pub(super) const HELP: &str = "\
Polls every 2 seconds, and less often (at least every 30) while nothing changes. A transient failure is reported, and the
watch continues. A session that is not found is polled again for 30 seconds, because it may not be listed yet.

Exit status: 0 if the session finished, 1 if it failed, 5 at the deadline, otherwise as for every command (see
brd-sessions --help).

Examples:
  brd-sessions watch 3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f && ./use-the-results
  brd-sessions --demo watch";
