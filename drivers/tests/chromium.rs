//! Gets an id from Debian's Chromium, and compares the page with the code that was compiled.

#![cfg(feature = "headless_chrome")]

use std::ffi::OsStr;
use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use brightdata_sessions_drivers::headless_chrome::session_id;
use headless_chrome::{Browser, LaunchOptions};
use tungstenite::{Message, WebSocket};

/// The page of the core.
const PAGE: &str = include_str!("../../core/src/cdp/drivers.md");

/// Starts Chromium, or returns `None` with a message if it is not installed.
fn chromium() -> Option<Browser> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::split_paths(&paths).map(|folder| folder.join("chromium")).find(|path| path.is_file());
    if path.is_none() {
        // `eprintln!` would be captured, and shown only if the test fails.
        let _ = writeln!(std::io::stderr(), "skipped: Chromium is not installed");
        return None;
    }
    let args = ["--disable-gpu", "--disable-quic", "--disable-background-networking"].map(OsStr::new);
    // A container has no sandbox.
    let options = LaunchOptions { path, sandbox: false, args: args.into(), ..Default::default() };
    Some(Browser::new(options).unwrap())
}

#[test]
fn a_program_goes_on_without_an_id_in_a_plain_chromium() {
    let Some(browser) = chromium() else { return };
    let tab = browser.new_tab().unwrap();
    assert_eq!(session_id(&tab).unwrap(), None);
    // The tab still works.
    tab.navigate_to("data:text/html,<title>next</title>").unwrap().wait_until_navigated().unwrap();
    assert_eq!(tab.get_title().unwrap(), "next");
}

#[test]
fn a_browser_with_the_command_returns_the_id() {
    let Some(browser) = chromium() else { return };
    let remote = Browser::connect(with_command(&browser.get_ws_url())).unwrap();
    let tab = remote.new_tab().unwrap();
    assert_eq!(session_id(&tab).unwrap(), Some(ID.parse().unwrap()));
}

const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";

/// Returns the URL of a WebSocket between a driver and Chromium, which responds to the command in
/// place of Chromium.
fn with_command(chromium: &str) -> String {
    let (_, address) = chromium.split_once("://").unwrap();
    let upstream = TcpStream::connect(address.split('/').next().unwrap()).unwrap();
    let (upstream, _) = tungstenite::client(chromium, upstream).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let driver = tungstenite::accept(listener.accept().unwrap().0).unwrap();
        let mut sockets = [driver, upstream];
        for socket in &sockets {
            socket.get_ref().set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        }
        // Until one of them is closed.
        while forward(&mut sockets, 0).is_some() && forward(&mut sockets, 1).is_some() {}
    });
    url
}

/// Forwards a message to the other socket, if one was received.
fn forward(sockets: &mut [WebSocket<TcpStream>; 2], from: usize) -> Option<()> {
    match sockets[from].read() {
        Ok(Message::Text(message)) => {
            let refusal = r#""error":{"code":-32601,"message":"'Browser.getSessionId' wasn't found"}"#;
            let result = format!(r#""result":{{"sessionId":"{ID}"}}"#);
            // A message of a tab is a string within another message.
            let quoted = |text: &str| text.replace('"', "\\\"");
            let message = message.replace(&quoted(refusal), &quoted(&result)).replace(refusal, &result);
            sockets[1 - from].send(Message::text(message)).ok()
        }
        Ok(_) => Some(()),
        Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Some(()),
        Err(_) => None,
    }
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
