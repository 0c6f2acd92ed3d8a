//! How a log is laid out in rows: keys, values, and their strict readers.
//!
//! Everything is in one tree, so that a group is one atomic batch. Kinds of keys, by their first byte:
//!
//! | key | value |
//! |---|---|
//! | `f` | format version, one byte |
//! | `m` board | epoch 16, facilitator key 32, participant key 32, last seq 8, chain 32, bytes 8 |
//! | `e` board, seq 8, part 2 | part 0: prev 8, chain 32, length 4, first bytes; further parts: the next bytes |
//! | `h` board, envelope hash | seq 8 |
//! | `r` board, slot | seq 8 |
//! | `u` board | first day of use 4 (0: not known), last day of use 4, in days since 1970-01-01 |
//! | `p` board | day on which it was taken out 4; the board has no other rows |
//! | `s` board | one or two generations, each: covers 8, chain 32, manifest's seq 8 and hash 32, parts 2, bytes 8 |
//! | `b` board, manifest's hash, index 2, piece 2 | bytes of a snapshot's part |
//!
//! Numbers are big-endian. An envelope is cut into parts because sled moves a page over 128 KiB out of its log
//! into a file of its own, which it may leak; 17 full parts, the most that share a page, stay below that.

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq, Slot};

use crate::log::{Day, Keys, Meta, Start, Stored, Used};

/// The layout above, without `s` and `b`.
pub const FORMAT: u8 = 1;
/// The layout above. Written with the first snapshot: who does not know of them would find entries missing.
pub const FORMAT_WITH_GENERATIONS: u8 = 2;
/// Where the format version is.
pub const FORMAT_KEY: &[u8] = b"f";
/// Most envelope bytes in one row.
pub const PART: usize = 6 * 1024;

/// First row of an entry, without its envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the entry before; 0 if it is the first.
    pub prev: Seq,
    /// The chain up to and with this entry.
    pub chain: Chain,
    /// Length of the whole envelope in bytes.
    pub length: usize,
}

fn key(kind: u8, board: &BoardId, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(75);
    key.push(kind);
    key.extend_from_slice(board.as_bytes());
    for part in rest {
        key.extend_from_slice(part);
    }
    key
}

/// Prefix of all boards' states.
pub const META_PREFIX: &[u8] = b"m";

/// Key of a board's state.
pub fn meta_key(board: &BoardId) -> Vec<u8> {
    key(b'm', board, &[])
}

/// Key of one part of an entry.
pub fn entry_key(board: &BoardId, seq: Seq, part: u16) -> Vec<u8> {
    key(b'e', board, &[&seq.0.to_be_bytes(), &part.to_be_bytes()])
}

/// Key of the row that finds an entry by its envelope's hash.
pub fn hash_key(board: &BoardId, hash: &EnvelopeHash) -> Vec<u8> {
    key(b'h', board, &[hash.as_bytes()])
}

/// Prefix of a board's slots.
pub fn register_prefix(board: &BoardId) -> Vec<u8> {
    key(b'r', board, &[])
}

/// Key of the row that says which entry fills a slot.
pub fn register_key(board: &BoardId, slot: &Slot) -> Vec<u8> {
    key(b'r', board, &[slot.as_bytes()])
}

/// Key of the row that says when a board was used.
pub fn used_key(board: &BoardId) -> Vec<u8> {
    key(b'u', board, &[])
}

/// Prefix of the markers of boards that were taken out.
pub const PRUNED_PREFIX: &[u8] = b"p";

/// Key of the marker of a board that was taken out.
pub fn pruned_key(board: &BoardId) -> Vec<u8> {
    key(b'p', board, &[])
}

/// The board in a marker's key.
pub fn read_pruned_key(key: &[u8]) -> Option<BoardId> {
    BoardId::try_from(key.strip_prefix(PRUNED_PREFIX)?).ok()
}

