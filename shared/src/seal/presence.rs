//! Presence frames: sealed, signed by who holds a signing key, never stored.
//!
//! ```text
//! version:u8 role:u8 nonce:24 ciphertext [signature:64, not for observers]
//! ```
//! Additional data: version ‖ role ‖ board. The signature is over `"samsyn/presence/1" ‖ BLAKE3(board ‖ every byte
//! before it)`. Observers hold the presence key too, so an unsigned frame proves nothing about who wrote it.

use rand_core::CryptoRng;

use super::Role;
use super::envelope::{NONCE, SIGNATURE, TAG, check_size, open_bytes, seal_with};
use super::error::SealError;
use super::keys::BoardKeys;
use crate::ids::BoardId;

/// The most bytes of a sealed frame.
pub const MAX_FRAME: usize = 2 * 1024;
/// The most bytes of what a frame says.
pub const MAX_PRESENCE: usize = MAX_FRAME - 2 - NONCE - TAG - SIGNATURE;

const VERSION: u8 = 1;
const SIGNED: &[u8] = b"samsyn/presence/1";

/// Why a presence frame is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresenceError {
    /// Longer than `MAX_FRAME`.
    #[error("the presence frame is too long")]
    TooLong,
    /// Too short, or of another version or role.
    #[error("the presence frame does not read")]
    Malformed,
    /// It claims a role whose key did not sign it.
    #[error("the presence frame's signature is wrong")]
    BadSignature,
    /// The verify keys are not known yet, so that a signed frame cannot be checked.
    #[error("the presence frame is signed, and the board's keys are not known yet")]
    KeysUnknown,
    /// Sealed for another board, or damaged.
    #[error("the presence frame does not open")]
    CannotOpen,
}

/// What a frame says and whose key vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPresence {
    /// Whose key signed it; `Observer` means that nobody did and only who and where may be believed.
    pub role: Role,
    /// What it says.
    pub body: Vec<u8>,
}

impl BoardKeys {
    /// Seals what a person is doing, under a random nonce, signed with the role's key if it has one.
    ///
    /// # Errors
    /// If `body` is over `MAX_PRESENCE` bytes.
    pub fn seal_presence(
        &self,
        rng: &mut impl CryptoRng,
        body: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        check_size("the presence", body.len(), MAX_PRESENCE)?;
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let start = [VERSION, self.role().code()];
        let aad = additional(start, &self.board());
        let sealed =
            seal_with(&self.content.presence, nonce, &aad, body).ok_or(SealError::Cipher)?;
        let mut frame = start.to_vec();
        frame.extend_from_slice(&sealed);
        if let Some(signature) = self.sign(&signing_message(&self.board(), &frame)) {
            frame.extend_from_slice(&signature);
        }
        Ok(frame)
    }

    /// Opens a frame of somebody else.
    ///
    /// # Errors
    /// Says why the frame is worth nothing; drop it.
    pub fn open_presence(&self, frame: &[u8]) -> Result<OpenedPresence, PresenceError> {
        if frame.len() > MAX_FRAME {
            return Err(PresenceError::TooLong);
        }
        let (role, signed) = self.check_presence(frame)?;
        let (start, sealed) = signed
            .split_first_chunk::<2>()
            .ok_or(PresenceError::Malformed)?;
        let body = open_bytes(
            &self.content.presence,
            &additional(*start, &self.board()),
            sealed,
        )
        .ok_or(PresenceError::CannotOpen)?;
        Ok(OpenedPresence { role, body })
    }

    /// The role that vouches for the frame, and the frame without its signature.
    fn check_presence<'a>(&self, frame: &'a [u8]) -> Result<(Role, &'a [u8]), PresenceError> {
        let role = match frame {
            [VERSION, code, ..] => Role::from_code(*code).ok_or(PresenceError::Malformed)?,
            _ => return Err(PresenceError::Malformed),
        };
        if role == Role::Observer {
            return Ok((role, frame));
        }
        let (signed, signature) = frame.split_last_chunk().ok_or(PresenceError::Malformed)?;
        let keys = self.verify_keys().ok_or(PresenceError::KeysUnknown)?;
        if keys.signed(role, &signing_message(&self.board(), signed), signature) {
            Ok((role, signed))
        } else {
            Err(PresenceError::BadSignature)
        }
    }
}

