//! Validation of inputs, and the requests built from them.

use std::time::{Duration, Instant};

use brightdata_sessions::http::{Method, Request, Version};
use brightdata_sessions::{Api, ApiKey, BaseUrl, GetSession, InvalidInput, Now, SessionId};

const KEY: &str = "0123456789abcdef";

fn api() -> Api {
    Api::new(ApiKey::new(KEY).unwrap())
}

fn get(id: &str) -> GetSession {
    GetSession::new(id.parse().unwrap())
}

fn invalid<T>(result: Result<T, InvalidInput>) -> String {
    result.map(drop).unwrap_err().to_string()
}

/// All parts of a request. Each header has a flag: whether it is sensitive.
type Whole<'a> = (&'a Method, String, Version, Vec<(&'a str, &'a str, bool)>, bool);

fn whole(request: &Request<()>) -> Whole<'_> {
    let headers = request.headers().iter();
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap(), value.is_sensitive())).collect();
    headers.sort_unstable();
    (request.method(), request.uri().to_string(), request.version(), headers, request.extensions().is_empty())
}

#[test]
fn a_request_has_exactly_the_documented_parts() {
    let table = [
        (
            "https://api.brightdata.com",
            "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f",
            "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f",
        ),
        ("https://api.brightdata.com/", "x", "x"),
        ("http://127.0.0.1:8080", "..a", "..a"),
        ("http://[::1]:1/gate/way/", "a b/%2e?c#d+é", "a%20b%2F%252e%3Fc%23d%2B%C3%A9"),
    ];
    for (base, id, segment) in table {
        let request = api().with_base_url(base.parse().unwrap()).request(&get(id)).unwrap();
        let uri = format!("{}/browser_sessions/{segment}", base.trim_end_matches('/'));
        let headers = vec![
            ("accept", "application/json", false),
            ("authorization", "Bearer 0123456789abcdef", true),
            ("user-agent", concat!("brightdata-sessions/", env!("CARGO_PKG_VERSION")), false),
        ];
        assert_eq!(whole(&request), (&Method::GET, uri, Version::HTTP_11, headers, true));
    }
    assert_eq!(whole(&api().request(&get("x")).unwrap()).1, "https://api.brightdata.com/browser_sessions/x");
}

#[test]
fn any_id_is_one_encoded_path_segment() {
    let table = [
        ("a b", "a%20b"),
        ("a/../b", "a%2F..%2Fb"),
        ("...", "..."),
        ("..a", "..a"),
        ("%2e%2e", "%252e%252e"),
        ("a?b#c&d=e+f", "a%3Fb%23c%26d%3De%2Bf"),
        ("é日😀", "%C3%A9%E6%97%A5%F0%9F%98%80"),
        ("AZaz09-._~", "AZaz09-._~"),
        ("\\;:@!$'()*,\"<>[]{}|^`", "%5C%3B%3A%40%21%24%27%28%29%2A%2C%22%3C%3E%5B%5D%7B%7D%7C%5E%60"),
    ];
    for (id, segment) in table {
        let request = api().request(&get(id)).unwrap();
        assert_eq!(request.uri().path(), format!("/browser_sessions/{segment}"));
        assert_eq!(request.uri().query(), None);
    }
}

#[test]
fn the_longest_id_fits_after_the_longest_base_url() {
    let base = format!("http://127.0.0.1/{}", "p".repeat(2048 - "http://127.0.0.1/".len()));
    let request = api().with_base_url(base.parse().unwrap()).request(&get(&"😀".repeat(256))).unwrap();
    assert_eq!(request.uri().path().len(), 1 + 2031 + "/browser_sessions/".len() + 256 * 12);
}

#[test]
fn valid_base_urls_are_unchanged() {
    let table = [
        ("https://api.brightdata.com", false),
        ("https://example.com:65535", false),
        ("https://under_score.example-1.com", false),
        ("https://10.0.0.1", false),
        ("https://[2001:db8::1]:8443", false),
        ("https://localhost", true),
        ("http://127.0.0.1", true),
        ("http://127.255.255.254:8080", true),
        ("http://[::1]", true),
        ("http://[::1]:8080/a/b%20c/~d", true),
    ];
    for (text, loopback) in table {
        let url: BaseUrl = text.parse().unwrap();
        assert_eq!((url.to_string().as_str(), url.is_loopback()), (text, loopback));
        assert_eq!((url.as_str(), url.as_ref()), (text, text));
        assert_eq!(url.is_https(), text.starts_with("https:"));
        assert_eq!(format!("{text}/").parse(), Ok(url.clone()));
        let request = api().with_base_url(url).request(&get("x")).unwrap();
        assert_eq!(request.uri().to_string(), format!("{text}/browser_sessions/x"));
    }
}

