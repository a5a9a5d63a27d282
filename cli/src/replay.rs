//! The inputs of the fuzz targets, for ordinary tests.

use std::fs;
use std::path::Path;

/// Calls the function with each seed of a fuzz target, and with each input that ever violated a
/// property.
pub(crate) fn replay(target: &str, check: impl Fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["seeds", "regressions"] {
        let path = root.join("../fuzz").join(folder).join(target);
        for file in fs::read_dir(path).into_iter().flatten() {
            let path = file.unwrap().path();
            // The last file printed is the one that violates a property.
            println!("{}", path.display());
            check(&fs::read(path).unwrap());
            count += 1;
        }
    }
    // Only a package lacks the folder of the fuzzers, and contains its original manifest.
    assert!(count > 0 || root.join("Cargo.toml.orig").exists(), "{target} has no seeds");
}
