//! Chooses the proxy, and recognizes its refusal.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::sync::{Arc, OnceLock};

use brightdata_sessions::{BaseUrl, EnvProxy};
use reqwest::{ClientBuilder, Proxy, Url};

/// The address of the environment's proxy, once a connection uses it.
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

/// Adds the proxy that the environment names, as the last resort after the caller's. It is omitted
/// if the caller removed all proxies, because the mark is removed with them. With an invalid
/// variable, the builder would connect directly, so this is an error.
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

/// Returns whether a proxy refused to connect to the server. hyper-util reports this only as text,
/// in the innermost error.
pub(crate) fn is_refusal(error: &reqwest::Error) -> bool {
    let mut innermost: &dyn StdError = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    [
        // The first two are for a 407, and for any other status except 200.
        "tunnel error: proxy authorization required",
        "tunnel error: unsuccessful",
        "SOCKS error: connection not allowed",
        "SOCKS error: credentials not accepted",
        "SOCKS error: server does not support user/pass authentication",
        "SOCKS error: server failed to execute command",
    ]
    .contains(&innermost.to_string().as_str())
}

#[cfg(all(test, feature = "_tls"))]
mod tests {
    use brightdata_sessions::{Api, ApiKey, ErrorKind};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script, check_proxy};
    use tokio::runtime;

    use crate::Client;

    use super::*;

    #[test]
    fn the_proxy_of_the_environment_is_used() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        check_proxy(|api, id, variables| {
            // Not every machine that tests has a certificate store.
            let builder = Client::builder(api).configure(|http| http.tls_certs_only([]));
            let client = builder.build_in(variables);
            assert!(!format!("{client:?}").contains("hush"));
            runtime.block_on(client.checked()?.get(id))
        });
    }

    /// Returns the error of a client of a service that does not exist.
    async fn error(
        variable: &str,
        value: &str,
        change: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> brightdata_sessions::Error {
        let api = Api::new(ApiKey::new("0123456789abcdef").unwrap());
        let builder = Client::builder(api.with_base_url("https://service.invalid".parse().unwrap()));
        let builder = builder.configure(|http| change(http.tls_certs_only([])));
        let client = builder.build_in(|name| (name == variable).then(|| value.into()));
        client.get(&DEMO_SESSION_ID.parse().unwrap()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_value_that_reqwest_rejects_is_named_as_well() {
        let error = error("ALL_PROXY", "http://me:hush@xn--a.example", |http| http).await;
        let text = format!("{error:#}");
        let start = "cannot send: invalid configuration: invalid ALL_PROXY: ";
        assert!(text.starts_with(start) && !text.contains("hush"), "{text}");
    }

    #[tokio::test]
    async fn the_proxy_of_a_builder_comes_first() {
        let [own, other] = [(); 2].map(|()| FakeApi::start().unwrap());
        own.script_any([Script::response(407, &[], "")]);
        let proxy = Proxy::all(own.base_url().to_string()).unwrap();
        let value = other.base_url().to_string();
        let error = error("https_proxy", &value, |http| http.proxy(proxy)).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        assert_eq!((own.requests().len(), other.connections()), (1, 0));
        assert!(!format!("{error:#}").contains(&other.addr().to_string()), "{error:#}");
    }

    #[tokio::test]
    async fn no_proxy_of_a_builder_ignores_the_environment() {
        let [own, other] = [(); 2].map(|()| FakeApi::start().unwrap());
        own.script_any([Script::response(407, &[], "").repeat()]);
        for value in [other.base_url().to_string(), "htp://typo".to_owned()] {
            let proxy = Proxy::all(own.base_url().to_string()).unwrap();
            let error = error("https_proxy", &value, |http| http.no_proxy().proxy(proxy)).await;
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
        }
        assert_eq!((own.requests().len(), other.connections()), (2, 0));
    }
}
