//! Proxy variables, compared with curl's rules.

use std::ffi::OsString;

use brightdata_sessions::{BaseUrl, EnvProxy};
use proptest::prelude::*;

type Variables<'a> = &'a [(&'a str, &'a str)];

/// Returns the URL of the proxy for this base URL, or the error.
fn find_for(base_url: &str, variables: Variables<'_>) -> Result<Option<String>, String> {
    let variable = |name: &str| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value))
    };
    let found = EnvProxy::find(&base_url.parse::<BaseUrl>().unwrap(), variable);
    found.map(|proxy| proxy.map(|proxy| proxy.url().to_owned())).map_err(|error| error.to_string())
}

fn find(variables: Variables<'_>) -> Result<Option<String>, String> {
    find_for("https://api.brightdata.com", variables)
}

fn proxied(url: &str) -> Result<Option<String>, String> {
    Ok(Some(url.to_owned()))
}

/// Returns whether connections to a host bypass the proxy.
fn is_direct(host: &str, no_proxy: &str) -> bool {
    let variables = [("https_proxy", "http://proxy.example"), ("no_proxy", no_proxy)];
    find_for(&format!("https://{host}:8443"), &variables).unwrap().is_none()
}

#[test]
fn variables_have_the_same_precedence_as_in_curl() {
    let [one, two, three, four] = ["http://one:1", "http://two:2", "http://three:3", "http://four:4"];
    let table: [(Variables<'_>, Option<&str>); 12] = [
        (&[], None),
        (&[("https_proxy", one), ("HTTPS_PROXY", two), ("all_proxy", three), ("ALL_PROXY", four)], Some(one)),
        (&[("HTTPS_PROXY", two), ("all_proxy", three), ("ALL_PROXY", four)], Some(two)),
        (&[("all_proxy", three), ("ALL_PROXY", four)], Some(three)),
        (&[("ALL_PROXY", four), ("HTTP_PROXY", one), ("http_proxy", two)], Some(four)),
        (&[("https_proxy", ""), ("HTTPS_PROXY", two)], Some(two)),
        (&[("https_proxy", ""), ("HTTPS_PROXY", ""), ("all_proxy", ""), ("ALL_PROXY", "")], None),
        (&[("http_proxy", one), ("HTTP_PROXY", two)], None),
        (&[("HTTP_PROXY", one), ("REQUEST_METHOD", "GET")], None),
        (&[("HTTPS_PROXY", one), ("no_proxy", "elsewhere.example"), ("NO_PROXY", "*")], Some(one)),
        (&[("HTTPS_PROXY", one), ("no_proxy", ""), ("NO_PROXY", "*")], None),
        (&[("HTTPS_PROXY", one), ("no_proxy", "*")], None),
    ];
    for (variables, expected) in table {
        assert_eq!(find(variables), Ok(expected.map(str::to_owned)), "{variables:?}");
    }
}

#[test]
fn values_are_parsed_as_by_curl() {
    let table = [
        ("http://proxy.example:8080", "http://proxy.example:8080"),
        ("http://proxy.example:8080/", "http://proxy.example:8080"),
        ("proxy.example:8080", "http://proxy.example:8080"),
        ("proxy.example", "http://proxy.example:1080"),
        ("http://proxy.example", "http://proxy.example:1080"),
        ("https://proxy.example", "https://proxy.example:443"),
        ("socks5://127.0.0.1", "socks5://127.0.0.1:1080"),
        ("SOCKS5H://Proxy.Example:9050", "socks5h://proxy.example:9050"),
        ("socks4://proxy.example", "socks4://proxy.example:1080"),
        ("socks4a://proxy.example", "socks4a://proxy.example:1080"),
        ("socks://proxy.example", "socks4://proxy.example:1080"),
        ("http://proxy.example:08080", "http://proxy.example:8080"),
        ("http://proxy.example.:80", "http://proxy.example.:80"),
        ("http://[0:0::1]:3128", "http://[::1]:3128"),
        ("[::1]", "http://[::1]:1080"),
        ("me:secret@proxy.example", "http://me:secret@proxy.example:1080"),
        ("http://me@proxy.example:1", "http://me:@proxy.example:1"),
        ("http://@proxy.example:1", "http://proxy.example:1"),
        ("http://me:p%40ss%3a@proxy.example:1", "http://me:p%40ss%3A@proxy.example:1"),
        ("http://DOMAIN\\me:50%@proxy.example:1", "http://DOMAIN%5Cme:50%25@proxy.example:1"),
        ("http://me:p@ss@proxy.example:1", "http://me:p%40ss@proxy.example:1"),
    ];
    for (value, url) in table {
        for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            assert_eq!(find(&[(name, value)]), proxied(url), "{name}={value}");
        }
    }
}

