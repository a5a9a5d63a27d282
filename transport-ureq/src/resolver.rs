//! Addresses that were looked up a moment ago are not looked up again.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// As long as browsers remember.
const MEMORY: Duration = Duration::from_secs(60);
/// A client asks one host, perhaps through a proxy.
const MOST: usize = 4;

/// ureq's own resolver, which starts a thread for each look-up under a time limit, asked only where neither the name
/// is an address nor its addresses are remembered.
#[derive(Debug, Default)]
pub(crate) struct Remembering {
    resolver: DefaultResolver,
    known: Mutex<Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    name: String,
    addresses: ResolvedSocketAddrs,
    since: Instant,
}

impl Resolver for Remembering {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let name = uri
            .scheme()
            .zip(uri.authority())
            .and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority))
            .ok_or(ureq::Error::HostNotFound)?;
        if let Ok(address) = name.parse::<SocketAddr>() {
            let mut addresses = self.empty();
            config.ip_family().keep_wanted([address].into_iter()).for_each(|wanted| addresses.push(wanted));
            return if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) };
        }
        let now = Instant::now();
        if let Some(addresses) = self.recall(&name, now) {
            return Ok(addresses);
        }
        let addresses = self.resolver.resolve(uri, config, timeout)?;
        self.remember(Known { name, addresses: addresses.clone(), since: now });
        Ok(addresses)
    }
}

impl Remembering {
    fn recall(&self, name: &str, now: Instant) -> Option<ResolvedSocketAddrs> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| now.saturating_duration_since(known.since) < MEMORY);
        known.iter().find(|known| known.name == name).map(|known| known.addresses.clone())
    }

    fn remember(&self, fresh: Known) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|known| known.name != fresh.name);
        if known.len() == MOST {
            known.remove(0);
        }
        known.push(fresh);
    }
}
