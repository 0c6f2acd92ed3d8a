//! A client that holds no document: it speaks the protocol, follows the chain and recognises envelopes by their hash.
//! Hundreds of them in one process leave the processor to the server that is measured.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt, TryStreamExt};
use samsyn_shared::ids::{Chain, EnvelopeHash, Epoch, Seq};
use samsyn_shared::seal::{BoardKeys, Verified, envelope_hash};
use samsyn_shared::sync::wire::{
    self, CHAIN_ZERO, Channel, Declined, Decoded, Frame, Hello, Item, Keys, Message, Open, Ping,
    Position, Push, PushRef, chain_after,
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message as Ws};

use crate::client::{Failure, RelayUrl, Socket, connect};

/// The one board that a light client opens.
const CHANNEL: Channel = Channel(1);
/// A server that does not answer for so long is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Clients that come in at the same time.
const AT_ONCE: usize = 64;
/// Pushes on their way at the same time, of those that a relay allows (`RelayLimits::in_flight`).
const WINDOW: usize = 32;
/// See the module.
pub struct Light {
    socket: Socket,
    at: Position,
}

/// Something that the relay said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An envelope of somebody else, which follows the one before.
    Entry(EnvelopeHash),
    /// An own envelope is in the log.
    Own,
    /// An own envelope is on the disk.
    Acked(PushRef),
    /// An own envelope is not taken.
    Refused,
    /// The stream has reached the end of the log.
    CaughtUp,
    /// The answer to a question.
    Pong,
    /// An envelope that does not follow the one before: the relay has left one out.
    OutOfOrder,
    /// A snapshot is wanted, which it cannot make.
    Wanted(u64),
    /// The log starts with a snapshot.
    Snapshot,
    /// Nothing that matters here.
    Other,
}

/// The connection is gone, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a connection was lost: {0}")]
pub struct Lost(String);

impl From<Lost> for Failure {
    fn from(lost: Lost) -> Self {
        Self::NoServer(lost.to_string())
    }
}

/// A push that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Ready(Bytes);

impl Ready {
    /// Makes the frame of one.
    #[must_use]
    pub fn new(reference: PushRef, envelope: &Verified) -> Self {
        let envelope = envelope.bytes().clone();
        let push = Message::Push(Push {
            reference,
            envelope,
            expect: None,
        });
        Self(wire::encode(CHANNEL, &push).into())
    }
}

impl Light {
    /// Connects, opens the board after `from` and waits until everything is here.
    ///
    /// # Errors
    /// `Failure::NoServer` if the server does not let it.
    pub async fn open(
        relay: &RelayUrl,
        keys: &BoardKeys,
        from: Option<Position>,
    ) -> Result<Self, Failure> {
        let opening = connect(relay).await;
        let socket = opening.map_err(Failure::NoServer)?;
        let at = from.unwrap_or(Position {
            epoch: Epoch([0; 16]),
            cursor: Seq(0),
            chain: CHAIN_ZERO,
        });
        let mut light = Self { socket, at };
        light.ask(keys, from).await?;
        light.until(Heard::CaughtUp).await?;
        Ok(light)
    }

