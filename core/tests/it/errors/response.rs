//! The contents of an error response: message, code and `Retry-After`.

use super::*;

#[test]
fn an_empty_header_does_not_hide_the_others() {
    let headers = [
        ("x-brd-error", ""),
        ("x-brd-err-msg", "from the header"),
        ("x-brd-error-code", " "),
        ("x-brd-err-code", ""),
        ("x-brd-err-code", "code_1"),
    ];
    let shown = "bad request: status 400, from the header (code_1)";
    assert_eq!(error(response(400, &headers, "")).to_string(), shown);
}

#[test]
fn a_blank_member_does_not_hide_the_others() {
    let table = [
        (r#"{"error":"","message":"why","error_code":"","code":"c1"}"#, "bad request: status 400, why (c1)"),
        (r#"{"error":" ","message":"\t","errors":["why"]}"#, "bad request: status 400, why"),
        (r#"{"error":[" "],"message":"why"}"#, "bad request: status 400, why"),
        (r#"{"error":"","code":"c1"}"#, "bad request: status 400 (c1)"),
        (r#"{"error":"","message":" ","errors":[""],"detail":"not the message"}"#, "bad request: status 400"),
    ];
    for (body, shown) in table {
        assert_eq!(error(response(400, &[], body)).to_string(), shown, "{body}");
    }
}

#[test]
fn the_last_of_two_equal_members_counts() {
    for (name, first, last) in [
        ("error", "bad request: status 400, first", "bad request: status 400, last"),
        ("message", "bad request: status 400, first", "bad request: status 400, last"),
        ("errors", "bad request: status 400, first", "bad request: status 400, last"),
        ("error_code", "bad request: status 400 (first)", "bad request: status 400 (last)"),
        ("code", "bad request: status 400 (first)", "bad request: status 400 (last)"),
    ] {
        for (values, shown) in [(["first", "last"], last), (["last", "first"], first)] {
            let [one, two] = values;
            let body = format!(r#"{{"{name}":"{one}","{name}":"{two}"}}"#);
            assert_eq!(error(response(400, &[], &body)).to_string(), shown, "{body}");
        }
    }
}

#[test]
fn headers_supply_what_the_body_lacks() {
    for (message, code) in [("x-brd-error", "x-brd-error-code"), ("x-brd-err-msg", "x-brd-err-code")] {
        let headers = [(message, "from the header"), (code, "code_1")];
        let table = [
            ("", "bad request: status 400, from the header (code_1)"),
            ("<html>", "bad request: status 400, from the header (code_1)"),
            ("\r\n <html>", "bad request: status 400, from the header (code_1)"),
            ("plain", "bad request: status 400, plain (code_1)"),
            (r#"{"error":"json","code":"own"}"#, "bad request: status 400, json (own)"),
            ("\r\n {\"error\":\"json\"}", "bad request: status 400, json (code_1)"),
            (r#"{"code":"own"}"#, "bad request: status 400, from the header (own)"),
            (r#"{"error":"","code":" "}"#, "bad request: status 400, from the header (code_1)"),
        ];
        for (body, shown) in table {
            assert_eq!(error(response(400, &headers, body)).to_string(), shown, "{body}");
        }
    }
}

#[test]
fn retry_after_is_parsed_as_seconds_or_as_a_date() {
    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    let retry_after = |headers: &[(&str, &str)]| error(response(503, headers, "")).retry_after();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let table = [
        ("0", seconds(0)),
        ("7", seconds(7)),
        ("007", seconds(7)),
        (" 7 ", seconds(7)),
        ("99999999999999999999999999", seconds(u64::MAX)),
        ("Sun, 06 Nov 1994 08:50:07 GMT", seconds(30)),
        ("Sunday, 06-Nov-94 08:50:07 GMT", seconds(30)),
        ("Sun Nov  6 08:50:07 1994", seconds(30)),
        ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
        ("", None),
        // Floats, and several values in one line: not in RFC 9110, but some servers send them.
        ("7.5", seconds(8)),
        ("7.0", seconds(7)),
        ("7.", seconds(7)),
        (".001", seconds(1)),
        ("0.0", seconds(0)),
        ("+1", seconds(1)),
        ("1e3", seconds(1000)),
        ("1.25E+1", seconds(13)),
        ("1e99", seconds(u64::MAX)),
        ("1e999", seconds(u64::MAX)),
        ("7, 9.5", seconds(10)),
        ("9 ,7,", seconds(9)),
        ("7, soon", seconds(7)),
        ("  ", None),
        (",", None),
        ("-1", None),
        ("-0", None),
        ("-0.5", None),
        ("-1e999", None),
        ("inf", None),
        ("nan", None),
        ("e", None),
        ("1e", None),
        ("0x10", None),
        ("7s", None),
        ("1:30", None),
        ("soon", None),
        ("1994-11-06T08:50:07Z", None),
    ];
    for (value, expected) in table {
        assert_eq!(retry_after(&[("retry-after", value), ("date", NOW)]), expected, "{value}");
    }
    assert_eq!(retry_after(&[("retry-after", NOW)]), None, "a date needs a clock");
    assert_eq!(retry_after(&[("retry-after", NOW), ("date", "today")]), None);
    for both in [["7", "9"], ["9", "7"], ["9", "soon"], ["", "9"], ["7", "Sun, 06 Nov 1994 08:49:46 GMT"]] {
        let headers = both.map(|value| ("retry-after", value));
        assert_eq!(retry_after(&[&headers[..], &[("date", NOW)]].concat()), seconds(9), "{both:?}");
    }
}