/// Prefixes of all rows of a board but the marker.
pub fn prefixes(board: &BoardId) -> [Vec<u8>; 7] {
    [b'm', b'e', b'h', b'r', b'u', b's', b'b'].map(|kind| key(kind, board, &[]))
}

/// Key of a board's generations.
pub fn starts_key(board: &BoardId) -> Vec<u8> {
    key(b's', board, &[])
}

/// Prefix of a board's parts of snapshots.
pub fn parts_prefix(board: &BoardId) -> Vec<u8> {
    key(b'b', board, &[])
}

/// Prefix of the parts of one snapshot.
pub fn manifest_prefix(board: &BoardId, manifest: &EnvelopeHash) -> Vec<u8> {
    key(b'b', board, &[manifest.as_bytes()])
}

/// Key of one piece of a part.
pub fn part_key(board: &BoardId, manifest: &EnvelopeHash, index: u16, piece: u16) -> Vec<u8> {
    let (index, piece) = (index.to_be_bytes(), piece.to_be_bytes());
    key(b'b', board, &[manifest.as_bytes(), &index, &piece])
}

/// The snapshot in a part's key.
pub fn read_part_key(key: &[u8]) -> Option<EnvelopeHash> {
    let mut rest = Reader(key.get(1 + BoardId::LENGTH..)?);
    rest.take().map(EnvelopeHash)
}

/// A board's generations as a value.
pub fn write_starts(starts: &[Start]) -> Vec<u8> {
    let mut row = Vec::new();
    for start in starts {
        let stored = start.snapshot.unwrap_or(Stored {
            manifest: Seq(0),
            hash: EnvelopeHash([0; 32]),
            parts: 0,
            bytes: 0,
        });
        row.extend_from_slice(&write_seq(start.covers));
        row.extend_from_slice(start.chain.as_bytes());
        row.extend_from_slice(&write_seq(stored.manifest));
        row.extend_from_slice(stored.hash.as_bytes());
        row.extend_from_slice(&stored.parts.to_be_bytes());
        row.extend_from_slice(&stored.bytes.to_be_bytes());
    }
    row
}

/// A value that is a board's generations.
pub fn read_starts(value: &[u8]) -> Option<Vec<Start>> {
    let mut rest = Reader(value);
    let mut starts = Vec::new();
    while !rest.0.is_empty() {
        let (covers, chain) = (rest.seq()?, Chain(rest.take()?));
        let stored = Stored {
            manifest: rest.seq()?,
            hash: EnvelopeHash(rest.take()?),
            parts: u16::from_be_bytes(rest.take()?),
            bytes: u64::from_be_bytes(rest.take()?),
        };
        starts.push(Start {
            covers,
            chain,
            snapshot: (stored.manifest > Seq(0)).then_some(stored),
        });
    }
    Some(starts)
}

/// A day as a value.
pub fn write_day(day: Day) -> [u8; 4] {
    day.0.to_be_bytes()
}

/// A value that is a day.
pub fn read_day(value: &[u8]) -> Option<Day> {
    Some(Day(u32::from_be_bytes(value.try_into().ok()?)))
}

/// A board's use as a value.
pub fn write_used(used: &Used) -> [u8; 8] {
    let first = used.first.map_or(0, |day| day.0);
    (u64::from(first) << 32 | u64::from(used.last.0)).to_be_bytes()
}

/// A value that is a board's use.
pub fn read_used(value: &[u8]) -> Option<Used> {
    let mut rest = Reader(value);
    let mut day = || rest.take().map(u32::from_be_bytes).map(Day);
    let (first, last) = (day()?, day()?);
    let first = Some(first).filter(|day| day.0 > 0);
    rest.0.is_empty().then_some(Used { first, last })
}

/// The board in a state's key.
pub fn read_meta_key(key: &[u8]) -> Option<BoardId> {
    BoardId::try_from(key.strip_prefix(META_PREFIX)?).ok()
}

/// The number and part in an entry's key.
pub fn read_entry_key(key: &[u8]) -> Option<(Seq, u16)> {
    let mut rest = Reader(key.get(1 + BoardId::LENGTH..)?);
    let position = (rest.seq()?, u16::from_be_bytes(rest.take()?));
    rest.0.is_empty().then_some(position)
}

