//! From bytes to an archive, saying what is wrong and where.

use serde::Deserialize;

use super::{Archive, FORMAT, MAX_BYTES, VERSION, limits};

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
    /// Not JSON, or cut short.
    #[error("the file is not JSON, or is cut short: line {line}, column {column}: {why}")]
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
    format: serde_json::Value,
    #[serde(default)]
    version: serde_json::Value,
}

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
            not_json(&error)
        }
    })?;
    if head.format != FORMAT {
        return Err(ArchiveError::NotAnArchive);
    }
    match head.version.as_u64() {
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

fn not_json(error: &serde_json::Error) -> ArchiveError {
    ArchiveError::NotJson {
        line: error.line(),
        column: error.column(),
        why: error.to_string(),
    }
}

fn damaged(error: serde_path_to_error::Error<serde_json::Error>) -> ArchiveError {
    ArchiveError::Damaged {
        path: error.path().to_string(),
        why: error.into_inner().to_string(),
    }
}
