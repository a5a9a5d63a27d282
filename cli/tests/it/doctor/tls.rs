//! The TLS handshake and the certificate.

use std::net::TcpListener;

use brightdata_sessions::ApiKey;
use brightdata_sessions_testkit::FakeApi;
use brightdata_sessions_testkit::tls::{Authority, ServerCertificate, TlsFront};

use super::{findings, first_line, key, normalized, report};
use crate::support::bare;

/// Returns the exit status and the findings for a server at this port, which should use TLS.
fn local(port: u16) -> (i32, String) {
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key()).args(["--timeout", "1", "doctor"]);
    findings(command.args(["--base-url", &format!("https://127.0.0.1:{port}")]))
}

/// Returns the findings for a local server with this problem of TLS.
fn tls_problem(reason_and_advice: &str) -> String {
    format!(
        "\
note     base URL    https://127.0.0.1:PORT is on this machine
                     → for the service itself, omit --base-url
problem  TLS         {reason_and_advice}
skipped  clock       not checked until the problem with TLS is solved
skipped  list        not checked until the problem with TLS is solved
skipped  session     not checked until the problem with TLS is solved
skipped  deviations  not checked until the problem with TLS is solved
5 ok, 1 note, 1 problem, 4 skipped, 0 requests sent
"
    )
}

#[test]
fn a_server_without_tls_is_named_as_one() {
    let fake = FakeApi::start().unwrap();
    let expected = tls_problem(
        "the server at 127.0.0.1:PORT does not use TLS
                     → check the port of --base-url, and the proxy variable",
    );
    assert_eq!(local(fake.addr().port()), (5, expected));
}

#[test]
fn a_silent_server_is_a_problem_of_tls() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let expected = tls_problem(
        "the TLS handshake with 127.0.0.1:PORT broke off: timed out
                     → run it again; a firewall or a proxy may block TLS to this host",
    );
    assert_eq!(local(silent.local_addr().unwrap().port()), (5, expected));
}

/// Returns the exit status and the findings for the service itself, which a proxy plays with this
/// certificate, in an environment with these variables.
fn intercepted(certificate: &ServerCertificate, variables: &[(&str, &str)]) -> (i32, String) {
    let fake = FakeApi::start().unwrap();
    let front = TlsFront::start(&fake, certificate).unwrap();
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key()).env("HTTPS_PROXY", format!("http://{}", front.addr()));
    let result = findings(command.envs(variables.iter().copied()).arg("doctor"));
    assert_eq!((front.connects().len(), fake.requests().len()), (1, 0));
    result
}

/// Returns the findings for the service itself with this problem of TLS.
fn service_problem(reason_and_advice: &str) -> String {
    format!(
        "\
problem  TLS         {reason_and_advice}
skipped  clock       not checked until the problem with TLS is solved
skipped  list        not checked until the problem with TLS is solved
skipped  session     not checked until the problem with TLS is solved
skipped  deviations  not checked until the problem with TLS is solved
6 ok, 0 notes, 1 problem, 4 skipped, 0 requests sent
"
    )
}

#[test]
fn an_unknown_issuer_is_named() {
    let certificate = Authority::new("Example Proxy CA").certificate("api.brightdata.com");
    let expected = service_problem(
        "the certificate by Example Proxy CA is not trusted: unknown issuer
                     → a company's proxy, a virus scanner or a login page of the network may intercept TLS; --cacert FILE trusts the authority in that file",
    );
    assert_eq!(intercepted(&certificate, &[]), (5, expected));
}

#[test]
fn a_trusted_authority_that_intercepts_is_noted() {
    let authority = Authority::new("Example Proxy CA");
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    std::fs::write(&pem, authority.pem()).unwrap();
    let fake = FakeApi::start().unwrap();
    let front = TlsFront::start(&fake, &authority.certificate("api.brightdata.com")).unwrap();
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", key()).env("HTTPS_PROXY", format!("http://{}", front.addr()));
    let expected = "\
note     TLS         TLS 1.3, certificate by Example Proxy CA, which is a private authority: TLS is intercepted
                     → a company's proxy or a virus scanner reads the traffic, the key included
10 ok, 1 note, 0 problems, 0 skipped, 2 requests sent
";
    assert_eq!(findings(command.arg("--cacert").arg(&pem).arg("doctor")), (0, expected.to_owned()));
    assert_eq!((front.connects().len(), fake.requests().len()), (3, 2));
}

#[cfg(unix)]
#[test]
fn a_variable_without_certificates_is_named() {
    let certificate = Authority::new("Example Proxy CA").certificate("api.brightdata.com");
    let (status, text) = intercepted(&certificate, &[("SSL_CERT_FILE", "/dev/null")]);
    let end = "--cacert FILE trusts the authority in that file; SSL_CERT_FILE: no certificate in PEM form\n";
    assert!(status == 5 && text.contains(end), "{text}");
}

#[test]
fn an_expired_certificate_is_reported_with_both_times() {
    let certificate = Authority::new("Example Proxy CA").expired_certificate("api.brightdata.com");
    let (status, text) = intercepted(&certificate, &[]);
    let (start, rest) = text.split_once("shows ").unwrap();
    let (now, rest) = rest.split_once('\n').unwrap();
    assert!(now.parse::<brightdata_sessions::Timestamp>().is_ok(), "{now}");
    let expected = service_problem(
        "the certificate by Example Proxy CA expired at 2021-01-01T00:00:00Z; the clock of this machine shows NOW
                     → if that clock is wrong, set it; otherwise the certificate must be renewed by its owner",
    );
    assert_eq!((status, format!("{start}shows NOW\n{rest}")), (5, expected));
}

#[test]
fn the_readme_shows_a_report_through_an_intercepting_proxy() {
    let (fake, authority) = (FakeApi::start().unwrap(), Authority::new("Example Proxy CA"));
    fake.require_key(&ApiKey::new("another").unwrap());
    let front = TlsFront::start(&fake, &authority.certificate("api.brightdata.com")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, authority.pem()).unwrap();
    let mut command = bare();
    command
        .env("BRIGHTDATA_API_KEY", key())
        .env("HTTPS_PROXY", format!("http://{}", front.addr()))
        .env("XDG_STATE_HOME", folder.path())
        .args(["doctor", "--cacert"])
        .arg(&root);
    let readme = include_str!("../../../README.md");
    let (_, readme) = readme.split_once("```text\nbrd-sessions ").unwrap();
    let (_, readme) = readme.split_once('\n').unwrap();
    let (readme, _) = readme.split_once("```").unwrap();
    let expected = format!("{}\n{}", first_line("https://api.brightdata.com"), normalized(readme));
    assert_eq!(report(&mut command), (4, expected));
    assert_eq!((fake.requests().len(), front.connects().len()), (1, 2));
}
