//! A board's seeds, the keys made from them, and what each role may hold.
//!
//! Boundary: the only file that derives keys. Every context string of the key schedule is in `context`.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Role;
use crate::ids::{BoardId, GroupId, RoundId, Slot};
use crate::registers::RegisterName;

/// 32 secret bytes, wiped when dropped.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// The contexts of BLAKE3's `derive_key`, one for each purpose; changing one makes every board unreadable.
mod context {
    pub(super) const PARTICIPANT_SEED: &str = "samsyn/1 participant seed";
    pub(super) const CONTENT_KEY: &str = "samsyn/1 content key";
    pub(super) const FACILITATOR_SIGNING: &str = "samsyn/1 facilitator signing key";
    pub(super) const PARTICIPANT_SIGNING: &str = "samsyn/1 participant signing key";
    pub(super) const BOARD: &str = "samsyn/1 board";
    pub(super) const PARTS: &str = "samsyn/1 snapshot parts";
    pub(super) const REGISTER: &str = "samsyn/1 register";
    pub(super) const SLOT: &str = "samsyn/1 register slot";
    pub(super) const PRESENCE: &str = "samsyn/1 presence";
    pub(super) const NONCE: &str = "samsyn/1 nonce";
    pub(super) const MEMBERS: &str = "samsyn/1 members";
    pub(super) const ROUND: &str = "samsyn/1 round";
    pub(super) const GROUP: &str = "samsyn/1 group";
}

fn derive(context: &str, material: &[u8]) -> Secret {
    Zeroizing::new(blake3::derive_key(context, material))
}

/// A secret made from a seed and a public id.
fn derive_for(context: &str, seed: &Secret, id: &[u8; 16]) -> Secret {
    let mut material = Zeroizing::new([0; 48]);
    let (first, second) = material.split_at_mut(32);
    first.copy_from_slice(seed.as_slice());
    second.copy_from_slice(id);
    derive(context, material.as_slice())
}

/// Why verify keys were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// They hash to another board.
    #[error("these keys belong to board {theirs}, not to board {ours}")]
    OtherBoard {
        /// The board that the keys name.
        theirs: BoardId,
        /// The board they were offered for.
        ours: BoardId,
    },
}

/// A board's two public keys: they name the board, and they are all a relay needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VerifyKeys {
    /// Checks what a facilitator signed; a compressed Ed25519 point.
    pub facilitator: [u8; 32],
    /// Checks what a participant signed; a compressed Ed25519 point.
    pub participant: [u8; 32],
}

impl VerifyKeys {
    /// The board that these keys are the keys of.
    #[must_use]
    pub fn board(&self) -> BoardId {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.facilitator);
        hasher.update(&self.participant);
        BoardId(*hasher.finalize().as_bytes())
    }

    /// Whether `signature` is `role`'s over `message`, strictly; nobody signs as an observer.
    pub(super) fn signed(&self, role: Role, message: &[u8], signature: &[u8; 64]) -> bool {
        let key = match role {
            Role::Facilitator => &self.facilitator,
            Role::Participant => &self.participant,
            Role::Observer => return false,
        };
        VerifyingKey::from_bytes(key).is_ok_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .is_ok()
        })
    }
}

/// What a role holds beyond the content keys.
#[derive(Clone)]
enum Grant {
    Facilitator {
        seed: Secret,
        participant_seed: Secret,
        signing: SigningKey,
    },
    Participant {
        seed: Secret,
        signing: SigningKey,
    },
    Observer,
}

/// The keys that every member of a board holds.
#[derive(Clone)]
pub(super) struct ContentKeys {
    pub(super) content: Secret,
    pub(super) board: Secret,
    pub(super) parts: Secret,
    pub(super) register: Secret,
    pub(super) slot: Secret,
    pub(super) presence: Secret,
    pub(super) nonce: Secret,
}

impl ContentKeys {
    fn new(content: Secret) -> Self {
        let of = |context| derive(context, content.as_slice());
        Self {
            board: of(context::BOARD),
            parts: of(context::PARTS),
            register: of(context::REGISTER),
            slot: of(context::SLOT),
            presence: of(context::PRESENCE),
            nonce: of(context::NONCE),
            content,
        }
    }
}

/// The keys of one board that a device holds, by the role of its link. Wiped when dropped.
#[derive(Clone)]
pub struct BoardKeys {
    board: BoardId,
    grant: Grant,
    pub(super) content: ContentKeys,
    verify: Option<VerifyKeys>,
}

