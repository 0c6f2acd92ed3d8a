//! Pack v1: the body of an envelope of changes.
//!
//! ```text
//! version:u8 inflated:u32 deflate( entry… )
//! entry  flags:u8 hash:4 length:leb payload
//! ```
//! Changes stand in causal order. The 4 bytes are the first of the change's hash. Flags:
//! - bit 0: the change's only dependency is the change before it in the pack, and is left out of the payload;
//! - bit 1: the payload is the content of an automerge change chunk; its magic, type and checksum are left out,
//!   the checksum being the first 4 bytes of the hash. Without it the payload is the chunk verbatim, and the first
//!   4 bytes of its BLAKE3 follow, so that no entry is taken on trust.
//!
//! Format of change chunks: <https://automerge.org/automerge-binary-format-spec/>. A chunk that is not one, or is
//! written unusually, travels verbatim: what comes out is what went in, always.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use sha2::{Digest, Sha256};

use super::bytes::{Reader, push_leb};
use super::envelope::MAX_CHANGES_BODY;
use crate::ids::ChangeHash;

/// The most bytes of a pack when inflated.
pub const MAX_INFLATED: usize = 1024 * 1024;
/// The most changes in a pack.
pub const MAX_CHANGES: usize = 8192;
/// The most bytes of a pack.
pub const MAX_PACK: usize = MAX_CHANGES_BODY;
/// Changes of so many bytes together always fit one pack, however badly they deflate.
pub const SURE_TO_FIT: usize = 200 * 1024;

const VERSION: u8 = 1;
const LEVEL: u8 = 7;
pub(super) const VERBATIM: u8 = 0;
pub(super) const AFTER_PREVIOUS: u8 = 1;
pub(super) const CONTENT_ONLY: u8 = 2;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;

/// One change out of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The first bytes of its hash, as the packer knew it.
    pub hash_prefix: [u8; 4],
    /// The raw chunk.
    pub chunk: Vec<u8>,
}

/// Why changes do not go into one pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// No changes, or more than `MAX_CHANGES`.
    #[error("a pack holds 1 to {MAX_CHANGES} changes, not {0}")]
    Count(usize),
    /// Over `MAX_INFLATED` before deflating.
    #[error("the changes have {0} bytes; a pack holds {MAX_INFLATED}")]
    TooLong(usize),
    /// Over `MAX_PACK` after deflating.
    #[error("the pack has {0} bytes; an envelope holds {MAX_PACK}")]
    PackTooLong(usize),
    /// What would come out is not what went in; nothing was packed.
    #[error("the pack does not give back what was put in")]
    NotFaithful,
}

/// Why bytes are not a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Another version of the format.
    #[error("the pack has version {0}; this program reads version 1")]
    OtherVersion(u8),
    /// It ends before it is whole.
    #[error("the pack is cut short")]
    CutShort,
    /// It states a size over `MAX_INFLATED`.
    #[error("the pack states a size of {0} bytes; {MAX_INFLATED} are allowed")]
    TooLong(u32),
    /// It does not inflate to the size that it states.
    #[error("the pack does not inflate to what it states")]
    BadDeflate,
    /// Flags that this version does not know.
    #[error("a change in the pack has flags {0:#04x}, which this program does not know")]
    UnknownFlags(u8),
    /// No changes, or more than `MAX_CHANGES`.
    #[error("the pack holds no changes or too many")]
    Count,
    /// The blocks hold more than a snapshot may.
    #[error("the blocks hold over {MAX_BYTES} bytes of changes", MAX_BYTES = super::blocks::MAX_BYTES)]
    TooMany,
    /// There is text in a block that belongs to no change.
    #[error("the block has text that no change takes")]
    Leftover,
    /// A change does not have the hash that the pack states.
    #[error("change {0} in the pack does not have the hash it states")]
    WrongHash(usize),
}

/// How many of these changes, from the first on, surely fit one pack; at least 1 if there is one.
#[must_use]
pub fn sure_to_fit(lengths: impl IntoIterator<Item = usize>) -> usize {
    let mut total = 0;
    let fits = |length: &usize| {
        total += length + 16;
        total <= SURE_TO_FIT
    };
    let count = lengths
        .into_iter()
        .take(MAX_CHANGES)
        .take_while(fits)
        .count();
    count.max(1)
}

/// Packs raw change chunks, dependencies first, and checks that they come out again as they went in.
///
/// # Errors
/// If they are too many or too large, or would not come out again.
pub fn pack(changes: &[(ChangeHash, &[u8])]) -> Result<Vec<u8>, PackError> {
    if changes.is_empty() || changes.len() > MAX_CHANGES {
        return Err(PackError::Count(changes.len()));
    }
    let entries = write_entries(changes);
    if entries.len() > MAX_INFLATED {
        return Err(PackError::TooLong(entries.len()));
    }
    let out = deflate(&entries);
    if out.len() > MAX_PACK {
        return Err(PackError::PackTooLong(out.len()));
    }
    check_faithful(changes, &out)?;
    Ok(out)
}

