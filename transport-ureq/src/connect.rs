//! Connects to the first address that responds.

use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport, time::Duration as Limit,
};

use crate::resolver::Addresses;

/// The time that an address has before the next one is tried, as RFC 8305 recommends. An address
/// that takes longer is tried again after the others, with four times as much time.
const FIRST_TURN: Duration = Duration::from_millis(250);

/// A connector that tries addresses as RFC 8305 (happy eyeballs) recommends, but one at a time:
/// ureq's connector blocks, and concurrent attempts would need threads.
///
/// ureq gives the first address more than half of the time limit, so a machine with broken IPv6
/// waits for seconds.
#[derive(Debug)]
pub(crate) struct AddressByAddress {
    tcp: TcpConnector,
    addresses: Addresses,
}

impl AddressByAddress {
    pub(crate) fn new(addresses: Addresses) -> Self {
        Self { tcp: TcpConnector::default(), addresses }
    }
}

impl<In: Transport> Connector<In> for AddressByAddress {
    type Out = <TcpConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, to: Option<In>) -> Result<Option<Self::Out>, Error> {
        // The connection is the proxy's, or there is only one address.
        if to.is_some() || details.addrs.len() < 2 {
            return self.tcp.connect(details, to);
        }
        let start = Instant::now();
        let connect = |address, timeout| {
            let mut addrs = details.resolver.empty();
            addrs.push(address);
            let one = ConnectionDetails { addrs, now: (details.current_time)(), timeout, ..copied(details) };
            self.tcp.connect(&one, None)
        };
        let (connection, address) =
            first_that_connects(&details.addrs, details.timeout, || start.elapsed(), connect)?;
        self.addresses.prefer(details.uri, address);
        Ok(connection)
    }
}

/// Returns a copy, for a connector that changes a part of it.
pub(crate) fn copied<'a>(details: &ConnectionDetails<'a>) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs: details.addrs.clone(),
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}

fn first_that_connects<T>(
    addresses: &[SocketAddr],
    timeout: NextTimeout,
    elapsed: impl Fn() -> Duration,
    mut connect: impl FnMut(SocketAddr, NextTimeout) -> Result<T, Error>,
) -> Result<(T, SocketAddr), Error> {
    let mut turn = FIRST_TURN;
    let mut slow = by_turns(addresses);
    loop {
        let mut round = mem::take(&mut slow).into_iter();
        while let Some(address) = round.next() {
            // No limit dereferences to a very long one.
            let left = timeout.after.saturating_sub(elapsed());
            if left.is_zero() {
                return Err(Error::Timeout(timeout.reason));
            }
            let is_last = slow.is_empty() && round.len() == 0;
            let after = Limit::Exact(if is_last { left } else { left.min(turn) });
            match connect(address, NextTimeout { after, ..timeout }) {
                Ok(connection) => return Ok((connection, address)),
                Err(Error::Timeout(_)) if is_last => return Err(Error::Timeout(timeout.reason)),
                Err(Error::Timeout(_)) => slow.push(address),
                Err(error) if is_last => return Err(error),
                // Refused, or not reachable from here.
                Err(_) => {}
            }
        }
        turn = turn.saturating_mul(4);
    }
}

