//! The time limit, against every kind of delay.

use std::time::Duration;

use super::Case;
use crate::Script;
use crate::conformance::case::{GOOD, ok};
use crate::script::SILENCE;

/// The time limit of most cases. It is long enough for a busy machine to send the request.
const LIMIT: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(50);
const SLOW: Duration = Duration::from_millis(700);

pub(in crate::conformance) fn cases() -> Vec<Case> {
    let held = "a call never exceeds its time limit";
    let outranks = "an error status counts even if reading its body fails";
    let late = |name, script| Case::response(name, held, script, "", "timeout").within(LIMIT);
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
        Case::response(
            "a 404 whose body never arrives is a 404",
            outranks,
            Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n").pause(SILENCE),
            "",
            "404, empty body, at the time limit",
        )
        .within(LIMIT),
        Case::response(
            "a 404 whose body stalls is a 404",
            outranks,
            Script::new().send("HTTP/1.1 404 Not Found\r\ncontent-length: 99\r\n\r\n{\"error").pause(SILENCE),
            "{\"error",
            "404, body as sent, at the time limit",
        )
        .within(LIMIT),
        Case::response(
            "a slow response within the time limit",
            "a slow response is not an error",
            Script::new().pause(SLOW).send(format!("HTTP/1.1 200 OK\r\n{length}")).pause(SLOW).send(GOOD),
            GOOD,
            "200, body as sent",
        ),
    ]
}
