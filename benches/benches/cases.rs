//! Each task by itself: `cargo bench`, or `cargo bench -- page-of-100` for a subset.
//!
//! The measured time includes dropping the result. To compare two tasks, use the program `time`,
//! which interleaves them.

use brightdata_sessions_benches::{parse, request};
use divan::Bencher;

fn main() {
    divan::main();
}

fn cases() -> impl Iterator<Item = String> {
    parse::BODIES.into_iter().flat_map(|body| parse::READERS.map(|reader| format!("{body} {reader}")))
}

#[divan::bench(args = cases())]
fn read(bencher: Bencher, case: &str) {
    let (body, reader) = case.split_once(' ').expect("two words");
    let (read, body) = (parse::reader(reader, body), parse::body(body));
    bencher.bench_local(|| read(&body));
}

#[divan::bench(args = request::BUILDERS)]
fn build(bencher: Bencher, builder: &str) {
    bencher.bench_local(request::builder(builder));
}
