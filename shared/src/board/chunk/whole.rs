//! Our own look at automerge's document chunk, before automerge loads what a stranger has saved.
//!
//! Format: <https://automerge.org/automerge-binary-format-spec>. Automerge believes the columns of a document: it
//! inflates them without bound, unfolds their runs, and panics where they end too early. So all columns are counted
//! and walked through here first, and must be of the lengths, and name only the actors and changes, that they can.
//! What their changes do to the board is for admission to say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::bytes::Bytes;
use super::{ChunkError, MAGIC, MAX_COUNTER, MAX_TIME};
use crate::ids::Actor;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use sha2::{Digest, Sha256};

/// The most operations of a document, and the most that they supersede.
pub const MAX_DOCUMENT_OPERATIONS: u64 = 2_000_000;
/// The most changes of a document, and the most that they build on.
pub const MAX_DOCUMENT_CHANGES: u64 = 1_000_000;
/// The most bytes of its columns, inflated.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

const DOCUMENT: u8 = 0;
/// The bit of a column's number that says that it is deflated.
const DEFLATED: u64 = 8;

/// The columns that Samsyn's changes lead to, in their order.
const CHANGE_COLUMNS: [u64; 7] = [
    change::ACTOR,
    change::SEQ,
    change::MAX_OP,
    change::TIME,
    change::DEPS,
    change::DEP,
    change::EXTRA,
];

mod change {
    pub(super) const ACTOR: u64 = 0x01;
    pub(super) const SEQ: u64 = 0x03;
    pub(super) const MAX_OP: u64 = 0x13;
    pub(super) const TIME: u64 = 0x23;
    pub(super) const DEPS: u64 = 0x40;
    pub(super) const DEP: u64 = 0x43;
    pub(super) const EXTRA: u64 = 0x56;
}

mod op {
    pub(super) const OBJECT_ACTOR: u64 = 0x01;
    pub(super) const OBJECT: u64 = 0x02;
    pub(super) const KEY_ACTOR: u64 = 0x11;
    pub(super) const KEY: u64 = 0x13;
    pub(super) const KEY_TEXT: u64 = 0x15;
    pub(super) const ID_ACTOR: u64 = 0x21;
    pub(super) const ID: u64 = 0x23;
    pub(super) const INSERT: u64 = 0x34;
    pub(super) const ACTION: u64 = 0x42;
    pub(super) const VALUE_LENGTH: u64 = 0x56;
    pub(super) const VALUE: u64 = 0x57;
    pub(super) const SUCCESSORS: u64 = 0x80;
    pub(super) const SUCCESSOR_ACTOR: u64 = 0x81;
    pub(super) const SUCCESSOR: u64 = 0x83;
}

const OP_COLUMNS: [u64; 14] = [
    op::OBJECT_ACTOR,
    op::OBJECT,
    op::KEY_ACTOR,
    op::KEY,
    op::KEY_TEXT,
    op::ID_ACTOR,
    op::ID,
    op::INSERT,
    op::ACTION,
    op::VALUE_LENGTH,
    op::VALUE,
    op::SUCCESSORS,
    op::SUCCESSOR_ACTOR,
    op::SUCCESSOR,
];

/// Sees that bytes are one document chunk with a right checksum, whose columns can be loaded.
///
/// # Errors
/// The first thing in it that is wrong, too large or never written by Samsyn.
pub fn check(bytes: &[u8]) -> Result<(), ChunkError> {
    let mut rest = Bytes(contents(bytes)?);
    let actors = actors(&mut rest)?;
    let heads = heads(&mut rest)?;
    let changes = layout(&mut rest, &CHANGE_COLUMNS)?;
    let operations = layout(&mut rest, &OP_COLUMNS)?;
    let mut room = MAX_DOCUMENT_BYTES;
    let changes = columns(&mut rest, &changes, &mut room)?;
    let operations = columns(&mut rest, &operations, &mut room)?;
    let (count, last) = check_changes(&changes, actors)?;
    check_operations(&operations, &last)?;
    for _ in 0..heads {
        below(rest.unsigned()?, count, "a head")?;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(ChunkError::Leftover)
    }
}

