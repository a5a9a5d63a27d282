//! The address of the API: `https` for any host, `http` for loopback only.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::uri::{Authority, Scheme};

use crate::InvalidInput;

/// The address that the API's paths are appended to. The default is `https://api.brightdata.com`.
///
/// The key is sent to this address, so parsing is strict and never repairs a URL. It accepts:
/// - `https://` with any host, or `http://` with an address in `127.0.0.0/8` or `[::1]` (not
///   `localhost`: a name may resolve to another machine, and the key would be sent there in plain
///   text);
/// - a host in lower case and canonical spelling (`127.0.0.1`, not `127.1`), and a port from 1 to
///   65535 without leading zeros;
/// - an optional path, such as a gateway's prefix, with or without a trailing `/`, without `.`,
///   `..` or empty segments;
/// - no user name, query, fragment or white space, and at most 2048 characters.
///
/// ```
/// use brightdata_sessions::BaseUrl;
///
/// let local: BaseUrl = "http://127.0.0.1:8080/gateway".parse()?;
/// assert_eq!(local.to_string(), "http://127.0.0.1:8080/gateway");
/// assert!("http://example.com".parse::<BaseUrl>().is_err());
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a trailing `/`, because the path of an operation follows.
    url: Box<str>,
    scheme: Scheme,
    authority: Authority,
}

impl BaseUrl {
    /// Returns the URL without a trailing `/`.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Returns whether this is `localhost` or a loopback address. Adapters use no proxy for it.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.authority.host())
    }

    /// Returns whether requests use TLS.
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme.clone()
    }

    pub(crate) fn authority(&self) -> Authority {
        self.authority.clone()
    }

    pub(crate) fn path(&self) -> &str {
        let start = self.scheme.as_str().len() + "://".len() + self.authority.as_str().len();
        self.url.get(start..).unwrap_or_default()
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self {
            url: "https://api.brightdata.com".into(),
            scheme: Scheme::HTTPS,
            authority: Authority::from_static("api.brightdata.com"),
        }
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.url)
    }
}

impl AsRef<str> for BaseUrl {
    fn as_ref(&self) -> &str {
        &self.url
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidInput;

    fn from_str(url: &str) -> Result<Self, InvalidInput> {
        parse(url).map_err(|why| InvalidInput::new("base URL", why))
    }
}

const LOCALHOST: &str = "localhost";

fn parse(url: &str) -> Result<BaseUrl, &'static str> {
    // Check the text first: `http::Uri` drops a fragment and reads port 99999 as no port.
    if url.len() > 2048 {
        return Err("longer than 2048 characters");
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("contains a character other than visible ASCII, such as a space");
    }
    let (scheme, rest) = if let Some(rest) = url.strip_prefix("https://") {
        (Scheme::HTTPS, rest)
    } else if let Some(rest) = url.strip_prefix("http://") {
        (Scheme::HTTP, rest)
    } else {
        return Err("expected `https://` or `http://` at the start");
    };
    if rest.contains(['?', '#']) {
        return Err("contains a query or a fragment");
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = split_port(authority)?;
    check_host(host)?;
    check_port(port)?;
    if scheme == Scheme::HTTP && host == LOCALHOST {
        return Err(
            "uses `http://` for `localhost`, which may resolve to another machine; use 127.0.0.1 or [::1]",
        );
    }
    if scheme == Scheme::HTTP && !is_loopback(host) {
        return Err("uses `http://` for a host other than 127.0.0.0/8 or [::1]; use `https://`");
    }
    check_path(path.strip_suffix('/').unwrap_or(path))?;
    let authority = authority.parse().map_err(|_| "invalid host")?;
    Ok(BaseUrl { url: url.strip_suffix('/').unwrap_or(url).into(), scheme, authority })
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), &'static str> {
    if authority.contains('@') {
        return Err("contains a user name");
    }
    let after_host = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(after_host);
    if port.is_empty() {
        return Ok((host, None));
    }
    port.strip_prefix(':').map(|port| (host, Some(port))).ok_or("invalid host")
}

pub(crate) fn check_host(host: &str) -> Result<(), &'static str> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or_default();
        let canonical = address.parse::<Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address);
        return if canonical { Ok(()) } else { Err("invalid IPv6 address, expected its shortest form") };
    }
    // A resolver may parse a numeric last label as an IPv4 address (`127.1`, `0x7f.1`,
    // `2130706433`).
    let last_label = host.rsplit('.').next().unwrap_or_default();
    let is_number = last_label.starts_with("0x") || last_label.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && !last_label.is_empty() {
        return host
            .parse::<Ipv4Addr>()
            .map(drop)
            .map_err(|_| "invalid IPv4 address, expected four decimal numbers");
    }
    let label_is_well_formed = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    if host.len() <= 253 && host.split('.').all(label_is_well_formed) {
        Ok(())
    } else {
        Err("invalid host, expected lower-case letters, digits, `-` and `.`")
    }
}

fn check_port(port: Option<&str>) -> Result<(), &'static str> {
    let Some(port) = port else { return Ok(()) };
    let canonical = port.parse::<u16>().is_ok_and(|number| number != 0 && number.to_string() == port);
    if canonical { Ok(()) } else { Err("invalid port, expected 1 to 65535 without leading zeros") }
}

fn check_path(path: &str) -> Result<(), &'static str> {
    for segment in path.split('/').skip(1) {
        // URL normalization decodes `%2e` to a dot.
        let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
        if decoded == "." || decoded == ".." {
            return Err("contains a `.` or `..` segment");
        }
        if segment.is_empty() {
            return Err("contains an empty path segment");
        }
    }
    let encoded_right = path.split('%').skip(1).all(|after| {
        after.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte);
    if encoded_right && path.bytes().all(unreserved) {
        Ok(())
    } else {
        Err("contains a path character that must be percent-encoded")
    }
}

/// Expects a host that passed [`check_host`].
fn is_loopback(host: &str) -> bool {
    host == LOCALHOST
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}
