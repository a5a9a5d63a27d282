//! Inconsistent and endless pagination.

use super::*;

#[test]
fn inconsistent_pagination_is_an_error_after_valid_items() {
    let table = [
        (r#""has_more":true,"next_offset":50"#, "has a next_offset that does not advance"),
        (r#""has_more":true,"next_offset":0"#, "has a next_offset that does not advance"),
        (r#""has_more":true,"next_offset":49"#, "has a next_offset that does not advance"),
        (r#""has_more":true,"next_offset":null"#, "reports more pages, but no next_offset"),
        (r#""has_more":true"#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":-100"#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":"100""#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":18446744073709551616"#, "reports more pages, but no next_offset"),
        (r#""has_more":true,"next_offset":1000"#, "has a next_offset that skips sessions"),
        (r#""has_more":true,"next_offset":18446744073709551615"#, "has a next_offset that skips sessions"),
        // The limit that a page reports takes precedence.
        (r#""limit":1,"has_more":true,"next_offset":100"#, "has a next_offset that skips sessions"),
        (r#""limit":49,"has_more":true,"next_offset":100"#, "has a next_offset that skips sessions"),
        (r#""limit":2,"next_offset":53"#, "has a next_offset that skips sessions"),
        (r#""has_more":true,"next_offset":101"#, "has a next_offset that skips sessions"),
        (r#""next_offset":101"#, "has a next_offset that skips sessions"),
        ("", "does not report whether more pages follow"),
        (r#""has_more":"yes""#, "does not report whether more pages follow"),
    ];
    for (pagination, problem) in table {
        let first = page(&ids(0..2), r#""total":500,"pagination":{"has_more":true,"next_offset":50}"#);
        let second = page(&ids(2..4), &format!(r#""total":500,"pagination":{{{pagination}}}"#));
        let played = play_all(&mut api().list(ListSessions::new()), [first, second]);
        assert_eq!(yielded(&played), (ids(0..2), Some(ErrorKind::MalformedBody)), "{pagination}");
        let shown = played.items.last().unwrap().as_ref().unwrap_err().to_string();
        assert_eq!(shown, format!("malformed body: the page at offset 50 {problem}"));
    }
}

#[test]
fn next_offset_is_checked_against_the_reported_limit() {
    // The number of sessions on the page, its pagination, and the requested limit.
    let good = [
        (50, r#""limit":50,"has_more":true,"next_offset":50"#, 100),
        (3, r#""limit":50,"has_more":true,"next_offset":50"#, 100),
        (3, r#""limit":50,"has_more":true,"next_offset":3"#, 100),
        (3, r#""limit":100,"has_more":true,"next_offset":100"#, 50),
        (60, r#""limit":50,"has_more":true,"next_offset":60"#, 50),
        (60, r#""limit":50,"has_more":true,"next_offset":50"#, 50),
        (3, r#""limit":0,"has_more":true,"next_offset":100"#, 100),
        (3, r#""limit":-1,"has_more":true,"next_offset":100"#, 100),
        (3, r#""has_more":true,"next_offset":100"#, 100),
    ];
    for (count, pagination, limit) in good {
        let first = page(&ids(0..count), &format!(r#""total":500,"pagination":{{{pagination}}}"#));
        let second = page(&ids([777]), r#""pagination":{"has_more":false}"#);
        let played = play_all(&mut api().list(ListSessions::new().limit(limit)), [first, second]);
        assert_eq!(yielded(&played), (ids((0..count).chain([777])), None), "{count} {pagination}");
    }
    let bad = [
        (1, r#""limit":1,"has_more":true,"next_offset":100"#, 100),
        (50, r#""limit":50,"has_more":true,"next_offset":100"#, 100),
        (0, r#""limit":50,"has_more":true,"next_offset":51"#, 100),
        (3, r#""has_more":true,"next_offset":101"#, 100),
    ];
    for (count, pagination, limit) in bad {
        let first = page(&ids(0..count), &format!(r#""total":500,"pagination":{{{pagination}}}"#));
        let played = play_all(&mut api().list(ListSessions::new().limit(limit)), [first]);
        assert_eq!(yielded(&played).1, Some(ErrorKind::MalformedBody), "{count} {pagination}");
    }
    // The limit of the request counts, even if it is below the list's limit.
    let first = page(&ids(0..3), r#""pagination":{"has_more":true,"next_offset":100}"#);
    let played = play_all(&mut api().list(ListSessions::new().limit(100)).take(20), [first]);
    assert_eq!(yielded(&played).1, Some(ErrorKind::MalformedBody));
}