/// What the chunk holds, if it hashes to what it says.
fn contents(bytes: &[u8]) -> Result<&[u8], ChunkError> {
    let mut rest = Bytes(bytes);
    if rest.array()? != MAGIC {
        return Err(ChunkError::NotAChunk);
    }
    let checksum: [u8; 4] = rest.array()?;
    let hashed = rest.0;
    let [kind] = rest.array()?;
    if kind != DOCUMENT {
        return Err(ChunkError::NotADocument(kind));
    }
    let length = rest.unsigned()?;
    let data = rest.take(length)?;
    if !rest.is_empty() {
        return Err(ChunkError::Leftover);
    }
    let hash: [u8; 32] = Sha256::digest(hashed).into();
    if hash.starts_with(&checksum) {
        Ok(data)
    } else {
        Err(ChunkError::Checksum)
    }
}

/// The number of actors, which stand in rising order.
fn actors(rest: &mut Bytes<'_>) -> Result<u64, ChunkError> {
    let count = rest.unsigned()?;
    let mut last: Option<[u8; Actor::LENGTH]> = None;
    for _ in 0..count {
        if rest.unsigned()? != Actor::LENGTH as u64 {
            return Err(ChunkError::Forbidden("an actor that is not 16 bytes"));
        }
        let actor = rest.array()?;
        if last.is_some_and(|last| last >= actor) {
            return Err(ChunkError::NotCanonical("actors"));
        }
        last = Some(actor);
    }
    Ok(count)
}

/// The number of heads.
fn heads(rest: &mut Bytes<'_>) -> Result<u64, ChunkError> {
    let count = rest.unsigned()?;
    for _ in 0..count {
        rest.array::<32>()?;
    }
    Ok(count)
}

/// Which columns follow, and their lengths.
fn layout(rest: &mut Bytes<'_>, known: &[u64]) -> Result<Vec<(u64, u64)>, ChunkError> {
    let mut layout: Vec<(u64, u64)> = Vec::new();
    for _ in 0..rest.unsigned()? {
        let (column, length) = (rest.unsigned()?, rest.unsigned()?);
        if !known.contains(&(column & !DEFLATED)) {
            return Err(ChunkError::Forbidden("a column of this kind"));
        }
        let rising = layout
            .last()
            .is_none_or(|(last, _)| last & !DEFLATED < column & !DEFLATED);
        if !rising {
            return Err(ChunkError::NotCanonical("columns"));
        }
        layout.push((column, length));
    }
    Ok(layout)
}

/// The columns themselves, inflated as far as there is `room`.
fn columns<'a>(
    rest: &mut Bytes<'a>,
    layout: &[(u64, u64)],
    room: &mut usize,
) -> Result<BTreeMap<u64, Cow<'a, [u8]>>, ChunkError> {
    let mut columns = BTreeMap::new();
    for (column, length) in layout {
        let data = rest.take(*length)?;
        let data = if column & DEFLATED == 0 {
            Cow::Borrowed(data)
        } else {
            let inflated = decompress_to_vec_with_limit(data, *room);
            Cow::Owned(inflated.map_err(|_| ChunkError::Deflate)?)
        };
        *room = room.checked_sub(data.len()).ok_or(ChunkError::TooLarge)?;
        columns.insert(column & !DEFLATED, data);
    }
    Ok(columns)
}

/// What a column of numbers comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Walked {
    /// How many values it has, nulls among them.
    values: u64,
    /// How many of them are none.
    nulls: u64,
    /// Their sum.
    sum: u64,
}

impl Walked {
    /// A column that was left out has nothing but nulls.
    const fn is(self, values: u64) -> bool {
        self.values == values || self.values == 0
    }
}

/// How the values of a column are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    /// As numbers below this one.
    Numbers(u64),
    /// As differences to the one before.
    Differences(u64),
    /// As texts.
    Texts,
    /// As lengths of values, with their types.
    Values,
}