#[test]
fn invalid_base_urls_are_rejected() {
    const HOST: &str = "invalid host, expected lower-case letters, digits, `-` and `.`";
    const V4: &str = "invalid IPv4 address, expected four decimal numbers";
    const V6: &str = "invalid IPv6 address, expected its shortest form";
    const PORT: &str = "invalid port, expected 1 to 65535 without leading zeros";
    const PLAIN: &str = "uses `http://` for a host other than 127.0.0.0/8 or [::1]; use `https://`";
    const NAME: &str =
        "uses `http://` for `localhost`, which may resolve to another machine; use 127.0.0.1 or [::1]";
    const PATH: &str = "contains a path character that must be percent-encoded";
    const DOTS: &str = "contains a `.` or `..` segment";
    const SCHEME: &str = "expected `https://` or `http://` at the start";
    const ASCII: &str = "contains a character other than visible ASCII, such as a space";
    let table = [
        ("", SCHEME),
        ("api.brightdata.com", SCHEME),
        ("HTTPS://api.brightdata.com", SCHEME),
        ("ftp://localhost", SCHEME),
        (" https://example.com", ASCII),
        ("https://exa mple.com", ASCII),
        ("https://example.com\n", ASCII),
        ("https://exämple.com", ASCII),
        ("https://", HOST),
        ("https:///x", HOST),
        ("https://:80", HOST),
        ("https://example..com", HOST),
        ("https://example.com.", HOST),
        ("https://-example.com", HOST),
        ("https://EXAMPLE.com", HOST),
        ("https://%65xample.com", HOST),
        ("https://127.1", V4),
        ("https://0x7f.0.0.1", V4),
        ("https://0x7f000001", V4),
        ("https://2130706433", V4),
        ("https://127.0.0.01", V4),
        ("http://127.0.0.1.example.com", PLAIN),
        ("http://localhost", NAME),
        ("http://localhost:8080/x", NAME),
        ("http://localhost.localdomain", PLAIN),
        ("http://localhost.example.com", PLAIN),
        ("http://example.com", PLAIN),
        ("http://10.0.0.1", PLAIN),
        ("http://0.0.0.0", PLAIN),
        ("http://[::2]", PLAIN),
        ("http://[::ffff:127.0.0.1]", PLAIN),
        ("http://[0:0:0:0:0:0:0:1]", V6),
        ("http://[::1%25lo]", V6),
        ("http://[::1", V6),
        ("http://[]", V6),
        ("http://::1", HOST),
        ("http://[::1]x", "invalid host"),
        ("https://user@example.com", "contains a user name"),
        ("https://user:pass@example.com", "contains a user name"),
        ("https://example.com:", PORT),
        ("https://example.com:0", PORT),
        ("https://example.com:080", PORT),
        ("https://example.com:65536", PORT),
        ("https://example.com:99999", PORT),
        ("https://example.com:+1", PORT),
        ("https://example.com:1:2", PORT),
        ("https://example.com?x", "contains a query or a fragment"),
        ("https://example.com/#x", "contains a query or a fragment"),
        ("https://example.com/./x", DOTS),
        ("https://example.com/a/..", DOTS),
        ("https://example.com/%2e%2E/a", DOTS),
        ("https://example.com//a", "contains an empty path segment"),
        ("https://example.com/a//", "contains an empty path segment"),
        ("https://example.com/a%2", PATH),
        ("https://example.com/a%zz", PATH),
        ("https://example.com/a\\b", PATH),
        ("https://example.com/<a>", PATH),
    ];
    for (url, why) in table {
        assert_eq!(invalid(url.parse::<BaseUrl>()), format!("invalid base URL: {why}"), "{url}");
    }
    let long = format!("https://example.com/{}", "a".repeat(2048));
    assert_eq!(invalid(long.parse::<BaseUrl>()), "invalid base URL: longer than 2048 characters");
}

#[test]
fn valid_keys_are_sent_unchanged() {
    for key in
        ["k", &"a".repeat(4096), "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f", "!#$%&*+/=?^_{|}~\\<>,;:.()[]@"]
    {
        let expected = format!("Bearer {key}");
        for key in [ApiKey::new(key).unwrap(), key.parse().unwrap()] {
            let request = Api::new(key).request(&get("x")).unwrap();
            assert_eq!(request.headers()["authorization"], expected);
        }
    }
}

