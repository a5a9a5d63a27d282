//! The proxy that the environment names, found by curl's rules.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::base_url::check_host;
use crate::{BaseUrl, InvalidInput};

/// In order of precedence. `http_proxy` and `HTTP_PROXY` are left out: every request uses `https`,
/// and a CGI server sets `HTTP_PROXY` from a header of its client.
const PROXY: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy that environment variables name, found by curl's rules. Both adapters use it.
///
/// - The first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY` that is not empty
///   counts. `http_proxy` and `HTTP_PROXY` do not, because every request uses `https`.
/// - A loopback [`BaseUrl`] uses no proxy, and no variable is read for it.
/// - `no_proxy`, or `NO_PROXY` if it is empty, lists the hosts that are connected to directly,
///   separated by commas or blanks. A name covers its subdomains, with or without a leading dot. An
///   IP address covers itself, and with a prefix length (`10.0.0.0/8`) its network; IPv6 addresses
///   may be in brackets. `*` as the whole value covers every host. Entries do not have ports.
/// - The value is `scheme://user:password@host:port`. The scheme is `http` (the default), `https`,
///   `socks5`, `socks5h`, `socks4` (also `socks`) or `socks4a`; with `socks5h`, `socks4a` and the
///   HTTP schemes, the proxy resolves the service's host name. The port is 443 for `https` and 1080
///   for all others unless given. User name and password are percent-decoded.
/// - A value that cannot be used is an error. If it were ignored, the request would bypass the
///   proxy.
///
/// ```
/// use brightdata_sessions::{BaseUrl, EnvProxy};
///
/// let variables = |name| (name == "https_proxy").then(|| "http://me:secret@proxy.example:8080".into());
/// let proxy = EnvProxy::find(&BaseUrl::default(), variables)?.unwrap();
/// assert_eq!(proxy.to_string(), "proxy.example:8080");
/// assert_eq!(proxy.url(), "http://me:secret@proxy.example:8080");
///
/// let typo = EnvProxy::find(&BaseUrl::default(), |_| Some("htp://proxy.example:8080".into()));
/// assert!(typo.unwrap_err().to_string().starts_with("invalid https_proxy: "));
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EnvProxy {
    variable: &'static str,
    url: Box<str>,
    address: Box<str>,
}

impl EnvProxy {
    /// Finds the proxy for requests to this base URL, or `None` if they are sent directly.
    /// `variable` looks up an environment variable; pass `std::env::var_os`.
    ///
    /// # Errors
    ///
    /// Names the variable whose value cannot be used, and the reason. The value is not shown,
    /// because it may hold a password.
    pub fn find(
        base_url: &BaseUrl,
        variable: impl Fn(&'static str) -> Option<OsString>,
    ) -> Result<Option<Self>, InvalidInput> {
        if base_url.is_loopback() {
            return Ok(None);
        }
        let list = first(&NO_PROXY, &variable)?;
        if list.is_some_and(|(_, list)| is_listed(base_url.authority().host(), &list)) {
            return Ok(None);
        }
        let Some((name, value)) = first(&PROXY, &variable)? else { return Ok(None) };
        let (url, address) = parse(&value).map_err(|why| InvalidInput::new(name, why))?;
        Ok(Some(Self { variable: name, url, address }))
    }

    /// Returns the name of the variable that names the proxy.
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// Returns the proxy as a URL, with scheme, port and percent-encoded **credentials**. It is for
    /// an HTTP client. Log the `Display` form instead.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Shows host and port.
impl fmt::Display for EnvProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// Omits the credentials.
impl fmt::Debug for EnvProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EnvProxy").field(&self.address).finish()
    }
}

