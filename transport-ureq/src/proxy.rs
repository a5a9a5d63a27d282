//! Which proxy the requests go through, and how its refusal is recognized.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use brightdata_sessions::{BaseUrl, EnvProxy};
use ureq::unversioned::transport::{ConnectionDetails, Connector};
use ureq::{Agent, Error, Proxy};

/// The proxy of every request, or the reason why no request can be sent.
pub(crate) type ProxySetting = Result<Option<Proxy>, Arc<dyn StdError + Send + Sync>>;

/// The proxy that the environment names.
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

/// The proxy of a caller's agent, or `None` if the agent leaves the choice to the environment. ureq
/// keeps "none" and "not set" in the same way: they differ only if `ureq_finds_one` in the
/// environment, which "not set" would use.
pub(crate) fn from_agent(agent: &Agent, ureq_finds_one: bool) -> Option<Option<Proxy>> {
    match agent.config().proxy() {
        Some(proxy) => (!proxy.is_from_env()).then(|| Some(proxy.clone())),
        None => ureq_finds_one.then_some(None),
    }
}

/// Host and port, without credentials.
pub(crate) fn address(proxy: &Proxy) -> String {
    format!("{}:{}", proxy.host(), proxy.port())
}

/// Connectors whose only HTTP is the proxy's response to `CONNECT`. ureq reports an invalid one in
/// the same way as an invalid response of the server; here it is a refusal.
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

