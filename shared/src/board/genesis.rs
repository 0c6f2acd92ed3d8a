//! The fixed first change of every board: one empty map `homes`, and nothing else.
//!
//! Because all boards begin with these very bytes, any two of them can be merged and never disturb each other.

#[cfg(test)]
use automerge::ObjId;

#[cfg(test)]
use super::document;
use crate::ids::ChangeHash;

/// Who made genesis: nobody.
#[cfg(test)]
pub const ACTOR: [u8; 16] = *b"samsyn genesis 1";

/// The hash of genesis.
pub const HASH: ChangeHash = ChangeHash([
    0x21, 0xdd, 0xb7, 0x7f, 0xff, 0x04, 0xcf, 0xdd, 0xd7, 0xf1, 0x72, 0xbc, 0xbc, 0xf9, 0xc0, 0xe1,
    0xf9, 0x64, 0xe7, 0xbe, 0x65, 0x50, 0x58, 0xf5, 0xb8, 0xe9, 0x14, 0x8b, 0x35, 0x25, 0xc3, 0x8e,
]);

/// The chunk of genesis. These bytes are part of the format: they never change.
pub const CHUNK: &[u8] = b"\x85\x6f\x4a\x83\x21\xdd\xb7\x7f\x01\x30\
    \x00\x10samsyn genesis 1\x01\x01\x00\x00\x00\
    \x05\x15\x07\x34\x01\x42\x02\x56\x02\x70\x02\
    \x7f\x05homes\x01\x7f\x00\x7f\x00\x7f\x00";

/// The counter of the operation that makes `homes`, which is also the highest operation of genesis.
pub const HOMES: u64 = 1;

/// The map that holds a home for each board.
#[cfg(test)]
#[must_use]
pub fn homes() -> ObjId {
    document::object_id(HOMES, &ACTOR)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, ObjType, ROOT};

    use super::*;

    #[test]
    fn genesis_is_what_automerge_makes_of_one_empty_map() {
        let mut document = document::empty();
        document.set_actor(ActorId::from(ACTOR.as_slice()));
        let mut change = document.transaction();
        let made = change.put_object(ROOT, "homes", ObjType::Map).unwrap();
        change.commit_with(CommitOptions::default().with_time(0));
        let change = document.get_last_local_change().unwrap();
        assert_eq!(change.raw_bytes(), CHUNK);
        assert_eq!(document::ours(change.hash()), HASH);
        assert_eq!(made, homes());
    }
}