#[test]
fn an_invalid_value_is_an_error_of_its_variable() {
    const SCHEME: &str =
        "unsupported scheme, expected `http`, `https`, `socks5`, `socks5h`, `socks4` or `socks4a`";
    const BLANK: &str = "contains white space or a control character, such as a trailing line break";
    const PATH: &str =
        "contains a path, a query or a fragment; in a password, `/`, `?` and `#` are percent-encoded";
    const PORT: &str = "invalid port, expected 1 to 65535";
    const LENGTH: &str = "user name and password must take 1 to 255 bytes each";
    let table = [
        ("http://proxy.example:8080\r", BLANK),
        ("http://proxy.example:8080\n", BLANK),
        (" http://proxy.example:8080", BLANK),
        ("http://proxy.example:8080\u{a0}", BLANK),
        ("http://proxy.example:8080\0", BLANK),
        (" ", BLANK),
        ("\"http://proxy.example:8080\"", "starts with a quote"),
        ("'http://proxy.example:8080'", "starts with a quote"),
        ("htp://proxy.example:8080", SCHEME),
        ("ftp://proxy.example", SCHEME),
        ("socks6://proxy.example", SCHEME),
        ("direct://", SCHEME),
        ("://proxy.example", SCHEME),
        ("http:/proxy.example:8080", PATH),
        ("http://proxy.example/proxy.pac", PATH),
        ("http://proxy.example:8080?x", PATH),
        ("http://me:a/b@proxy.example:8080", PATH),
        ("http://me:a#b@proxy.example:8080", PATH),
        ("http:proxy.example:8080", PORT),
        ("http://proxy.example:", PORT),
        ("http://proxy.example:0", PORT),
        ("http://proxy.example:65536", PORT),
        ("http://proxy.example:+80", PORT),
        ("http://proxy.example:80x", PORT),
        ("http://::1:80", PORT),
        ("http://[::1]80", PORT),
        ("http://", "no host"),
        ("http://:8080", "no host"),
        ("http://me:secret@", "no host"),
        ("http://[]:80", "invalid IPv6 address"),
        ("http://[fe80::1%25eth0]:80", "invalid IPv6 address"),
        ("http://[::1:80", PORT),
        ("http://[::1", PORT),
        ("http://pro xy", BLANK),
        ("http://proxy..example", "invalid host"),
        ("http://prox\u{fc}.example", "invalid host"),
        ("http://127.1:80", "invalid host"),
        ("http://%70roxy.example", "invalid host"),
        ("http://me:%ff@proxy.example", "user name or password is not UTF-8"),
        ("socks4://me@proxy.example", "contains a user name, which `socks4` and `socks4a` do not support"),
        ("socks5://me@proxy.example", LENGTH),
        ("socks5h://:secret@proxy.example", LENGTH),
    ];
    for (value, why) in table {
        for name in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            let also = ("ALL_PROXY", "http://good.example");
            let expected = Err(format!("invalid {name}: {why}"));
            assert_eq!(find(&[(name, value), also]), expected, "{name}={value:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf8_is_an_error() {
    use std::os::unix::ffi::OsStringExt as _;

    for name in ["HTTPS_PROXY", "no_proxy"] {
        let variable = |requested| {
            (requested == name).then(|| OsString::from_vec(b"http://pr\xfcfung.example".to_vec()))
        };
        let error = EnvProxy::find(&BaseUrl::default(), variable).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid {name}: not UTF-8"));
    }
}

#[test]
fn a_loopback_url_uses_no_proxy_and_reads_no_variable() {
    for base_url in ["http://127.0.0.1:8080", "https://localhost", "https://[::1]:1"] {
        let found = EnvProxy::find(&base_url.parse().unwrap(), |name| panic!("{name} was read"));
        assert_eq!(found, Ok(None), "{base_url}");
    }
}

#[test]
fn no_proxy_covers_the_names_that_curl_covers() {
    let host = "api.brightdata.com";
    for covered in [
        "*",
        "api.brightdata.com",
        "brightdata.com",
        ".brightdata.com",
        "BrightData.COM",
        "api.brightdata.com.",
        ".api.brightdata.com.",
        "com",
        "a.example,brightdata.com",
        "a.example, brightdata.com",
        "a.example brightdata.com",
        "a.example\t,\tbrightdata.com ,",
        ",,brightdata.com",
    ] {
        assert!(is_direct(host, covered), "{covered}");
    }
    for other in [
        "",
        ",",
        ".",
        "data.com",
        "*.brightdata.com",
        "api.*",
        "*,a.example",
        "..brightdata.com",
        "x.api.brightdata.com",
        "api.brightdata.com:443",
        "https://api.brightdata.com",
        "brightdata.com;a.example",
        "0.0.0.0/1",
    ] {
        assert!(!is_direct(host, other), "{other}");
    }
}

#[test]
fn no_proxy_covers_addresses_and_networks() {
    let (v4, v6) = ("10.1.2.3", "[2001:db8::1]");
    let covered = [
        (v4, "10.1.2.3"),
        (v4, "a.example, 10.1.2.3"),
        (v4, "10.1.2.3/32"),
        (v4, "10.1.2.0/24"),
        (v4, "10.0.0.0/8"),
        (v4, "10.1.2.2/31"),
        (v6, "2001:db8::1"),
        (v6, "[2001:db8::1]"),
        (v6, "2001:0DB8:0::1"),
        (v6, "2001:db8::/32"),
        (v6, "[2001:db8::]/32"),
        (v6, "2001:db8::1/128"),
    ];
    for (host, list) in covered {
        assert!(is_direct(host, list), "{host} {list}");
    }
    let others = [
        (v4, "10.1.2.4"),
        (v4, "10.1.3.0/24"),
        (v4, "10.1.2.4/31"),
        (v4, "10.1.2.3/33"),
        (v4, "10.1.2.3/x"),
        (v4, "10.1.2.3/"),
        (v4, "0.0.0.0/0"),
        (v4, "10/8"),
        (v4, "10.1."),
        (v4, ".2.3"),
        (v4, "::ffff:10.1.2.3"),
        (v6, "2001:db8::2"),
        (v6, "2001:db9::/32"),
        (v6, "2001:db8::1/129"),
        (v6, "[2001:db8::1"),
        (v6, "0.0.0.0/1"),
    ];
    for (host, list) in others {
        assert!(!is_direct(host, list), "{host} {list}");
    }
}

#[test]
fn no_proxy_takes_precedence_over_an_invalid_value() {
    assert_eq!(find(&[("https_proxy", "htp://typo"), ("no_proxy", "brightdata.com")]), Ok(None));
}

#[test]
fn display_and_debug_show_no_credentials() {
    let variable = |name| (name == "ALL_PROXY").then(|| "socks5://me:hush@proxy.example:1".into());
    let proxy = EnvProxy::find(&BaseUrl::default(), variable).unwrap().unwrap();
    assert_eq!((proxy.variable(), proxy.to_string()), ("ALL_PROXY", "proxy.example:1".to_owned()));
    assert_eq!(format!("{proxy:?}"), r#"EnvProxy("proxy.example:1")"#);
}

proptest! {
    /// Any value is a proxy, or an error that does not show it.
    #[test]
    fn any_value_is_a_proxy_or_an_error(value in "\\PC{1,30}|[a-z0-9:/@.%\\[\\]\"]{1,30}|(http|socks5)://\\w{1,9}:\\w{1,9}@\\w{1,9}:\\d{1,6}") {
        match find(&[("ALL_PROXY", &value)]) {
            Ok(found) => {
                let url = found.expect("a value that is not empty is a proxy");
                // The normalized URL names the same proxy.
                prop_assert_eq!(find(&[("ALL_PROXY", &url)]), Ok(Some(url.clone())));
                prop_assert!(url::Url::parse(&url).is_ok() || url.contains("xn--"), "{}", url);
            }
            Err(error) => {
                prop_assert!(error.starts_with("invalid ALL_PROXY: "));
                prop_assert!(value.len() < 8 || !error.contains(&value));
            }
        }
    }

    /// No list causes a panic, and connections to a host in it are direct.
    #[test]
    fn any_host_in_no_proxy_is_direct(before in "\\PC{0,20}", after in "\\PC{0,20}") {
        let list = format!("{before},api.brightdata.com,{after}");
        prop_assert!(is_direct("api.brightdata.com", &list));
    }
}