/// Alternates the address families (RFC 8305, section 4), so that a broken family costs one turn.
fn by_turns(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_preferred = |address: &SocketAddr| address.is_ipv6() == addresses[0].is_ipv6();
    let (preferred, others): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(is_preferred);
    let rounds = 0..preferred.len().max(others.len());
    rounds.flat_map(|round| [preferred.get(round), others.get(round)]).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::io;

    use ureq::Timeout;

    use super::*;

    const SECONDS_10: NextTimeout = NextTimeout {
        after: Limit::from_secs(10),
        reason: Timeout::Connect,
        per_read: None,
        per_write: None,
    };

    /// How a host's addresses respond: with a refusal, or with a connection after this many
    /// milliseconds.
    type Host<'a> = &'a [(&'a str, Option<u64>)];

    /// Returns the result, and each attempt with its limit in milliseconds.
    fn connect(host: Host<'_>) -> (Result<SocketAddr, String>, Vec<(SocketAddr, u128)>) {
        let host: Vec<(SocketAddr, _)> =
            host.iter().map(|(address, delay)| (address.parse().unwrap(), *delay)).collect();
        let addresses: Vec<_> = host.iter().map(|(address, _)| *address).collect();
        let (time, attempts) = (Cell::new(Duration::ZERO), RefCell::new(Vec::new()));
        let attempt = |address, timeout: NextTimeout| {
            attempts.borrow_mut().push((address, timeout.after.as_millis()));
            let (_, delay) = host.iter().find(|(known, _)| *known == address).unwrap();
            let Some(delay) = delay.map(Duration::from_millis) else {
                return Err(Error::Io(io::ErrorKind::ConnectionRefused.into()));
            };
            time.set(time.get() + delay.min(*timeout.after));
            if delay < *timeout.after { Ok(()) } else { Err(Error::Timeout(Timeout::Global)) }
        };
        let result = first_that_connects(&addresses, SECONDS_10, || time.get(), attempt);
        (result.map(|((), address)| address).map_err(|error| error.to_string()), attempts.into_inner())
    }

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    const NEVER: Option<u64> = Some(u64::MAX);

    #[test]
    fn a_silent_ipv6_address_costs_a_quarter_of_a_second() {
        let (result, attempts) =
            connect(&[("[2001:db8::1]:1", NEVER), ("[2001:db8::2]:1", NEVER), ("192.0.2.1:1", Some(20))]);
        assert_eq!(result, Ok(at("192.0.2.1:1")));
        assert_eq!(attempts, [(at("[2001:db8::1]:1"), 250), (at("192.0.2.1:1"), 250)]);
    }

    #[test]
    fn a_refused_address_costs_no_time_and_has_one_turn() {
        let (result, attempts) =
            connect(&[("192.0.2.1:1", None), ("192.0.2.2:1", Some(400)), ("192.0.2.3:1", None)]);
        assert_eq!(result, Ok(at("192.0.2.2:1")));
        let expected =
            [("192.0.2.1:1", 250), ("192.0.2.2:1", 250), ("192.0.2.3:1", 250), ("192.0.2.2:1", 9750)];
        assert_eq!(attempts, expected.map(|(address, limit)| (at(address), limit)));
    }

    #[test]
    fn a_slow_address_has_a_longer_turn() {
        let (result, attempts) = connect(&[("192.0.2.1:1", Some(1500)), ("[2001:db8::1]:1", Some(900))]);
        assert_eq!(result, Ok(at("[2001:db8::1]:1")));
        assert_eq!(attempts.iter().map(|(_, limit)| *limit).collect::<Vec<_>>(), [250, 250, 1000, 1000]);
    }

    #[test]
    fn the_time_limit_covers_all_attempts() {
        let (result, attempts) =
            connect(&[("192.0.2.1:1", NEVER), ("192.0.2.2:1", NEVER), ("192.0.2.3:1", NEVER)]);
        assert_eq!(result, Err("timeout: connect".to_owned()));
        assert_eq!(attempts.iter().map(|(_, limit)| limit).sum::<u128>(), 10_000);
        let (result, _) = connect(&[("192.0.2.1:1", None), ("192.0.2.2:1", NEVER)]);
        assert_eq!(result, Err("timeout: connect".to_owned()));
    }

    #[test]
    fn the_last_refusal_is_the_error() {
        let (result, attempts) = connect(&[("192.0.2.1:1", None), ("192.0.2.2:1", None)]);
        assert_eq!((result, attempts.len()), (Err("io: connection refused".to_owned()), 2));
    }

    #[test]
    fn families_take_turns() {
        let addresses = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "1.1.1.2:1"].map(at);
        let turns = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"].map(at);
        assert_eq!(by_turns(&addresses), turns);
        assert_eq!(by_turns(&turns[1..]), ["1.1.1.1:1", "[::2]:1", "1.1.1.2:1", "[::3]:1"].map(at));
    }
}
