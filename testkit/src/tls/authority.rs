//! An authority for tests, and the certificates that it issues.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// A certificate authority for tests. Each has a new key, and no machine trusts it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// The certificate of a server, with its key.
#[derive(Clone)]
pub struct ServerCertificate {
    pub(super) config: Arc<ServerConfig>,
}

impl Authority {
    /// Creates an authority with this common name. Give two authorities different names: clients look
    /// for an issuer by its name.
    ///
    /// # Panics
    ///
    /// Panics if the system has no randomness for its key.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = new_key();
        let certificate = params.self_signed(&key).expect("the parameters are valid");
        Self { pem: certificate.pem(), certificate: certificate.into(), issuer: Issuer::new(params, key) }
    }

    /// Returns the authority's certificate in PEM. A client that trusts it accepts the certificates
    /// that the authority issues.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the authority's certificate in DER, the binary form.
    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// Issues a valid certificate for a host name or an IP address.
    ///
    /// # Panics
    ///
    /// Panics if the host is not ASCII, or if the system has no randomness for a key.
    pub fn certificate(&self, host: &str) -> ServerCertificate {
        self.issue(params(host))
    }

    /// Issues a certificate that expired at the end of 2020.
    ///
    /// # Panics
    ///
    /// Panics as [`certificate`](Self::certificate) does.
    pub fn expired_certificate(&self, host: &str) -> ServerCertificate {
        let mut params = params(host);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.issue(params)
    }

    fn issue(&self, params: CertificateParams) -> ServerCertificate {
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters are valid");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider supports TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key.into())
            .expect("the key is that of the certificate");
        ServerCertificate { config: Arc::new(config) }
    }
}

fn params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new([host.to_owned()]).expect("the host is ASCII");
    params.distinguished_name.push(DnType::CommonName, host);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system has randomness")
}
