//! How things lie in IndexedDB: keys and row formats, each row beginning with the version of its format.
//!
//! Pure. Reading is strict and never destroys: a row that cannot be read is reported and left where it is.

use samsyn_shared::board::Draft;
use samsyn_shared::ids::{
    Actor, BoardId, Chain, ChangeHash, EnvelopeHash, Epoch, PersonId, Seq, Slot, TextId,
};
use samsyn_shared::seal::{Role, VerifyKeys};
use std::collections::BTreeMap;

use samsyn_shared::sync::session::{
    ChunkState, FinalSnapshot, Frontier, OutboxContent, OutboxEntry, StoreWrite,
};
use samsyn_shared::time::UnixMillis;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::core::messages::{BoardCard, StorageFailure};
use crate::worker::lease::Lease;
use crate::worker::writes::{Op, Shelf};

/// The version of the database: which stores there are.
pub const DATABASE_VERSION: u32 = 1;
/// The version of the rows' format, their first byte.
const ROW_VERSION: u8 = 1;

/// A board of this device: its secret, and what the start screen shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardRow {
    /// The title as last seen.
    pub title: String,
    /// The code of the mightiest link that this device was given.
    pub link: String,
    /// What that link lets it do.
    pub role: Role,
    /// This device's person on this board.
    pub me: PersonId,
    /// The facilitator's and the participants' verify keys, where an observer has learnt them.
    pub verify_keys: Option<([u8; 32], [u8; 32])>,
    /// When it was last opened here.
    pub opened: UnixMillis,
    /// How many changes and drafts only this device had when that was last known.
    pub unshared: u32,
    /// When everything was last shared.
    pub last_shared: Option<UnixMillis>,
}

impl BoardRow {
    /// The card of the start screen.
    #[must_use]
    pub fn card(&self, board: BoardId) -> BoardCard {
        BoardCard {
            board,
            title: self.title.clone(),
            role: self.role,
            opened: self.opened,
            unshared: self.unshared,
        }
    }

    /// The verify keys, if they were learnt.
    #[must_use]
    pub fn keys(&self) -> Option<VerifyKeys> {
        self.verify_keys
            .map(|(facilitator, participant)| VerifyKeys {
                facilitator,
                participant,
            })
    }
}

#[derive(Serialize, Deserialize)]
struct FrontierRow {
    epoch: Epoch,
    cursor: Seq,
    chain: Chain,
    relay_heads: Vec<ChangeHash>,
    logged: Vec<ChangeHash>,
    must_refill: bool,
}

#[derive(Serialize, Deserialize)]
struct OutboxRow {
    order: u64,
    content: OutboxRowContent,
    bytes: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
enum OutboxRowContent {
    Changes(Vec<ChangeHash>),
    Register(Slot),
}

#[derive(Serialize, Deserialize)]
struct DraftRow {
    base: String,
    own: String,
}

/// Why a row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowError {
    /// A newer version of the app wrote it.
    Newer,
    /// It is not what was written.
    Damaged,
}

impl From<RowError> for StorageFailure {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Newer => Self::Newer,
            RowError::Damaged => Self::Damaged,
        }
    }
}

/// The bytes of a row.
#[must_use]
pub fn encode<T: Serialize>(row: &T) -> Vec<u8> {
    // Writing these plain structs into a growing vector has no way to fail; an empty row reads back as damaged.
    postcard::to_extend(row, vec![ROW_VERSION]).unwrap_or_default()
}

/// Reads a row back.
///
/// # Errors
/// If it is of a newer version, or damaged.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RowError> {
    match bytes.split_first() {
        Some((&ROW_VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| RowError::Damaged),
        Some((version, _)) if *version > ROW_VERSION => Err(RowError::Newer),
        Some(_) | None => Err(RowError::Damaged),
    }
}

/// The key of what there is one of for a board.
#[must_use]
pub fn board_key(board: BoardId) -> String {
    board.to_string()
}

fn key(board: BoardId, rest: impl std::fmt::Display) -> String {
    format!("{board}/{rest}")
}

/// First and last key of a board's rows; `0` follows `/`.
#[must_use]
pub fn key_range(board: BoardId) -> (String, String) {
    (format!("{board}/"), format!("{board}0"))
}

/// The board that a key of the stores with one row for each board names.
#[must_use]
pub fn board_of(key: &str) -> Option<BoardId> {
    key.parse().ok()
}

