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

use super::error::{EnvelopeError, SealError};
use super::header::{Header, Kind, KindName, MAX_HEADS, MAX_PARTS, MAX_PUBLIC, RegisterHeader};
use super::keys::{BoardKeys, Secret, VerifyKeys};
use crate::ids::EnvelopeHash;

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
/// How often an envelope is made before its maker gives up. What is made is checked before it is let go: a signature
/// gone wrong (a faulty compiler in a browser, a flipped bit) would be refused everywhere, for good, and the changes in
/// it with it.
const ATTEMPTS: u8 = 3;
const SIGNED: &[u8] = b"samsyn/envelope/1";

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

    /// Seals `body` under a header of that kind, made by this role, and sees that it opens and verifies.
    pub(super) fn seal(&self, kind: Kind, body: &[u8]) -> Result<Vec<u8>, SealError> {
        for _ in 0..ATTEMPTS {
            let envelope = self.make(kind.clone(), body)?;
            if self.proves(&envelope, body) {
                return Ok(envelope);
            }
        }
        Err(SealError::Unsound)
    }

    fn make(&self, kind: Kind, body: &[u8]) -> Result<Vec<u8>, SealError> {
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

    /// Whether others will find in an envelope what was put into it.
    fn proves(&self, envelope: &[u8], body: &[u8]) -> bool {
        let verified = self.verify_keys().and_then(|it| it.verify(envelope).ok());
        verified.is_some_and(|it| self.open(&it).is_ok_and(|opened| opened == body))
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

    /// Seals what participants may read and observers may not; `about` says what it is. None for an observer.
    #[must_use]
    pub fn seal_for_members(&self, about: &[u8], body: &[u8]) -> Option<Vec<u8>> {
        self.seal_bytes(&self.members_key()?, about, body).ok()
    }

    /// Undoes `seal_for_members`; none for an observer, or if it was sealed for others or about something else.
    #[must_use]
    pub fn open_for_members(&self, about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        open_bytes(&self.members_key()?, about, sealed)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Slot;
    use crate::seal::Role;
    use crate::seal::header::FinalHeader;
    use crate::seal::testing::{board, three_roles};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn register(n: u64) -> RegisterHeader {
        RegisterHeader {
            slot: Slot([7; 32]),
            class: 0,
            n,
            public: Vec::new(),
        }
    }

    /// An envelope as somebody makes it who holds `keys` and does not keep the rules.
    fn forged(keys: &BoardKeys, role: Role, kind: Kind) -> Vec<u8> {
        let header = Header {
            board: keys.board(),
            role,
            kind,
        }
        .encode();
        let sealed = keys
            .seal_bytes(&keys.content.board, &header, b"words")
            .unwrap();
        let mut bytes = [header, sealed].concat();
        let signature = keys
            .sign(&signing_message(&bytes))
            .unwrap_or([1; SIGNATURE]);
        bytes.extend_from_slice(&signature);
        bytes
    }

    #[test]
    fn an_envelope_that_nobody_could_verify_is_never_let_go() {
        for keys in three_roles(1).into_iter().take(2) {
            let sealed = keys.signing_wrongly().seal_changes(b"a pack");
            assert_eq!(sealed, Err(SealError::Unsound));
        }
    }

    #[test]
    fn every_member_opens_what_a_participant_sealed() {
        let roles = three_roles(1);
        let verify = roles[0].verify_keys().unwrap();
        let verified = verify
            .verify(roles[1].seal_changes(b"a pack").unwrap())
            .unwrap();
        for keys in &roles {
            assert_eq!(keys.open(&verified).unwrap(), b"a pack");
        }
        assert_eq!(verified.header().role, Role::Participant);
        assert_eq!(verified.hash(), envelope_hash(verified.bytes()));
    }

    #[test]
    fn the_same_batch_seals_to_the_same_bytes() {
        let [facilitator, participant, _] = three_roles(1);
        let first = participant.seal_changes(b"a pack").unwrap();
        assert_eq!(first, participant.seal_changes(b"a pack").unwrap());
        assert_ne!(first, participant.seal_changes(b"a pick").unwrap());
        assert_ne!(first, facilitator.seal_changes(b"a pack").unwrap());
    }

    #[test]
    fn no_role_seals_what_it_may_not_make() {
        let [facilitator, participant, observer] = three_roles(1);
        assert!(facilitator.seal_register(&register(1), b"v").is_ok());
        let refused = |role, kind| Err(SealError::NotAllowed { role, kind });
        assert_eq!(
            participant.seal_register(&register(1), b"v"),
            refused(Role::Participant, KindName::Register)
        );
        assert_eq!(
            observer.seal_changes(b"p"),
            refused(Role::Observer, KindName::Changes)
        );
    }

    #[test]
    fn a_role_that_breaks_the_rules_is_refused_by_everyone() {
        let [facilitator, participant, observer] = three_roles(1);
        let verify = facilitator.verify_keys().unwrap();
        let check = |keys: &BoardKeys, role, kind, expected| {
            assert_eq!(verify.verify(forged(keys, role, kind)), Err(expected));
        };
        let end = || {
            Kind::Final(FinalHeader {
                n: 1,
                heads: vec![],
                parts: vec![],
            })
        };
        let denied = |role, kind| EnvelopeError::NotAllowed { role, kind };
        let (p, o) = (Role::Participant, Role::Observer);
        check(
            &participant,
            p,
            Kind::Register(register(1)),
            denied(p, KindName::Register),
        );
        check(&participant, p, end(), denied(p, KindName::Final));
        check(
            &participant,
            Role::Facilitator,
            end(),
            EnvelopeError::BadSignature,
        );
        check(
            &participant,
            Role::Facilitator,
            Kind::Changes,
            EnvelopeError::BadSignature,
        );
        check(&observer, o, Kind::Changes, denied(o, KindName::Changes));
        check(&observer, p, Kind::Changes, EnvelopeError::BadSignature);
        assert!(
            verify
                .verify(forged(&participant, p, Kind::Changes))
                .is_ok()
        );
    }

    #[test]
    fn an_envelope_counts_on_its_own_board_only() {
        let (ours, theirs) = (board(1), board(2));
        let bytes = theirs.seal_changes(b"a pack").unwrap();
        let error = EnvelopeError::OtherBoard {
            theirs: theirs.board(),
            ours: ours.board(),
        };
        assert_eq!(
            ours.verify_keys().unwrap().verify(bytes.as_slice()),
            Err(error.clone())
        );
        let verified = theirs.verify_keys().unwrap().verify(bytes).unwrap();
        assert_eq!(ours.open(&verified), Err(error));
    }

    #[test]
    fn what_a_newer_program_makes_is_refused_by_name() {
        let keys = board(1);
        let verify = keys.verify_keys().unwrap();
        let with = |at: usize, value| {
            let mut bytes = keys.seal_changes(b"a pack").unwrap();
            bytes[at] = value;
            verify.verify(bytes).unwrap_err()
        };
        assert_eq!(with(0, b's'), EnvelopeError::NotAnEnvelope);
        assert_eq!(with(4, 2), EnvelopeError::OtherVersion(2));
        assert_eq!(with(5, 9), EnvelopeError::UnknownKind(9));
        assert_eq!(with(6, 7), EnvelopeError::UnknownRole(7));
        assert!(with(5, 9).to_string().contains('9'));
    }

    #[test]
    fn an_envelope_sealed_with_a_wrong_key_is_told_from_a_forged_one() {
        let keys = board(1);
        let header = Header {
            board: keys.board(),
            role: Role::Facilitator,
            kind: Kind::Changes,
        }
        .encode();
        let sealed = keys
            .seal_bytes(&keys.content.presence, &header, b"words")
            .unwrap();
        let mut bytes = [header, sealed].concat();
        bytes.extend_from_slice(&keys.sign(&signing_message(&bytes)).unwrap());
        let verified = keys.verify_keys().unwrap().verify(bytes).unwrap();
        assert_eq!(keys.open(&verified), Err(EnvelopeError::CannotOpen));
    }

    #[test]
    fn sizes_are_bounded_where_sealed_and_where_received() {
        let keys = board(1);
        let verify = keys.verify_keys().unwrap();
        let largest = keys.seal_changes(&vec![0; MAX_CHANGES_BODY]).unwrap();
        assert_eq!(largest.len(), MAX_ENVELOPE);
        assert!(verify.verify(largest.as_slice()).is_ok());
        assert!(matches!(
            keys.seal_changes(&vec![0; MAX_CHANGES_BODY + 1]),
            Err(SealError::TooLong { .. })
        ));
        let longer = [largest, vec![0]].concat();
        assert_eq!(
            verify.verify(longer),
            Err(EnvelopeError::TooLong(MAX_ENVELOPE + 1))
        );

        assert!(matches!(
            keys.seal_register(&register(1), &vec![0; MAX_VALUE + 1]),
            Err(SealError::TooLong { .. })
        ));
        let wide = keys
            .make(Kind::Register(register(1)), &vec![0; MAX_VALUE + 1])
            .unwrap();
        assert_eq!(
            verify.verify(wide),
            Err(EnvelopeError::FieldTooLong("value"))
        );
        let public = RegisterHeader {
            public: vec![0; MAX_PUBLIC + 1],
            ..register(1)
        };
        assert!(matches!(
            keys.seal_register(&public, b""),
            Err(SealError::TooLong { .. })
        ));
        let public = keys.make(Kind::Register(public), b"").unwrap();
        assert_eq!(
            verify.verify(public),
            Err(EnvelopeError::FieldTooLong("public part"))
        );
    }
}
