//! Finds sessions that occur more than once in an input. The last record of each session counts.
//!
//! A session cannot be removed from a report. An input with duplicates is therefore read twice: the
//! second time, replaced records are left out.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hash, Hasher, RandomState};
use std::io::{self, BufRead, BufReader, BufWriter, Seek as _, Write as _};
use std::path::Path;

use brightdata_sessions::{Session, SessionId, UnknownFields};
use tempfile::SpooledTempFile;

/// The maximum number of ids that are compared with each other. They take about 55 MB.
const MAX_IDS: usize = 3_500_000;

/// The number of tables. A table that grows takes the memory of its old and its new size at once,
/// but only one of them grows at a time.
const TABLES: usize = 64;

/// The records of an input, in order. Ids are stored as 64-bit hashes. The probability that any two
/// of them collide is about 1 in 3,000,000.
pub(super) struct Records {
    max_ids: usize,
    hasher: RandomState,
    /// The number of ids in the tables.
    ids: usize,
    /// The index of the last record of each id.
    tables: [HashMap<IdHash, u32, BuildHasherDefault<Unchanged>>; TABLES],
    count: u64,
    /// A bit for each record: whether a later record replaces it.
    replaced: Vec<u64>,
    duplicates: u64,
    unchecked: u64,
}

impl Records {
    pub(super) fn new() -> Self {
        Self::with_max_ids(MAX_IDS)
    }

    fn with_max_ids(max_ids: usize) -> Self {
        Self {
            max_ids,
            hasher: RandomState::new(),
            ids: 0,
            tables: std::array::from_fn(|_| HashMap::default()),
            count: 0,
            replaced: Vec::new(),
            duplicates: 0,
            unchecked: 0,
        }
    }

    /// Adds the next record.
    pub(super) fn push(&mut self, id: &SessionId) {
        let index = self.count;
        self.count += 1;
        let Ok(short_index) = u32::try_from(index) else {
            self.unchecked += 1;
            return;
        };
        let hash = self.hasher.hash_one(id.as_str());
        // Neither the lowest nor the highest bits, which determine the place in the table.
        let table = &mut self.tables[(hash >> 32) as usize % TABLES];
        if let Some(last) = table.get_mut(&IdHash::from(hash)) {
            let (word, bit) = position(std::mem::replace(last, short_index).into());
            if self.replaced.len() <= word {
                self.replaced.resize(word + 1, 0);
            }
            self.replaced[word] |= bit;
            self.duplicates += 1;
        } else if self.ids < self.max_ids {
            table.insert(hash.into(), short_index);
            self.ids += 1;
        } else {
            self.unchecked += 1;
        }
    }

    /// Returns whether the record at this index, from 0, is the last one of its session.
    pub(super) fn is_last(&self, index: u64) -> bool {
        let (word, bit) = position(index);
        self.replaced.get(word).is_none_or(|word| word & bit == 0)
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Returns the number of records that a later one replaces.
    pub(super) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Returns the number of records that were not compared, because there were too many.
    pub(super) fn unchecked(&self) -> u64 {
        self.unchecked
    }
}

fn position(index: u64) -> (usize, u64) {
    (usize::try_from(index / 64).expect("there is memory for a bit per record"), 1 << (index % 64))
}

/// The hash of an id, in halves: with the index, an entry then takes 12 bytes instead of 16.
#[derive(PartialEq, Eq)]
struct IdHash([u32; 2]);

impl From<u64> for IdHash {
    fn from(hash: u64) -> Self {
        Self([hash as u32, (hash >> 32) as u32])
    }
}

impl Hash for IdHash {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let [low, high] = self.0.map(u64::from);
        hasher.write_u64(high << 32 | low);
    }
}

/// Hashes a number to itself, because it is a hash.
#[derive(Default)]
struct Unchanged(u64);

