//! Gets an id from Debian's Chromium, and compares the page with the code that was compiled.

use std::ffi::OsStr;
use std::io::Write as _;

/// The page of the core.
const PAGE: &str = include_str!("../../core/src/cdp/drivers.md");

#[cfg(feature = "headless_chrome")]
#[test]
fn a_program_goes_on_without_an_id_in_a_plain_chromium() {
    use brightdata_sessions_drivers::headless_chrome::session_id;
    use headless_chrome::{Browser, LaunchOptions};

    let Some(path) = std::env::var_os("PATH").and_then(|path| {
        std::env::split_paths(&path).map(|path| path.join("chromium")).find(|path| path.is_file())
    }) else {
        // `eprintln!` would be captured, and shown only if the test fails.
        let _ = writeln!(std::io::stderr(), "skipped: Chromium is not installed");
        return;
    };
    let args = ["--disable-gpu", "--disable-quic", "--disable-background-networking"].map(OsStr::new);
    // A container has no sandbox.
    let options = LaunchOptions { path: Some(path), sandbox: false, args: args.into(), ..Default::default() };
    let browser = Browser::new(options).unwrap();
    let tab = browser.new_tab().unwrap();
    assert_eq!(session_id(&tab).unwrap(), None);
    // The tab still works.
    tab.navigate_to("data:text/html,<title>next</title>").unwrap().wait_until_navigated().unwrap();
    assert_eq!(tab.get_title().unwrap(), "next");
}

#[test]
fn the_page_shows_the_code_that_was_compiled_last() {
    let manifest = include_str!("../Cargo.toml");
    let files = [
        ("chromiumoxide", include_str!("../src/chromiumoxide.rs")),
        ("fantoccini", include_str!("../src/fantoccini.rs")),
        ("headless_chrome", include_str!("../src/headless_chrome.rs")),
        ("playwright-rs", include_str!("../src/playwright_rs.rs")),
        ("thirtyfour", include_str!("../src/thirtyfour.rs")),
    ];
    for (driver, code) in files {
        let requirement =
            manifest.lines().find(|line| line.starts_with(&format!("{driver} = {{ version"))).unwrap();
        let version = requirement.split('"').nth(1).unwrap();
        let heading = format!("# {driver} {version}\n");
        assert!(PAGE.contains(&heading), "the page has no heading for {driver} {version}");
        assert!(
            PAGE.contains(&format!("```rust,ignore\n{code}```\n")),
            "{driver}: the page differs from the code"
        );
    }
}
