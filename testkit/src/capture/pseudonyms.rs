//! Pseudonyms for ids, hosts and zones, in the order in which they appear.

use std::collections::HashMap;

use crate::api::is_uuid_shaped;

#[derive(Debug, Default)]
pub(super) struct Pseudonyms {
    sessions: HashMap<String, String>,
    domains: HashMap<String, usize>,
    subdomains: HashMap<String, usize>,
    zones: HashMap<String, usize>,
    removed: usize,
}

impl Pseudonyms {
    pub(super) fn counts(&self) -> [(&'static str, usize); 4] {
        [
            ("session ids", self.sessions.len()),
            ("domains", self.domains.len()),
            ("zones", self.zones.len()),
            ("parts of URLs", self.removed),
        ]
    }

    /// Replaces the value of a member or parameter.
    pub(super) fn value(&mut self, name: Option<&str>, value: &str) -> String {
        match name {
            _ if value.is_empty() || value == "[redacted]" => value.to_owned(),
            Some("session_id") => self.session(value),
            Some("api_name") => format!("zone-{}", number(&mut self.zones, value)),
            Some("target_url" | "end_url") => self.url(value),
            _ if is_url(value) => self.url(value),
            _ => self.text(value),
        }
    }

    pub(super) fn session(&mut self, id: &str) -> String {
        let number = self.sessions.len() + 1;
        let pseudonym = || match is_uuid_shaped(id) {
            true => format!("00000000-0000-4000-8000-{number:012}"),
            false => format!("session-{number}"),
        };
        self.sessions.entry(id.to_owned()).or_insert_with(pseudonym).clone()
    }

    /// Replaces ids, URLs, hosts and mail addresses in a text.
    pub(super) fn text(&mut self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut rest = text;
        // A URL in quotes can contain spaces, as in a page.
        while let Some((before, url, after)) = quoted_url(rest) {
            clean += &self.words(before);
            clean += &self.url(url);
            rest = after;
        }
        clean + &self.words(rest)
    }

    fn words(&mut self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        for piece in text.split_inclusive(is_delimiter) {
            let end = piece.trim_end_matches(is_delimiter).len();
            let (word, delimiter) = piece.split_at(end);
            clean += &self.word(word);
            clean += delimiter;
        }
        clean
    }

    fn word(&mut self, word: &str) -> String {
        if let Some(pseudonym) = self.sessions.get(word) {
            return pseudonym.clone();
        }
        if let Some(at) = word.find("://") {
            let is_scheme = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
            let start = word[..at].trim_end_matches(is_scheme).len();
            return self.parts(&word[..start]) + &self.url(&word[start..]);
        }
        // An encoded URL has an encoded query.
        let cut = self.without_query(word, &["?", "%3f", "%23"]);
        match cut.rsplit_once('@') {
            Some((user, host)) if !user.is_empty() => {
                self.removed += 1;
                "user@".to_owned() + &self.parts(host)
            }
            _ => self.parts(cut),
        }
    }

    /// Replaces ids and hosts between percent-encoded characters.
    fn parts(&mut self, word: &str) -> String {
        let mut pieces = word.split('%');
        let mut clean = self.runs(pieces.next().unwrap_or_default());
        for piece in pieces {
            let is_hex = |hex: &&str| hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            let escape = piece.get(..2).filter(is_hex).unwrap_or_default();
            clean += "%";
            clean += escape;
            clean += &self.runs(&piece[escape.len()..]);
        }
        clean
    }

    /// Replaces ids and hosts among the runs of letters, digits, dots and hyphens.
    fn runs(&mut self, word: &str) -> String {
        let mut clean = String::with_capacity(word.len());
        let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
        for piece in word.split_inclusive(|c| !is_part(c)) {
            let end = piece.trim_end_matches(|c| !is_part(c)).len();
            let (part, delimiter) = piece.split_at(end);
            let core = part.trim_end_matches('.');
            clean += &match core {
                core if is_uuid_shaped(core) => self.session(core),
                core if is_host(core) => self.host(core),
                core => core.to_owned(),
            };
            clean += &part[core.len()..];
            clean += delimiter;
        }
        clean
    }

    /// Replaces the host of a URL, and removes its user, query and fragment.
    fn url(&mut self, url: &str) -> String {
        let url = self.without_query(url, &["?", "#", "%3f", "%23"]);
        let Some((scheme, rest)) = url.split_once(':') else { return self.parts(url) };
        let rest = rest.replace('\\', "/");
        match scheme.to_ascii_lowercase().as_str() {
            "about" | "chrome" | "chrome-error" => return url.to_owned(),
            "http" | "https" | "ws" | "wss" | "ftp" => {}
            _ if is_scheme(scheme) => {
                self.removed += 1;
                return format!("{scheme}:removed");
            }
            _ => return self.parts(url),
        }
        let after = rest.trim_start_matches('/');
        let slashes = &rest[..rest.len() - after.len()];
        let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        let address = match authority.rsplit_once('@') {
            Some((_, address)) => {
                self.removed += 1;
                address
            }
            None => authority,
        };
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let (host, port) = match address.rsplit_once(':').filter(|(_, port)| is_port(port)) {
            Some((host, port)) => (host, format!(":{port}")),
            None => (address, String::new()),
        };
        let host = if host.is_empty() { String::new() } else { self.host(host) };
        let path = self.parts(path);
        format!("{scheme}:{slashes}{host}{port}{path}")
    }

    fn host(&mut self, host: &str) -> String {
        let host = host.to_lowercase();
        let labels: Vec<_> = host.split('.').collect();
        // `example.co.uk` has one label more than `example.com`.
        let has_short_second = labels.len() > 2 && labels[labels.len() - 2].len() <= 3;
        let is_name = labels.last().is_some_and(|last| last.chars().any(char::is_alphabetic));
        let taken = if is_name { if has_short_second { 3 } else { 2 } } else { labels.len() };
        let (sub, domain) = labels.split_at(labels.len().saturating_sub(taken));
        let domain = number(&mut self.domains, &domain.join("."));
        match sub.join(".").as_str() {
            "" => format!("host-{domain}.example"),
            "www" => format!("www.host-{domain}.example"),
            sub => format!("sub-{}.host-{domain}.example", number(&mut self.subdomains, sub)),
        }
    }

    /// Cuts a text before the first of these marks, in any case.
    fn without_query<'t>(&mut self, text: &'t str, marks: &[&str]) -> &'t str {
        let lower = text.to_ascii_lowercase();
        match marks.iter().filter_map(|mark| lower.find(mark)).min() {
            // A question mark at the end of a sentence.
            Some(at) if at + 1 == text.len() => &text[..at + 1],
            Some(at) => {
                self.removed += 1;
                &text[..at]
            }
            None => text,
        }
    }
}

