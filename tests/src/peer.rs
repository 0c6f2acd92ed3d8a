//! A client that holds no document: it says exactly what a test wants said, and believes nothing. Every entry must follow
//! the one before it by number and chain.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use samsyn_shared::ids::{Chain, EnvelopeHash, Seq};
use samsyn_shared::seal::{BoardKeys, envelope_hash};
use samsyn_shared::sync::wire::{
    CHAIN_ZERO, Channel, CloseCode, Keys, Message, Open, Opened, Position, Push, PushRef,
    RejectCode, Retry, chain_after,
};

use crate::raw::Raw;

/// The channel of the one board that a peer has open.
pub const CHANNEL: Channel = Channel(1);

/// What a peer heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The next entry of the log, its own or another's.
    Entry(EnvelopeHash),
    /// An own envelope is on the disk, with this number.
    Acked(EnvelopeHash, Seq),
    /// An own envelope is not taken.
    Refused(EnvelopeHash, RejectCode, Retry),
    /// The stream has reached the end of the log.
    CaughtUp,
    /// The channel or the connection ends.
    Closed(CloseCode),
    /// Nothing that matters here.
    Other,
}

/// See the module.
pub struct Peer {
    raw: Raw,
    at: Position,
    /// What was pushed and is not answered yet, or not yet in the stream.
    pushed: BTreeMap<PushRef, EnvelopeHash>,
    next_push: u32,
}

/// What to open a board with.
#[must_use]
pub fn open_of(keys: &BoardKeys, from: Option<Position>) -> Open {
    Open {
        board: keys.board(),
        from,
        keys: keys.verify_keys().map(|keys| Keys {
            facilitator: keys.facilitator,
            participant: keys.participant,
        }),
        without: None,
    }
}

impl Peer {
    /// Connects and opens a board; none if the relay goes away meanwhile.
    pub async fn open(
        relay: SocketAddr,
        keys: &BoardKeys,
        from: Option<Position>,
    ) -> Result<Option<(Self, Opened)>> {
        let Ok(mut raw) = Raw::greet(relay).await else {
            return Ok(None);
        };
        let open = Message::Open(open_of(keys, from));
        if raw.say(CHANNEL, &open).await.is_err() {
            return Ok(None);
        }
        let opened = loop {
            match raw.hear().await? {
                Some((_, Message::Opened(opened))) => break opened,
                Some((_, Message::Close(close))) => bail!("closed: {:?}", close.code),
                Some(_) => {}
                None => return Ok(None),
            }
        };
        let begin = |cursor, chain| Position {
            epoch: opened.epoch,
            cursor,
            chain,
        };
        let at = match from {
            Some(from) if !opened.reset => begin(from.cursor, from.chain),
            Some(_) | None => begin(Seq(0), CHAIN_ZERO),
        };
        let peer = Self {
            raw,
            at,
            pushed: BTreeMap::new(),
            next_push: 1,
        };
        Ok(Some((peer, opened)))
    }

    /// [`Peer::open`] from the first entry on, at a relay that stays.
    pub async fn join(relay: SocketAddr, keys: &BoardKeys) -> Result<Self> {
        let opened = Self::open(relay, keys, None).await?;
        let (peer, _) = opened.context("the relay went away")?;
        Ok(peer)
    }