/// Unpacks; bounded in memory and time by `MAX_INFLATED` and `MAX_CHANGES`.
///
/// # Errors
/// Says what is wrong with it. Chunks that come out still have to pass admission.
pub fn unpack(bytes: &[u8]) -> Result<Vec<Packed>, UnpackError> {
    let entries = inflate(bytes)?;
    let mut reader = Reader::new(&entries);
    let mut changes = Vec::new();
    let mut previous = None;
    while !reader.rest().is_empty() {
        if changes.len() == MAX_CHANGES {
            return Err(UnpackError::Count);
        }
        let (change, hash) = read_entry(&mut reader, previous.as_ref(), changes.len())?;
        previous = hash;
        changes.push(change);
    }
    if changes.is_empty() {
        return Err(UnpackError::Count);
    }
    Ok(changes)
}

fn write_entries(changes: &[(ChangeHash, &[u8])]) -> Vec<u8> {
    let mut out = Vec::with_capacity(changes.iter().map(|(_, chunk)| chunk.len() + 8).sum());
    let mut previous = None;
    for (hash, chunk) in changes {
        let (flags, payload) = slim(hash, chunk, previous);
        out.push(flags);
        out.extend_from_slice(prefix(hash));
        push_leb(&mut out, u32::try_from(payload.len()).unwrap_or(u32::MAX));
        out.extend_from_slice(payload);
        if flags == VERBATIM {
            out.extend_from_slice(&sum_of(payload));
        }
        // Only a change whose hash the reader computes again can be left out of the next one.
        previous = (flags & CONTENT_ONLY != 0).then_some(hash);
    }
    out
}

/// What must travel of a chunk, and the flags that say what was left out.
pub(super) fn slim<'a>(
    hash: &ChangeHash,
    chunk: &'a [u8],
    previous: Option<&ChangeHash>,
) -> (u8, &'a [u8]) {
    let Some(content) = content_of(chunk) else {
        return (VERBATIM, chunk);
    };
    if hash_of(content) != *hash || !chunk_of(content).ends_with(chunk) {
        return (VERBATIM, chunk);
    }
    match (content.split_first_chunk::<33>(), previous) {
        (Some((deps, rest)), Some(previous)) if *deps == one_dependency(previous) => {
            (CONTENT_ONLY | AFTER_PREVIOUS, rest)
        }
        _ => (CONTENT_ONLY, content),
    }
}

/// The content of an automerge change chunk that is nothing else.
fn content_of(chunk: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(chunk);
    let magic = reader.array::<4>()?;
    let _checksum = reader.array::<4>()?;
    let kind = reader.u8()?;
    let length = reader.leb()?;
    let content = reader.rest();
    (magic == MAGIC && kind == CHANGE && content.len() == length as usize).then_some(content)
}

