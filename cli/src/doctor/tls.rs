//! The TLS handshake and the certificate, for people.

use std::io;
use std::time::{Duration, SystemTime};

use brightdata_sessions::{BaseUrl, EnvProxy, Timestamp};
use brightdata_sessions_ureq::ureq;
use brightdata_sessions_ureq::ureq::tls::TlsConfig;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, ProtocolVersion};

use super::check::{Check, Subject};
use super::handshake::{Certificate, Handshake};
use super::{CONNECTION, handshake, host_and_port};
use crate::key;

/// Performs the handshake and checks the certificate.
pub(super) fn check(
    base_url: &BaseUrl,
    proxy: Option<&EnvProxy>,
    trust: &TlsConfig,
    limit: Duration,
) -> Check {
    match handshake::perform(base_url, proxy, trust, limit) {
        Ok(handshake) => handshake.check(base_url),
        Err(error) => before_handshake(&error, base_url, proxy, limit),
    }
}

impl Handshake {
    fn check(&self, base_url: &BaseUrl) -> Check {
        let issuer = self.certificate.as_ref().and_then(|certificate| certificate.issuer.as_deref());
        let check = match (&self.result, &self.certificate) {
            (Ok(version), Some(certificate)) => {
                let by = issuer.unwrap_or("an issuer without a name");
                let start = format!("{}, certificate by {by}", shown(*version));
                let check = if certificate.is_public {
                    Check::ok(Subject::Tls, format!("{start} ({} ms)", self.ms))
                } else if key::is_of_vendor(base_url) {
                    Check::note(
                        Subject::Tls,
                        format!("{start}, which is a private authority: TLS is intercepted"),
                    )
                    .advice("a company's proxy or a virus scanner reads the traffic, the key included")
                } else {
                    Check::ok(Subject::Tls, format!("{start}, a private authority ({} ms)", self.ms))
                };
                check
                    .detail("version", shown(*version))
                    .detail("public_issuer", certificate.is_public)
                    .detail("ms", self.ms)
            }
            (Ok(_), None) => Check::problem(Subject::Tls, CONNECTION, "the server has no certificate"),
            (Err(error), certificate) => refused(error, certificate.as_ref(), base_url),
        };
        match issuer {
            Some(issuer) => check.detail("issuer", issuer),
            None => check,
        }
    }
}

/// Returns a protocol version as people write it.
fn shown(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Returns the check of a handshake that failed.
fn refused(error: &io::Error, certificate: Option<&Certificate>, base_url: &BaseUrl) -> Check {
    let problem =
        |kind: &str, reason: String| Check::problem(Subject::Tls, CONNECTION, reason).detail("error", kind);
    let (host, port) = host_and_port(base_url);
    let tls = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    let issuer = certificate.and_then(|certificate| certificate.issuer.as_deref());
    let by = issuer.map_or_else(String::new, |issuer| format!(" by {issuer}"));
    match tls {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            let own = if certificate.is_some_and(|certificate| certificate.is_self_signed) {
                "self-signed "
            } else {
                ""
            };
            problem("unknown_issuer", format!("the {own}certificate{by} is not trusted: unknown issuer"))
                .advice(UNKNOWN_ISSUER)
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
            let names = if presented.is_empty() { "no name".to_owned() } else { presented.join(", ") };
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

const UNKNOWN_ISSUER: &str =
    "a company's proxy, a virus scanner or a login page of the network may intercept TLS";

/// Returns a time as the service writes it.
fn date(time: UnixTime) -> String {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(time.as_secs());
    Timestamp::try_from(time).map_or_else(|_| "an unknown time".to_owned(), |time| time.as_str().to_owned())
}

/// Returns the check of a connection that failed before the handshake.
fn before_handshake(
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
