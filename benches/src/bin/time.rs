//! Prints how long each piece of work takes beside the same work of others, as tables in Markdown. Fails where a target is missed.

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
        let mut least = f64::MAX;
        let cells = ["derive", "value", "sonic"].map(|reader| {
            let theirs = parse::reader(reader, name);
            let found = compare(PAIRS, &|| ours(&body), &|| theirs(&body));
            least = least.min(found.ours);
            match (name, reader) {
                ("page-of-100", "derive") => {
                    targets.check("a page of 100: time to that of derive", found.ratio, 0.82)
                }
                ("page-of-100", "sonic") => {
                    targets.check("a page of 100: time to that of sonic", found.ratio, 1.15)
                }
                _ => {}
            }
            format!("{:.3} ({:.0} ns)", found.ratio, found.theirs)
        });
        println!("| {name} | {least:.0} ns | {} |", cells.join(" | "));
    }
    println!("\n| request | ours | to ureq | to reqwest |\n|---|--:|--:|--:|");
    for name in ["get", "list"] {
        let ours = request::builder(name);
        let mut least = f64::MAX;
        let cells = ["ureq", "reqwest"].map(|builder| {
            let found = compare(PAIRS, &ours, &request::builder(builder));
            least = least.min(found.ours);
            format!("{:.3} ({:.0} ns)", found.ratio, found.theirs)
        });
        println!("| {name} | {least:.0} ns | {} |", cells.join(" | "));
    }
    println!();
    targets.tell()
}
