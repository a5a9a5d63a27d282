//! The typed records of the service, and how they are parsed from JSON.

pub use self::captcha::Captcha;
pub use self::session::Session;
pub use self::session_error::SessionError;
pub use self::session_id::SessionId;
pub use self::session_page::{Pagination, SessionPage};
pub use self::status::SessionStatus;
pub use self::timestamp::Timestamp;
pub use self::unknown_fields::UnknownFields;

mod captcha;
pub(crate) mod fault;
pub(crate) mod field;
pub(crate) mod json;
mod record;
mod session;
mod session_error;
mod session_id;
pub(crate) mod session_page;
mod status;
mod timestamp;
mod unknown_fields;
