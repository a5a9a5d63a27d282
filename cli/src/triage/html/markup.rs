//! A check of the whole page: data is text, whatever it contains. The tests and a fuzz target run it.

use brightdata_sessions::{Escaped, Session};
use brightdata_sessions_triage::{Comparison, Report, Triage};
use html5gum::{DefaultEmitter, Error, HtmlString, Token, Tokenizer};

use super::page;

/// The characters of markup, each with a control character that replaces it. Data of a page has no
/// control characters, so the replacement can be undone.
const MARKUP: [(char, char); 5] =
    [('<', '\u{1}'), ('>', '\u{2}'), ('&', '\u{3}'), ('"', '\u{4}'), ('\'', '\u{5}')];

/// Every element of a page. Only `VOID` has no end tag.
const ELEMENTS: &str = "html head meta title style body svg defs pattern rect circle header footer main section \
    article h1 h2 h3 h4 p div span b em strong bdi code dl dt dd ul li details summary table caption thead tbody tr th td";
const VOID: &str = "meta";
/// The start of a part that is a text. Tags start with `<`.
const TEXT: char = '#';
/// Every attribute of a page. None has a URL or a script.
const ATTRIBUTES: &str = "aria-hidden aria-label charset class content cx cy data-kind data-sessions data-value dir \
    height http-equiv id lang name patterntransform patternunits r role scope style tabindex width x y";

/// Checks the page of the sessions of an input, one per line. Lines without a session are skipped.
/// If the first line is `full`, URLs are kept whole. The sessions before a line `before` are those of
/// an earlier period.
///
/// The page has no parse error, each element is closed in order, and only the elements and
/// attributes of the program occur. Its parts are the same as with harmless data. Its text has no
/// control or invisible characters.
pub(crate) fn check(input: &[u8]) {
    let report = report(input);
    let clean = |data: &str| Escaped(data).to_string();
    let actual = parts(&page(&report, &clean), &[]);
    // A selector or joiner may belong to the text before a tag.
    let text: String = actual.iter().filter_map(|part| part.strip_prefix(TEXT)).collect();
    let tags = actual.iter().filter(|part| !part.starts_with(TEXT)).map(String::as_str);
    for part in tags.chain([text.as_str()]) {
        let is_safe = Escaped(part).chars().all(|(c, needs_escape)| !needs_escape || c == '\n');
        assert!(is_safe, "a control or invisible character in {part:?}");
    }
    let harmless = |data: &str| {
        MARKUP
            .iter()
            .fold(clean(data), |data, (character, harmless)| data.replace(*character, &harmless.to_string()))
    };
    let undone = parts(&page(&report, &harmless), &[Error::ControlCharacterInInputStream]);
    let expected: Vec<_> = undone
        .into_iter()
        .map(|part| {
            MARKUP
                .iter()
                .fold(part, |part, (character, harmless)| part.replace(*harmless, &character.to_string()))
        })
        .collect();
    assert_eq!(actual, expected);
}

fn report(input: &[u8]) -> Report {
    let mut empty = Triage::new().with_price_per_gb(8.0).unwrap();
    let text = String::from_utf8_lossy(input);
    let mut triage = empty.clone();
    let mut earlier = None;
    for (number, line) in text.lines().enumerate() {
        match line {
            "full" if number == 0 => {
                empty = empty.with_full_urls();
                triage = empty.clone();
            }
            "before" => earlier = Some(std::mem::replace(&mut triage, empty.clone())),
            _ => triage.extend(Session::from_json(line)),
        }
    }
    let mut report = triage.report();
    if let Some(earlier) = earlier {
        report.comparison = Some(Box::new(Comparison::new(&earlier.report(), &report)));
    }
    report
}

