//! The enums whose variants are words.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use brightdata_sessions::{Captcha, InvalidInput, Order, SessionStatus, SortBy, StatusFilter};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Checks that each conversion between a value and its word is the inverse of the other.
fn check<T>(value: &T, word: &str)
where
    T: AsRef<str> + Display + FromStr + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!((value.as_ref(), value.to_string().as_str()), (word, word));
    assert_eq!(word.parse::<T>().ok().as_ref(), Some(value));
    let json = serde_json::to_string(word).unwrap();
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
}

fn check_closed<T>(values: &[T], words: &[&str], what: &str)
where
    T: AsRef<str> + Display + FromStr<Err = InvalidInput> + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(values.len(), words.len());
    for (value, word) in values.iter().zip(words) {
        check(value, word);
    }
    let expected = format!("invalid {what}: expected one of {}", words.join(", "));
    for other in ["", "Running", "FINISHED", " asc", "paused"] {
        assert_eq!(other.parse::<T>().unwrap_err().to_string(), expected);
        let error = serde_json::from_value::<T>(other.into()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn closed_sets_accept_only_the_words_of_the_api() {
    check_closed(StatusFilter::VARIANTS, &["running", "finished", "failed", "all"], "status");
    check_closed(SortBy::VARIANTS, &["timestamp", "duration", "bandwidth"], "sort");
    check_closed(Order::VARIANTS, &["asc", "desc"], "order");
    let error = serde_json::from_str::<Order>("1").unwrap_err();
    assert_eq!(error.to_string(), "invalid type: integer `1`, expected a string at line 1 column 1");
}

#[test]
fn open_sets_keep_unknown_words() {
    for word in ["running", "finished", "failed", "paused", "Finished", ""] {
        let status = SessionStatus::from(word);
        check(&status, word);
        assert_eq!(
            matches!(status, SessionStatus::Other(_)),
            !["running", "finished", "failed"].contains(&word)
        );
    }
    for word in ["solved", "none", "failed", "detected", "ignored", "None", ""] {
        let captcha = Captcha::from(word);
        check(&captcha, word);
        assert_eq!(matches!(captcha, Captcha::Other(_)), ["ignored", "None", ""].contains(&word));
    }
}

#[test]
fn unknown_words_are_ordered_and_shown_by_their_text() {
    let words = ["b", "failed", "a", "running", "b"];
    let statuses: BTreeSet<_> = words.into_iter().map(SessionStatus::from).collect();
    assert_eq!(format!("{statuses:?}"), r#"{Running, Failed, Other("a"), Other("b")}"#);
    let padded = format!("[{:>8}] [{:<6}]", SessionStatus::from("paused"), Order::Asc);
    assert_eq!(padded, "[  paused] [asc   ]");
}

#[test]
fn only_finished_and_failed_are_ends() {
    let ends: Vec<_> = ["running", "finished", "failed", "paused", "Finished", ""]
        .into_iter()
        .filter(|word| SessionStatus::from(*word).is_ended())
        .collect();
    assert_eq!(ends, ["finished", "failed"]);
}
