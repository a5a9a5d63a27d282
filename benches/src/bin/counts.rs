//! Prints what does not depend on how busy the machine is, as tables in Markdown: instructions (where valgrind is
//! installed), allocations, and bytes held at the most. Fails where a target is missed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use allocation_counter::{AllocationInfo, measure};
use brightdata_sessions_benches::parse::{self, BODIES, READERS};
use brightdata_sessions_benches::request::{self, BUILDERS};
use brightdata_sessions_benches::targets::Targets;

fn main() -> ExitCode {
    let mut targets = Targets::default();
    if Command::new("valgrind").arg("--version").output().is_ok() {
        instructions(&mut targets);
    } else {
        println!("instructions: skipped, since valgrind is not installed");
    }
    allocations(&mut targets);
    targets.tell()
}

fn instructions(targets: &mut Targets) {
    let program = build_case();
    println!("Instructions to read a body, and to drop what was read:\n");
    println!("| body | {} |\n|---|--:|--:|--:|--:|", READERS.join(" | "));
    for name in BODIES {
        let counts = READERS.map(|reader| count(&program, &["parse", name, reader]));
        let ratios = counts.map(|count| format!("{count} ({:.3})", counts[0] as f64 / count as f64));
        println!("| {name} | {} | {} |", counts[0], ratios[1..].join(" | "));
        if name == "finished" {
            targets.check(
                "a finished session: instructions to those of derive",
                counts[0] as f64 / counts[1] as f64,
                0.82,
            );
        }
    }
    println!("\nInstructions to build a request, and to drop it:\n");
    println!("| {} |\n|--:|--:|--:|--:|", BUILDERS.join(" | "));
    let counts = BUILDERS.map(|builder| count(&program, &["request", builder]));
    println!("| {} |\n", counts.map(|count| count.to_string()).join(" | "));
    targets.check("a request: instructions", counts[0] as f64, 3100.0);
}

/// Builds `case` beside this program, since cargo has built this one alone. It cannot be this one: an allocator that counts takes
/// instructions too.
fn build_case() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    let target =
        own.parent().and_then(Path::parent).expect("a program of cargo's is in a folder of a target folder");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--bin", "case", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(built.success(), "`case` was not built");
    target.join("release/case")
}

/// The instructions of one turn: what 200 turns more take, divided by as many.
fn count(program: &Path, case: &[&str]) -> u64 {
    let total = |turns: &str| -> u64 {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args(case)
            .arg(turns)
            .output()
            .expect("valgrind runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let total = said.split_once("Collected : ").expect("valgrind tells a total").1;
        total.split_whitespace().next().and_then(|total| total.parse().ok()).expect("a number")
    };
    (total("300") - total("100")) / 200
}

fn allocations(targets: &mut Targets) {
    println!(
        "Allocations to read a body, and bytes held at the most, the body itself not counted (to its length):\n"
    );
    println!("| body | bytes | {} |\n|---|--:|--:|--:|--:|--:|", READERS.join(" | "));
    for name in BODIES {
        let body = parse::body(name);
        let ratio = |info: &AllocationInfo| info.bytes_max as f64 / body.len() as f64;
        let infos = READERS.map(|reader| {
            let read = parse::reader(reader, name);
            settled(|| read(&body))
        });
        let cells =
            infos.map(|info| format!("{}, {} ({:.2})", info.count_total, info.bytes_max, ratio(&info)));
        println!("| {name} | {} | {} |", body.len(), cells.join(" | "));
        if name == "page-of-100" {
            targets.check("a page of 100: bytes held at the most, to its length", ratio(&infos[0]), 3.0);
        }
    }
    println!("\nAllocations to build a request, and bytes held at the most:\n");
    println!("| {} |\n|--:|--:|--:|--:|", BUILDERS.join(" | "));
    let infos = BUILDERS.map(|builder| settled(request::builder(builder)));
    println!("| {} |\n", infos.map(|info| format!("{}, {}", info.count_total, info.bytes_max)).join(" | "));
    targets.check("a request: allocations", infos[0].count_total as f64, 3.0);
}

/// What the second turn takes: the first may set something up for all.
fn settled(work: impl Fn()) -> AllocationInfo {
    work();
    measure(&work)
}
