//! Decompresses bodies.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;
use ureq::Error;

/// The first bytes of each gzip member: its magic number, and deflate as the method.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// A reader that decompresses a body of one or more gzip members.
///
/// An error of the body is passed on. A truncated body is [`io::ErrorKind::UnexpectedEof`], as for
/// any other body. Bytes that are not gzip, at the start or after a member, are [`Error::Other`].
pub(crate) struct Gzip<R> {
    /// `None` after an error.
    member: Option<GzDecoder<Packed<R>>>,
}

impl<R: Read> Gzip<R> {
    pub(crate) fn new(body: R) -> Self {
        let packed = Packed { body: BufReader::with_capacity(4 << 10, body), matched: 0 };
        Self { member: Some(GzDecoder::new(packed)) }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, decompressed: &mut [u8]) -> io::Result<usize> {
        while let Some(mut member) = self.member.take() {
            let length = member.read(decompressed).map_err(explain)?;
            if length > 0 || decompressed.is_empty() {
                self.member = Some(member);
                return Ok(length);
            }
            // The member is complete, its checksum included.
            let mut packed = member.into_inner();
            packed.matched = 0;
            if !packed.fill_buf().map_err(explain)?.is_empty() {
                self.member = Some(GzDecoder::new(packed));
            }
        }
        Ok(0)
    }
}

/// The compressed bytes. The decoder reads ten bytes before it rejects the first one, so a short
/// body that is not gzip would look truncated. Here each byte of the magic number is checked on
/// arrival.
struct Packed<R> {
    body: BufReader<R>,
    /// How many bytes of the member's magic number have arrived.
    matched: usize,
}

impl<R: Read> BufRead for Packed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Marks an error of the body itself.
        let bytes = self.body.fill_buf().map_err(|error| io::Error::other(Error::from(error)))?;
        if bytes.iter().zip(&MAGIC[self.matched..]).any(|(byte, magic)| byte != magic) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "invalid gzip header"));
        }
        Ok(bytes)
    }

    fn consume(&mut self, length: usize) {
        self.body.consume(length);
        self.matched = (self.matched + length).min(MAGIC.len());
    }
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(bytes)?;
        self.consume(length);
        Ok(length)
    }
}

/// Maps an error of the decoder.
fn explain(error: io::Error) -> io::Error {
    let is_of_the_body = error.get_ref().is_some_and(|error| error.is::<Error>());
    match error.kind() {
        _ if is_of_the_body => error,
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "truncated gzip data"),
        _ => io::Error::other(Error::Other(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;
    use flate2::{Compression, GzBuilder};

    use super::*;

    const TEXT: &[u8] = b"{\"session\":{\"session_id\":\"a\"}}";

    fn compress(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Returns the decompressed bytes or the error, which are the same if the body is read byte by
    /// byte.
    fn decompress(packed: &[u8]) -> Result<Vec<u8>, String> {
        let whole = read(packed, 8 << 10);
        assert_eq!(read(OneByOne(packed), 1), whole);
        whole
    }

    fn read(body: impl Read, length: usize) -> Result<Vec<u8>, String> {
        let mut gzip = Gzip::new(body);
        let (mut decompressed, mut chunk) = (Vec::new(), vec![0; length]);
        loop {
            match gzip.read(&mut chunk) {
                Ok(0) => return Ok(decompressed),
                Ok(length) => decompressed.extend_from_slice(&chunk[..length]),
                Err(error) => return Err(Error::from(error).to_string()),
            }
        }
    }

    struct OneByOne<'a>(&'a [u8]);

    impl Read for OneByOne<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let length = bytes.len().min(1);
            self.0.read(&mut bytes[..length])
        }
    }

    const TRUNCATED: &str = "io: truncated gzip data";
    const NO_HEADER: &str = "other: invalid gzip header";
    const CHECKSUM: &str = "other: corrupt gzip stream does not have a matching checksum";

    #[test]
    fn a_body_of_one_or_several_members_is_decompressed() {
        assert_eq!(decompress(&compress(TEXT)), Ok(TEXT.to_vec()));
        assert_eq!(decompress(&compress(b"")), Ok(Vec::new()));
        let several = [compress(&TEXT[..9]), compress(b""), compress(&TEXT[9..])].concat();
        assert_eq!(decompress(&several), Ok(TEXT.to_vec()));
        let mut named =
            GzBuilder::new().filename("a").comment("b").extra(b"c").write(Vec::new(), Compression::fast());
        named.write_all(TEXT).unwrap();
        assert_eq!(decompress(&named.finish().unwrap()), Ok(TEXT.to_vec()));
    }

    #[test]
    fn a_body_that_ends_early_is_truncated() {
        let packed = compress(TEXT);
        for length in 0..packed.len() {
            assert_eq!(decompress(&packed[..length]), Err(TRUNCATED.to_owned()), "{length}");
            if length > 0 {
                let two = [&packed, &packed[..length]].concat();
                assert_eq!(decompress(&two), Err(TRUNCATED.to_owned()), "{length}");
            }
        }
    }

    #[test]
    fn a_body_of_any_length_that_is_not_gzip_is_invalid() {
        for start in [&b"\0"[..], b"{", b"\x1f\x8a", b"\x1f\x8b\x07", b"\x8b\x1f"] {
            for length in start.len()..20 {
                let mut body = start.to_vec();
                body.resize(length, 0);
                assert_eq!(decompress(&body), Err(NO_HEADER.to_owned()), "{body:?}");
            }
        }
    }

    #[test]
    fn bytes_after_a_member_are_invalid() {
        for trailing in [&b"\0"[..], b"\n", b"x", b"\x1f\0", b"\0\0\0\0\0\0\0\0\0\0\0\0", b"\x1f\x8b\x09"] {
            let body = [&compress(TEXT), trailing].concat();
            assert_eq!(decompress(&body), Err(NO_HEADER.to_owned()), "{trailing:?}");
        }
    }

    #[test]
    fn a_wrong_checksum_length_flag_or_block_is_invalid() {
        let with = |at: usize, byte: u8| {
            let mut packed = compress(TEXT);
            packed[at] ^= byte;
            decompress(&packed)
        };
        let length = compress(TEXT).len();
        for at in length - 8..length {
            assert_eq!(with(at, 1), Err(CHECKSUM.to_owned()), "{at}");
        }
        for flag in [0x20, 0x40, 0x80] {
            assert_eq!(with(3, flag), Err(NO_HEADER.to_owned()), "{flag}");
        }
        assert_eq!(with(10, 6), Err("other: corrupt deflate stream".to_owned()));
    }

    #[test]
    fn an_error_of_the_body_is_passed_on() {
        struct Broken;

        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::new(io::ErrorKind::InvalidData, "no TLS"))
            }
        }

        let packed = compress(TEXT);
        for length in [0, 5, 15, packed.len()] {
            let body = packed[..length].chain(Broken);
            assert_eq!(read(body, 100), Err("io: no TLS".to_owned()), "{length}");
        }
    }
}