    /// Where it is in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.at
    }

    /// The connection below, for what no good client does.
    #[must_use]
    pub fn into_raw(self) -> Raw {
        self.raw
    }

    /// Pushes an envelope; an error if the connection is gone.
    pub async fn push(&mut self, envelope: &[u8]) -> Result<()> {
        let reference = PushRef(self.next_push);
        self.next_push += 1;
        self.pushed.insert(reference, envelope_hash(envelope));
        let envelope = envelope.into();
        let push = Push {
            reference,
            envelope,
            expect: None,
        };
        self.raw.say(CHANNEL, &Message::Push(push)).await
    }

    /// What is heard next; none at the end of the connection, an error if an entry does not follow.
    pub async fn next(&mut self) -> Result<Option<Heard>> {
        let Some((_, message)) = self.raw.hear().await? else {
            return Ok(None);
        };
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "the relay says much else that such a client does not listen to"
        )]
        let heard = match message {
            Message::Item(item) => {
                let hash = envelope_hash(&item.envelope);
                self.follow(hash, item.prev, item.seq, item.chain)?
            }
            Message::Own(own) => {
                let hash = self.of(own.reference)?;
                self.follow(hash, own.prev, own.seq, own.chain)?
            }
            Message::Ack(ack) => Heard::Acked(self.of(ack.reference)?, ack.seq),
            Message::Reject(reject) => {
                let hash = self.of(reject.reference)?;
                Heard::Refused(hash, reject.code, reject.retry)
            }
            Message::CaughtUp(_) => Heard::CaughtUp,
            Message::Close(close) => Heard::Closed(close.code),
            _ => Heard::Other,
        };
        Ok(Some(heard))
    }

    fn of(&self, reference: PushRef) -> Result<EnvelopeHash> {
        let hash = self.pushed.get(&reference).copied();
        hash.with_context(|| format!("{reference:?} was never pushed"))
    }

    fn follow(&mut self, hash: EnvelopeHash, prev: Seq, seq: Seq, chain: Chain) -> Result<Heard> {
        ensure!(
            prev == self.at.cursor && seq > prev,
            "entry {seq} follows {prev}, and {} was sent before",
            self.at.cursor
        );
        let expected = chain_after(&self.at.chain, &hash);
        ensure!(chain == expected, "the chain breaks at entry {seq}");
        (self.at.cursor, self.at.chain) = (seq, chain);
        Ok(Heard::Entry(hash))
    }

    /// The next thing that is heard from a relay that stays.
    pub async fn heard(&mut self) -> Result<Heard> {
        self.next().await?.context("the connection ended")
    }

    /// Every entry until the stream has reached the end of the log.
    pub async fn pull(&mut self) -> Result<Vec<EnvelopeHash>> {
        let mut entries = Vec::new();
        loop {
            match self.heard().await? {
                Heard::Entry(hash) => entries.push(hash),
                Heard::CaughtUp => return Ok(entries),
                Heard::Closed(code) => bail!("closed: {code:?}"),
                Heard::Acked(..) | Heard::Refused(..) | Heard::Other => {}
            }
        }
    }

    /// Pushes an envelope and waits until it is on the disk.
    pub async fn keep(&mut self, envelope: &[u8]) -> Result<Seq> {
        let wanted = envelope_hash(envelope);
        self.push(envelope).await?;
        loop {
            match self.heard().await? {
                Heard::Acked(hash, seq) if hash == wanted => return Ok(seq),
                Heard::Refused(hash, code, retry) if hash == wanted => bail!("{code:?}, {retry:?}"),
                Heard::Closed(code) => bail!("closed: {code:?}"),
                Heard::Acked(..)
                | Heard::Refused(..)
                | Heard::Entry(_)
                | Heard::CaughtUp
                | Heard::Other => {}
            }
        }
    }

    /// Pushes an envelope and waits until it is refused.
    pub async fn refused(&mut self, envelope: &[u8]) -> Result<(RejectCode, Retry)> {
        let wanted = envelope_hash(envelope);
        self.push(envelope).await?;
        loop {
            match self.heard().await? {
                Heard::Refused(hash, code, retry) if hash == wanted => return Ok((code, retry)),
                Heard::Acked(hash, seq) if hash == wanted => bail!("it was taken as {seq}"),
                Heard::Closed(code) => bail!("closed: {code:?}"),
                Heard::Acked(..)
                | Heard::Refused(..)
                | Heard::Entry(_)
                | Heard::CaughtUp
                | Heard::Other => {}
            }
        }
    }

    /// Waits until this envelope is in the stream.
    pub async fn sees(&mut self, wanted: EnvelopeHash) -> Result<()> {
        loop {
            match self.heard().await? {
                Heard::Entry(hash) if hash == wanted => return Ok(()),
                Heard::Closed(code) => bail!("closed: {code:?}"),
                Heard::Entry(_)
                | Heard::Acked(..)
                | Heard::Refused(..)
                | Heard::CaughtUp
                | Heard::Other => {}
            }
        }
    }
}
