//! Recognizes a web page or XML where JSON is expected.

use crate::transport::collector::ERROR_BODY_LIMIT;

/// Describes a body that is a web page, by its title if it has one, or XML.
pub(crate) fn markup(body: &str) -> Option<String> {
    let start = skip_blank(body);
    if !start.starts_with('<') {
        return None;
    }
    // Offsets are the same in both.
    let (page, lower) = (window(start), window(start).to_ascii_lowercase());
    if lower.starts_with("<?xml") && !lower.contains("<html") {
        return Some("XML instead of JSON".into());
    }
    Some(match title(page, &lower) {
        Some(title) => format!("a web page instead of JSON: {title}"),
        None => "a web page instead of JSON".into(),
    })
}

fn title(page: &str, lower: &str) -> Option<String> {
    let tag = lower.find("<title>").or_else(|| lower.find("<title "))?;
    let start = tag + lower.get(tag..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let mut title = String::new();
    for word in page.get(start..end)?.split_whitespace() {
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
    }
    (!title.is_empty()).then_some(title)
}

/// Returns the text without leading white space and byte-order marks.
pub(crate) fn skip_blank(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// Returns the beginning of a string, up to the length limit of an error body.
pub(crate) fn window(text: &str) -> &str {
    // A character has at most four bytes.
    (0..4).find_map(|back| text.get(..ERROR_BODY_LIMIT - back)).unwrap_or(text)
}