/// Returns the tags and texts of a page in order. Fails at a parse error that is not allowed, and
/// at an element or attribute that is not the program's.
fn parts(html: &str, allowed: &[Error]) -> Vec<String> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut parts = Vec::<String>::new();
    let mut open = Vec::new();
    let mut is_text = false;
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        let was_text = std::mem::take(&mut is_text);
        match token {
            Token::Doctype(doctype) => assert!(parts.is_empty() && !doctype.force_quirks, "{doctype:?}"),
            Token::Error(error) => {
                assert!(allowed.contains(&error.value), "{error:?} after {:?}", parts.last());
                is_text = was_text;
            }
            Token::Comment(comment) => panic!("a comment: {comment:?}"),
            Token::String(text) => {
                match parts.last_mut() {
                    Some(last) if was_text => *last += &string(&text.value),
                    _ => parts.push(format!("{TEXT}{}", string(&text.value))),
                }
                is_text = true;
            }
            Token::StartTag(tag) => {
                let name = string(&tag.name);
                assert!(
                    ELEMENTS.split(' ').any(|known| known == name),
                    "an element {name} after {:?}",
                    parts.last()
                );
                let mut part = format!("<{name}");
                for (attribute, value) in &tag.attributes {
                    let attribute = string(attribute);
                    let is_known = ATTRIBUTES.split(' ').any(|known| known == attribute);
                    assert!(is_known, "an attribute {attribute} in {part:?}");
                    part += &format!(" {attribute}={}", string(&value.value));
                }
                parts.push(part);
                if name != VOID {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                let name = string(&tag.name);
                assert_eq!(open.pop().as_ref(), Some(&name), "the end of another element");
                parts.push(format!("</{name}"));
            }
        }
    }
    assert_eq!(open, [""; 0], "elements that are not closed");
    parts
}

fn string(text: &HtmlString) -> String {
    String::from_utf8(text.to_vec()).unwrap()
}

#[cfg(test)]
mod tests {
    use brightdata_sessions_testkit::generate;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Generates texts, many of them with markup.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "failed",
                "running",
                "solved",
                "wrong_password",
                "</title></style><script>alert(1)</script>",
                "\"><svg onload=alert(1)>",
                "'&quot; onmouseover='x",
                "<!-- --!> <![CDATA[ ]]>",
                "&#x3c;b&gt;&nosuch; &",
                "https://a.example/<b>?c=\"d\"",
                "https://\u{5d0}.example/\u{202e}\u{1b}[31m",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ]
    }

    /// Generates the line of a session, or the line between two periods.
    fn line() -> impl Strategy<Value = String> {
        let texts = proptest::collection::vec(text(), 8);
        (texts, 0..90_000_000_u64, 0..2_u64, 0..20_u8).prop_map(|(texts, bandwidth, navigations, odd)| {
            let [id, zone, status, target, end, captcha, code, message] =
                <[String; 8]>::try_from(texts).unwrap();
            if odd == 0 {
                return "before".to_owned();
            }
            let status = if odd > 5 { "failed" } else { &status };
            json!({
                "session_id": id, "api_name": zone, "status": status, "timestamp": "2025-12-16T18:53:41Z",
                "target_url": target, "end_url": end, "navigations": navigations, "duration": f64::from(odd) / 4.0,
                "captcha": captcha, "bandwidth": bandwidth, "error": {"code": code, "message": message},
            })
            .to_string()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn any_data_is_text_in_the_page(lines in proptest::collection::vec(line(), 0..25), full: bool) {
            check(format!("{}{}", if full { "full\n" } else { "" }, lines.join("\n")).as_bytes());
        }
    }

    #[test]
    fn a_page_of_many_sessions_is_well_formed() {
        let lines = |seed| {
            let sessions = generate(seed, 400);
            let lines: Vec<_> =
                sessions.iter().map(|session| serde_json::to_string(session).unwrap()).collect();
            lines.join("\n")
        };
        check(format!("{}\nbefore\n{}", lines(1), lines(2)).as_bytes());
    }

    /// The seeds of the fuzz target, which the package lacks.
    #[test]
    fn each_seed_gives_a_page_without_foreign_markup() {
        brightdata_sessions_testkit::fuzz_inputs::replay("triage", check);
    }
}
