//! The page that `triage` writes for browsers, as a file and in a browser.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use brightdata_sessions::Timestamp;
use brightdata_sessions_testkit::generate;
use serde_json::{Value, json};

use crate::program::{KEY, bare, input, run};

/// The content security policy of every page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A path for a page, removed at the end of the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("brd-sessions-{}-{name}", std::process::id())))
    }

    fn read(&self) -> String {
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
fn page(name: &str, lines: &str, args: &[&str]) -> (Place, Value) {
    let place = Place::new(&format!("{name}.html"));
    let mut command = bare();
    command.env("BRIGHTDATA_API_KEY", KEY).args(["triage", "-", "--json", "--html"]).arg(&place.0).args(args);
    let (status, stdout, stderr) = run(command.stdin(input(name, lines)));
    assert_eq!((status, stderr.as_str()), (0, ""));
    (place, serde_json::from_str(&stdout).unwrap())
}

fn sessions(count: usize) -> String {
    generate(1, count).iter().map(|session| serde_json::to_string(session).unwrap() + "\n").collect()
}

fn hostile() -> String {
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

/// Opens a page in Chromium. Returns the document afterwards and the lines of the console, or
/// `None` with a message if Chromium is not installed.
fn browse(page: &Path) -> Option<(String, Vec<String>)> {
    let profile = Place::new(&format!("{}-profile", page.file_name().unwrap().to_str().unwrap()));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        // Timers of scripts elapse at once.
        .args(["--enable-logging=stderr", "--virtual-time-budget=600000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.0.display()))
        .arg(format!("file://{}", page.display()))
        .output();
    match output {
        Ok(output) => {
            let log = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{log}");
            let console = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
            Some((String::from_utf8(output.stdout).unwrap(), console))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skipped("Chromium is not installed");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn skipped(reason: &str) {
    // `eprintln!` would be captured, and shown only if the test fails.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// A way to open a page.
#[derive(Clone, Copy, Debug)]
struct View {
    /// The width of the window in CSS pixels.
    width: u32,
    /// The media query of the style sheet that applies regardless of the browser's settings.
    media: Option<&'static str>,
    opened: bool,
}

const DARK: &str = "screen and (prefers-color-scheme: dark)";

/// Opens the page in each of these views, each in its own frame, and returns the JSON value that
/// the script computes there. `library` is a script that runs before it.
fn examine(name: &str, html: &str, views: &[View], library: &str, script: &str) -> Option<Vec<Value>> {
    let mut frames = String::new();
    let mut pages = Vec::new();
    for (number, view) in views.iter().enumerate() {
        let place = Place::new(&format!("{name}-{number}.html"));
        let mut page = html.replace(POLICY, "");
        if let Some(media) = view.media {
            assert!(page.contains(&format!("@media {media} {{")), "{media}");
            page = page.replace(&format!("@media {media} {{"), "@media all {");
        }
        let opened = view.opened;
        page += &format!(
            "<script>{library}</script><script>addEventListener('load', async () => {{
                if ({opened}) document.querySelectorAll('details').forEach((list) => list.open = true);
                const value = await (async () => {{ {script} }})();
                parent.postMessage([{number}, value], '*');
            }});</script>"
        );
        std::fs::write(&place.0, page).unwrap();
        frames += &format!(
            "<iframe width={} height=900 style='border: 0' src='file://{}'></iframe>",
            view.width,
            place.0.display()
        );
        pages.push(place);
    }
    let parent = Place::new(&format!("{name}-frames.html"));
    let listener = "const values = [];
        onmessage = ({ data: [number, value] }) => {
            values[number] = value;
            document.getElementById('values').textContent = JSON.stringify(values);
        };";
    let page = format!("<!DOCTYPE html><pre id=\"values\"></pre><script>{listener}</script>{frames}");
    std::fs::write(&parent.0, page).unwrap();
    let (dom, console) = browse(&parent.0)?;
    assert_eq!(console, [""; 0]);
    let values = text(&dom, "values").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let values: Vec<Value> = serde_json::from_str(&values).unwrap_or_else(|error| panic!("{error}: {dom}"));
    assert!(values.len() == views.len() && values.iter().all(|value| !value.is_null()), "{values:?}");
    Some(values)
}

/// Returns the text of the element with this id, without tags.
fn text(html: &str, id: &str) -> String {
    let (before, rest) =
        html.split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("there is no {id}"));
    let tag = before.rsplit('<').next().unwrap().split_whitespace().next().unwrap();
    let element = rest.split(&format!("</{tag}>")).next().unwrap();
    element.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

/// Returns the part of the page between two texts.
fn between<'a>(html: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = html.split_once(start).unwrap_or_else(|| panic!("no {start:?} in {html}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end:?} after {start:?}")).0
}

/// Returns the class and the value of each bar in the chart with this id.
fn bars(html: &str, id: &str) -> Vec<(String, u64)> {
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

fn figures_are_those_of(html: &str, report: &Value) {
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
    let told: Vec<_> = list(&report["findings"])
        .iter()
        .map(|finding| (finding["kind"].as_str().unwrap().to_owned(), finding["sessions"].to_string()))
        .collect();
    assert_eq!(findings, told);
}

/// Asserts that the texts of `hostile` are text in the page.
fn nothing_is_markup(html: &str) {
    for tag in ["<script", "<img", "<b>&lt;", "<svg onload", "<a ", "<link", "<iframe"] {
        assert!(!html.contains(tag), "{tag} in {html}");
    }
    assert!(html.contains("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    assert!(html.contains("→ <bdi dir=\"ltr\">javascript:alert(1)</bdi>"), "{html}");
    assert!(html.contains(r"\u{1b}[31m&amp;lt;"), "{html}");
    assert!(html.contains(r"&lt;/b&gt;\u{202e}"), "{html}");
    assert!(!html.contains(KEY) && html.contains("[redacted]"), "{html}");
}

#[test]
fn the_summary_and_the_path_of_the_page_are_printed() {
    let place = Place::new("person.html");
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--html"]).arg(&place.0));
    assert_eq!((status, stderr.as_str()), (0, ""));
    let (summary, rest) = stdout.split_once('\n').unwrap();
    assert_eq!(rest, format!("\npage written to {}\n", place.0.display()));
    assert_eq!(text(&place.read(), "verdict"), summary);
}

#[test]
fn a_page_can_go_to_standard_output_alone() {
    let place = Place::new("stdout.html");
    let (status, _, _) =
        run(bare().args(["triage", "-", "--html"]).arg(&place.0).stdin(input("a", sessions(9))));
    let (_, stdout, stderr) = run(bare().args(["triage", "-", "--html", "-"]).stdin(input("b", sessions(9))));
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert_eq!(stdout, place.read());
    assert!(!Path::new("-").exists());
    let (status, stdout, stderr) = run(bare().args(["--demo", "triage", "--json", "--html", "-"]));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the argument '--json' cannot be used with '--html -'"), "{stderr}");
}

#[test]
fn a_page_has_no_references_and_no_scripts() {
    let (place, _) = page("alone", &sessions(200), &["--price-per-gb", "8"]);
    let html = place.read();
    for word in ["<script", "<link", "<img", "<a ", " src=", " href=", "@import", "@font-face", " onload="] {
        assert!(!html.contains(word), "{word}");
    }
    // Patterns of the page itself.
    assert_eq!(html.matches("url(").count(), html.matches("url(#").count());
    assert!(html.contains(POLICY));
}

#[test]
fn the_figures_of_the_page_are_those_of_the_report() {
    let (place, report) = page("figures", &sessions(2000), &["--price-per-gb", "8"]);
    figures_are_those_of(&place.read(), &report);
}

#[test]
fn the_parts_that_a_chart_omits_are_listed_below_it() {
    let hour = Duration::from_secs(3600);
    let lines: String = (0..750_u32)
        .map(|number| {
            let start = Timestamp::try_from(SystemTime::UNIX_EPOCH + hour * number).unwrap();
            let fields = json!({
                "session_id": number.to_string(), "status": "failed", "timestamp": start,
                "target_url": format!("https://domain{number}.example/"), "error": {"code": format!("code{number}")},
            });
            format!("{fields}\n")
        })
        .chain(["{\"session_id\":\"a\",\"error\":{\"message\":\"no code\"}}\n".to_owned()])
        .collect();
    let (place, report) = page("beyond", &lines, &[]);
    let html = place.read();
    assert_eq!(text(&html, "hours-rest"), "Not drawn: sessions that started before these hours (6).");
    assert_eq!(report["hours_beyond"], 6);
    assert_eq!(
        text(&html, "domains-rest"),
        "Not drawn: other domains (488); sessions on domains beyond those counted separately (250); \
         sessions without a domain (1)."
    );
    assert_eq!(
        text(&html, "codes-rest"),
        "Not drawn: other codes (188); sessions with codes beyond those counted separately (550); \
         sessions with an error without a code (1)."
    );

    // Retained, but too old for the chart.
    let started = |start| format!("{{\"session_id\":\"{start}\",\"timestamp\":\"{start}\"}}\n");
    let (place, report) =
        page("apart", &["2025-01-01T00:00:00Z", "2025-02-03T08:00:00Z"].map(started).concat(), &[]);
    assert_eq!(text(&place.read(), "hours-rest"), "Not drawn: sessions that started before these hours (1).");
    assert_eq!(report["hours_beyond"], 0);

    // Complete charts have no such list.
    let (place, _) = page("all-drawn", lines.lines().next().unwrap(), &[]);
    assert!(!place.read().contains("Not drawn"));
}

#[test]
fn codes_of_running_sessions_are_shown_as_not_failed() {
    let (place, _) =
        page("legend", "{\"session_id\":\"a\",\"status\":\"running\",\"error\":{\"code\":\"x\"}}\n", &[]);
    let html = place.read();
    let legend = between(&html, "<h3>Error codes</h3>", "<ul");
    let keys: Vec<_> = legend.split("</svg>").skip(1).map(|key| key.split('<').next().unwrap()).collect();
    assert_eq!(keys, ["failed", "not failed"]);
    assert!(between(&html, "id=\"codes\">", "</ul>").contains("<title>1 not failed</title>"), "{html}");
}

#[test]
fn values_of_sessions_are_escaped_and_redacted() {
    let (place, _) = page("hostile", &hostile(), &[]);
    nothing_is_markup(&place.read());
    assert!(!place.read().contains("token="));
    let (place, _) = page("hostile-full", &hostile(), &["--full-urls"]);
    nothing_is_markup(&place.read());
    assert!(place.read().contains("?token=[redacted]"));
}

#[test]
fn pages_without_sessions_or_values_are_complete() {
    for (name, lines) in [("nothing", String::new()), ("nulls", "{\"session_id\":\"a\"}\n".repeat(3))] {
        let (place, report) = page(name, &lines, &["--price-per-gb", "8"]);
        let html = place.read();
        assert_eq!(text(&html, "sessions"), report["sessions"].to_string());
        for word in ["NaN", "inf", "null"] {
            assert!(
                !html.contains(&format!(">{word}")) && !html.contains(&format!("\"{word}")),
                "{word}: {html}"
            );
        }
    }
}

#[test]
fn incomplete_traffic_is_unknown_or_a_lower_bound() {
    let line = |id: &str, zone: &str, bytes: Option<u64>| {
        json!({"session_id": id, "status": "failed", "api_name": zone, "bandwidth": bytes, "error": {"code": "E1"}})
            .to_string()
            + "\n"
    };
    let (place, _) = page("unknown", &line("a", "z", None), &["--price-per-gb", "8"]);
    let html = place.read();
    assert_eq!([text(&html, "traffic"), text(&html, "spent")], ["unknown", "unknown"]);
    assert!(!html.contains(">0 B") && !html.contains(">0.00") && !html.contains("costs"), "{html}");

    let lines = [line("a", "y", Some(2_000_000_000)), line("b", "y", None), line("c", "z", None)].concat();
    let (place, _) = page("at-least", &lines, &["--price-per-gb", "8"]);
    let html = place.read();
    assert_eq!([text(&html, "traffic"), text(&html, "spent")], ["at least 2.00 GB"; 2]);
    assert!(html.contains("costs at least 16.00"), "{html}");
    let (_, zones) = html.split_once("id=\"zones\"").unwrap();
    let row = |values: [&str; 3]| {
        values.iter().map(|value| format!("<td class=\"number\">{value}</td>")).collect::<String>()
    };
    for values in [["at least 2.00 GB", "at least 2.00 GB", "at least 16.00"], ["unknown"; 3]] {
        assert!(zones.contains(&row(values)), "{zones}");
    }
}

#[test]
fn a_start_far_in_the_future_is_not_drawn() {
    let started = |start: &str| format!("{{\"session_id\":\"{start}\",\"timestamp\":\"{start}\"}}\n");
    let starts = ["2025-12-16T18:00:00Z", "2025-12-16T19:00:00Z", "2099-01-01T00:00:00Z"];
    let (place, _) = page("future", &starts.map(started).concat(), &[]);
    let html = place.read();
    assert_eq!(bars(&html, "hours"), [("other".to_owned(), 1), ("other".to_owned(), 1)]);
    assert_eq!(text(&html, "hours-rest"), "Not drawn: sessions that started after these hours (1).");
}

#[test]
fn a_row_without_a_name_differs_from_all_names() {
    let zone = |id: &str, name: Option<&str>| json!({"session_id": id, "api_name": name}).to_string() + "\n";
    let (place, _) = page("row", &[zone("a", None), zone("b", Some("not reported"))].concat(), &[]);
    let html = place.read();
    assert_eq!(html.matches("<em>not reported</em>").count(), 2, "{html}");
    assert_eq!(html.matches(">not reported<").count(), 3, "{html}");
}

#[test]
fn traffic_at_the_maximum_has_no_share() {
    let session =
        |status| format!(r#"{{"session_id":"{status}","status":"{status}","bandwidth":{}}}"#, u64::MAX);
    let (place, _) = page("maximum", &[session("failed"), session("finished")].join("\n"), &[]);
    let html = place.read();
    assert!(html.contains("too large for a share"), "{html}");
    // The share of the only failed session in its pattern.
    assert_eq!(html.matches("100.0 %").count(), 1, "{html}");
}

#[test]
fn a_page_that_cannot_be_written_is_named() {
    let (status, _, stderr) = run(bare().args(["--demo", "triage", "--html", "no/such/folder/page.html"]));
    assert_eq!(status, 74);
    assert!(stderr.contains("cannot write the output: no/such/folder/page.html: "), "{stderr}");
    assert!(!stderr.contains(".tmp") && stderr.ends_with(")\n"), "{stderr}");
}

/// Creates a folder that is removed at the end of the test.
fn folder(name: &str) -> Place {
    let place = Place::new(name);
    std::fs::create_dir(&place.0).unwrap();
    place
}

#[test]
fn a_page_never_replaces_its_own_input() {
    let folder = folder("own-input");
    let file = folder.0.join("sessions.jsonl");
    let lines = sessions(3);
    std::fs::write(&file, &lines).unwrap();
    let other_name = folder.0.join("hard-link");
    std::fs::hard_link(&file, &other_name).unwrap();
    let other_way = folder.0.join(".").join("..").join(folder.0.file_name().unwrap()).join("sessions.jsonl");
    for target in [&file, &other_name, &other_way] {
        for from_stdin in [false, true] {
            let mut command = bare();
            command
                .args(["triage", if from_stdin { "-" } else { file.to_str().unwrap() }, "--html"])
                .arg(target);
            if from_stdin {
                command.stdin(std::fs::File::open(&file).unwrap());
            }
            let refused = run(&mut command);
            let message = format!("brd-sessions: cannot write to {}: it is the input\n", target.display());
            assert_eq!(refused, (2, String::new(), message));
            assert_eq!(std::fs::read_to_string(&file).unwrap(), lines);
        }
    }
}

/// A pipe that is opened again loses the data that was written before.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_opened_once() {
    let folder = folder("named-pipe");
    let [pipe, page] = ["pipe", "page.html"].map(|name| folder.0.join(name));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(&page, "old").unwrap();
    let mut triage = bare();
    triage.arg("triage").arg(&pipe).arg("--html").arg(&page);
    let mut child = triage.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Waits for a reader.
    std::thread::spawn(move || std::fs::write(pipe, sessions(3)));
    let end = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_page_replaces_only_a_regular_file() {
    let folder = folder("targets");
    let page = folder.0.join("page.html");
    std::fs::write(&page, "old").unwrap();
    let other_name = folder.0.join("hard-link");
    std::fs::hard_link(&page, &other_name).unwrap();
    let write = |target: &Path| run(bare().args(["--demo", "triage", "--html"]).arg(target));
    assert_eq!(write(&page).0, 0);
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
    // The file is a new one.
    assert_eq!(std::fs::read_to_string(&other_name).unwrap(), "old");

    let (status, stdout, stderr) = write(&folder.0);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.ends_with(": it is not a regular file\n"), "{stderr}");
    // No temporary file is left.
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_page_is_private_and_not_written_through_a_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = folder("private");
    let (page, link) = (folder.0.join("page.html"), folder.0.join("link.html"));
    let write = |target: &Path| run(bare().args(["--demo", "triage", "--html"]).arg(target));
    symlink(&page, &link).unwrap();
    for _ in 0..2 {
        let (status, _, stderr) = write(&link);
        assert_eq!(status, 2);
        assert!(stderr.ends_with("link.html: it is a link\n"), "{stderr}");
        write(&page);
        assert_eq!(std::fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    // `/proc/self` has readable files, but no new ones can be created.
    let (status, _, stderr) = run(bare().args(["--demo", "triage", "--html", "/proc/self/status"]));
    assert_eq!(status, 74);
    assert!(stderr.starts_with("brd-sessions: cannot write the output: /proc/self/status: "), "{stderr}");
}

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
        assert!(contrast >= 3.0, "{media}: failed beside fine: {contrast:.2}");
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

/// Returns sessions of these domains. One session of each has far more traffic than the others.
fn outliers(domains: u32) -> String {
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
fn right_to_left() -> String {
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

/// Returns two sessions with statuses in Hebrew.
fn right_to_left_statuses() -> String {
    let line = |id: &str, status: &str| json!({"session_id": id, "status": status}).to_string() + "\n";
    [line("a", "חדש"), line("b", "אחר")].concat()
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

#[test]
fn findings_beyond_six_of_a_kind_are_rows() {
    for (domains, cards, rows, summary) in [
        (6, 6, 0, None),
        (7, 6, 1, Some("1 more domain with unusual traffic")),
        (495, 6, 489, Some("489 more domains with unusual traffic")),
    ] {
        let (place, report) =
            page(&format!("outliers-{domains}"), &outliers(domains), &["--price-per-gb", "8"]);
        let html = place.read();
        let kind = "data-kind=\"bandwidth_outlier\"";
        assert_eq!(html.matches(&format!("<article class=\"card finding\" {kind}")).count(), cards);
        assert_eq!(html.matches(&format!("<tr {kind}")).count(), rows);
        let summaries = html.split("<summary>").skip(1).map(|part| part.split('<').next().unwrap());
        let summaries: Vec<_> = summaries.filter(|summary| *summary != "Sessions").collect();
        assert_eq!(summaries, summary.into_iter().collect::<Vec<_>>());
        for finding in report["findings"].as_array().unwrap() {
            assert!(html.contains(&format!(">{}<", finding["title"].as_str().unwrap())), "{finding}");
            let id = finding["evidence"][0]["session_id"].as_str().unwrap();
            assert!(html.contains(&format!(">{id}</bdi></code>")), "{finding}");
        }
    }
}

#[test]
fn pages_fit_narrow_windows_and_print_closed_lists() {
    let (demo, _) = page("layout", &(sessions(300) + &outliers(9)), &["--price-per-gb", "8"]);
    let (rtl, _) =
        page("layout-rtl", &(right_to_left_statuses() + &right_to_left() + &hostile()), &["--full-urls"]);
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
    for (name, place, names) in [("demo", demo, 0), ("rtl", rtl, 3)] {
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

    for (name, lines) in [
        ("demo", sessions(300)),
        ("hostile", hostile() + &right_to_left() + &outliers(12)),
        ("nothing", String::new()),
    ] {
        let (place, _) = page(&format!("axe-{name}"), &lines, &["--price-per-gb", "8"]);
        let faults = examine(&format!("axe-{name}"), &place.read(), &views, &axe, script).unwrap();
        assert_eq!(faults, [json!([]), json!([]), json!([]), json!([])], "{name}");
    }
}
