//! Pages of the `triage` command, their sessions and their parts.

use std::path::PathBuf;

use brightdata_sessions_testkit::generate;
use serde_json::{Value, json};

use super::{KEY, bare, input, run};

/// The content security policy of every page.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A path for a page, removed at the end of the test.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("brd-sessions-{}-{name}", std::process::id())))
    }

    pub(crate) fn read(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Returns the page and the report of these sessions.
pub(crate) fn page(name: &str, lines: &str, args: &[&str]) -> (Place, Value) {
    let place = Place::new(&format!("{name}.html"));
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", KEY).args(["triage", "-", "--json", "--html"]).arg(&place.0).args(args);
    let (status, stdout, stderr) = run(command.stdin(input(name, lines)));
    assert_eq!((status, stderr.as_str()), (0, ""));
    (place, serde_json::from_str(&stdout).unwrap())
}

pub(crate) fn sessions(count: usize) -> String {
    generate(1, count).iter().map(|session| serde_json::to_string(session).unwrap() + "\n").collect()
}

pub(crate) fn hostile() -> String {
    let markup = r#"</title></style><script>alert(1)</script><img src=x onerror=alert(1)>"#;
    let session = |number: u32| {
        json!({
            "session_id": format!("{number}\"><svg onload=alert(1)>{KEY}"), "status": "failed", "duration": 99.5,
            "timestamp": "2025-12-16T18:53:41Z", "api_name": format!("<b>{markup}</b>\u{202e}"), "bandwidth": 20_000_000,
            "target_url": format!("https://a.example/'\"{markup}?token={KEY}"), "end_url": "javascript:alert(1)",
            "error": {"code": format!("{markup}\u{1b}[31m&lt;"), "message": format!("--> {markup} {KEY}")},
        })
        .to_string()
            + "\n"
    };
    (0..3).map(session).collect()
}

/// Returns sessions of these domains. One session of each has far more traffic than the others.
pub(crate) fn outliers(domains: u32) -> String {
    let session = |number: u32| {
        let fields = json!({
            "session_id": number.to_string(), "status": "finished", "timestamp": "2025-12-16T18:53:41Z",
            "target_url": format!("https://domain{}.example/", number / 4),
            "bandwidth": if number % 4 == 0 { 50_000_000 } else { 1_000_000 },
        });
        format!("{fields}\n")
    };
    (0..domains * 4).map(session).collect()
}

/// Returns failed sessions with names in Hebrew and Arabic, some of which ended on another domain.
pub(crate) fn right_to_left() -> String {
    let session = |number: u32| {
        let fields = json!({
            "session_id": format!("מזהה {number}"), "status": "failed", "timestamp": "2025-12-16T18:53:41Z",
            "api_name": "אזור (1)", "bandwidth": 20_000_000, "target_url": "https://דוגמה.example/א/ב?c=ד",
            "end_url": "https://שונה.example/", "error": {"code": "שגיאה (2)", "message": "خطأ (3)"},
        });
        format!("{fields}\n")
    };
    (0..4).map(session).collect()
}

/// Returns two sessions with statuses in Hebrew.
pub(crate) fn right_to_left_statuses() -> String {
    let line = |id: &str, status: &str| json!({"session_id": id, "status": status}).to_string() + "\n";
    [line("a", "חדש"), line("b", "אחר")].concat()
}

/// Returns the text of the element with this id, without tags.
pub(crate) fn text(html: &str, id: &str) -> String {
    let (before, rest) =
        html.split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("there is no {id}"));
    let tag = before.rsplit('<').next().unwrap().split_whitespace().next().unwrap();
    let element = rest.split(&format!("</{tag}>")).next().unwrap();
    element.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

/// Returns the part of the page between two strings.
pub(crate) fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start:?} in {html}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end:?} after {start:?}")).0
}