/// The slot in a register's key.
pub fn read_register_key(key: &[u8]) -> Option<Slot> {
    Slot::try_from(key.get(1 + BoardId::LENGTH..)?).ok()
}

/// A number as a value.
pub fn write_seq(seq: Seq) -> [u8; 8] {
    seq.0.to_be_bytes()
}

/// A value that is a number.
pub fn read_seq(value: &[u8]) -> Option<Seq> {
    Some(Seq(u64::from_be_bytes(value.try_into().ok()?)))
}

/// A board's state as a value.
pub fn write_meta(meta: &Meta) -> Vec<u8> {
    [
        meta.epoch.as_bytes().as_slice(),
        &meta.keys.facilitator,
        &meta.keys.participant,
        &write_seq(meta.last),
        meta.chain.as_bytes(),
        &meta.bytes.to_be_bytes(),
    ]
    .concat()
}

/// A value that is a board's state.
pub fn read_meta(value: &[u8]) -> Option<Meta> {
    let mut rest = Reader(value);
    let meta = Meta {
        epoch: Epoch(rest.take()?),
        keys: Keys {
            facilitator: rest.take()?,
            participant: rest.take()?,
        },
        last: rest.seq()?,
        chain: Chain(rest.take()?),
        bytes: u64::from_be_bytes(rest.take()?),
    };
    rest.0.is_empty().then_some(meta)
}

/// The rows of an entry: part number and value.
pub fn write_entry(
    prev: Seq,
    chain: &Chain,
    envelope: &[u8],
) -> impl Iterator<Item = (u16, Vec<u8>)> {
    let length = u32::try_from(envelope.len()).unwrap_or(u32::MAX);
    let head = [
        write_seq(prev).as_slice(),
        chain.as_bytes(),
        &length.to_be_bytes(),
    ]
    .concat();
    let (first, rest) = envelope.split_at(envelope.len().min(PART));
    let first = [head.as_slice(), first].concat();
    let rest = rest.chunks(PART).map(<[u8]>::to_vec);
    (0..).zip(std::iter::once(first).chain(rest))
}

/// The first row of an entry: its head and the first bytes of the envelope.
pub fn read_head(value: &[u8]) -> Option<(Head, &[u8])> {
    let mut rest = Reader(value);
    let head = Head {
        prev: rest.seq()?,
        chain: Chain(rest.take()?),
        length: usize::try_from(u32::from_be_bytes(rest.take()?)).ok()?,
    };
    Some((head, rest.0))
}

/// Takes fixed fields off the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn seq(&mut self) -> Option<Seq> {
        self.take().map(u64::from_be_bytes).map(Seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_sort_by_board_then_number_then_part() {
        let (a, b) = (BoardId([1; 32]), BoardId([2; 32]));
        let keys = [
            entry_key(&a, Seq(1), 0),
            entry_key(&a, Seq(1), 300),
            entry_key(&a, Seq(255), 0),
            entry_key(&a, Seq(256), 0),
            entry_key(&b, Seq(1), 0),
        ];
        assert!(keys.is_sorted());
        assert_eq!(read_entry_key(&keys[1]), Some((Seq(1), 300)));
    }

    #[test]
    fn a_cut_or_padded_row_is_no_row() {
        let meta = Meta {
            epoch: Epoch([1; 16]),
            keys: Keys {
                facilitator: [2; 32],
                participant: [3; 32],
            },
            last: Seq(4),
            chain: Chain([5; 32]),
            bytes: 6,
        };
        let mut row = write_meta(&meta);
        assert_eq!(read_meta(&row), Some(meta));
        assert_eq!(read_meta(&row[1..]), None);
        row.push(0);
        assert_eq!(read_meta(&row), None);
        assert_eq!(read_head(&[0; 43]), None);
        assert_eq!(read_seq(&[0; 7]), None);
    }
}
