//! The settings of a client.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use brightdata_sessions::http::{Request, Response};
use brightdata_sessions::{Api, Error, Event, Observer, TransportError};
#[cfg(feature = "_tls")]
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::DefaultResolver;
#[cfg(feature = "native-tls-no-default")]
use ureq::unversioned::transport::NativeTlsConnector;
#[cfg(feature = "rustls-no-provider")]
use ureq::unversioned::transport::RustlsConnector;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector};
use ureq::{Agent, Proxy};

use crate::connect::AddressByAddress;
use crate::connection::Connections;
use crate::exchange::CaptureFn;
use crate::resolver::{Addresses, CachingResolver};
use crate::steps::Around;
use crate::stop::Stop;
use crate::tls::Tls;
use crate::{Client, proxy};

/// The maximum of a time limit. ureq panics on limits that exceed the range of the clock.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of a [`Client`]. Created by [`Client::builder`].
///
/// ```
/// use std::time::Duration;
///
/// use brightdata_sessions_ureq::{Api, ApiKey, Client, RetryPolicy};
///
/// let api = Api::new(ApiKey::new("0123456789abcdef")?).with_retry(RetryPolicy::none());
/// let client = Client::builder(api).timeout(Duration::from_secs(60)).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    api: Api,
    timeout: Duration,
    connect_timeout: Duration,
    agent: Option<Agent>,
    tls: Tls,
    observer: Observer,
    stop: Stop,
    around: Around,
    capture: CaptureFn,
}

impl ClientBuilder {
    pub(crate) fn new(api: Api) -> Self {
        Self {
            api,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            agent: None,
            tls: Tls::new(),
            observer: Observer::default(),
            stop: Stop::default(),
            around: Around::default(),
            capture: CaptureFn::default(),
        }
    }

