//! The inputs of the fuzz targets, for ordinary tests.

use std::fs;
use std::path::Path;

/// Calls the function with each seed in this folder, and with each input that ever violated a
/// property.
///
/// # Panics
///
/// Panics if the folder has no input, except in the package of this crate, which lacks the folder.
pub fn replay(folder: &str, entry_point: impl Fn(&[u8])) {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for kind in ["seeds", "regressions"] {
        let path = package.join("../fuzz").join(kind).join(folder);
        for entry in fs::read_dir(path).into_iter().flatten() {
            let path = entry.expect("a readable folder").path();
            // The last file printed is the one that violates a property.
            println!("{}", path.display());
            entry_point(&fs::read(path).expect("a readable file"));
            count += 1;
        }
    }
    // Only a package contains its original manifest.
    assert!(count > 0 || package.join("Cargo.toml.orig").exists(), "{folder} has no inputs");
}
