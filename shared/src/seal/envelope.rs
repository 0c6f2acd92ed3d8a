//! Envelopes: sealed, signed, and the same bytes for the same batch.
//!
//! ```text
//! header ‖ nonce:24 ‖ XChaCha20-Poly1305(body, additional data = header) ‖ Ed25519 signature:64
//! ```
//! The signature is over `"samsyn/envelope/1" ‖ BLAKE3(every byte before it)` and is checked, strictly, before
//! anything is opened. The nonce is the first 24 bytes of a keyed BLAKE3 of header and body, so that a push that
//! is repeated after a cut is recognised as the same envelope.

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};

use super::Role;
use super::header::{Header, Kind, KindName, MAX_HEADS, MAX_PARTS, MAX_PUBLIC, RegisterHeader};
use super::keys::{BoardKeys, Secret, VerifyKeys};
use crate::ids::{BoardId, EnvelopeHash};

/// The most bytes of one envelope.
pub const MAX_ENVELOPE: usize = 256 * 1024;
/// The most bytes of a register's sealed value.
pub const MAX_VALUE: usize = 16 * 1024;
/// Bytes that every envelope adds to header and body: nonce, tag and signature.
pub const OVERHEAD: usize = NONCE + TAG + SIGNATURE;
/// The most bytes of the body of an envelope of changes.
pub const MAX_CHANGES_BODY: usize = MAX_ENVELOPE - 39 - OVERHEAD;

pub(super) const NONCE: usize = 24;
pub(super) const TAG: usize = 16;
pub(super) const SIGNATURE: usize = 64;
const SIGNED: &[u8] = b"samsyn/envelope/1";

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
}

/// The hash that names an envelope.
#[must_use]
pub fn envelope_hash(bytes: &[u8]) -> EnvelopeHash {
    EnvelopeHash(*blake3::hash(bytes).as_bytes())
}

/// An envelope whose signature, role and form were checked. It has not been opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    header: Header,
    hash: EnvelopeHash,
    bytes: Arc<[u8]>,
}

impl Verified {
    /// What it says openly.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Its name.
    #[must_use]
    pub const fn hash(&self) -> EnvelopeHash {
        self.hash
    }

    /// All of it, as received.
    #[must_use]
    pub const fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }
}

impl VerifyKeys {
    /// Checks an envelope: form, board, whether its role may make it, and the signature over every byte.
    ///
    /// # Errors
    /// The first of these that fails.
    pub fn verify(&self, bytes: impl Into<Arc<[u8]>>) -> Result<Verified, EnvelopeError> {
        let bytes = bytes.into();
        let header = self.check(&bytes)?;
        let hash = envelope_hash(&bytes);
        Ok(Verified {
            header,
            hash,
            bytes,
        })
    }

    fn check(&self, bytes: &[u8]) -> Result<Header, EnvelopeError> {
        if bytes.len() > MAX_ENVELOPE {
            return Err(EnvelopeError::TooLong(bytes.len()));
        }
        let (header, sealed) = Header::parse(bytes)?;
        check_body(&header, sealed)?;
        self.check_maker(&header)?;
        let (signed, signature) = bytes.split_last_chunk().ok_or(EnvelopeError::CutShort)?;
        if self.signed(header.role, &signing_message(signed), signature) {
            Ok(header)
        } else {
            Err(EnvelopeError::BadSignature)
        }
    }

    fn check_maker(&self, header: &Header) -> Result<(), EnvelopeError> {
        let (theirs, ours) = (header.board, self.board());
        if theirs != ours {
            return Err(EnvelopeError::OtherBoard { theirs, ours });
        }
        let (role, kind) = (header.role, header.kind.name());
        if kind.may_be_made_by(role) {
            Ok(())
        } else {
            Err(EnvelopeError::NotAllowed { role, kind })
        }
    }
}

impl BoardKeys {
    /// Seals a pack of changes (see `pack`); the same pack always gives the same bytes.
    ///
    /// # Errors
    /// For observers, and for packs over `MAX_CHANGES_BODY`.
    pub fn seal_changes(&self, pack: &[u8]) -> Result<Vec<u8>, SealError> {
        self.seal(Kind::Changes, pack)
    }

    /// Seals a register; facilitators only.
    ///
    /// # Errors
    /// For other roles, and for a value over `MAX_VALUE` or a public part over `MAX_PUBLIC` bytes.
    pub fn seal_register(
        &self,
        header: &RegisterHeader,
        value: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        check_size("the register's value", value.len(), MAX_VALUE)?;
        check_size(
            "the register's public part",
            header.public.len(),
            MAX_PUBLIC,
        )?;
        self.seal(Kind::Register(header.clone()), value)
    }

