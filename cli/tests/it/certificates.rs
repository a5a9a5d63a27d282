//! The certificates that the program trusts. The host name of the service does not exist, so a
//! request arrives only through a proxy that intercepts TLS.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use brightdata_sessions_testkit::tls::{Authority, ServerCertificate, TlsFront};
use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi};

use crate::support::{KEY, bare, run};

const HOST: &str = "service.invalid";

/// Returns a command that gets a session through a proxy whose password has special characters.
fn through(front: &TlsFront) -> Command {
    let mut command = bare();
    command
        .env("BRIGHTDATA_API_KEY", KEY)
        .env("HTTPS_PROXY", format!("http://me:hu%3Ash%40%2F@{}", front.addr()))
        .args(["--base-url", "https://service.invalid", "get", DEMO_SESSION_ID]);
    command
}

/// Returns the error of a command whose proxy has this certificate, from the address of the proxy
/// on. The program trusts this authority.
fn error(certificate: &ServerCertificate, trusted: &Authority) -> String {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    fs::write(&pem, trusted.pem()).unwrap();
    let fake = FakeApi::start().unwrap();
    let front = TlsFront::start(&fake, certificate).unwrap();
    let (status, stdout, stderr) = run(through(&front).arg("--cacert").arg(&pem));
    assert_eq!((status, &*stdout, fake.requests().len(), front.connects().len()), (5, "", 0, 1), "{stderr}");
    assert!(!stderr.contains("hu%3Ash") && !stderr.contains("hu:sh"), "{stderr}");
    let start =
        format!("brd-sessions: connection failed: the certificate was rejected (proxy {}): ", front.addr());
    stderr.strip_prefix(&start).unwrap_or_else(|| panic!("{stderr}")).trim_end().to_owned()
}

#[test]
fn an_authority_is_trusted_by_an_option_or_a_variable() {
    let authority = Authority::new("Example CA");
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    fs::write(&pem, authority.pem()).unwrap();
    let fake = FakeApi::start().unwrap();
    let front = TlsFront::start(&fake, &authority.certificate(HOST)).unwrap();
    let check = |variables: &[(&str, &Path)], args: &[&OsStr]| {
        let (status, stdout, stderr) = run(through(&front).envs(variables.iter().copied()).args(args));
        assert_eq!((status, &*stderr), (0, ""));
        assert!(stdout.starts_with("session "), "{stdout}");
    };
    let option = ["--cacert".as_ref(), pem.as_ref()];
    check(&[], &option);
    check(&[("SSL_CERT_FILE", &pem)], &[]);
    check(&[("SSL_CERT_DIR", folder.path())], &[]);
    // A machine without a store.
    check(&[("SSL_CERT_FILE", Path::new("/nonexistent"))], &option);
    assert_eq!((fake.requests().len(), front.connects().len()), (4, 4));
}

#[test]
fn an_unknown_issuer_is_reported_with_what_to_do() {
    let trusted = Authority::new("Example CA");
    let advice = "its issuer is not trusted: if a proxy of your company intercepts TLS, pass the certificate of its \
                  authority with --cacert FILE or SSL_CERT_FILE";
    let certificate = Authority::new("Other CA").certificate(HOST);
    let expected = format!("io: invalid peer certificate: UnknownIssuer; {advice}");
    assert_eq!(error(&certificate, &trusted), expected);

    let fake = FakeApi::start().unwrap();
    let front = TlsFront::start(&fake, &certificate).unwrap();
    let (status, _, stderr) = run(through(&front).env("SSL_CERT_FILE", "/nonexistent"));
    let problem = "SSL_CERT_FILE: failed to read PEM from file: No such file or directory (os error 2) at '/nonexistent'\n";
    assert!(status == 5 && stderr.ends_with(&format!("{advice}; {problem}")), "{stderr}");
}

#[test]
fn another_host_name_and_a_past_date_have_their_own_reasons() {
    let authority = Authority::new("Example CA");
    let reason = error(&authority.certificate("other.example"), &authority);
    let expected = "io: invalid peer certificate: certificate not valid for name \"service.invalid\"; \
                    certificate is only valid for DnsName(\"other.example\")";
    assert_eq!(reason, expected);
    let reason = error(&authority.expired_certificate(HOST), &authority);
    let start = "io: invalid peer certificate: certificate expired: verification time ";
    assert!(reason.starts_with(start) && !reason.contains("--cacert"), "{reason}");
}

#[test]
fn a_file_without_valid_certificates_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("Example CA");
    let not_x509 = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let second_is_invalid = [authority.pem(), not_x509].concat();
    let table: [(&[u8], &str); 5] = [
        (b"", "it holds no certificate in PEM form"),
        (
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "it holds no certificate in PEM form",
        ),
        (
            authority.der(),
            "expected certificates in PEM form, found DER: convert it with openssl x509 -inform der",
        ),
        (second_is_invalid.as_bytes(), "certificate 2 is invalid"),
        (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "certificate 1 is invalid"),
    ];
    let check = |path: &Path, expected: (i32, &str)| {
        let mut command = bare();
        command.env("BRIGHTDATA_API_KEY", KEY).args(["get", DEMO_SESSION_ID, "--cacert"]).arg(path);
        let (status, stdout, stderr) = run(&mut command);
        let message = format!("brd-sessions: cannot read {}: {}\n", path.display(), expected.1);
        assert_eq!((status, &*stdout, stderr), (expected.0, "", message));
    };
    let path = folder.path().join("ca.pem");
    check(&path, (74, "No such file or directory (os error 2)"));
    for (bytes, reason) in table {
        fs::write(&path, bytes).unwrap();
        check(&path, (2, reason));
    }
    check(folder.path(), (74, "Is a directory (os error 21)"));
}

#[test]
fn http_on_loopback_reads_no_certificates() {
    let mut command = bare();
    let (status, _, stderr) = run(command.args(["--demo", "get", "--cacert", "/nonexistent"]));
    assert_eq!((status, &*stderr), (0, ""));
}
