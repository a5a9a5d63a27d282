//! The options that every command has.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use brightdata_sessions::BaseUrl;

use crate::dry_run::Form;

/// The options that every command has.
#[derive(Debug, clap::Args)]
pub(crate) struct CommonArgs {
    /// Print JSON, one object per line; errors too, on standard error
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) json: bool,

    /// Use a fake of the API that runs on this machine; needs no key
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) demo: bool,

    /// Print the first request that would be sent, or with get that of each session, without the
    /// key; sends nothing, and needs no key
    #[arg(long, global = true, help_heading = COMMON)]
    dry_run: bool,

    /// Like --dry-run, but print a command for curl, which takes the key from $BRIGHTDATA_API_KEY
    #[arg(long, global = true, help_heading = COMMON)]
    curl: bool,

    /// URL of the API (default: api.brightdata.com over https); http is accepted for loopback only
    #[arg(long, global = true, help_heading = COMMON, value_name = "URL")]
    pub(crate) base_url: Option<BaseUrl>,

    /// Trust the certificates in this PEM file as well, such as that of a proxy that intercepts TLS
    #[arg(long, global = true, help_heading = COMMON, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,

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

    /// Write each request and response to this new file, as lines of JSON without the key, ids, host
    /// names, zones and queries of URLs
    #[arg(long, global = true, help_heading = COMMON, value_name = "FILE")]
    pub(crate) capture: Option<PathBuf>,

    /// With --capture, keep everything except the key
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) capture_full: bool,

    /// Report each request, response and wait on standard error; with --json, one object per line
    #[arg(long, short, global = true, help_heading = COMMON)]
    pub(crate) verbose: bool,
}

impl CommonArgs {
    /// Returns the form in which requests are printed in place of being sent.
    pub(crate) fn dry_run_form(&self) -> Option<Form> {
        match (self.curl, self.dry_run) {
            (true, _) => Some(Form::Curl),
            (false, true) => Some(Form::Request),
            (false, false) => None,
        }
    }
}

/// The heading of these options.
const COMMON: &str = "For every command";

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

/// Parses a number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    const DAY: f64 = 86_400.0;
    match text.parse() {
        Ok(seconds) if (0.001..=DAY).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected a number of seconds from 0.001 to 86400"),
    }
}
