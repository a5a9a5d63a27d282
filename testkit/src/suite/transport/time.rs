//! The time limit, against every kind of delay.

use std::time::Duration;

use brightdata_sessions::TransportErrorKind::Timeout;

use super::case::{GOOD, TransportCase, ok};
use crate::Script;
use crate::script::SILENCE;
use crate::suite::outcome::{error, response};
use crate::suite::rule::Rule;

/// The time limit of most cases.
const LIMIT: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(50);
const SLOW: Duration = Duration::from_millis(700);

pub(super) fn cases() -> Vec<(Rule, Vec<TransportCase>)> {
    vec![(Rule::TimeLimit, limited()), (Rule::StatusOutranksBody, outranked())]
}

fn limited() -> Vec<TransportCase> {
    let held = "a call never exceeds its time limit";
    let late = |name, script| TransportCase::response(name, held, script, "", error(Timeout)).within(LIMIT);
    let length = format!("content-length: {}\r\n\r\n", GOOD.len());
    // Each takes 5 s in total.
    let drops = "x".repeat(100);
    vec![
        late("no response", Script::new().pause(SILENCE)),
        late("a slow-drip head", ok("x-long: ").drip(drops.as_str(), TICK)),
        late("a body that never arrives", ok(&length).pause(SILENCE)),
        late("a slow-drip body", ok("\r\n").drip(drops.as_str(), TICK)),
        late(
            "slow-drip chunks",
            ok("transfer-encoding: chunked\r\n\r\n").drip("1\r\n \r\n".repeat(17), TICK),
        ),
        late("endless interim responses", {
            let interim = |script: Script| script.send("HTTP/1.1 102 Processing\r\n\r\n").pause(TICK);
            (0..100).fold(Script::new(), |script, _| interim(script))
        }),
        TransportCase::response(
            "a slow response within the time limit",
            "a slow response is not an error",
            Script::new().pause(SLOW).send(format!("HTTP/1.1 200 OK\r\n{length}")).pause(SLOW).send(GOOD),
            GOOD,
            response(200),
        ),
    ]
}

fn outranked() -> Vec<TransportCase> {
    let outranks = "an error status counts even if reading its body fails";
    vec![
        TransportCase::response(
            "a 404 whose body never arrives is a 404",
            outranks,
            Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n").pause(SILENCE),
            "",
            response(404).empty().at_the_limit(),
        )
        .within(LIMIT),
        TransportCase::response(
            "a 404 whose body stalls is a 404",
            outranks,
            Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 99\r\n\r\n{\"error").pause(SILENCE),
            "{\"error",
            response(404).at_the_limit(),
        )
        .within(LIMIT),
    ]
}
