//! The way to the service, or to the proxy: the name and the connection.

use std::fmt::Display;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::CONNECTION;
use super::check::{Check, Subject};

/// The maximum number of addresses or host names that are named.
const MAX_NAMED: usize = 3;

/// The host and port that the program connects to: the service's, or the proxy's.
pub(super) struct Peer<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) is_proxy: bool,
}

impl Peer<'_> {
    fn named(&self) -> String {
        let of = if self.is_proxy { "the proxy " } else { "" };
        format!("{of}{}", self.host)
    }

    /// Resolves the name.
    pub(super) fn dns(&self, limit: Duration) -> (Check, Vec<SocketAddr>) {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse() {
            let check = Check::ok(Subject::Dns, "not needed for an IP address");
            return (check, vec![SocketAddr::new(ip, self.port)]);
        }
        let start = Instant::now();
        match resolve(self.host.to_owned(), self.port, limit) {
            Ok(addresses) => {
                let ms = millis(start.elapsed());
                let check = Check::ok(
                    Subject::Dns,
                    format!("{} is {} ({ms} ms)", self.named(), listed(ips(&addresses))),
                )
                .detail("addresses", ips(&addresses).collect::<Vec<_>>())
                .detail("ms", ms);
                (check, addresses)
            }
            Err(reason) => {
                let check = Check::problem(
                    Subject::Dns,
                    CONNECTION,
                    format!("cannot resolve {}: {reason}", self.named()),
                );
                (check.advice(self.dns_advice()), Vec::new())
            }
        }
    }

    fn dns_advice(&self) -> &'static str {
        if self.is_proxy {
            "check the host in the proxy variable, and whether this machine is in the network that has it"
        } else {
            "check the network of this machine and the spelling of --base-url; behind a proxy, set HTTPS_PROXY"
        }
    }

    /// Connects to the first address that accepts.
    pub(super) fn tcp(&self, addresses: &[SocketAddr], limit: Duration) -> Check {
        let start = Instant::now();
        let mut failures = Vec::new();
        for (index, address) in addresses.iter().enumerate() {
            // The others share the time that is left.
            let share =
                limit.saturating_sub(start.elapsed()) / (addresses.len() - index).try_into().unwrap_or(1);
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(_) => {
                    let ms = millis(start.elapsed());
                    let to = if self.is_proxy { "to the proxy " } else { "to " };
                    let reason = format!("connected {to}{address} ({ms} ms)");
                    let check = if failures.is_empty() {
                        Check::ok(Subject::Tcp, reason)
                    } else {
                        Check::note(Subject::Tcp, format!("{reason}, after {}", failures.join(", ")))
                            .advice("each new connection may first try the address that fails")
                    };
                    return check.detail("address", address.to_string()).detail("ms", ms);
                }
                Err(error) => failures.push(failure(address, &error)),
            }
        }
        let advice = if self.is_proxy {
            "check host and port in the proxy variable, and whether the proxy runs"
        } else if addresses.iter().all(|address| address.ip().is_loopback()) {
            "start the server at this address, or correct --base-url"
        } else {
            "check the firewall, and the port of --base-url; behind a proxy, set HTTPS_PROXY"
        };
        let to = if self.is_proxy { " to the proxy" } else { "" };
        Check::problem(Subject::Tcp, CONNECTION, format!("cannot connect{to}: {}", failures.join(", ")))
            .advice(advice)
    }
}

fn failure(address: &SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => format!("{address} does not respond"),
        io::ErrorKind::ConnectionRefused => format!("{address} refuses the connection"),
        _ => format!("{address}: {error}"),
    }
}

/// Resolves a name on a thread of its own, because the system's resolver has no time limit.
fn resolve(host: String, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, String> {
    let (sender, receiver) = mpsc::channel();
    let resolver = move || {
        // The receiver is gone after the time limit.
        let _ = sender.send((host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    };
    thread::Builder::new().spawn(resolver).map_err(|error| error.to_string())?;
    match receiver.recv_timeout(limit) {
        Ok(Ok(addresses)) if addresses.is_empty() => Err("the name has no address".to_owned()),
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("timed out after {} s", limit.as_secs_f32())),
    }
}

/// Lists the first items, and counts the others.
pub(super) fn listed(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(MAX_NAMED);
    let mut named: Vec<_> = items.take(MAX_NAMED).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    named.join(", ")
}

fn ips(addresses: &[SocketAddr]) -> impl ExactSizeIterator<Item = String> {
    addresses.iter().map(|address| address.ip().to_string())
}

/// Returns a duration in milliseconds, at least 1 and rounded down.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Returns a number with its unit, in the plural unless it is 1.
pub(super) fn count(number: impl Display, unit: &str) -> String {
    let number = number.to_string();
    if number == "1" { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use anstream::adapter::strip_str;

    use super::*;
    use crate::terminal::Terminal;

    #[test]
    fn an_address_that_refuses_is_named_if_another_one_accepts() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let accepts = listener.local_addr().unwrap();
        // The port of a client refuses connections, and no other test can use it.
        let client = TcpStream::connect(accepts).unwrap();
        let refuses = client.local_addr().unwrap();
        let peer = Peer { host: "proxy.example", port: 1, is_proxy: true };
        let check = peer.tcp(&[refuses, accepts], Duration::from_secs(1));
        let text = strip_str(&check.text(&Terminal::new(None, false))).to_string();
        let start = format!("note     TCP         connected to the proxy {accepts} (");
        let end = format!(
            " ms), after {refuses} refuses the connection\n                     → each new connection may first \
             try the address that fails\n"
        );
        assert!(text.starts_with(&start) && text.ends_with(&end), "{text}");
    }

    #[test]
    fn three_addresses_are_listed_and_the_others_counted() {
        let address = |last: u8| SocketAddr::from(([192, 0, 2, last], 443));
        assert_eq!(listed(ips(&[1, 2, 3].map(address))), "192.0.2.1, 192.0.2.2, 192.0.2.3");
        assert_eq!(listed(ips(&[1, 2, 3, 4, 5].map(address))), "192.0.2.1, 192.0.2.2, 192.0.2.3, 2 more");
    }

    #[test]
    fn localhost_resolves_within_the_time_limit() {
        let addresses = resolve("localhost".to_owned(), 443, Duration::from_secs(5)).unwrap();
        assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 443));
        assert!(!addresses.is_empty());
    }
}
