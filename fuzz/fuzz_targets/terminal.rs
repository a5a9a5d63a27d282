//! The output for terminals, checked as in the tests of the program.
#![no_main]
#![allow(dead_code, reason = "the files of the program have more than the check uses")]

#[path = "../../cli/src/output/json_line.rs"]
mod json_line;
#[path = "../../cli/src/output/session.rs"]
mod session;
#[path = "../../cli/src/output/style.rs"]
mod style;
#[path = "../../cli/src/output/table.rs"]
mod table;
#[path = "../../cli/src/output/visible.rs"]
mod visible;

mod output {
    pub(crate) use crate::{json_line, session, style, table};
}

/// The part of the program's terminal that a table uses, without a key.
mod terminal {
    use std::marker::PhantomData;

    use brightdata_sessions::{ApiKey, Escaped};

    pub(crate) struct Terminal<'a> {
        pub(crate) width: Option<usize>,
        key: PhantomData<&'a ApiKey>,
    }

    impl<'a> Terminal<'a> {
        pub(crate) fn new(_key: Option<&'a ApiKey>, _json: bool) -> Self {
            Self { width: None, key: PhantomData }
        }

        pub(crate) fn clean(&self, untrusted: &str) -> String {
            Escaped(untrusted).to_string()
        }
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| visible::check(input));
