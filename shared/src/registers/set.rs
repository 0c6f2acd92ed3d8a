//! The newest edition of each of a board's registers, verbatim.
//!
//! Which edition wins does not depend on the order in which they come, so a relay and all members agree.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::{
    BoardState, RegisterClass, RegisterHeader, RegisterName, StateError, Title, TitleError,
};
use crate::ids::{EnvelopeHash, Slot};
use crate::seal::{BoardKeys, EnvelopeError, Kind, KindName, SealError, Verified};

/// The most slots of a board.
pub const MAX_SLOTS: usize = 4096;

/// Why a register is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The envelope is of another kind.
    #[error("an envelope of kind “{0}” is no register")]
    NotARegister(KindName),
    /// A slot that belongs to another class.
    #[error("a register of class {class} may not be in that slot")]
    WrongSlot {
        /// Its class.
        class: u8,
    },
    /// A sealed register with a public part.
    #[error("a sealed register says something openly")]
    NotSealed,
    /// A state that does not read.
    #[error(transparent)]
    State(#[from] StateError),
    /// `MAX_SLOTS` are taken.
    #[error("the board has {MAX_SLOTS} registers, and no more fit")]
    Full,
}

/// What became of a register that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is the newest of its slot now.
    Newest {
        /// The edition of the same number that it took the place of: somebody decided otherwise at the same time.
        displaced: Option<EnvelopeHash>,
    },
    /// It was there.
    Known,
    /// There is a newer one.
    Older,
}

/// Compared from the first field on; the greatest edition wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edition {
    terminal: bool,
    n: u64,
    weight: u8,
    hash: EnvelopeHash,
}

/// The newest register of each slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterSet {
    slots: BTreeMap<Slot, Kept>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    edition: Edition,
    envelope: Verified,
}

impl RegisterSet {
    /// Takes a register if it is newer than what its slot holds.
    ///
    /// # Errors
    /// If it is no register, breaks the rules of its class, or the board is full.
    pub fn offer(&mut self, envelope: &Verified) -> Result<Offer, RegisterError> {
        let header = register_of(envelope)?;
        let edition = edition_of(header, envelope.hash())?;
        let displaced = match self.slots.get(&header.slot) {
            Some(kept) if kept.edition == edition => return Ok(Offer::Known),
            Some(kept) if kept.edition > edition => return Ok(Offer::Older),
            Some(kept) => (kept.edition.n == edition.n).then_some(kept.edition.hash),
            None if self.slots.len() >= MAX_SLOTS => return Err(RegisterError::Full),
            None => None,
        };
        let envelope = envelope.clone();
        self.slots.insert(header.slot, Kept { edition, envelope });
        Ok(Offer::Newest { displaced })
    }

    /// The newest edition in a slot.
    #[must_use]
    pub fn get(&self, slot: &Slot) -> Option<&Verified> {
        self.slots.get(slot).map(|kept| &kept.envelope)
    }

    /// All of them, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (&Slot, &Verified)> {
        self.slots.iter().map(|(slot, kept)| (slot, &kept.envelope))
    }

    /// The next one after a slot, by slot; the first after none.
    #[must_use]
    pub fn after(&self, slot: Option<&Slot>) -> Option<(&Slot, &Verified)> {
        let from = slot.map_or(Bound::Unbounded, Bound::Excluded);
        let mut range = self.slots.range((from, Bound::Unbounded));
        range.next().map(|(slot, kept)| (slot, &kept.envelope))
    }

    /// All envelopes verbatim, by slot: what storage, a board file or a wiped relay gets.
    pub fn envelopes(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.slots.values().map(|kept| kept.envelope.bytes())
    }

    /// How many slots are taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether the board takes changes; open as long as nobody said otherwise.
    #[must_use]
    pub fn state(&self) -> BoardState {
        RegisterClass::State
            .fixed_slot()
            .and_then(|slot| self.get(&slot))
            .and_then(|envelope| register_of(envelope).ok())
            .and_then(|header| BoardState::decode(&header.public).ok())
            .unwrap_or_default()
    }

    /// The opened value of a sealed register; none if nobody set it.
    ///
    /// # Errors
    /// If it does not open with these keys.
    pub fn value(
        &self,
        keys: &BoardKeys,
        name: &RegisterName,
    ) -> Result<Option<Vec<u8>>, EnvelopeError> {
        self.get(&keys.slot(name))
            .map(|envelope| keys.open(envelope))
            .transpose()
    }

    /// The board's title; empty if nobody gave it one.
    ///
    /// # Errors
    /// If the register does not open or is no title.
    pub fn title(&self, keys: &BoardKeys) -> Result<Title, TitleError> {
        match self.value(keys, &RegisterName::Title) {
            Ok(Some(value)) => Title::decode(&value),
            Ok(None) => Ok(Title::default()),
            Err(_) => Err(TitleError),
        }
    }

    /// Seals the next edition of a sealed register; facilitators only. It still has to be offered and pushed.
    ///
    /// # Errors
    /// As `BoardKeys::seal_register`.
    pub fn seal_value(
        &self,
        keys: &BoardKeys,
        name: &RegisterName,
        value: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        keys.seal_register(&self.next(keys, name, Vec::new()), value)
    }

    /// Seals the board's next state; facilitators only. It still has to be offered and pushed.
    ///
    /// # Errors
    /// As `BoardKeys::seal_register`; `TooLong` if the state has too many heads.
    pub fn seal_state(&self, keys: &BoardKeys, state: &BoardState) -> Result<Vec<u8>, SealError> {
        let public = state.encode().map_err(|_| SealError::TooLong {
            what: "the frozen state",
            size: crate::seal::header::MAX_PUBLIC + 1,
            limit: crate::seal::header::MAX_PUBLIC,
        })?;
        keys.seal_register(&self.next(keys, &RegisterName::State, public), &[])
    }

    /// The edition of the newest register in a slot; 0 if there is none.
    #[must_use]
    pub fn edition(&self, slot: &Slot) -> u64 {
        self.slots.get(slot).map_or(0, |kept| kept.edition.n)
    }

    fn next(&self, keys: &BoardKeys, name: &RegisterName, public: Vec<u8>) -> RegisterHeader {
        let slot = keys.slot(name);
        let n = self.edition(&slot);
        RegisterHeader {
            slot,
            class: name.class().code(),
            n: n.saturating_add(1),
            public,
        }
    }
}

