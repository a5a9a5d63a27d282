//! Reports why sessions failed and what they cost: many sessions in, one [`Report`] out.
//!
//! ```
//! use brightdata_sessions::Session;
//! use brightdata_sessions_triage::{FindingKind, Triage};
//!
//! let session = |id: u32| format!(
//!     r#"{{"session_id":"{id}","status":"failed","navigations":0,"duration":0.8,"bandwidth":0,
//!         "error":{{"code":"wrong_password","message":"Wrong password"}}}}"#
//! );
//! let mut triage = Triage::new().with_price_per_gb(8.0)?;
//! for id in 0..3 {
//!     triage.add(&serde_json::from_str::<Session>(&session(id))?);
//! }
//! let report = triage.report();
//! let found = report.findings.iter().map(|finding| (finding.kind, finding.sessions));
//! assert!(found.eq([(FindingKind::Configuration, 3), (FindingKind::SystemicError, 3)]));
//! println!("{report}"); // A page of text. For JSON, use serde.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Claims
//!
//! Findings are heuristics. Each lists the sessions that support it. A field that a session lacks
//! counts as missing: the session is excluded from that sum, median or rate. A sum that exceeds
//! 64 bits stays at the maximum.
//!
//! # Memory
//!
//! Memory does not grow with the number of sessions. A triage counts these separately, and
//! everything else together as other:
//!
//! - the first 500 domains, 100 zones, 200 error codes, 200 domain pairs, and 200 unknown words of
//!   each kind;
//! - the latest 744 hours and 400 days;
//! - ten sessions for each finding.
//!
//! Medians are exact for up to 100 numbers, and within 1 % for more. The order of the sessions does
//! not affect the report unless there are more names than that.
//!
//! # Duplicates
//!
//! Add each session once: a triage stores no ids, and a session cannot be removed. The caller finds
//! sessions that occur twice, and [`Triage::set_duplicates`] puts their number into the report.
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

pub use self::class::ErrorClass;
pub use self::diagnosis::{Diagnosis, Hint};
pub use self::domain::{redact_url, registrable_domain};
pub use self::durations::{DurationBin, Durations, Longest};
pub use self::evidence::Evidence;
pub use self::finding::{Action, Finding, FindingKind};
pub use self::groups::{Group, Groups, Usage};
pub use self::page::Page;
pub use self::report::{
    CaptchaCounts, CodeCount, DomainChanges, DomainPair, Errors, Failures, Report, WordCount,
};
pub use self::rules::FailurePattern;
pub use self::style::{PageStyle, Span};
pub use self::times::{Hour, HourWindow, Statuses};
pub use self::triage::{InvalidPrice, MergeError, Triage};
pub use self::units::{Bytes, Cost, Percent, Seconds, Sum};

mod class;
mod diagnosis;
mod domain;
mod draw;
mod durations;
mod evidence;
mod figures;
mod find;
mod finding;
mod groups;
mod merge;
mod moment;
mod names;
mod page;
mod read;
mod report;
mod rules;
mod sentences;
mod sketch;
mod state;
mod style;
mod times;
mod triage;
mod units;
mod words;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
