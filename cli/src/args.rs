//! What can be said on the command line and in the environment.

use std::ffi::OsString;
use std::time::Duration;

use brightdata_sessions_ureq::core::{ApiKey, BaseUrl, SessionId};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::problem::Problem;

/// Reads what became of Bright Data browser sessions.
///
/// The API key comes from BRIGHTDATA_API_KEY, or else BRIGHTDATA_API_TOKEN.
#[derive(Debug, Parser)]
#[command(name = "brd-sessions", version, after_help = EXIT_STATUSES)]
pub(crate) struct Args {
    /// Print JSON: one object on one line, errors too (on standard error)
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Ask a fake of the API that is started on this machine; needs no key
    #[arg(long, global = true)]
    pub(crate) demo: bool,

    /// Where the API is, if not at api.brightdata.com: https anywhere, http on this machine alone
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<BaseUrl>,

    /// How long one attempt may take
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,

    /// How many times a request that failed for a passing reason is sent again
    #[arg(long, global = true, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print one session
    #[command(
        after_help = "Example:\n  brd-sessions get 3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f\n  brd-sessions --demo get"
    )]
    Get {
        /// The id of the session (with --demo: one of the fake's unless given)
        id: Option<SessionId>,
    },
}

const EXIT_STATUSES: &str = "\
Exit status:
  0   done
  2   refused input or usage
  3   there is no such session
  4   the key is missing, wrong, or not allowed to do this
  5   no (whole) answer: connection or time
  6   anything else that the service did
  74  the output could not be written";

impl Args {
    pub(crate) fn from_words(words: Vec<OsString>) -> Result<Self, Problem> {
        let args = Self::try_parse_from(words).map_err(Problem::Usage)?;
        args.check().map_err(Problem::Usage)?;
        Ok(args)
    }

    /// What clap cannot check, since global arguments are put in place after its own checks.
    fn check(&self) -> Result<(), clap::Error> {
        let Command::Get { id } = &self.command;
        if id.is_none() && !self.demo {
            let message = "the following required arguments were not provided: <ID>";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        if self.demo && self.base_url.is_some() {
            let message = "the argument '--demo' cannot be used with '--base-url <URL>'";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        Ok(())
    }
}

/// The key from the environment. A variable that is set to nothing counts as not set.
pub(crate) fn api_key() -> Result<ApiKey, Problem> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let key = set("BRIGHTDATA_API_KEY").or_else(|| set("BRIGHTDATA_API_TOKEN")).ok_or(Problem::NoKey)?;
    // What is not UTF-8 is refused like any other character that no key has.
    Ok(ApiKey::new(key.to_string_lossy())?)
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    const DAY: f64 = 86_400.0;
    match text.parse() {
        Ok(seconds) if (0.001..=DAY).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("give a number of seconds from 0.001 to 86400"),
    }
}
