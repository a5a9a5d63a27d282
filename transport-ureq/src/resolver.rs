//! Caches resolved addresses.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The lifetime of an entry, as in browsers.
const LIFETIME: Duration = Duration::from_secs(60);
/// The maximum number of entries. A client sends to one host, perhaps through a proxy.
const MAX_ENTRIES: usize = 4;

/// A resolver that caches addresses. With a time limit, ureq's own resolver starts a thread for
/// each call.
#[derive(Debug)]
pub(crate) struct CachingResolver<R> {
    pub(crate) resolver: R,
    pub(crate) addresses: Addresses,
}

impl<R: Resolver> Resolver for CachingResolver<R> {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let name = host_and_port(uri).ok_or(ureq::Error::HostNotFound)?;
        if let Ok(address) = name.parse::<SocketAddr>() {
            let mut addresses = self.empty();
            config.ip_family().keep_wanted([address].into_iter()).for_each(|wanted| addresses.push(wanted));
            return if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) };
        }
        let now = Instant::now();
        if let Some(addresses) = self.addresses.get(&name, now) {
            return Ok(addresses);
        }
        let addresses = self.resolver.resolve(uri, config, timeout)?;
        self.addresses.insert(CacheEntry { name, addresses: addresses.clone(), since: now });
        Ok(addresses)
    }
}

/// The cached addresses. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses(Arc<Mutex<Vec<CacheEntry>>>);

#[derive(Debug)]
struct CacheEntry {
    name: String,
    addresses: ResolvedSocketAddrs,
    since: Instant,
}

impl Addresses {
    /// Removes the addresses of a URL's host, because connecting to them failed.
    pub(crate) fn remove(&self, uri: &Uri) {
        let name = host_and_port(uri);
        self.lock().retain(|entry| Some(&entry.name) != name.as_ref());
    }

    /// Puts an address first, because connecting to it succeeded.
    pub(crate) fn prefer(&self, uri: &Uri, address: SocketAddr) {
        let name = host_and_port(uri);
        let mut entries = self.lock();
        let entry = entries.iter_mut().find(|entry| Some(&entry.name) == name.as_ref());
        if let Some(entry) = entry {
            // The sort is stable, so the others keep their order.
            entry.addresses.sort_by_key(|&other| other != address);
        }
    }

    fn get(&self, name: &str, now: Instant) -> Option<ResolvedSocketAddrs> {
        let mut entries = self.lock();
        entries.retain(|entry| now.saturating_duration_since(entry.since) < LIFETIME);
        entries.iter().find(|entry| entry.name == name).map(|entry| entry.addresses.clone())
    }

    fn insert(&self, fresh: CacheEntry) {
        let mut entries = self.lock();
        entries.retain(|entry| entry.name != fresh.name);
        if entries.len() == MAX_ENTRIES {
            entries.remove(0);
        }
        entries.push(fresh);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<CacheEntry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn host_and_port(uri: &Uri) -> Option<String> {
    let (scheme, authority) = uri.scheme().zip(uri.authority())?;
    DefaultResolver::host_and_port(scheme, authority)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use brightdata_sessions_testkit::FakeApi;
    use ureq::Agent;
    use ureq::unversioned::transport::Connector as _;

    use super::*;
    use crate::connect::AddressByAddress;
    use crate::connection::Connections;

    /// Resolves each name to the next of these lists, and to the last one from then on.
    #[derive(Debug)]
    struct Lists(Mutex<Vec<Vec<SocketAddr>>>);

    impl Resolver for Lists {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let mut lists = self.0.lock().unwrap();
            let list = if lists.len() > 1 { lists.remove(0) } else { lists[0].clone() };
            let mut addresses = self.empty();
            list.into_iter().for_each(|address| addresses.push(address));
            Ok(addresses)
        }
    }

    /// Returns an agent for which every name resolves to these, and its cached addresses.
    fn agent(lists: impl Into<Vec<Vec<SocketAddr>>>) -> (Agent, Addresses) {
        let addresses = Addresses::default();
        let connector = ().chain(AddressByAddress::new(addresses.clone()));
        let agent = Agent::with_parts(
            Agent::config_builder().max_idle_connections(0).build(),
            Connections { connector, addresses: addresses.clone() },
            CachingResolver { resolver: Lists(Mutex::new(lists.into())), addresses: addresses.clone() },
        );
        (agent, addresses)
    }

    /// Returns whether a response of any status was received.
    fn call(agent: &Agent) -> bool {
        // `BaseUrl` refuses a name with `http://`, so this is not a call of a client.
        matches!(agent.get("http://localhost:1/").call(), Ok(_) | Err(ureq::Error::StatusCode(_)))
    }

    /// Returns an address that refuses connections.
    fn refused() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    fn cached(addresses: &Addresses) -> Vec<SocketAddr> {
        addresses.get("localhost:1", Instant::now()).map_or_else(Vec::new, |addresses| addresses.to_vec())
    }

    #[test]
    fn an_address_that_refuses_is_resolved_again() {
        let fake = FakeApi::start().unwrap();
        let (agent, addresses) = agent([vec![refused()], vec![fake.addr()], vec![refused()]]);
        assert_eq!((call(&agent), cached(&addresses)), (false, Vec::new()));
        assert_eq!((call(&agent), cached(&addresses)), (true, vec![fake.addr()]));
        assert_eq!((call(&agent), cached(&addresses)), (true, vec![fake.addr()]));
    }

    #[test]
    fn an_address_that_connects_is_tried_first_afterwards() {
        let fake = FakeApi::start().unwrap();
        let (one, two) = (refused(), refused());
        let (agent, addresses) = agent([vec![one, fake.addr(), two]]);
        assert_eq!((call(&agent), cached(&addresses)), (true, vec![fake.addr(), one, two]));
        drop(fake);
        assert_eq!((call(&agent), cached(&addresses)), (false, Vec::new()));
    }
}
