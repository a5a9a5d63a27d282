//! Domains of URLs, and URLs without their secrets.

use std::borrow::Cow;

use url::{Host, Url};

/// Returns the registrable domain of an `http` or `https` URL. Sessions are grouped by it.
///
/// Hosts are parsed and normalized by the [URL standard], as browsers do, so that all spellings of
/// a host are one domain: in ASCII (`xn--bcher-kva.de` for `bücher.de`), in lower case, without a
/// trailing dot, and with IP addresses in canonical form. In ASCII, letters that look alike are
/// distinct.
///
/// With the feature `psl`, the domain is the part that can be registered, by the public suffix list
/// (`example.co.uk` for `https://shop.example.co.uk/`). Without the feature, it is the whole host.
/// The same applies to IP addresses, and to names without such a part (`localhost`). `None` for any
/// other text, such as `about:blank`, and the `chrome-error://…` of a page that did not load.
///
/// [URL standard]: https://url.spec.whatwg.org/#host-parsing
///
/// ```
/// use brightdata_sessions_triage::registrable_domain;
///
/// let domain = registrable_domain("https://user:secret@WWW.Example.com:8443/a?b=c");
/// let expected = if cfg!(feature = "psl") { "example.com" } else { "www.example.com" };
/// assert_eq!(domain.as_deref(), Some(expected));
/// assert_eq!(registrable_domain("https://bücher.de").as_deref(), Some("xn--bcher-kva.de"));
/// assert_eq!(registrable_domain("about:blank"), None);
/// ```
pub fn registrable_domain(url: &str) -> Option<String> {
    if let Some(name) = plain_host(url) {
        return Some(registrable(name).to_owned());
    }
    Some(match host(url)? {
        Host::Domain(name) => registrable(&name).to_owned(),
        address => address.to_string(),
    })
}

/// Returns the part of a name that can be registered, or the whole name without such a part.
fn registrable(name: &str) -> &str {
    #[cfg(feature = "psl")]
    if let Some(registrable) = psl::domain_str(name) {
        return registrable;
    }
    name
}

/// Removes user, password, query and fragment from a URL, which can contain personal data and
/// tokens. User and password are also removed from a URL within its path.
///
/// The rest of the URL is unchanged, except that a URL with a user is normalized as in browsers.
///
/// ```
/// use brightdata_sessions_triage::redact_url;
///
/// assert_eq!(redact_url("https://user:secret@example.com/a?token=b#c"), "https://example.com/a");
/// assert_eq!(redact_url("(https://user:secret@example.com)"), "(https://example.com)");
/// ```
pub fn redact_url(url: &str) -> String {
    // Browsers ignore these anywhere in a URL.
    const IGNORED: [char; 3] = ['\t', '\n', '\r'];
    let url = if url.contains(IGNORED) { url.replace(IGNORED, "").into() } else { Cow::Borrowed(url) };
    let url = url.split(['?', '#']).next().unwrap_or_default();
    if !url.contains('@') {
        return url.to_owned();
    }
    match Url::parse(url) {
        // The only user is that of the URL itself.
        Ok(mut url) if url.has_host() && !url.path().contains('@') => {
            // These fail for the schemes whose URLs have neither.
            let _ = (url.set_username(""), url.set_password(None));
            url.into()
        }
        _ => without_users(url),
    }
}

/// Removes user and password from all URLs in a string: those in the path of another, in a list, or
/// in parentheses.
fn without_users(path: &str) -> String {
    let mut redacted = String::with_capacity(path.len());
    // Whether the result so far ends with a web scheme, apart from slashes after it. It is stored,
    // because a search back through the slashes for each part would take quadratic time.
    let mut follows_web_scheme = false;
    // An authority is a whole part, or the rest of a part after a scheme without slashes.
    for part in path.split_inclusive(SLASHES) {
        let user = part.rfind('@').and_then(|at| {
            let is_authority = follows_web_scheme || redacted.ends_with("://");
            let start = if is_authority { 0 } else { web_scheme_end(part)? };
            (start <= at).then_some((start, at + 1))
        });
        let (start, end) = user.unwrap_or_default();
        let before = redacted.len();
        redacted.push_str(part.get(..start).unwrap_or_default());
        redacted.push_str(part.get(end..).unwrap_or_default());
        let text = redacted.strip_suffix(SLASHES).unwrap_or(&redacted);
        if text.len() > before {
            follows_web_scheme = ends_with_web_scheme(text);
        }
    }
    redacted
}

