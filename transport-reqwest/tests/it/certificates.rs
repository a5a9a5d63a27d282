//! A machine without a certificate store. The environment names the store, and a process with
//! threads must not change its environment. So each test runs itself in a process with another
//! environment.

use std::env;
use std::error::Error as _;
use std::process::Command;

use brightdata_sessions::{Api, ApiKey, ErrorKind};
use brightdata_sessions_reqwest::Client;
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

/// The variable that is set in the process without certificates.
const IS_WITHOUT: &str = "TEST_IS_WITHOUT_CERTIFICATES";

fn api() -> Api {
    Api::new(ApiKey::new("0123456789abcdef").unwrap())
}

/// Runs this test in a process without certificates. Returns whether this is that process.
fn is_without_certificates(test: &str) -> bool {
    if env::var_os(IS_WITHOUT).is_some() {
        return true;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .envs([(IS_WITHOUT, "1"), ("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")])
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{output:?}");
    false
}

#[test]
fn http_on_loopback_needs_no_certificates() {
    if !is_without_certificates("certificates::http_on_loopback_needs_no_certificates") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let fake = FakeApi::start().unwrap();
        let client = Client::builder(api().with_base_url(fake.base_url())).build().unwrap();
        client.get(&DEMO_SESSION_ID.parse().unwrap()).await.unwrap();
    });
}

/// Other systems do not read the store from files.
#[cfg(target_os = "linux")]
#[test]
fn https_fails_with_the_first_request_without_certificates() {
    if !is_without_certificates("certificates::https_fails_with_the_first_request_without_certificates") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::new(ApiKey::new("0123456789abcdef").unwrap());
        let error = client.get(&DEMO_SESSION_ID.parse().unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        assert_eq!(causes[..2], ["invalid configuration", "builder error"]);
        assert!(causes[2].contains("certificates"), "{causes:?}");
        let error = Client::builder(api()).build().unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
    });
}
