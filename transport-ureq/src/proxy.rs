//! Chooses the proxy, and recognizes its refusal.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use brightdata_sessions::{BaseUrl, EnvProxy};
use ureq::unversioned::transport::{ConnectionDetails, Connector};
use ureq::{Agent, Error, Proxy};

/// The proxy of every request, or the reason why no request can be sent.
pub(crate) type ProxySetting = Result<Option<Proxy>, Arc<dyn StdError + Send + Sync>>;

/// Returns the proxy that the environment names.
pub(crate) fn from_variables(
    base_url: &BaseUrl,
    variable: impl Fn(&'static str) -> Option<OsString>,
) -> ProxySetting {
    let find = || -> Result<_, Box<dyn StdError + Send + Sync>> {
        let Some(proxy) = EnvProxy::find(base_url, variable)? else { return Ok(None) };
        let parsed = Proxy::new(proxy.url());
        Ok(Some(parsed.map_err(|error| format!("invalid {}: {error}", proxy.variable()))?))
    };
    find().map_err(Arc::from)
}

/// Returns the proxy of a caller's agent, or `None` if the agent leaves the choice to the
/// environment. ureq stores "none" and "not set" in the same way. They differ only if
/// `ureq_finds_one` in the environment, which "not set" would use.
pub(crate) fn from_agent(agent: &Agent, ureq_finds_one: bool) -> Option<Option<Proxy>> {
    match agent.config().proxy() {
        Some(proxy) => (!proxy.is_from_env()).then(|| Some(proxy.clone())),
        None => ureq_finds_one.then_some(None),
    }
}

/// Returns host and port, without credentials.
pub(crate) fn address(proxy: &Proxy) -> String {
    format!("{}:{}", proxy.host(), proxy.port())
}

/// Connectors whose only HTTP is the proxy's response to `CONNECT`. ureq reports an invalid one in
/// the same way as an invalid response of the server. Here it is a refusal.
#[derive(Debug)]
pub(crate) struct Connect<C>(pub(crate) C);

impl<C: Connector> Connector for Connect<C> {
    type Out = C::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, to: Option<()>) -> Result<Option<C::Out>, Error> {
        self.0.connect(details, to).map_err(|error| match error {
            Error::Protocol(error) => Error::ConnectProxyFailed(format!("{RESPONDED} with {error}")),
            error => error,
        })
    }
}

/// The start of ureq's text for a response to `CONNECT`. Its other text is that the proxy closed
/// the connection.
const RESPONDED: &str = "proxy server responded";

/// Returns whether a proxy refused to connect to the server. ureq reports this only as text.
pub(crate) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::ConnectProxyFailed(reason) => reason.starts_with(RESPONDED),
        Error::Io(error) if error.raw_os_error().is_none() => is_socks_refusal(error),
        _ => false,
    }
}

fn is_socks_refusal(error: &io::Error) -> bool {
    [
        "connection not allowed by ruleset",
        "no acceptable auth methods",
        "password authentication failed",
        "request rejected or failed",
    ]
    .contains(&error.to_string().as_str())
}

#[cfg(all(test, feature = "_tls"))]
mod tests {
    use brightdata_sessions::{Api, ApiKey, ErrorKind};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script, check_proxy};

    use crate::{Client, ClientBuilder};

    use super::*;

    #[test]
    fn the_proxy_of_the_environment_is_used() {
        check_proxy(|api, id, variables| {
            let client = Client::builder(api).build_in(variables);
            assert!(!format!("{client:?}").contains("hush"));
            client.checked()?.get(id)
        });
    }

    /// Returns the error of a client of a service that does not exist.
    fn error(
        variable: &str,
        value: &str,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> brightdata_sessions::Error {
        let api = Api::new(ApiKey::new("0123456789abcdef").unwrap());
        let builder = change(Client::builder(api.with_base_url("https://service.invalid".parse().unwrap())));
        let client = builder.build_in(|name| (name == variable).then(|| value.into()));
        client.get(&DEMO_SESSION_ID.parse().unwrap()).unwrap_err()
    }

    #[test]
    fn a_value_that_ureq_rejects_is_named_as_well() {
        let longer_than_any_uri = format!("http://me:{}@proxy.example", "x".repeat(70_000));
        let error = error("ALL_PROXY", &longer_than_any_uri, |builder| builder);
        assert_eq!(
            format!("{error:#}"),
            "cannot send: invalid configuration: invalid ALL_PROXY: invalid proxy url"
        );
    }

    #[test]
    fn the_proxy_of_an_agent_comes_first() {
        let proxy = FakeApi::start().unwrap();
        proxy.script_any([Script::response(407, &[], "")]);
        let own = Proxy::new(proxy.base_url().as_ref()).unwrap();
        let agent = Agent::config_builder().proxy(Some(own)).build().into();
        let error = error("https_proxy", "htp://typo", |builder| builder.agent(agent));
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        assert_eq!(proxy.requests().len(), 1);
    }

    #[test]
    fn an_agent_without_a_proxy_leaves_it_to_the_environment() {
        let agent = Agent::config_builder().proxy(None).build().into();
        assert_eq!(from_agent(&agent, false), None);
        assert_eq!(from_agent(&agent, true), Some(None));
    }
}
