//! What a caller gives: ids, keys and addresses, and the requests that are made of them.

use brightdata_sessions::http::Request;
use brightdata_sessions::{Api, ApiKey, BaseUrl, GetSession, SessionId};
use url::Url;

use super::model::is_valid_id;
use super::{KEY, api};

/// The first line of the input is an id, the second a base URL, the third a key: each is refused, or stands in the request as it
/// is.
pub fn entry_point(input: &[u8]) {
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

/// An id is refused, or is one path segment that another library decodes to itself; and it is written and read as itself.
pub fn id_is_rejected_or_one_segment(id: &str) {
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

/// Nothing but what RFC 3986 calls unreserved, and what is encoded.
pub(super) fn is_encoded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
}

/// A library that normalises URLs, as an HTTP stack may, finds nothing to change: else it would be another request. `None` where it
/// does not take the host.
pub(super) fn parse_with_url_crate(request: &Request<()>) -> Option<Url> {
    let uri = request.uri();
    let url = Url::parse(&uri.to_string()).ok()?;
    let host_and_port = (url.host_str(), url.port_or_known_default());
    let default_port = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    assert_eq!(host_and_port, (uri.host(), uri.port_u16().or(Some(default_port))));
    assert_eq!((url.path(), url.query(), url.fragment()), (uri.path(), uri.query(), None));
    Some(url)
}

/// A base URL is refused, or stands as it is at the beginning of each request's; `http://` leads to a loopback address
/// alone.
pub fn base_url_is_rejected_or_unchanged(url: &str, id: &str) {
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

/// A key is refused, or is sent as it is, in one header that is marked as sensitive; what is shown of it, of an [`Api`] or of a request is
/// the same as of any other key; and it is taken out of any text.
pub fn key_is_rejected_or_sent_and_hidden(key: &str, text: &str) {
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
    // A short one is in many words by chance, and one with a bracket can come about anew where `[redacted]` meets what is beside it.
    if key.len() >= KEY.len() && !key.contains(['[', ']']) {
        let redacted = parsed.redact(&format!("{text} {key} {text}{key}")).into_owned();
        assert!(!redacted.contains(key), "{redacted}");
    }
}
