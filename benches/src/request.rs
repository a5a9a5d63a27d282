//! Building a request: a value that is ready to send, with the key in it and its URL parsed.

use std::hint::black_box;

use brightdata_sessions::{Api, ApiKey, GetSession, ListSessions, SortBy, StatusFilter};

/// The request builders. `get` and `list` are ours.
pub const BUILDERS: [&str; 4] = ["get", "list", "ureq", "reqwest"];

const ID: &str = "3f2c1d9e-0000-4000-8000-5a6b7c8d9e0f";
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Returns a function that builds one request and drops it.
pub fn builder(name: &str) -> Box<dyn Fn()> {
    let api = Api::new(ApiKey::new(KEY).expect("a key"));
    match name {
        "get" => {
            let get = GetSession::new(ID.parse().expect("an id"));
            Box::new(move || drop(black_box(api.request(&get).expect("a request"))))
        }
        "list" => {
            let list = ListSessions::new().status(StatusFilter::Failed).sort(SortBy::Bandwidth).limit(100);
            Box::new(move || drop(black_box(api.request(&list).expect("a request"))))
        }
        "ureq" => {
            let agent = ureq::Agent::new_with_defaults();
            Box::new(move || {
                let request = agent
                    .get(format!("https://api.brightdata.com/browser_sessions/{ID}"))
                    .header("accept", "application/json")
                    .header("user-agent", "bench/1.0")
                    .header("authorization", format!("Bearer {KEY}"));
                // ureq reports an invalid request only when it is sent.
                assert!(request.uri_ref().is_some());
                drop(black_box(request));
            })
        }
        "reqwest" => {
            let client = reqwest::Client::new();
            Box::new(move || {
                let request = client
                    .get(format!("https://api.brightdata.com/browser_sessions/{ID}"))
                    .header("accept", "application/json")
                    .header("user-agent", "bench/1.0")
                    .bearer_auth(KEY)
                    .build()
                    .expect("a request");
                drop(black_box(request));
            })
        }
        _ => panic!("unknown builder {name}"),
    }
}
