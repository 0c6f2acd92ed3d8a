//! Who does harm: somebody who reads the board (every reader holds its key) and writes to it with a signature of their
//! own, and a participant whose program is broken.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use ed25519_dalek::{Signer, SigningKey};
use futures_util::{SinkExt, StreamExt};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::board::{Board, Command};
use samsyn_shared::ids::{ChangeHash, SectionId};
use samsyn_shared::records::SectionKind;
use samsyn_shared::seal::pack::pack;
use samsyn_shared::seal::{BoardKeys, Link};
use samsyn_shared::sync::wire::{
    self, Channel, Decoded, Hello, Keys, Message, Open, Push, PushRef, RejectCode,
};
use samsyn_shared::time::UnixMillis;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message as Ws;

use crate::wait::until;

/// The heading of the section that the intruder puts on the board.
pub const HEADING: &str = "Inkräktaren";

/// What a relay says to a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is in the log.
    Taken,
    /// It is not.
    Refused(RejectCode),
}

/// Pushes a change that is well-formed and sealed with the board's own key, but signed with another key than the
/// participants'.
pub async fn push_forged(relay: SocketAddr, participant_link: &str) -> Result<Answer> {
    let keys = Link::parse(participant_link)?.keys;
    let envelope = forged(&keys)?;
    push(relay, &keys, &envelope).await
}

/// Pushes a change that breaks the board's rules, truly signed: what a participant's broken program could send.
pub async fn push_poison(relay: SocketAddr, participant_link: &str) -> Result<Answer> {
    let keys = Link::parse(participant_link)?.keys;
    let mut document = AutoCommit::new();
    document.put(ROOT, "homes", "nothing but this")?;
    let change = document
        .get_last_local_change()
        .context("a change was made")?
        .clone();
    let hash = ChangeHash(change.hash().0);
    let envelope = keys.seal_changes(&pack(&[(hash, change.raw_bytes())])?)?;
    push(relay, &keys, &envelope).await
}

async fn push(relay: SocketAddr, keys: &BoardKeys, envelope: &[u8]) -> Result<Answer> {
    let (mut socket, _) = connect_async(format!("ws://{relay}/sync")).await?;
    let verify = keys.verify_keys().context("the link has no keys")?;
    let hello = Hello {
        version: wire::VERSION,
        oldest: wire::OLDEST_VERSION,
    };
    let open = Open {
        board: keys.board(),
        from: None,
        keys: Some(Keys {
            facilitator: verify.facilitator,
            participant: verify.participant,
        }),
        without: None,
    };
    let push = Push {
        reference: PushRef(1),
        envelope: envelope.into(),
        expect: None,
    };
    for (channel, message) in [
        (Channel::CONNECTION, Message::Hello(hello)),
        (Channel(1), Message::Open(open)),
        (Channel(1), Message::Push(push)),
    ] {
        let bytes = wire::encode(channel, &message);
        socket.send(Ws::Binary(bytes.into())).await?;
    }
    until("the relay's answer to who does harm", async || {
        let Some(frame) = socket.next().await else {
            bail!("the relay hung up");
        };
        Ok(answer(&frame?))
    })
    .await
}

fn answer(frame: &Ws) -> Option<Answer> {
    let Ws::Binary(bytes) = frame else {
        return None;
    };
    let Ok(Decoded::Frame(frame)) = wire::decode(bytes) else {
        return None;
    };
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the relay says much else that an intruder does not listen to"
    )]
    match frame.message {
        Message::Ack(_) => Some(Answer::Taken),
        Message::Reject(reject) => Some(Answer::Refused(reject.code)),
        _ => None,
    }
}

/// An envelope that only its signature gives away.
fn forged(keys: &BoardKeys) -> Result<Vec<u8>> {
    let mut rng = ChaCha20Rng::seed_from_u64(13);
    let mut board = Board::new(keys.board());
    let section = Command::AddSection {
        id: SectionId([13; 16]),
        kind: SectionKind::Rules,
        title: HEADING.into(),
        after: None,
    };
    let committed = board.commit(UnixMillis(0), &mut rng, &[section])?;
    let changes: Vec<(ChangeHash, &[u8])> = committed
        .changes
        .iter()
        .map(|(hash, chunk)| (*hash, chunk.as_slice()))
        .collect();
    let mut envelope = keys.seal_changes(&pack(&changes)?)?;
    let length = envelope
        .len()
        .checked_sub(64)
        .context("an envelope ends with a signature")?;
    envelope.truncate(length);
    let hash = blake3::hash(&envelope);
    let message = [b"samsyn/envelope/1".as_slice(), hash.as_bytes()].concat();
    let stranger = SigningKey::from_bytes(&[13; 32]);
    envelope.extend_from_slice(&stranger.sign(&message).to_bytes());
    Ok(envelope)
}

#[cfg(test)]
mod tests {
    use samsyn_shared::seal::EnvelopeError;

    use super::*;

    #[test]
    fn only_the_signature_gives_a_forged_envelope_away() {
        let keys = BoardKeys::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let verify = keys.verify_keys().unwrap();
        let refused = verify.verify(forged(&keys).unwrap()).unwrap_err();
        assert_eq!(refused, EnvelopeError::BadSignature);
    }
}
