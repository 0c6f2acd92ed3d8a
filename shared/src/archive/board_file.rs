//! The board file, version 1: the document itself with what proves it, for carrying a board where no network goes.
//!
//! Boundary: it is plaintext and says so wherever it is offered; it never holds a seed, so that who finds it can read
//! the board as it was and neither open it nor write to it. The document in it is a stranger's until it has passed
//! admission.
//!
//! The bytes are CBOR (RFC 8949): tag 55799, which says “this is CBOR”, around a map with integer keys. A reader
//! passes over keys that it does not know.

use minicbor::bytes::ByteSlice;
use minicbor::data::Tag;
use minicbor::{Decoder, Encoder};

use crate::ids::BoardId;
use crate::seal::VerifyKeys;

/// The version that this code writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The largest board file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The most registers and the most waiting chunks that are read.
pub const MAX_ITEMS: usize = 4_096;

/// What the file says it is.
const FORMAT: &str = "samsyn-board";

/// “Self-described CBOR”, RFC 8949, section 3.4.6.
const SELF_DESCRIBED: Tag = Tag::new(55_799);

/// How such a tag begins a file.
const FIRST_BYTES: [u8; 3] = [0xd9, 0xd9, 0xf7];

/// A board with its whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardFile {
    /// The board.
    pub board: BoardId,
    /// Its verify keys, where the device that wrote the file knew them; they hash to `board`.
    pub keys: Option<VerifyKeys>,
    /// Its title as that device showed it; the signed one is among the registers, sealed.
    pub title: String,
    /// The newest envelope of each register, as it came.
    pub registers: Vec<Vec<u8>>,
    /// The envelope of the final snapshot, once the board is finished.
    pub final_snapshot: Option<Vec<u8>>,
    /// The document, as `Board::save` gives it.
    pub document: Vec<u8>,
    /// Chunks of changes whose dependencies had not come.
    pub waiting: Vec<Vec<u8>>,
}

/// Why a file cannot be read as a board file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardFileError {
    /// The file is larger than any board.
    #[error("the file has {bytes} bytes; a board file has at most {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest that is read.
        limit: usize,
    },
    /// Some other file.
    #[error("the file is not a board file of Samsyn")]
    NotABoardFile,
    /// Made by a newer version.
    #[error(
        "the board file has version {version} and this program reads up to {known}: update it, then open the file again"
    )]
    FutureVersion {
        /// The version it names.
        version: u64,
        /// The newest that this code reads.
        known: u32,
    },
    /// Cut short, or with a field that is missing or cannot be.
    #[error("the board file is damaged at “{field}”: {why}")]
    Damaged {
        /// The field.
        field: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The verify keys are another board's.
    #[error("the board file is damaged: its keys belong to another board than it says")]
    KeysOfAnotherBoard,
}

/// The map's keys; a number, once given, never gets another meaning.
mod key {
    pub(super) const FORMAT: u32 = 0;
    pub(super) const VERSION: u32 = 1;
    pub(super) const BOARD: u32 = 2;
    pub(super) const KEYS: u32 = 3;
    pub(super) const REGISTERS: u32 = 4;
    pub(super) const FINAL: u32 = 5;
    pub(super) const DOCUMENT: u32 = 6;
    pub(super) const WAITING: u32 = 7;
    pub(super) const TITLE: u32 = 8;
}

type WriteResult = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

impl BoardFile {
    /// Whether `bytes` begin as a board file does.
    #[must_use]
    pub fn looks_like(bytes: &[u8]) -> bool {
        bytes.starts_with(&FIRST_BYTES)
    }

    /// The file's bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.document.len() + 1_024);
        // Writing to a vector cannot fail, as the error's type says.
        let (Ok(()) | Err(_)) = self.encode(&mut bytes);
        bytes
    }

    fn encode(&self, bytes: &mut Vec<u8>) -> WriteResult {
        let optional = u64::from(self.keys.is_some()) + u64::from(self.final_snapshot.is_some());
        let mut to = Encoder::new(bytes);
        to.tag(SELF_DESCRIBED)?.map(7 + optional)?;
        to.u32(key::FORMAT)?.str(FORMAT)?;
        to.u32(key::VERSION)?.u32(VERSION)?;
        to.u32(key::BOARD)?.bytes(self.board.as_bytes())?;
        if let Some(keys) = &self.keys {
            to.u32(key::KEYS)?.array(2)?;
            to.bytes(&keys.facilitator)?.bytes(&keys.participant)?;
        }
        encode_list(to.u32(key::REGISTERS)?, &self.registers)?;
        if let Some(envelope) = &self.final_snapshot {
            to.u32(key::FINAL)?.bytes(envelope)?;
        }
        to.u32(key::DOCUMENT)?.bytes(&self.document)?;
        encode_list(to.u32(key::WAITING)?, &self.waiting)?;
        to.u32(key::TITLE)?.str(&self.title)?;
        Ok(())
    }

    /// Reads a board file. Nothing in it is trusted for that: the registers' envelopes are to be verified and the
    /// document to be admitted.
    ///
    /// # Errors
    /// Says whether the file is too large, some other file, of a newer version, or damaged and where.
    pub fn read(bytes: &[u8]) -> Result<Self, BoardFileError> {
        if bytes.len() > MAX_BYTES {
            return Err(BoardFileError::TooLarge {
                bytes: bytes.len(),
                limit: MAX_BYTES,
            });
        }
        if !Self::looks_like(bytes) {
            return Err(BoardFileError::NotABoardFile);
        }
        check_head(bytes)?;
        Fields::read(bytes)?.whole()
    }
}

