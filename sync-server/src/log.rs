//! Where boards' envelopes are kept: the `Log` trait, its types and errors.
//!
//! Boundary: a log knows boards, sequence numbers, chains and opaque bytes. It checks no signature and reads
//! no envelope; what may be appended is decided before it is called.

use std::path::PathBuf;
use std::sync::Arc;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq, Slot};
pub use samsyn_shared::sync::relay::Place;
pub use samsyn_shared::sync::wire::{CHAIN_ZERO, Keys, chain_after};

#[cfg(test)]
pub mod conformance;
pub mod memory;
pub mod sled;

pub use memory::MemoryLog;
pub use sled::SledLog;

/// What a board's log begins with; it counts only for the first entry of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// Names this life of the board's log.
    pub epoch: Epoch,
    /// The keys that hash to the board's id.
    pub keys: Keys,
}

/// Where a board's log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Names this life of the board's log.
    pub epoch: Epoch,
    /// The keys bound at its first entry.
    pub keys: Keys,
    /// The newest entry.
    pub last: Seq,
    /// The chain up to and with the newest entry.
    pub chain: Chain,
    /// Bytes of all envelopes after what the newest generation covers.
    pub bytes: u64,
}

/// What a board's streams can start with: a snapshot, and every entry after what it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The last entry that the snapshot covers; 0 without one.
    pub covers: Seq,
    /// The chain there.
    pub chain: Chain,
    /// None if the streams start with the first entry.
    pub snapshot: Option<Stored>,
}

impl Start {
    /// The one with the first entry.
    #[must_use]
    pub const fn first() -> Self {
        Self {
            covers: Seq(0),
            chain: CHAIN_ZERO,
            snapshot: None,
        }
    }
}

/// A snapshot that the log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The entry that is its manifest.
    pub manifest: Seq,
    /// The manifest's hash.
    pub hash: EnvelopeHash,
    /// How many parts it has.
    pub parts: u16,
    /// Bytes of all parts.
    pub bytes: u64,
}

/// What became of rows that nobody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trimmed {
    /// There were none.
    Nothing,
    /// Some are gone; there may be more.
    Some {
        /// How many entries they held.
        entries: u64,
    },
}

/// One envelope to append.
#[derive(Clone, Debug)]
pub struct Append {
    /// Whose log it goes to.
    pub board: BoardId,
    /// What the log begins with, should this be its first entry.
    pub birth: Birth,
    /// BLAKE3 of `envelope`; an entry with the same hash is not appended twice.
    pub hash: EnvelopeHash,
    /// Whether it fills a slot, or begins a generation.
    pub place: Place,
    /// How many parts a snapshot has.
    pub parts: u16,
    /// The bytes, kept verbatim.
    pub envelope: Arc<[u8]>,
}

/// What became of an envelope that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is a new entry.
    New {
        /// Its number.
        seq: Seq,
        /// The number of the entry before it; 0 if it is the first.
        prev: Seq,
        /// The chain up to and with it.
        chain: Chain,
    },
    /// It was there before, under this number, after what the newest generation covers.
    Known(Seq),
}

/// One entry of a board's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: Seq,
    /// The number of the entry before it; 0 if it is the first.
    pub prev: Seq,
    /// The chain up to and with it.
    pub chain: Chain,
    /// The bytes, verbatim.
    pub envelope: Arc<[u8]>,
}

/// What fills a slot of a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The slot.
    pub slot: Slot,
    /// Its entry's number.
    pub seq: Seq,
    /// The envelope, verbatim.
    pub envelope: Arc<[u8]>,
}

/// A day, counted from 1970-01-01 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// Year, month and day. Source: Howard Hinnant, “chrono-Compatible Low-Level Date Algorithms”, `civil_from_days`,
    /// for days that are not negative.
    #[must_use]
    pub fn civil(self) -> (i32, u8, u8) {
        let days = u64::from(self.0) + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let (month, later) = if month < 10 {
            (month + 3, 0)
        } else {
            (month - 9, 1)
        };
        let year = i32::try_from(year + era * 400 + later).unwrap_or(i32::MAX);
        let small = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        (year, small(month), small(day))
    }
}

impl std::fmt::Display for Day {
    /// The date, such as 2026-11-28.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// When a board was used: opened, or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// First; none if it is older than this was written down.
    pub first: Option<Day>,
    /// Last.
    pub last: Day,
}

/// Why a log could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Another process holds the folder.
    #[error(
        "the folder {} is in use by another samsyn; stop that one, or choose another folder with --data",
        .folder.display()
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// Bytes on the disk are not what was written.
    #[error(
        "the data in {0} is damaged ({what}). Nothing was changed. `samsyn inspect {0}` says what survives, and \
         `samsyn backup {0} NEW-FOLDER --what-survives` saves it. Put back a backup, serve what survives, or move the folder away and start again: devices that have the boards will fill the relay anew",
        .folder.display()
    )]
    Damaged {
        /// The folder.
        folder: PathBuf,
        /// What was found.
        what: String,
    },
    /// Written by a version that this one does not know.
    #[error(
        "the data in {} has format {found}, this samsyn reads format {expected}; use the version that wrote it",
        .folder.display()
    )]
    Format {
        /// The folder.
        folder: PathBuf,
        /// The format found.
        found: String,
        /// The format this version reads.
        expected: u8,
    },
    /// The disk refused.
    #[error("the disk refused in {}: {what}", .folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        what: String,
    },
}