/// The part of a key after the board.
fn tail(key: &str) -> &str {
    key.split_once('/').map_or("", |(_, tail)| tail)
}

/// Writes the board's own row.
#[must_use]
pub fn put_board(board: BoardId, row: &BoardRow) -> Op {
    Op::Put {
        shelf: Shelf::Boards,
        key: board_key(board),
        value: encode(row),
    }
}

/// Notes an actor of this device; in rows of their own, so that tabs never overwrite each other's.
#[must_use]
pub fn put_actor(board: BoardId, actor: Actor) -> Op {
    Op::Put {
        shelf: Shelf::Boards,
        key: key(board, format_args!("actor/{actor}")),
        value: encode(&()),
    }
}

/// Writes the lease.
#[must_use]
pub fn put_lease(board: BoardId, lease: &Lease) -> Op {
    Op::Put {
        shelf: Shelf::Lease,
        key: board_key(board),
        value: encode(lease),
    }
}

/// Journals a draft.
#[must_use]
pub fn put_draft(board: BoardId, draft: &Draft) -> Op {
    let row = DraftRow {
        base: draft.base.clone(),
        own: draft.own.clone(),
    };
    Op::Put {
        shelf: Shelf::Drafts,
        key: key(board, draft.text),
        value: encode(&row),
    }
}

/// Removes a draft.
#[must_use]
pub fn delete_draft(board: BoardId, text: TextId) -> Op {
    Op::Delete {
        shelf: Shelf::Drafts,
        key: key(board, text),
    }
}

/// Reads a journalled draft back; its base has no revision any more.
///
/// # Errors
/// If the row cannot be read.
pub fn draft(key: &str, bytes: &[u8]) -> Result<Draft, RowError> {
    let text = tail(key).parse().map_err(|_| RowError::Damaged)?;
    let row: DraftRow = decode(bytes)?;
    Ok(Draft {
        text,
        base_revision: None,
        base: row.base,
        own: row.own,
        edits: Vec::new(),
    })
}

/// Stores a chunk with its state. The state lies in a row of its own, so that it can change without the bytes;
/// an applied chunk has none.
pub fn put_chunk(
    board: BoardId,
    hash: ChangeHash,
    bytes: &[u8],
    state: ChunkState,
    ops: &mut Vec<Op>,
) {
    if !bytes.is_empty() {
        ops.push(Op::Put {
            shelf: Shelf::Chunks,
            key: chunk_key(board, hash),
            value: bytes.to_vec(),
        });
    }
    let key = state_key(board, hash);
    ops.push(match state {
        ChunkState::Applied => Op::Delete {
            shelf: Shelf::Chunks,
            key,
        },
        ChunkState::Waiting => Op::Put {
            shelf: Shelf::Chunks,
            key,
            value: vec![WAITING],
        },
        ChunkState::Held => Op::Put {
            shelf: Shelf::Chunks,
            key,
            value: vec![HELD],
        },
    });
}

fn chunk_key(board: BoardId, hash: ChangeHash) -> String {
    key(board, format_args!("chunk/{hash}"))
}

fn state_key(board: BoardId, hash: ChangeHash) -> String {
    key(board, format_args!("state/{hash}"))
}

const WAITING: u8 = 1;
const HELD: u8 = 2;

/// What a row among the chunks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkRow {
    /// A piece of the snapshot that the board was finished with: 0 is its list and how many parts there are.
    Final(u16),
    /// The bytes of a chunk.
    Bytes(ChangeHash),
    /// The state of one that is not applied.
    State(ChangeHash, ChunkState),
}

/// Reads a row among the chunks.
///
/// # Errors
/// If its key or state is none.
pub fn chunk(key: &str, value: &[u8]) -> Result<ChunkRow, RowError> {
    let (kind, rest) = tail(key).split_once('/').ok_or(RowError::Damaged)?;
    if kind == FINAL {
        let place = rest.parse().map_err(|_| RowError::Damaged)?;
        return Ok(ChunkRow::Final(place));
    }
    let hash = rest.parse().map_err(|_| RowError::Damaged)?;
    match (kind, value) {
        ("chunk", _) => Ok(ChunkRow::Bytes(hash)),
        ("state", [WAITING]) => Ok(ChunkRow::State(hash, ChunkState::Waiting)),
        ("state", [HELD]) => Ok(ChunkRow::State(hash, ChunkState::Held)),
        _ => Err(RowError::Damaged),
    }
}