    /// Opens one for each of these keys, many at a time, each after `from`.
    ///
    /// # Errors
    /// As `open`, of the first that fails.
    pub async fn open_all<'a>(
        relay: &'a RelayUrl,
        keys: impl IntoIterator<Item = &'a BoardKeys>,
        from: Option<Position>,
    ) -> Result<Vec<Self>, Failure> {
        let opening = keys.into_iter().map(|keys| Self::open(relay, keys, from));
        let opening = futures_util::stream::iter(opening.collect::<Vec<_>>());
        opening.buffered(AT_ONCE).try_collect().await
    }

    async fn ask(&mut self, keys: &BoardKeys, from: Option<Position>) -> Result<(), Lost> {
        let hello = Message::Hello(Hello {
            version: wire::VERSION,
            oldest: wire::OLDEST_VERSION,
        });
        let open = Message::Open(Open {
            board: keys.board(),
            from,
            keys: keys.verify_keys().map(|keys| Keys {
                facilitator: keys.facilitator,
                participant: keys.participant,
            }),
            without: None,
        });
        self.say(wire::encode(Channel::CONNECTION, &hello).into())
            .await?;
        self.say(wire::encode(CHANNEL, &open).into()).await
    }

    /// Where it is in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.at
    }

    /// Whether a newcomer to the board starts with a snapshot.
    ///
    /// # Errors
    /// `Failure::NoServer` if the server does not let it.
    pub async fn starts_with_snapshot(relay: &RelayUrl, keys: &BoardKeys) -> Result<bool, Failure> {
        let opening = connect(relay).await;
        let socket = opening.map_err(Failure::NoServer)?;
        let at = Position {
            epoch: Epoch([0; 16]),
            cursor: Seq(0),
            chain: CHAIN_ZERO,
        };
        let mut light = Self { socket, at };
        light.ask(keys, None).await?;
        let starts = loop {
            let heard = light.next_soon().await?;
            if heard == Heard::Snapshot {
                break true;
            }
            if matches!(heard, Heard::Entry(_) | Heard::CaughtUp) {
                break false;
            }
        };
        light.close().await;
        Ok(starts)
    }

    async fn decline(&mut self, request: u64) -> Result<(), Lost> {
        let declined = Message::Declined(Declined { request });
        self.say(wire::encode(CHANNEL, &declined).into()).await
    }

    /// Pushes.
    ///
    /// # Errors
    /// `Lost`.
    pub async fn push(&mut self, ready: &Ready) -> Result<(), Lost> {
        self.say(ready.0.clone()).await
    }

    /// Pushes all of these, a few at a time, and waits until they are in the log.
    ///
    /// # Errors
    /// If one is refused, or the connection is lost.
    pub async fn push_all(&mut self, envelopes: &[Verified]) -> Result<(), Failure> {
        let (mut taken, mut reference) = (0, 0);
        for (index, envelope) in envelopes.iter().enumerate() {
            reference += 1;
            self.push(&Ready::new(PushRef(reference), envelope)).await?;
            while index + 1 - taken >= WINDOW {
                taken += self.taken().await?;
            }
        }
        while taken < envelopes.len() {
            taken += self.taken().await?;
        }
        Ok(())
    }

    /// 1 if what comes next is an own envelope in the stream: then it is on the disk, and the cursor is behind it.
    async fn taken(&mut self) -> Result<usize, Failure> {
        match self.next_soon().await? {
            Heard::Own => Ok(1),
            Heard::Refused => Err(Failure::NoServer("it refuses a note".to_owned())),
            Heard::Entry(_)
            | Heard::Acked(_)
            | Heard::CaughtUp
            | Heard::Pong
            | Heard::OutOfOrder
            | Heard::Wanted(_)
            | Heard::Snapshot
            | Heard::Other => Ok(0),
        }
    }

    /// The next thing that the relay says; may be dropped and called again at any time.
    ///
    /// # Errors
    /// `Lost`.
    pub async fn next(&mut self) -> Result<Heard, Lost> {
        loop {
            match self.socket.next().await {
                Some(Ok(Ws::Binary(bytes))) => {
                    let heard = self.hear(&bytes)?;
                    let Heard::Wanted(request) = heard else {
                        return Ok(heard);
                    };
                    self.decline(request).await?;
                }
                // The websocket's own business.
                Some(Ok(Ws::Ping(_) | Ws::Pong(_) | Ws::Text(_) | Ws::Frame(_))) => {}
                Some(Ok(Ws::Close(frame))) => {
                    let reason = frame.map(|frame| frame.reason.to_string());
                    return Err(Lost(reason.unwrap_or_else(|| "closed".to_owned())));
                }
                Some(Err(error)) => return Err(Lost(error.to_string())),
                None => return Err(Lost("closed".to_owned())),
            }
        }
    }

    async fn next_soon(&mut self) -> Result<Heard, Lost> {
        let next = timeout(PATIENCE, self.next()).await;
        next.map_err(|_| Lost("the server does not answer".to_owned()))?
    }

    async fn until(&mut self, wanted: Heard) -> Result<(), Lost> {
        while self.next_soon().await? != wanted {}
        Ok(())
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, Lost> {
        let decoded = wire::decode(bytes).map_err(|error| Lost(error.to_string()))?;
        let Decoded::Frame(Frame { message, .. }) = decoded else {
            return Ok(Heard::Other);
        };
        Ok(match message {
            Message::Item(item) => self.follow(&item),
            Message::Own(own) => {
                self.advance(own.seq, own.chain);
                Heard::Own
            }
            Message::Opened(opened) => {
                self.at.epoch = opened.epoch;
                if opened.base.is_some() {
                    Heard::Snapshot
                } else {
                    Heard::Other
                }
            }
            Message::Ack(ack) => Heard::Acked(ack.reference),
            Message::Reject(_) => Heard::Refused,
            Message::SnapshotWanted(wanted) => Heard::Wanted(wanted.request),
            Message::CaughtUp(_) => Heard::CaughtUp,
            Message::Pong(_) => Heard::Pong,
            Message::Close(close) => return Err(Lost(format!("{:?}", close.code))),
            Message::Hello(_)
            | Message::Welcome(_)
            | Message::Open(_)
            | Message::Push(_)
            | Message::Presence(_)
            | Message::Ping(_)
            | Message::NeedKeys(_)
            | Message::Declined(_)
            | Message::Part(_)
            | Message::PartWanted(_)
            | Message::SnapshotConfirmed(_)
            | Message::BaseTaken(_)
            | Message::Register(_)
            | Message::Reserved(_) => Heard::Other,
        })
    }

    fn follow(&mut self, item: &Item) -> Heard {
        let hash = envelope_hash(&item.envelope);
        let follows =
            item.prev == self.at.cursor && item.chain == chain_after(&self.at.chain, &hash);
        self.advance(item.seq, item.chain);
        if follows {
            Heard::Entry(hash)
        } else {
            Heard::OutOfOrder
        }
    }

    fn advance(&mut self, cursor: Seq, chain: Chain) {
        (self.at.cursor, self.at.chain) = (cursor, chain);
    }

    /// Asks whether the server is there, and waits for the answer.
    ///
    /// # Errors
    /// `Lost`.
    pub async fn ping(&mut self) -> Result<(), Lost> {
        let ping = Message::Ping(Ping {});
        self.say(wire::encode(Channel::CONNECTION, &ping).into())
            .await?;
        self.until(Heard::Pong).await
    }

    /// Leaves, and waits until the server has heard it.
    pub async fn close(mut self) {
        let _ = timeout(PATIENCE, async {
            let socket: &mut Socket = &mut self.socket;
            if socket.close(None).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        })
        .await;
    }

    async fn say(&mut self, bytes: Bytes) -> Result<(), Lost> {
        match timeout(PATIENCE, self.socket.send(Ws::Binary(bytes))).await {
            Ok(sent) => sent.map_err(|error| Lost(error.to_string())),
            Err(_) => Err(Lost("the server takes nothing any more".to_owned())),
        }
    }
}
