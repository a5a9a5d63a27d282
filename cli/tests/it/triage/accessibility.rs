//! Contrast, headings, tables and directions of the page.

use crate::support::browser::DARK;
use crate::support::page::{between, outliers, page, right_to_left_statuses, sessions, text};

/// Returns the color of a variable, from the first of these parts of a style sheet that sets it.
fn color(parts: &[&str], name: &str) -> [f64; 3] {
    let value = parts.iter().find_map(|part| part.split_once(&format!("--{name}: #")));
    let (_, value) = value.unwrap_or_else(|| panic!("no color {name}"));
    let digits: Vec<_> = value.chars().take_while(char::is_ascii_hexdigit).collect();
    let channel = |number: usize| {
        let place = number * digits.len() / 3;
        let digits: String = if digits.len() == 3 {
            [digits[place]; 2].iter().collect()
        } else {
            digits[place..place + 2].iter().collect()
        };
        f64::from(u8::from_str_radix(&digits, 16).unwrap()) / 255.0
    };
    [0, 1, 2].map(channel)
}

/// Returns the contrast of two colors by WCAG 2, which depends only on their luminance.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |color: [f64; 3]| {
        let [red, green, blue] = color.map(|channel| {
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn bars_differ_without_color() {
    assert!((contrast([1.0; 3], [0.0; 3]) - 21.0).abs() < 1e-9);
    let (place, _) = page("colors", &sessions(50), &[]);
    let html = place.read();
    let css = between(&html, "<style>", "</style>");
    let light = between(css, ":root {", "}");
    let dark = between(css, &format!("@media {DARK} {{"), "}");
    let (_, print) = css.split_once("@media print {").unwrap();
    let print = between(print, ":root {", "}");
    for (media, parts) in [("light", [light, light]), ("dark", [dark, dark]), ("print", [print, light])] {
        let contrast = |one, other| contrast(color(&parts, one), color(&parts, other));
        for text in ["text", "faint"] {
            for ground in ["ground", "card"] {
                let contrast = contrast(text, ground);
                assert!(contrast >= 4.5, "{media}: {text} on {ground}: {contrast:.2}");
            }
        }
        for part in ["fine", "failed", "running", "other", "fix", "change", "retry", "look"] {
            let contrast = contrast(part, "card");
            assert!(contrast >= 3.0, "{media}: {part} on card: {contrast:.2}");
        }
        for part in ["fix", "change", "retry", "look"] {
            let contrast = contrast(part, "ground");
            assert!(contrast >= 3.0, "{media}: {part} on ground: {contrast:.2}");
        }
        let contrast = contrast("failed", "fine");
        assert!(contrast >= 3.0, "{media}: failed next to fine: {contrast:.2}");
    }
    for (class, pattern) in [("failed", "hatch"), ("running", "lines"), ("other", "dots")] {
        assert!(css.contains(&format!(".{class} {{ fill: url(#{pattern}); }}")), "{class}");
        assert!(html.contains(&format!("<pattern id=\"{pattern}\"")), "{pattern}");
    }
    // Legends are drawn like bars, because forced colors and paper omit backgrounds.
    assert!(!css.contains("background-image") && css.contains("@media (forced-colors: active)"));
    for class in ["fine", "failed", "running", "other"] {
        let swatch = format!("<svg class=\"swatch\" aria-hidden=\"true\"><rect class=\"{class}\"");
        assert!(html.contains(&swatch), "{class}");
    }
}

#[test]
fn headings_skip_no_level() {
    for (name, lines) in [("demo", sessions(300)), ("nothing", String::new()), ("outliers", outliers(9))] {
        let (place, _) = page(&format!("headings-{name}"), &lines, &[]);
        let html = place.read();
        let levels: Vec<_> = html
            .match_indices("<h")
            .filter_map(|(at, _)| html[at + 2..].chars().next()?.to_digit(10))
            .collect();
        assert_eq!(levels[0], 1);
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    }
}

#[test]
fn tables_have_captions_scopes_and_regions_with_names() {
    let (place, _) = page("tables", &(sessions(300) + &outliers(9)), &["--price-per-gb", "8"]);
    let html = place.read();
    let tables = html.matches("<table").count();
    assert!(tables > 10);
    assert_eq!(html.matches("<caption>").count(), tables);
    assert!(!html.contains("<caption></caption>"));
    assert_eq!(
        html.matches("<th").count() - html.matches("<thead").count(),
        html.matches(" scope=\"").count()
    );
    // Each body row is named by its first cell.
    for row in html
        .split("<tbody>")
        .skip(1)
        .flat_map(|body| body.split("</tbody>").next().unwrap().split("<tr").skip(1))
    {
        assert!(row.split_once('>').unwrap().1.starts_with("<th ") && row.contains("scope=\"row\""), "{row}");
    }
    let regions = html.split("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"").skip(1);
    assert!(regions.clone().all(|region| !region.starts_with('"')));
    assert_eq!(regions.count(), tables);
}

#[test]
fn right_to_left_words_in_a_title_are_isolated() {
    let (place, report) = page("rtl-words", &right_to_left_statuses(), &[]);
    let html = place.read();
    let words = "have an unknown status: <bdi dir=\"ltr\">אחר</bdi> (1), <bdi dir=\"ltr\">חדש</bdi> (1)";
    assert!(html.contains(&format!("{words}</h4>")), "{html}");
    assert!(between(&html, "id=\"verdict\">", "</p>").contains(words), "{html}");
    assert_eq!(text(&html, "verdict"), report["verdict"]);
}
