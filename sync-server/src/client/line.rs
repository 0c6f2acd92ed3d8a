//! The connection to a relay: opened, lost and opened again, as the session asks.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use samsyn_shared::sync::session::Input;
use samsyn_shared::sync::wire::MAX_FRAME;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::{Failure, RelayUrl};

/// A relay that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(20);
/// A connection that is not open by then is tried again.
const CONNECT: Duration = Duration::from_secs(10);

/// A connection to a relay, with or without TLS.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
/// A connection that is being opened, or why it is not.
pub(crate) type Opening = Pin<Box<dyn Future<Output = Result<Socket, String>> + Send>>;

/// The connection, the trouble it had last, and what went over it.
pub(super) struct Line {
    relay: RelayUrl,
    state: State,
    trouble: Option<String>,
    traffic: Traffic,
}

/// Bytes of all messages so far, without what the websocket and the network add to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// From the relay.
    pub received: u64,
    /// To the relay.
    pub sent: u64,
}

enum State {
    Opening(Opening),
    Open(Box<Socket>),
    /// Lost; the session has yet to be told, or to say when to try again.
    Lost,
    Waiting(Instant),
    /// The session knows that it is lost.
    Down,
}

impl Line {
    pub(super) fn new(relay: RelayUrl) -> Self {
        let state = State::Opening(open(&relay));
        Self {
            relay,
            state,
            trouble: None,
            traffic: Traffic::default(),
        }
    }

    pub(super) const fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// The next thing that happens to the connection; may be dropped and called again at any time.
    pub(super) async fn next(&mut self) -> Input {
        loop {
            match &mut self.state {
                State::Opening(opening) => {
                    return match opening.await {
                        Ok(socket) => {
                            self.state = State::Open(Box::new(socket));
                            self.trouble = None;
                            Input::Connected
                        }
                        Err(trouble) => self.lose(Some(trouble)),
                    };
                }
                State::Open(socket) => match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => {
                        self.traffic.received += bytes.len() as u64;
                        return Input::Frame(bytes.into());
                    }
                    // Anything else is the websocket's own business, or text, which relays do not speak.
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return self.lose(Some(error.to_string())),
                    None => return self.lose(None),
                },
                State::Lost => return self.lose(None),
                State::Waiting(until) => {
                    sleep_until(*until).await;
                    self.state = State::Opening(open(&self.relay));
                }
                State::Down => std::future::pending().await,
            }
        }
    }

    /// Sends one frame; a connection that fails is reported by `next`.
    pub(super) async fn send(&mut self, bytes: Vec<u8>) {
        let State::Open(socket) = &mut self.state else {
            return;
        };
        self.traffic.sent += bytes.len() as u64;
        let trouble = match timeout(STALLED, socket.send(Message::Binary(bytes.into()))).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the relay takes nothing any more".to_owned(),
        };
        self.trouble = Some(trouble);
        self.state = State::Lost;
    }

    /// Drops the connection and opens a new one after that time.
    pub(super) async fn reconnect(&mut self, after: Duration) {
        self.close().await;
        self.state = State::Waiting(Instant::now() + after);
    }

    /// Opens a connection at once.
    pub(super) fn open_again(&mut self) {
        self.state = State::Opening(open(&self.relay));
    }

    /// Closes the connection, briefly waiting until the relay has heard it.
    pub(super) async fn close(&mut self) {
        if let State::Open(socket) = &mut self.state {
            // Named, because a boxed sink has a `close` of its own where the feature for it is on.
            let socket: &mut Socket = socket;
            // Whether the goodbye arrives changes nothing.
            drop(timeout(Duration::from_millis(500), socket.close(None)).await);
        }
        self.state = State::Down;
    }

    /// What to say when the time is up.
    pub(super) fn unreachable(&self) -> Failure {
        Failure::Unreachable {
            relay: self.relay.to_string(),
            last: self.trouble.clone(),
        }
    }

    fn lose(&mut self, trouble: Option<String>) -> Input {
        self.trouble = trouble.or(self.trouble.take());
        self.state = State::Down;
        Input::Disconnected
    }
}

/// Opens a connection, with every buffer bounded.
pub(crate) fn open(relay: &RelayUrl) -> Opening {
    let address = relay.websocket();
    // Several are linked when another crate asks for another; one that was chosen before is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    Box::pin(async move {
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .max_message_size(Some(MAX_FRAME))
            .max_frame_size(Some(MAX_FRAME))
            .max_write_buffer_size(4 * MAX_FRAME);
        match timeout(
            CONNECT,
            connect_async_with_config(address, Some(config), true),
        )
        .await
        {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => Err(words(&error)),
            Err(_) => Err("the connection could not be opened in time".to_owned()),
        }
    })
}

fn words(error: &Error) -> String {
    if let Error::Http(response) = error {
        return format!("it answered {} and is perhaps no relay", response.status());
    }
    error.to_string()
}
