//! The caller's ids, keys and addresses, and the requests with them.

use brightdata_sessions::http::Request;
use brightdata_sessions::{Api, ApiKey, BaseUrl, GetSession, SessionId};
use url::Url;

use super::echo::{html_mixed, json_mixed, percent_mixed};
use super::model::is_valid_id;
use super::{KEY, api};

/// Each value is rejected, or appears unchanged in the request. The lines of the input are an id, a
/// base URL and a key.
pub fn check(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut lines = input.splitn(3, '\n');
    let id = lines.next().unwrap_or_default();
    id_is_rejected_or_one_segment(id);
    if let Some(url) = lines.next() {
        base_url_is_rejected_or_unchanged(url, id);
    }
    if let Some(key) = lines.next() {
        key_is_rejected_or_sent_and_hidden(key, id);
    }
}

/// An id is rejected, or is one path segment that an independent library decodes to the id. It
/// round-trips through JSON.
pub(crate) fn id_is_rejected_or_one_segment(id: &str) {
    let parsed = id.parse::<SessionId>().ok();
    assert_eq!(parsed.as_ref().map(SessionId::as_str), Some(id).filter(|id| is_valid_id(id)));
    let Some(parsed) = parsed else { return };
    let json = serde_json::to_string(&parsed).unwrap();
    assert_eq!(serde_json::from_str::<SessionId>(&json).unwrap(), parsed);

    let request = api().request(&GetSession::new(parsed)).unwrap();
    assert_eq!(request.uri().query(), None);
    let segment = request.uri().path().strip_prefix("/browser_sessions/").unwrap();
    assert!(is_encoded(segment), "{segment}");
    assert_eq!(urlencoding::decode(segment).unwrap(), id);
    assert_eq!(parse_with_url_crate(&request).unwrap().path_segments().unwrap().count(), 2);
}

/// Returns whether a string has only unreserved characters of RFC 3986 and encoded bytes.
pub(super) fn is_encoded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
}

/// Parses the URL with a library that normalizes URLs, as an HTTP client may. The library must
/// change nothing, or the client would send another request. Returns `None` if it rejects the host.
pub(super) fn parse_with_url_crate(request: &Request<()>) -> Option<Url> {
    let uri = request.uri();
    let url = Url::parse(&uri.to_string()).ok()?;
    let host_and_port = (url.host_str(), url.port_or_known_default());
    let default_port = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    assert_eq!(host_and_port, (uri.host(), uri.port_u16().or(Some(default_port))));
    assert_eq!((url.path(), url.query(), url.fragment()), (uri.path(), uri.query(), None));
    Some(url)
}

/// A base URL is rejected, or each request's URL starts with it unchanged. `http://` leads only to
/// a loopback address.
pub(crate) fn base_url_is_rejected_or_unchanged(url: &str, id: &str) {
    let Ok(base) = url.parse::<BaseUrl>() else { return };
    let url = url.strip_suffix('/').unwrap_or(url);
    assert_eq!(base.to_string(), url);
    let is_loopback = base.is_loopback();
    let id = id.parse().unwrap_or_else(|_| "x".parse().unwrap());
    let own = api().with_base_url(base).request(&GetSession::new(id)).unwrap();
    let segment = own.uri().path().rsplit('/').next().unwrap();
    assert_eq!(own.uri().to_string(), format!("{url}/browser_sessions/{segment}"));
    let other = parse_with_url_crate(&own);
    let to_this_machine = other.and_then(|url| {
        Some(match url.host()? {
            url::Host::Domain(name) => name == "localhost",
            url::Host::Ipv4(address) => address.is_loopback(),
            url::Host::Ipv6(address) => address.is_loopback(),
        })
    });
    assert!(to_this_machine.is_none_or(|to_this_machine| to_this_machine == is_loopback), "{url}");
    let is_plain_name = url.starts_with("http://localhost");
    assert!(url.starts_with("https://") || (is_loopback && !is_plain_name), "{url}");
}

/// A key is rejected, or is sent unchanged in one header that is marked as sensitive. The `Debug`
/// output of the key, an [`Api`] and a request is the same for every key. The key is redacted from
/// any string, with any of its characters escaped.
pub(crate) fn key_is_rejected_or_sent_and_hidden(key: &str, text: &str) {
    let Ok(parsed) = ApiKey::new(key) else { return };
    let [(shown, request), (shown_of_another, _)] = [parsed.clone(), ApiKey::new(KEY).unwrap()].map(|key| {
        let api = Api::new(key.clone());
        let request = api.request(&GetSession::new("x".parse().unwrap())).unwrap();
        (format!("{key:?} {api:?} {request:?}"), request)
    });
    assert_eq!(shown, shown_of_another);
    let headers: Vec<_> = request.headers().keys().map(|name| name.as_str()).collect();
    assert_eq!(headers, ["accept", "user-agent", "authorization"]);
    let header = &request.headers()["authorization"];
    assert_eq!((header.to_str().unwrap(), header.is_sensitive()), (format!("Bearer {key}").as_str(), true));
    // Many words contain a short key by chance. A key with a bracket can appear again where
    // `[redacted]` meets the text around it.
    if key.len() >= KEY.len() && !key.contains(['[', ']']) {
        let redacted = parsed.redact(&format!("{text} {key} {text}{key}")).into_owned();
        assert!(!redacted.contains(key), "{redacted}");
        for mixed in [json_mixed, percent_mixed, html_mixed] {
            let escaped = mixed(key, &[text.as_bytes(), &[0]].concat());
            let redacted = parsed.redact(&format!("a text before {escaped} and after")).into_owned();
            assert_eq!(redacted, "a text before [redacted] and after", "{escaped}");
        }
    }
}
