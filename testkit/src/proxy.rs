//! How an adapter uses the proxy that the environment names.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use brightdata_sessions::{Api, ApiKey, Error, ErrorKind, RetryPolicy, Session, SessionId};

use crate::{DEMO_SESSION_ID, FakeApi, Script};

/// The host of the service. It does not exist, so requests arrive only through a proxy.
const HOST: &str = "service.invalid";

/// Looks up a variable of the environment.
type Variables<'a> = &'a dyn Fn(&'static str) -> Option<OsString>;

/// Gets the session with one call of the adapter.
type Get<'a> = &'a dyn Fn(Api, &SessionId, Variables<'_>) -> Result<Session, Error>;

/// Checks an adapter that uses the proxy that the environment names, as
/// [`EnvProxy`](brightdata_sessions::EnvProxy) finds it.
///
/// `get` gets this session with a new client of this [`Api`], in an environment with these
/// variables. It sends at most two requests per call, to a host that does not exist.
///
/// The rules:
/// 1. The proxy receives the credentials of its URL, and never the key.
/// 2. A refusal of the proxy is a [`Connection`](ErrorKind::Connection) error that is not retried,
///    because repeated refusals can lock an account.
/// 3. A proxy that is broken or cannot be reached is a `Connection` error that is retried.
/// 4. Each of these errors names the proxy by host and port, without credentials.
/// 5. An invalid variable is an [`InvalidInput`](ErrorKind::InvalidInput) error that names it, and
///    nothing is sent.
///
/// # Panics
///
/// Panics if the adapter breaks a rule.
pub fn check_proxy(get: impl Fn(Api, &SessionId, Variables<'_>) -> Result<Session, Error>) {
    refusals(&get);
    invalid_responses(&get);
    broken_proxies(&get);
    unreachable_proxies(&get);
    invalid_variables(&get);
    socks_refusals(&get);
    socks_credentials(&get);
}

/// Returns the error of a call in an environment with this variable, and another one of lower
/// precedence that leads nowhere.
fn error(get: Get<'_>, variable: &str, value: &str) -> Error {
    let base_url = format!("https://{HOST}").parse().expect("the base URL is valid");
    let api = Api::new(ApiKey::new("0123456789abcdef").expect("the key is valid"))
        .with_base_url(base_url)
        .with_retry(RetryPolicy::default().with_retries(1));
    let variables = |name: &'static str| match name {
        "ALL_PROXY" if variable != name => Some("http://127.0.0.1:9".into()),
        _ => (name == variable).then(|| value.into()),
    };
    let id = DEMO_SESSION_ID.parse().expect("the id is valid");
    let error = get(api, &id, &variables).expect_err("the service does not exist");
    assert!(!format!("{error:#} {error:?}").contains("hush"), "an error shows the password");
    error
}

/// Checks that a call sent one request, and that its error reports a refusal by this proxy.
fn assert_refused(error: &Error, address: &str) {
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1), "{error:#}");
    assert_eq!((error.status(), error.is_transient()), (None, false), "{error:#}");
    let start = format!("connection failed: the proxy refused to connect to the server (proxy {address}): ");
    let text = format!("{error:#}");
    assert!(text.starts_with(&start), "{text}");
}

/// Checks that a call was retried, and that its error names this proxy.
fn assert_broken(error: &Error, address: &str) {
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2), "{error:#}");
    let start = format!("connection failed: no complete response from the server (proxy {address}): ");
    let text = format!("{error:#}");
    assert!(text.starts_with(&start), "{text}");
}

fn proxy() -> FakeApi {
    FakeApi::start().expect("the fake can start")
}

fn refusals(get: Get<'_>) {
    for status in [403, 407, 502] {
        let proxy = proxy();
        proxy.script_any([Script::response(status, &[("proxy-authenticate", "Basic")], "no").repeat()]);
        let error = error(get, "https_proxy", &format!("http://me:hush@{}", proxy.addr()));
        assert_refused(&error, &proxy.addr().to_string());
        let requests = proxy.requests();
        assert_eq!(requests.len(), 1, "a refusal is sent again");
        let target = format!("{HOST}:443");
        assert_eq!((&*requests[0].method, &*requests[0].target), ("CONNECT", &*target));
        assert_eq!(requests[0].header("proxy-authorization"), Some("Basic bWU6aHVzaA=="));
        assert_eq!(requests[0].header("authorization"), None);
    }
}

