//! JSON values as text: usual ones, and unusual ones that are valid.

use arbitrary::{Result, Unstructured};
use serde_json::Value;

/// Returns a string: mostly one of `words`, else any text or an escape.
pub(super) fn string(u: &mut Unstructured<'_>, words: &[&str]) -> Result<String> {
    Ok(match u.int_in_range(0..=9)? {
        0..=6 => Value::from(*u.choose(words)?).to_string(),
        7 => any_string(u)?,
        8 => {
            (*u.choose(&[r#""""#, r#"" ""#, r#""\ud83d\ude00""#, r#""\u0041\/""#, r#""\u0000""#])?).to_owned()
        }
        _ => "null".to_owned(),
    })
}

fn any_string(u: &mut Unstructured<'_>) -> Result<String> {
    any_text(u).map(|text| Value::from(text).to_string())
}

/// Returns at most 24 characters.
pub(super) fn any_text(u: &mut Unstructured<'_>) -> Result<String> {
    let length = u.int_in_range(0..=24)?;
    let character = |_| {
        Ok(match u.int_in_range(0..=3)? {
            0..=2 => char::from(u.int_in_range(b' '..=b'~')?),
            _ => u.arbitrary()?,
        })
    };
    (0..length).map(character).collect()
}

/// Returns a whole number from 0 to 2^64 - 1 in any notation.
pub(super) fn whole(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=9)? {
        0..=4 => u.arbitrary::<u32>()?.to_string(),
        5 => u.arbitrary::<u64>()?.to_string(),
        6 => format!("{}.0", u.arbitrary::<u16>()?),
        7 => format!("{}e{}", u.arbitrary::<u8>()?, u.int_in_range(0..=5)?),
        8 => "-0".to_owned(),
        _ => "null".to_owned(),
    })
}

/// Returns a number of at least 0.
pub(super) fn seconds(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=5)? {
        0..=2 => (f64::from(u.arbitrary::<u32>()?) / 1000.0).to_string(),
        3 => u.arbitrary::<u16>()?.to_string(),
        4 => format!("{}e-{}", u.arbitrary::<u16>()?, u.arbitrary::<u8>()?),
        _ => "null".to_owned(),
    })
}

/// Returns any value, with at most `depth` levels of lists and objects.
pub(super) fn any(u: &mut Unstructured<'_>, depth: u32) -> Result<String> {
    Ok(match u.int_in_range(0..=if depth == 0 { 5 } else { 7 })? {
        0 => "null".to_owned(),
        1 => u.arbitrary::<bool>()?.to_string(),
        2 => whole(u)?,
        3 => format!("-{}.{}", u.arbitrary::<u64>()?, u.arbitrary::<u16>()?),
        4 => "1e400".to_owned(),
        5 => any_string(u)?,
        6 => {
            let length = u.int_in_range(0..=3)?;
            let values: Vec<_> = (0..length).map(|_| any(u, depth - 1)).collect::<Result<_>>()?;
            format!("[{}]", values.join(" ,"))
        }
        _ => {
            let length = u.int_in_range(0..=3)?;
            let member = |_| Ok(format!("{}: {}", any_string(u)?, any(u, depth - 1)?));
            let members: Vec<_> = (0..length).map(member).collect::<Result<_>>()?;
            format!("{{\n{}}}", members.join(","))
        }
    })
}
