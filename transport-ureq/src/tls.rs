//! The TLS of this crate's own agent, by the features of this crate.

use ureq::Agent;
use ureq::config::Config;
#[cfg(feature = "_tls")]
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// The TLS settings of this crate's own agent. Empty without a TLS feature.
#[derive(Debug)]
pub(crate) struct Tls(#[cfg(feature = "_tls")] pub(crate) TlsConfig);

#[cfg(not(feature = "_tls"))]
impl Tls {
    pub(crate) fn new() -> Self {
        Self()
    }

    pub(crate) fn check(&self) -> Result<(), &'static str> {
        Err("https needs a TLS feature of brightdata-sessions-ureq, such as `rustls`")
    }

    pub(crate) fn into_agent_config(self) -> Config {
        Agent::config_builder().build()
    }
}

#[cfg(feature = "_tls")]
impl Tls {
    /// Returns the settings that need no more features than there are: rustls before native-tls,
    /// and Mozilla's root certificates before the platform's.
    pub(crate) fn new() -> Self {
        let (provider, has_mozilla) = if cfg!(feature = "rustls-no-provider") {
            (TlsProvider::Rustls, cfg!(feature = "rustls-webpki-roots"))
        } else {
            (TlsProvider::NativeTls, cfg!(feature = "native-tls-webpki-roots"))
        };
        let roots = if has_mozilla { RootCerts::WebPki } else { RootCerts::PlatformVerifier };
        Self(TlsConfig::builder().provider(provider).root_certs(roots).build())
    }