/// Redacts each word of a string that contains `://`.
pub(crate) fn redact_urls(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let redact = |part: &str| {
        let word = part.trim_end_matches(char::is_whitespace);
        let blank = part.strip_prefix(word).unwrap_or_default();
        if word.contains("://") { redact_url(word) + blank } else { part.to_owned() }
    };
    Cow::Owned(text.split_inclusive(char::is_whitespace).map(redact).collect())
}

/// Browsers accept a backslash as a slash. For `http` and `https`, they accept any number of
/// slashes before the authority, even none. For other schemes, it follows two slashes.
const SLASHES: [char; 2] = ['/', '\\'];

/// Returns the end of the first `http:` or `https:`.
fn web_scheme_end(text: &str) -> Option<usize> {
    let mut ends = text.match_indices(':').map(|(colon, _)| colon + 1);
    ends.find(|end| text.get(..*end).is_some_and(ends_with_web_scheme))
}

fn ends_with_web_scheme(text: &str) -> bool {
    let ends_with = |scheme: &str| {
        let start = text.len().checked_sub(scheme.len());
        start.and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(scheme))
    };
    ends_with("http:") || ends_with("https:")
}

/// Returns the host of a URL without a user and a port, if it is a name in its normal form already.
/// Most are, and to parse a URL takes much longer.
fn plain_host(url: &str) -> Option<&str> {
    const MAX_LABEL: usize = 63;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let mut end = rest.len();
    let mut label = 0;
    let mut previous = b'.';
    for (index, byte) in rest.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {}
            // No label is empty, or begins or ends with a hyphen. Two hyphens may be those of `xn--`.
            b'-' | b'.' if !matches!(previous, b'-' | b'.') && index - label <= MAX_LABEL => {
                if byte == b'.' {
                    label = index + 1;
                }
            }
            b'/' | b'?' | b'#' => {
                end = index;
                break;
            }
            _ => return None,
        }
        previous = byte;
    }
    // A name that ends with a number is an IPv4 address, or invalid.
    let is_name = rest.as_bytes().get(label).is_some_and(u8::is_ascii_lowercase);
    let is_plain = is_name && !matches!(previous, b'-' | b'.') && end - label <= MAX_LABEL && end <= MAX_NAME;
    rest.get(..end).filter(|_| is_plain)
}

/// Returns the host of an `http` or `https` URL, as browsers parse it, without a trailing dot.
fn host(url: &str) -> Option<Host<String>> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    match url.host()?.to_owned() {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            let valid = name.len() <= MAX_NAME && name.split('.').all(|label| !label.is_empty());
            valid.then(|| Host::Domain(name.to_owned()))
        }
        address => Some(address),
    }
}

