//! The price of a GB of traffic.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// The price per GB is not a number from 0 to 1,000,000.
///
/// ```
/// use brightdata_sessions_triage::Triage;
///
/// let error = Triage::new().with_price_per_gb(-1.0).unwrap_err();
/// assert_eq!(error.to_string(), "invalid price per GB: expected a number from 0 to 1000000");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPrice(());

impl fmt::Display for InvalidPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid price per GB: expected a number from 0 to 1000000")
    }
}

impl std::error::Error for InvalidPrice {}

/// Returns the price if it is in range.
pub(crate) fn valid(price: f64) -> Result<f64, InvalidPrice> {
    // A negative zero would be shown with its sign.
    if (0.0..=1e6).contains(&price) { Ok(price.abs()) } else { Err(InvalidPrice(())) }
}

/// Reads a price, which may be missing.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let price = Option::<f64>::deserialize(deserializer)?;
    price.map(valid).transpose().map_err(D::Error::custom)
}