impl Hasher for Unchanged {
    fn write(&mut self, _: &[u8]) {
        unreachable!("the hash of an id is one number");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Buffers the sessions of an input that can be read only once, such as a pipe: up to 8 MiB in
/// memory, more in an unnamed temporary file that is deleted with the program.
pub(super) struct Spool {
    file: BufWriter<SpooledTempFile>,
    /// The first error, after which nothing is buffered.
    error: Option<io::Error>,
}

impl Spool {
    /// Creates a buffer, or returns `None` if the input is a file, which can be read again.
    pub(super) fn new(input: &Path) -> Option<Self> {
        const MAX_IN_MEMORY: usize = 8 << 20;
        if input != Path::new("-") && input.is_file() {
            return None;
        }
        Some(Self { file: BufWriter::new(tempfile::spooled_tempfile(MAX_IN_MEMORY)), error: None })
    }

    /// Buffers the fields of a session that a report uses.
    pub(super) fn push(&mut self, session: &mut Session) {
        session.unknown = UnknownFields::default();
        if let Some(error) = &mut session.error {
            error.unknown = UnknownFields::default();
        }
        if self.error.is_none() {
            let written = serde_json::to_writer(&mut self.file, session).map_err(io::Error::from);
            self.error = written.and_then(|()| self.file.write_all(b"\n")).err();
        }
    }

    /// Returns the sessions, one per line.
    pub(super) fn into_lines(self) -> io::Result<impl BufRead> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(BufReader::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the indices of the last records, and how many were replaced and not compared.
    fn last(ids: &str, max_ids: usize) -> (Vec<u64>, u64, u64) {
        let mut records = Records::with_max_ids(max_ids);
        ids.split(' ').for_each(|id| records.push(&id.parse().unwrap()));
        assert_eq!(records.count(), ids.split(' ').count() as u64);
        let last = (0..records.count()).filter(|index| records.is_last(*index)).collect();
        (last, records.duplicates(), records.unchecked())
    }

    #[test]
    fn the_last_record_of_each_session_counts() {
        assert_eq!(last("a b c", 9), (vec![0, 1, 2], 0, 0));
        assert_eq!(last("a b a c a b", 9), (vec![3, 4, 5], 3, 0));
        let many = ["a b"; 100].join(" ");
        assert_eq!(last(&many, 9), (vec![198, 199], 198, 0));
    }

    #[test]
    fn ids_of_all_tables_are_compared() {
        let mut records = Records::new();
        let mut push_all = || (0..20_000).for_each(|id| records.push(&format!("id-{id}").parse().unwrap()));
        push_all();
        push_all();
        assert_eq!((records.duplicates(), records.unchecked()), (20_000, 0));
        assert!((0..20_000).all(|index| !records.is_last(index) && records.is_last(20_000 + index)));
        assert!(records.tables.iter().all(|table| (200..450).contains(&table.len())));
    }

    #[test]
    fn ids_over_the_limit_are_counted_but_not_compared() {
        assert_eq!(last("a b c c a", 2), (vec![1, 2, 3, 4], 1, 2));
    }

    #[test]
    fn a_spool_preserves_the_fields_that_a_report_uses() {
        for length in [10, 9 << 20] {
            let line = format!(
                r#"{{"session_id":"a","x":1,"status":"failed","api_name":"{}","error":{{"code":"c","y":2}}}}"#,
                "z".repeat(length)
            );
            let mut session: Session = serde_json::from_str(&line).unwrap();
            let mut spool = Spool::new(Path::new("-")).unwrap();
            spool.push(&mut session);
            spool.push(&mut session);
            let read: Vec<_> = spool
                .into_lines()
                .unwrap()
                .lines()
                .map(|line| serde_json::from_str::<Session>(&line.unwrap()).unwrap())
                .collect();
            let expected: Session =
                serde_json::from_str(&line.replace(r#","x":1"#, "").replace(r#","y":2"#, "")).unwrap();
            assert_eq!(read, [expected.clone(), expected]);
        }
    }
}
