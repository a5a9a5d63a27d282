//! The crate's parser compared with one that shares no code with `serde_json`: `json-event-parser`.
//!
//! The second parser finds the values in a body, and each number as text. The rules for the fields
//! of a session and of a page are applied to these values. Known differences of the parsers:
//!
//! | difference | `json-event-parser` | the crate | here |
//! |---|---|---|---|
//! | byte order mark at the start | skips it | rejects it: RFC 8259 allows both | rejected |
//! | lone surrogate (`"\ud800"`) | rejects it: not a Unicode character | keeps it in an unknown value, which is raw text, rejects it in a name or a known text | replaced by a marker |
//! | nesting | at most 65,536 levels by default | any number of levels, because raw values are skipped without recursion | the limit is lifted |
//! | number of any size | keeps the text | rejects it in a known field if it is out of range | the range is checked |
//! | member that occurs twice | reports both | rejects a known one, keeps both unknown ones | the names are compared |

use std::borrow::Cow;

use brightdata_sessions::http::Response;
use brightdata_sessions::{GetSession, ListSessions, Session, SessionPage, UnknownFields};
use json_event_parser::{JsonEvent, LowLevelJsonParser};

use super::model::{is_valid_id, whole};
use super::{ID, api};

/// The crate parses a body as the rules say for the values that the second parser finds, or rejects
/// it: as a session, and as a page.
pub fn check(body: &[u8]) {
    let marker = Marker::not_in(body);
    let json = Json::parse(body, &marker);

    let session = api().parse(&GetSession::new(ID.parse().unwrap()), Response::new(body));
    let actual = session.as_ref().map(|session| actual_session(session, &marker)).map_err(|_| Rejected);
    assert_eq!(actual, json.as_ref().map_err(|_| Rejected).and_then(expected_envelope), "{session:?}");

    let page = api().parse(&ListSessions::new(), Response::new(body));
    let actual = page.as_ref().map(|page| actual_page(page, &marker)).map_err(|_| Rejected);
    assert_eq!(actual, json.as_ref().map_err(|_| Rejected).and_then(expected_page), "{page:?}");
}

/// The body must be rejected.
#[derive(Debug, PartialEq)]
struct Rejected;

/// A character that a body does not contain. It replaces lone surrogates.
struct Marker(char);

impl Marker {
    fn not_in(body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body).to_ascii_lowercase();
        let mut private = '\u{e000}'..='\u{f8ff}';
        let is_free = |c: &char| !body.contains(*c) && !body.contains(&format!("\\u{:04x}", u32::from(*c)));
        Self(private.find(is_free).expect("a body is too short to contain all of them"))
    }

    /// Replaces the escapes of lone surrogates by escapes of the marker.
    fn replace_lone_surrogates<'a>(&self, json: &'a str) -> Cow<'a, str> {
        let unit = |at: usize| {
            let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
            digits
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit())
                .then(|| u16::from_str_radix(digits, 16).ok())?
        };
        let mut replaced = String::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
            at += found;
            match (unit(at), unit(at + 6)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
                (Some(0xd800..=0xdfff), _) => {
                    replaced.push_str(&json[copied..at]);
                    replaced.push_str(&format!("\\u{:04x}", u32::from(self.0)));
                    at += 6;
                    copied = at;
                }
                // An escape of one character, which may be a backslash.
                _ => at += 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
            }
        }
        if copied == 0 { Cow::Borrowed(json) } else { Cow::Owned(replaced + &json[copied..]) }
    }
}

/// A document, as the events of its values in order.
struct Json {
    events: Vec<JsonEvent<'static>>,
    marker: char,
}

impl Json {
    fn parse(body: &[u8], marker: &Marker) -> Result<Self, Rejected> {
        let body = std::str::from_utf8(body).map_err(|_| Rejected)?;
        if body.starts_with('\u{feff}') {
            return Err(Rejected);
        }
        Ok(Self { events: events(body, marker)?, marker: marker.0 })
    }

    /// The value of the whole document.
    fn root(&self) -> Value<'_> {
        Value { events: &self.events, marker: self.marker }
    }
}

/// The events of one value.
type Events = Vec<JsonEvent<'static>>;

/// The names and values of unknown members, in order.
type Unknown = Vec<(String, Events)>;

/// The code and the message of an error, and its unknown members.
type ErrorFields = ([Option<String>; 2], Unknown);

