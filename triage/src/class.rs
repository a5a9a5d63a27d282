//! Classes of error codes, with advice.

use crate::words::words;

/// The likely cause of an error code. The codes are those that the Browser API documents. The
/// documentation does not promise that a session's `error.code` holds no others, so a class is a
/// hint.
///
/// ```
/// use brightdata_sessions_triage::ErrorClass;
///
/// let class = ErrorClass::classify("inactivity_timeout");
/// assert_eq!((class, class.as_str()), (ErrorClass::Limit, "limit"));
/// assert_eq!(ErrorClass::classify("x").advice(), "Read the error message: this code is not documented.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The zone, its credentials, or a target that is not allowed: a retry fails again.
    Configuration,
    /// A command of the caller's script.
    Script,
    /// The run exceeded a limit: it took too long, was idle, or visited too many domains.
    Limit,
    /// The target did not load: `net::ERR_…`, for the reason that the code names.
    Target,
    /// The connection to the target: no peer was available or fast enough.
    Proxy,
    /// The remote browser or its worker.
    Browser,
    /// The code is not documented.
    Unknown,
}

impl ErrorClass {
    /// Returns the class of an `error.code`.
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

    /// Returns advice in one sentence.
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

words! {
    /// Returns the stable name: `configuration`, `script`, `limit`, `target`, `proxy`, `browser` or
    /// `unknown`.
    ErrorClass {
        Configuration => "configuration",
        Script => "script",
        Limit => "limit",
        Target => "target",
        Proxy => "proxy",
        Browser => "browser",
        Unknown => "unknown",
    }
}

/// Returns `": meaning"` for codes whose names are not self-explanatory.
pub(crate) fn explanation(code: &str) -> String {
    meaning(code).map(|meaning| format!(": {meaning}")).unwrap_or_default()
}

/// Returns the documented meaning of a code whose name does not give it.
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
    fn codes_with_unclear_names_are_explained() {
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