fn register_of(envelope: &Verified) -> Result<&RegisterHeader, RegisterError> {
    match &envelope.header().kind {
        Kind::Register(header) => Ok(header),
        Kind::Changes | Kind::Snapshot(_) | Kind::Final(_) => {
            Err(RegisterError::NotARegister(envelope.header().kind.name()))
        }
    }
}

fn edition_of(header: &RegisterHeader, hash: EnvelopeHash) -> Result<Edition, RegisterError> {
    let class = RegisterClass::from_code(header.class);
    if !class.may_live_in(&header.slot) {
        return Err(RegisterError::WrongSlot {
            class: header.class,
        });
    }
    let (terminal, weight) = match class {
        RegisterClass::State => {
            let state = BoardState::decode(&header.public)?;
            (state == BoardState::Deleted, state.weight())
        }
        RegisterClass::Sealed if !header.public.is_empty() => return Err(RegisterError::NotSealed),
        RegisterClass::Sealed | RegisterClass::CreateProof | RegisterClass::Other(_) => (false, 0),
    };
    Ok(Edition {
        terminal,
        n: header.n,
        weight,
        hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChangeHash;
    use crate::seal::testing::{board, three_roles};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn verified(keys: &BoardKeys, bytes: Vec<u8>) -> Verified {
        keys.verify_keys().unwrap().verify(bytes).unwrap()
    }

    fn state(keys: &BoardKeys, n: u64, state: &BoardState) -> Verified {
        let header = RegisterHeader {
            slot: keys.slot(&RegisterName::State),
            class: 1,
            n,
            public: state.encode().unwrap(),
        };
        verified(keys, keys.seal_register(&header, &[]).unwrap())
    }

    fn register(keys: &BoardKeys, slot: u8, class: u8, n: u64, value: &[u8]) -> Verified {
        let header = RegisterHeader {
            slot: Slot([slot; 32]),
            class,
            n,
            public: vec![],
        };
        verified(keys, keys.seal_register(&header, value).unwrap())
    }

    fn frozen() -> BoardState {
        BoardState::Frozen {
            heads: vec![ChangeHash([1; 32])],
            snapshot: EnvelopeHash([2; 32]),
        }
    }

    /// Offers `editions` in every order of two and says which state stands at the end.
    fn check_state(keys: &BoardKeys, editions: [(u64, BoardState); 2], expected: &BoardState) {
        let [a, b] = editions.map(|(n, value)| state(keys, n, &value));
        for order in [[&a, &b], [&b, &a]] {
            let mut set = RegisterSet::default();
            for envelope in order {
                set.offer(envelope).unwrap();
            }
            assert_eq!(&set.state(), expected);
        }
    }

    #[test]
    fn a_title_set_by_the_facilitator_is_read_by_all() {
        let [facilitator, _, observer] = three_roles(1);
        let mut set = RegisterSet::default();
        assert_eq!(set.title(&observer), Ok(Title::default()));
        for title in ["Ledningsgruppen", "Ledningsgruppen Norr 🌲"] {
            let bytes = set
                .seal_value(
                    &facilitator,
                    &RegisterName::Title,
                    &Title::new(title).encode(),
                )
                .unwrap();
            let offer = set.offer(&verified(&facilitator, bytes));
            assert_eq!(offer, Ok(Offer::Newest { displaced: None }));
            assert_eq!(set.title(&observer).unwrap().as_str(), title);
        }
        assert_eq!(set.len(), 1);
    }

    #[test]
    fn the_heavier_state_wins_at_the_same_number() {
        let keys = board(1);
        let states = [
            BoardState::Open,
            BoardState::Paused,
            frozen(),
            BoardState::Deleted,
        ];
        for (light, heavy) in [(0, 1), (1, 2), (2, 3), (0, 3)] {
            // Many numbers: the hashes, which would decide otherwise, fall now one way and now the other.
            for n in 0..12 {
                let pair = [light, heavy].map(|index| (n, states[index].clone()));
                check_state(&keys, pair, &states[heavy]);
            }
        }
        check_state(
            &keys,
            [(6, BoardState::Open), (5, frozen())],
            &BoardState::Open,
        );
    }

    #[test]
    fn a_deleted_board_stays_deleted_whatever_comes_later() {
        let keys = board(1);
        check_state(
            &keys,
            [(1, BoardState::Deleted), (u64::MAX, BoardState::Open)],
            &BoardState::Deleted,
        );
    }

    #[test]
    fn who_was_displaced_at_the_same_number_is_told() {
        let keys = board(1);
        let mut both = [
            register(&keys, 9, 0, 3, b"one"),
            register(&keys, 9, 0, 3, b"two"),
        ];
        both.sort_by_key(Verified::hash);
        let [low, high] = both;
        let mut set = RegisterSet::default();
        assert_eq!(set.offer(&low), Ok(Offer::Newest { displaced: None }));
        assert_eq!(
            set.offer(&high),
            Ok(Offer::Newest {
                displaced: Some(low.hash())
            })
        );
        assert_eq!(set.offer(&low), Ok(Offer::Older));
        assert_eq!(set.offer(&high), Ok(Offer::Known));
    }

    #[test]
    fn a_class_of_a_newer_version_is_kept_verbatim() {
        let keys = board(1);
        let unknown = register(&keys, 9, 77, 1, b"later");
        let mut set = RegisterSet::default();
        set.offer(&unknown).unwrap();
        assert_eq!(set.envelopes().collect::<Vec<_>>(), [unknown.bytes()]);
    }

    #[test]
    fn the_states_place_is_the_states_alone() {
        let keys = board(1);
        let mut set = RegisterSet::default();
        let seal = |slot, class| {
            let header = RegisterHeader {
                slot,
                class,
                n: 1,
                public: BoardState::Paused.encode().unwrap(),
            };
            verified(&keys, keys.seal_register(&header, b"").unwrap())
        };
        let place = keys.slot(&RegisterName::State);
        assert_eq!(
            set.offer(&seal(place, 2)),
            Err(RegisterError::WrongSlot { class: 2 })
        );
        assert_eq!(
            set.offer(&seal(place, 9)),
            Err(RegisterError::WrongSlot { class: 9 })
        );
        assert_eq!(
            set.offer(&seal(Slot([5; 32]), 1)),
            Err(RegisterError::WrongSlot { class: 1 })
        );
        assert_eq!(
            set.offer(&seal(Slot([5; 32]), 0)),
            Err(RegisterError::NotSealed)
        );
        assert!(set.is_empty());
        assert!(set.offer(&seal(place, 1)).is_ok());
        assert_eq!(set.state(), BoardState::Paused);
    }

    #[test]
    fn changes_are_no_register() {
        let keys = board(1);
        let changes = verified(&keys, keys.seal_changes(b"pack").unwrap());
        let error = RegisterError::NotARegister(KindName::Changes);
        assert_eq!(RegisterSet::default().offer(&changes), Err(error));
    }

    #[test]
    fn a_full_board_still_takes_new_editions() {
        let keys = board(1);
        let mut set = RegisterSet::default();
        let (first, second) = (register(&keys, 9, 0, 1, b""), register(&keys, 9, 0, 2, b""));
        set.offer(&first).unwrap();
        let kept = set.slots.values().next().unwrap().clone();
        for n in 0..MAX_SLOTS - 1 {
            set.slots.insert(
                Slot(*blake3::hash(&n.to_le_bytes()).as_bytes()),
                kept.clone(),
            );
        }
        assert_eq!(
            set.offer(&register(&keys, 8, 0, 1, b"")),
            Err(RegisterError::Full)
        );
        assert_eq!(set.offer(&second), Ok(Offer::Newest { displaced: None }));
    }
}
