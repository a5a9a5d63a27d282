//! How an adapter uses certificates, directly and through a proxy.

use std::ffi::OsString;

use brightdata_sessions::{
    Api, ApiKey, Error, ErrorKind, RetryPolicy, Session, SessionId, TransportErrorKind,
};

use super::{Authority, TlsFront};
use crate::{DEMO_SESSION_ID, FakeApi};

/// The host of the service. It does not exist, so requests arrive only through a proxy.
const HOST: &str = "service.invalid";
/// The credentials of the proxy, in the URL and decoded.
const ENCODED: &str = "m%40e:hu%3Ash%2F%25";
const DECODED: [&str; 2] = ["m@e", "hu:sh/%"];
/// The base64 form of the credentials.
const BASIC: &str = "Basic bUBlOmh1OnNoLyU=";
const KEY: &str = "0123456789abcdef";

/// Looks up a variable of the environment.
type Variables<'a> = &'a dyn Fn(&'static str) -> Option<OsString>;

/// Gets the session with one call of the adapter.
type Get<'a> = &'a dyn Fn(Api, &SessionId, Variables<'_>, &Authority) -> Result<Session, Error>;

/// Checks an adapter that uses TLS, directly and through the proxy that the environment names.
///
/// `get` gets this session with a new client of this [`Api`], in an environment with these
/// variables. The client trusts this authority. It sends at most two requests per call.
///
/// The rules:
/// 1. A certificate of a trusted authority is accepted, and the proxy receives its credentials but
///    never the key.
/// 2. An unknown issuer, another host name and a past date are errors of the kind
///    [`Certificate`](TransportErrorKind::Certificate) that contain the reason. Nothing is sent, and
///    nothing is retried.
/// 3. Each of these errors names the proxy by host and port, without credentials in any form.
/// 4. A host in `NO_PROXY` and loopback are reached directly.
///
/// # Panics
///
/// Panics if the adapter breaks a rule.
pub fn check_tls(get: impl Fn(Api, &SessionId, Variables<'_>, &Authority) -> Result<Session, Error>) {
    accepted(&get);
    rejected(&get);
    direct(&get);
    loopback(&get);
}

/// Gets the session from this host, with these variables.
fn call(
    get: Get<'_>,
    host: &str,
    variables: &[(&'static str, &str)],
    trusted: &Authority,
) -> Result<Session, Error> {
    let base_url = format!("https://{host}").parse().expect("the base URL is valid");
    let api = Api::new(ApiKey::new(KEY).expect("the key is valid"))
        .with_base_url(base_url)
        .with_retry(RetryPolicy::default().with_retries(1));
    let id = DEMO_SESSION_ID.parse().expect("the id is valid");
    let variable = |name: &'static str| {
        variables.iter().find(|(other, _)| *other == name).map(|(_, value)| OsString::from(value))
    };
    let result = get(api, &id, &variable, trusted);
    if let Err(error) = &result {
        let text = format!("{error:#} {error:?}");
        for secret in DECODED.into_iter().chain(ENCODED.split(':')).chain([&BASIC[6..], KEY]) {
            assert!(!text.contains(secret), "an error shows a secret: {text}");
        }
    }
    result
}

fn proxy_url(front: &TlsFront) -> String {
    format!("http://{ENCODED}@{}", front.addr())
}

fn accepted(get: Get<'_>) {
    let (fake, authority) = (FakeApi::start().expect("the fake can start"), Authority::new("Trusted CA"));
    let front = TlsFront::start(&fake, &authority.certificate(HOST)).expect("the server can start");
    call(get, HOST, &[("HTTPS_PROXY", &proxy_url(&front))], &authority).expect("the certificate is trusted");
    let [connect] = front.connects().try_into().expect("one request to the proxy");
    assert_eq!((&*connect.method, &*connect.target), ("CONNECT", "service.invalid:443"));
    assert_eq!(connect.header("proxy-authorization"), Some(BASIC));
    assert_eq!(connect.header("authorization"), None);
    let [request] = fake.requests().try_into().expect("one request to the service");
    assert_eq!(request.header("authorization"), Some("Bearer 0123456789abcdef"));
    assert_eq!(request.header("proxy-authorization"), None);
}

fn rejected(get: Get<'_>) {
    let (fake, authority) = (FakeApi::start().expect("the fake can start"), Authority::new("Trusted CA"));
    // The words of rustls and of OpenSSL.
    let table = [
        (Authority::new("Other CA").certificate(HOST), ["UnknownIssuer", "unable to get local issuer"]),
        (
            authority.certificate("other.example"),
            ["not valid for name \"service.invalid\"", "hostname mismatch"],
        ),
        (authority.expired_certificate(HOST), ["certificate expired", "certificate has expired"]),
    ];
    for (certificate, reasons) in table {
        let front = TlsFront::start(&fake, &certificate).expect("the server can start");
        let variables = [("https_proxy", &*proxy_url(&front))];
        let error = call(get, HOST, &variables, &authority).expect_err("the certificate is invalid");
        let text = format!("{error:#}");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1), "{text}");
        let kind = error.transport_error().map(|error| error.kind());
        assert_eq!((kind, error.is_transient()), (Some(TransportErrorKind::Certificate), false), "{text}");
        let start = format!("connection failed: the certificate was rejected (proxy {}): ", front.addr());
        assert!(text.starts_with(&start), "{text}");
        assert!(reasons.iter().any(|reason| text.contains(reason)), "expected {reasons:?}, found {text}");
        assert_eq!(front.connects().len(), 1, "the request is sent again");
    }
    assert_eq!(fake.requests(), [], "a request was sent in spite of the certificate");
}

fn direct(get: Get<'_>) {
    let (fake, authority) = (FakeApi::start().expect("the fake can start"), Authority::new("Trusted CA"));
    let front = TlsFront::start(&fake, &authority.certificate(HOST)).expect("the server can start");
    let variables = [("https_proxy", &*proxy_url(&front)), ("no_proxy", HOST)];
    let error = call(get, HOST, &variables, &authority).expect_err("the service does not exist");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2), "{error:#}");
    assert!(!format!("{error:#}").contains(&front.addr().to_string()), "{error:#}");
    assert_eq!(front.connects(), [], "the proxy is used for a host in NO_PROXY");
}

fn loopback(get: Get<'_>) {
    let (fake, authority) = (FakeApi::start().expect("the fake can start"), Authority::new("Trusted CA"));
    let front = TlsFront::start(&fake, &authority.certificate("localhost")).expect("the server can start");
    let host = format!("localhost:{}", front.addr().port());
    call(get, &host, &[("https_proxy", &proxy_url(&front))], &authority).expect("the certificate is trusted");
    assert_eq!((front.connects().len(), fake.requests().len()), (0, 1));
}
