//! Pages that are fetched ahead.

use super::*;
use crate::support::drive::play_ahead;

fn cursor(history: &SessionHistory) -> String {
    serde_json::to_string(history.cursor()).unwrap()
}

#[test]
fn a_history_fetched_ahead_yields_the_same_items() {
    for count in [0, 1, 100, 101, 457] {
        for (period, together, max_limit) in [(1, 1, 100), (1, 3, 7), (60, 40, 100), (1, 250, 100), (0, 1, 1)]
        {
            let starts = (0..count).map(|number| FIRST + number / together * period);
            let service = Service { max_limit, ..Service::new(starts) };
            let mut plain = api().history(since(FIRST));
            let played = run(&service, &mut plain);
            for is_late in [false, true] {
                let mut ahead = api().history(since(FIRST));
                let respond = |request: &Request<()>, _| service.respond(request);
                let actual = play_ahead(&mut ahead, Duration::ZERO, is_late, Duration::ZERO, respond);
                let context = format!("{count} {period} {together} {max_limit} {is_late}");
                assert_eq!(yielded(&actual), yielded(&played), "{context}");
                assert_eq!(actual.sent.len(), played.sent.len(), "{context}");
                assert_eq!(cursor(&ahead), cursor(&plain), "{context}");
            }
        }
    }
}

#[test]
fn a_cursor_belongs_to_its_item_while_a_page_is_ahead() {
    let service = Service::new((0..250).map(|number| FIRST + number));
    let [mut plain, mut ahead] = [(); 2].map(|()| api().history(since(FIRST)));
    let now = at(Duration::ZERO);
    let next = |history: &mut SessionHistory| loop {
        match history.step(now) {
            Step::Send(request) => history.receive(service.respond(&request), now),
            Step::Yield(item) => return id(&item.unwrap()),
            Step::Wait(_) | Step::Done => panic!("not the last session"),
        }
    };
    assert_eq!(next(&mut plain), next(&mut ahead));
    let request = ahead.request_ahead(now).unwrap();
    let outcome = service.respond(&request);
    assert_eq!(cursor(&ahead), cursor(&plain));
    assert_eq!(ahead.next_received().map(|session| id(&session)), Some(next(&mut plain)));
    assert_eq!(cursor(&ahead), cursor(&plain));
    ahead.receive(outcome, now);
    for _ in 2..250 {
        assert_eq!(cursor(&ahead), cursor(&plain));
        assert_eq!(next(&mut ahead), next(&mut plain));
    }
    assert!(ahead.request_ahead(now).is_none());
}
