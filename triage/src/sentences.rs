//! Sentences that the report on many sessions shares with the diagnosis of one and the terminal
//! program.

pub(crate) const CONFIGURATION: &str = "failed within 2 s without loading a page";
pub(crate) const CONFIGURATION_RULE: &str = "within 2 s, no page";
pub(crate) const CONFIGURATION_ADVICE: &str =
    "This points to configuration: check the zone, its name and its password.";

pub(crate) const NOTHING_LOADED: &str = "loaded less than 10 kB";
pub(crate) const NOTHING_LOADED_RULE: &str = "less than 10 kB";
pub(crate) const NOTHING_LOADED_ADVICE: &str =
    "Check that the script opens a page and that its URL responds.";

pub(crate) const RUN: &str = "failed after a minute or more";
pub(crate) const RUN_RULE: &str = "after a minute or more";
pub(crate) const RUN_ADVICE: &str = "Check the end URL: was the run blocked, idle or disconnected?";

pub(crate) const DOMAIN_CHANGE: &str = "ended on another domain";
pub(crate) const DOMAIN_CHANGE_ADVICE: &str = "Check for a login page, a consent page or a redirect.";

pub(crate) const CAPTCHA: &str = "captcha not solved";
pub(crate) const CAPTCHA_ADVICE: &str = "Check whether other sessions on the same target met captchas too.";

pub(crate) const STALE_RUNNING: &str = "reported as running for over 60 minutes";
pub(crate) const STALE_RUNNING_ADVICE: &str =
    "Close it in the script if it is still open. The record may be out of date.";

pub(crate) const UNKNOWN_STATUS: &str = "unknown status";
pub(crate) const UNKNOWN_STATUS_ADVICE: &str = "Find out what it means: it may be a failure.";
