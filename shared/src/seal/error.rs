//! What can be wrong with an envelope that comes, and with one that is to be made.

use super::Role;
use super::envelope::MAX_ENVELOPE;
use super::header::KindName;
use crate::ids::BoardId;

/// Why bytes are not an envelope of this board that may be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It begins like something else.
    #[error("these bytes are not an envelope")]
    NotAnEnvelope,
    /// It ends before it is whole.
    #[error("the envelope is cut short")]
    CutShort,
    /// It is larger than any envelope may be.
    #[error("the envelope has {0} bytes; {MAX_ENVELOPE} are allowed")]
    TooLong(usize),
    /// Another version of the format.
    #[error("the envelope has version {0}; this program reads version 1")]
    OtherVersion(u8),
    /// A kind that this version does not know.
    #[error("the envelope is of kind {0}, which this program does not know")]
    UnknownKind(u8),
    /// A role that there is not.
    #[error("the envelope names role {0}, which there is not")]
    UnknownRole(u8),
    /// A field is over its limit.
    #[error("the envelope's field “{0}” is over its limit")]
    FieldTooLong(&'static str),
    /// It belongs elsewhere.
    #[error("the envelope belongs to board {theirs}, not to board {ours}")]
    OtherBoard {
        /// The board it names.
        theirs: BoardId,
        /// The board it was shown to.
        ours: BoardId,
    },
    /// The role may not make such envelopes.
    #[error("a {role} may not make an envelope of kind “{kind}”")]
    NotAllowed {
        /// Who claims to have made it.
        role: Role,
        /// What it is.
        kind: KindName,
    },
    /// The signature is not that role's over these bytes.
    #[error(
        "the envelope's signature is wrong: it was damaged, or made by somebody without the link"
    )]
    BadSignature,
    /// It is signed, and does not open with this board's key.
    #[error("the envelope is signed but does not open with this board's key")]
    CannotOpen,
    /// It opened, and its body does not read as it must.
    #[error("the body of the envelope does not read: {0}")]
    BadBody(&'static str),
    /// A part that the manifest does not list there.
    #[error("this is not part {0} of the snapshot")]
    WrongPart(usize),
}

/// Why something could not be sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The role of these keys may not make such envelopes.
    #[error("a {role} may not make an envelope of kind “{kind}”")]
    NotAllowed {
        /// The role of the keys.
        role: Role,
        /// What was to be made.
        kind: KindName,
    },
    /// A part of it is over its limit.
    #[error("{what} has a size of {size}; {limit} is the most")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// How long it is.
        size: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The cipher refused, which takes more bytes than any limit here allows.
    #[error("the cipher refused to seal")]
    Cipher,
    /// What was sealed and signed did not open and verify again: this device computes wrongly.
    #[error("this device made an envelope that does not verify")]
    Unsound,
}
