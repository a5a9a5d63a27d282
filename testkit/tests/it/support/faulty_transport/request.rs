//! The request as it is sent.

use brightdata_sessions::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use brightdata_sessions::http::{Request, Uri};
use percent_encoding::percent_decode_str;

use super::fault::Fault::{self, *};

/// Returns the bytes of the request.
pub(crate) fn write(
    fault: Option<Fault>,
    uri: &Uri,
    request: &Request<()>,
    cookie: Option<&[u8]>,
) -> Vec<u8> {
    let has = |wanted| fault == Some(wanted);
    let authority = uri.authority().expect("the URI is absolute");
    let version = if has(UsesHttp10) { "1.0" } else { "1.1" };
    let host = match fault {
        Some(HostWithoutPort) => authority.host(),
        Some(HostWithoutBrackets) => &authority.as_str().replace(['[', ']'], ""),
        _ => authority.as_str(),
    };
    let mut head =
        format!("GET {} HTTP/{version}\r\nhost: {host}\r\naccept-encoding: gzip\r\n", target(fault, uri));
    for (name, value) in request.headers() {
        let value = value.to_str().expect("the core sends only ASCII");
        match (name, fault) {
            (&ACCEPT, Some(AcceptsAnything)) => head += "accept: */*\r\n",
            (&USER_AGENT, Some(OwnUserAgent)) => head += "user-agent: wrong/1.0\r\n",
            (&AUTHORIZATION, Some(NoAuthorization)) => {}
            (&AUTHORIZATION, Some(AuthorizesTwice)) => {
                head += &format!("{name}: {value}\r\n{name}: {value}\r\n");
            }
            _ => head += &format!("{name}: {value}\r\n"),
        }
    }
    if let Some(cookie) = cookie {
        head += &format!("cookie: {}\r\n", cookie.escape_ascii());
    }
    head += match fault {
        Some(SendsEmptyBody) => "content-length: 0\r\n\r\n",
        Some(SendsBody) => "content-length: 2\r\n\r\n{}",
        Some(SendsReferrer) => "referer: http://localhost/\r\n\r\n",
        _ => "\r\n",
    };
    head.into_bytes()
}

fn target(fault: Option<Fault>, uri: &Uri) -> String {
    let target = uri.path_and_query().expect("the URI has a path").as_str();
    match fault {
        Some(AbsoluteTarget) => uri.to_string(),
        Some(DecodesTarget) => percent_decode_str(target).decode_utf8_lossy().replace([' ', '#'], "_"),
        Some(LowercasesTarget) => target.to_lowercase(),
        Some(PlusForSpace) => target.replace("%20", "+"),
        Some(DropsQuery) => uri.path().to_owned(),
        Some(TruncatesTarget) => target.chars().take(1000).collect(),
        Some(DropsBasePath) => {
            target[target.find("/browser_sessions").expect("the path is of the API")..].to_owned()
        }
        _ => target.to_owned(),
    }
}
