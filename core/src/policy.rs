//! When to send: retries, and the guard against a block of the caller's IP address.

pub use self::rate_guard::{GuardState, RateGuard};
pub use self::retry::RetryPolicy;

pub(crate) mod rate_guard;
pub(crate) mod retry;
