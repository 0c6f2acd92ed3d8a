//! A websocket client that can do everything wrong: each byte of its frames is the test's own (RFC 6455).
//!
//! Boundary: bytes and frames. What a message means is `peer`'s business.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use samsyn_shared::sync::wire::{self, Channel, Decoded, Frame as Said, Hello, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// Opcodes of section 5.2.
pub mod opcode {
    /// The rest of a message.
    pub const CONTINUATION: u8 = 0x0;
    /// Text.
    pub const TEXT: u8 = 0x1;
    /// Bytes.
    pub const BINARY: u8 = 0x2;
    /// The connection ends.
    pub const CLOSE: u8 = 0x8;
    /// Are you there?
    pub const PING: u8 = 0x9;
    /// The answer.
    pub const PONG: u8 = 0xA;
}

/// The bit that ends a message.
pub const FIN: u8 = 0x80;
/// The key in the handshake of the RFC's own example (section 1.3).
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What a server must answer to [`KEY`].
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// A test's frames need no surprise in their mask.
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
/// No frame of a relay is longer.
const LONGEST: u64 = 1 << 20;

/// How a frame tells its length (section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// In as few bytes as it can.
    Shortest,
    /// In 16 bits, whatever it is.
    Two,
    /// In 64 bits, whatever it is.
    Eight,
    /// In 64 bits, and not true.
    Claimed(u64),
}

/// Whether a frame is masked, as a client's must be (section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// With a key.
    Masked,
    /// Not.
    Bare,
}

/// A frame to be sent.
#[derive(Clone, Debug)]
pub struct Sent<'a> {
    /// FIN, the reserved bits and the opcode.
    pub first: u8,
    /// How the length is told.
    pub length: Length,
    /// Whether it is masked.
    pub mask: Mask,
    /// What is in it.
    pub payload: &'a [u8],
}

impl<'a> Sent<'a> {
    /// A frame as a good client sends it.
    #[must_use]
    pub fn new(first: u8, payload: &'a [u8]) -> Self {
        Self {
            first,
            length: Length::Shortest,
            mask: Mask::Masked,
            payload,
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let length = self.payload.len() as u64;
        let mask = match self.mask {
            Mask::Masked => 0x80,
            Mask::Bare => 0,
        };
        let mut bytes = vec![self.first];
        let short = u8::try_from(length).ok().filter(|length| *length < 126);
        let two = u16::try_from(length).ok();
        match (self.length, short, two) {
            (Length::Shortest, Some(length), _) => bytes.push(mask | length),
            (Length::Shortest | Length::Two, _, Some(length)) => {
                bytes.push(mask | 126);
                bytes.extend(length.to_be_bytes());
            }
            (Length::Claimed(length), ..) => {
                bytes.push(mask | 127);
                bytes.extend(length.to_be_bytes());
            }
            (Length::Shortest | Length::Two | Length::Eight, ..) => {
                bytes.push(mask | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        match self.mask {
            Mask::Bare => bytes.extend(self.payload),
            Mask::Masked => {
                bytes.extend(MASK);
                let masked = self.payload.iter().zip(MASK.iter().cycle());
                bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
            }
        }
        bytes
    }
}

/// A frame that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// FIN, the reserved bits and the opcode.
    pub first: u8,
    /// What was in it.
    pub payload: Vec<u8>,
}

/// How a connection came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The relay's own last word, if it said one.
    pub word: Option<wire::Close>,
    /// The code and the reason of its close frame, if it sent one.
    pub close: Option<(u16, String)>,
    /// What the end of the stream looked like.
    pub stream: Stream,
}

/// What the end of a stream looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Everything that was sent came, and then the end.
    Finished,
    /// It broke off.
    Reset,
}

/// See the module.
pub struct Raw {
    stream: BufReader<TcpStream>,
}

/// A handshake as a good client makes it, without its last line.
#[must_use]
pub fn handshake(relay: SocketAddr) -> String {
    format!(
        "GET /sync HTTP/1.1\r\nHost: {relay}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
    )
}

impl Raw {
    /// Connects, and sends nothing.
    pub async fn connect(relay: SocketAddr) -> Result<Self> {
        let stream = BufReader::new(TcpStream::connect(relay).await?);
        Ok(Self { stream })
    }

    /// Connects and shakes hands.
    pub async fn upgrade(relay: SocketAddr) -> Result<Self> {
        let mut raw = Self::connect(relay).await?;
        raw.write(format!("{}\r\n", handshake(relay)).as_bytes())
            .await?;
        let head = raw.head().await?;
        ensure!(head.starts_with("HTTP/1.1 101"), "no websocket: {head}");
        Ok(raw)
    }

    /// Connects, shakes hands and says hello.
    pub async fn greet(relay: SocketAddr) -> Result<Self> {
        let mut raw = Self::upgrade(relay).await?;
        let hello = Hello {
            version: wire::VERSION,
            oldest: wire::OLDEST_VERSION,
        };
        raw.say(Channel::CONNECTION, &Message::Hello(hello)).await?;
        Ok(raw)
    }

    /// Sends bytes as they are.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.get_mut().write_all(bytes).await?)
    }

    /// Sends nothing more, and goes on reading.
    pub async fn finish(&mut self) -> Result<()> {
        Ok(self.stream.get_mut().shutdown().await?)
    }