/// Whether a proxy refused to connect to the server. ureq reports it by text only.
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

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use brightdata_sessions::{Api, ApiKey, ErrorKind, RetryPolicy};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

    use crate::{Client, ClientBuilder};

    use super::*;

    const HOST: &str = "service.invalid";

    fn api() -> Api {
        let base_url = format!("https://{HOST}").parse().unwrap();
        Api::new(ApiKey::new("0123456789abcdef").unwrap())
            .with_base_url(base_url)
            .with_retry(RetryPolicy::default().with_retries(1))
    }

    fn client(variables: &[(&str, &str)]) -> Client {
        build(Client::builder(api()), variables)
    }

    fn build(builder: ClientBuilder, variables: &[(&str, &str)]) -> Client {
        builder.build_in(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value))
        })
    }

    fn get(client: &Client) -> brightdata_sessions::Error {
        client.get(&DEMO_SESSION_ID.parse().unwrap()).unwrap_err()
    }

    /// The error and all of its causes.
    fn chain(error: &brightdata_sessions::Error) -> String {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        text
    }

    #[test]
    fn a_refusal_of_the_proxy_is_sent_once_and_named() {
        for status in [403, 407, 502] {
            let proxy = FakeApi::start().unwrap();
            proxy.script_any([Script::response(status, &[("proxy-authenticate", "Basic")], "no").repeat()]);
            let error = get(&client(&[("https_proxy", &format!("http://me:hush@{}", proxy.addr()))]));
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
            assert_eq!((error.status(), error.is_transient()), (None, false));
            let address = proxy.addr();
            assert_eq!(
                chain(&error),
                format!(
                    "connection failed: the proxy refused to connect to the server (proxy {address}): \
                     CONNECT proxy failed: proxy server responded {status}/{status}"
                )
            );
            let [request] = proxy.requests().try_into().unwrap();
            assert_eq!(
                (request.method.as_str(), request.target.as_str()),
                ("CONNECT", "service.invalid:443")
            );
            assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6aHVzaA=="));
            assert_eq!(request.header("authorization"), None);
        }
    }

    #[test]
    fn an_invalid_response_of_the_proxy_is_a_refusal() {
        let proxy = FakeApi::start().unwrap();
        proxy.script_any([Script::new().send("SSH-2.0-OpenSSH_9.9\r\n\r\n").close().repeat()]);
        let error = get(&client(&[("ALL_PROXY", &proxy.base_url().to_string())]));
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        let shown = format!("refused to connect to the server (proxy {}): ", proxy.addr());
        assert!(chain(&error).contains(&shown), "{}", chain(&error));
    }

    #[test]
    fn a_broken_proxy_is_retried_and_named() {
        let scripts = [
            Script::new().close(),
            Script::new().reset(),
            // A tunnel that leads to no TLS server.
            Script::new().send("HTTP/1.1 200 OK\r\n\r\n"),
        ];
        for script in scripts {
            let proxy = FakeApi::start().unwrap();
            proxy.script_any([script.repeat()]);
            let error = get(&client(&[("ALL_PROXY", &proxy.base_url().to_string())]));
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2), "{error:?}");
            let shown = format!("no complete response from the server (proxy {}): ", proxy.addr());
            assert!(chain(&error).contains(&shown), "{}", chain(&error));
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_reached_is_named() {
        let proxy = FakeApi::start().unwrap();
        let address = proxy.addr().to_string();
        drop(proxy);
        for scheme in ["http", "socks5h"] {
            let error = get(&client(&[("HTTPS_PROXY", &format!("{scheme}://{address}"))]));
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
            let shown =
                format!("connection failed: no complete response from the server (proxy {address}): ");
            assert!(chain(&error).starts_with(&shown), "{}", chain(&error));
        }
    }

    #[test]
    fn a_variable_that_cannot_be_used_sends_nothing() {
        let client =
            client(&[("https_proxy", "htp://me:hush@proxy.example"), ("ALL_PROXY", "http://127.0.0.1:9")]);
        let error = get(&client);
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
        let shown = chain(&error);
        assert!(
            shown.starts_with("cannot send: invalid configuration: invalid https_proxy: unsupported scheme"),
            "{shown}"
        );
        assert!(!format!("{shown} {client:?}").contains("hush"));
    }

    #[test]
    fn a_value_that_ureq_cannot_use_is_named_as_well() {
        let longer_than_any_uri = format!("http://me:{}@proxy.example", "x".repeat(70_000));
        let shown = chain(&get(&client(&[("ALL_PROXY", &longer_than_any_uri)])));
        assert_eq!(shown, "cannot send: invalid configuration: invalid ALL_PROXY: invalid proxy url");
    }

    /// A SOCKS5 proxy that plays these replies on one connection, and returns what it received
    /// before each.
    fn socks(replies: &'static [&'static [u8]]) -> (String, thread::JoinHandle<Vec<Vec<u8>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let played = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let play = |reply: &&[u8]| {
                let mut bytes = [0; 512];
                let length = stream.read(&mut bytes).unwrap();
                stream.write_all(reply).unwrap();
                bytes[..length].to_vec()
            };
            replies.iter().map(play).collect()
        });
        (address, played)
    }

    #[test]
    fn a_socks_proxy_resolves_the_name_and_its_refusal_is_sent_once() {
        let (address, played) = socks(&[&[5, 0], &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]]);
        let error = get(&client(&[("ALL_PROXY", &format!("socks5h://{address}"))]));
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        assert!(chain(&error).contains(&format!("refused to connect to the server (proxy {address}): ")));
        let connect = [&[5, 1, 0, 3, 15][..], HOST.as_bytes(), &[1, 187]].concat();
        assert_eq!(played.join().unwrap(), [vec![5, 1, 0], connect]);
    }

    #[test]
    fn a_password_that_a_socks_proxy_refuses_is_sent_once() {
        let (address, played) = socks(&[&[5, 2], &[1, 1]]);
        let error = get(&client(&[("all_proxy", &format!("socks5h://me:hush@{address}"))]));
        assert_eq!((error.kind(), error.attempts(), error.is_transient()), (ErrorKind::Connection, 1, false));
        assert_eq!(played.join().unwrap()[1], b"\x01\x02me\x04hush");
    }

    #[test]
    fn the_proxy_of_an_agent_is_kept() {
        let proxy = FakeApi::start().unwrap();
        proxy.script_any([Script::response(407, &[], "")]);
        let own = Proxy::new(&proxy.base_url().to_string()).unwrap();
        let agent = Agent::config_builder().proxy(Some(own)).build().into();
        let error = get(&build(Client::builder(api()).agent(agent), &[("https_proxy", "htp://typo")]));
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
