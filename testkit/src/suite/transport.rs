//! The cases of a transport: a single exchange, with everything that a server can do to it.

use std::time::Duration;

pub(super) use self::case::{
    BODY_LIMIT, ELSEWHERE, ERROR_BODY_LIMIT, GOOD, ProgramPlay, TransportCase, good,
};
pub(super) use self::harness::{Exchange, GRACE, Harness, KEY};

use self::case::NO_IPV6;
use super::outcome::Outcome;
use super::rule::Rule;

mod bodies;
mod broken;
mod case;
mod connections;
mod gzip;
mod harness;
mod redirects;
mod requests;
mod secrets;
mod statuses;
mod time;

/// The time after the limit of an exchange at which the suite closes its connections. Otherwise, an
/// exchange without a time limit would never end.
const CLOSE_AFTER: Duration = Duration::from_secs(4);

/// Returns all cases with their rules, in the order of the rules.
pub(super) fn cases() -> Vec<(Rule, TransportCase)> {
    let groups = [
        requests::cases(),
        redirects::cases(),
        statuses::cases(),
        bodies::cases(),
        gzip::cases(),
        broken::cases(),
        time::cases(),
        connections::cases(),
        secrets::cases(),
    ];
    let groups = groups.into_iter().flatten();
    let mut cases: Vec<_> =
        groups.flat_map(|(rule, cases)| cases.into_iter().map(move |case| (rule, case))).collect();
    cases.sort_by_key(|(rule, _)| *rule);
    cases
}

/// Plays a case.
///
/// # Panics
///
/// Panics if the system is out of ports or threads.
pub(super) fn play(case: &TransportCase, exchange: &Exchange<'_>) -> Outcome {
    super::play_within(case, case.play.timeout, |timeout| play_once(case, timeout, exchange))
}

fn play_once(case: &TransportCase, timeout: Duration, exchange: &Exchange<'_>) -> Outcome {
    let harness = match Harness::new(&case.play, timeout, exchange) {
        Ok(harness) => harness,
        Err(_) if case.play.bind_addr.is_ipv6() => return NO_IPV6,
        Err(error) => panic!("cannot start the fake: {error}"),
    };
    super::guard(timeout + CLOSE_AFTER, || harness.close_all(), || (case.play.observe)(&harness))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use brightdata_sessions::TransportErrorKind;

    use super::*;

    /// Plays a case on an address that the fake refuses to bind.
    fn play_unbindable(bind_addr: impl Into<IpAddr>) -> Outcome {
        let mut case =
            TransportCase::new("a case", "a reason", Outcome::Requests(0), |_| Outcome::Requests(0));
        case.play.bind_addr = bind_addr.into();
        play(&case, &|_, _| Err(TransportErrorKind::Connection.into()))
    }

    #[test]
    fn an_ipv6_case_reports_a_machine_without_ipv6() {
        assert_eq!(play_unbindable(Ipv6Addr::UNSPECIFIED), NO_IPV6);
    }

    #[test]
    #[should_panic(expected = "cannot start the fake")]
    fn a_suite_panics_on_a_machine_without_ipv4() {
        play_unbindable(Ipv4Addr::UNSPECIFIED);
    }
}
