//! Runs one task repeatedly, for callgrind: `case parse finished ours 1000`,
//! `case request get 1000`.

use brightdata_sessions_benches::{parse, request};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["parse", body, reader, times] => {
            let (read, body) = (parse::reader(reader, body), parse::body(body));
            (0..number(times)).for_each(|_| read(&body));
        }
        ["request", builder, times] => {
            let build = request::builder(builder);
            (0..number(times)).for_each(|_| build());
        }
        _ => panic!("usage: case parse BODY READER TIMES | case request BUILDER TIMES"),
    }
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number of times")
}
