//! Where the API key comes from.

use brightdata_sessions::ApiKey;

use crate::error::CliError;

/// The variables that can hold the key, in order of precedence.
const KEY_VARIABLES: [&str; 2] = ["BRIGHTDATA_API_KEY", "BRIGHTDATA_API_TOKEN"];

/// Iterates over the variables that hold a key. The first one counts. Trailing line breaks are
/// dropped, because files and shells add them; a variable that is empty then counts as unset.
fn keys() -> impl Iterator<Item = (&'static str, String)> {
    KEY_VARIABLES.into_iter().filter_map(|name| {
        // Invalid UTF-8 is rejected like any other invalid character.
        let value = std::env::var_os(name)?.to_string_lossy().trim_end_matches(['\r', '\n']).to_owned();
        (!value.is_empty()).then_some((name, value))
    })
}

/// Reads the key from the environment.
pub(crate) fn api_key() -> Result<ApiKey, CliError> {
    let (variable, key) = keys().next().ok_or(CliError::NoKey)?;
    ApiKey::new(key).map_err(|reason| CliError::InvalidKey { variable, reason })
}

/// Returns the variable that the key comes from, and the other one if it holds a different key.
pub(crate) fn key_source() -> Option<(&'static str, Option<&'static str>)> {
    let mut keys = keys();
    let (variable, key) = keys.next()?;
    Some((variable, keys.find(|(_, other)| *other != key).map(|(other, _)| other)))
}
