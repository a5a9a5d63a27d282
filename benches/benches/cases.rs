//! Every piece of work by itself: `cargo bench`, or `cargo bench -- page-of-100` for some of it.
//!
//! What was read is dropped within the time that is measured. To compare two of them, use `time`, which takes turns.

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