impl BoardKeys {
    /// A new board's keys, as its facilitator.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::facilitator(seed)
    }

    /// The keys of a facilitator, all of them made from `seed`.
    #[must_use]
    pub fn facilitator(seed: Zeroizing<[u8; 32]>) -> Self {
        let participant_seed = derive(context::PARTICIPANT_SEED, seed.as_slice());
        let signing =
            SigningKey::from_bytes(&derive(context::FACILITATOR_SIGNING, seed.as_slice()));
        let verify = VerifyKeys {
            facilitator: signing.verifying_key().to_bytes(),
            participant: participant_signing(&participant_seed)
                .verifying_key()
                .to_bytes(),
        };
        Self {
            board: verify.board(),
            content: ContentKeys::new(content_key(&participant_seed)),
            grant: Grant::Facilitator {
                seed,
                participant_seed,
                signing,
            },
            verify: Some(verify),
        }
    }

    /// The keys of a participant.
    #[must_use]
    pub fn participant(seed: Zeroizing<[u8; 32]>, facilitator_verify_key: [u8; 32]) -> Self {
        let signing = participant_signing(&seed);
        let verify = VerifyKeys {
            facilitator: facilitator_verify_key,
            participant: signing.verifying_key().to_bytes(),
        };
        Self {
            board: verify.board(),
            content: ContentKeys::new(content_key(&seed)),
            grant: Grant::Participant { seed, signing },
            verify: Some(verify),
        }
    }

    /// The keys of an observer, who has yet to learn the verify keys from a relay.
    #[must_use]
    pub fn observer(content_key: Zeroizing<[u8; 32]>, board: BoardId) -> Self {
        Self {
            board,
            content: ContentKeys::new(content_key),
            grant: Grant::Observer,
            verify: None,
        }
    }

    /// The board.
    #[must_use]
    pub const fn board(&self) -> BoardId {
        self.board
    }

    /// What these keys let their holder do.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self.grant {
            Grant::Facilitator { .. } => Role::Facilitator,
            Grant::Participant { .. } => Role::Participant,
            Grant::Observer => Role::Observer,
        }
    }

    /// The board's public keys; an observer has none before `learn`.
    #[must_use]
    pub const fn verify_keys(&self) -> Option<VerifyKeys> {
        self.verify
    }

    /// Takes the board's public keys from anyone: the board's own id proves them.
    ///
    /// # Errors
    /// `KeyError::OtherBoard` if they do not hash to this board; what was known stays.
    pub fn learn(&mut self, keys: VerifyKeys) -> Result<(), KeyError> {
        let (theirs, ours) = (keys.board(), self.board);
        if theirs != ours {
            return Err(KeyError::OtherBoard { theirs, ours });
        }
        self.verify = Some(keys);
        Ok(())
    }

    /// Where the register of that name lives on this board.
    #[must_use]
    pub fn slot(&self, name: &RegisterName) -> Slot {
        name.fixed_slot().unwrap_or_else(|| {
            Slot(*blake3::keyed_hash(&self.content.slot, name.to_string().as_bytes()).as_bytes())
        })
    }

    /// The key for what participants may read and observers may not; none for an observer.
    #[must_use]
    pub fn members_key(&self) -> Option<Zeroizing<[u8; 32]>> {
        self.participant_seed()
            .map(|seed| derive(context::MEMBERS, seed.as_slice()))
    }

    /// The secret that opens a private round; facilitators only, and every one of them has the same.
    #[must_use]
    pub fn round_secret(&self, round: &RoundId) -> Option<Zeroizing<[u8; 32]>> {
        self.facilitator_seed()
            .map(|seed| derive_for(context::ROUND, seed, round.as_bytes()))
    }

    /// A group's keys, as its facilitator; facilitators of the main board only.
    #[must_use]
    pub fn group(&self, group: &GroupId) -> Option<Self> {
        self.facilitator_seed()
            .map(|seed| Self::facilitator(derive_for(context::GROUP, seed, group.as_bytes())))
    }

    pub(super) fn facilitator_seed(&self) -> Option<&Secret> {
        match &self.grant {
            Grant::Facilitator { seed, .. } => Some(seed),
            Grant::Participant { .. } | Grant::Observer => None,
        }
    }

    pub(super) fn participant_seed(&self) -> Option<&Secret> {
        match &self.grant {
            Grant::Facilitator {
                participant_seed, ..
            } => Some(participant_seed),
            Grant::Participant { seed, .. } => Some(seed),
            Grant::Observer => None,
        }
    }

    /// Keys that sign for this board and seal for another.
    #[cfg(test)]
    pub(crate) fn with_content_of(mut self, other: &Self) -> Self {
        self.content = other.content.clone();
        self
    }

    /// Keys of a device that computes signatures wrongly.
    #[cfg(test)]
    pub(super) fn signing_wrongly(mut self) -> Self {
        match &mut self.grant {
            Grant::Facilitator { signing, .. } | Grant::Participant { signing, .. } => {
                *signing = SigningKey::from_bytes(&[7; 32]);
            }
            Grant::Observer => {}
        }
        self
    }

    /// Signs as this role; an observer cannot.
    pub(super) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        match &self.grant {
            Grant::Facilitator { signing, .. } | Grant::Participant { signing, .. } => {
                Some(signing.sign(message).to_bytes())
            }
            Grant::Observer => None,
        }
    }
}

