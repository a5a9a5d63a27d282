//! The command line.

use std::ffi::OsString;
use std::path::Path;

use brightdata_sessions::StatusFilter;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::conform::ConformArgs;
use crate::dry_run::Form;
use crate::error::CliError;
use crate::fake::FakeArgs;
use crate::triage::TriageArgs;
use crate::userinfo::error_without_userinfo;

pub(crate) use self::common::{CommonArgs, Rate, seconds};
pub(crate) use self::filters::Filters;
pub(crate) use self::get::{GetArgs, IdSource};
pub(crate) use self::list::{AddedDates, ListArgs};
pub(crate) use self::watch::WatchArgs;

mod common;
mod filters;
mod get;
mod list;
mod watch;

/// Shows Bright Data browser sessions: their status, cost and errors.
///
/// The API key comes from BRIGHTDATA_API_KEY, BRIGHTDATA_API_TOKEN, the file that
/// BRIGHTDATA_API_KEY_FILE names, or the file in which Bright Data's own command line keeps it: the
/// first that is set. The key of a file is sent to brightdata.com and loopback only.
///
/// A proxy comes from HTTPS_PROXY or ALL_PROXY, except for the hosts in NO_PROXY, as in curl.
///
/// The trusted root certificates are those of Mozilla, of the platform (or of SSL_CERT_FILE and
/// SSL_CERT_DIR), and of --cacert.
#[derive(Debug, Parser)]
#[command(name = "brd-sessions", version, after_help = EXIT_STATUSES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print sessions by their ids
    #[command(after_help = get::HELP)]
    Get(#[command(flatten)] GetArgs),
    /// Print many sessions, newest first by default
    #[command(after_help = list::HELP)]
    List(#[command(flatten)] Box<ListArgs>),
    /// Report why sessions failed, and what they cost
    #[command(after_help = crate::triage::HELP)]
    Triage(#[command(flatten)] Box<TriageArgs>),
    /// Check the key, the network and the service, and report what is wrong
    #[command(after_help = crate::doctor::HELP)]
    Doctor,
    /// Serve a fake of the API on this machine until interrupted
    #[command(after_help = crate::fake::HELP)]
    Fake(#[command(flatten)] FakeArgs),
    /// Test a program in any language that gets a session
    #[command(after_help = crate::conform::help())]
    Conform(#[command(flatten)] ConformArgs),
    /// Print a session each time it changes, until it ends
    #[command(after_help = watch::HELP)]
    Watch(#[command(flatten)] WatchArgs),
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
            Command::Get(get) => get.ids.is_empty(),
            Command::Watch(watch) => watch.id.is_none(),
            _ => false,
        };
        if self.common.capture_full && self.common.capture.is_none() {
            let message = "the following required arguments were not provided: --capture <FILE>";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, message));
        }
        if lacks_id && !self.common.demo {
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
            _ if self.dry_run_conflict().is_some() => self.dry_run_conflict(),
            _ if self.capture_conflict().is_some() => self.capture_conflict(),
            // Sessions do not stay in such a list.
            Command::List(list)
                if list.filters.status == Some(StatusFilter::Running) && list.archive.is_set() =>
            {
                Some(("--status running", list.archive.option()))
            }
            // Both would write to standard output.
            Command::Triage(triage) if self.common.json && triage.html_to_stdout() => {
                Some(("--json", "--html -"))
            }
            Command::Triage(triage) if triage.csv && triage.html_to_stdout() => Some(("--csv", "--html -")),
            Command::Triage(triage) if self.common.json && triage.csv => Some(("--json", "--csv")),
            Command::List(list) if self.common.json && list.csv => Some(("--json", "--csv")),
            Command::Get(get) if self.common.json && get.csv => Some(("--json", "--csv")),
            _ if !self.common.demo => None,
            _ if self.common.base_url.is_some() => Some(("--demo", "--base-url <URL>")),
            Command::Triage(triage) if !triage.inputs.is_empty() => Some(("--demo", "[FILE]...")),
            Command::Fake(_) => Some(("--demo", "fake")),
            Command::Conform(_) => Some(("--demo", "conform")),
            _ => None,
        };
        conflict.map_or(Ok(()), |(one, other)| {
            let message = format!("the argument '{one}' cannot be used with '{other}'");
            Err(Self::command().error(ErrorKind::ArgumentConflict, message))
        })
    }

    /// Returns what `--capture` cannot be used with, because it sends no request.
    fn capture_conflict(&self) -> Option<(&'static str, &'static str)> {
        self.common.capture.as_ref()?;
        let other = match &self.command {
            _ if self.common.dry_run_form().is_some() => "--dry-run",
            Command::Triage(triage) if !triage.inputs.is_empty() => "[FILE]...",
            Command::Fake(_) => "fake",
            Command::Conform(_) => "conform",
            Command::Completions { .. } => "completions",
            Command::Man { .. } => "man",
            _ => return None,
        };
        Some(("--capture <FILE>", other))
    }

    /// Returns an option that prints requests, and what it cannot be used with.
    fn dry_run_conflict(&self) -> Option<(&'static str, &'static str)> {
        let option = match self.common.dry_run_form()? {
            Form::Curl if self.common.json => return Some(("--curl", "--json")),
            Form::Curl => "--curl",
            Form::Request => "--dry-run",
        };
        let other = match &self.command {
            // The state, or the service's clock, decides on the request.
            Command::List(list) if list.archive.is_set() => list.archive.option(),
            Command::Triage(triage) if !triage.inputs.is_empty() => "[FILE]...",
            Command::Get(_) | Command::List(_) | Command::Triage(_) | Command::Watch(_) => return None,
            Command::Doctor => "doctor",
            Command::Fake(_) => "fake",
            Command::Conform(_) => "conform",
            Command::Completions { .. } => "completions",
            Command::Man { .. } => "man",
        };
        Some((option, other))
    }
}

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
  1   the watched session failed, or a case of conform failed
  2   invalid arguments, input or configuration, or no key
  3   no such session
  4   the key is wrong, or not allowed to do this
  5   no complete response: connection or timeout
  6   any other error of the service
  7   a condition of triage --fail-on holds
  74  the input cannot be read, or the output cannot be written";
