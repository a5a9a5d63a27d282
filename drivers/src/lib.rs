//! Gets the id of a session through the drivers that people use. Each file is a part of the page
//! `core/src/cdp/drivers.md`, word by word.

#[cfg(feature = "chromiumoxide")]
pub mod chromiumoxide;
#[cfg(feature = "fantoccini")]
pub mod fantoccini;
#[cfg(feature = "headless_chrome")]
pub mod headless_chrome;
#[cfg(feature = "playwright-rs")]
pub mod playwright_rs;
#[cfg(feature = "thirtyfour")]
pub mod thirtyfour;
