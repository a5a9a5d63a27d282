//! Which proxy the requests go through, and how its refusal is recognized.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::sync::{Arc, OnceLock};

use brightdata_sessions::{BaseUrl, EnvProxy};
use reqwest::{ClientBuilder, Proxy, Url};

/// The address of the environment's proxy, once a connection goes through it.
pub(crate) type ProxyInUse = Arc<OnceLock<String>>;

/// Adds a proxy that never applies. It keeps reqwest from reading the environment by other rules,
/// and disappears if the caller removes all proxies.
pub(crate) fn mark(builder: ClientBuilder) -> (ClientBuilder, ProxyInUse) {
    let in_use = ProxyInUse::default();
    let mark = Arc::clone(&in_use);
    let proxy = Proxy::custom(move |_| {
        let _ = &mark;
        None::<Url>
    });
    (builder.proxy(proxy), in_use)
}

/// Adds the proxy that the environment names, as the last resort after the caller's. It is left out
/// if the caller removed all proxies, and the mark with them. With an invalid variable, the builder
/// would connect directly, so this is an error.
pub(crate) fn add_from_variables(
    builder: ClientBuilder,
    in_use: &ProxyInUse,
    base_url: &BaseUrl,
    variable: impl Fn(&'static str) -> Option<OsString>,
) -> Result<ClientBuilder, Box<dyn StdError + Send + Sync>> {
    let is_marked = Arc::strong_count(in_use) > 1;
    if !is_marked {
        return Ok(builder);
    }
    let Some(proxy) = EnvProxy::find(base_url, variable)? else { return Ok(builder) };
    let url = Url::parse(proxy.url()).map_err(|error| format!("invalid {}: {error}", proxy.variable()))?;
    let in_use = Arc::clone(in_use);
    Ok(builder.proxy(Proxy::custom(move |_| {
        in_use.get_or_init(|| proxy.to_string());
        Some(url.clone())
    })))
}

/// Whether a proxy refused to connect to the server. hyper-util reports it by text only, in the
/// innermost error.
pub(crate) fn is_refusal(error: &reqwest::Error) -> bool {
    let mut innermost: &dyn StdError = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    [
        // A 407, and any other response but a 200.
        "tunnel error: proxy authorization required",
        "tunnel error: unsuccessful",
        "SOCKS error: connection not allowed",
        "SOCKS error: credentials not accepted",
        "SOCKS error: server does not support user/pass authentication",
        "SOCKS error: server failed to execute command",
    ]
    .contains(&innermost.to_string().as_str())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use brightdata_sessions::{Api, ApiKey, Error, ErrorKind, RetryPolicy};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

    use crate::Client;

    use super::*;

    const HOST: &str = "service.invalid";

    fn api() -> Api {
        let base_url = format!("https://{HOST}").parse().unwrap();
        Api::new(ApiKey::new("0123456789abcdef").unwrap())
            .with_base_url(base_url)
            .with_retry(RetryPolicy::default().with_retries(1))
    }

    fn build(variables: &[(&str, &str)], change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        // Not every machine that tests has a certificate store.
        let builder = Client::builder(api()).configure(|http| change(http.tls_certs_only([])));
        builder.build_in(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value))
        })
    }

    fn client(variables: &[(&str, &str)]) -> Client {
        build(variables, |builder| builder)
    }

    async fn get(client: &Client) -> Error {
        client.get(&DEMO_SESSION_ID.parse().unwrap()).await.unwrap_err()
    }

    /// The error and all of its causes.
    fn chain(error: &Error) -> String {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text += &format!(": {cause}");
            source = cause.source();
        }
        text
    }

    #[tokio::test]
    async fn a_refusal_of_the_proxy_is_sent_once_and_named() {
        for (status, reason) in
            [(403, "unsuccessful"), (407, "proxy authorization required"), (502, "unsuccessful")]
        {
            let proxy = FakeApi::start().unwrap();
            proxy.script_any([Script::response(status, &[("proxy-authenticate", "Basic")], "no").repeat()]);
            let error = get(&client(&[("https_proxy", &format!("http://me:hush@{}", proxy.addr()))])).await;
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
            assert_eq!((error.status(), error.is_transient()), (None, false));
            let address = proxy.addr();
            let start =
                format!("connection failed: the proxy refused to connect to the server (proxy {address}): ");
            let shown = chain(&error);
            assert!(shown.starts_with(&start) && shown.ends_with(reason), "{shown}");
            let [request] = proxy.requests().try_into().unwrap();
            assert_eq!(
                (request.method.as_str(), request.target.as_str()),
                ("CONNECT", "service.invalid:443")
            );
            assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6aHVzaA=="));
            assert_eq!(request.header("authorization"), None);
        }
    }

    #[tokio::test]
    async fn an_invalid_response_of_the_proxy_is_a_refusal() {
        let proxy = FakeApi::start().unwrap();
        proxy.script_any([Script::new().send("SSH-2.0-OpenSSH_9.9\r\n\r\n").close().repeat()]);
        let error = get(&client(&[("ALL_PROXY", &proxy.base_url().to_string())])).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        let shown = format!("refused to connect to the server (proxy {}): ", proxy.addr());
        assert!(chain(&error).contains(&shown), "{}", chain(&error));
    }

    #[tokio::test]
    async fn a_broken_proxy_is_retried_and_named() {
        let scripts = [
            Script::new().close(),
            Script::new().reset(),
            // A tunnel that leads to no TLS server.
            Script::new().send("HTTP/1.1 200 OK\r\n\r\n"),
        ];
        for script in scripts {
            let proxy = FakeApi::start().unwrap();
            proxy.script_any([script.repeat()]);
            let error = get(&client(&[("ALL_PROXY", &proxy.base_url().to_string())])).await;
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2), "{error:?}");
            let shown = format!("no complete response from the server (proxy {}): ", proxy.addr());
            assert!(chain(&error).contains(&shown), "{}", chain(&error));
        }
    }

    #[tokio::test]
    async fn a_proxy_that_cannot_be_reached_is_named() {
        let proxy = FakeApi::start().unwrap();
        let address = proxy.addr().to_string();
        drop(proxy);
        for scheme in ["http", "socks5h"] {
            let error = get(&client(&[("HTTPS_PROXY", &format!("{scheme}://{address}"))])).await;
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
            let shown =
                format!("connection failed: no complete response from the server (proxy {address}): ");
            assert!(chain(&error).starts_with(&shown), "{}", chain(&error));
        }
    }

    #[tokio::test]
    async fn a_variable_that_cannot_be_used_sends_nothing() {
        let variables = [("https_proxy", "htp://me:hush@proxy.example"), ("ALL_PROXY", "http://127.0.0.1:9")];
        let client = client(&variables);
        let error = get(&client).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
        let shown = chain(&error);
        assert!(
            shown.starts_with("cannot send: invalid configuration: invalid https_proxy: unsupported scheme"),
            "{shown}"
        );
        assert!(!format!("{shown} {client:?}").contains("hush"));
    }

    #[tokio::test]
    async fn a_value_that_reqwest_cannot_use_is_named_as_well() {
        let shown = chain(&get(&client(&[("ALL_PROXY", "http://me:hush@xn--a.example")])).await);
        let start = "cannot send: invalid configuration: invalid ALL_PROXY: ";
        assert!(shown.starts_with(start) && !shown.contains("hush"), "{shown}");
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

    #[tokio::test]
    async fn a_socks_proxy_resolves_the_name_and_its_refusal_is_sent_once() {
        let (address, played) = socks(&[&[5, 0], &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]]);
        let error = get(&client(&[("ALL_PROXY", &format!("socks5h://{address}"))])).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        assert!(chain(&error).contains(&format!("refused to connect to the server (proxy {address}): ")));
        let connect = [&[5, 1, 0, 3, 15][..], HOST.as_bytes(), &[1, 187]].concat();
        assert_eq!(played.join().unwrap(), [vec![5, 1, 0], connect]);
    }

    #[tokio::test]
    async fn a_password_that_a_socks_proxy_refuses_is_sent_once() {
        let (address, played) = socks(&[&[5, 2], &[1, 1]]);
        let error = get(&client(&[("all_proxy", &format!("socks5h://me:hush@{address}"))])).await;
        assert_eq!((error.kind(), error.attempts(), error.is_transient()), (ErrorKind::Connection, 1, false));
        assert_eq!(played.join().unwrap()[1], b"\x01\x02me\x04hush");
    }

    #[tokio::test]
    async fn the_proxy_of_a_builder_comes_first() {
        let [own, other] = [(); 2].map(|()| FakeApi::start().unwrap());
        own.script_any([Script::response(407, &[], "")]);
        let proxy = Proxy::all(own.base_url().to_string()).unwrap();
        let client = build(&[("https_proxy", &other.base_url().to_string())], |builder| builder.proxy(proxy));
        let error = get(&client).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        assert_eq!((own.requests().len(), other.connections()), (1, 0));
        assert!(!chain(&error).contains(&other.addr().to_string()), "{}", chain(&error));
    }

    #[tokio::test]
    async fn no_proxy_of_a_builder_ignores_the_environment() {
        let [own, other] = [(); 2].map(|()| FakeApi::start().unwrap());
        own.script_any([Script::response(407, &[], "").repeat()]);
        for value in [other.base_url().to_string(), "htp://typo".to_owned()] {
            let proxy = Proxy::all(own.base_url().to_string()).unwrap();
            let client = build(&[("https_proxy", &value)], |builder| builder.no_proxy().proxy(proxy));
            let error = get(&client).await;
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        }
        assert_eq!((own.requests().len(), other.connections()), (2, 0));
    }
}