/// Append-only logs of many boards, and the newest envelope of each of their slots.
///
/// All methods may block on a disk: call them from a thread that may. One caller appends; any number read.
/// The suite in `log/conformance.rs` says what each method promises.
pub trait Log: Send + Sync + 'static {
    /// Every board that has an entry.
    ///
    /// # Errors
    /// When the disk refuses or its contents are damaged; so for every method here.
    fn boards(&self) -> Result<Vec<BoardId>, LogError>;

    /// Where a board's log stands; none if it has no entry.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn meta(&self, board: &BoardId) -> Result<Option<Meta>, LogError>;

    /// Appends envelopes in their order, all or none of them. When it returns they survive a power cut.
    /// The answers stand in the same order.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn append(&self, group: &[Append]) -> Result<Vec<Placed>, LogError>;

    /// The entries after `after` in order, as many as fit `max_bytes` of envelopes, but at least one if there is one.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn read(&self, board: &BoardId, after: Seq, max_bytes: usize) -> Result<Vec<Entry>, LogError>;

    /// The number and chain of the entry `seq`; none if there is no such entry. Of `Seq(0)`: none.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn chain_at(&self, board: &BoardId, seq: Seq) -> Result<Option<Chain>, LogError>;

    /// The entry that holds the envelope with this hash, if it is after what the newest generation covers.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn find(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError>;

    /// The newest envelope of each slot, by slot.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn registers(&self, board: &BoardId) -> Result<Vec<Kept>, LogError>;

    /// What the board's streams can start with, the oldest first: one, or two while the newest is not confirmed.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn starts(&self, board: &BoardId) -> Result<Vec<Start>, LogError>;

    /// Keeps a part of a snapshot. It is on the disk once the snapshot's manifest is.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn put_part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
        part: &[u8],
    ) -> Result<(), LogError>;

    /// A part that was kept.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn part(
        &self,
        board: &BoardId,
        manifest: &EnvelopeHash,
        index: u16,
    ) -> Result<Option<Arc<[u8]>>, LogError>;

    /// Lets the parts of a snapshot go, unless a generation holds it.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn forget_parts(&self, board: &BoardId, manifest: &EnvelopeHash) -> Result<(), LogError>;

    /// Of a board's generations only the newest stays, with the entries after what it covers and those that slots
    /// hold. The others are gone once [`Log::trim`] has nothing more to do.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn retire(&self, board: &BoardId) -> Result<(), LogError>;

    /// Removes some of what nobody needs any more: about `most` entries.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn trim(&self, most: usize) -> Result<Trimmed, LogError>;

    /// Somebody opened the board. A log that lasts remembers the day; no other promise hangs on it.
    ///
    /// # Errors
    /// See [`Log::boards`].
    fn touch(&self, _board: &BoardId) -> Result<(), LogError> {
        Ok(())
    }
}

/// The name of an envelope: BLAKE3 of all its bytes.
#[must_use]
pub fn envelope_hash(envelope: &[u8]) -> EnvelopeHash {
    EnvelopeHash(*blake3::hash(envelope).as_bytes())
}

impl Meta {
    /// The state before a first entry.
    #[must_use]
    pub const fn born(birth: &Birth) -> Self {
        Self {
            epoch: birth.epoch,
            keys: birth.keys,
            last: Seq(0),
            chain: CHAIN_ZERO,
            bytes: 0,
        }
    }

    /// Takes one more envelope in: its number, the one before, the chain.
    fn grow(&mut self, hash: &EnvelopeHash, length: usize) -> (Seq, Seq, Chain) {
        let prev = self.last;
        self.last = Seq(prev.0 + 1);
        self.chain = chain_after(&self.chain, hash);
        self.bytes += length as u64;
        (self.last, prev, self.chain)
    }
}

impl LogError {
    /// The same of another folder, when what was opened is a copy of that.
    #[must_use]
    pub fn of(self, folder: &std::path::Path) -> Self {
        let folder = folder.to_owned();
        match self {
            Self::InUse { .. } => Self::InUse { folder },
            Self::Damaged { what, .. } => Self::Damaged { folder, what },
            Self::Io { what, .. } => Self::Io { folder, what },
            Self::Format {
                found, expected, ..
            } => Self::Format {
                folder,
                found,
                expected,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_date() {
        let date = |day: u32| Day(day).to_string();
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(20_785), "2026-11-28");
    }
}
