//! The properties of the clients: the same functions as in their tests. Those of the core are in the
//! testkit.

#[path = "../../transport-ureq/src/wire.rs"]
pub mod wire_ureq;

#[path = "../../testkit/examples/hyper.rs"]
#[allow(dead_code, reason = "its main is for `cargo run`")]
mod hyper;

/// The example under the path that its tests use.
mod support {
    pub(crate) mod examples {
        pub(crate) use crate::hyper;
    }
}

#[path = "../../testkit/tests/it/wire_hyper.rs"]
pub mod wire_hyper;
