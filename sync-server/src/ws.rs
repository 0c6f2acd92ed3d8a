//! One websocket: frames in, bytes out, heartbeats, and an end that always comes.
//!
//! Boundary: it moves bytes between tokio-tungstenite and the relay and understands none of them.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use samsyn_shared::sync::wire::{CloseCode, MAX_FRAME};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as WsCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::relay::{Conn, Outgoing, Reporter};

/// How long a websocket may be silent, and how long one write may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a client may take to shake hands, and then to say what it wants.
    pub head: Duration,
    /// After so much silence the peer is asked whether it is there.
    pub ask: Duration,
    /// After so much silence it is taken for gone: a tablet that left the room sends no goodbye.
    pub give_up: Duration,
    /// A write that takes longer means that the peer takes nothing any more.
    pub write: Duration,
    /// How long a close waits for the peer's answer.
    pub close: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(15),
            ask: Duration::from_secs(20),
            give_up: Duration::from_secs(50),
            write: Duration::from_secs(30),
            close: Duration::from_secs(2),
        }
    }
}

/// Small buffers: ten thousand connections cost 40 MB with these, and 1.3 GB with the defaults.
#[must_use]
pub fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(4 * 1024)
        .max_write_buffer_size(2 * MAX_FRAME)
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME))
}

type Sink<S> = SplitSink<WebSocketStream<S>, Message>;
type Stream<S> = SplitStream<WebSocketStream<S>>;

/// Why a websocket came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The peer closed it, or is gone.
    Peer,
    /// The relay closed it.
    Relay(CloseCode),
    /// The peer sent what no client of ours sends.
    Misuse(Misuse),
    /// The peer was silent, or took nothing, for too long.
    Silence,
    /// The relay is no more.
    Stopped,
}

/// What no client of ours sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misuse {
    /// A text message.
    Text,
    /// A message over the limit.
    TooLong,
    /// Text, in a close for instance, that is no UTF-8.
    NotUtf8,
    /// Frames that RFC 6455 does not allow.
    Protocol,
}

/// Carries one connection until its end, which the relay is told of.
pub async fn serve<S>(socket: S, mut conn: Conn, patience: Patience)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let socket = WebSocketStream::from_raw_socket(socket, Role::Server, Some(config())).await;
    let (mut sink, mut stream) = socket.split();
    let reporter = conn.reporter();
    let (ask, asked) = tokio::sync::mpsc::channel(1);
    let end = {
        // What is sent wakes this task far more often than what is received, and looking for a frame costs a cleared
        // buffer each time: in a set, the receiving half is only polled when something has come for it.
        let receive = receive(&mut stream, &reporter, &ask, patience);
        let mut receive: FuturesUnordered<_> = std::iter::once(receive).collect();
        tokio::select! {
            Some(end) = receive.next() => end,
            end = send(&mut sink, &mut conn, asked, patience) => end,
        }
    };
    tracing::debug!(?end, "a websocket ended");
    // The relay is told first: what a close still waits for must not hold up a shutdown of the core.
    let goodbye = timeout(patience.close, async {
        close(&mut sink, &mut stream, end).await;
        if let Ok(socket) = sink.reunite(stream) {
            linger(socket).await;
        }
    });
    let (_, _) = tokio::join!(goodbye, reporter.closed());
}

/// The writing half is asked to send a ping.
struct Ask;

async fn receive<S>(
    stream: &mut Stream<S>,
    reporter: &Reporter,
    ask: &tokio::sync::mpsc::Sender<Ask>,
    patience: Patience,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut heard = Instant::now();
    loop {
        let (deadline, next) = (heard + patience.ask, stream.next());
        let message = match timeout_at(deadline, next).await {
            Ok(message) => message,
            Err(_) => {
                let _ = ask.try_send(Ask);
                let last = timeout_at(heard + patience.give_up, stream.next());
                match last.await {
                    Ok(message) => message,
                    Err(_) => return End::Silence,
                }
            }
        };
        heard = Instant::now();
        match message {
            None => return End::Peer,
            Some(Err(error)) => return fault(&error),
            Some(Ok(Message::Binary(bytes))) => {
                if reporter.frame(bytes.into()).await.is_err() {
                    return End::Stopped;
                }
            }
            Some(Ok(Message::Text(_))) => {
                return End::Misuse(Misuse::Text);
            }
            Some(Ok(Message::Close(_))) => return End::Peer,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
        }
    }
}

fn fault(error: &Error) -> End {
    match error {
        Error::Capacity(_) => End::Misuse(Misuse::TooLong),
        Error::Utf8(_) => End::Misuse(Misuse::NotUtf8),
        Error::Protocol(_) | Error::AttackAttempt => End::Misuse(Misuse::Protocol),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => End::Peer,
    }
}

