//! What nobody may make: envelopes with a wrong signature or of a wrong role, pushed by strangers or slipped into the
//! log of a relay that checks nothing. None of it may be applied anywhere, at any time.

use ed25519_dalek::{Signer, SigningKey};
use rand_core::Rng;
use samsyn_shared::ids::ChangeHash;
use samsyn_shared::registers::{BoardState, RegisterSet};
use samsyn_shared::seal::{Role, envelope_hash, pack};
use samsyn_shared::sync::relay::{ConnId, RelayInput};
use samsyn_shared::sync::wire::{self, Channel, Hello, Keys, Message, Open, Push, PushRef};

use super::document::Document;
use super::world::{DEVICES, Event, RELAY, World};

/// Where an envelope's header says whose key signed it.
const ROLE: usize = 6;
const SIGNATURE: usize = 64;
const SIGNED: &[u8] = b"samsyn/envelope/1";

/// How an envelope breaks the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forgery {
    /// An observer can seal; what it says is a participant's is signed with a key of its own.
    Stranger,
    /// The same, and it does not even say that it is somebody else's.
    Observer,
    /// A bit of a participant's envelope is not what was signed.
    Damaged,
    /// A participant decides what only a facilitator may, and signs it.
    Usurper,
    /// The same, in the facilitator's name.
    Impostor,
}

impl<S: Document> World<S> {
    /// Somebody pushes what the relay must not take.
    pub(super) fn hostile_push(&mut self) -> Result<(), String> {
        let envelope = self.hostile_envelope()?;
        self.tally.hostile_pushes += 1;
        self.push_from_stranger(envelope)
    }

    /// A relay that checks nothing has stored what nobody may have signed.
    pub(super) fn hostile_entry(&mut self) -> Result<(), String> {
        self.note("a relay that checks nothing stores what comes");
        let envelope = self.hostile_envelope()?;
        self.kill_relay();
        let board = self.board;
        self.tally.hostile_entries += u64::from(self.relay.smuggle(board, envelope));
        self.read_log();
        Ok(())
    }

    fn hostile_envelope(&mut self) -> Result<Vec<u8>, String> {
        let forgery = match self.below(5) {
            0 => Forgery::Stranger,
            1 => Forgery::Observer,
            2 => Forgery::Damaged,
            3 => Forgery::Usurper,
            _ => Forgery::Impostor,
        };
        let envelope = match forgery {
            Forgery::Stranger => self.in_the_name_of(Role::Participant)?,
            Forgery::Observer => self.in_the_name_of(Role::Observer)?,
            Forgery::Damaged => self.damaged()?,
            Forgery::Usurper => self.decided_by_a_participant(Role::Participant)?,
            Forgery::Impostor => self.decided_by_a_participant(Role::Facilitator)?,
        };
        match forgery {
            Forgery::Stranger | Forgery::Damaged | Forgery::Impostor => {
                self.tally.wrong_signatures += 1;
            }
            Forgery::Observer | Forgery::Usurper => self.tally.wrong_roles += 1,
        }
        self.note(format!("somebody makes an envelope: {forgery:?}"));
        self.forged.insert(envelope_hash(&envelope));
        Ok(envelope)
    }

    /// Changes of nobody's, sealed and signed as a participant does.
    fn made_up(&mut self) -> Result<Vec<u8>, String> {
        let now = self.now(RELAY).wall;
        let mut rng = self.rng.clone();
        let mut document = S::load(self.board, &[]);
        let changes = document.edit(now, &mut rng);
        self.rng = rng;
        let chunks: Vec<(ChangeHash, &[u8])> = changes
            .iter()
            .map(|(hash, chunk)| (*hash, chunk.as_slice()))
            .collect();
        let packed = pack::pack(&chunks).map_err(|error| error.to_string())?;
        self.hostile.extend(changes.iter().map(|(hash, _)| *hash));
        let keys = &self.device(DEVICES - 2)?.keys;
        keys.seal_changes(&packed)
            .map_err(|error| error.to_string())
    }

    fn in_the_name_of(&mut self, role: Role) -> Result<Vec<u8>, String> {
        let envelope = self.made_up()?;
        let mut secret = [0; 32];
        self.rng.fill_bytes(&mut secret);
        Ok(signed(envelope, role, &SigningKey::from_bytes(&secret)))
    }

    fn damaged(&mut self) -> Result<Vec<u8>, String> {
        let mut envelope = self.made_up()?;
        let bit = usize::try_from(self.below(envelope.len() as u64 * 8)).unwrap_or(0);
        if let Some(byte) = envelope.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        Ok(envelope)
    }