    /// Opens a verified envelope: the pack, the register's value or the snapshot's manifest.
    ///
    /// # Errors
    /// `OtherBoard`, or `CannotOpen` when a holder of the signing key sealed it with another key.
    pub fn open(&self, verified: &Verified) -> Result<Vec<u8>, EnvelopeError> {
        let (theirs, ours) = (verified.header.board, self.board());
        if theirs != ours {
            return Err(EnvelopeError::OtherBoard { theirs, ours });
        }
        let (header, sealed) = Header::parse(&verified.bytes)?;
        let aad = verified
            .bytes
            .get(..verified.bytes.len() - sealed.len())
            .unwrap_or_default();
        let (sealed, _) = sealed
            .split_last_chunk::<SIGNATURE>()
            .ok_or(EnvelopeError::CutShort)?;
        open_bytes(self.body_key(header.kind.name()), aad, sealed).ok_or(EnvelopeError::CannotOpen)
    }

    /// Seals `body` under a header of that kind, made by this role.
    pub(super) fn seal(&self, kind: Kind, body: &[u8]) -> Result<Vec<u8>, SealError> {
        let (role, name) = (self.role(), kind.name());
        if !name.may_be_made_by(role) {
            return Err(SealError::NotAllowed { role, kind: name });
        }
        check_counts(&kind)?;
        let header = Header {
            board: self.board(),
            role,
            kind,
        }
        .encode();
        check_size(
            "the envelope",
            header.len() + OVERHEAD + body.len(),
            MAX_ENVELOPE,
        )?;
        let sealed = self.seal_bytes(self.body_key(name), &header, body)?;
        let mut bytes = header;
        bytes.extend_from_slice(&sealed);
        let signature = self
            .sign(&signing_message(&bytes))
            .ok_or(SealError::NotAllowed { role, kind: name })?;
        bytes.extend_from_slice(&signature);
        Ok(bytes)
    }

    /// Nonce and ciphertext; the nonce follows from what is sealed.
    pub(super) fn seal_bytes(
        &self,
        key: &Secret,
        aad: &[u8],
        body: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut hasher = blake3::Hasher::new_keyed(&self.content.nonce);
        hasher.update(aad);
        hasher.update(body);
        let mut nonce = [0; NONCE];
        hasher.finalize_xof().fill(&mut nonce);
        seal_with(key, nonce, aad, body).ok_or(SealError::Cipher)
    }

    fn body_key(&self, kind: KindName) -> &Secret {
        match kind {
            KindName::Changes | KindName::Snapshot | KindName::Final => &self.content.board,
            KindName::Register => &self.content.register,
        }
    }
}

/// Nonce ‖ ciphertext ‖ tag.
pub(super) fn seal_with(
    key: &Secret,
    nonce: [u8; NONCE],
    aad: &[u8],
    body: &[u8],
) -> Option<Vec<u8>> {
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let sealed = cipher
        .encrypt(&nonce.into(), Payload { msg: body, aad })
        .ok()?;
    let mut out = nonce.to_vec();
    out.extend_from_slice(&sealed);
    Some(out)
}

/// Undoes `seal_with`.
pub(super) fn open_bytes(key: &Secret, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE>()?;
    let cipher = XChaCha20Poly1305::new((&**key).into());
    cipher.decrypt(&(*nonce).into(), Payload { msg, aad }).ok()
}

fn signing_message(bytes: &[u8]) -> [u8; SIGNED.len() + 32] {
    let mut message = [0; SIGNED.len() + 32];
    let (name, hash) = message.split_at_mut(SIGNED.len());
    name.copy_from_slice(SIGNED);
    hash.copy_from_slice(blake3::hash(bytes).as_bytes());
    message
}

/// The body's size is known from outside, so a value over its limit is refused by relays too.
fn check_body(header: &Header, sealed: &[u8]) -> Result<(), EnvelopeError> {
    let length = sealed
        .len()
        .checked_sub(OVERHEAD)
        .ok_or(EnvelopeError::CutShort)?;
    if header.kind.name() == KindName::Register && length > MAX_VALUE {
        return Err(EnvelopeError::FieldTooLong("value"));
    }
    Ok(())
}

fn check_counts(kind: &Kind) -> Result<(), SealError> {
    check_size("the number of parts", kind.parts().len(), MAX_PARTS)?;
    match kind {
        Kind::Final(header) => check_size("the number of heads", header.heads.len(), MAX_HEADS),
        Kind::Changes | Kind::Snapshot(_) | Kind::Register(_) => Ok(()),
    }
}

pub(super) fn check_size(what: &'static str, size: usize, limit: usize) -> Result<(), SealError> {
    if size > limit {
        return Err(SealError::TooLong { what, size, limit });
    }
    Ok(())
}
