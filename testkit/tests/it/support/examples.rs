//! The examples' transports.

#[path = "../../../examples/attohttpc.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod attohttpc;
#[path = "../../../examples/curl.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod curl;
#[path = "../../../examples/hyper.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod hyper;
#[path = "../../../examples/isahc.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod isahc;
#[path = "../../../examples/reqwest_middleware.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod reqwest_middleware;
#[path = "../../../examples/sockets.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod sockets;
#[path = "../../../examples/tower.rs"]
#[expect(dead_code, reason = "its main is for `cargo run`")]
pub(crate) mod tower;