fn invalid_responses(get: Get<'_>) {
    let proxy = proxy();
    proxy.script_any([Script::new().send("SSH-2.0-OpenSSH_9.9\r\n\r\n").close().repeat()]);
    let error = error(get, "ALL_PROXY", proxy.base_url().as_str());
    assert_refused(&error, &proxy.addr().to_string());
}

fn broken_proxies(get: Get<'_>) {
    let scripts = [
        Script::new().close(),
        Script::new().reset(),
        // A tunnel that leads to no TLS server.
        Script::new().send("HTTP/1.1 200 OK\r\n\r\n"),
    ];
    for script in scripts {
        let proxy = proxy();
        proxy.script_any([script.repeat()]);
        let error = error(get, "ALL_PROXY", proxy.base_url().as_str());
        assert_broken(&error, &proxy.addr().to_string());
    }
}

fn unreachable_proxies(get: Get<'_>) {
    let proxy = proxy();
    let address = proxy.addr().to_string();
    drop(proxy);
    for scheme in ["http", "socks5h"] {
        let error = error(get, "HTTPS_PROXY", &format!("{scheme}://{address}"));
        assert_broken(&error, &address);
    }
}

fn invalid_variables(get: Get<'_>) {
    let error = error(get, "https_proxy", "htp://me:hush@proxy.example");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0), "{error:#}");
    let start = "cannot send: invalid configuration: invalid https_proxy: unsupported scheme";
    assert!(format!("{error:#}").starts_with(start), "{error:#}");
}

fn socks_refusals(get: Get<'_>) {
    let (address, received) = socks(&[&[5, 0], &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]]);
    assert_refused(&error(get, "ALL_PROXY", &format!("socks5h://{address}")), &address);
    // The proxy resolves the name.
    let connect = [&[5, 1, 0, 3, 15][..], HOST.as_bytes(), &[1, 187]].concat();
    assert_eq!(received.join().expect("the proxy does not panic"), [vec![5, 1, 0], connect]);
}

fn socks_credentials(get: Get<'_>) {
    let (address, received) = socks(&[&[5, 2], &[1, 1]]);
    assert_refused(&error(get, "all_proxy", &format!("socks5h://me:hush@{address}")), &address);
    assert_eq!(received.join().expect("the proxy does not panic")[1], b"\x01\x02me\x04hush");
}

/// Starts a SOCKS5 proxy that plays these replies on one connection. Returns its address, and what
/// it received before each reply.
fn socks(replies: &'static [&'static [u8]]) -> (String, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is available");
    let address = listener.local_addr().expect("the port is bound").to_string();
    let received = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the client connects");
        let play = |reply: &&[u8]| {
            let mut bytes = [0; 512];
            let length = stream.read(&mut bytes).expect("the client sends");
            stream.write_all(reply).expect("the client reads");
            bytes[..length].to_vec()
        };
        replies.iter().map(play).collect()
    });
    (address, received)
}

#[cfg(test)]
mod tests {
    use brightdata_sessions::{Now, TransportError, TransportErrorKind};

    use super::*;

    /// Plays an adapter whose transport fails in this way.
    fn check(failure: impl Fn() -> TransportError) {
        check_proxy(|api, id, _| api.get(id).run_with(|| Now::ORIGIN, |_| Err(failure()), |_| {}));
    }

    #[test]
    #[should_panic(expected = "connection failed: no complete response from the server")]
    fn an_adapter_that_ignores_the_environment_fails() {
        check(|| TransportErrorKind::Connection.into());
    }

    #[test]
    #[should_panic(expected = "an error shows the password")]
    fn an_adapter_that_shows_the_password_fails() {
        check(|| TransportError::from(TransportErrorKind::Proxy).with_proxy("me:hush@127.0.0.1:1"));
    }
}
