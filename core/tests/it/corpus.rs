//! Replays every seed of the fuzzers, and every input that ever violated a property.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the inputs are files, and their names are printed"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::properties::world::World;
use crate::support::properties::{self, ENTRY_POINTS, EntryPoint};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns whether this is the package, which lacks the folder of the fuzzers. Only a package
/// contains its original manifest.
fn is_packaged() -> bool {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml.orig").exists()
}

/// Returns the paths in a folder of the repository, in order. A missing folder has none.
fn files(folder: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn names(folder: &str) -> BTreeSet<String> {
    files(folder).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Returns the paths of an entry point's seeds.
fn seeds(name: &str) -> BTreeSet<PathBuf> {
    &files(&format!("fuzz/seeds/{name}")) | &files(&format!("core/tests/fixtures/{name}s"))
}

fn replay(files: &BTreeSet<PathBuf>, entry_point: EntryPoint) {
    for file in files {
        // The last file printed is the one that violates a property.
        println!("{}", file.display());
        entry_point(&fs::read(file).unwrap());
    }
}

#[test]
fn each_seed_satisfies_its_properties() {
    for (name, entry_point) in ENTRY_POINTS {
        let seeds = seeds(name);
        assert!(is_packaged() || !seeds.is_empty(), "{name}");
        replay(&seeds, *entry_point);
    }
}

#[test]
fn each_regression_satisfies_its_properties() {
    for (name, entry_point) in ENTRY_POINTS {
        replay(&files(&format!("fuzz/regressions/{name}")), *entry_point);
    }
}

/// Decodes the binary inputs of a folder, each with its name.
fn meanings(folder: &str, decode: fn(&[u8]) -> String) -> String {
    let meaning = |path: &PathBuf| {
        format!(
            "## {folder}/{}\n{}",
            path.file_stem().unwrap().to_str().unwrap(),
            decode(&fs::read(path).unwrap())
        )
    };
    files(&format!("fuzz/{folder}")).iter().map(meaning).collect()
}

#[test]
fn each_binary_input_decodes_as_recorded() {
    if is_packaged() {
        return;
    }
    let flow = |input: &[u8]| {
        let (setting, events) = properties::flow::decode(input).unwrap();
        let events = events.iter().map(|event| format!("{event:?}\n"));
        format!("{setting:?}\n{}\n", events.collect::<String>())
    };
    let list = |input: &[u8]| format!("{:?}\n\n", properties::list::decode(input).unwrap());
    let guard = |input: &[u8]| format!("{:?}\n\n", properties::guard::decode(input).unwrap());
    let world = |input: &[u8]| {
        let World { server, client, bursts, turns } = properties::world::decode(input).unwrap();
        let bursts = bursts.iter().map(|burst| format!("{burst:?}\n"));
        let turns = turns.iter().map(|turn| format!("{turn:?}\n"));
        format!("{server:?}\n{client:?}\n{}\n", bursts.chain(turns).collect::<String>())
    };
    let meanings = [
        meanings("seeds/flow", flow),
        meanings("regressions/flow", flow),
        meanings("seeds/guard", guard),
        meanings("regressions/guard", guard),
        meanings("seeds/list", list),
        meanings("regressions/list", list),
        meanings("seeds/world", world),
        meanings("regressions/world", world),
    ]
    .concat();
    let path = root().join("fuzz/meanings.txt");
    // After adding an input or changing a type, set `WRITE_MEANINGS=1` and read the difference.
    if std::env::var_os("WRITE_MEANINGS").is_some() {
        fs::write(&path, &meanings).unwrap();
    }
    assert_eq!(meanings, fs::read_to_string(path).unwrap(), "an input decodes to another value");
}

#[test]
fn each_entry_point_has_a_target_and_each_folder_one() {
    if is_packaged() {
        return;
    }
    let entry_points: BTreeSet<_> = ENTRY_POINTS.iter().map(|entry_point| entry_point.0.to_owned()).collect();
    // The tests of the adapters replay the inputs of the wire, and those of two other crates the rest.
    let is_of_the_core =
        |name: &String| !name.starts_with("wire") && !["terminal", "triage"].contains(&name.as_str());
    let of_the_core = |folder| names(folder).into_iter().filter(is_of_the_core).collect::<BTreeSet<_>>();
    assert_eq!(of_the_core("fuzz/fuzz_targets"), entry_points);
    assert!(of_the_core("fuzz/seeds").is_subset(&entry_points));
    assert!(of_the_core("fuzz/regressions").is_subset(&entry_points));
}