fn number(numbers: &mut HashMap<String, usize>, name: &str) -> usize {
    let next = numbers.len() + 1;
    *numbers.entry(name.to_owned()).or_insert(next)
}

/// Splits a text around its first URL that begins right after a quote, up to the next such quote.
fn quoted_url(text: &str) -> Option<(&str, &str, &str)> {
    let mut quotes = text.match_indices(['"', '\'']);
    quotes.find_map(|(at, quote)| {
        let (before, rest) = text.split_at(at + 1);
        let url = &rest[..rest.find(quote)?];
        is_url(url).then(|| (before, url, &rest[url.len()..]))
    })
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'`<>()[]{}|,;\\".contains(c)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
}

fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme.trim_start()))
}

fn is_host(text: &str) -> bool {
    // Endings of files, none of which is a top-level domain.
    const FILES: [&str; 10] = ["css", "gif", "htm", "html", "jpg", "js", "json", "png", "txt", "xml"];
    let labels: Vec<_> = text.split('.').collect();
    let is_address = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let is_name = labels.len() > 1
        && labels.iter().all(|label| !label.is_empty())
        && labels
            .last()
            .is_some_and(|last| last.chars().count() > 1 && last.chars().all(char::is_alphabetic));
    let is_file = labels.last().is_some_and(|last| FILES.contains(&last.to_ascii_lowercase().as_str()));
    is_address || is_name && !is_file
}
