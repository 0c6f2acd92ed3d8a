//! Our own strict reader of automerge's change chunk, which bounds everything before automerge sees a byte.
//!
//! Format: <https://automerge.org/automerge-binary-format-spec>. Only what Samsyn writes is taken: maps and texts,
//! scalars, 16-byte actors, no message, no extra bytes, and every column in the one form that automerge writes.
//! The limits are part of the protocol, since all devices must agree on what may enter a board.

mod bytes;
mod columns;
mod knot;
mod operations;
mod whole;

use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use sha2::{Digest, Sha256};

use crate::ids::{Actor, ChangeHash};
use bytes::{Bytes, write_unsigned};
pub(super) use knot::knot;
pub(super) use operations::{Action, OpRef, Operation, Place};
pub(super) use whole::check as check_document;

/// The largest chunk, uncompressed and with its header, in bytes.
pub const MAX_RAW: usize = 64 * 1024;
/// The most operations in one change.
pub const MAX_OPERATIONS: usize = 5_000;
/// The most predecessors that the operations of one change name together.
pub const MAX_PREDECESSORS: usize = 2 * MAX_OPERATIONS;
/// The most changes that one change may build on directly. Every later change names all loose ends there are, so
/// without a bound anybody could make that more than fits into one (see `knot`).
pub const MAX_DEPENDENCIES: usize = 256;
/// The most actors, beside its own, that one change may name.
pub const MAX_OTHER_ACTORS: usize = 64;
/// The longest key of a map, in bytes.
pub const MAX_KEY: usize = 256;
/// The highest operation counter and sequence number. Automerge counts in 32 bits.
pub const MAX_COUNTER: u64 = 1 << 31;
/// The latest commit time, in seconds since 1970.
pub const MAX_TIME: i64 = 1 << 40;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;
const COMPRESSED: u8 = 2;

/// Why bytes are not a change that may enter a board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// They end too early.
    #[error("the change is cut short")]
    CutShort,
    /// They do not begin like a chunk.
    #[error("this is not an automerge chunk")]
    NotAChunk,
    /// They are a chunk of another type.
    #[error("a chunk of type {0} is not a change")]
    NotAChange(u8),
    /// They are a chunk of another type, and should be a document.
    #[error("a chunk of type {0} is not a document")]
    NotADocument(u8),
    /// Something follows the change.
    #[error("the change has bytes after its end")]
    Leftover,
    /// They do not hash to what they say.
    #[error("the checksum is wrong")]
    Checksum,
    /// They are more than `MAX_RAW`, or would be when inflated.
    #[error("the change is larger than {MAX_RAW} bytes")]
    TooLarge,
    /// They cannot be inflated.
    #[error("the change cannot be inflated")]
    Deflate,
    /// They hold more than `MAX_OPERATIONS`.
    #[error("the change has more than {MAX_OPERATIONS} operations")]
    TooManyOperations,
    /// They build on more than `MAX_DEPENDENCIES`.
    #[error("the change builds on more than {MAX_DEPENDENCIES} others")]
    TooManyDependencies,
    /// They name more than `MAX_OTHER_ACTORS`.
    #[error("the change names more than {MAX_OTHER_ACTORS} other actors")]
    TooManyActors,
    /// Something in them breaks the format.
    #[error("the change is malformed: {0}")]
    Malformed(&'static str),
    /// Something in them is written in another form than automerge writes.
    #[error("the change is not in canonical form: {0}")]
    NotCanonical(&'static str),
    /// They hold something that Samsyn never writes.
    #[error("boards do not take this: {0}")]
    Forbidden(&'static str),
}

/// Bytes that are not a change that may enter a board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Unreadable {
    /// Their hash, where the checksum was right: what builds on them can be told from what waits.
    pub hash: Option<ChangeHash>,
    /// What is wrong.
    pub error: ChunkError,
}

impl From<ChunkError> for Unreadable {
    fn from(error: ChunkError) -> Self {
        Self { hash: None, error }
    }
}

/// A change that is well formed. Whether it fits the board is for admission to say.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Its hash.
    pub hash: ChangeHash,
    /// It, uncompressed.
    pub raw: Vec<u8>,
    /// What it was made upon.
    pub deps: Vec<ChangeHash>,
    /// Who made it.
    pub actor: Actor,
    /// The how-manieth of its actor's changes it is, from 1.
    pub seq: u64,
    /// The counter of its first operation.
    pub start_op: u64,
    /// The other actors it names, ascending.
    pub other_actors: Vec<Actor>,
    /// Its operations; none if it only ties its dependencies together.
    pub operations: Vec<Operation>,
}

impl Chunk {
    /// The counter of its last operation; without any, of the last before it.
    #[must_use]
    pub const fn max_op(&self) -> u64 {
        self.start_op + self.operations.len() as u64 - 1
    }
}

/// Reads one chunk, a change or a compressed change.
///
/// # Errors
/// The first thing in it that is wrong, too large or never written by Samsyn.
pub fn read(bytes: &[u8]) -> Result<Chunk, Unreadable> {
    let (checksum, kind, data) = header(bytes)?;
    match kind {
        CHANGE => body(checksum, data),
        COMPRESSED => body(checksum, &inflated(data)?),
        other => Err(ChunkError::NotAChange(other).into()),
    }
}

