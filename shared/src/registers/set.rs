//! The newest edition of each of a board's registers, verbatim.
//!
//! Which edition wins does not depend on the order in which they come, so a relay and all members agree.

use std::collections::BTreeMap;
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

    fn next(&self, keys: &BoardKeys, name: &RegisterName, public: Vec<u8>) -> RegisterHeader {
        let slot = keys.slot(name);
        let n = self.slots.get(&slot).map_or(0, |kept| kept.edition.n);
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
