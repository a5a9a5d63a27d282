//! The variables that name a proxy.

use std::ffi::OsString;
use std::net::IpAddr;

use brightdata_sessions::{BaseUrl, EnvProxy};
use url::{Host, Url};

/// A proxy is rejected by an error that does not show the value, or is a URL that an independent
/// library reads with the same host, port, user name and password. Neither `Display` nor `Debug`
/// shows the password. `no_proxy` covers the hosts that an independent comparison finds.
///
/// The first line of the input is the host of the base URL, the second `https_proxy`, and the rest
/// `no_proxy`.
pub fn check(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut lines = input.splitn(3, '\n');
    let [host, proxy, no_proxy] = [(); 3].map(|()| lines.next().unwrap_or_default());
    proxy_is_rejected_or_one_url(host, proxy, no_proxy);
}

fn proxy_is_rejected_or_one_url(host: &str, proxy: &str, no_proxy: &str) {
    let Ok(base_url) = format!("https://{host}").parse::<BaseUrl>() else { return };
    let find = |proxy: &str| {
        EnvProxy::find(&base_url, |name| match name {
            "https_proxy" => Some(OsString::from(proxy)),
            "no_proxy" => Some(OsString::from(no_proxy)),
            _ => None,
        })
    };
    // Without its port, as an independent library reads it.
    let url = Url::parse(base_url.as_str()).unwrap();
    let is_direct = base_url.is_loopback() || is_covered(url.host_str().unwrap(), no_proxy);
    let found = match find(proxy) {
        Ok(found) => found,
        Err(error) => {
            let shown = format!("{error} {error:?}");
            assert!(proxy.len() < 8 || !shown.contains(proxy), "{shown}");
            assert!(!is_direct, "an error for a host without a proxy: {error}");
            return;
        }
    };
    assert_eq!(found.is_none(), is_direct || proxy.is_empty(), "{found:?}");
    let Some(found) = found else { return };
    assert_eq!(found.variable(), "https_proxy");
    let schemes = ["http", "https", "socks5", "socks5h", "socks4", "socks4a"];
    let url = Url::parse(found.url()).unwrap_or_else(|error| panic!("{found:?}: {error}"));
    assert!(schemes.contains(&url.scheme()), "{}", url.scheme());
    // `url` omits the usual port of a scheme.
    let port = url.port_or_known_default().unwrap();
    // `url` also drops the final dot of an IPv4 address.
    let is_v4 = matches!(url.host(), Some(Host::Ipv4(_)));
    let address = if is_v4 { found.to_string().replace(".:", ":") } else { found.to_string() };
    assert_eq!(format!("{}:{port}", url.host_str().unwrap()), address);
    let credentials = credentials(proxy);
    let decode = |text: &str| urlencoding::decode(text).unwrap().into_owned();
    assert_eq!((decode(url.username()), decode(url.password().unwrap_or_default())), credentials);
    // Host and port were compared above, so neither form shows the credentials.
    assert_eq!(format!("{found:?}"), format!("EnvProxy(\"{found}\")"));
    assert_eq!(find(found.url()).unwrap(), Some(found));
}

/// Returns the decoded user name and password of a value that was accepted.
fn credentials(proxy: &str) -> (String, String) {
    let rest = proxy.split("://").nth(1).unwrap_or(proxy);
    let Some(end) = rest.rfind('@') else { return Default::default() };
    let (user, password) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
    let [user, password] = [user, password].map(|text| urlencoding::decode(text).unwrap().into_owned());
    (user, password)
}

/// Returns whether the list covers the host: by labels for names, by bits for addresses.
fn is_covered(host: &str, list: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let covers = |entry: &str| match host.parse::<IpAddr>() {
        Ok(address) => {
            let (network, prefix) = entry.split_once('/').unwrap_or((entry, ""));
            let network = network.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(network);
            let Ok(network) = network.parse::<IpAddr>() else { return false };
            if !entry.contains('/') {
                return network == address;
            }
            let (network, address) = (bits(network), bits(address));
            let Ok(prefix) = prefix.parse::<usize>() else { return false };
            network.len() == address.len()
                && (1..=network.len()).contains(&prefix)
                && network[..prefix] == address[..prefix]
        }
        Err(_) => {
            let entry = entry.to_ascii_lowercase();
            let entry = entry.strip_suffix('.').unwrap_or(&entry);
            let labels: Vec<_> = entry.strip_prefix('.').unwrap_or(entry).split('.').collect();
            labels != [""] && host.split('.').collect::<Vec<_>>().ends_with(&labels)
        }
    };
    list == "*" || list.split([',', ' ', '\t']).any(covers)
}

fn bits(address: IpAddr) -> Vec<bool> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect()
}