fn events(json: &str, marker: &Marker) -> Result<Events, Rejected> {
    let json = marker.replace_lone_surrogates(json);
    let mut rest = json.as_bytes();
    let mut parser = LowLevelJsonParser::new().with_max_stack_size(usize::MAX);
    let mut events = Vec::new();
    loop {
        let result = parser.parse_next(rest, true);
        rest = &rest[result.consumed_bytes..];
        match result.event {
            Some(Ok(JsonEvent::Eof)) => return Ok(events),
            Some(Ok(event)) => events.push(owned(event)),
            Some(Err(_)) => return Err(Rejected),
            None => {}
        }
    }
}

fn owned(event: JsonEvent<'_>) -> JsonEvent<'static> {
    let text = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    match event {
        JsonEvent::String(string) => JsonEvent::String(text(string)),
        JsonEvent::Number(number) => JsonEvent::Number(text(number)),
        JsonEvent::ObjectKey(name) => JsonEvent::ObjectKey(text(name)),
        JsonEvent::Boolean(boolean) => JsonEvent::Boolean(boolean),
        JsonEvent::Null => JsonEvent::Null,
        JsonEvent::StartArray => JsonEvent::StartArray,
        JsonEvent::EndArray => JsonEvent::EndArray,
        JsonEvent::StartObject => JsonEvent::StartObject,
        JsonEvent::EndObject => JsonEvent::EndObject,
        JsonEvent::Eof => JsonEvent::Eof,
    }
}

#[derive(Clone, Copy)]
struct Value<'a> {
    events: &'a [JsonEvent<'static>],
    marker: char,
}

impl<'a> Value<'a> {
    /// Splits off the first value.
    fn split(self) -> (Self, Self) {
        let mut depth = 0_usize;
        let end = self.events.iter().position(|event| {
            match event {
                JsonEvent::StartArray | JsonEvent::StartObject => depth += 1,
                JsonEvent::EndArray | JsonEvent::EndObject => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let (first, rest) = self.events.split_at(end.expect("a value ends") + 1);
        (Self { events: first, ..self }, Self { events: rest, ..self })
    }

    fn elements(self) -> Result<Vec<Self>, Rejected> {
        let [JsonEvent::StartArray, inner @ .., JsonEvent::EndArray] = self.events else {
            return Err(Rejected);
        };
        let mut rest = Self { events: inner, ..self };
        let mut elements = Vec::new();
        while !rest.events.is_empty() {
            let element;
            (element, rest) = rest.split();
            elements.push(element);
        }
        Ok(elements)
    }

    /// Takes the known members apart, with null as missing. A known name may occur once.
    fn members<const KNOWN: usize>(
        self,
        names: [&str; KNOWN],
    ) -> Result<([Option<Self>; KNOWN], Unknown), Rejected> {
        let [JsonEvent::StartObject, inner @ .., JsonEvent::EndObject] = self.events else {
            return Err(Rejected);
        };
        let mut known = [None; KNOWN];
        let mut unknown = Vec::new();
        let mut rest = Self { events: inner, ..self };
        while let [JsonEvent::ObjectKey(name), after @ ..] = rest.events {
            let value;
            (value, rest) = Self { events: after, ..self }.split();
            let name = self.without_marker(name)?;
            match names.iter().position(|known| *known == name) {
                None => unknown.push((name.to_owned(), value.events.to_vec())),
                Some(place) if known[place].is_some() => return Err(Rejected),
                Some(place) => known[place] = Some(value),
            }
        }
        Ok((known.map(|value| value.filter(|value| value.events != [JsonEvent::Null])), unknown))
    }

    fn without_marker<'t>(&self, text: &'t str) -> Result<&'t str, Rejected> {
        if text.contains(self.marker) { Err(Rejected) } else { Ok(text) }
    }

    fn text(self) -> Result<&'a str, Rejected> {
        let [JsonEvent::String(text)] = self.events else { return Err(Rejected) };
        self.without_marker(text)
    }

    fn whole(self) -> Result<u64, Rejected> {
        let [JsonEvent::Number(number)] = self.events else { return Err(Rejected) };
        whole(number).ok_or(Rejected)
    }

    fn seconds(self) -> Result<f64, Rejected> {
        let [JsonEvent::Number(number)] = self.events else { return Err(Rejected) };
        let seconds = number.parse().ok();
        seconds.filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0).ok_or(Rejected)
    }
}

/// The fields of a session.
#[derive(Debug, PartialEq)]
struct Fields {
    id: String,
    /// The name, status, timestamp, URLs and captcha.
    texts: [Option<String>; 6],
    /// Navigations and bandwidth.
    numbers: [Option<u64>; 2],
    seconds: Option<f64>,
    /// Code, message and unknown fields of the error.
    error: Option<ErrorFields>,
    unknown: Unknown,
}