const FINAL: &str = "final";

fn put_final(board: BoardId, snapshot: FinalSnapshot, ops: &mut Vec<Op>) {
    let put = |place: u16, value: Vec<u8>| Op::Put {
        shelf: Shelf::Chunks,
        key: key(board, format_args!("{FINAL}/{place}")),
        value,
    };
    let count = u16::try_from(snapshot.parts.len()).unwrap_or(u16::MAX);
    ops.push(put(0, encode(&(snapshot.envelope, count))));
    let parts = (1_u16..).zip(snapshot.parts);
    ops.extend(parts.map(|(place, part)| put(place, part)));
}

/// Reads a final snapshot back from its pieces. Pieces of a former one that was longer are left out.
///
/// # Errors
/// If its list cannot be read. A missing part leaves it without any, and it is fetched again.
pub fn final_snapshot(pieces: &BTreeMap<u16, Vec<u8>>) -> Result<Option<FinalSnapshot>, RowError> {
    let Some(list) = pieces.get(&0) else {
        return Ok(None);
    };
    let (envelope, count): (Vec<u8>, u16) = decode(list)?;
    let parts: Option<Vec<Vec<u8>>> = (1..=count).map(|it| pieces.get(&it).cloned()).collect();
    let parts = parts.unwrap_or_default();
    Ok(Some(FinalSnapshot { envelope, parts }))
}

/// Reads the frontier back.
///
/// # Errors
/// If the row cannot be read.
pub fn frontier(bytes: &[u8]) -> Result<Frontier, RowError> {
    let row: FrontierRow = decode(bytes)?;
    let FrontierRow {
        epoch,
        cursor,
        chain,
        relay_heads,
        logged,
        must_refill,
    } = row;
    Ok(Frontier {
        epoch,
        cursor,
        chain,
        relay_heads,
        logged,
        must_refill,
    })
}

fn put_frontier(board: BoardId, frontier: Frontier) -> Op {
    let Frontier {
        epoch,
        cursor,
        chain,
        relay_heads,
        logged,
        must_refill,
    } = frontier;
    let row = FrontierRow {
        epoch,
        cursor,
        chain,
        relay_heads,
        logged,
        must_refill,
    };
    Op::Put {
        shelf: Shelf::Frontier,
        key: board_key(board),
        value: encode(&row),
    }
}

/// Reads an outbox entry back.
///
/// # Errors
/// If the row cannot be read.
pub fn outbox(key: &str, bytes: &[u8]) -> Result<OutboxEntry, RowError> {
    let hash = tail(key).parse().map_err(|_| RowError::Damaged)?;
    let row: OutboxRow = decode(bytes)?;
    let content = match row.content {
        OutboxRowContent::Changes(changes) => OutboxContent::Changes(changes),
        OutboxRowContent::Register(slot) => OutboxContent::Register(slot),
    };
    Ok(OutboxEntry {
        hash,
        order: row.order,
        content,
        bytes: row.bytes,
    })
}

fn put_outbox(board: BoardId, entry: OutboxEntry) -> Op {
    let content = match entry.content {
        OutboxContent::Changes(changes) => OutboxRowContent::Changes(changes),
        OutboxContent::Register(slot) => OutboxRowContent::Register(slot),
    };
    let row = OutboxRow {
        order: entry.order,
        content,
        bytes: entry.bytes,
    };
    Op::Put {
        shelf: Shelf::Outbox,
        key: key(board, entry.hash),
        value: encode(&row),
    }
}

