//! The fake behind TLS, with certificates of an authority that no machine trusts. Needs the feature
//! `tls`.
//!
//! ```
//! use brightdata_sessions_testkit::FakeApi;
//! use brightdata_sessions_testkit::tls::{Authority, TlsFront};
//!
//! let fake = FakeApi::start()?;
//! let authority = Authority::new("Example CA");
//! let front = TlsFront::start(&fake, &authority.certificate("service.example"))?;
//! println!("let your client trust this certificate: {}", authority.pem());
//! println!("set https_proxy=http://{}", front.addr());
//!
//! // Here, your client gets a session from https://service.example, through the proxy.
//!
//! for connect in front.connects() {
//!     assert_eq!((&*connect.method, &*connect.target), ("CONNECT", "service.example:443"));
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

pub use self::authority::{Authority, ServerCertificate};
pub use self::check::check_tls;
pub use self::front::TlsFront;

mod authority;
mod check;
mod front;