/// Returns the class and the value of each bar in the chart with this id.
pub(crate) fn bars(html: &str, id: &str) -> Vec<(String, u64)> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("there is no {id}"));
    let chart = rest.split("<section").next().unwrap();
    let attribute = |bar: &str, name: &str| {
        bar.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap().to_owned()
    };
    let bars = chart.split("<rect ").skip(1);
    bars.map(|bar| (attribute(bar, "class"), attribute(bar, "data-value").parse().unwrap())).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Drops parts of size 0, which have no bar.
fn parts<const N: usize>(
    values: &[Value],
    part: impl Fn(&Value) -> [(&'static str, u64); N],
) -> Vec<(String, u64)> {
    let parts = values.iter().flat_map(part).filter(|(_, value)| *value > 0);
    parts.map(|(class, value)| (class.to_owned(), value)).collect()
}

pub(crate) fn figures_are_those_of(html: &str, report: &Value) {
    assert_eq!(text(html, "verdict"), report["verdict"]);
    assert_eq!(text(html, "sessions"), report["sessions"].to_string());
    assert_eq!(text(html, "failed"), report["statuses"]["failed"].to_string());
    let gigabytes = |value: &Value| format!("{:.2} GB", number(value) as f64 / 1e9);
    assert_eq!(text(html, "traffic"), gigabytes(&report["total"]["bandwidth"]));
    let megabytes = number(&report["total"]["failed_bandwidth"]) as f64 / 1e6;
    assert_eq!(text(html, "spent"), format!("{megabytes:.1} MB"));
    let rate = report["captcha_solve_rate"].as_f64().unwrap() * 100.0;
    assert_eq!(text(html, "captchas"), format!("{rate:.1} %"));

    let list = |value: &Value| value.as_array().unwrap().clone();
    let hours = parts(&list(&report["hours"]), |hour| {
        let other = number(&hour["other"]) + number(&hour["missing"]);
        let [failed, finished, running] = ["failed", "finished", "running"].map(|name| number(&hour[name]));
        [("failed", failed), ("fine", finished), ("running", running), ("other", other)]
    });
    assert_eq!(bars(html, "hours"), hours);
    let fine = |whole: &Value, failed: &Value| number(whole) - number(failed);
    let domains = parts(&list(&report["domains"]["groups"]), |domain| {
        let (bytes, failed) = (&domain["bandwidth"], &domain["failed_bandwidth"]);
        [("fine", fine(bytes, failed)), ("failed", number(failed))]
    });
    assert_eq!(bars(html, "domains"), domains);
    let durations = parts(&list(&report["durations"]["bins"]), |bin| {
        [("fine", fine(&bin["sessions"], &bin["failed"])), ("failed", number(&bin["failed"]))]
    });
    assert_eq!(bars(html, "durations"), durations);
    let codes = parts(&list(&report["errors"]["codes"]), |code| {
        [("failed", number(&code["failed"])), ("fine", fine(&code["sessions"], &code["failed"]))]
    });
    assert_eq!(bars(html, "codes"), codes);

    let findings: Vec<_> = html
        .split("data-kind=\"")
        .skip(1)
        .map(|rest| rest.split("\" data-sessions=\"").map(|part| part.split('"').next().unwrap().to_owned()))
        .map(|mut parts| (parts.next().unwrap(), parts.next().unwrap()))
        .collect();
    let reported: Vec<_> = list(&report["findings"])
        .iter()
        .map(|finding| (finding["kind"].as_str().unwrap().to_owned(), finding["sessions"].to_string()))
        .collect();
    assert_eq!(findings, reported);
}

/// Asserts that the strings of `hostile` are text in the page.
pub(crate) fn nothing_is_markup(html: &str) {
    for tag in ["<script", "<img", "<b>&lt;", "<svg onload", "<a ", "<link", "<iframe"] {
        assert!(!html.contains(tag), "{tag} in {html}");
    }
    assert!(html.contains("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    assert!(html.contains("→ <bdi dir=\"ltr\">javascript:alert(1)</bdi>"), "{html}");
    assert!(html.contains(r"\u{1b}[31m&amp;lt;"), "{html}");
    assert!(html.contains(r"&lt;/b&gt;\u{202e}"), "{html}");
    assert!(!html.contains(KEY) && html.contains("[redacted]"), "{html}");
}