/// Type, length and content: what automerge hashes.
fn hashed_bytes(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(CHANGE);
    push_leb(&mut out, u32::try_from(content.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(content);
    out
}

fn hash_of(content: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(hashed_bytes(content)).into())
}

/// The chunk with that content, and its hash.
pub(super) fn chunk_and_hash(content: &[u8]) -> (Vec<u8>, ChangeHash) {
    let hashed = hashed_bytes(content);
    let hash = ChangeHash(Sha256::digest(&hashed).into());
    let chunk = [MAGIC.as_slice(), prefix(&hash), &hashed].concat();
    (chunk, hash)
}

fn chunk_of(content: &[u8]) -> Vec<u8> {
    chunk_and_hash(content).0
}

/// How a change's content begins when that is its only dependency.
pub(super) fn one_dependency(hash: &ChangeHash) -> [u8; 33] {
    let mut out = [1; 33];
    for (to, from) in out.iter_mut().skip(1).zip(hash.as_bytes()) {
        *to = *from;
    }
    out
}

fn prefix(hash: &ChangeHash) -> &[u8] {
    hash.as_bytes().split_at(4).0
}

fn sum_of(payload: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = *blake3::hash(payload).as_bytes();
    [a, b, c, d]
}

fn read_entry(
    reader: &mut Reader<'_>,
    previous: Option<&ChangeHash>,
    index: usize,
) -> Result<(Packed, Option<ChangeHash>), UnpackError> {
    let flags = reader.u8().ok_or(UnpackError::CutShort)?;
    let hash_prefix = reader.array().ok_or(UnpackError::CutShort)?;
    let length = reader.leb().ok_or(UnpackError::CutShort)?;
    let payload = reader.take(length as usize).ok_or(UnpackError::CutShort)?;
    let content = match flags {
        VERBATIM => {
            let sum: [u8; 4] = reader.array().ok_or(UnpackError::CutShort)?;
            let chunk = payload.to_vec();
            let right = (sum == sum_of(payload)).then_some((Packed { hash_prefix, chunk }, None));
            return right.ok_or(UnpackError::WrongHash(index));
        }
        CONTENT_ONLY => payload.to_vec(),
        3 => {
            let previous = previous.ok_or(UnpackError::WrongHash(index))?;
            [one_dependency(previous).as_slice(), payload].concat()
        }
        other => return Err(UnpackError::UnknownFlags(other)),
    };
    let (chunk, hash) = chunk_and_hash(&content);
    if prefix(&hash) != hash_prefix {
        return Err(UnpackError::WrongHash(index));
    }
    Ok((Packed { hash_prefix, chunk }, Some(hash)))
}

pub(super) fn deflate(entries: &[u8]) -> Vec<u8> {
    let mut out = vec![VERSION];
    out.extend_from_slice(
        &u32::try_from(entries.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    out.extend_from_slice(&miniz_oxide::deflate::compress_to_vec(entries, LEVEL));
    out
}

/// Inflates into a buffer of the stated size, which must be filled exactly by exactly these bytes.
pub(super) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let mut reader = Reader::new(bytes);
    match reader.u8().ok_or(UnpackError::CutShort)? {
        VERSION => {}
        other => return Err(UnpackError::OtherVersion(other)),
    }
    let stated = u32::from_le_bytes(reader.array().ok_or(UnpackError::CutShort)?);
    let size = usize::try_from(stated)
        .ok()
        .filter(|size| *size <= MAX_INFLATED);
    let mut out = vec![0; size.ok_or(UnpackError::TooLong(stated))?];
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let deflated = reader.rest();
    let (status, read, written) =
        decompress(&mut DecompressorOxide::new(), deflated, &mut out, 0, flags);
    if status == TINFLStatus::Done && read == deflated.len() && written == out.len() {
        return Ok(out);
    }
    let starved = [
        TINFLStatus::NeedsMoreInput,
        TINFLStatus::FailedCannotMakeProgress,
    ];
    Err(if starved.contains(&status) {
        UnpackError::CutShort
    } else {
        UnpackError::BadDeflate
    })
}

/// The sealer's own check: a fault here must never reach a log that keeps it forever.
fn check_faithful(changes: &[(ChangeHash, &[u8])], packed: &[u8]) -> Result<(), PackError> {
    let unpacked = unpack(packed).map_err(|_| PackError::NotFaithful)?;
    let same = unpacked.len() == changes.len()
        && unpacked.iter().zip(changes).all(|(out, (hash, chunk))| {
            out.chunk == *chunk && hash.as_bytes().starts_with(&out.hash_prefix)
        });
    if same {
        Ok(())
    } else {
        Err(PackError::NotFaithful)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// A change chunk as automerge frames it, with those dependencies.
    fn change(deps: &[ChangeHash], words: &[u8]) -> (ChangeHash, Vec<u8>) {
        let mut content = vec![u8::try_from(deps.len()).unwrap()];
        deps.iter()
            .for_each(|dep| content.extend_from_slice(dep.as_bytes()));
        content.extend_from_slice(words);
        let (chunk, hash) = chunk_and_hash(&content);
        (hash, chunk)
    }

    fn chain(length: usize) -> Vec<(ChangeHash, Vec<u8>)> {
        let mut out: Vec<(ChangeHash, Vec<u8>)> = Vec::new();
        for n in 0..length {
            let deps: Vec<ChangeHash> = out.last().map(|(hash, _)| *hash).into_iter().collect();
            out.push(change(&deps, format!("anteckning nummer {n}").as_bytes()));
        }
        out
    }

    fn borrowed(changes: &[(ChangeHash, Vec<u8>)]) -> Vec<(ChangeHash, &[u8])> {
        changes
            .iter()
            .map(|(hash, chunk)| (*hash, chunk.as_slice()))
            .collect()
    }

    fn check_survives(changes: &[(ChangeHash, Vec<u8>)]) -> Vec<u8> {
        let packed = pack(&borrowed(changes)).unwrap();
        let out = unpack(&packed).unwrap();
        assert!(
            out.iter()
                .map(|packed| &packed.chunk)
                .eq(changes.iter().map(|(_, chunk)| chunk))
        );
        assert!(
            out.iter()
                .zip(changes)
                .all(|(packed, (hash, _))| hash.0.starts_with(&packed.hash_prefix))
        );
        packed
    }

    #[test]
    fn changes_in_a_row_travel_without_their_dependencies() {
        let changes = chain(200);
        let packed = check_survives(&changes);
        let raw: usize = changes.iter().map(|(_, chunk)| chunk.len()).sum();
        assert!(packed.len() * 4 < raw, "{} of {raw}", packed.len());
        let entries = write_entries(&borrowed(&changes));
        assert!(entries.len() < raw / 2, "{} of {raw}", entries.len());
    }

    #[test]
    fn other_dependencies_travel_whole() {
        let mut changes = chain(3);
        changes.push(change(&[changes[0].0], b"efter den f\xc3\xb6rsta"));
        changes.push(change(&[changes[2].0, changes[3].0], b"efter tv\xc3\xa5"));
        changes.push(change(&[], b"efter ingen"));
        check_survives(&changes);
    }

    #[test]
    fn what_is_no_change_chunk_travels_verbatim() {
        let (hash, chunk) = change(&[], b"ord");
        let mut wrong_sum = chunk.clone();
        wrong_sum[5] ^= 1;
        let longer = [chunk.as_slice(), b"!"].concat();
        let wrong_hash = ChangeHash([9; 32]);
        check_survives(&[
            (hash, wrong_sum),
            (hash, longer),
            (wrong_hash, chunk.clone()),
            (hash, vec![]),
            (hash, chunk),
        ]);
    }

    #[test]
    fn a_change_is_never_left_out_after_one_that_travels_verbatim() {
        let (hash, _) = change(&[], b"ord");
        let next = change(&[hash], b"mera");
        check_survives(&[(hash, b"no chunk".to_vec()), next]);
    }

    #[test]
    fn the_stated_size_is_bounded_before_anything_is_inflated() {
        let entries = vec![0; MAX_INFLATED + 1];
        assert_eq!(
            unpack(&deflate(&entries)),
            Err(UnpackError::TooLong(1024 * 1024 + 1))
        );
        let mut lying = deflate(&vec![0; MAX_INFLATED]);
        lying[1..5].copy_from_slice(&100_u32.to_le_bytes());
        assert_eq!(unpack(&lying), Err(UnpackError::BadDeflate));
        lying[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(unpack(&lying), Err(UnpackError::TooLong(u32::MAX)));
    }

    #[test]
    fn nothing_may_follow_behind_a_pack() {
        let (hash, chunk) = change(&[], b"ord");
        let mut packed = pack(&[(hash, &chunk)]).unwrap();
        packed.push(0);
        assert_eq!(unpack(&packed), Err(UnpackError::BadDeflate));
    }

    #[test]
    fn a_bomb_of_empty_changes_is_refused() {
        let empty = [&[VERBATIM, 1, 2, 3, 4, 0], sum_of(&[]).as_slice()].concat();
        let bomb = deflate(&empty.repeat(MAX_CHANGES + 1));
        assert_eq!(unpack(&bomb), Err(UnpackError::Count));
    }

    #[test]
    fn what_a_newer_program_packs_is_refused_by_name() {
        let (hash, chunk) = change(&[], b"ord");
        let mut packed = pack(&[(hash, &chunk)]).unwrap();
        packed[0] = 2;
        assert_eq!(unpack(&packed), Err(UnpackError::OtherVersion(2)));
        assert_eq!(
            unpack(&deflate(&[8, 1, 2, 3, 4, 0])),
            Err(UnpackError::UnknownFlags(8))
        );
        assert_eq!(
            unpack(&deflate(&[1, 1, 2, 3, 4, 0])),
            Err(UnpackError::UnknownFlags(1))
        );
        assert_eq!(
            unpack(&deflate(&[3, 1, 2, 3, 4, 0])),
            Err(UnpackError::WrongHash(0))
        );
    }

    #[test]
    fn a_pack_with_nothing_or_too_much_is_not_made() {
        assert_eq!(pack(&[]), Err(PackError::Count(0)));
        let chunk = vec![0; MAX_INFLATED];
        assert!(matches!(
            pack(&[(ChangeHash([0; 32]), &chunk)]),
            Err(PackError::TooLong(_))
        ));
        assert_eq!(unpack(&deflate(&[])), Err(UnpackError::Count));
    }

    #[test]
    fn noise_up_to_the_sure_size_fits_an_envelope() {
        let mut noise = vec![0; SURE_TO_FIT];
        blake3::Hasher::new().finalize_xof().fill(&mut noise);
        let changes: Vec<_> = noise
            .chunks(1000)
            .map(|chunk| (ChangeHash([0; 32]), chunk))
            .collect();
        let count = sure_to_fit(changes.iter().map(|(_, chunk)| chunk.len()));
        assert!(
            count < changes.len() && count * 1000 > SURE_TO_FIT * 9 / 10,
            "{count}"
        );
        assert!(pack(&changes[..count]).unwrap().len() <= MAX_PACK);
        assert_eq!(sure_to_fit([SURE_TO_FIT * 2]), 1);
    }
}
