//! The certificates that the program trusts: Mozilla's, those of the platform or of
//! `SSL_CERT_FILE` and `SSL_CERT_DIR`, and those of `--cacert`.

use std::collections::HashSet;
use std::env;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use brightdata_sessions::BaseUrl;
use brightdata_sessions_ureq::ureq::tls::{Certificate, RootCerts, TlsConfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_native_certs::load_native_certs;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::error::CliError;

/// The maximum length of a file with certificates, in bytes. All of Mozilla's take 0.3 MB.
const MAX_LENGTH: u64 = 16 << 20;
/// The variables that replace the platform's certificates.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Returns the TLS settings for this base URL. The certificates are loaded for https only, because
/// it takes milliseconds. Those of the platform and of the variables are left out if they cannot be
/// read.
///
/// # Errors
///
/// Returns an error if the file cannot be read or holds no valid certificates.
pub(crate) fn tls_config(base_url: &BaseUrl, file: Option<&Path>) -> Result<TlsConfig, CliError> {
    if !base_url.is_https() {
        return Ok(TlsConfig::default());
    }
    let own = match file {
        Some(path) => read(path).map_err(|error| CliError::File(path.to_owned(), error))?,
        None => Vec::new(),
    };
    let roots = roots(own.iter().chain(&load_native_certs().certs));
    Ok(TlsConfig::builder().root_certs(RootCerts::from(roots)).build())
}

/// Returns Mozilla's certificates, and those of the others that differ from them.
fn roots<'a>(others: impl Iterator<Item = &'a CertificateDer<'static>>) -> Vec<Certificate<'static>> {
    let mozilla = TLS_SERVER_ROOT_CERTS.iter().map(|root| Certificate::from_der(root));
    let mut known: HashSet<&[u8]> = TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref).collect();
    let others = others.filter(|root| known.insert(root)).map(|root| Certificate::from_der(root).to_owned());
    mozilla.chain(others).collect()
}

/// Reads the certificates of a file in PEM form.
fn read(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let invalid = |reason: String| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_LENGTH + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_LENGTH {
        return invalid(format!("it is over {MAX_LENGTH} bytes"));
    }
    let mut certificates = Vec::new();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(&bytes)) {
        match certificate {
            Ok(certificate) if webpki::anchor_from_trusted_cert(&certificate).is_ok() => {
                certificates.push(certificate);
            }
            _ => return invalid(format!("certificate {number} is invalid")),
        }
    }
    if !certificates.is_empty() {
        return Ok(certificates);
    }
    // A certificate in DER starts with the tag of a sequence and a length of two bytes.
    invalid(match bytes.as_slice() {
        [0x30, 0x82, ..] => {
            "expected certificates in PEM form, found DER: convert it with openssl x509 -inform der"
                .to_owned()
        }
        _ => "it holds no certificate in PEM form".to_owned(),
    })
}

/// Returns what to do about a certificate of an unknown issuer.
pub(crate) fn advice() -> String {
    let mut advice =
        "its issuer is not trusted: if a proxy of your company intercepts TLS, pass the certificate \
                      of its authority with --cacert FILE or SSL_CERT_FILE"
            .to_owned();
    if let Some(problem) = problem_of_variables() {
        advice += &format!("; {problem}");
    }
    advice
}

/// Returns why the variables name no certificates.
pub(crate) fn problem_of_variables() -> Option<String> {
    let names: Vec<_> = VARIABLES.into_iter().filter(|name| env::var_os(name).is_some()).collect();
    let loaded = load_native_certs();
    let reason = match loaded.errors.first() {
        _ if names.is_empty() => return None,
        Some(error) => error.to_string(),
        None if loaded.certs.is_empty() => "no certificate in PEM form".to_owned(),
        None => return None,
    };
    Some(format!("{}: {reason}", names.join(" and ")))
}

#[cfg(test)]
mod tests {
    use brightdata_sessions_testkit::tls::Authority;

    use super::*;

    #[test]
    fn mozillas_certificates_stay_and_none_is_there_twice() {
        let own = CertificateDer::from(Authority::new("Example CA").der()).into_owned();
        let all: Vec<_> = roots([&TLS_SERVER_ROOT_CERTS[0], &own, &own].into_iter())
            .iter()
            .map(|root| root.der().to_vec())
            .collect();
        let expected: Vec<_> = TLS_SERVER_ROOT_CERTS.iter().chain([&own]).map(|root| root.to_vec()).collect();
        assert!(all == expected && all.len() > 100, "{} certificates", all.len());
    }
}
