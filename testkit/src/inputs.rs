//! Inputs for fuzz targets and property tests: generated values, seeds, and a dictionary.
//!
//! The types implement [`Arbitrary`](arbitrary::Arbitrary), so a fuzzer's bytes select a value. Most
//! values are valid, and some are broken in one place. Without any bytes, each is a simple valid one.
//! [`Script`](crate::Script) implements it too.
//!
//! ```
//! use arbitrary::Unstructured;
//! use brightdata_sessions::SessionPage;
//! use brightdata_sessions_testkit::inputs::{self, PageBody};
//!
//! let PageBody(body) = Unstructured::new(b"any bytes of a fuzzer").arbitrary()?;
//! let page = std::str::from_utf8(&body).map(SessionPage::from_json);
//! println!("{page:?}");
//!
//! for (name, body) in inputs::seeds("page") {
//!     println!("{name}: {} bytes", body.len());
//! }
//! # Ok::<(), arbitrary::Error>(())
//! ```
//!
//! # libFuzzer
//!
//! libFuzzer takes files. In the folder of this package, they are `seeds/NAME`, `fixtures/sessions`,
//! `fixtures/errors` and `words.dict`.

use std::fs;
use std::path::Path;

pub use self::body::{PageBody, SessionBody};
pub use self::exchange::{ApiRequest, Outcome};

mod body;
mod exchange;
mod json;
mod script;

/// The session id in a [`SessionBody`] and in its seeds: the id of every documented example.
pub const ID: &str = "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX";

/// Tokens of JSON and of the API, as a dictionary for libFuzzer or AFL.
pub const DICTIONARY: &str = include_str!("../words.dict");

/// Returns the seeds of an entry point in `properties`, each with the name of its file, in order.
/// They are read from the folder of this package.
///
/// # Panics
///
/// Panics if there is no such entry point, or if the package has moved since it was built.
pub fn seeds(entry_point: &str) -> Vec<(String, Vec<u8>)> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [package.join("seeds").join(entry_point), package.join(format!("fixtures/{entry_point}s"))];
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut seeds: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("a folder of seeds is readable").path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display())))
        })
        .collect();
    assert!(!seeds.is_empty(), "no seeds of {entry_point:?} in {}", package.display());
    seeds.sort();
    seeds
}

#[cfg(test)]
mod tests {
    use arbitrary::{Arbitrary, Unstructured};

    use super::*;
    use crate::random::Random;

    /// Generates values from pseudo-random bytes.
    pub(super) fn generate<T: for<'a> Arbitrary<'a>>(count: u64) -> Vec<T> {
        let value = |seed| {
            let mut random = Random(seed);
            let bytes: Vec<_> = (0..2048).map(|_| random.next() as u8).collect();
            Unstructured::new(&bytes).arbitrary().expect("2048 bytes are enough")
        };
        (0..count).map(value).collect()
    }

    #[test]
    fn each_seed_of_a_session_has_a_name_and_the_words_are_there() {
        let seeds = seeds("session");
        assert!(seeds.iter().any(|(name, body)| name == "documented_finished" && body.starts_with(b"{")));
        assert!(seeds.iter().map(|(name, _)| name).is_sorted());
        assert!(DICTIONARY.contains("\n\"{}\"\n"));
    }

    #[test]
    #[should_panic = "no seeds of \"answer\""]
    fn seeds_of_an_unknown_entry_point_are_an_error() {
        seeds("answer");
    }
}