#[test]
fn invalid_keys_are_rejected_and_not_shown() {
    const ASCII: &str = "contains a character other than visible ASCII, such as a space or a line break";
    let table = [
        ("", "empty"),
        (&*"a".repeat(4097), "longer than 4096 characters"),
        ("Bearer secret", "starts with `Bearer `; pass the key without it"),
        ("bearer secret", "starts with `Bearer `; pass the key without it"),
        ("\"secret\"", "in quotes; pass the key without them"),
        ("'secret", "in quotes; pass the key without them"),
        ("secret`", "in quotes; pass the key without them"),
        ("secret\n", ASCII),
        (" secret", ASCII),
        ("sec\tret", ASCII),
        ("sécret", ASCII),
        ("secret\u{7f}", ASCII),
    ];
    for (key, why) in table {
        let error = ApiKey::new(key).unwrap_err();
        assert_eq!(key.parse::<ApiKey>().unwrap_err(), error);
        assert_eq!(error.to_string(), format!("invalid API key: {why}"));
        assert!(!format!("{error:?}").contains("secret"));
    }
}

#[test]
fn valid_ids_are_unchanged() {
    for id in ["x", "...", "a.", "a b", "%", "日本", &"é".repeat(256)] {
        let id: (&str, SessionId) = (id, id.parse().unwrap());
        assert_eq!((id.1.as_str(), id.1.to_string().as_str(), id.1.as_ref()), (id.0, id.0, id.0));
    }
}

#[test]
fn invalid_ids_are_rejected() {
    let control = "contains a control character, such as a line break";
    let table = [
        ("", "empty"),
        (&*"é".repeat(257), "longer than 256 characters"),
        ("a\nb", control),
        ("a\u{0}", control),
        ("\u{7f}", control),
        ("a\u{9b}", control),
        (" a", "starts or ends with white space"),
        ("a\u{a0}", "starts or ends with white space"),
        (" ", "starts or ends with white space"),
        (".", "`.` and `..` are not allowed, because they change the path"),
        ("..", "`.` and `..` are not allowed, because they change the path"),
    ];
    for (id, why) in table {
        let expected = format!("invalid session id: {why}");
        assert_eq!(invalid(id.parse::<SessionId>()), expected);
        assert_eq!(invalid(SessionId::try_from(id)), expected);
        assert_eq!(invalid(SessionId::try_from(id.to_owned())), expected);
    }
}

#[test]
fn accessors_return_the_settings_of_each_clone() {
    let original = api();
    let base: BaseUrl = "http://127.0.0.1/x".parse().unwrap();
    let changed = original.clone().with_base_url(base.clone()).with_body_limit(7);
    assert_eq!((changed.base_url(), changed.body_limit()), (&base, 7));
    assert_eq!((original.base_url(), original.body_limit()), (&BaseUrl::default(), 8 << 20));
    assert_eq!(BaseUrl::default().to_string(), "https://api.brightdata.com");
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an instant can only come from the clock")]
fn clones_share_the_origin_of_time() {
    let (api, clone) = (api(), api().clone());
    let own = clone.clone();
    let first = Instant::now();
    let later = |seconds| first + Duration::from_secs(seconds);
    // A day before the first instant has room for times that another process saved.
    let start = Now::from(Duration::from_secs(24 * 60 * 60));
    assert_eq!(clone.now(later(1)), start);
    assert_eq!(own.now(later(3)), start + Duration::from_secs(2));
    assert_eq!(own.now(first), start, "an instant before the first one counts as the first");
    assert_eq!(api.now(later(9)), start, "another `Api` has its own origin");
    let shared = crate::support::drive::api().with_guard(own.guard().clone());
    assert_eq!(shared.now(later(4)), start + Duration::from_secs(3));
}

#[test]
fn debug_does_not_show_the_key() {
    let api = api();
    let request = api.request(&get("x")).unwrap();
    let shown =
        format!("{api:?} {:?} {request:?} {:?} {:#?}", api.key(), api.get(&"x".parse().unwrap()), api);
    assert!(!shown.contains(KEY), "{shown}");
    assert_eq!(format!("{:?}", api.key()), "ApiKey([redacted])");
}

#[test]
fn the_key_is_redacted_from_any_text_even_if_truncated() {
    let key = ApiKey::new(KEY).unwrap();
    let table = [
        ("nothing in here", "nothing in here"),
        ("0123456789abcdef", "[redacted]"),
        ("a0123456789abcdef0123456789abcdefb", "a[redacted]b"),
        ("ends with 01234567", "ends with [redacted]"),
        ("ends with 0123456", "ends with 0123456"),
        ("01234567 begins it", "01234567 begins it"),
    ];
    for (text, redacted) in table {
        assert_eq!(key.redact(text), redacted);
    }
}
