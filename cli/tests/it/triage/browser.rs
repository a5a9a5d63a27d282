//! The page in a browser.

use serde_json::json;

use crate::support::browser::{DARK, View, browse, examine, skipped};
use crate::support::page::{
    Place, figures_are_those_of, hostile, nothing_is_markup, outliers, page, right_to_left,
    right_to_left_statuses, sessions, text,
};

#[test]
fn a_browser_shows_the_page_without_console_messages() {
    // First, check that console messages are detected.
    let control = Place::new("control.html");
    std::fs::write(&control.0, "<!DOCTYPE html><script>console.error('seen'); no_such_thing()</script>")
        .unwrap();
    let Some((_, console)) = browse(&control.0) else { return };
    assert_eq!(console.len(), 2, "{console:?}");

    let (place, report) = page("browser", &sessions(2000), &["--price-per-gb", "8"]);
    let (dom, console) = browse(&place.0).unwrap();
    assert_eq!(console, [""; 0]);
    figures_are_those_of(&dom, &report);

    let (place, _) = page("browser-hostile", &hostile(), &["--full-urls"]);
    let (dom, console) = browse(&place.0).unwrap();
    assert_eq!(console, [""; 0]);
    nothing_is_markup(&dom);
}

#[test]
fn right_to_left_names_are_isolated() {
    let (place, report) = page("rtl", &right_to_left(), &[]);
    let html = place.read();
    assert_eq!(text(&html, "verdict"), report["verdict"]);
    let isolated = [
        // Domains are in ASCII.
        "most often xn--6dbbec0c.example → xn--8dbb7a8a.example (4)",
        "<h4><bdi dir=\"ltr\">שגיאה (2)</bdi> in 4 sessions</h4>",
        "<div>→ <bdi dir=\"ltr\">https://שונה.example/</bdi></div>",
        "<code><bdi dir=\"ltr\">מזהה 3</bdi></code>",
        "<bdi>خطأ (3)</bdi>",
        "<th scope=\"row\"><bdi>אזור (1)</bdi></th>",
        "<span><bdi dir=\"ltr\">xn--6dbbec0c.example</bdi></span>",
    ];
    for part in isolated {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn pages_fit_narrow_windows_and_print_closed_lists() {
    let (demo, _) = page("layout", &(sessions(300) + &outliers(9)), &["--price-per-gb", "8"]);
    let (rtl, _) =
        page("layout-rtl", &(right_to_left_statuses() + &right_to_left() + &hostile()), &["--full-urls"]);
    let before = Place::new("layout-before.jsonl");
    std::fs::write(&before.0, sessions(200) + &hostile()).unwrap();
    let against = ["--against", before.0.to_str().unwrap()];
    let (compared, _) = page("layout-against", &sessions(300), &against);
    let screen = View { width: 320, media: None, opened: true };
    let views =
        [screen, View { opened: false, ..screen }, View { width: 1100, media: Some("print"), opened: false }];
    let script = "
        const left = (element) => element.getBoundingClientRect().left;
        const lists = [...document.querySelectorAll('details table')];
        return {
            fits: document.documentElement.scrollWidth <= innerWidth,
            visible: lists.filter((list) => list.checkVisibility()).length / lists.length,
            // Names on one line are in source order.
            ordered: [...document.querySelectorAll('h4')].every((title) => {
                const names = [...title.querySelectorAll('bdi')].map((name) => name.getBoundingClientRect());
                return names.every((name, place) =>
                    place === 0 || names[place - 1].left < name.left || names[place - 1].bottom <= name.bottom - 5);
            }),
            names: document.querySelectorAll('h4 bdi').length,
            patterned: getComputedStyle(document.querySelector('rect.failed')).fill,
        };";
    for (name, place, names) in [("demo", demo, 0), ("against", compared, 0), ("rtl", rtl, 3)] {
        let Some(seen) = examine(&format!("layout-{name}"), &place.read(), &views, "", script) else {
            return;
        };
        let seen_as = |visible| json!({"fits": true, "visible": visible, "ordered": true, "names": names, "patterned": "url(\"#hatch\")"});
        assert_eq!(seen, [seen_as(1), seen_as(0), seen_as(1)], "{name}");
    }
}

#[test]
fn legends_and_bars_keep_patterns_in_forced_colors() {
    let (place, _) = page("forced", &sessions(300), &[]);
    let view = View { width: 1100, media: Some("(forced-colors: active)"), opened: false };
    let script = "
        const style = (selector) => getComputedStyle(document.querySelector(selector));
        return {
            swatches: [...document.querySelectorAll('.legend .swatch')]
                .filter((swatch) => swatch.getBoundingClientRect().width > 10)
                .map((swatch) => getComputedStyle(swatch).forcedColorAdjust),
            bars: ['fine', 'failed', 'running', 'other'].map((name) => style(`.legend .${name}`).fill),
            patterns: [style('#hatch .base').fill, style('#hatch .mark').fill, style('#hatch .mark').width],
        };";
    let Some(seen) = examine("forced", &place.read(), &[view], "", script) else { return };
    // The system's text color on its background, with the browser's defaults.
    let (ink, ground) = ("rgb(0, 0, 0)", "rgb(255, 255, 255)");
    let expected = json!({
        "swatches": vec!["none"; 10],
        "bars": [ink, "url(\"#hatch\")", "url(\"#lines\")", "url(\"#dots\")"],
        "patterns": [ink, ground, "3.6px"],
    });
    assert_eq!(seen, [expected]);
}

#[test]
fn axe_finds_no_violation_in_light_and_dark() {
    let Some(axe) = std::env::var_os("AXE_CORE") else {
        return skipped("AXE_CORE does not name the file axe.min.js of axe-core");
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let script = "
        const { violations } = await axe.run({ resultTypes: ['violations'] });
        return violations.map(({ id, impact, nodes }) => `${impact}: ${id}: ${nodes[0].html}`);";
    let views: Vec<_> = [320, 1100]
        .into_iter()
        .flat_map(|width| [None, Some(DARK)].map(|media| View { width, media, opened: true }))
        .collect();

    // First, check that axe detects a violation.
    let control = "<!DOCTYPE html><html lang=en><title>t</title><main><h1>t</h1><img src='data:,'></main>";
    let Some(faults) = examine("axe-control", control, &views[..1], &axe, script) else { return };
    assert!(faults[0][0].as_str().unwrap().starts_with("critical: image-alt: "), "{faults:?}");

    let before = Place::new("axe-before.jsonl");
    std::fs::write(&before.0, sessions(200) + &hostile()).unwrap();
    let against = ["--price-per-gb", "8", "--against", before.0.to_str().unwrap()];
    for (name, lines) in [
        ("demo", sessions(300)),
        ("hostile", hostile() + &right_to_left() + &outliers(12)),
        ("nothing", String::new()),
    ] {
        let (place, _) = page(&format!("axe-{name}"), &lines, &against);
        let faults = examine(&format!("axe-{name}"), &place.read(), &views, &axe, script).unwrap();
        assert_eq!(faults, [json!([]), json!([]), json!([]), json!([])], "{name}");
    }
}