async fn send<S>(
    sink: &mut Sink<S>,
    conn: &mut Conn,
    mut asked: tokio::sync::mpsc::Receiver<Ask>,
    patience: Patience,
) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let reporter = conn.reporter();
    let mut unreported = 0;
    loop {
        let outgoing = tokio::select! {
            outgoing = conn.outgoing.recv() => outgoing,
            Some(Ask) = asked.recv() => {
                match timeout(patience.write, sink.send(Message::Ping(Bytes::new()))).await {
                    Ok(Ok(())) => continue,
                    Ok(Err(_)) => return End::Peer,
                    Err(_) => return End::Silence,
                }
            }
        };
        let Some(outgoing) = outgoing else {
            return End::Stopped;
        };
        match timeout(patience.write, write_all(sink, conn, outgoing)).await {
            Err(_) => return End::Silence,
            Ok(Err(_)) => return End::Peer,
            Ok(Ok((bytes, close))) => {
                unreported += bytes;
                if unreported >= LUMP
                    && reporter
                        .flushed(std::mem::take(&mut unreported))
                        .await
                        .is_err()
                {
                    return End::Stopped;
                }
                if let Some(code) = close {
                    return End::Relay(code);
                }
            }
        }
    }
}

/// Most bytes between two flushes, and so between two reports of what has left.
const BATCH: usize = 64 * 1024;

/// So many bytes are reported together, else every note that leaves would be work for the relay's one task. What is
/// never reported is less than this, and what the relay compares with (`RelayLimits::presence_buffer`) is more.
const LUMP: usize = 16 * 1024;

/// Sends a message and what waits behind it, with one flush; gives the bytes and whether that was the end.
async fn write_all<S>(
    sink: &mut Sink<S>,
    conn: &mut Conn,
    first: Outgoing,
) -> Result<(usize, Option<CloseCode>), Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut bytes = 0;
    let mut next = Ok(first);
    let mut close = None;
    while let Ok(outgoing) = next {
        match outgoing {
            Outgoing::Message(message) => {
                bytes += message.len();
                sink.feed(Message::Binary(Bytes::from_owner(message)))
                    .await?;
            }
            Outgoing::Close(code) => {
                close = Some(code);
                break;
            }
        }
        next = if bytes < BATCH {
            conn.outgoing.try_recv()
        } else {
            Err(TryRecvError::Empty)
        };
    }
    sink.flush().await?;
    Ok((bytes, close))
}

async fn close<S>(sink: &mut Sink<S>, stream: &mut Stream<S>, end: End)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some((code, reason)) = goodbye(end) else {
        let _ = sink.close().await;
        return;
    };
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    if sink.send(Message::Close(Some(frame))).await.is_ok() {
        while let Some(Ok(_)) = stream.next().await {}
    }
}

/// Says that nothing more comes, and reads on until the peer has heard it: a socket that is dropped with unread bytes in
/// it takes back what was written last, and the peer would never learn why.
async fn linger<S>(mut socket: WebSocketStream<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stream = socket.get_mut();
    if stream.shutdown().await.is_ok() {
        let mut unread = [0; 1024];
        while matches!(stream.read(&mut unread).await, Ok(1..)) {}
    }
}

/// What the close frame says. The relay's own message has said it already, in more detail.
fn goodbye(end: End) -> Option<(WsCode, &'static str)> {
    match end {
        End::Peer | End::Silence => None,
        End::Stopped => Some(reason_of(CloseCode::Stopping)),
        End::Misuse(misuse) => Some(words_of(misuse)),
        End::Relay(code) => Some(reason_of(code)),
    }
}

/// RFC 6455, section 7.4.1.
fn words_of(misuse: Misuse) -> (WsCode, &'static str) {
    match misuse {
        Misuse::Text => (WsCode::Unsupported, "only binary messages are spoken here"),
        Misuse::TooLong => (WsCode::Size, "the message is too long"),
        Misuse::NotUtf8 => (WsCode::Invalid, "that text is no UTF-8"),
        Misuse::Protocol => (WsCode::Protocol, "that is not the websocket protocol"),
    }
}

fn reason_of(code: CloseCode) -> (WsCode, &'static str) {
    match code {
        CloseCode::Done | CloseCode::Other(_) => (WsCode::Normal, "done"),
        CloseCode::Stopping => (WsCode::Away, "the relay is stopping; come back soon"),
        CloseCode::Version => (WsCode::Policy, "no common version; reload the app"),
        CloseCode::Protocol => (WsCode::Policy, "that is not the protocol"),
        CloseCode::TooMany => (WsCode::Again, "too much at once; come back later"),
        CloseCode::Storage => (WsCode::Error, "the relay cannot read or write"),
        CloseCode::Silent => (WsCode::Away, "nothing was heard for too long"),
        CloseCode::Replaced => (WsCode::Again, "the log has been cut off; open again"),
        CloseCode::WrongKeys => (WsCode::Policy, "the keys are not this board's"),
    }
}

#[cfg(test)]
mod tests {
    use samsyn_shared::sync::relay::RelayLimits;

    use super::LUMP;

    #[test]
    fn what_is_not_reported_yet_holds_up_no_stream_and_no_presence() {
        let limits = RelayLimits::default();
        assert!(LUMP * 2 <= limits.presence_buffer.min(limits.buffer / 2));
    }
}
