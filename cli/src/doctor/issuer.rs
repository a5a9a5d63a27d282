//! The name of a certificate's issuer, for people.

/// The maximum length of a name, in bytes of DER. A longer one is not shown.
const MAX_LENGTH: usize = 4 << 10;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// UTF-16 in network order.
const BMP_STRING: u8 = 0x1e;

/// Returns the organization and the common name of a distinguished name in DER, such as
/// `Let's Encrypt, R11`. `None` if it has neither, or is malformed.
pub(super) fn read(mut name: &[u8]) -> Option<String> {
    let (mut organization, mut common_name) = (None, None);
    if name.len() > MAX_LENGTH {
        return None;
    }
    while !name.is_empty() {
        // RFC 5280, 4.1.2.4: a sequence of sets of attributes, each an identifier and a string.
        let (mut set, rest) = element(name, Some(SET))?;
        name = rest;
        while !set.is_empty() {
            let (attribute, rest) = element(set, Some(SEQUENCE))?;
            set = rest;
            let (identifier, value) = element(attribute, Some(OBJECT_IDENTIFIER))?;
            let target = match identifier {
                COMMON_NAME => &mut common_name,
                ORGANIZATION => &mut organization,
                _ => continue,
            };
            *target = Some(string(value)?);
        }
    }
    let parts: Vec<_> = [organization, common_name].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Returns the content of the first element, which has this tag, and the rest.
fn element(der: &[u8], tag: Option<u8>) -> Option<(&[u8], &[u8])> {
    let (&[actual, first], rest) = der.split_first_chunk()?;
    if tag.is_some_and(|tag| tag != actual) {
        return None;
    }
    // A length of 128 or more is preceded by the number of its bytes.
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => rest.split_first().map(|(&length, rest)| (usize::from(length), rest))?,
        0x82 => {
            let (&length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(length)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn string(der: &[u8]) -> Option<String> {
    let (content, _) = element(der, None)?;
    let text = if der.first() == Some(&BMP_STRING) {
        let units: Vec<_> =
            content.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
        String::from_utf16_lossy(&units)
    } else {
        String::from_utf8_lossy(content).into_owned()
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap();
        let prefix = match length {
            0..=0x7f => vec![tag, length as u8],
            0x80..=0xff => vec![tag, 0x81, length as u8],
            _ => [&[tag, 0x82], &length.to_be_bytes()[..]].concat(),
        };
        [prefix, content.to_vec()].concat()
    }

    fn attribute(identifier: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        let parts = [der(OBJECT_IDENTIFIER, identifier), der(tag, value)].concat();
        der(SET, &der(SEQUENCE, &parts))
    }

    #[test]
    fn organization_and_common_name_are_read_in_any_order() {
        let country = attribute(&[0x55, 4, 6], 0x13, b"US");
        let organization = attribute(ORGANIZATION, 0x0c, "Größe GmbH".as_bytes());
        let common = attribute(COMMON_NAME, BMP_STRING, &[0, b'R', 0, b'1']);
        for name in
            [[&country[..], &organization, &common].concat(), [&common[..], &organization, &country].concat()]
        {
            assert_eq!(read(&name).as_deref(), Some("Größe GmbH, R1"));
        }
        assert_eq!(read(&common).as_deref(), Some("R1"));
        assert_eq!(read(&country), None);
        assert_eq!(read(&[]), None);
        for length in [127, 128, 255, 256, 3000] {
            let long = "x".repeat(length);
            assert_eq!(read(&attribute(COMMON_NAME, 0x0c, long.as_bytes())), Some(long));
        }
        assert_eq!(read(&attribute(COMMON_NAME, 0x0c, &[b'x'; MAX_LENGTH])), None);
    }

    #[test]
    fn a_malformed_name_has_no_text() {
        let name = [attribute(ORGANIZATION, 0x0c, b"A"), attribute(COMMON_NAME, 0x0c, b"B")].concat();
        let organization = attribute(ORGANIZATION, 0x0c, b"A").len();
        for length in (1..name.len()).filter(|length| *length != organization) {
            assert_eq!(read(&name[..length]), None, "{length} bytes");
        }
        assert_eq!(read(&[SET, 0x80]), None);
        assert_eq!(read(&[SET, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
