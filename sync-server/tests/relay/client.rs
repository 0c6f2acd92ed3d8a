//! A client made by hand: it says exactly what a test wants said.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Seq};
use samsyn_shared::seal::{BoardKeys, envelope_hash};
use samsyn_shared::sync::wire::{
    self, CHAIN_ZERO, Channel, CloseCode, Decoded, Frame, Hello, Item, Keys, Message, Open, Opened,
    Position, Push, PushRef, RejectCode, Retry, chain_after,
};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Ws;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than anything takes; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The channel of every board here.
pub const CHANNEL: Channel = Channel(1);

/// A connection.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
}

/// How a connection came to its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// The relay's own last word.
    pub code: Option<CloseCode>,
    /// The websocket's.
    pub status: Option<u16>,
}

impl Client {
    /// Connects, and says nothing yet.
    pub async fn connect(relay: SocketAddr) -> Self {
        let stream = TcpStream::connect(relay).await.unwrap();
        let url = format!("ws://{relay}/sync");
        let (socket, _) = client_async(url, stream).await.unwrap();
        Self { socket }
    }

    /// Connects and opens a board.
    pub async fn open(
        relay: SocketAddr,
        keys: &BoardKeys,
        from: Option<Position>,
    ) -> (Self, Opened) {
        let mut client = Self::connect(relay).await;
        client.hello().await;
        client.ask_open(keys.board(), wire_keys(keys), from).await;
        let opened = client
            .find(|message| match message {
                Message::Opened(opened) => Some(opened),
                _ => None,
            })
            .await;
        (client, opened)
    }

    /// Says hello.
    pub async fn hello(&mut self) {
        let hello = Hello {
            version: wire::VERSION,
            oldest: wire::OLDEST_VERSION,
        };
        self.say_on(Channel::CONNECTION, Message::Hello(hello))
            .await;
    }

    /// Asks for a board.
    pub async fn ask_open(&mut self, board: BoardId, keys: Option<Keys>, from: Option<Position>) {
        self.say(Message::Open(Open {
            board,
            from,
            keys,
            without: None,
        }))
        .await;
    }

    /// Says something on the board's channel.
    pub async fn say(&mut self, message: Message) {
        self.say_on(CHANNEL, message).await;
    }

    async fn say_on(&mut self, channel: Channel, message: Message) {
        let bytes = wire::encode(channel, &message);
        self.send(bytes).await.unwrap();
    }

    /// Sends bytes as they are.
    pub async fn send(
        &mut self,
        bytes: Vec<u8>,
    ) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        self.socket.send(Ws::Binary(bytes.into())).await
    }

    /// Sends a text message, which no client does.
    pub async fn send_text(&mut self, text: &str) {
        self.socket.send(Ws::Text(text.into())).await.unwrap();
    }

    /// Pushes an envelope.
    pub async fn push(&mut self, reference: u32, envelope: &[u8]) {
        self.say(push(reference, envelope)).await;
    }

    /// Pushes an envelope; none if the connection is gone.
    pub async fn try_push(&mut self, reference: u32, envelope: &[u8]) -> Option<()> {
        let bytes = wire::encode(CHANNEL, &push(reference, envelope));
        self.send(bytes).await.ok()
    }

    /// The next message; none at the end of the connection.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            let next = timeout(PATIENCE, self.socket.next()).await;
            match next.expect("the relay says something") {
                Some(Ok(Ws::Binary(bytes))) => match wire::decode(&bytes).unwrap() {
                    Decoded::Frame(Frame { message, .. }) => return Some(message),
                    Decoded::Skipped { .. } => {}
                },
                Some(Ok(Ws::Ping(_) | Ws::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    /// The first message that `look` wants; others are passed over.
    pub async fn find<T>(&mut self, mut look: impl FnMut(Message) -> Option<T>) -> T {
        loop {
            let message = self.next().await.expect("the connection is open");
            if let Some(found) = look(message) {
                return found;
            }
        }
    }

    /// Waits for the acknowledgement of a push.
    pub async fn acked(&mut self, reference: u32) -> Seq {
        self.find(|message| match message {
            Message::Ack(ack) if ack.reference == PushRef(reference) => Some(ack.seq),
            Message::Reject(reject) => panic!("{reject:?}"),
            _ => None,
        })
        .await
    }

    /// Waits for the refusal of a push.
    pub async fn refused(&mut self, reference: u32) -> (RejectCode, Retry) {
        self.find(|message| match message {
            Message::Reject(reject) if reject.reference == PushRef(reference) => {
                Some((reject.code, reject.retry))
            }
            Message::Ack(ack) => panic!("{ack:?}"),
            _ => None,
        })
        .await
    }

    /// Waits for the next entry.
    pub async fn item(&mut self) -> Item {
        self.find(|message| match message {
            Message::Item(item) => Some(item),
            _ => None,
        })
        .await
    }

    /// Everything up to `CaughtUp`, with every chain checked.
    pub async fn pull(&mut self, from: Option<Position>) -> Vec<Item> {
        let mut at = from.map_or((Seq(0), CHAIN_ZERO), |from| (from.cursor, from.chain));
        let mut items = Vec::new();
        loop {
            match self.next().await.expect("the connection is open") {
                Message::CaughtUp(_) => return items,
                Message::Item(item) => {
                    at = follow(at, &item);
                    items.push(item);
                }
                _ => {}
            }
        }
    }

    /// Whether anything came before the answer to a question asked now; gives what came.
    pub async fn heard_before_pong(&mut self) -> Vec<Message> {
        self.say(Message::Ping(wire::Ping {})).await;
        let mut heard = Vec::new();
        loop {
            match self.next().await.expect("the connection is open") {
                Message::Pong(_) => return heard,
                message => heard.push(message),
            }
        }
    }

    /// Reads to the end of the connection.
    pub async fn ended(&mut self) -> Ended {
        let (mut code, mut status) = (None, None);
        loop {
            let next = timeout(PATIENCE, self.socket.next()).await;
            match next.expect("the connection ends") {
                Some(Ok(Ws::Binary(bytes))) => {
                    if let Ok(Decoded::Frame(frame)) = wire::decode(&bytes)
                        && let Message::Close(close) = frame.message
                    {
                        code = Some(close.code);
                    }
                }
                Some(Ok(Ws::Close(frame))) => status = frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ended { code, status },
            }
        }
    }

    /// The socket, for a client that stops reading.
    pub fn into_stream(self) -> TcpStream {
        self.socket.into_inner()
    }
}

fn push(reference: u32, envelope: &[u8]) -> Message {
    Message::Push(Push {
        reference: PushRef(reference),
        envelope: envelope.into(),
        expect: None,
    })
}

/// The position after an item, which must follow the one before.
pub fn follow((cursor, chain): (Seq, Chain), item: &Item) -> (Seq, Chain) {
    assert_eq!(item.prev, cursor);
    let chain = chain_after(&chain, &hash(&item.envelope));
    assert_eq!(item.chain, chain);
    (item.seq, chain)
}

/// The keys as they go over the wire.
pub fn wire_keys(keys: &BoardKeys) -> Option<Keys> {
    let keys = keys.verify_keys()?;
    Some(Keys {
        facilitator: keys.facilitator,
        participant: keys.participant,
    })
}

/// The name of an envelope.
pub fn hash(envelope: &[u8]) -> EnvelopeHash {
    envelope_hash(envelope)
}
