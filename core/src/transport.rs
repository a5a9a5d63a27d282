//! The boundary to an HTTP client: the outcome of one request, and how its body is collected.

pub use self::collector::Collector;
pub use self::transport_error::{TransportError, TransportErrorKind};

pub(crate) mod collector;
pub(crate) mod http_date;
mod transport_error;
