//! Names of registers, and what the relay may read of each.

use std::fmt;

use crate::ids::{GroupId, RoundId, Slot};

/// A register that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisterName {
    /// The board's title.
    Title,
    /// The case number that an archive files the board under.
    CaseNumber,
    /// The agenda.
    Agenda,
    /// The running timer.
    Timer,
    /// A private round.
    Round(RoundId),
    /// A group.
    Group(GroupId),
    /// Open, paused, frozen or deleted; read by the relay.
    State,
    /// The proof that a closed relay asks for; read by the relay.
    CreateProof,
}

/// What the relay may know of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegisterClass {
    /// Nothing: the value is sealed and the slot hides its name.
    Sealed,
    /// The board's state, in the public part.
    State,
    /// The proof of the right to create the board, in the public part.
    CreateProof,
    /// A class of a newer version: kept and forwarded.
    Other(u8),
}

impl RegisterName {
    /// The class its envelopes carry.
    #[must_use]
    pub const fn class(&self) -> RegisterClass {
        match self {
            Self::Title
            | Self::CaseNumber
            | Self::Agenda
            | Self::Timer
            | Self::Round(_)
            | Self::Group(_) => RegisterClass::Sealed,
            Self::State => RegisterClass::State,
            Self::CreateProof => RegisterClass::CreateProof,
        }
    }

    /// The slot of a register that relays find without a key; none for sealed ones, see `BoardKeys::slot`.
    #[must_use]
    pub const fn fixed_slot(&self) -> Option<Slot> {
        self.class().fixed_slot()
    }
}

/// The words that are hashed into a slot: part of the format.
impl fmt::Display for RegisterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title => f.write_str("title"),
            Self::CaseNumber => f.write_str("case number"),
            Self::Agenda => f.write_str("agenda"),
            Self::Timer => f.write_str("timer"),
            Self::Round(id) => write!(f, "round {id}"),
            Self::Group(id) => write!(f, "group {id}"),
            Self::State => f.write_str("state"),
            Self::CreateProof => f.write_str("create proof"),
        }
    }
}

impl RegisterClass {
    /// The byte in the header.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Sealed => 0,
            Self::State => 1,
            Self::CreateProof => 2,
            Self::Other(code) => code,
        }
    }

    /// Reads `code` back.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Sealed,
            1 => Self::State,
            2 => Self::CreateProof,
            other => Self::Other(other),
        }
    }

    /// There is one state and one proof a board: zeros and the class.
    #[must_use]
    pub const fn fixed_slot(self) -> Option<Slot> {
        match self {
            Self::Sealed | Self::Other(_) => None,
            Self::State | Self::CreateProof => {
                let mut slot = [0; 32];
                slot[31] = self.code();
                Some(Slot(slot))
            }
        }
    }

    /// Whether a register of this class may live there: the fixed slots belong to their classes alone.
    #[must_use]
    pub fn may_live_in(self, slot: &Slot) -> bool {
        match self.fixed_slot() {
            Some(fixed) => fixed == *slot,
            None => !slot.as_bytes().starts_with(&[0; 31]),
        }
    }
}
