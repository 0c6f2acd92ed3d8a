//! Whether the relay takes an envelope: form, board, signature, kind, and what the facilitator allows now.

use crate::ids::Slot;
use crate::registers::{BoardState, Offer, RegisterError, RegisterSet};
use crate::seal::{EnvelopeError, Kind, Role, Verified, VerifyKeys};
use crate::sync::wire::{Bytes, RejectCode, Retry};

/// Why not, and when it may come again.
pub(super) type Refusal = (RejectCode, Retry);

/// Checks an envelope by itself.
pub(super) fn verify(keys: &VerifyKeys, envelope: Bytes) -> Result<Verified, Refusal> {
    keys.verify(envelope)
        .map_err(|error| (code_of(&error), Retry::Never))
}

fn code_of(error: &EnvelopeError) -> RejectCode {
    match error {
        EnvelopeError::UnknownKind(_) | EnvelopeError::OtherVersion(_) => RejectCode::UnknownKind,
        EnvelopeError::TooLong(_) => RejectCode::TooLarge,
        EnvelopeError::NotAllowed { .. } | EnvelopeError::BadSignature => RejectCode::Unauthorised,
        EnvelopeError::NotAnEnvelope
        | EnvelopeError::CutShort
        | EnvelopeError::UnknownRole(_)
        | EnvelopeError::FieldTooLong(_)
        | EnvelopeError::OtherBoard { .. }
        | EnvelopeError::CannotOpen
        | EnvelopeError::BadBody(_)
        | EnvelopeError::WrongPart(_) => RejectCode::BadEnvelope,
    }
}

/// Checks it against what the board is at; a register becomes the newest of its slot.
pub(super) fn admit(registers: &mut RegisterSet, envelope: &Verified) -> Result<(), Refusal> {
    match &envelope.header().kind {
        Kind::Changes => changes_allowed(&registers.state(), envelope.header().role),
        Kind::Register(_) => register_allowed(registers.offer(envelope)),
        // They go another way: see `snapshots`.
        Kind::Snapshot(_) | Kind::Final(_) => Err((RejectCode::NotWanted, Retry::Never)),
    }
}

/// Whether it lists the parts of a snapshot.
pub(super) fn is_snapshot(envelope: &Verified) -> bool {
    match &envelope.header().kind {
        Kind::Snapshot(_) | Kind::Final(_) => true,
        Kind::Changes | Kind::Register(_) => false,
    }
}

/// The slot of a register.
pub(super) fn slot(envelope: &Verified) -> Option<Slot> {
    match &envelope.header().kind {
        Kind::Register(header) => Some(header.slot),
        Kind::Changes | Kind::Snapshot(_) | Kind::Final(_) => None,
    }
}

fn changes_allowed(state: &BoardState, signer: Role) -> Result<(), Refusal> {
    match (state, signer) {
        (BoardState::Open, _) | (BoardState::Paused, Role::Facilitator) => Ok(()),
        (BoardState::Paused, Role::Participant | Role::Observer) => {
            Err((RejectCode::Paused, Retry::OnState))
        }
        (BoardState::Frozen { .. }, _) => Err((RejectCode::Frozen, Retry::OnState)),
        (BoardState::Deleted, _) => Err((RejectCode::Deleted, Retry::Never)),
    }
}

fn register_allowed(offer: Result<Offer, RegisterError>) -> Result<(), Refusal> {
    match offer {
        Ok(Offer::Newest { .. } | Offer::Known) => Ok(()),
        Ok(Offer::Older) => Err((RejectCode::OldRegister, Retry::Never)),
        Err(RegisterError::Full) => Err((RejectCode::TooManyRegisters, Retry::Never)),
        Err(
            RegisterError::NotARegister(_)
            | RegisterError::WrongSlot { .. }
            | RegisterError::NotSealed
            | RegisterError::State(_),
        ) => Err((RejectCode::BadEnvelope, Retry::Never)),
    }
}
