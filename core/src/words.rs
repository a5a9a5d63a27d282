//! Enums whose variants are words: of the API, or stable names of this crate.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};

/// Implements the conversions between an enum and its words: `as_str`, `AsRef<str>`, `Display`,
/// `FromStr`, `Serialize` and `Deserialize`.
///
/// A closed set rejects all other words, and lists its own in `VARIANTS`. An open set keeps another
/// word in its variant `Other`.
macro_rules! words {
    ($Words:ident, $what:literal, [$first:ident = $first_word:literal $(, $variant:ident = $word:literal)* $(,)?]) => {
        impl $Words {
            /// All variants, in the order of their declaration.
            pub const VARIANTS: &'static [Self] = &[Self::$first $(, Self::$variant)*];

            /// Returns the word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::str::FromStr for $Words {
            type Err = $crate::InvalidInput;

            fn from_str(word: &str) -> Result<Self, $crate::InvalidInput> {
                match word {
                    $first_word => Ok(Self::$first),
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::InvalidInput::new(
                        $what,
                        concat!("expected one of ", $first_word $(, ", ", $word)*),
                    )),
                }
            }
        }

        $crate::words::words!(@text $Words);
    };
    ($Words:ident, [$($variant:ident = $word:literal),+ $(,)?], Other) => {
        impl $Words {
            /// Returns the word, as received.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other($crate::UnknownWord(word)) => word,
                }
            }
        }

        impl From<&str> for $Words {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    _ => Self::Other($crate::UnknownWord(word.into())),
                }
            }
        }

        impl std::str::FromStr for $Words {
            type Err = std::convert::Infallible;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(word))
            }
        }

        $crate::words::words!(@text $Words);
    };
    (@text $Words:ident) => {
        impl AsRef<str> for $Words {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $Words {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $Words {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Words {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::words::WordVisitor::new())
            }
        }
    };
}
pub(crate) use words;

/// A word that this version of the crate does not define, in the variant `Other` of
/// [`SessionStatus`](crate::SessionStatus) and [`Captcha`](crate::Captcha).
///
/// It has no methods, because a later version may turn its text into a variant. Code that compares
/// the text calls `as_str` on the enum, which returns the same text before and after.
///
/// ```
/// use brightdata_sessions::SessionStatus;
///
/// let status = SessionStatus::from("paused");
/// assert!(matches!(status, SessionStatus::Other(_)));
/// assert_eq!(status.as_str(), "paused");
/// assert_eq!(SessionStatus::from("finished"), SessionStatus::Finished); // never `Other`
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownWord(pub(crate) Box<str>);

impl fmt::Debug for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Parses a word from a string, without a copy of the string.
pub(crate) struct WordVisitor<T>(PhantomData<T>);

impl<T> WordVisitor<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for WordVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
        word.parse().map_err(E::custom)
    }
}