fn actual_session(session: &Session, marker: &Marker) -> Fields {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let unknown = |fields: &UnknownFields| -> Vec<_> {
        fields.iter().map(|(name, raw)| (name, events(raw.get(), marker).unwrap())).collect()
    };
    Fields {
        id: session.session_id.to_string(),
        texts: [
            text(session.api_name.as_deref()),
            text(session.status.as_ref().map(|status| status.as_str())),
            text(session.timestamp.as_ref().map(|timestamp| timestamp.as_str())),
            text(session.target_url.as_deref()),
            text(session.end_url.as_deref()),
            text(session.captcha.as_ref().map(|captcha| captcha.as_str())),
        ],
        numbers: [session.navigations, session.bandwidth],
        seconds: session.duration,
        error: session.error.as_ref().map(|error| {
            ([text(error.code.as_deref()), text(error.message.as_deref())], unknown(&error.unknown))
        }),
        unknown: unknown(&session.unknown),
    }
}

fn expected_session(value: Value<'_>) -> Result<Fields, Rejected> {
    let (known, unknown) = value.members([
        "session_id",
        "api_name",
        "status",
        "timestamp",
        "target_url",
        "end_url",
        "captcha",
        "navigations",
        "bandwidth",
        "duration",
        "error",
    ])?;
    let [id, texts @ .., navigations, bandwidth, duration, error] = known;
    let texts: [_; 6] = texts;
    let id = id.ok_or(Rejected)?.text()?.to_owned();
    if !is_valid_id(&id) {
        return Err(Rejected);
    }
    let error = error.map(|error| {
        let (known, unknown) = error.members(["code", "message"])?;
        Ok((known_texts(known)?, unknown))
    });
    Ok(Fields {
        id,
        texts: known_texts(texts)?,
        numbers: [navigations.map(Value::whole).transpose()?, bandwidth.map(Value::whole).transpose()?],
        seconds: duration.map(Value::seconds).transpose()?,
        error: error.transpose()?,
        unknown,
    })
}

fn known_texts<const COUNT: usize>(
    values: [Option<Value<'_>>; COUNT],
) -> Result<[Option<String>; COUNT], Rejected> {
    let mut texts = [const { None }; COUNT];
    for (text, value) in texts.iter_mut().zip(values) {
        *text = value.map(Value::text).transpose()?.map(str::to_owned);
    }
    Ok(texts)
}

fn expected_envelope(json: &Json) -> Result<Fields, Rejected> {
    let ([session], _) = json.root().members(["session"])?;
    let session = expected_session(session.ok_or(Rejected)?)?;
    if session.id.eq_ignore_ascii_case(ID) { Ok(session) } else { Err(Rejected) }
}

/// A page: its sessions, the numbers that it reports, and `has_more`.
type Page = (Vec<Fields>, [Option<u64>; 5], Option<bool>);

fn actual_page(page: &SessionPage, marker: &Marker) -> Page {
    let pagination = page.pagination;
    let numbers = [page.count, page.total, pagination.offset, pagination.limit, pagination.next_offset];
    let sessions = page.sessions.iter().map(|session| actual_session(session, marker)).collect();
    (sessions, numbers, pagination.has_more)
}

fn expected_page(json: &Json) -> Result<Page, Rejected> {
    let (known, _) = json.root().members(["sessions", "count", "total", "pagination"])?;
    let [sessions, count, total, pagination] = known;
    let sessions = sessions.ok_or(Rejected)?.elements()?;
    if sessions.len() > 1000 {
        return Err(Rejected);
    }
    let sessions = sessions.into_iter().map(expected_session).collect::<Result<_, _>>()?;
    // A number of the page that is invalid counts as missing, and so does an invalid pagination.
    let number = |value: Option<Value<'_>>| value.and_then(|value| value.whole().ok());
    let names = ["offset", "limit", "next_offset", "has_more"];
    let pagination = pagination.and_then(|value| value.members(names).ok());
    let ([offset, limit, next, more], _) = pagination.unwrap_or_default();
    let numbers = [count, total, offset, limit, next].map(number);
    // The page of another request.
    if numbers[2].is_some_and(|offset| offset != 0) {
        return Err(Rejected);
    }
    let more = more.and_then(|value| match value.events {
        [JsonEvent::Boolean(more)] => Some(*more),
        _ => None,
    });
    Ok((sessions, numbers, more))
}
