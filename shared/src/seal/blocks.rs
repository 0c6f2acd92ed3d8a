//! Blocks v1: the changes of a whole board, as a snapshot holds them.
//!
//! ```text
//! block  version:u8 length:u32 stream stream        the length is of the first stream
//! stream as a pack's: version:u8 inflated:u32 deflate( … ); first the entries, then all that reads as text
//! entry  flags:u8 segments:leb (plain:leb text:leb)… plain…
//! ```
//! An entry's payload is its segments in order, each some plain bytes from the entry and some from the text. What people
//! wrote deflates better apart from what is around it: a board's blocks have about a fifth fewer bytes than its packs.
//! Which bytes are text is the writer's choice. Changes stand in causal order; flags and payloads are those of a
//! [pack](super::pack), without the hashes: what is sealed needs no sums, and whoever reads a change hashes it.

use super::bytes::{Reader, push_leb};
use super::pack::{
    AFTER_PREVIOUS, CONTENT_ONLY, MAX_CHANGES, MAX_INFLATED, PackError, UnpackError, VERBATIM,
    chunk_and_hash, deflate, inflate, one_dependency, slim,
};
use crate::ids::ChangeHash;

/// The most bytes of changes in a snapshot.
pub const MAX_BYTES: usize = 256 * MAX_INFLATED;

const VERSION: u8 = 1;
const CHAINED: u8 = CONTENT_ONLY | AFTER_PREVIOUS;
/// Bytes of changes that go into one block.
const FULL: usize = MAX_INFLATED / 2;
/// Shorter text stays where it is: taking it out costs two lengths.
const SHORTEST: usize = 24;
/// Segments of an entry that a reader takes; its bytes bound them too.
const MAX_SEGMENTS: u32 = 4096;

/// Writes changes, dependencies first.
///
/// # Errors
/// Over `MAX_BYTES` together, if one is too large for a block, or would not come out again.
pub fn write(changes: &[(ChangeHash, &[u8])]) -> Result<Vec<Vec<u8>>, PackError> {
    let total = changes.iter().map(|(_, chunk)| chunk.len()).sum();
    if total > MAX_BYTES {
        return Err(PackError::TooLong(total));
    }
    let mut blocks = Vec::new();
    let mut rest = changes;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |(_, chunk): &&(ChangeHash, &[u8])| {
            bytes += chunk.len();
            bytes <= FULL
        };
        let count = rest.iter().take(MAX_CHANGES).take_while(fits).count();
        let (group, later) = rest.split_at(count.max(1));
        blocks.push(write_block(group)?);
        rest = later;
    }
    Ok(blocks)
}

