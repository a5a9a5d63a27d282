//! The configuration: the key, the base URL, and the proxy.

use brightdata_sessions::http::header::AUTHORIZATION;
use brightdata_sessions::{Api, ApiKey, BaseUrl, EnvProxy, InvalidInput, ListSessions};

use super::CONFIGURATION;
use super::check::{Check, Subject};
use crate::error::CliError;
use crate::key::{self, KeyError, KeySource};

/// The number of hexadecimal digits of a key, in one of the two usual shapes.
const KEY_DIGITS: usize = 64;

/// Checks the key, without showing any part of it.
pub(super) fn key(key: &Result<ApiKey, CliError>, demo: bool) -> Check {
    let key = match key {
        Ok(_) if demo => return Check::ok(Subject::Key, "the demo has a key of its own"),
        Ok(key) => key,
        Err(error) => {
            let advice = match error {
                CliError::Key(KeyError::Invalid(KeySource::Variable(_), _)) => {
                    "set it to the API key alone, as the service shows it"
                }
                CliError::Key(KeyError::Invalid(KeySource::File(_), _)) => {
                    "let the file contain the API key alone, as the service shows it"
                }
                CliError::Key(KeyError::Invalid(KeySource::Credentials(_), _)) => {
                    "log in again with Bright Data's command line, or set BRIGHTDATA_API_KEY"
                }
                _ => "set BRIGHTDATA_API_KEY to the API key of the account",
            };
            return Check::problem(Subject::Key, CONFIGURATION, error.message()).advice(advice);
        }
    };
    let found = KeySource::all().next();
    let ignored = found.as_ref().and_then(KeySource::ignored);
    let source = found.as_ref().map_or_else(String::new, KeySource::to_string);
    let check = match (ignored, is_usual(key)) {
        (Some(ignored), _) => {
            let variable = found.as_ref().and_then(KeySource::variable).unwrap_or_default();
            Check::note(Subject::Key, format!("from {source}; another key in {ignored} is not used"))
                .advice(format!("if the key of {ignored} is the right one, unset {variable}"))
                .detail("ignored", ignored.to_string())
        }
        (None, false) => {
            Check::note(Subject::Key, format!("from {source}, in an unusual shape")).advice(format!(
                "if it is refused, compare it: keys in use are {KEY_DIGITS} hexadecimal digits or a UUID"
            ))
        }
        (None, true) => Check::ok(Subject::Key, format!("from {source}, in the usual shape")),
    };
    check.detail("source", source)
}

/// Returns whether a key has one of the shapes of keys in use.
fn is_usual(key: &ApiKey) -> bool {
    // The core reveals a key only in a request.
    let Ok(request) = Api::new(key.clone()).request(&ListSessions::new()) else { return false };
    let value =
        request.headers().get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let Some(key) = value else { return false };
    let mut parts = key.split(|&byte| byte == b'-').map(<[u8]>::len);
    let is_hexadecimal = key.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    is_hexadecimal && (parts.clone().eq([KEY_DIGITS]) || parts.by_ref().eq([8, 4, 4, 4, 12]))
}

/// Checks the base URL, which was already parsed.
pub(super) fn base_url(base_url: &BaseUrl, demo: bool) -> Check {
    let check = if demo {
        Check::ok(Subject::BaseUrl, format!("{base_url}, the fake of the demo"))
    } else if base_url.is_loopback() {
        Check::note(Subject::BaseUrl, format!("{base_url} is on this machine"))
            .advice("for the service itself, omit --base-url")
    } else if key::is_of_vendor(base_url) {
        Check::ok(Subject::BaseUrl, base_url.to_string())
    } else {
        Check::note(
            Subject::BaseUrl,
            format!("{base_url} is another host than the service's; it receives the key"),
        )
        .advice("unless this is a gateway that you trust, omit --base-url")
    };
    check.detail("base_url", base_url.as_str())
}

/// Checks the proxy that the environment names.
pub(super) fn proxy(base_url: &BaseUrl, proxy: &Result<Option<EnvProxy>, InvalidInput>) -> Check {
    match proxy {
        Ok(Some(proxy)) => Check::ok(Subject::Proxy, format!("{proxy}, from {}", proxy.variable()))
            .detail("variable", proxy.variable())
            .detail("proxy", proxy.to_string()),
        Ok(None) if base_url.is_loopback() => {
            Check::ok(Subject::Proxy, "not used, because the base URL is on this machine")
        }
        Ok(None) if has_variable() => {
            Check::ok(Subject::Proxy, "not used, because NO_PROXY lists the host of the base URL")
        }
        Ok(None) if has_http_proxy() => {
            Check::note(Subject::Proxy, "not used: HTTP_PROXY does not apply, because requests use https")
                .advice("if this machine needs a proxy, set HTTPS_PROXY")
        }
        Ok(None) => Check::ok(Subject::Proxy, "not used, because no variable names one"),
        Err(error) => Check::problem(Subject::Proxy, CONFIGURATION, error.to_string())
            .advice("correct the variable, such as http://proxy.example:8080, or unset it"),
    }
}

/// Returns whether a variable names a proxy for requests without TLS.
fn has_http_proxy() -> bool {
    ["http_proxy", "HTTP_PROXY"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|url| !url.is_empty()))
}

/// Returns whether a variable names a proxy, for any host.
fn has_variable() -> bool {
    let variables =
        |name| if matches!(name, "no_proxy" | "NO_PROXY") { None } else { std::env::var_os(name) };
    EnvProxy::find(&BaseUrl::default(), variables).is_ok_and(|proxy| proxy.is_some())
}
