//! Proxy variables. The host name of the service does not exist, so requests arrive only through
//! the proxy.

use std::process::Command;

use brightdata_sessions_testkit::{DEMO_SESSION_ID, FakeApi, Script};

use crate::support::{KEY, bare, program, run};

/// Returns a command with these variables, for a service that only a proxy reaches.
fn through(variables: &[(&str, &str)]) -> Command {
    let mut command = bare();
    command
        .env("BRIGHTDATA_API_KEY", KEY)
        .envs(variables.iter().copied())
        .args(["--base-url", "https://service.invalid"]);
    command
}

#[test]
fn a_refusal_of_the_proxy_is_named_and_sent_once() {
    for status in [403, 407] {
        for args in
            [&["get", DEMO_SESSION_ID][..], &["get", DEMO_SESSION_ID, "a", "b"], &["list"], &["triage"]]
        {
            let proxy = FakeApi::start().unwrap();
            proxy.script_any([Script::response(status, &[], "").repeat()]);
            let address = proxy.addr();
            let url = format!("http://me:hush@{address}");
            let (exit, stdout, stderr) = run(through(&[("HTTPS_PROXY", &url)]).args(args));
            assert_eq!((exit, stdout.as_str()), (5, ""), "{stderr}");
            let message = format!(
                "connection failed: the proxy refused to connect to the server (proxy {address}): \
                 CONNECT proxy failed: proxy server responded {status}/{status}"
            );
            assert!(stderr.contains(&message) && !stderr.contains("hush"), "{stderr}");
            let [request] = proxy.requests().try_into().unwrap();
            assert_eq!(
                (request.method.as_str(), request.target.as_str()),
                ("CONNECT", "service.invalid:443")
            );
        }
    }
}

#[test]
fn an_invalid_variable_is_named_without_its_value() {
    let other = FakeApi::start().unwrap();
    let other = other.base_url().to_string();
    let table = [
        ("https_proxy", "http://me:hush@127.0.0.1:9\r"),
        ("HTTPS_PROXY", "\"http://me:hush@127.0.0.1:9\""),
        ("all_proxy", "htp://me:hush@127.0.0.1:9"),
        ("ALL_PROXY", "sock5://me:hush@127.0.0.1:9"),
    ];
    for (name, value) in table {
        // Another variable is not a substitute.
        let variables = [("HTTP_PROXY", other.as_str()), (name, value)];
        let (status, stdout, stderr) = run(through(&variables).args(["get", DEMO_SESSION_ID]));
        assert_eq!((status, stdout.as_str()), (2, ""));
        let start = format!("brd-sessions: cannot send: invalid configuration: invalid {name}: ");
        assert!(stderr.starts_with(&start) && !stderr.contains("hush"), "{stderr}");

        let (status, _, stderr) = run(through(&variables).args(["--json", "list"]));
        let error: serde_json::Value = serde_json::from_str(&stderr).unwrap();
        assert_eq!(
            (status, &error["error"]["kind"], &error["error"]["attempts"]),
            (2, &"invalid_input".into(), &0.into())
        );
    }
}

#[test]
fn a_loopback_base_url_uses_no_proxy() {
    let fake = FakeApi::start().unwrap();
    let proxy = FakeApi::start().unwrap();
    for value in [proxy.base_url().to_string(), "htp://typo".into()] {
        let (status, _, stderr) = run(program(&fake).env("ALL_PROXY", &value).args(["get", DEMO_SESSION_ID]));
        assert_eq!((status, stderr.as_str()), (0, ""));
    }
    assert_eq!((fake.requests().len(), proxy.connections()), (2, 0));
}

#[test]
fn the_help_names_the_variables() {
    let (_, stdout, _) = run(bare().arg("--help"));
    for name in ["BRIGHTDATA_API_KEY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"] {
        assert!(stdout.contains(name), "{name}: {stdout}");
    }
}