/// Returns the first variable that is not empty, and its value.
fn first(
    names: &[&'static str],
    variable: impl Fn(&'static str) -> Option<OsString>,
) -> Result<Option<(&'static str, String)>, InvalidInput> {
    let found =
        names.iter().find_map(|&name| Some((name, variable(name).filter(|value| !value.is_empty())?)));
    let Some((name, value)) = found else { return Ok(None) };
    let value = value.into_string().map_err(|_| InvalidInput::new(name, "not UTF-8"))?;
    Ok(Some((name, value)))
}

/// Returns whether a `no_proxy` list covers this host, which is spelled as in a [`BaseUrl`].
fn is_listed(host: &str, list: &str) -> bool {
    let address = bare(host).parse::<IpAddr>().ok();
    let covers = |entry| address.map_or_else(|| covers_name(entry, host), |ip| covers_address(entry, ip));
    list == "*" || list.split([',', ' ', '\t']).any(covers)
}

fn covers_name(entry: &str, host: &str) -> bool {
    let entry = entry.strip_suffix('.').unwrap_or(entry);
    let entry = entry.strip_prefix('.').unwrap_or(entry).to_ascii_lowercase();
    // The suffix must start at a dot: `le.com` does not cover `example.com`.
    host.strip_suffix(&entry)
        .is_some_and(|rest| !entry.is_empty() && (rest.is_empty() || rest.ends_with('.')))
}

fn covers_address(entry: &str, host: IpAddr) -> bool {
    let (network, prefix) = entry.split_once('/').map_or((entry, None), |(ip, prefix)| (ip, Some(prefix)));
    let Ok(network) = bare(network).parse::<IpAddr>() else { return false };
    let Some(prefix) = prefix else { return network == host };
    let (difference, bits) = match (network, host) {
        (IpAddr::V4(network), IpAddr::V4(host)) => (u128::from(network.to_bits() ^ host.to_bits()), 32),
        (IpAddr::V6(network), IpAddr::V6(host)) => (network.to_bits() ^ host.to_bits(), 128),
        _ => return false,
    };
    // As in curl, a prefix length of 0 does not cover every address.
    prefix
        .parse::<u32>()
        .is_ok_and(|prefix| (1..=bits).contains(&prefix) && difference >> (bits - prefix) == 0)
}

/// Strips the brackets from an IPv6 address, and returns anything else unchanged.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Returns the canonical URL, and host and port.
fn parse(value: &str) -> Result<(Box<str>, Box<str>), &'static str> {
    if value.starts_with(['"', '\'']) {
        return Err("starts with a quote");
    }
    if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("contains white space or a control character, such as a trailing line break");
    }
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => ("http", 1080),
        "https" => ("https", 443),
        "socks5" => ("socks5", 1080),
        "socks5h" => ("socks5h", 1080),
        "socks4" | "socks" => ("socks4", 1080),
        "socks4a" => ("socks4a", 1080),
        _ => {
            return Err(
                "unsupported scheme, expected `http`, `https`, `socks5`, `socks5h`, `socks4` or `socks4a`",
            );
        }
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#']) {
        return Err(
            "contains a path, a query or a fragment; in a password, `/`, `?` and `#` are percent-encoded",
        );
    }
    let (credentials, authority) =
        rest.rsplit_once('@').map_or((None, rest), |(credentials, authority)| (Some(credentials), authority));
    let (host, port) = split_port(authority)?;
    let address = format!("{}:{}", parse_host(host)?, port.unwrap_or(default_port));
    let credentials = encode_credentials(scheme, credentials)?;
    Ok((format!("{scheme}://{credentials}{address}").into(), address.into()))
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let host_end = authority.find(']').map_or_else(|| authority.find(':'), |bracket| Some(bracket + 1));
    let (host, port) =
        authority.split_at_checked(host_end.unwrap_or(authority.len())).unwrap_or((authority, ""));
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let port = digits.and_then(|digits| digits.parse().ok()).filter(|&port| port != 0);
    port.map(|port| (host, Some(port))).ok_or("invalid port, expected 1 to 65535")
}

/// Returns the host in lower case, and an IPv6 address in its shortest form.
fn parse_host(host: &str) -> Result<Cow<'_, str>, &'static str> {
    if host.is_empty() {
        return Err("no host");
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| "invalid IPv6 address")?;
        return Ok(format!("[{address}]").into());
    }
    let host = host.to_ascii_lowercase();
    check_host(host.strip_suffix('.').unwrap_or(&host)).map_err(|_| "invalid host")?;
    Ok(host.into())
}

/// Returns `user:password@`, with every character encoded that a URL parser could misread.
fn encode_credentials(scheme: &str, credentials: Option<&str>) -> Result<String, &'static str> {
    let Some(credentials) = credentials.filter(|text| !text.is_empty()) else { return Ok(String::new()) };
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let decode =
        |text| percent_decode_str(text).decode_utf8().map_err(|_| "user name or password is not UTF-8");
    let (user, password) = (decode(user)?, decode(password)?);
    match scheme {
        "socks4" | "socks4a" => {
            return Err("contains a user name, which `socks4` and `socks4a` do not support");
        }
        // The protocol encodes each length in one byte.
        "socks5" | "socks5h" if ![&user, &password].iter().all(|text| (1..=255).contains(&text.len())) => {
            return Err("user name and password must take 1 to 255 bytes each");
        }
        _ => {}
    }
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    Ok(format!("{}:{}@", encode(&user), encode(&password)))
}
