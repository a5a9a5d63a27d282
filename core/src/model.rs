//! The typed records of the service, and how they are parsed from JSON.

pub use self::session::Session;
pub use self::session_id::SessionId;
pub use self::session_page::{Pagination, SessionPage};
pub use self::timestamp::Timestamp;
pub use self::unknown_fields::UnknownFields;
pub use self::values::{Captcha, SessionError, SessionStatus};

pub(crate) mod fault;
pub(crate) mod json;
pub(crate) mod session;
mod session_id;
mod session_page;
mod timestamp;
mod unknown_fields;
mod values;