    /// Sets the time limit of one attempt, from its start to the last byte of the response. The
    /// default is 30 s, the maximum one day. After 60 s, a request no longer counts as in flight.
    /// [`RetryPolicy`](crate::RetryPolicy) limits all attempts together.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit.min(MAX_TIMEOUT);
        self
    }

    /// Sets the time limit for connecting, including TLS. The default is 10 s, the maximum one day.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit.min(MAX_TIMEOUT);
        self
    }

    /// Sets the TLS of this crate's own agent: the root certificates, a client's certificate, and
    /// more. An agent of the caller has its own.
    ///
    /// By default, the server's certificate must come from one of Mozilla's root certificates. The
    /// [features](crate#features) of this crate change that.
    ///
    /// ```
    /// use brightdata_sessions_ureq::ureq::tls::{Certificate, RootCerts, TlsConfig};
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client};
    ///
    /// # let authority = brightdata_sessions_testkit::tls::Authority::new("Example CA");
    /// # let pem = authority.pem().as_bytes(); // such as that of a company's proxy
    /// let roots = RootCerts::new_with_certs(&[Certificate::from_pem(pem)?]);
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let tls = TlsConfig::builder().root_certs(roots).build();
    /// let client = Client::builder(api).tls_config(tls).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "_tls")]
    pub fn tls_config(mut self, config: TlsConfig) -> Self {
        self.tls = Tls(config);
        self
    }

    /// Sends requests with the caller's own agent, with its TLS, pool, middleware and resolver.
    ///
    /// Some settings are applied to each request and override the agent's own, because they keep
    /// the key safe and errors complete: no redirects, no statuses as errors, the time limits, no
    /// proxy for loopback.
    ///
    /// A proxy that was set on the agent is used instead of the environment's. An agent without one
    /// uses the environment's, except if ureq finds a proxy there and the agent was set to use
    /// none.
    ///
    /// Compared with this crate's own agent:
    /// - ureq's default resolver starts a thread for each request, because there is a time limit.
    /// - With its default connector, a close-delimited body that is cut off looks complete. The
    ///   status of a response with an invalid head is unknown. A silent first address takes more
    ///   than half of the time limit.
    pub fn agent(mut self, agent: Agent) -> Self {
        self.agent = Some(agent);
        self
    }

    /// Sets a function that receives each request, response, failure and wait, for logs, traces and
    /// metrics.
    ///
    /// An [`Event`] contains neither the key nor any part of a URL except the host.
    ///
    /// ```
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client, Event};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let client = Client::builder(api).observe(|event| {
    ///     if let Event::Wait(wait) = event {
    ///         eprintln!("{wait}"); // such as "waiting 38 s as requested (rate limited)"
    ///     }
    /// });
    /// # client.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn observe(mut self, observe: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(observe);
        self
    }

    /// Sets a condition that interrupts waits. While a flow waits, the condition is checked at
    /// least 20 times a second.
    ///
    /// When it becomes true, an iterator of this client returns `None`, and a later `next`
    /// continues. A single call ends with its last error. A request in flight is not interrupted:
    /// its time limit ends it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client};
    ///
    /// let is_stopped = Arc::new(AtomicBool::new(false)); // Another thread sets it to true.
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let stop = Arc::clone(&is_stopped);
    /// let client = Client::builder(api).stop_when(move || stop.load(Ordering::Relaxed)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop_when(mut self, condition: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.stop = Stop::new(condition);
        self
    }

    /// Sets a function that is called around each step of a flow. It must call its argument, which
    /// performs the step and never blocks for long.
    ///
    /// Several processes behind one IP address can thus share the state of the
    /// [`RateGuard`](brightdata_sessions::RateGuard): the function locks the state, restores it, calls its
    /// argument, and saves the state. Several threads may call it at once.
    ///
    /// # Panics
    ///
    /// A step of a flow panics again if the function catches its panic.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use std::time::{Instant, SystemTime};
    /// use brightdata_sessions_ureq::{Api, ApiKey, Client};
    ///
    /// let api = Api::new(ApiKey::new("0123456789abcdef")?);
    /// let shared = Mutex::new(None); // Or a locked file, or a row of a database.
    /// let client = Client::builder(api.clone()).around_steps(move |step| {
    ///     let mut state = shared.lock().unwrap();
    ///     let (now, clock) = (api.now(Instant::now()), SystemTime::now());
    ///     if let Some(state) = &*state {
    ///         api.guard().restore(state, now, clock);
    ///     }
    ///     step();
    ///     *state = Some(api.guard().save(now, clock));
    /// });
    /// # client.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn around_steps(mut self, function: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) -> Self {
        self.around = Around::new(function);
        self
    }

    /// Sets a function that gets each request with its whole outcome, to write a capture. Both can
    /// contain secrets: the request has the key in its header, and a server can repeat it in the
    /// response. For logs, [`observe`](Self::observe) is safe.
    pub fn capture(
        mut self,
        function: impl Fn(&Request<()>, &Result<Response<Vec<u8>>, TransportError>) + Send + Sync + 'static,
    ) -> Self {
        self.capture = CaptureFn(Some(Arc::new(function)));
        self
    }

    /// Builds the client. The proxy variables of the environment are read here, as
    /// [`EnvProxy`](brightdata_sessions::EnvProxy) documents.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if a proxy variable is invalid,
    /// or if TLS needs a feature that is off. A program thus fails when it starts, not with its
    /// first request. The error's sources name the variable or the feature.
    pub fn build(self) -> Result<Client, Error> {
        self.build_in(std::env::var_os).checked()
    }

    /// Builds a client that connects with this connector instead of sockets, for tests and fuzz
    /// targets. Everything above the connector is the same.
    #[cfg(any(test, fuzzing))]
    #[doc(hidden)]
    pub fn build_over(self, connector: impl Connector) -> Client {
        let agent = agent_over(connector, Addresses::default(), Tls::new());
        self.agent(agent).build_in(|_| None)
    }

    /// Builds the client in an environment with these variables. If one is invalid, each request
    /// returns the error.
    pub(crate) fn build_in(self, variable: impl Fn(&'static str) -> Option<OsString>) -> Client {
        let Self { api, timeout, connect_timeout, agent, tls, observer, stop, around, capture } = self;
        let needs_tls = agent.is_none() && api.base_url().is_https();
        let tls_check = if needs_tls { tls.check() } else { Ok(()) };
        let own_proxy = agent
            .as_ref()
            .and_then(|agent| proxy::from_agent(agent, Proxy::try_from_env().is_some()))
            .filter(|_| !api.base_url().is_loopback());
        let proxy = own_proxy.map_or_else(|| proxy::from_variables(api.base_url(), variable), Ok);
        let proxy = tls_check.map_err(|reason| Arc::from(Box::from(reason))).and(proxy);
        Client {
            api,
            agent: agent.unwrap_or_else(|| own_agent(tls)),
            proxy,
            connect_timeout,
            timeout,
            observer,
            stop,
            around,
            capture,
        }
    }
}

fn own_agent(tls: Tls) -> Agent {
    // ureq's global timeout covers everything that a server can do, but starts a thread to resolve
    // names for each request. The resolver here caches addresses, so there is rarely a name to
    // resolve.
    let addresses = Addresses::default();
    let tcp = AddressByAddress::new(addresses.clone());
    // ureq's default chain, with another order of addresses.
    let connector = ().chain(SocksConnector::default()).chain(ConnectProxyConnector::default());
    let connector = connector.chain(tcp);
    #[cfg(feature = "rustls-no-provider")]
    let connector = connector.chain(RustlsConnector::default());
    #[cfg(feature = "native-tls-no-default")]
    let connector = connector.chain(NativeTlsConnector::default());
    agent_over(connector, addresses, tls)
}

/// Returns an agent that connects with this connector.
fn agent_over(connector: impl Connector, addresses: Addresses, tls: Tls) -> Agent {
    Agent::with_parts(
        tls.into_agent_config(),
        Connections { connector: proxy::Connect(connector), addresses: addresses.clone() },
        CachingResolver { resolver: DefaultResolver::default(), addresses },
    )
}
