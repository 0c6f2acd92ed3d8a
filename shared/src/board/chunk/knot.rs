//! Writes the one kind of change that we do not let automerge make: one without operations, upon chosen changes.
//!
//! Automerge's own `empty_commit` builds on all heads at once, and it is exactly their number that has to shrink.

use super::bytes::write_unsigned;
use super::{MAX_TIME, framed};
use crate::ids::{Actor, ChangeHash};

/// The hash and the chunk of a change of `actor` that does nothing but build on `deps`, which ascend.
/// Its first operation, if it had one, would be `start_op`; `seconds` since 1970 is only a stamp for people.
pub fn knot(
    deps: &[ChangeHash],
    actor: &Actor,
    seq: u64,
    start_op: u64,
    seconds: i64,
) -> (ChangeHash, Vec<u8>) {
    let mut content = Vec::new();
    write_unsigned(&mut content, deps.len() as u64);
    content.extend(deps.iter().flat_map(|dep| dep.0));
    write_unsigned(&mut content, actor.0.len() as u64);
    content.extend(actor.0);
    write_unsigned(&mut content, seq);
    write_unsigned(&mut content, start_op);
    write_time(&mut content, seconds);
    // No message, no other actors, no columns.
    content.extend([0, 0, 0]);
    framed(&content)
}

/// A signed LEB128 in its shortest form, for what is not negative.
fn write_time(out: &mut Vec<u8>, seconds: i64) {
    let seconds = seconds.clamp(0, MAX_TIME).unsigned_abs();
    let start = out.len();
    write_unsigned(out, seconds);
    // The highest bit that is written is the sign, so a one there needs a byte more.
    if let Some(last) = out.get_mut(start..).and_then(<[u8]>::last_mut)
        && *last & 0x40 != 0
    {
        *last |= 0x80;
        out.push(0);
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, Automerge, Change, ROOT, ReadDoc};

    use super::*;
    use crate::board::{chunk, document};

    const OWN: Actor = Actor([7; 16]);

    /// A document with two heads.
    fn forked() -> Automerge {
        let mut document = document::empty();
        let mut other = document::empty();
        for (document, actor) in [(&mut document, 1), (&mut other, 2)] {
            document.set_actor(ActorId::from([actor; 16].as_slice()));
            let mut change = document.transaction();
            change.put(ROOT, "key", i64::from(actor)).unwrap();
            change.commit();
        }
        document.merge(&mut other).unwrap();
        document
    }

    #[test]
    fn a_knot_is_what_automerge_makes_of_no_operations() {
        for seconds in [0, 1, 63, 64, 8191, 8192, 1_790_000_000, MAX_TIME] {
            let mut document = forked();
            let mut deps: Vec<ChangeHash> = document
                .get_heads()
                .into_iter()
                .map(document::ours)
                .collect();
            deps.sort_unstable();
            let (hash, raw) = knot(&deps, &OWN, 1, 2, seconds);
            document.set_actor(ActorId::from(OWN.0.as_slice()));
            let theirs = document.empty_commit(CommitOptions::default().with_time(seconds));
            let theirs = document.get_change_by_hash(&theirs).unwrap();
            assert_eq!(theirs.raw_bytes(), raw);
            assert_eq!(document::ours(theirs.hash()), hash);
            let read = chunk::read(&raw).unwrap();
            assert_eq!((read.hash, read.max_op()), (hash, 1));
            assert_eq!(read.deps, deps);
        }
    }

    #[test]
    fn the_actor_goes_on_after_a_knot_and_all_of_it_opens_again() {
        let mut document = forked();
        document.set_actor(ActorId::from(OWN.0.as_slice()));
        let mut last = None;
        for round in 0..3_u64 {
            let mut deps: Vec<ChangeHash> = document
                .get_heads()
                .into_iter()
                .map(document::ours)
                .collect();
            deps.sort_unstable();
            let (hash, raw) = knot(&deps, &OWN, 2 * round + 1, round + 2, 0);
            document
                .apply_changes([Change::try_from(raw.as_slice()).unwrap()])
                .unwrap();
            let mut change = document.transaction();
            change.put(ROOT, "round", round).unwrap();
            change.commit();
            let change = document.get_last_local_change().unwrap();
            assert_eq!(
                (change.seq(), change.start_op().get()),
                (2 * round + 2, round + 2)
            );
            assert_eq!(change.deps(), [automerge::ChangeHash(hash.0)]);
            last = Some(change.hash());
        }
        let again = document::load(&document.save()).unwrap();
        assert_eq!(again.get_heads(), [last.unwrap()]);
        let hashes = |document: &Automerge| -> Vec<_> {
            let changes = document.get_changes(&[]);
            changes.iter().map(|it| it.raw_bytes().to_vec()).collect()
        };
        assert_eq!(hashes(&again), hashes(&document));
    }
}