fn header(bytes: &[u8]) -> Result<([u8; 4], u8, &[u8]), ChunkError> {
    if bytes.len() > MAX_RAW {
        return Err(ChunkError::TooLarge);
    }
    let mut rest = Bytes(bytes);
    if rest.array()? != MAGIC {
        return Err(ChunkError::NotAChunk);
    }
    let checksum: [u8; 4] = rest.array()?;
    let [kind] = rest.array()?;
    let length = rest.unsigned()?;
    let data = rest.take(length)?;
    if rest.is_empty() {
        Ok((checksum, kind, data))
    } else {
        Err(ChunkError::Leftover)
    }
}

/// The hash of the change with this content, and its chunk.
fn framed(content: &[u8]) -> (ChangeHash, Vec<u8>) {
    let mut head = vec![CHANGE];
    write_unsigned(&mut head, content.len() as u64);
    let mut sha = Sha256::new();
    sha.update(&head);
    sha.update(content);
    let hash: [u8; 32] = sha.finalize().into();
    let checksum = hash.get(..4).unwrap_or_default();
    let raw = [&MAGIC, checksum, head.as_slice(), content].concat();
    (ChangeHash(hash), raw)
}

fn inflated(data: &[u8]) -> Result<Vec<u8>, ChunkError> {
    decompress_to_vec_with_limit(data, MAX_RAW).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            ChunkError::TooLarge
        } else {
            ChunkError::Deflate
        }
    })
}

fn body(checksum: [u8; 4], data: &[u8]) -> Result<Chunk, Unreadable> {
    let (hash, raw) = framed(data);
    if hash.0.first_chunk() != Some(&checksum) {
        return Err(ChunkError::Checksum.into());
    }
    let chunk = if raw.len() > MAX_RAW {
        Err(ChunkError::TooLarge)
    } else {
        fields(hash, raw, Bytes(data))
    };
    let hash = Some(hash);
    chunk.map_err(|error| Unreadable { hash, error })
}

fn fields(hash: ChangeHash, raw: Vec<u8>, mut data: Bytes<'_>) -> Result<Chunk, ChunkError> {
    let deps = deps(&mut data)?;
    let actor = actor(&mut data)?;
    let seq = counter(&mut data)?;
    let start_op = counter(&mut data)?;
    if !(0..=MAX_TIME).contains(&data.signed()?) {
        return Err(ChunkError::Forbidden("a commit time beyond all calendars"));
    }
    if data.unsigned()? != 0 {
        return Err(ChunkError::Forbidden("a commit message"));
    }
    let other_actors = other_actors(&mut data, actor)?;
    let operations = operations::read(data, start_op, &actor, &other_actors)?;
    Ok(Chunk {
        hash,
        raw,
        deps,
        actor,
        seq,
        start_op,
        other_actors,
        operations,
    })
}

fn counter(data: &mut Bytes<'_>) -> Result<u64, ChunkError> {
    let value = data.unsigned()?;
    if (1..=MAX_COUNTER).contains(&value) {
        Ok(value)
    } else {
        Err(ChunkError::Malformed("counter"))
    }
}

fn deps(data: &mut Bytes<'_>) -> Result<Vec<ChangeHash>, ChunkError> {
    let count = data.unsigned()?;
    if count > MAX_DEPENDENCIES as u64 {
        return Err(ChunkError::TooManyDependencies);
    }
    let mut deps: Vec<ChangeHash> = Vec::new();
    for _ in 0..count {
        let dep = ChangeHash(data.array()?);
        if deps.last().is_some_and(|last| *last >= dep) {
            return Err(ChunkError::NotCanonical("dependencies"));
        }
        deps.push(dep);
    }
    Ok(deps)
}

fn actor(data: &mut Bytes<'_>) -> Result<Actor, ChunkError> {
    if data.unsigned()? == Actor::LENGTH as u64 {
        Ok(Actor(data.array()?))
    } else {
        Err(ChunkError::Forbidden("an actor that is not 16 bytes"))
    }
}

fn other_actors(data: &mut Bytes<'_>, own: Actor) -> Result<Vec<Actor>, ChunkError> {
    let count = data.unsigned()?;
    if count > MAX_OTHER_ACTORS as u64 {
        return Err(ChunkError::TooManyActors);
    }
    let mut actors: Vec<Actor> = Vec::new();
    for _ in 0..count {
        let other = actor(data)?;
        if other == own || actors.last().is_some_and(|last| *last >= other) {
            return Err(ChunkError::NotCanonical("actors"));
        }
        actors.push(other);
    }
    Ok(actors)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::board::{genesis, home};
    use crate::ids::BoardId;

    #[test]
    fn genesis_and_homes_are_read() {
        let first = read(genesis::CHUNK).unwrap();
        assert_eq!(
            (first.hash, first.max_op()),
            (genesis::HASH, genesis::HOMES)
        );
        let (hash, chunk) = home::change(&BoardId([3; 32]));
        let home = read(&chunk).unwrap();
        assert_eq!((home.hash, home.max_op()), (hash, home::MAX_OP));
        assert_eq!(home.deps, [genesis::HASH]);
        assert_eq!(home.raw, chunk);
        assert_eq!(home.operations.len(), 12);
    }

    #[test]
    fn every_single_bit_is_guarded() {
        let (_, chunk) = home::change(&BoardId([3; 32]));
        for at in 0..chunk.len() * 8 {
            let mut broken = chunk.clone();
            broken[at / 8] ^= 1 << (at % 8);
            assert!(read(&broken).is_err(), "bit {at}");
        }
        for end in 0..chunk.len() {
            assert!(read(&chunk[..end]).is_err());
        }
    }
}