/// Walks through a run-length column, and gives each number in it to `each`.
fn walk(
    column: Option<&Cow<'_, [u8]>>,
    cap: u64,
    written: Written,
    mut each: impl FnMut(u64),
) -> Result<Walked, ChunkError> {
    let mut bytes = Bytes(column.map_or(&[], |it| it));
    let mut walked = Walked::default();
    let mut at = 0;
    while !bytes.is_empty() {
        let count = bytes.signed()?;
        let length = match count {
            0 => bytes.unsigned()?,
            _ => count.unsigned_abs(),
        };
        if length == 0 {
            return Err(ChunkError::NotCanonical("run"));
        }
        walked.values = added(walked.values, length, cap)?;
        if count == 0 {
            walked.nulls += length;
            continue;
        }
        let mut value = 0;
        for index in 0..length {
            if index == 0 || count < 0 {
                value = read(&mut bytes, written)?;
            }
            let number = number(value, written, &mut at)?;
            walked.sum = added(walked.sum, number, u64::MAX)?;
            each(number);
        }
    }
    Ok(walked)
}

fn added(sum: u64, more: u64, cap: u64) -> Result<u64, ChunkError> {
    sum.checked_add(more)
        .filter(|sum| *sum <= cap)
        .ok_or(ChunkError::TooManyOperations)
}

/// Reads a value as it is written.
fn read(bytes: &mut Bytes<'_>, written: Written) -> Result<i64, ChunkError> {
    match written {
        Written::Differences(_) => bytes.signed(),
        Written::Texts => bytes.text().map(|_| 0),
        Written::Numbers(_) | Written::Values => {
            let number = i64::try_from(bytes.unsigned()?);
            number.map_err(|_| ChunkError::Malformed("number"))
        }
    }
}

/// The number that a value stands for.
fn number(value: i64, written: Written, at: &mut i64) -> Result<u64, ChunkError> {
    let (number, end) = match written {
        Written::Numbers(end) => (Some(value), end),
        Written::Differences(end) => (at.checked_add(value), end),
        Written::Texts => (Some(0), 1),
        Written::Values => (Some(value >> 4), u64::MAX),
    };
    *at = number.unwrap_or(-1);
    u64::try_from(*at)
        .ok()
        .filter(|number| *number < end)
        .ok_or(ChunkError::Malformed("number"))
}

fn below(number: u64, end: u64, what: &'static str) -> Result<(), ChunkError> {
    if number < end {
        Ok(())
    } else {
        Err(ChunkError::Malformed(what))
    }
}

/// Walks through a column of flags.
fn walk_flags(column: Option<&Cow<'_, [u8]>>, cap: u64) -> Result<u64, ChunkError> {
    let mut bytes = Bytes(column.map_or(&[], |it| it));
    let mut values = 0;
    while !bytes.is_empty() {
        values = added(values, bytes.unsigned()?, cap)?;
    }
    Ok(values)
}

const COUNTERS: Written = Written::Differences(MAX_COUNTER + 1);

/// Checks the columns of changes; gives how many there are, and the highest counter of each actor.
fn check_changes(
    columns: &BTreeMap<u64, Cow<'_, [u8]>>,
    actors: u64,
) -> Result<(u64, Vec<u64>), ChunkError> {
    let cap = MAX_DOCUMENT_CHANGES;
    let walk = |column: u64, written| walk(columns.get(&column), cap, written, |_| {});
    let an_actor = Written::Numbers(actors);
    let actor = walk(change::ACTOR, an_actor)?;
    let count = actor.values;
    let deps = walk(change::DEPS, Written::Numbers(cap))?;
    let a_change = Written::Differences(count);
    let dep = walk(change::DEP, a_change)?;
    let extra = walk(change::EXTRA, Written::Values)?;
    let a_time = Written::Differences(MAX_TIME.unsigned_abs() + 1);
    let whole = [
        actor,
        walk(change::SEQ, COUNTERS)?,
        walk(change::MAX_OP, COUNTERS)?,
        walk(change::TIME, a_time)?,
        deps,
    ];
    let fits = whole.iter().all(|it| it.values == count && it.nulls == 0)
        && (dep.values, dep.nulls) == (deps.sum, 0)
        && extra.is(count)
        && extra.sum == 0
        && are_ancestors(
            &numbers(columns, change::DEPS, Written::Numbers(cap))?,
            &numbers(columns, change::DEP, a_change)?,
        );
    if !fits {
        return Err(ChunkError::Malformed("columns of changes"));
    }
    let mut last = vec![(0, 0); usize::try_from(actors).unwrap_or(0)];
    let by = numbers(columns, change::ACTOR, an_actor)?;
    let seqs = numbers(columns, change::SEQ, COUNTERS)?;
    let max_ops = numbers(columns, change::MAX_OP, COUNTERS)?;
    for ((actor, seq), max_op) in by.into_iter().zip(seqs).zip(max_ops) {
        let actor = usize::try_from(actor).ok().and_then(|it| last.get_mut(it));
        let follows = actor.filter(|(former, highest)| seq == *former + 1 && max_op >= *highest);
        *follows.ok_or(ChunkError::Malformed("order of changes"))? = (seq, max_op);
    }
    Ok((
        count,
        last.into_iter().map(|(_, highest)| highest).collect(),
    ))
}

