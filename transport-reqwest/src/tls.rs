//! TLS, by the features of this crate.

use std::error::Error as StdError;

use brightdata_sessions::BaseUrl;
use reqwest::ClientBuilder;

/// Returns an error if TLS needs a feature that is off. Without TLS, reqwest would send the request
/// to a proxy unencrypted. Without cryptography, it would panic.
pub(crate) fn check(base_url: &BaseUrl) -> Result<(), &'static str> {
    if cfg!(not(feature = "_tls")) && base_url.is_https() {
        return Err("https needs a TLS feature of brightdata-sessions-reqwest, such as `rustls`");
    }
    // With native-tls, reqwest uses rustls only if the caller selects it.
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls"), not(feature = "native-tls-no-alpn")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err("rustls has no cryptography: install a default provider, \
                    or enable the feature `rustls` of brightdata-sessions-reqwest");
    }
    Ok(())
}

/// Removes all root certificates, so that a machine without a certificate store can use http.
#[cfg(feature = "_tls")]
pub(crate) fn without_roots(http: ClientBuilder) -> ClientBuilder {
    http.tls_certs_only([])
}

#[cfg(not(feature = "_tls"))]
pub(crate) fn without_roots(http: ClientBuilder) -> ClientBuilder {
    http
}

/// Returns whether TLS rejected the certificate of the server. Only the text shows this with every
/// TLS library.
pub(crate) fn is_certificate(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        // The texts of rustls and of OpenSSL.
        if ["invalid peer certificate", "certificate verify failed"]
            .iter()
            .any(|reason| text.contains(reason))
        {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(all(test, feature = "_tls"))]
mod tests {
    use brightdata_sessions_testkit::tls::check_tls;
    use reqwest::Certificate;
    use tokio::runtime;

    use crate::Client;

    #[test]
    fn certificates_are_checked_directly_and_through_a_proxy() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        check_tls(|api, id, variables, authority| {
            let root = Certificate::from_der(authority.der()).unwrap();
            let client =
                Client::builder(api).configure(|http| http.tls_certs_only([root])).build_in(variables);
            assert!(!format!("{client:?}").contains("hu%3Ash"), "{client:?}");
            runtime.block_on(client.checked()?.get(id))
        });
    }
}

#[cfg(all(test, not(feature = "_tls")))]
mod tests {
    use brightdata_sessions::{Api, ApiKey, ErrorKind};
    use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

    use crate::Client;

    #[tokio::test]
    async fn without_tls_only_https_is_an_error() {
        let api = Api::new(ApiKey::new("0123456789abcdef").unwrap());
        let error = Client::builder(api.clone()).build().unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
        assert_eq!(
            format!("{error:#}"),
            "cannot send: invalid configuration: \
             https needs a TLS feature of brightdata-sessions-reqwest, such as `rustls`"
        );
        let fake = FakeApi::start().unwrap();
        let client = Client::builder(api.with_base_url(fake.base_url())).build().unwrap();
        client.get(&DEMO_SESSION_ID.parse().unwrap()).await.unwrap();
    }
}
