//! Reports why sessions failed and what they cost: many sessions in, one [`Report`] out.
//!
//! # Install
//!
//! ```sh
//! cargo add brightdata-sessions brightdata-sessions-triage
//! ```
//!
//! # One call
//!
//! The sessions come from any source: the list of a client, files, a queue. A [`Triage`] collects
//! them without IO and in constant memory.
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
//! println!("{report}"); // A page of text.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For one session, [`Diagnosis::of`] returns the likely cause with advice, by the same rules.
//!
//! # Text and JSON
//!
//! `Display` writes a report as a page of text, and [`Report::page`] writes the same page in the
//! caller's colors. Serde writes a report as JSON and reads it back. The members of the JSON are
//! those of [`Report`].
//!
//! # Comparison and gates
//!
//! A [`Comparison`] with the report on an earlier period has the share of failed sessions before
//! and after: in total, and for each error code, zone and domain. It states which differences are
//! larger than chance explains, by a test that its docs describe.
//!
//! A [`Gate`] is a condition under which a report is a failure, such as `failed>5%`.
//!
//! # Parts and processes
//!
//! [`Triage::merge`] adds the sessions of one triage to another, so that threads or machines can
//! collect parts of a large set. The state of a triage is written and read with serde. The report
//! of merged triages is that of all sessions, medians included. [`Triage`](Triage#merging) lists
//! the conditions.
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
//! # Secrets
//!
//! URLs are kept without user, password, query and fragment unless
//! [`with_full_urls`](Triage::with_full_urls) is called. An API key that a service echoes stays in
//! a session: remove it with `Session::redact` first. Untrusted text is escaped in the page of
//! text, but not in the fields of a report.
//!
//! # Duplicates
//!
//! Add each session once: a triage stores no ids, and a session cannot be removed. The caller must
//! find sessions that occur twice. [`Triage::set_duplicates`] adds their number to the report.
//!
//! # Features
//!
//! `psl` is on by default. With it, [domains](registrable_domain) are those that can be registered,
//! by the public suffix list (some 700 kB of code). Without it, they are hosts.
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
pub use self::comparison::{Change, Comparison, Difference, FailedShare};
pub use self::counts::{CaptchaCounts, CodeCount, DomainChanges, DomainPair, Errors, Failures, WordCount};
pub use self::diagnosis::{Diagnosis, Hint};
pub use self::domain::{redact_url, registrable_domain};
pub use self::durations::{DurationBin, Durations, Longest};
pub use self::evidence::Evidence;
pub use self::finding::{Action, Finding, FindingKind};
pub use self::gate::{Gate, GateOutcome, GateVerdict, InvalidGate};
pub use self::groups::{Group, Groups, Usage};
pub use self::page::Page;
pub use self::price::InvalidPrice;
pub use self::report::Report;
pub use self::rules::FailurePattern;
pub use self::style::{PageStyle, Span};
pub use self::times::{Hour, HourWindow, Statuses};
pub use self::triage::{MergeError, Triage};
pub use self::units::{Bytes, Cost, Percent, Seconds, Sum};

mod chance;
mod class;
mod comparison;
mod compute;
mod counts;
mod diagnosis;
mod domain;
mod draw;
mod durations;
mod evidence;
mod figures;
mod find;
mod finding;
mod gate;
mod groups;
mod merge;
mod moment;
mod names;
mod page;
mod price;
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
