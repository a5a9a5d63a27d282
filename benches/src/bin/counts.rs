//! Prints figures that do not depend on the machine's load, as Markdown tables: instructions (if
//! valgrind is installed), allocations, and peak bytes. Fails if a target is missed.

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
        println!("instructions: skipped because valgrind is not installed");
    }
    allocations(&mut targets);
    targets.report()
}

fn instructions(targets: &mut Targets) {
    let program = build_case();
    println!("Instructions to parse a body and drop the result:\n");
    println!("| body | {} |\n|---|--:|--:|--:|--:|", READERS.join(" | "));
    for name in BODIES {
        let counts = READERS.map(|reader| count(&program, &["parse", name, reader]));
        let ratios = counts.map(|count| format!("{count} ({:.3})", counts[0] as f64 / count as f64));
        println!("| {name} | {} | {} |", counts[0], ratios[1..].join(" | "));
        if name == "finished" {
            targets.check(
                "finished session: instructions, compared with derive",
                counts[0] as f64 / counts[1] as f64,
                0.82,
            );
        }
    }
    println!("\nInstructions to build a request and drop it:\n");
    println!("| {} |\n|--:|--:|--:|--:|", BUILDERS.join(" | "));
    let counts = BUILDERS.map(|builder| count(&program, &["request", builder]));
    println!("| {} |\n", counts.map(|count| count.to_string()).join(" | "));
    targets.check("request: instructions", counts[0] as f64, 3100.0);
}

/// Builds the program `case` next to this one, because cargo has built only this one.
///
/// The measured program must be a separate one, because the counting allocator costs instructions
/// as well.
fn build_case() -> PathBuf {
    let own = std::env::current_exe().expect("the path of this program");
    let target =
        own.parent().and_then(Path::parent).expect("cargo puts programs two levels below the target folder");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--bin", "case", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(built.success(), "cannot build `case`");
    target.join("release/case")
}

/// Returns the instructions of one run: those of 200 additional runs, divided by 200.
fn count(program: &Path, case: &[&str]) -> u64 {
    let total = |runs: &str| -> u64 {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args(case)
            .arg(runs)
            .output()
            .expect("valgrind runs");
        let log = String::from_utf8_lossy(&output.stderr);
        let total = log.split_once("Collected : ").expect("valgrind prints a total").1;
        total.split_whitespace().next().and_then(|total| total.parse().ok()).expect("a number")
    };
    (total("300") - total("100")) / 200
}

fn allocations(targets: &mut Targets) {
    println!(
        "Allocations to parse a body, and peak bytes without the body itself (as a multiple of its length):\n"
    );
    println!("| body | bytes | {} |\n|---|--:|--:|--:|--:|--:|", READERS.join(" | "));
    for name in BODIES {
        let body = parse::body(name);
        let ratio = |info: &AllocationInfo| info.bytes_max as f64 / body.len() as f64;
        let infos = READERS.map(|reader| {
            let read = parse::reader(reader, name);
            measure_warm(|| read(&body))
        });
        let cells =
            infos.map(|info| format!("{}, {} ({:.2})", info.count_total, info.bytes_max, ratio(&info)));
        println!("| {name} | {} | {} |", body.len(), cells.join(" | "));
        if name == "page-of-100" {
            targets.check("page of 100: peak bytes, as a multiple of its length", ratio(&infos[0]), 3.0);
        }
    }
    println!("\nAllocations to build a request, and peak bytes:\n");
    println!("| {} |\n|--:|--:|--:|--:|", BUILDERS.join(" | "));
    let infos = BUILDERS.map(|builder| measure_warm(request::builder(builder)));
    println!("| {} |\n", infos.map(|info| format!("{}, {}", info.count_total, info.bytes_max)).join(" | "));
    targets.check("request: allocations", infos[0].count_total as f64, 3.0);
}

/// Measures the second run, because the first may initialize shared state.
fn measure_warm(work: impl Fn()) -> AllocationInfo {
    work();
    measure(&work)
}
