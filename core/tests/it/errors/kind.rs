//! Kinds and forms of errors, whatever their cause.

use super::*;

#[test]
fn the_alternate_form_appends_each_source_escaped() {
    let error =
        error(Err(TransportError::new(TransportErrorKind::Proxy, io::Error::other("line 1\nline 2"))
            .with_proxy("corp.example:8080")));
    assert_eq!(error.to_string(), "connection failed");
    let shown = r"connection failed: the proxy refused to connect to the server (proxy corp.example:8080): line 1\nline 2";
    assert_eq!(format!("{error:#}"), shown);
    let input = Error::from("..".parse::<SessionId>().unwrap_err());
    assert_eq!(format!("{input:#}"), input.to_string());
}

#[test]
fn each_kind_is_read_from_its_name_and_no_other() {
    let kinds = [
        (ErrorKind::BadRequest, "bad_request"),
        (ErrorKind::Unauthorized, "unauthorized"),
        (ErrorKind::NotFound, "not_found"),
        (ErrorKind::RateLimited, "rate_limited"),
        (ErrorKind::Server, "server"),
        (ErrorKind::UnexpectedStatus, "unexpected_status"),
        (ErrorKind::RedirectRefused, "redirect_refused"),
        (ErrorKind::MalformedBody, "malformed_body"),
        (ErrorKind::TooLarge, "too_large"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Connection, "connection"),
        (ErrorKind::InvalidInput, "invalid_input"),
    ];
    assert!(kinds.is_sorted());
    for (kind, name) in kinds {
        assert_eq!(name.parse(), Ok(kind));
        assert_eq!((kind.as_str(), kind.to_string(), kind.as_ref()), (name, name.to_owned(), name));
        assert_eq!(serde_json::to_value(kind).unwrap(), name);
    }
    let invalid = "Not_Found".parse::<ErrorKind>().unwrap_err();
    assert!(invalid.to_string().starts_with("invalid error kind: expected one of bad_request, "));
}

#[test]
fn every_status_has_its_kind() {
    for status in 100..=999_u16 {
        let expected = match status {
            200 => ErrorKind::MalformedBody,
            400 => ErrorKind::BadRequest,
            401 | 403 | 407 => ErrorKind::Unauthorized,
            404 => ErrorKind::NotFound,
            408 => ErrorKind::Timeout,
            429 => ErrorKind::RateLimited,
            300..=399 => ErrorKind::RedirectRefused,
            500..=599 => ErrorKind::Server,
            _ => ErrorKind::UnexpectedStatus,
        };
        let error = error(response(status, &[], ""));
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (expected, status));
    }
}