/// The maximum length of a name in the domain name system, in bytes.
const MAX_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn a_plain_host_is_that_of_a_browser(
            name in "[a-c0-2xn.-]{1,8}(\\.[a-c0-2x-]{1,4})?|[a-z]{1,3}(\\.[a-z0-9]{1,3}){0,3}|\\PC{0,4}",
            rest in "([/?#@:\\\\\t\n]|\\PC){0,4}",
            scheme in "https?://|https:/|HTTP://|ftp://",
        ) {
            let url = format!("{scheme}{name}{rest}");
            if let Some(plain) = plain_host(&url) {
                prop_assert_eq!(host(&url), Some(Host::Domain(plain.to_owned())), "{}", url);
            }
        }
    }

    #[test]
    fn usual_hosts_are_plain() {
        for host in ["www.example.com", "a-b.example.co.uk", "localhost", "1.example.a2"] {
            for rest in ["", "/", "/a/b?c=d", "?a", "#a"] {
                assert_eq!(plain_host(&format!("https://{host}{rest}")), Some(host));
            }
        }
        for host in ["", "a.", ".a", "a..b", "A.com", "xn--a", "a.1", "a.0x1", "-a", "a-", "a:1", "a@b", "é"]
        {
            assert_eq!(plain_host(&format!("https://{host}/")), None, "{host}");
        }
    }

    #[test]
    fn a_host_is_parsed_as_by_browsers() {
        let table = [
            ("https://www.example.com", Some("www.example.com")),
            ("HTTP://www.example.com:8080/a", Some("www.example.com")),
            ("https://a@b:c@www.example.com?d@e", Some("www.example.com")),
            ("https://www.example.com\\@evil.example", Some("www.example.com")),
            ("https://www.example.com#@evil.example", Some("www.example.com")),
            ("https://www.example.com./a", Some("www.example.com")),
            ("https://www.example.com:/", Some("www.example.com")),
            ("https://[2001:db8::1]:8080/a", Some("[2001:db8::1]")),
            ("https://192.0.2.1/", Some("192.0.2.1")),
            ("https:///www.example.com/a", Some("www.example.com")),
            ("https:\\\\me@www.example.com\\a", Some("www.example.com")),
            ("https:me@www.example.com/a", Some("www.example.com")),
        ];
        for (url, found) in table {
            assert_eq!(host(url).map(|host| host.to_string()).as_deref(), found, "{url}");
        }
    }

    #[test]
    fn all_spellings_of_a_host_are_one_domain() {
        for (domain_of_all, hosts) in [
            (
                "xn--bcher-kva.de",
                &["bücher.de", "xn--bcher-kva.de", "XN--Bcher-KVA.de.", "BÜCHER.DE", "bu\u{308}cher.de"][..],
            ),
            ("xn--r8jz45g.jp", &["例え.jp", "例え。jp", "xn--r8jz45g.jp"]),
            ("xn--strae-oqa.de", &["straße.de", "xn--strae-oqa.de"]),
            (
                "example.com",
                &[
                    "EXAMPLE.com",
                    "ｅｘａｍｐｌｅ.ｃｏｍ",
                    "example.com.",
                    "%65xample.com",
                    "ex\u{ad}ample.com",
                    "example。com",
                ],
            ),
            (
                "[2001:db8::1]",
                &["[2001:db8::1]", "[2001:DB8:0:0:0:0:0:1]", "[2001:0db8::0001]", "[2001:db8::0.0.0.1]"],
            ),
            (
                "127.0.0.1",
                &["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "127.0.0.1.", "１２７.0.0.1"],
            ),
            // Cyrillic letters that look like Latin ones.
            ("xn--80ak6aa92e.com", &["аррӏе.com"]),
        ] {
            for host in hosts {
                assert_eq!(
                    registrable_domain(&format!("https://me@{host}:443/a")).as_deref(),
                    Some(domain_of_all),
                    "{host}"
                );
            }
        }
    }

    #[test]
    fn a_long_host_takes_linear_time() {
        for host in ["é".repeat(100_000), "é.".repeat(100_000), "%C3%A9".repeat(100_000)] {
            assert_eq!(registrable_domain(&format!("https://{host}/")), None);
        }
    }

    #[test]
    fn a_name_over_253_bytes_is_not_a_host() {
        let name = |length: usize| format!("https://{}/", "a.".repeat(length / 2) + "a");
        assert_eq!(host(&name(252)).map(|host| host.to_string().len()), Some(253));
        assert_eq!(host(&name(254)), None);
    }

    #[test]
    fn only_web_addresses_have_a_host() {
        let texts = [
            "",
            "about:blank",
            "example.com/a",
            "file:///etc/passwd",
            "chrome-error://chromewebdata/",
            "https://",
            "https:",
            "https:///?a",
            "(https://a/",
            "https://user@/",
            "https://.",
            "https://a..b/",
            "https://.a/",
            "https://a b/",
            "https://<b>/",
            "https://a%20b/",
            "https://a\u{0}b/",
            "https://a:b/",
            "https://[",
            "https://[]",
            "https://[::1",
            "https://[::1]x",
            "https://[é]/",
            "://a",
        ];
        for text in texts {
            assert_eq!((host(text), registrable_domain(text)), (None, None), "{text:?}");
        }
    }

    #[test]
    fn a_domain_is_lower_case_and_an_address_is_whole() {
        assert_eq!(registrable_domain("https://[2001:DB8::1]/").as_deref(), Some("[2001:db8::1]"));
        assert_eq!(registrable_domain("https://192.0.2.1:80/").as_deref(), Some("192.0.2.1"));
        assert_eq!(registrable_domain("https://LOCALHOST/").as_deref(), Some("localhost"));
    }

    #[cfg(feature = "psl")]
    #[test]
    fn a_domain_is_the_registrable_part_of_a_host() {
        let table = [
            ("https://a.b.example.com/", "example.com"),
            ("https://shop.EXAMPLE.co.uk/", "example.co.uk"),
            ("https://someone.github.io/", "someone.github.io"),
            ("https://github.io/", "github.io"),
            ("https://a.b.unlisted/", "b.unlisted"),
            ("https://www.xn--fsqu00a.xn--55qx5d.cn/", "xn--fsqu00a.xn--55qx5d.cn"),
        ];
        for (url, owned) in table {
            assert_eq!(registrable_domain(url).as_deref(), Some(owned), "{url}");
        }
    }

    #[cfg(not(feature = "psl"))]
    #[test]
    fn without_psl_a_domain_is_the_host() {
        assert_eq!(registrable_domain("https://a.b.Example.com/").as_deref(), Some("a.b.example.com"));
    }

    #[test]
    fn a_redacted_url_has_no_user_query_or_fragment() {
        let table = [
            ("https://a.b/c?d=e#f", "https://a.b/c"),
            ("https://a.b?d=e", "https://a.b"),
            ("https://a.b#f?d", "https://a.b"),
            ("https://user:pass@a.b/c@d", "https://a.b/c@d"),
            ("https://user@A.B:443/c", "https://a.b/c"),
            ("https://user:pass@bücher.de/é", "https://xn--bcher-kva.de/%C3%A9"),
            ("https://bücher.de/é?a", "https://bücher.de/é"),
            ("a.b/c?d", "a.b/c"),
            ("data:text/html,<b>?secret", "data:text/html,<b>"),
            // Browsers find a user and a password in these, too.
            ("https:\\\\me:pw@h/a", "https://h/a"),
            ("https:/me:pw@h/a", "https://h/a"),
            ("https:///me:pw@h/a", "https://h/a"),
            ("HTTP:/\\/me:pw@h\\a", "http://h/a"),
            ("HTTP:/\\/me:pw@h\\a@b", "HTTP:/\\/h\\a@b"),
            ("https:me:pw@h/a", "https://h/a"),
            ("(https:///me:pw@h/a", "(https:///h/a"),
            ("(HTTP:/\\/me:pw@h\\a@b", "(HTTP:/\\/h\\a@b"),
            ("(https:me:pw@h/a", "(https:h/a"),
            ("blob:https://me:pw@h/a", "blob:https://h/a"),
            ("wss://me:pw@h/a", "wss://h/a"),
            ("https://me:pw@h:port/a", "https://h:port/a"),
            // For other schemes, this is a path.
            ("file:///me@h/a", "file:///me@h/a"),
            ("mailto:me@h", "mailto:me@h"),
            ("é:p://me@h", "é:p://h"),
            // A user name that looks like a scheme.
            ("https://myhttp:pw@h/a", "https://h/a"),
            // A URL in the path of another, or right after it.
            ("https://a/https://me:pw@h/b", "https://a/https://h/b"),
            ("https://a/,https://me:pw@h/?b", "https://a/,https://h/"),
            ("https://a,https://me:pw@h/b", "https://a,https://h/b"),
            ("https://me:pw@a,wss://me:pw@h/b,https:me:pw@i/c", "https://a,wss://h/b,https:i/c"),
            ("https://a/b@c,file:///me@h", "https://a/b@c,file:///me@h"),
            // Browsers ignore tabs and line breaks.
            ("ht\ttps:me:p\nw@h/a", "https://h/a"),
            ("(https:/\r\n/me:pw@h/a", "(https://h/a"),
            ("", ""),
        ];
        for (url, redacted) in table {
            assert_eq!(redact_url(url), redacted, "{url}");
        }
    }

    #[test]
    fn a_million_slashes_take_linear_time() {
        // Quadratic time would take hours.
        let slashes = 1_000_000;
        assert_eq!(
            redact_url(&format!("http:{}", "@/".repeat(slashes))),
            format!("http:{}", "/".repeat(slashes))
        );
    }

    #[test]
    fn only_urls_in_a_text_are_redacted() {
        let table = [
            ("what? #1 me@h", "what? #1 me@h"),
            (
                "no answer\tof  https://me:pw@h/a?token=1 \n(wss://me:pw@i/#b) why?\n",
                "no answer\tof  https://h/a \n(wss://i/ why?\n",
            ),
            ("of https://a/,https://user:pw@b/?q and c", "of https://a/,https://b/ and c"),
            ("https://h/?a\u{3000}b?", "https://h/\u{3000}b?"),
            ("", ""),
        ];
        for (text, redacted) in table {
            assert_eq!(redact_urls(text), redacted);
        }
    }
}
