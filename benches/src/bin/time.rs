//! Prints how long each task takes compared with other libraries, as Markdown tables. Fails if a
//! target is missed.

use std::process::ExitCode;

use brightdata_sessions_benches::pairs::compare;
use brightdata_sessions_benches::targets::Targets;
use brightdata_sessions_benches::{parse, request};

const PAIRS: usize = 501;

fn main() -> ExitCode {
    let mut targets = Targets::default();
    println!("| body | ours | to derive | to value | to sonic |\n|---|--:|--:|--:|--:|");
    for name in parse::BODIES {
        let body = parse::body(name);
        let ours = parse::reader("ours", name);
        let mut min = f64::MAX;
        let cells = ["derive", "value", "sonic"].map(|reader| {
            let theirs = parse::reader(reader, name);
            let comparison = compare(PAIRS, &|| ours(&body), &|| theirs(&body));
            min = min.min(comparison.ours);
            match (name, reader) {
                ("page-of-100", "derive") => {
                    targets.check("page of 100: time, compared with derive", comparison.ratio, 0.82)
                }
                ("page-of-100", "sonic") => {
                    targets.check("page of 100: time, compared with sonic", comparison.ratio, 1.15)
                }
                _ => {}
            }
            format!("{:.3} ({:.0} ns)", comparison.ratio, comparison.theirs)
        });
        println!("| {name} | {min:.0} ns | {} |", cells.join(" | "));
    }
    println!("\n| request | ours | to ureq | to reqwest |\n|---|--:|--:|--:|");
    for name in ["get", "list"] {
        let ours = request::builder(name);
        let mut min = f64::MAX;
        let cells = ["ureq", "reqwest"].map(|builder| {
            let comparison = compare(PAIRS, &ours, &request::builder(builder));
            min = min.min(comparison.ours);
            format!("{:.3} ({:.0} ns)", comparison.ratio, comparison.theirs)
        });
        println!("| {name} | {min:.0} ns | {} |", cells.join(" | "));
    }
    println!();
    targets.report()
}