/// Reads what `write` gave: the chunks, which still have to pass admission.
///
/// # Errors
/// Says what is wrong with them. A block takes no more than twice `MAX_INFLATED`, all together no more than `MAX_BYTES`.
pub fn read(blocks: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, UnpackError> {
    let mut chunks = Vec::new();
    let mut total = 0;
    for block in blocks {
        let from = chunks.len();
        read_block(block, &mut chunks)?;
        total += chunks.iter().skip(from).map(Vec::len).sum::<usize>();
        if total > MAX_BYTES {
            return Err(UnpackError::TooMany);
        }
    }
    Ok(chunks)
}

fn write_block(changes: &[(ChangeHash, &[u8])]) -> Result<Vec<u8>, PackError> {
    let (mut entries, mut text) = (Vec::new(), Vec::new());
    let mut previous = None;
    for (hash, chunk) in changes {
        let (flags, payload) = slim(hash, chunk, previous);
        entries.push(flags);
        write_payload(payload, &mut entries, &mut text);
        previous = (flags & CONTENT_ONLY != 0).then_some(hash);
    }
    if entries.len() > MAX_INFLATED || text.len() > MAX_INFLATED {
        return Err(PackError::TooLong(entries.len().max(text.len())));
    }
    let entries = deflate(&entries);
    let length = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let mut block = vec![VERSION];
    block.extend_from_slice(&length.to_le_bytes());
    block.extend_from_slice(&entries);
    block.extend_from_slice(&deflate(&text));
    let mut out = Vec::new();
    let read = read_block(&block, &mut out);
    if read.is_ok() && out.iter().eq(changes.iter().map(|(_, chunk)| *chunk)) {
        Ok(block)
    } else {
        Err(PackError::NotFaithful)
    }
}

fn write_payload(payload: &[u8], entries: &mut Vec<u8>, text: &mut Vec<u8>) {
    let segments = segments(payload);
    push_leb(entries, u32::try_from(segments.len()).unwrap_or(u32::MAX));
    for (plain, words) in &segments {
        push_leb(entries, u32::try_from(plain.len()).unwrap_or(u32::MAX));
        push_leb(entries, u32::try_from(words.len()).unwrap_or(u32::MAX));
    }
    for (plain, words) in segments {
        entries.extend_from_slice(plain);
        text.extend_from_slice(words);
    }
}

/// Cuts bytes into pairs of what is no text and the text behind it.
fn segments(mut payload: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut out = Vec::new();
    while !payload.is_empty() {
        let runs = payload.chunk_by(|a, b| reads(*a) == reads(*b));
        let mut at = 0;
        let found = runs
            .map(|run| {
                at += run.len();
                (at - run.len(), run)
            })
            .find(|(_, run)| run.len() >= SHORTEST && run.first().is_some_and(|it| reads(*it)));
        let most = MAX_SEGMENTS as usize - 1;
        let (plain, words) = match found.filter(|_| out.len() < most) {
            Some((start, run)) => (start, run.len()),
            None => (payload.len(), 0),
        };
        let (before, rest) = payload.split_at(plain);
        let (words, rest) = rest.split_at(words);
        out.push((before, words));
        payload = rest;
    }
    out
}

/// Whether a byte may be of text in UTF-8.
const fn reads(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f
}

fn read_block(block: &[u8], chunks: &mut Vec<Vec<u8>>) -> Result<(), UnpackError> {
    let cut = UnpackError::CutShort;
    let mut reader = Reader::new(block);
    match reader.u8().ok_or(cut)? {
        VERSION => {}
        other => return Err(UnpackError::OtherVersion(other)),
    }
    let length = u32::from_le_bytes(reader.array().ok_or(cut)?);
    let entries = inflate(reader.take(length as usize).ok_or(cut)?)?;
    let text = inflate(reader.rest())?;
    let (mut entries, mut text) = (Reader::new(&entries), Reader::new(&text));
    let mut previous = None;
    let first = chunks.len();
    while !entries.rest().is_empty() {
        let index = chunks.len() - first;
        if index == MAX_CHANGES {
            return Err(UnpackError::Count);
        }
        let flags = entries.u8().ok_or(cut)?;
        let mut payload = Vec::new();
        if flags == CHAINED {
            let previous = previous.as_ref().ok_or(UnpackError::WrongHash(index))?;
            payload.extend_from_slice(&one_dependency(previous));
        }
        read_payload(&mut entries, &mut text, &mut payload).ok_or(cut)?;
        let (chunk, hash) = match flags {
            VERBATIM => (payload, None),
            CONTENT_ONLY | CHAINED => {
                let (chunk, hash) = chunk_and_hash(&payload);
                (chunk, Some(hash))
            }
            other => return Err(UnpackError::UnknownFlags(other)),
        };
        previous = hash;
        chunks.push(chunk);
    }
    if chunks.len() == first {
        return Err(UnpackError::Count);
    }
    if text.rest().is_empty() {
        Ok(())
    } else {
        Err(UnpackError::Leftover)
    }
}

fn read_payload(
    entries: &mut Reader<'_>,
    text: &mut Reader<'_>,
    payload: &mut Vec<u8>,
) -> Option<()> {
    let count = entries.leb().filter(|count| *count <= MAX_SEGMENTS)?;
    let mut lengths = Vec::new();
    for _ in 0..count {
        lengths.push((entries.leb()? as usize, entries.leb()? as usize));
    }
    for (plain, words) in lengths {
        payload.extend_from_slice(entries.take(plain)?);
        payload.extend_from_slice(text.take(words)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

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
            let words = format!("\u{1}\u{2}anteckning {n}: vi hör ihop också på håll\u{3}");
            out.push(change(&deps, words.as_bytes()));
        }
        out
    }

    fn borrowed(changes: &[(ChangeHash, Vec<u8>)]) -> Vec<(ChangeHash, &[u8])> {
        let slices = changes
            .iter()
            .map(|(hash, chunk)| (*hash, chunk.as_slice()));
        slices.collect()
    }

    fn check_survives(changes: &[(ChangeHash, Vec<u8>)]) -> Vec<Vec<u8>> {
        let blocks = write(&borrowed(changes)).unwrap();
        let out = read(&blocks).unwrap();
        assert!(out.iter().eq(changes.iter().map(|(_, chunk)| chunk)));
        blocks
    }

    #[test]
    fn any_changes_come_out_as_they_went_in() {
        assert_eq!(check_survives(&[]), Vec::<Vec<u8>>::new());
        let (hash, chunk) = change(&[], b"ord");
        let mut wrong_sum = chunk.clone();
        wrong_sum[5] ^= 1;
        check_survives(&[
            (hash, vec![]),
            (hash, wrong_sum),
            (hash, b"nothing but text, and of some length".to_vec()),
            (ChangeHash([9; 32]), chunk.clone()),
            (hash, chunk),
            change(&[hash], &[0x20; 50]),
            change(&[hash, hash], &[0; 50]),
        ]);
        check_survives(&chain(300));
    }

    #[test]
    fn more_than_one_block_holds_comes_in_several_and_noise_needs_no_more_than_itself() {
        let mut noise = blake3::Hasher::new().finalize_xof();
        let mut changes = chain(9_000);
        for _ in 0..1_200 {
            let mut bytes = vec![0; 1024];
            noise.fill(&mut bytes);
            changes.push(change(&[], &bytes));
        }
        let blocks = check_survives(&changes);
        assert!(blocks.len() > 2);
        let size: usize = blocks.iter().map(Vec::len).sum();
        assert!(size < 1_200 * 1_100 + 9_000 * 20, "{size}");
    }

    #[test]
    fn many_small_runs_of_text_stay_one_entry() {
        let words = [b"\0abcdefghijklmnopqrstuvwxyz".as_slice(); 6_000].concat();
        assert_eq!(segments(&words).len(), MAX_SEGMENTS as usize);
        check_survives(&[change(&[], &words)]);
    }

    #[test]
    fn blocks_that_hold_too_much_together_are_refused() {
        let (hash, chunk) = change(&[], &[0; 16 * 1024]);
        let changes = vec![(hash, chunk.as_slice()); 31];
        let block = write(&changes).unwrap().remove(0);
        let held = 31 * chunk.len();
        assert_eq!(
            read(&vec![block; MAX_BYTES / held + 1]),
            Err(UnpackError::TooMany)
        );
        let changes = vec![(hash, chunk.as_slice()); MAX_BYTES / chunk.len() + 1];
        assert!(matches!(write(&changes), Err(PackError::TooLong(_))));
        let huge = vec![0; MAX_INFLATED + 1];
        assert!(matches!(
            write(&[(hash, &huge)]),
            Err(PackError::TooLong(_))
        ));
    }

    #[test]
    fn damage_anywhere_is_an_error_or_other_chunks_and_never_a_panic() {
        let block = check_survives(&chain(20)).remove(0);
        for at in 0..block.len() {
            assert!(read(&[block[..at].to_vec()]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut damaged = block.clone();
                damaged[at] ^= 1 << bit;
                let _ = read(&[damaged]);
            }
        }
    }

    #[test]
    fn what_is_no_block_is_refused_by_name() {
        let built = |entries: &[u8], text: &[u8]| {
            let entries = deflate(entries);
            let length = u32::try_from(entries.len()).unwrap().to_le_bytes();
            vec![[&[VERSION], length.as_slice(), &entries, &deflate(text)].concat()]
        };
        assert_eq!(read(&[vec![2]]), Err(UnpackError::OtherVersion(2)));
        assert_eq!(read(&[vec![]]), Err(UnpackError::CutShort));
        assert_eq!(read(&built(&[], &[])), Err(UnpackError::Count));
        assert_eq!(
            read(&built(&[4, 0], &[])),
            Err(UnpackError::UnknownFlags(4))
        );
        assert_eq!(read(&built(&[3, 0], &[])), Err(UnpackError::WrongHash(0)));
        assert_eq!(read(&built(&[0, 1, 0, 1], &[])), Err(UnpackError::CutShort));
        assert_eq!(read(&built(&[0, 0], &[1])), Err(UnpackError::Leftover));
        let bomb = built(&[0, 0].repeat(MAX_CHANGES + 1), &[]);
        assert_eq!(read(&bomb), Err(UnpackError::Count));
    }
}
