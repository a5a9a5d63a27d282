//! Opens pages in Chromium.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::page::{POLICY, Place, text};

/// Opens a page in Chromium. Returns the document afterwards and the lines of the console, or
/// `None` with a message if Chromium is not installed.
pub(crate) fn browse(page: &Path) -> Option<(String, Vec<String>)> {
    let profile = Place::new(&format!("{}-profile", page.file_name().unwrap().to_str().unwrap()));
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        // Timers of scripts fire at once.
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

pub(crate) fn skipped(reason: &str) {
    // `eprintln!` would be captured, and shown only if the test fails.
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// A way to open a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// The width of the window in CSS pixels.
    pub(crate) width: u32,
    /// The media query of the style sheet that applies regardless of the browser's settings.
    pub(crate) media: Option<&'static str>,
    pub(crate) opened: bool,
}

pub(crate) const DARK: &str = "screen and (prefers-color-scheme: dark)";

/// Opens the page in each of these views, each in its own frame, and returns the JSON value that
/// the script computes there. `library` is a script that runs before it.
pub(crate) fn examine(
    name: &str,
    html: &str,
    views: &[View],
    library: &str,
    script: &str,
) -> Option<Vec<Value>> {
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
