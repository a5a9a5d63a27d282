//! The API key, which no output may show.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use http::HeaderValue;

use crate::InvalidInput;
use crate::redact::{REDACTED, Redactor};

const SCHEME: &str = "Bearer ";

/// The key of an account: 1 to 4096 visible ASCII characters.
///
/// The service documents no format. Keys in use are 64 hexadecimal digits or shaped like a UUID.
/// Frequent mistakes are rejected: quotes around the key, `Bearer ` before it, a line break after
/// it.
///
/// `Debug` does not show the key, and no error of this crate repeats it, not even a rejected one.
/// There is no `Display`. A response of the server can repeat it:
///
/// - Errors are safe to show: their messages are redacted when they are created.
/// - Data is kept as received, so that nothing is lost: a [`Session`](crate::Session), a
///   [`SessionPage`](crate::SessionPage), their words and unknown fields. `Debug` shows them as
///   received, also within a [`Step`](crate::Step). [`Session::redact`](crate::Session::redact)
///   returns a session that is safe to show. [`redact`](Self::redact) and
///   [`redact_json`](Self::redact_json) do the same for any string.
///
/// ```
/// use brightdata_sessions::ApiKey;
///
/// let key = ApiKey::new("0123456789abcdef")?;
/// assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
/// assert!(ApiKey::new("Bearer 0123456789abcdef").is_err());
/// # Ok::<(), brightdata_sessions::InvalidInput>(())
/// ```
#[derive(Clone)]
pub struct ApiKey(Arc<Secret>);

struct Secret {
    /// The whole `authorization` value, marked sensitive: built once, and cheap to clone into each
    /// request.
    header: HeaderValue,
    /// Created on first use, because most keys are never searched for.
    redactor: OnceLock<Redactor>,
}

impl ApiKey {
    /// Creates a key from a string, which is kept unchanged.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`] if the key is empty, too long, or contains a character that no key
    /// contains.
    pub fn new(key: impl AsRef<str>) -> Result<Self, InvalidInput> {
        let key = key.as_ref();
        let reject = |why| Err(InvalidInput::new("API key", why));
        if key.is_empty() {
            return reject("empty");
        }
        if key.len() > 4096 {
            return reject("longer than 4096 characters");
        }
        if key.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME)) {
            return reject("starts with `Bearer `; pass the key without it");
        }
        if key.starts_with(['"', '\'', '`']) || key.ends_with(['"', '\'', '`']) {
            return reject("in quotes; pass the key without them");
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return reject("contains a character other than visible ASCII, such as a space or a line break");
        }
        let Ok(mut header) = HeaderValue::try_from(format!("{SCHEME}{key}")) else {
            return reject("cannot be sent in a header");
        };
        header.set_sensitive(true);
        Ok(Self(Arc::new(Secret { header, redactor: OnceLock::new() })))
    }

    /// Returns the text with `[redacted]` in place of this key. Adjacent occurrences become one,
    /// and nothing else changes.
    ///
    /// Use it for data from the service, because a server can echo a request's headers in any
    /// field. It finds the key
    ///
    /// - in upper, lower or mixed case;
    /// - with any of its characters escaped, up to three layers deep: as in JSON (`\/`, `\u0066`)
    ///   and in programs (`\x66`, `\u{66}`), in URLs (`%66`) and in HTML (`&#102;`, `&#x66;`,
    ///   `&amp;`);
    /// - within base64, standard or URL-safe, at any offset, if it has 8 characters or more;
    /// - where the text was cut inside the key: a prefix of 8 characters or more, at most 8 bytes
    ///   before the end of the text or a `"`, or an equally long suffix, at most 8 bytes after the
    ///   start of the text or a `"`.
    ///
    /// A string without the key is borrowed. Time is linear in its length.
    ///
    /// ```
    /// # let key = brightdata_sessions::ApiKey::new("0123456789abcdef")?;
    /// assert_eq!(key.redact("Bearer 0123456789ABCDEF"), "Bearer [redacted]");
    /// assert_eq!(key.redact("?key=%30123456789abcdef&page=2"), "?key=[redacted]&page=2");
    /// # Ok::<(), brightdata_sessions::InvalidInput>(())
    /// ```
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redactor().redact(text)
    }

    /// Returns the JSON without this key. It stays valid: strings and member names lose the key as
    /// in [`redact`](Self::redact), and a number that shows it becomes the string `"[redacted]"`.
    ///
    /// ```
    /// # let key = brightdata_sessions::ApiKey::new("0123456789abcdef")?;
    /// let json = r#"{"a": ["\ud800 \u0030123456789abcdef"]}"#;
    /// assert_eq!(key.redact_json(json), r#"{"a": ["\ud800 [redacted]"]}"#);
    /// # Ok::<(), brightdata_sessions::InvalidInput>(())
    /// ```
    pub fn redact_json<'a>(&self, json: &'a str) -> Cow<'a, str> {
        self.redactor().redact_json(json)
    }

    /// Returns the value of the `authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.header.clone()
    }

    fn redactor(&self) -> &Redactor {
        self.0.redactor.get_or_init(|| {
            let header = self.0.header.to_str().unwrap_or_default();
            Redactor::new(header.get(SCHEME.len()..).unwrap_or_default())
        })
    }
}

impl FromStr for ApiKey {
    type Err = InvalidInput;

    fn from_str(key: &str) -> Result<Self, InvalidInput> {
        Self::new(key)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({REDACTED})")
    }
}
