//! Fuzzes the parser: every seed, then generated bodies for a second.

use brightdata_sessions_testkit::inputs::{self, SessionBody};
use brightdata_sessions_testkit::properties::session::valid_body_is_read;

#[test]
fn the_wrapper_reads_each_valid_body() {
    for (_, body) in inputs::seeds("session") {
        valid_body_is_read(&body, wrapper::parse);
    }
    arbtest::arbtest(|u| {
        let SessionBody(body) = u.arbitrary()?;
        valid_body_is_read(&body, wrapper::parse);
        Ok(())
    })
    .budget_ms(1000);
}

/// A mistake that no documented example shows.
#[test]
#[should_panic = "the body is valid"]
fn a_parser_that_requires_whole_numbers_is_found() {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Body {
        session: Session,
    }
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Session {
        bandwidth: Option<u64>,
    }
    arbtest::arbtest(|u| {
        let SessionBody(body) = u.arbitrary()?;
        valid_body_is_read(&body, |body| serde_json::from_slice::<Body>(body).map(|body| body.session));
        Ok(())
    })
    .budget_ms(10_000);
}