fn additional(start: [u8; 2], board: &BoardId) -> [u8; 34] {
    let mut out = [0; 34];
    let (first, second) = out.split_at_mut(2);
    first.copy_from_slice(&start);
    second.copy_from_slice(board.as_bytes());
    out
}

fn signing_message(board: &BoardId, frame: &[u8]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(board.as_bytes());
    hasher.update(frame);
    [SIGNED, hasher.finalize().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::testing::{board, rng, three_roles};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_frame_says_whose_key_vouches_for_it() {
        let [facilitator, participant, mut observer] = three_roles(1);
        observer.learn(facilitator.verify_keys().unwrap()).unwrap();
        for sender in [&facilitator, &participant, &observer] {
            let frame = sender
                .seal_presence(&mut rng(5), b"Mira, p\xc3\xa5 v\xc3\xa4ggen")
                .unwrap();
            for reader in [&facilitator, &participant, &observer] {
                let opened = reader.open_presence(&frame).unwrap();
                assert_eq!(opened.role, sender.role());
                assert_eq!(opened.body, b"Mira, p\xc3\xa5 v\xc3\xa4ggen");
            }
        }
    }

    #[test]
    fn an_observer_cannot_speak_as_a_participant() {
        let [facilitator, participant, observer] = three_roles(1);
        let mut frame = observer.seal_presence(&mut rng(5), &[b'd'; 80]).unwrap();
        frame[1] = Role::Participant.code();
        assert_eq!(
            participant.open_presence(&frame),
            Err(PresenceError::BadSignature)
        );
        let mut frame = participant.seal_presence(&mut rng(5), b"pointer").unwrap();
        frame[1] = Role::Facilitator.code();
        assert_eq!(
            facilitator.open_presence(&frame),
            Err(PresenceError::BadSignature)
        );
        frame[1] = Role::Observer.code();
        assert_eq!(
            facilitator.open_presence(&frame),
            Err(PresenceError::CannotOpen)
        );
    }

    #[test]
    fn who_has_not_learnt_the_keys_says_so() {
        let [_, participant, observer] = three_roles(1);
        let frame = participant.seal_presence(&mut rng(5), b"here").unwrap();
        assert_eq!(
            observer.open_presence(&frame),
            Err(PresenceError::KeysUnknown)
        );
    }

    #[test]
    fn every_damaged_frame_is_dropped() {
        let keys = board(1);
        let frame = keys.seal_presence(&mut rng(5), b"here").unwrap();
        for at in 0..frame.len() {
            let mut damaged = frame.clone();
            damaged[at] ^= 1;
            assert!(keys.open_presence(&damaged).is_err(), "byte {at}");
            assert!(keys.open_presence(&frame[..at]).is_err(), "cut at {at}");
        }
        assert!(board(2).open_presence(&frame).is_err());
    }

    #[test]
    fn two_frames_with_the_same_words_look_different() {
        let (keys, mut rng) = (board(1), rng(5));
        let frames = [(); 2].map(|()| keys.seal_presence(&mut rng, b"here").unwrap());
        assert_ne!(frames[0], frames[1]);
    }

    #[test]
    fn the_longest_presence_just_fits() {
        let keys = board(1);
        let frame = keys.seal_presence(&mut rng(5), &[1; MAX_PRESENCE]).unwrap();
        assert_eq!(frame.len(), MAX_FRAME);
        assert!(keys.open_presence(&frame).is_ok());
        assert!(matches!(
            keys.seal_presence(&mut rng(5), &[1; MAX_PRESENCE + 1]),
            Err(SealError::TooLong { .. })
        ));
        assert_eq!(
            keys.open_presence(&[1; MAX_FRAME + 1]),
            Err(PresenceError::TooLong)
        );
    }
}
