//! The reasons why a TLS handshake fails, for people.

use std::io;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{BaseUrl, EnvProxy, Timestamp};
use brightdata_sessions_ureq::ureq;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use crate::certificates;
use crate::doctor::check::{Check, Subject};
use crate::doctor::handshake::Certificate;
use crate::doctor::network::listed;
use crate::doctor::{CONNECTION, host_and_port};

/// Returns the check of a handshake that failed.
pub(super) fn refused(error: &io::Error, certificate: Option<&Certificate>, base_url: &BaseUrl) -> Check {
    let problem =
        |kind: &str, reason: String| Check::problem(Subject::Tls, CONNECTION, reason).detail("error", kind);
    let (host, port) = host_and_port(base_url);
    let issuer = certificate.and_then(|certificate| certificate.issuer.as_deref());
    let by = issuer.map_or_else(String::new, |issuer| format!(" by {issuer}"));
    match tls_error(error) {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            let own = if certificate.is_some_and(|certificate| certificate.is_self_signed) {
                "self-signed "
            } else {
                ""
            };
            problem("unknown_issuer", format!("the {own}certificate{by} is not trusted: unknown issuer"))
                .advice(unknown_issuer())
        }
        Some(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { time, not_after })) => {
            problem(
                "expired",
                format!(
                    "the certificate{by} expired at {}; the clock of this machine shows {}",
                    date(*not_after),
                    date(*time)
                ),
            )
            .advice("if that clock is wrong, set it; otherwise the certificate must be renewed by its owner")
        }
        Some(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
            time,
            not_before,
        })) => problem(
            "not_yet_valid",
            format!(
                "the certificate{by} is valid from {} on; the clock of this machine shows {}",
                date(*not_before),
                date(*time)
            ),
        )
        .advice("set the clock of this machine"),
        Some(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented,
            ..
        })) => {
            // rustls names the type as well, such as `DnsName("example.com")`.
            let plain = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
            let names =
                if presented.is_empty() { "no name".into() } else { listed(presented.iter().map(plain)) };
            problem("wrong_name", format!("the certificate{by} is not for {host}, but for {names}")).advice(
                "another server responds in place of the service: open a web page, there may be a login page of \
                 the network; or check --base-url",
            )
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            problem("no_tls", format!("the server at {host}:{port} does not use TLS"))
                .advice("check the port of --base-url, and the proxy variable")
        }
        Some(error) => problem("tls", format!("the TLS handshake with {host}:{port} failed: {error}"))
            .advice("run it again; a firewall, a proxy or a virus scanner may interfere with TLS"),
        None => {
            let inner = error.get_ref().and_then(|error| error.downcast_ref::<ureq::Error>());
            let is_late = matches!(inner, Some(ureq::Error::Timeout(_)));
            let why = if is_late { "timed out".to_owned() } else { error.to_string() };
            problem("connection", format!("the TLS handshake with {host}:{port} broke off: {why}"))
                .advice("run it again; a firewall or a proxy may block TLS to this host")
        }
    }
}

fn unknown_issuer() -> String {
    let mut advice = "a company's proxy, a virus scanner or a login page of the network may intercept TLS; \
                      --cacert FILE trusts the authority in that file"
        .to_owned();
    if let Some(problem) = certificates::problem_of_variables() {
        advice += &format!("; {problem}");
    }
    advice
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|error| error.downcast_ref())
}

/// Returns a time as the service writes it.
fn date(time: UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs());
    Timestamp::try_from(time).map_or_else(|_| "an unknown time".to_owned(), |time| time.as_str().to_owned())
}

/// Returns the check of a connection that failed before the handshake.
pub(super) fn before_handshake(
    error: &ureq::Error,
    base_url: &BaseUrl,
    proxy: Option<&EnvProxy>,
    limit: Duration,
) -> Check {
    let (host, port) = host_and_port(base_url);
    let reason = match error {
        ureq::Error::ConnectProxyFailed(reason) => match reason.strip_prefix("proxy server responded ") {
            // ureq repeats the status.
            Some(status) => format!("status {}", status.split('/').next().unwrap_or_default()),
            None => "it closed the connection".to_owned(),
        },
        ureq::Error::Protocol(_) => "its response is not HTTP".to_owned(),
        ureq::Error::Io(error) => match tls_error(error) {
            // The handshake with the service is another one.
            Some(error) => format!("the TLS handshake with the proxy itself failed: {error}"),
            None => error.to_string(),
        },
        ureq::Error::Timeout(_) => format!("timed out after {} s", limit.as_secs_f32()),
        error => error.to_string(),
    };
    let Some(proxy) = proxy else {
        return Check::problem(
            Subject::Tls,
            CONNECTION,
            format!("cannot connect to {host}:{port}: {reason}"),
        )
        .advice("run it again: the first connection succeeded");
    };
    let variable = proxy.variable();
    let advice = if reason == "status 407" {
        format!("check user name and password in {variable}")
    } else {
        format!("check {variable}, and whether the proxy allows this host and port")
    };
    let reason = format!("the proxy {proxy} did not connect to {host}:{port}: {reason}");
    Check::problem(Subject::Tls, CONNECTION, reason).advice(advice).detail("error", "proxy")
}
