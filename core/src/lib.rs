//! placeholder
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )
)]

pub use http;

pub use self::api::{Api, Operation};
pub use self::base_url::BaseUrl;
pub use self::call::Call;
pub use self::collector::Collector;
pub use self::error::{Error, ErrorKind, ErrorResponse, InvalidInput};
pub use self::failure::{Failure, FailureKind};
pub use self::flow::{Flow, Step};
pub use self::get::GetSession;
pub use self::id::SessionId;
pub use self::key::ApiKey;
pub use self::retry::RetryPolicy;
pub use self::session::{Captcha, Session, SessionFailure, SessionStatus, UnknownFields};
pub use self::text::Escaped;
pub use self::timestamp::Timestamp;

mod api;
mod base_url;
mod call;
mod collector;
mod error;
mod failure;
mod flow;
mod get;
mod guard;
mod id;
mod key;
mod retry;
mod session;
mod text;
mod timestamp;