fn encode_list(to: &mut Encoder<&mut Vec<u8>>, items: &[Vec<u8>]) -> WriteResult {
    to.begin_array()?;
    for item in items {
        to.bytes(item)?;
    }
    to.end()?;
    Ok(())
}

/// Names the field of an error that the decoder gives.
fn at(field: &'static str) -> impl Fn(minicbor::decode::Error) -> BoardFileError {
    move |error| damaged(field, error.to_string())
}

fn damaged(field: &'static str, why: impl Into<String>) -> BoardFileError {
    BoardFileError::Damaged {
        field,
        why: why.into(),
    }
}

/// Calls `take` with each key of the map; it must read the value.
fn each_key<'b>(
    bytes: &'b [u8],
    mut take: impl FnMut(u64, &mut Decoder<'b>) -> Result<(), BoardFileError>,
) -> Result<(), BoardFileError> {
    let mut from = Decoder::new(bytes);
    from.tag().map_err(at("the first bytes"))?;
    let count = from.map().map_err(at("the first bytes"))?;
    let count = count.ok_or_else(|| damaged("the first bytes", "a map without a length"))?;
    for _ in 0..count {
        let key = from.u64().map_err(at("a key"))?;
        take(key, &mut from)?;
    }
    if from.position() != bytes.len() {
        return Err(damaged("the end", "more bytes than the file should have"));
    }
    Ok(())
}

/// Whether the file is one of ours and of a version that can be read, before anything else is looked at: a newer
/// version may have given any other field another shape.
fn check_head(bytes: &[u8]) -> Result<(), BoardFileError> {
    let (mut format, mut version) = (None, None);
    let read = each_key(bytes, |key, from| {
        if key == u64::from(key::FORMAT) {
            format = Some(from.str().map_err(at("format"))?);
        } else if key == u64::from(key::VERSION) {
            version = Some(from.u64().map_err(at("version"))?);
        } else {
            from.skip().map_err(at("the whole file"))?;
        }
        Ok(())
    });
    if format != Some(FORMAT) {
        return Err(BoardFileError::NotABoardFile);
    }
    match version {
        Some(version) if version > u64::from(VERSION) => {
            let known = VERSION;
            Err(BoardFileError::FutureVersion { version, known })
        }
        Some(0) | None => Err(damaged("version", "a number from 1 is expected")),
        Some(_) => read,
    }
}

/// The fields as far as they have been read.
#[derive(Default)]
struct Fields {
    board: Option<BoardId>,
    keys: Option<VerifyKeys>,
    title: String,
    registers: Vec<Vec<u8>>,
    final_snapshot: Option<Vec<u8>>,
    document: Option<Vec<u8>>,
    waiting: Vec<Vec<u8>>,
}

impl Fields {
    fn read(bytes: &[u8]) -> Result<Self, BoardFileError> {
        let mut fields = Self::default();
        each_key(bytes, |key, from| fields.take(key, from))?;
        Ok(fields)
    }

    fn take(&mut self, key: u64, from: &mut Decoder<'_>) -> Result<(), BoardFileError> {
        match u32::try_from(key) {
            Ok(key::BOARD) => self.board = Some(BoardId(array(from, "board_id")?)),
            Ok(key::KEYS) => self.keys = Some(keys(from)?),
            Ok(key::TITLE) => self.title = from.str().map_err(at("title"))?.into(),
            Ok(key::REGISTERS) => self.registers = list(from, "registers")?,
            Ok(key::FINAL) => self.final_snapshot = Some(from.bytes().map_err(at("final"))?.into()),
            Ok(key::DOCUMENT) => self.document = Some(from.bytes().map_err(at("document"))?.into()),
            Ok(key::WAITING) => self.waiting = list(from, "waiting")?,
            Ok(_) | Err(_) => from.skip().map_err(at("an unknown field"))?,
        }
        Ok(())
    }

    fn whole(self) -> Result<BoardFile, BoardFileError> {
        let board = self
            .board
            .ok_or_else(|| damaged("board_id", "it is missing"))?;
        let document = self
            .document
            .ok_or_else(|| damaged("document", "it is missing"))?;
        if self.keys.as_ref().is_some_and(|keys| keys.board() != board) {
            return Err(BoardFileError::KeysOfAnotherBoard);
        }
        Ok(BoardFile {
            board,
            keys: self.keys,
            title: self.title,
            registers: self.registers,
            final_snapshot: self.final_snapshot,
            document,
            waiting: self.waiting,
        })
    }
}

fn array<const N: usize>(
    from: &mut Decoder<'_>,
    field: &'static str,
) -> Result<[u8; N], BoardFileError> {
    let bytes = from.bytes().map_err(at(field))?;
    bytes
        .try_into()
        .map_err(|_| damaged(field, format!("{N} bytes are expected")))
}

fn keys(from: &mut Decoder<'_>) -> Result<VerifyKeys, BoardFileError> {
    if from.array().map_err(at("keys"))? != Some(2) {
        return Err(damaged("keys", "two keys are expected"));
    }
    Ok(VerifyKeys {
        facilitator: array(from, "keys")?,
        participant: array(from, "keys")?,
    })
}

fn list(from: &mut Decoder<'_>, field: &'static str) -> Result<Vec<Vec<u8>>, BoardFileError> {
    let mut items = Vec::new();
    for item in from.array_iter::<&ByteSlice>().map_err(at(field))? {
        if items.len() == MAX_ITEMS {
            return Err(damaged(field, format!("more than {MAX_ITEMS} items")));
        }
        items.push(item.map_err(at(field))?.to_vec());
    }
    Ok(items)
}
