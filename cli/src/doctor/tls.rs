//! The TLS handshake and the certificate, for people.

use std::time::Duration;

use brightdata_sessions::{BaseUrl, EnvProxy};
use brightdata_sessions_ureq::ureq::tls::TlsConfig;
use rustls::ProtocolVersion;

use self::failure::{before_handshake, refused};
use super::check::{Check, Subject};
use super::handshake::Handshake;
use super::{CONNECTION, handshake};
use crate::key;

mod failure;

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

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use brightdata_sessions_testkit::FakeApi;
    use brightdata_sessions_testkit::tls::{Authority, ServerCertificate, TlsFront};
    use brightdata_sessions_ureq::ureq::tls::{Certificate, RootCerts};

    use std::io;

    use rustls::CertificateError;
    use rustls::pki_types::UnixTime;

    use super::*;
    use crate::terminal::Terminal;

    /// Returns the report on a host, which a proxy plays with this certificate, to a machine that
    /// trusts this authority.
    fn trusted(authority: &Authority, certificate: &ServerCertificate, base_url: &str) -> String {
        let fake = FakeApi::start().unwrap();
        let front = TlsFront::start(&fake, certificate).unwrap();
        let base_url = base_url.parse().unwrap();
        let variables = |name| (name == "https_proxy").then(|| format!("http://{}", front.addr()).into());
        let proxy = EnvProxy::find(&base_url, variables).unwrap();
        let root = Certificate::from_der(authority.der()).to_owned();
        let trust = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
        let check = check(&base_url, proxy.as_ref(), &trust, Duration::from_secs(10));
        let text = strip_str(&check.text(&Terminal::new(None, false))).to_string();
        assert_eq!(fake.requests().len(), 0);
        match text.split_once(" (") {
            Some((start, _)) => format!("{start}\n"),
            None => text,
        }
    }

    #[test]
    fn a_private_authority_intercepts_the_service_only() {
        let authority = Authority::new("Example Proxy CA");
        let (service, gateway) = ("api.brightdata.com", "gateway.example");
        assert_eq!(
            trusted(&authority, &authority.certificate(service), "https://api.brightdata.com"),
            "\
note     TLS         TLS 1.3, certificate by Example Proxy CA, which is a private authority: TLS is intercepted
                     → a company's proxy or a virus scanner reads the traffic, the key included
"
        );
        assert_eq!(
            trusted(&authority, &authority.certificate(gateway), "https://gateway.example"),
            "ok       TLS         TLS 1.3, certificate by Example Proxy CA, a private authority\n"
        );
    }

    #[test]
    fn a_proxy_that_uses_tls_itself_is_not_taken_for_the_service() {
        let authority = Authority::new("Example Proxy CA");
        let fake = FakeApi::start().unwrap();
        let front = TlsFront::start(&fake, &authority.certificate("127.0.0.1")).unwrap();
        let check = |trusted: &Authority| {
            let variables = |name| (name == "ALL_PROXY").then(|| format!("https://{}", front.addr()).into());
            let proxy = EnvProxy::find(&BaseUrl::default(), variables).unwrap();
            let root = Certificate::from_der(trusted.der()).to_owned();
            let trust = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[root])).build();
            let check = check(&BaseUrl::default(), proxy.as_ref(), &trust, Duration::from_secs(10));
            strip_str(&check.text(&Terminal::new(None, false))).to_string()
        };
        let start = format!(
            "problem  TLS         the proxy {} did not connect to api.brightdata.com:443: ",
            front.addr()
        );
        // The fake serves no proxy requests.
        let text = check(&authority);
        assert!(text.starts_with(&format!("{start}status 404\n")), "{text}");
        let text = check(&Authority::new("Another CA"));
        let reason =
            "the TLS handshake with the proxy itself failed: invalid peer certificate: UnknownIssuer";
        assert!(text.starts_with(&format!("{start}{reason}\n")), "{text}");
        assert_eq!(fake.requests().len(), 1);
    }

    #[test]
    fn a_certificate_of_another_host_is_named() {
        let authority = Authority::new("Example Proxy CA");
        assert_eq!(
            trusted(&authority, &authority.certificate("login.example"), "https://api.brightdata.com"),
            "\
problem  TLS         the certificate by Example Proxy CA is not for api.brightdata.com, but for login.example
                     → another server responds in place of the service: open a web page, there may be a login page of the network; or check --base-url
"
        );
    }

    /// Returns the report on a handshake with the service, with a certificate by `R1`.
    fn handshake(result: Result<ProtocolVersion, rustls::Error>, is_self_signed: bool) -> String {
        let certificate = handshake::Certificate {
            issuer: Some("R1".to_owned()),
            is_self_signed,
            is_public: result.is_ok(),
        };
        let result = result.map_err(io::Error::other);
        let check = Handshake { certificate: Some(certificate), result, ms: 20 }.check(&BaseUrl::default());
        strip_str(&check.text(&Terminal::new(None, false))).to_string()
    }

    #[test]
    fn a_public_authority_is_named() {
        assert_eq!(
            handshake(Ok(ProtocolVersion::TLSv1_2), false),
            "ok       TLS         TLS 1.2, certificate by R1 (20 ms)\n"
        );
    }

    #[test]
    fn each_reason_of_a_failed_handshake_has_its_advice() {
        let time = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let future = CertificateError::NotValidYetContext { time: time(0), not_before: time(1_800_000_000) };
        for (error, text) in [
            (
                CertificateError::UnknownIssuer.into(),
                "the self-signed certificate by R1 is not trusted: unknown issuer
                     → a company's proxy, a virus scanner or a login page of the network may intercept TLS; --cacert FILE trusts the authority in that file",
            ),
            (
                future.into(),
                "the certificate by R1 is valid from 2027-01-15T08:00:00Z on; the clock of this machine shows 1970-01-01T00:00:00Z
                     → set the clock of this machine",
            ),
            (
                rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure),
                "the TLS handshake with api.brightdata.com:443 failed: received fatal alert: HandshakeFailure
                     → run it again; a firewall, a proxy or a virus scanner may interfere with TLS",
            ),
        ] {
            assert_eq!(handshake(Err(error), true), format!("problem  TLS         {text}\n"));
        }
    }
}