/// Whether each change builds only on such as stand before it: `numbers` says on how many, `places` on which.
fn are_ancestors(numbers: &[u64], places: &[u64]) -> bool {
    let mut places = places.iter();
    (0_u64..).zip(numbers).all(|(own, number)| {
        let number = usize::try_from(*number).unwrap_or(usize::MAX);
        places.by_ref().take(number).all(|place| *place < own)
    })
}

/// Checks the columns of operations; `last` is the highest counter of each actor.
fn check_operations(
    columns: &BTreeMap<u64, Cow<'_, [u8]>>,
    last: &[u64],
) -> Result<(), ChunkError> {
    let actors = last.len() as u64;
    let cap = MAX_DOCUMENT_OPERATIONS;
    let walk = |column: u64, written| walk(columns.get(&column), cap, written, |_| {});
    let (an_actor, a_counter) = (Written::Numbers(actors), Written::Numbers(MAX_COUNTER + 1));
    let id = walk(op::ID, COUNTERS)?;
    let count = id.values;
    let successors = walk(op::SUCCESSORS, Written::Numbers(cap))?;
    let whole = [
        id,
        walk(op::ID_ACTOR, an_actor)?,
        walk(op::ACTION, Written::Numbers(8))?,
        successors,
    ];
    let object = [
        walk(op::OBJECT_ACTOR, an_actor)?,
        walk(op::OBJECT, a_counter)?,
    ];
    let key_actor = walk(op::KEY_ACTOR, an_actor)?;
    let key = walk(op::KEY, COUNTERS)?;
    let text = walk(op::KEY_TEXT, Written::Texts)?;
    let lengths = walk(op::VALUE_LENGTH, Written::Values)?;
    let [by, at] = [
        walk(op::SUCCESSOR_ACTOR, an_actor)?,
        walk(op::SUCCESSOR, COUNTERS)?,
    ];
    let partly = [object.as_slice(), &[key_actor, key, text, lengths]].concat();
    let raw = columns.get(&op::VALUE).map_or(0, |it| it.len() as u64);
    let fits = whole.iter().all(|it| it.values == count && it.nulls == 0)
        && partly.iter().all(|it| it.is(count))
        && [by, at]
            .iter()
            .all(|it| it.values == successors.sum && it.nulls == 0)
        && walk_flags(columns.get(&op::INSERT), cap)? == count
        && lengths.sum == raw;
    if !fits {
        return Err(ChunkError::Malformed("columns of operations"));
    }
    check_ids(columns, last)
}

/// The numbers of a column, which has passed.
fn numbers(
    columns: &BTreeMap<u64, Cow<'_, [u8]>>,
    column: u64,
    written: Written,
) -> Result<Vec<u64>, ChunkError> {
    let mut numbers = Vec::new();
    let each = |number| numbers.push(number);
    walk(columns.get(&column), MAX_DOCUMENT_OPERATIONS, written, each)?;
    Ok(numbers)
}

