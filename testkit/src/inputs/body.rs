//! Bodies of a 200.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};

use super::{ID, json};

/// The body of a 200 to a request for the session with the id [`ID`].
#[derive(Clone, PartialEq, Eq)]
pub struct SessionBody(pub Vec<u8>);

/// The body of a 200 to a request for the first page of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct PageBody(pub Vec<u8>);

impl fmt::Debug for SessionBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionBody({:?})", String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for PageBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageBody({:?})", String::from_utf8_lossy(&self.0))
    }
}

impl<'a> Arbitrary<'a> for SessionBody {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let session = session(u, ID)?;
        let more = if u.ratio(7, 8)? { String::new() } else { format!(",\"more\":{}", json::any(u, 2)?) };
        maybe_broken(u, format!(r#"{{"session":{session}{more}}}"#)).map(Self)
    }
}

impl<'a> Arbitrary<'a> for PageBody {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let count = u.int_in_range(0..=4)?;
        let sessions: Vec<_> =
            (0..count).map(|number| session(u, &format!("id-{number}"))).collect::<Result<_>>()?;
        let (has_more, limit) = (u.arbitrary::<bool>()?, u.int_in_range(1..=100_u8)?);
        let total = json::whole(u)?;
        let offset = if u.ratio(7, 8)? { "0".to_owned() } else { json::whole(u)? };
        let next = if u.ratio(3, 4)? { count.to_string() } else { json::any(u, 1)? };
        let body = format!(
            r#"{{"sessions":[{}],"count":{count},"total":{total},"pagination":{{"offset":{offset},"limit":{limit},"has_more":{has_more},"next_offset":{next}}}}}"#,
            sessions.join(",")
        );
        maybe_broken(u, body).map(Self)
    }
}

/// The fields with a string, and usual values.
const TEXTS: [(&str, &[&str]); 6] = [
    ("status", &["finished", "failed", "running", "paused"]),
    ("api_name", &["scraping_browser1", "zone"]),
    ("timestamp", &["2025-12-16T18:53:41Z", "2025-12-16T20:53:41.5+02:00", "2025-02-29T00:00:00Z", "soon"]),
    ("target_url", &["https://example.com/", "https://example.com/?q=a%20b", "about:blank"]),
    ("end_url", &["https://example.com/", "chrome-error://chromewebdata/"]),
    ("captcha", &["none", "solved", "failed", "detected"]),
];

/// Returns a session as JSON, mostly a valid one.
fn session(u: &mut Unstructured<'_>, id: &str) -> Result<String> {
    let mut members = vec![("session_id", format!("\"{id}\""))];
    for (name, words) in TEXTS {
        if u.ratio(3, 4)? {
            members.push((name, json::string(u, words)?));
        }
    }
    for name in ["navigations", "bandwidth"] {
        if u.ratio(3, 4)? {
            members.push((name, json::whole(u)?));
        }
    }
    if u.ratio(3, 4)? {
        members.push(("duration", json::seconds(u)?));
    }
    if !u.ratio(3, 4)? {
        members.push(("error", error(u)?));
    }
    if !u.ratio(3, 4)? {
        members.push((u.choose(&["new_field", "", "Status", "sessionId", "cost\\u0041"])?, json::any(u, 2)?));
    }
    if !u.ratio(9, 10)? {
        break_member(u, &mut members)?;
    }
    let start = u.int_in_range(0..=members.len() - 1)?;
    members.rotate_left(start);
    let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    Ok(format!("{{{}}}", members.join(",")))
}