    /// The board is gone for good, says a participant.
    fn decided_by_a_participant(&mut self, role: Role) -> Result<Vec<u8>, String> {
        let keys = &self.device(0)?.keys;
        let envelope = RegisterSet::default()
            .seal_state(keys, &BoardState::Deleted)
            .map_err(|error| error.to_string())?;
        Ok(signed(envelope, role, &self.participant_signing))
    }

    /// Somebody pushes again what was pushed once.
    pub(super) fn replay(&mut self) -> Result<(), String> {
        let some = usize::try_from(self.rng.next_u32()).unwrap_or(0);
        let count = self.envelopes.len().max(1);
        if let Some(envelope) = self.envelopes.get(some % count).cloned() {
            self.tally.replays += 1;
            self.note("an old envelope is pushed again by a stranger");
            self.push_from_stranger(envelope)?;
        }
        Ok(())
    }

    /// Somebody who knows the board's keys connects, pushes and is gone.
    fn push_from_stranger(&mut self, envelope: Vec<u8>) -> Result<(), String> {
        let conn = ConnId(1_000_000 + self.time * 8 + self.below(8));
        let keys = self
            .device(1)?
            .keys
            .verify_keys()
            .ok_or("participants have verify keys")?;
        let keys = Keys {
            facilitator: keys.facilitator,
            participant: keys.participant,
        };
        let open = Open {
            board: self.board,
            from: None,
            keys: Some(keys),
            without: None,
        };
        let hello = Hello {
            version: wire::VERSION,
            oldest: wire::OLDEST_VERSION,
        };
        let push = Push {
            reference: PushRef(1),
            envelope: envelope.into(),
            expect: None,
        };
        self.relay_does(RelayInput::Connected(conn))?;
        for (channel, message) in [
            (Channel::CONNECTION, Message::Hello(hello)),
            (Channel(1), Message::Open(open)),
            (Channel(1), Message::Push(push)),
        ] {
            self.relay_does(RelayInput::Frame(conn, wire::encode(channel, &message)))?;
        }
        let life = self.relay.life;
        self.after(300, Event::RelayClosed(conn, life));
        Ok(())
    }
}

/// The envelope with another role, signed as the format says, by whoever holds the key.
fn signed(mut envelope: Vec<u8>, role: Role, key: &SigningKey) -> Vec<u8> {
    if let Some(byte) = envelope.get_mut(ROLE) {
        *byte = role.code();
    }
    envelope.truncate(envelope.len().saturating_sub(SIGNATURE));
    let message = [SIGNED, blake3::hash(&envelope).as_bytes()].concat();
    envelope.extend_from_slice(&key.sign(&message).to_bytes());
    envelope
}

/// The key that participants sign with, of a board with that facilitator's seed.
pub(super) fn participant_signing(facilitator_seed: &[u8; 32]) -> SigningKey {
    let seed = blake3::derive_key("samsyn/1 participant seed", facilitator_seed);
    let secret = blake3::derive_key("samsyn/1 participant signing key", &seed);
    SigningKey::from_bytes(&secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_shared::seal::{BoardKeys, EnvelopeError, KindName};

    #[test]
    fn only_the_role_is_wrong_with_what_a_participant_decides() {
        let seed = [5; 32];
        let keys = BoardKeys::facilitator(seed.into());
        let verify = keys.verify_keys().unwrap();
        let envelope = RegisterSet::default()
            .seal_state(&keys, &BoardState::Deleted)
            .unwrap();
        let own = signed(
            envelope.clone(),
            Role::Participant,
            &participant_signing(&seed),
        );
        assert_eq!(
            verify.verify(own),
            Err(EnvelopeError::NotAllowed {
                role: Role::Participant,
                kind: KindName::Register
            })
        );
        let false_name = signed(envelope, Role::Facilitator, &participant_signing(&seed));
        assert_eq!(verify.verify(false_name), Err(EnvelopeError::BadSignature));
    }

    #[test]
    fn a_participant_signs_as_the_library_does() {
        let seed = [5; 32];
        let keys = BoardKeys::facilitator(seed.into());
        let code = keys.link(Role::Participant).unwrap();
        let participant = BoardKeys::from_link(&code).unwrap();
        let envelope = participant.seal_changes(b"a pack").unwrap();
        let again = signed(
            envelope.clone(),
            Role::Participant,
            &participant_signing(&seed),
        );
        assert_eq!(again, envelope);
    }
}