/// No two operations may have one id, and none may be in no change: neither the operations nor what superseded them.
fn check_ids(columns: &BTreeMap<u64, Cow<'_, [u8]>>, last: &[u64]) -> Result<(), ChunkError> {
    let ids = |by, at| {
        let by = numbers(columns, by, Written::Numbers(last.len() as u64))?;
        let ids = by.into_iter().zip(numbers(columns, at, COUNTERS)?);
        Ok::<_, ChunkError>(ids.collect::<Vec<(u64, u64)>>())
    };
    let mut operations = ids(op::ID_ACTOR, op::ID)?;
    let successors = ids(op::SUCCESSOR_ACTOR, op::SUCCESSOR)?;
    let in_a_change = |(actor, counter): &(u64, u64)| {
        let last = usize::try_from(*actor).ok().and_then(|it| last.get(it));
        *counter > 0 && last.is_some_and(|last| counter <= last)
    };
    operations.sort_unstable();
    let mut pairs = operations.iter().zip(operations.iter().skip(1));
    let twice = pairs.any(|(one, other)| one == other);
    if twice || !operations.iter().chain(&successors).all(in_a_change) {
        return Err(ChunkError::Malformed("ids of operations"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::board::Board;
    use crate::ids::BoardId;

    /// A chunk of that kind around `data`.
    fn chunk(kind: u8, data: &[u8]) -> Vec<u8> {
        let mut hashed = vec![kind];
        super::super::write_unsigned(&mut hashed, data.len() as u64);
        hashed.extend_from_slice(data);
        let hash: [u8; 32] = Sha256::digest(&hashed).into();
        [MAGIC.as_slice(), &hash[..4], &hashed].concat()
    }

    /// A document of `changes` and `operations`: columns and their contents.
    fn document(changes: &[(u8, &[u8])], operations: &[(u8, &[u8])]) -> Vec<u8> {
        let mut data = vec![1, 16];
        data.extend([7; 16]);
        data.push(0);
        for columns in [changes, operations] {
            data.push(u8::try_from(columns.len()).unwrap());
            for (column, contents) in columns {
                data.extend([*column, u8::try_from(contents.len()).unwrap()]);
            }
        }
        let contents = changes.iter().chain(operations);
        contents.for_each(|(_, contents)| data.extend_from_slice(contents));
        chunk(DOCUMENT, &data)
    }

    #[test]
    fn a_board_s_own_document_passes_and_every_bit_of_it_is_guarded() {
        let saved = Board::new(BoardId([3; 32])).save();
        assert_eq!(check(&saved), Ok(()));
        for at in 0..saved.len() * 8 {
            let mut broken = saved.clone();
            broken[at / 8] ^= 1 << (at % 8);
            assert!(check(&broken).is_err(), "bit {at}");
        }
        for end in 0..saved.len() {
            assert!(check(&saved[..end]).is_err());
        }
        assert_eq!(check(&document(&[], &[])), Ok(()));
        assert_eq!(
            check(&[saved.as_slice(), &saved].concat()),
            Err(ChunkError::Leftover)
        );
        assert_eq!(check(&chunk(3, &[])), Err(ChunkError::NotADocument(3)));
    }

    #[test]
    fn millions_of_operations_in_few_bytes_are_refused_before_they_unfold() {
        let many = [0xff, 0xff, 0xff, 0x03, 1];
        let saved = document(&[], &[(0x21, &many), (0x23, &many)]);
        assert_eq!(check(&saved), Err(ChunkError::TooManyOperations));
    }

    #[test]
    fn what_inflates_without_end_is_refused() {
        let zeros = vec![0; MAX_DOCUMENT_BYTES + 1];
        let bomb = miniz_oxide::deflate::compress_to_vec(&zeros, 9);
        let mut data = vec![0, 0, 0, 1, 0x42 | 8];
        super::super::write_unsigned(&mut data, bomb.len() as u64);
        data.extend(bomb);
        assert_eq!(check(&chunk(DOCUMENT, &data)), Err(ChunkError::Deflate));
    }

    #[test]
    fn columns_that_lack_a_value_are_refused() {
        let change: [(u8, &[u8]); 5] = [
            (0x01, &[0x7f, 0]),
            (0x03, &[0x7f, 1]),
            (0x13, &[0x7f, 1]),
            (0x23, &[0x7f, 0]),
            (0x40, &[0x7f, 0]),
        ];
        assert_eq!(check(&document(&change, &[])), Ok(()));
        for lacking in 0..change.len() {
            let mut change = change.to_vec();
            change.remove(lacking);
            assert!(check(&document(&change, &[])).is_err(), "{lacking}");
        }
        let mut late = change.to_vec();
        late[1].1 = &[0x7f, 2];
        let error = ChunkError::Malformed("order of changes");
        assert_eq!(check(&document(&late, &[])), Err(error));
    }
}
