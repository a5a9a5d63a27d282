//! A TLS handshake on the same way as the program's requests, through the proxy if there is one.
//! Nothing is sent after it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::http::Uri;
use brightdata_sessions::{BaseUrl, EnvProxy, Timestamp};
use brightdata_sessions_ureq::ureq;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion, RootCertStore,
    SignatureScheme,
};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, RustlsConnector, SocksConnector, TcpConnector,
    Transport, TransportAdapter,
};

use super::check::{Check, Subject};
use super::network::millis;
use super::{CONNECTION, config, host_and_port, issuer};

/// Performs the handshake and checks the certificate.
pub(super) fn check(base_url: &BaseUrl, proxy: Option<&EnvProxy>, limit: Duration) -> Check {
    match handshake(base_url, proxy, limit) {
        Ok(handshake) => handshake.check(base_url),
        Err(error) => before_handshake(&error, base_url, proxy),
    }
}

/// A handshake and its result.
struct Handshake {
    certificate: Option<Certificate>,
    result: Result<ProtocolVersion, io::Error>,
    ms: u64,
}

/// The certificate of the server.
#[derive(Debug)]
struct Certificate {
    issuer: Option<String>,
    is_self_signed: bool,
    /// Whether one of Mozilla's roots vouches for it.
    is_public: bool,
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
                } else if config::is_service(base_url) {
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
        Some(error @ rustls::Error::InvalidMessage(_)) => {
            problem("no_tls", format!("the server at {host}:{port} does not use TLS: {error}"))
                .advice("check the port of --base-url, and the proxy variable")
        }
        Some(error) => problem("tls", format!("the TLS handshake with {host} failed: {error}"))
            .advice("run it again; if it stays, send this report to the maintainers of the network"),
        None => problem(
            "connection",
            format!("the connection to {host} broke off during the TLS handshake: {error}"),
        )
        .advice("a firewall or a proxy may block TLS to this host"),
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
fn before_handshake(error: &ureq::Error, base_url: &BaseUrl, proxy: Option<&EnvProxy>) -> Check {
    let (host, port) = host_and_port(base_url);
    let Some(proxy) = proxy else {
        return Check::problem(Subject::Tls, CONNECTION, format!("cannot connect to {host}:{port}: {error}"))
            .advice("run it again");
    };
    let variable = proxy.variable();
    let reason = match error {
        ureq::Error::ConnectProxyFailed(reason) => match reason.strip_prefix("proxy server responded ") {
            // ureq repeats the status.
            Some(status) => format!("status {}", status.split('/').next().unwrap_or_default()),
            None => reason.clone(),
        },
        ureq::Error::Protocol(_) => "its response is not HTTP".to_owned(),
        error => error.to_string(),
    };
    let advice = if reason == "status 407" {
        format!("check user name and password in {variable}")
    } else {
        format!("check {variable}, and whether the proxy allows this host and port")
    };
    Check::problem(
        Subject::Tls,
        CONNECTION,
        format!("the proxy {proxy} did not connect to {host}:{port}: {reason}"),
    )
    .advice(advice)
    .detail("error", "proxy")
}

/// Performs a handshake. An error is one of the connection before it.
fn handshake(
    base_url: &BaseUrl,
    proxy: Option<&EnvProxy>,
    limit: Duration,
) -> Result<Handshake, ureq::Error> {
    let start = Instant::now();
    let target: Uri = base_url.as_str().parse().map_err(ureq::http::Error::from)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mozilla = verifier(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }, &provider)?;
    let recorder =
        Arc::new(Recorder { trusted: Arc::clone(&mozilla), mozilla, certificate: Mutex::default() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let result = Arc::new(Mutex::new(None));
    let probe = Probe {
        target: target.clone(),
        config: Arc::new(config),
        of_proxy: RustlsConnector::default(),
        result: Arc::clone(&result),
    };
    // The chain of the program's client, which ends after the handshake.
    let connector = ().chain(SocksConnector::default()).chain(ConnectProxyConnector::default());
    let connector = connector.chain(TcpConnector::default()).chain(probe);
    let proxy = proxy.map(|proxy| ureq::Proxy::new(proxy.url())).transpose()?;
    let settings =
        ureq::Agent::config_builder().proxy(proxy).timeout_global(Some(limit)).timeout_connect(Some(limit));
    let agent = ureq::Agent::with_parts(settings.build(), connector, DefaultResolver::default());
    let outcome = agent.get(target).call();
    let result = result.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(result) = result else {
        return Err(outcome.err().unwrap_or(ureq::Error::ConnectionFailed));
    };
    let certificate = recorder.certificate.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(Handshake { certificate, result, ms: millis(start.elapsed()) })
}

fn verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, ureq::Error> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| ureq::Error::Other(error.into()))
}

/// A connector that performs the handshake with the target, and then fails, so that no request is
/// sent.
#[derive(Debug)]
struct Probe {
    target: Uri,
    config: Arc<ClientConfig>,
    /// Connects to a proxy with TLS.
    of_proxy: RustlsConnector,
    result: Arc<Mutex<Option<Result<ProtocolVersion, io::Error>>>>,
}

impl<In: Transport> Connector<In> for Probe {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        to: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if details.uri.authority() != self.target.authority() {
            return self.of_proxy.connect(details, to);
        }
        let transport = to.ok_or(ureq::Error::ConnectionFailed)?;
        let host = details.uri.host().unwrap_or_default();
        let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned())
            .map_err(|error| ureq::Error::Other(error.into()))?;
        let mut socket = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        let mut tls = ClientConnection::new(Arc::clone(&self.config), name)?;
        let result = tls.complete_io(&mut socket);
        let version = tls.protocol_version().unwrap_or(ProtocolVersion::Unknown(0));
        *self.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.map(|_| version));
        Err(ureq::Error::ConnectionFailed)
    }
}

/// A verifier that records the certificate.
#[derive(Debug)]
struct Recorder {
    /// Trusts what the program's client trusts.
    trusted: Arc<WebPkiServerVerifier>,
    mozilla: Arc<WebPkiServerVerifier>,
    certificate: Mutex<Option<Certificate>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verify = |by: &WebPkiServerVerifier| {
            by.verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
        };
        let parsed = webpki::EndEntityCert::try_from(end_entity).ok();
        *self.certificate.lock().unwrap_or_else(PoisonError::into_inner) = Some(Certificate {
            issuer: parsed.as_ref().and_then(|certificate| issuer::read(certificate.issuer())),
            is_self_signed: parsed.is_some_and(|certificate| certificate.issuer() == certificate.subject()),
            is_public: verify(&self.mozilla).is_ok(),
        });
        verify(&self.trusted)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.trusted.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.trusted.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trusted.supported_verify_schemes()
    }
}