impl fmt::Debug for BoardKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoardKeys")
            .field("board", &self.board)
            .field("role", &self.role())
            .finish_non_exhaustive()
    }
}

fn content_key(participant_seed: &Secret) -> Secret {
    derive(context::CONTENT_KEY, participant_seed.as_slice())
}

fn participant_signing(participant_seed: &Secret) -> SigningKey {
    SigningKey::from_bytes(&derive(
        context::PARTICIPANT_SIGNING,
        participant_seed.as_slice(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::testing::{board, three_roles};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn all_links_of_a_board_open_the_same_board() {
        let [facilitator, participant, observer] = three_roles(1);
        assert_eq!(participant.board(), facilitator.board());
        assert_eq!(observer.board(), facilitator.board());
        assert_eq!(participant.verify_keys(), facilitator.verify_keys());
        let name = RegisterName::Title;
        assert_eq!(observer.slot(&name), facilitator.slot(&name));
    }

    #[test]
    fn a_participant_cannot_become_a_facilitator() {
        let [facilitator, participant, _] = three_roles(1);
        assert_eq!(participant.link(Role::Facilitator), None);
        assert_eq!(participant.round_secret(&RoundId([1; 16])), None);
        assert!(participant.group(&GroupId([1; 16])).is_none());
        let seed = participant.participant_seed().unwrap().clone();
        assert_ne!(
            seed.as_slice(),
            facilitator.facilitator_seed().unwrap().as_slice()
        );
        assert_ne!(BoardKeys::facilitator(seed).board(), facilitator.board());
    }

    #[test]
    fn an_observer_cannot_become_a_participant() {
        let [facilitator, participant, observer] = three_roles(1);
        assert_eq!(observer.link(Role::Facilitator), None);
        assert_eq!(observer.link(Role::Participant), None);
        assert_eq!(observer.sign(b"words"), None);
        assert_eq!(observer.members_key(), None);
        let content = observer.content.content.clone();
        for seed in [
            facilitator.facilitator_seed(),
            participant.participant_seed(),
        ] {
            assert_ne!(seed.unwrap().as_slice(), content.as_slice());
        }
        let key = facilitator.verify_keys().unwrap().facilitator;
        assert_ne!(
            BoardKeys::participant(content, key).board(),
            facilitator.board()
        );
    }

    #[test]
    fn an_observer_learns_the_boards_own_keys_and_no_others() {
        let [facilitator, _, mut observer] = three_roles(1);
        assert_eq!(observer.verify_keys(), None);
        let own = facilitator.verify_keys().unwrap();
        let swapped = VerifyKeys {
            facilitator: own.participant,
            participant: own.facilitator,
        };
        for foreign in [board(2).verify_keys().unwrap(), swapped] {
            let (theirs, ours) = (foreign.board(), observer.board());
            assert_eq!(
                observer.learn(foreign),
                Err(KeyError::OtherBoard { theirs, ours })
            );
            assert_eq!(observer.verify_keys(), None);
        }
        assert_eq!(observer.learn(own), Ok(()));
        assert_eq!(observer.verify_keys(), Some(own));
    }

    #[test]
    fn keys_print_no_secret() {
        let keys = board(1);
        let printed = format!("{keys:?}");
        assert!(printed.contains("Facilitator"), "{printed}");
        for secret in [
            keys.facilitator_seed(),
            keys.participant_seed(),
            Some(&keys.content.content),
        ] {
            let hex = base16ct::lower::encode_string(secret.unwrap().as_slice());
            assert!(!printed.contains(&hex));
        }
    }

    #[test]
    fn every_key_of_a_board_is_another() {
        let [keys, ..] = three_roles(1);
        let content = &keys.content;
        let all = [
            keys.facilitator_seed().unwrap(),
            keys.participant_seed().unwrap(),
            &content.content,
            &content.board,
            &content.parts,
            &content.register,
            &content.slot,
            &content.presence,
            &content.nonce,
            &keys.members_key().unwrap(),
            &keys.round_secret(&RoundId([1; 16])).unwrap(),
            &keys.round_secret(&RoundId([2; 16])).unwrap(),
            &keys
                .group(&GroupId([1; 16]))
                .unwrap()
                .facilitator_seed()
                .unwrap()
                .clone(),
        ];
        let distinct: std::collections::BTreeSet<&[u8]> =
            all.iter().map(|key| key.as_slice()).collect();
        assert_eq!(distinct.len(), all.len());
    }
}