/// The steps of a session's transaction. The verify keys in it go into the board's own row, by the caller.
#[must_use]
pub fn session_ops(board: BoardId, write: StoreWrite) -> Vec<Op> {
    let mut ops = Vec::new();
    for chunk in write.chunks {
        put_chunk(board, chunk.hash, &chunk.bytes, chunk.state, &mut ops);
    }
    if let Some(snapshot) = write.final_snapshot {
        put_final(board, snapshot, &mut ops);
    }
    for hash in write.dropped {
        ops.push(Op::Delete {
            shelf: Shelf::Chunks,
            key: chunk_key(board, hash),
        });
        ops.push(Op::Delete {
            shelf: Shelf::Chunks,
            key: state_key(board, hash),
        });
    }
    ops.extend(write.frontier.map(|frontier| put_frontier(board, frontier)));
    ops.extend(
        write
            .outbox_put
            .into_iter()
            .map(|entry| put_outbox(board, entry)),
    );
    ops.extend(
        write
            .outbox_remove
            .into_iter()
            .map(|hash: EnvelopeHash| Op::Delete {
                shelf: Shelf::Outbox,
                key: key(board, hash),
            }),
    );
    ops.extend(write.registers.into_iter().map(|(slot, value)| Op::Put {
        shelf: Shelf::Registers,
        key: key(board, slot),
        value,
    }));
    ops
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: BoardId = BoardId([0xab; 32]);

    fn only(op: Op) -> (String, Vec<u8>) {
        match op {
            Op::Put { key, value, .. } => (key, value),
            Op::Delete { .. } | Op::Forget(_) => panic!("a put was expected"),
        }
    }

    #[test]
    fn a_draft_comes_back_from_its_row() {
        let kept = Draft {
            text: TextId([3; 16]),
            base_revision: Some(9),
            base: "Vi lyssnar".into(),
            own: "Vi lyssnar färdigt 🫶".into(),
            edits: Vec::new(),
        };
        let (key, value) = only(put_draft(BOARD, &kept));
        let back = draft(&key, &value).unwrap();
        assert_eq!(
            back,
            Draft {
                base_revision: None,
                ..kept
            }
        );
    }

    #[test]
    fn a_row_of_a_newer_version_is_not_called_damaged() {
        assert_eq!(
            decode::<BoardRow>(&[ROW_VERSION + 1, 1, 2]),
            Err(RowError::Newer)
        );
        assert_eq!(
            decode::<BoardRow>(&[ROW_VERSION, 0xff]),
            Err(RowError::Damaged)
        );
        assert_eq!(decode::<BoardRow>(&[]), Err(RowError::Damaged));
    }

    #[test]
    fn a_chunk_changes_its_state_without_its_bytes() {
        let hash = ChangeHash([5; 32]);
        let mut ops = Vec::new();
        put_chunk(BOARD, hash, b"bytes", ChunkState::Waiting, &mut ops);
        let rows: Vec<_> = ops.drain(..).map(only).collect();
        let read: Vec<_> = rows
            .iter()
            .map(|(key, value)| chunk(key, value).unwrap())
            .collect();
        assert_eq!(
            read,
            [
                ChunkRow::Bytes(hash),
                ChunkRow::State(hash, ChunkState::Waiting)
            ]
        );
        put_chunk(BOARD, hash, b"", ChunkState::Applied, &mut ops);
        let state = Op::Delete {
            shelf: Shelf::Chunks,
            key: rows[1].0.clone(),
        };
        assert_eq!(ops, [state], "the bytes stay");
    }

    #[test]
    fn a_sessions_transaction_comes_back_as_it_was_written() {
        let entry = OutboxEntry {
            hash: EnvelopeHash([1; 32]),
            order: 7,
            content: OutboxContent::Changes(vec![ChangeHash([2; 32])]),
            bytes: vec![1, 2, 3],
        };
        let at = Frontier {
            epoch: Epoch([4; 16]),
            cursor: Seq(12),
            chain: Chain([5; 32]),
            relay_heads: vec![ChangeHash([2; 32])],
            logged: vec![ChangeHash([3; 32])],
            must_refill: true,
        };
        let write = StoreWrite {
            frontier: Some(at.clone()),
            outbox_put: vec![entry.clone()],
            ..StoreWrite::default()
        };
        let rows: Vec<_> = session_ops(BOARD, write).into_iter().map(only).collect();
        assert_eq!(frontier(&rows[0].1), Ok(at));
        assert_eq!(outbox(&rows[1].0, &rows[1].1), Ok(entry));
    }

    #[test]
    fn a_boards_rows_lie_between_its_two_keys() {
        let (from, to) = key_range(BOARD);
        let inside = chunk_key(BOARD, ChangeHash([0xff; 32]));
        assert!(from < inside && inside < to);
        let mut next = [0xab; 32];
        next[31] = 0xac;
        assert!(to < chunk_key(BoardId(next), ChangeHash([0; 32])));
    }
}
