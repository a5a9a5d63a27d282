//! Error codes: whose fault they point to, and what to do.

use serde::{Serialize, Serializer};

/// Whose fault an error code points to. The Browser API documents the codes that are known here; whether they are all that a
/// session's `error.code` can hold is not said, so a class is a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The zone, its credentials, or a target that is not allowed: it fails again as it is.
    Configuration,
    /// A command of the caller's script.
    Script,
    /// The run took too long, was idle, or did what one session may not.
    Limit,
    /// Loading the target: `net::ERR_…`, for whatever reason that the code names.
    Target,
    /// The way to the target: no exit was there or fast enough.
    Proxy,
    /// The remote browser or its worker.
    Browser,
    /// None of the codes that are documented.
    Unknown,
}

impl ErrorClass {
    /// The class of an `error.code`.
    pub fn classify(code: &str) -> Self {
        match code {
            "brob"
            | "brul"
            | "custom_headers"
            | "wrong_customer_name"
            | "zone_not_found"
            | "wrong_password"
            | "missing_credentials" => Self::Configuration,
            "cdp_error" => Self::Script,
            "session_timeout"
            | "network_inactivity_timeout"
            | "inactivity_timeout"
            | "client_timeout"
            | "navigate_domains_limit" => Self::Limit,
            "no_peers"
            | "proxy_no_peer"
            | "reserve_no_result"
            | "geo_no_navigation"
            | "proxy_cooling_peers"
            | "proxy_no_peers_cooling"
            | "proxy_timeout"
            | "proxy_error" => Self::Proxy,
            "cdp_cmd_timeout"
            | "browser_disconnected"
            | "no_free_workers"
            | "worker_disconnect"
            | "job_killed"
            | "page_navigated_error" => Self::Browser,
            code if code.starts_with("net::ERR_") => Self::Target,
            _ => Self::Unknown,
        }
    }

    /// The stable name: `configuration`, `script`, `limit`, `target`, `proxy`, `browser` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Script => "script",
            Self::Limit => "limit",
            Self::Target => "target",
            Self::Proxy => "proxy",
            Self::Browser => "browser",
            Self::Unknown => "unknown",
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Configuration => "Do not retry unchanged: correct the zone, its password or the target.",
            Self::Script => "Correct the script: the browser rejected one of its commands.",
            Self::Limit => "Shorten the run, avoid idle time, or split it into several sessions.",
            Self::Target => "Open the URL yourself and look up the code: it names the reason.",
            Self::Proxy => "Retry later: no peer was available or fast enough.",
            Self::Browser => "Retry: the remote browser or its worker failed.",
            Self::Unknown => "Read the error message: this code is not documented.",
        }
    }
}

impl Serialize for ErrorClass {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a code means, to follow it: nothing where its name says it, or nobody does.
pub(super) fn explanation(code: &str) -> String {
    meaning(code).map(|meaning| format!(": {meaning}")).unwrap_or_default()
}

/// What a code means, where its name does not say it and the documents do.
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "brob" => "the target's robots.txt forbids access",
        "brul" => "the target is restricted",
        "session_timeout" => "a session lasts at most 60 minutes",
        "inactivity_timeout" => "a session ends after 5 minutes without activity",
        "client_timeout" => "no connection within 30 seconds",
        "navigate_domains_limit" => "a session may visit only one domain",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_documented_code_has_its_class() {
        let table = [
            (
                ErrorClass::Configuration,
                "brob brul custom_headers wrong_customer_name zone_not_found wrong_password missing_credentials",
            ),
            (
                ErrorClass::Proxy,
                "no_peers proxy_no_peer reserve_no_result geo_no_navigation proxy_cooling_peers proxy_no_peers_cooling proxy_timeout proxy_error",
            ),
            (
                ErrorClass::Limit,
                "session_timeout network_inactivity_timeout inactivity_timeout client_timeout navigate_domains_limit",
            ),
            (
                ErrorClass::Browser,
                "cdp_cmd_timeout browser_disconnected no_free_workers worker_disconnect job_killed page_navigated_error",
            ),
            (ErrorClass::Script, "cdp_error"),
            (ErrorClass::Target, "net::ERR_ net::ERR_CONNECTION_RESET"),
            (ErrorClass::Unknown, "unknown NO_PEERS net::err_failed x"),
        ];
        for (class, codes) in table {
            for code in codes.split(' ') {
                assert_eq!(ErrorClass::classify(code), class, "{code}");
            }
        }
        assert_eq!(ErrorClass::classify(""), ErrorClass::Unknown);
    }

    #[test]
    fn a_code_is_explained_where_its_name_does_not_say_what_it_is() {
        for (code, explained) in [
            ("brob", ": the target's robots.txt forbids access"),
            ("brul", ": the target is restricted"),
            ("session_timeout", ": a session lasts at most 60 minutes"),
            ("inactivity_timeout", ": a session ends after 5 minutes without activity"),
            ("client_timeout", ": no connection within 30 seconds"),
            ("navigate_domains_limit", ": a session may visit only one domain"),
            ("wrong_password", ""),
            ("x", ""),
        ] {
            assert_eq!(explanation(code), explained);
        }
    }
}
