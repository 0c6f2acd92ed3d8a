//! A board's home in the document: the fixed containers of its records, made by a change computed from the board's id.
//!
//! Every device computes the same bytes, so a joiner may write before the maker of the board was ever online.

use automerge::ObjId;
use base16ct::lower as hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{document, genesis};
use crate::ids::{BoardId, ChangeHash};

/// A container of a home. Its place in `ALL` fixes its object id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Container {
    /// Sections by id.
    Sections,
    /// Notes by id.
    Notes,
    /// Rules by id.
    Rules,
    /// Crosses by id.
    Crosses,
    /// People by id.
    People,
    /// Text objects by id.
    Texts,
    /// Actions by id; reserved.
    Actions,
    /// Ballots; reserved.
    Ballots,
    /// Marks of merged sources.
    Merges,
    /// Marks of settled conflicts of merges.
    Choices,
    /// Marks of where notes of merged sources hang.
    Place,
}

impl Container {
    /// All of them, in the order in which the home change makes them.
    pub const ALL: [Self; 11] = [
        Self::Sections,
        Self::Notes,
        Self::Rules,
        Self::Crosses,
        Self::People,
        Self::Texts,
        Self::Actions,
        Self::Ballots,
        Self::Merges,
        Self::Choices,
        Self::Place,
    ];

    /// Its key in the home.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sections => "sections",
            Self::Notes => "notes",
            Self::Rules => "rules",
            Self::Crosses => "crosses",
            Self::People => "people",
            Self::Texts => "texts",
            Self::Actions => "actions",
            Self::Ballots => "ballots",
            Self::Merges => "merges",
            Self::Choices => "choices",
            Self::Place => "place",
        }
    }

    /// The counter of the operation that makes it.
    #[must_use]
    pub const fn counter(self) -> u64 {
        HOME + 1 + self as u64
    }
}

/// The counter of the operation that makes the home itself.
pub const HOME: u64 = genesis::HOMES + 1;
/// The highest operation of a home change.
#[cfg(test)]
pub const MAX_OP: u64 = HOME + Container::ALL.len() as u64;

const HEADER: &[u8] = b"\x85\x6f\x4a\x83";
/// Chunk type 1 and the length of what follows; hashed with it.
const TYPE_AND_LENGTH: &[u8] = b"\x01\xf8\x01";
/// From the actor's end to the board's id: seq 1, start 2, time 0, no message, genesis' actor, columns, first keys.
const MIDDLE: &[u8] = b"\x01\x02\x00\x00\x01\x10samsyn genesis 1\
    \x07\x01\x04\x02\x04\x15\x91\x01\x34\x01\x42\x02\x56\x02\x70\x02\
    \x7f\x01\x0b\x00\x7f\x01\x0b\x02\x74\x40";
/// The containers' keys and the columns after them.
const TAIL: &[u8] = b"\x08sections\x05notes\x05rules\x07crosses\x06people\x05texts\x07actions\
    \x07ballots\x06merges\x07choices\x05place\x0c\x0c\x00\x0c\x00\x0c\x00";

/// Who makes the home of `board`: nobody, and for no two boards the same.
#[must_use]
pub fn actor(board: &BoardId) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"samsyn home").update(board.as_bytes());
    let mut actor = [0; 16];
    hasher.finalize_xof().fill(&mut actor);
    actor
}

/// The hash and the chunk of the change that makes the home of `board`.
#[must_use]
pub fn change(board: &BoardId) -> (ChangeHash, Vec<u8>) {
    let key = hex::encode_string(board.as_bytes());
    let body = [
        b"\x01".as_slice(),
        genesis::HASH.as_bytes(),
        b"\x10",
        &actor(board),
        MIDDLE,
        key.as_bytes(),
        TAIL,
    ]
    .concat();
    let mut sha = Sha256::new();
    sha.update(TYPE_AND_LENGTH);
    sha.update(&body);
    let hash: [u8; 32] = sha.finalize().into();
    let checksum = hash.first_chunk::<4>().map_or(&[] as &[u8], |sum| sum);
    let chunk = [HEADER, checksum, TYPE_AND_LENGTH, &body].concat();
    (ChangeHash(hash), chunk)
}

/// The object id of the home of `board`.
#[must_use]
pub fn object(board: &BoardId) -> ObjId {
    document::object_id(HOME, &actor(board))
}

/// The object id of a container of `board`.
#[must_use]
pub fn container(board: &BoardId, container: Container) -> ObjId {
    document::object_id(container.counter(), &actor(board))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use automerge::transaction::{CommitOptions, Transactable};
    use automerge::{ActorId, Automerge, Change, ObjType};

    use super::*;

    fn made_by_automerge(board: &BoardId) -> Automerge {
        let mut document = document::empty();
        let genesis = Change::from_bytes(genesis::CHUNK.to_vec()).unwrap();
        document.apply_changes([genesis]).unwrap();
        document.set_actor(ActorId::from(actor(board).as_slice()));
        let mut change = document.transaction();
        let home = change
            .put_object(genesis::homes(), board.to_string(), ObjType::Map)
            .unwrap();
        assert_eq!(home, object(board));
        for part in Container::ALL {
            let made = change.put_object(&home, part.key(), ObjType::Map).unwrap();
            assert_eq!(made, container(board, part));
        }
        change.commit_with(CommitOptions::default().with_time(0));
        document
    }

    #[test]
    fn a_home_is_what_automerge_makes_of_its_containers() {
        for byte in [0, 7, 0xab, 255] {
            let board = BoardId([byte; 32]);
            let theirs = made_by_automerge(&board).get_last_local_change().unwrap();
            let (hash, chunk) = change(&board);
            assert_eq!(chunk, theirs.raw_bytes());
            assert_eq!(hash, document::ours(theirs.hash()));
            assert_eq!(theirs.max_op(), MAX_OP);
        }
    }

    /// Golden vectors: these never change, or devices of two versions could not share a board.
    #[test]
    fn a_home_stays_what_it_was() {
        let board = BoardId([0xab; 32]);
        assert_eq!(
            hex::encode_string(&actor(&board)),
            "acb18592ea3b0a899ef4b2ba18249249"
        );
        assert_eq!(
            change(&board).0.to_string(),
            "46e8ae1052c49bb0b5035870805b1ed06d210394c371387f433b738ff7e5b632"
        );
    }
}
