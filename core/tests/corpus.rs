//! Every seed of the fuzzers, and every input that they ever found a fault with.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the inputs are files, and their names are told"
)]

#[path = "support/properties.rs"]
mod properties;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use properties::{DOORS, Door};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What there is in a folder of the repository, in order; nothing if there is no such folder.
fn files(folder: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn names(folder: &str) -> BTreeSet<String> {
    files(folder).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Where the seeds of a door are.
fn seeds(name: &str) -> BTreeSet<PathBuf> {
    &files(&format!("fuzz/seeds/{name}")) | &files(&format!("core/tests/fixtures/{name}s"))
}

fn replay(files: &BTreeSet<PathBuf>, door: Door) {
    for file in files {
        // Where a property does not hold, this tells for which file.
        println!("{}", file.display());
        door(&fs::read(file).unwrap());
    }
}

#[test]
fn what_holds_at_each_door_holds_for_each_of_its_seeds() {
    for (name, door) in DOORS {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name}");
        replay(&seeds, *door);
    }
}

#[test]
fn what_holds_at_each_door_holds_for_each_find_at_it() {
    for (name, door) in DOORS {
        replay(&files(&format!("fuzz/regressions/{name}")), *door);
    }
}

#[test]
fn each_door_has_a_target_and_each_folder_a_door() {
    let doors: BTreeSet<_> = DOORS.iter().map(|door| door.0.to_owned()).collect();
    assert_eq!(names("fuzz/fuzz_targets"), doors);
    assert!(names("fuzz/seeds").is_subset(&doors));
    assert!(names("fuzz/regressions").is_subset(&doors));
}