    /// Sends a frame as a good client does.
    pub async fn frame(&mut self, first: u8, payload: &[u8]) -> Result<()> {
        self.write(&Sent::new(first, payload).bytes()).await
    }

    /// Says a message of the protocol.
    pub async fn say(&mut self, channel: Channel, message: &Message) -> Result<()> {
        let bytes = wire::encode(channel, message);
        self.frame(FIN | opcode::BINARY, &bytes).await
    }

    /// The head of an HTTP answer, with the empty line.
    pub async fn head(&mut self) -> Result<String> {
        let mut head = Vec::new();
        let read = async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.stream.read_u8().await?);
            }
            anyhow::Ok(())
        };
        let read = timeout(PATIENCE, read).await.context("no answer")?;
        let head = String::from_utf8_lossy(&head).into_owned();
        read.with_context(|| format!("it ended within {head:?}"))?;
        Ok(head)
    }

    /// All bytes that still come, and how they end.
    pub async fn rest(&mut self) -> Result<(Vec<u8>, Stream)> {
        let mut rest = Vec::new();
        let read = timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await;
        let end = match read.context("the connection does not end")? {
            Ok(_) => Stream::Finished,
            Err(_) => Stream::Reset,
        };
        Ok((rest, end))
    }

    /// The next frame, or how the stream ended before it.
    pub async fn next(&mut self) -> Result<Result<Received, Stream>> {
        let next = timeout(PATIENCE, self.read_frame()).await;
        next.context("nothing comes, and the connection does not end")?
    }

    async fn read_frame(&mut self) -> Result<Result<Received, Stream>> {
        let first = match self.stream.read_u8().await {
            Ok(first) => first,
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Ok(Err(Stream::Finished));
            }
            Err(_) => return Ok(Err(Stream::Reset)),
        };
        match self.read_payload().await {
            Ok(payload) => Ok(Ok(Received { first, payload })),
            Err(error) if error.is::<std::io::Error>() => Ok(Err(Stream::Reset)),
            Err(error) => Err(error),
        }
    }

    async fn read_payload(&mut self) -> Result<Vec<u8>> {
        let length = match self.stream.read_u8().await? {
            126 => self.stream.read_u16().await?.into(),
            127 => self.stream.read_u64().await?,
            short => u64::from(short),
        };
        // A server masks nothing (section 5.1), and a masked frame's length is out of bounds here.
        ensure!(length < LONGEST, "a frame of {length} bytes");
        let mut payload = vec![0; usize::try_from(length)?];
        self.stream.read_exact(&mut payload).await?;
        Ok(payload)
    }

    /// The next frame that is no ping, which a good client answers.
    pub async fn next_answering(&mut self) -> Result<Result<Received, Stream>> {
        loop {
            match self.next().await? {
                Ok(ping) if ping.first == FIN | opcode::PING => {
                    // A connection that is about to end takes no answer any more.
                    let _ = self.frame(FIN | opcode::PONG, &ping.payload).await;
                }
                other => return Ok(other),
            }
        }
    }

    /// The next message of the protocol; none at the end of the connection.
    pub async fn hear(&mut self) -> Result<Option<(Channel, Message)>> {
        loop {
            let Ok(frame) = self.next_answering().await? else {
                return Ok(None);
            };
            match frame.first {
                BINARY => match wire::decode(&frame.payload)? {
                    Decoded::Frame(Said { channel, message }) => {
                        return Ok(Some((channel, message)));
                    }
                    Decoded::Skipped { .. } => {}
                },
                CLOSE => return Ok(None),
                PONG => {}
                other => bail!("a relay sends no frame {other:#x}"),
            }
        }
    }

    /// The first message that `look` wants; others are passed over.
    pub async fn find<T>(
        &mut self,
        mut look: impl FnMut(Channel, Message) -> Option<T>,
    ) -> Result<T> {
        loop {
            let heard = self.hear().await?.context("the connection ended")?;
            if let Some(found) = look(heard.0, heard.1) {
                return Ok(found);
            }
        }
    }

    /// Reads to the end of the connection, and answers the close as one must.
    pub async fn end(&mut self) -> Result<End> {
        let (mut word, mut close) = (None, None);
        loop {
            let frame = match self.next_answering().await? {
                Ok(frame) => frame,
                Err(stream) => {
                    return Ok(End {
                        word,
                        close,
                        stream,
                    });
                }
            };
            if frame.first == CLOSE {
                close = Some(close_of(&frame.payload)?);
                let _ = self.frame(CLOSE, &frame.payload).await;
            } else if frame.first == BINARY
                && let Ok(Decoded::Frame(said)) = wire::decode(&frame.payload)
                && let Message::Close(last) = said.message
                && said.channel == Channel::CONNECTION
            {
                word = Some(last);
            }
        }
    }

    /// The socket itself, for whoever reads nothing any more.
    #[must_use]
    pub fn into_stream(self) -> TcpStream {
        self.stream.into_inner()
    }
}

const BINARY: u8 = FIN | opcode::BINARY;
const CLOSE: u8 = FIN | opcode::CLOSE;
const PONG: u8 = FIN | opcode::PONG;

/// The code and the reason of a close frame; 1005 stands for none (section 7.1.5).
fn close_of(payload: &[u8]) -> Result<(u16, String)> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        ensure!(payload.is_empty(), "half a close code");
        return Ok((1005, String::new()));
    };
    let reason = std::str::from_utf8(reason)?.to_owned();
    Ok((u16::from_be_bytes(*code), reason))
}
