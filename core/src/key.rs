//! The API key, which nothing may show.

use std::borrow::Cow;
use std::fmt;

use http::HeaderValue;

use crate::InvalidInput;

const SCHEME: &str = "Bearer ";
const REDACTED: &str = "[redacted]";

/// The key of an account: 1 to 4096 visible ASCII characters.
///
/// The service documents no format; keys in use are 64 hexadecimal digits or shaped like a UUID. What is refused is
/// what people paste by mistake: quotes around the key, `Bearer ` in front of it, a line break behind it.
///
/// The key is shown by no `Debug` and no `Display`, and no error repeats it, not even a refused one.
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
pub struct ApiKey {
    /// The whole `authorization` value, marked sensitive: built once, and cheap to clone into each request.
    header: HeaderValue,
}

impl ApiKey {
    /// Takes a key as it is, or refuses it.
    pub fn new(key: impl AsRef<str>) -> Result<Self, InvalidInput> {
        let key = key.as_ref();
        let refused = |why| Err(InvalidInput::new("API key", why));
        if key.is_empty() {
            return refused("is empty");
        }
        if key.len() > 4096 {
            return refused("is longer than 4096 characters");
        }
        if key.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME)) {
            return refused("starts with `Bearer `; give the key alone");
        }
        if key.starts_with(['"', '\'', '`']) || key.ends_with(['"', '\'', '`']) {
            return refused("has quotes around it; give the key alone");
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("has a character other than visible ASCII, such as a space or a line break");
        }
        let Ok(mut header) = HeaderValue::try_from(format!("{SCHEME}{key}")) else {
            return refused("cannot be sent in a header");
        };
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// The text without this key in it: each occurrence becomes `[redacted]`, and so does the beginning of one (8
    /// characters or more) that the text ends with, since a text may have been cut inside the key.
    ///
    /// For whatever shows data of the service: a server can echo a request's headers in any field.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let key = self.as_str();
        // As it is usually written in JSON, by PHP with its slashes escaped as well, and in what serde says of it.
        let mut forms = Vec::new();
        if key.contains(['\\', '"', '/']) {
            let escaped = key.replace('\\', "\\\\").replace('"', "\\\"");
            forms = vec![escaped.replace('/', "\\/"), escaped];
        }
        let mut clean = Cow::Borrowed(text);
        for key in forms.iter().map(String::as_str).chain([key]) {
            if clean.contains(key) {
                clean = Cow::Owned(clean.replace(key, REDACTED));
            }
        }
        let tail = (8..key.len()).rev().find(|&n| key.get(..n).is_some_and(|start| clean.ends_with(start)));
        if let Some(tail) = tail {
            let clean = clean.to_mut();
            clean.truncate(clean.len() - tail);
            clean.push_str(REDACTED);
        }
        clean
    }

    /// The value of the `authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    fn as_str(&self) -> &str {
        self.header.to_str().ok().and_then(|header| header.get(SCHEME.len()..)).unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({REDACTED})")
    }
}
