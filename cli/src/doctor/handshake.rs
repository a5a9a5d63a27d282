//! A TLS handshake on the same way as the program's requests, through the proxy if there is one.
//! Nothing is sent after it.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use brightdata_sessions::http::Uri;
use brightdata_sessions::{BaseUrl, EnvProxy};
use brightdata_sessions_ureq::ureq;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme,
};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, RustlsConnector, SocksConnector, TcpConnector,
    Transport, TransportAdapter,
};

use super::issuer;
use super::network::millis;
use crate::lock::lock;

/// A handshake and its result.
pub(super) struct Handshake {
    pub(super) certificate: Option<Certificate>,
    pub(super) result: Result<ProtocolVersion, io::Error>,
    pub(super) ms: u64,
}

/// The certificate of the server.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) issuer: Option<String>,
    pub(super) is_self_signed: bool,
    /// Whether one of Mozilla's roots vouches for it.
    pub(super) is_public: bool,
}

/// Performs a handshake with the TLS settings of the program's client. An error is one of the
/// connection before it.
pub(super) fn perform(
    base_url: &BaseUrl,
    proxy: Option<&EnvProxy>,
    trust: &TlsConfig,
    limit: Duration,
) -> Result<Handshake, ureq::Error> {
    let start = Instant::now();
    let target: Uri = base_url.as_str().parse().map_err(ureq::http::Error::from)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let recorder = Arc::new(Recorder {
        trusted: verifier(roots(trust), &provider)?,
        mozilla: verifier(mozilla(), &provider)?,
        certificate: Mutex::default(),
    });
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
    let settings = ureq::Agent::config_builder()
        .proxy(proxy)
        .tls_config(trust.clone())
        .timeout_global(Some(limit))
        .timeout_connect(Some(limit));
    let agent = ureq::Agent::with_parts(settings.build(), connector, DefaultResolver::default());
    let outcome = agent.get(target).call();
    let result = lock(&result).take();
    let Some(result) = result else {
        return Err(outcome.err().unwrap_or(ureq::Error::ConnectionFailed));
    };
    let certificate = lock(&recorder.certificate).take();
    Ok(Handshake { certificate, result, ms: millis(start.elapsed()) })
}

/// Returns the roots that these settings trust.
fn roots(trust: &TlsConfig) -> RootCertStore {
    let RootCerts::Specific(certificates) = trust.root_certs() else { return mozilla() };
    let mut roots = RootCertStore::empty();
    // As in ureq, a certificate that cannot be parsed is left out.
    roots.add_parsable_certificates(certificates.iter().map(|root| CertificateDer::from(root.der())));
    roots
}

fn mozilla() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
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
        *lock(&self.result) = Some(result.map(|_| version));
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
        *lock(&self.certificate) = Some(Certificate {
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
