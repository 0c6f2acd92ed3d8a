//! Frames to bytes and back; nothing from outside allocates more than the frame's own length.

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};

use super::message::{Frame, Message, Retry};
use super::{Bytes, Channel, MAX_FRAME};
use crate::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq};

/// What a frame turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "it is taken apart where it is made, and never kept"
)]
pub enum Decoded {
    /// A message of this version.
    Frame(Frame),
    /// A message that only a later version knows and that may be ignored.
    Skipped {
        /// Its type.
        number: u8,
    },
}

/// Why a frame cannot be read. It is the peer's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Longer than a frame may be.
    #[error("a frame of {0} bytes is too long")]
    TooLong(usize),
    /// A type below 128 that no version has given out.
    #[error("message type {0} does not exist")]
    UnknownType(u8),
    /// Not the CBOR that the type has.
    #[error("the message cannot be read: {0}")]
    Malformed(String),
}

impl From<minicbor::decode::Error> for WireError {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// The frame as bytes.
#[must_use]
pub fn encode(channel: Channel, message: &Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    let mut out = Encoder::new(&mut bytes);
    let written =
        head(&mut out, channel, message.number()).and_then(|()| message.encode_body(&mut out));
    // Writing to a Vec cannot fail, and the types say so.
    match written {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

fn head(
    out: &mut Encoder<&mut Vec<u8>>,
    channel: Channel,
    number: u8,
) -> Result<(), minicbor::encode::Error<core::convert::Infallible>> {
    out.map(3)?
        .u8(0)?
        .u8(number)?
        .u8(1)?
        .u32(channel.0)?
        .u8(2)?;
    Ok(())
}

/// An `Item` frame, made once for all connections that use the same channel and have the same `prev`.
#[must_use]
pub fn encode_item(channel: Channel, item: super::Item) -> Bytes {
    encode(channel, &Message::Item(item)).into()
}

/// Reads one frame.
///
/// # Errors
/// `WireError`, which is always the sender's fault.
pub fn decode(bytes: &[u8]) -> Result<Decoded, WireError> {
    if bytes.len() > MAX_FRAME {
        return Err(WireError::TooLong(bytes.len()));
    }
    let mut input = Decoder::new(bytes);
    let fields = definite(input.map()?)?;
    let number = keyed(&mut input, 0)?.u8()?;
    let channel = Channel(keyed(&mut input, 1)?.u32()?);
    let body = Message::decode_body(number, keyed(&mut input, 2)?)?;
    if body.is_none() && number < 128 {
        return Err(WireError::UnknownType(number));
    }
    for _ in 3..fields {
        input.skip()?;
        input.skip()?;
    }
    if input.position() != bytes.len() {
        return Err(WireError::Malformed("bytes after the end".into()));
    }
    Ok(match body {
        Some(message) => Decoded::Frame(Frame { channel, message }),
        None => Decoded::Skipped { number },
    })
}

fn definite(length: Option<u64>) -> Result<u64, WireError> {
    length
        .filter(|fields| *fields >= 3)
        .ok_or_else(|| WireError::Malformed("not a frame".into()))
}

fn keyed<'a, 'b>(input: &'a mut Decoder<'b>, key: u8) -> Result<&'a mut Decoder<'b>, WireError> {
    if input.u8()? == key {
        Ok(input)
    } else {
        Err(WireError::Malformed(format!("key {key} is missing")))
    }
}

/// Shared bytes as a CBOR byte string.
pub(super) mod octets {
    use super::{Bytes, Decoder, Encoder, Write};

    pub fn encode<Ctx, W: Write>(
        bytes: &Bytes,
        out: &mut Encoder<W>,
        _: &mut Ctx,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        out.bytes(bytes).map(|_| ())
    }

    pub fn decode<Ctx>(
        input: &mut Decoder<'_>,
        _: &mut Ctx,
    ) -> Result<Bytes, minicbor::decode::Error> {
        input.bytes().map(Bytes::from)
    }
}

macro_rules! id_codec {
    ($($name:ident),*) => {$(
        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, out: &mut Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                out.bytes(self.as_bytes()).map(|_| ())
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(input: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let at = input.position();
                Self::try_from(input.bytes()?)
                    .map_err(|_| minicbor::decode::Error::message("wrong length of an id").at(at))
            }
        }
    )*};
}

id_codec!(BoardId, Chain, EnvelopeHash, Epoch);

impl<C> Encode<C> for Seq {
    fn encode<W: Write>(
        &self,
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        out.u64(self.0).map(|_| ())
    }
}

impl<'b, C> Decode<'b, C> for Seq {
    fn decode(input: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        input.u64().map(Self)
    }
}

/// `{0: kind, 1: milliseconds}`; a kind that is not known waits a minute, which is safe.
impl<C> Encode<C> for Retry {
    fn encode<W: Write>(
        &self,
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let kind = match self {
            Self::Never => 0,
            Self::AfterMs(_) => 1,
            Self::OnState => 2,
        };
        match self {
            Self::AfterMs(millis) => out.map(2)?.u8(0)?.u8(kind)?.u8(1)?.u32(*millis)?,
            Self::Never | Self::OnState => out.map(1)?.u8(0)?.u8(kind)?,
        };
        Ok(())
    }
}

#[derive(Decode)]
#[cbor(map)]
struct RetryFields {
    #[n(0)]
    kind: u8,
    #[n(1)]
    millis: Option<u32>,
}

impl<'b, C> Decode<'b, C> for Retry {
    fn decode(input: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let fields = RetryFields::decode(input, &mut ())?;
        Ok(match fields.kind {
            0 => Self::Never,
            2 => Self::OnState,
            _ => Self::AfterMs(fields.millis.unwrap_or(60_000)),
        })
    }
}