fn error(u: &mut Unstructured<'_>) -> Result<String> {
    let code = json::string(u, &["no_peers", "inactivity_timeout", "net::ERR_CONNECTION_RESET"])?;
    let message = json::string(u, &["No peers available", "The session was idle for 5 minutes"])?;
    let more = if u.ratio(3, 4)? { String::new() } else { format!(",\"more\":{}", json::any(u, 1)?) };
    Ok(format!(r#"{{"code":{code},"message":{message}{more}}}"#))
}

/// Replaces, removes or repeats a member.
fn break_member(u: &mut Unstructured<'_>, members: &mut Vec<(&str, String)>) -> Result<()> {
    let at = u.int_in_range(0..=members.len() - 1)?;
    match u.int_in_range(0..=3)? {
        0 | 1 => members[at].1 = json::any(u, 1)?,
        2 => members.push(members[at].clone()),
        _ => drop(members.remove(at)),
    }
    if members.is_empty() {
        members.push(("session_id", "null".to_owned()));
    }
    Ok(())
}

/// Returns the bytes of a body. Every eighth has some bytes changed, or is truncated.
fn maybe_broken(u: &mut Unstructured<'_>, body: String) -> Result<Vec<u8>> {
    let mut body = body.into_bytes();
    if u.ratio(7, 8)? {
        return Ok(body);
    }
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.int_in_range(0..=body.len() - 1)?;
        match u.int_in_range(0..=3)? {
            0 => body[at] = u.arbitrary()?,
            1 => drop(body.remove(at)),
            2 => body.insert(at, *u.choose(b"\"\\{}[],:0-. \xff")?),
            _ => body.truncate(at),
        }
        if body.is_empty() {
            break;
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use brightdata_sessions::http::Response;
    use brightdata_sessions::{Api, ApiKey, GetSession, ListSessions};

    use super::super::tests::generate;
    use super::*;

    fn api() -> Api {
        Api::new(ApiKey::new("any-key").unwrap())
    }

    #[test]
    fn no_bytes_give_a_simple_valid_body() {
        let SessionBody(session) = Unstructured::new(&[]).arbitrary().unwrap();
        let PageBody(page) = Unstructured::new(&[]).arbitrary().unwrap();
        let get = GetSession::new(ID.parse().unwrap());
        assert_eq!(api().parse(&get, Response::new(&*session)).unwrap().bandwidth, Some(0));
        assert_eq!(api().parse(&ListSessions::new(), Response::new(&*page)).unwrap().sessions, []);
    }

    #[test]
    fn most_sessions_are_valid_and_the_others_differ() {
        let get = GetSession::new(ID.parse().unwrap());
        let results: Vec<_> = generate::<SessionBody>(1000)
            .iter()
            .map(|body| api().parse(&get, Response::new(&*body.0)).map_err(|error| error.to_string()))
            .collect();
        let valid = results.iter().filter(|result| result.is_ok()).count();
        assert!((600..900).contains(&valid), "{valid} of 1000 are valid");
        let errors: BTreeSet<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(errors.len() > 50, "{errors:#?}");
        let with_error = results.iter().flatten().filter(|session| session.error.is_some()).count();
        assert!((100..400).contains(&with_error), "{with_error} of 1000 have an error");
    }

    #[test]
    fn most_pages_are_valid_and_the_others_differ() {
        let results: Vec<_> = generate::<PageBody>(1000)
            .iter()
            .map(|body| {
                api().parse(&ListSessions::new(), Response::new(&*body.0)).map_err(|error| error.to_string())
            })
            .collect();
        let lengths: BTreeSet<_> = results.iter().flatten().map(|page| page.sessions.len()).collect();
        assert_eq!(lengths, (0..=4).collect());
        let valid = results.iter().filter(|result| result.is_ok()).count();
        assert!((400..800).contains(&valid), "{valid} of 1000 are valid");
        let errors: BTreeSet<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(errors.len() > 50, "{errors:#?}");
    }

    #[cfg(feature = "properties")]
    #[test]
    fn each_generated_body_satisfies_its_properties() {
        generate::<SessionBody>(1000).iter().for_each(|body| crate::properties::session::check(&body.0));
        generate::<PageBody>(300).iter().for_each(|body| crate::properties::page::check(&body.0));
    }
}