    /// Returns an error if the settings need a feature that is off, for which ureq would panic.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let Self(config) = self;
        let is_rustls = config.provider() == TlsProvider::Rustls;
        if is_rustls && !cfg!(feature = "rustls-no-provider") {
            return Err("these TLS settings need the feature `rustls` of brightdata-sessions-ureq");
        }
        if !is_rustls && !cfg!(feature = "native-tls-no-default") {
            return Err("these TLS settings need the feature `native-tls` of brightdata-sessions-ureq");
        }
        if is_rustls && !has_cryptography(config) {
            return Err("rustls has no cryptography: install a default provider, \
                        or enable the feature `rustls` of brightdata-sessions-ureq");
        }
        match config.root_certs() {
            _ if config.disable_verification() => Ok(()),
            RootCerts::PlatformVerifier if is_rustls && !cfg!(feature = "platform-verifier") => Err(NO_ROOTS),
            RootCerts::WebPki if is_rustls && !cfg!(feature = "rustls-webpki-roots") => Err(NO_ROOTS),
            RootCerts::WebPki if !is_rustls && !cfg!(feature = "native-tls-webpki-roots") => {
                Err("Mozilla's root certificates need the feature `native-tls` of brightdata-sessions-ureq")
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn into_agent_config(self) -> Config {
        Agent::config_builder().tls_config(self.0).build()
    }
}

#[cfg(feature = "_tls")]
const NO_ROOTS: &str = "rustls has no root certificates: \
                        enable the feature `rustls-webpki-roots` or `platform-verifier` \
                        of brightdata-sessions-ureq, or set your own";

/// Returns whether rustls has cryptography with these settings.
#[cfg(feature = "rustls-no-provider")]
fn has_cryptography(config: &TlsConfig) -> bool {
    cfg!(feature = "rustls")
        || config.unversioned_rustls_crypto_provider().is_some()
        || rustls::crypto::CryptoProvider::get_default().is_some()
}

#[cfg(all(feature = "_tls", not(feature = "rustls-no-provider")))]
fn has_cryptography(_: &TlsConfig) -> bool {
    false
}

/// Returns whether TLS rejected the certificate of the server. Only the text shows this with every
/// TLS library.
pub(crate) fn is_certificate(error: &ureq::Error) -> bool {
    let text = error.to_string();
    // The texts of rustls and of OpenSSL.
    ["invalid peer certificate", "certificate verify failed"].iter().any(|reason| text.contains(reason))
}

#[cfg(all(test, feature = "_tls"))]
mod tests {
    use brightdata_sessions::{Api, ApiKey, ErrorKind};
    use brightdata_sessions_testkit::tls::{Authority, TlsFront, check_tls};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};
    use ureq::tls::Certificate;

    use super::*;
    use crate::Client;

    #[test]
    fn certificates_are_checked_directly_and_through_a_proxy() {
        check_tls(|api, id, variables, authority| {
            let roots = RootCerts::new_with_certs(&[Certificate::from_der(authority.der()).to_owned()]);
            let tls = TlsConfig::builder().provider(Tls::new().0.provider()).root_certs(roots).build();
            let client = Client::builder(api).tls_config(tls).build_in(variables);
            assert!(!format!("{client:?}").contains("hu%3Ash"), "{client:?}");
            client.checked()?.get(id)
        });
    }

    // native-tls resumes no session.
    #[cfg(feature = "rustls-no-provider")]
    #[test]
    fn a_further_connection_resumes_the_tls_session() {
        let (fake, authority) = (FakeApi::start().unwrap(), Authority::new("Example CA"));
        let front = TlsFront::start(&fake, &authority.certificate("localhost")).unwrap();
        let roots = RootCerts::new_with_certs(&[Certificate::from_der(authority.der()).to_owned()]);
        let tls = TlsConfig::builder().provider(Tls::new().0.provider()).root_certs(roots).build();
        let base_url = format!("https://localhost:{}", front.addr().port()).parse().unwrap();
        let api = Api::new(ApiKey::new("0123456789abcdef").unwrap()).with_base_url(base_url);
        let client = Client::builder(api).tls_config(tls).build().unwrap();
        for _ in 0..3 {
            client.get(&DEMO_SESSION_ID.parse().unwrap()).unwrap();
        }
        assert_eq!((fake.connections(), front.resumptions()), (3, 2));
    }

    #[test]
    fn settings_that_need_another_feature_are_an_error() {
        use TlsProvider::{NativeTls, Rustls};
        let has_rustls = cfg!(feature = "rustls-no-provider");
        let table = [
            (has_rustls, Rustls, RootCerts::WebPki, "`rustls`"),
            (cfg!(feature = "native-tls-no-default"), NativeTls, RootCerts::WebPki, "`native-tls`"),
            (
                !has_rustls || cfg!(feature = "platform-verifier"),
                Rustls,
                RootCerts::PlatformVerifier,
                "`platform-verifier`",
            ),
        ];
        for (_, provider, roots, feature) in table.into_iter().filter(|(is_on, ..)| !is_on) {
            let api = Api::new(ApiKey::new("0123456789abcdef").unwrap());
            let tls = TlsConfig::builder().provider(provider).root_certs(roots).build();
            let error = Client::builder(api).tls_config(tls).build().unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
            let text = format!("{error:#}");
            assert!(
                text.starts_with("cannot send: invalid configuration: ") && text.contains(feature),
                "{text}"
            );
        }
    }
}

#[cfg(all(test, not(feature = "_tls")))]
mod tests {
    use brightdata_sessions::{Api, ApiKey, ErrorKind};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

    use crate::Client;

    #[test]
    fn without_tls_only_https_is_an_error() {
        let api = Api::new(ApiKey::new("0123456789abcdef").unwrap());
        let error = Client::builder(api.clone()).build().unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
        assert_eq!(
            format!("{error:#}"),
            "cannot send: invalid configuration: \
             https needs a TLS feature of brightdata-sessions-ureq, such as `rustls`"
        );
        let fake = FakeApi::start().unwrap();
        let client = Client::builder(api.with_base_url(fake.base_url())).build().unwrap();
        client.get(&DEMO_SESSION_ID.parse().unwrap()).unwrap();
    }
}
