//! From bytes to an archive, saying what is wrong and where.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use super::{Archive, Bytes, FORMAT, MAX_BYTES, VERSION, limits};
use crate::ids::PersonId;

/// Why a file cannot be read as an archive.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// The file is larger than any archive.
    #[error("the file has {bytes} bytes; an archive has at most {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest that is read.
        limit: usize,
    },
    /// Half a file: what is there could be the beginning of an archive.
    #[error("the file is cut short: it ends in the middle of line {line}")]
    CutShort {
        /// The last line, from 1.
        line: usize,
    },
    /// Not JSON.
    #[error("the file is not JSON: line {line}, column {column}: {why}")]
    NotJson {
        /// The line where reading stopped, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What the parser says.
        why: String,
    },
    /// JSON of another program.
    #[error(
        "the file is JSON, but not an archive of Samsyn: its field “format” does not say “samsyn-archive”"
    )]
    NotAnArchive,
    /// Made by a newer version.
    #[error(
        "the archive has version {version} and this program reads up to {known}: update it, then open the file again"
    )]
    FutureVersion {
        /// The version it names.
        version: u64,
        /// The newest that this code reads.
        known: u32,
    },
    /// An archive with a field that is missing or cannot be.
    #[error("the archive is damaged at {path}: {why}")]
    Damaged {
        /// Where, such as `notes[3].colour`.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// More than a board can hold.
    #[error("the archive has more than {limit} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// The two fields that say whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    version: Version,
}

/// A version, or none if the field is no natural number.
#[derive(Default)]
struct Version(Option<u64>);

impl Archive {
    /// Reads an archive. Fields that this version does not know are passed over.
    ///
    /// # Errors
    /// Says whether the file is too large, no JSON, another program's, of a newer version, or damaged and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let bytes = within_limit(bytes)?;
        check_head(bytes)?;
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let archive: Self = serde_path_to_error::deserialize(&mut reader).map_err(damaged)?;
        limits::check(&archive)?;
        Ok(archive)
    }
}

/// The bytes without the byte order mark that some editors put in front.
fn within_limit(bytes: &[u8]) -> Result<&[u8], ArchiveError> {
    if bytes.len() > MAX_BYTES {
        return Err(ArchiveError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    Ok(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes))
}

fn check_head(bytes: &[u8]) -> Result<(), ArchiveError> {
    let head: Head = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            ArchiveError::NotAnArchive
        } else {
            not_json(bytes, &error)
        }
    })?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(ArchiveError::NotAnArchive);
    }
    match head.version.0 {
        Some(version) if version > u64::from(VERSION) => Err(ArchiveError::FutureVersion {
            version,
            known: VERSION,
        }),
        Some(0) | None => Err(ArchiveError::Damaged {
            path: "version".into(),
            why: "a whole number from 1 is expected".into(),
        }),
        Some(_) => Ok(()),
    }
}

fn not_json(bytes: &[u8], error: &serde_json::Error) -> ArchiveError {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Eof if bytes.trim_ascii_start().starts_with(b"{") => {
            ArchiveError::CutShort { line }
        }
        Category::Eof | Category::Io | Category::Syntax | Category::Data => ArchiveError::NotJson {
            line,
            column,
            why: error.to_string(),
        },
    }
}

fn damaged(error: serde_path_to_error::Error<serde_json::Error>) -> ArchiveError {
    ArchiveError::Damaged {
        path: error.path().to_string(),
        why: error.into_inner().to_string(),
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VersionVisitor)
    }
}

/// Takes any JSON and keeps nothing of it but a natural number, whatever the size of what stands there instead.
struct VersionVisitor;

impl<'de> Visitor<'de> for VersionVisitor {
    type Value = Version;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version")
    }
    fn visit_u64<E>(self, version: u64) -> Result<Version, E> {
        Ok(Version(Some(version)))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Version, E> {
        Ok(Version(None))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Version, E> {
        Ok(Version(None))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Version, E> {
        Ok(Version(None))
    }
    fn visit_str<E>(self, _: &str) -> Result<Version, E> {
        Ok(Version(None))
    }
    fn visit_unit<E>(self) -> Result<Version, E> {
        Ok(Version(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Version, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Version(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Version, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Version(None))
    }
}

/// A list of records, with an error at the first one too many.
pub(super) fn records<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_seq(AtMost(limits::MAX_RECORDS, PhantomData))
}

/// The registers, likewise.
pub(super) fn registers<'de, D>(deserializer: D) -> Result<Vec<Bytes>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_seq(AtMost(limits::MAX_REGISTERS, PhantomData))
}

/// The supporters of one rule, likewise.
pub(super) fn supporters<'de, D>(deserializer: D) -> Result<Vec<PersonId>, D::Error>
where
    D: Deserializer<'de>,
{
    deserializer.deserialize_seq(AtMost(limits::MAX_SUPPORTERS, PhantomData))
}

/// Reads a list and stops at its limit, before a small file has become a large list.
struct AtMost<T>(usize, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtMost<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {}", self.0)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == self.0 {
                return Err(A::Error::custom(format_args!("more than {}", self.0)));
            }
            list.push(item);
        }
        Ok(list)
    }
}
