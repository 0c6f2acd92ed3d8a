//! One struct a message. The numbers are the format: they are never used again for something else.

use minicbor::{Decode, Encode};

use super::{Bytes, Channel};
use crate::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq};

/// A message and what it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The board's channel, or the connection.
    pub channel: Channel,
    /// The message.
    pub message: Message,
}

macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// Every message there is.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message {
            $($(#[$doc])* $name($name),)*
            /// A number that is reserved for a later version of the protocol; without effect.
            Reserved(u8),
        }

        impl Message {
            /// The type number.
            #[must_use]
            pub const fn number(&self) -> u8 {
                match self {
                    $(Self::$name(_) => $number,)*
                    Self::Reserved(number) => *number,
                }
            }

            pub(super) fn encode_body(&self, out: &mut minicbor::Encoder<&mut Vec<u8>>) -> EncodeResult {
                match self {
                    $(Self::$name(body) => body.encode(out, &mut ()),)*
                    Self::Reserved(_) => out.map(0).map(|_| ()),
                }
            }

            /// None for a number that no version so far has given out.
            pub(super) fn decode_body(number: u8, input: &mut minicbor::Decoder<'_>) -> Result<Option<Self>, minicbor::decode::Error> {
                match number {
                    $($number => $name::decode(input, &mut ()).map(|body| Some(Self::$name(body))),)*
                    RESERVED_FIRST..=RESERVED_LAST => input.skip().map(|()| Some(Self::Reserved(number))),
                    0..=127 => Ok(None),
                    128..=255 => input.skip().map(|()| None),
                }
            }
        }
    };
}

type EncodeResult = Result<(), minicbor::encode::Error<core::convert::Infallible>>;

messages! {
    /// Client: which versions it speaks. First message of a connection.
    Hello = 1,
    /// Relay: the version to speak, its clock and its limits.
    Welcome = 2,
    /// Client: wants a board's stream from a position on.
    Open = 3,
    /// Relay: where the stream starts.
    Opened = 4,
    /// Client: an envelope for the log.
    Push = 5,
    /// Relay: a push is on the disk.
    Ack = 6,
    /// Relay: a push is not taken.
    Reject = 7,
    /// Relay: the next entry of the stream.
    Item = 8,
    /// Relay: the next entry of the stream is one that this connection pushed.
    Own = 9,
    /// Relay: the stream has reached the end of the log for the first time since `Opened`.
    CaughtUp = 10,
    /// Both: sealed presence; never stored.
    Presence = 11,
    /// Both: this channel or connection ends.
    Close = 12,
    /// Both: are you there?
    Ping = 13,
    /// Both: the answer.
    Pong = 14,
    /// Relay: the board's verify keys are not known here yet; whoever has them opens with them.
    NeedKeys = 15,
    /// Relay: make a snapshot of the board, so that its log can be cut off there.
    SnapshotWanted = 16,
    /// Client: not from here.
    Declined = 17,
    /// Both: one sealed part of a snapshot.
    Part = 18,
    /// Both: send that part.
    PartWanted = 20,
    /// Client: the snapshot holds everything that this device knows to be in the log it stands for.
    SnapshotConfirmed = 21,
    /// Client: the snapshot that `Opened` named is taken in and stored; the stream may start behind it.
    BaseTaken = 22,
    /// Relay: a register whose entry the snapshot covers.
    Register = 23,
}

// Reserved: 19, the proof of a role.
const RESERVED_FIRST: u8 = 19;
const RESERVED_LAST: u8 = 19;

/// See `Message::Hello`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// The version it speaks, and speaks already in this flight.
    #[n(0)]
    pub version: u16,
    /// The oldest version it could speak instead.
    #[n(1)]
    pub oldest: u16,
}

/// See `Message::Welcome`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// The version from now on.
    #[n(0)]
    pub version: u16,
    /// The relay's clock: milliseconds since 1970.
    #[n(1)]
    pub time: i64,
    /// What it takes.
    #[n(2)]
    pub limits: Limits,
    /// To be signed where a role must be proved.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub challenge: [u8; 32],
}

/// What a relay takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Limits {
    /// Bytes of one envelope.
    #[n(0)]
    pub envelope: u32,
    /// Boards open on one connection.
    #[n(1)]
    pub boards: u32,
    /// Pushes on one channel that are not answered yet.
    #[n(2)]
    pub in_flight: u32,
}

/// A place in the stream that the client has reached and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Position {
    /// The log's life.
    #[n(0)]
    pub epoch: Epoch,
    /// The last entry it has.
    #[n(1)]
    pub cursor: Seq,
    /// The chain there.
    #[n(2)]
    pub chain: Chain,
}

/// A board's verify keys; they are right if they hash to the board's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Keys {
    /// Ed25519 key of facilitators.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub facilitator: [u8; 32],
    /// Ed25519 key of participants.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub participant: [u8; 32],
}

/// See `Message::Open`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Open {
    /// The board.
    #[n(0)]
    pub board: BoardId,
    /// Where to go on; none starts with the first entry.
    #[n(1)]
    pub from: Option<Position>,
    /// The board's keys, if the client has them.
    #[n(2)]
    pub keys: Option<Keys>,
    /// A snapshot that the client could not take in: it asks for what the relay had before that one.
    #[cbor(n(3), default)]
    pub without: Option<EnvelopeHash>,
}

/// See `Message::Opened`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Opened {
    /// The log's life.
    #[n(0)]
    pub epoch: Epoch,
    /// The board's keys.
    #[n(1)]
    pub keys: Keys,
    /// A snapshot to start from: the client asks for its parts, and then the stream starts behind it.
    #[n(2)]
    pub base: Option<Base>,
    /// The position was of another log, or of a part of it that is gone: the stream starts anew, and nothing is known
    /// to be here.
    #[n(3)]
    pub reset: bool,
}

/// A snapshot that stands for the start of the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Base {
    /// The last entry it covers.
    #[n(0)]
    pub covers: Seq,
    /// The chain there.
    #[n(1)]
    pub chain: Chain,
    /// The sealed manifest, an envelope.
    #[cbor(n(2), with = "super::codec::octets")]
    pub manifest: Bytes,
}

/// Names a push on its channel; the client counts up and uses none twice on one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct PushRef(#[n(0)] pub u32);

/// See `Message::Push`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Push {
    /// What the answer will refer to.
    #[n(0)]
    pub reference: PushRef,
    /// The envelope.
    #[cbor(n(1), with = "super::codec::octets")]
    pub envelope: Bytes,
    /// Take it only if this is the last entry of the log; else it is `Behind`.
    #[cbor(n(2), default)]
    pub expect: Option<Seq>,
}

/// See `Message::Ack`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ack {
    /// Which push.
    #[n(0)]
    pub reference: PushRef,
    /// Where it is in the log.
    #[n(1)]
    pub seq: Seq,
}

/// See `Message::Reject`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reject {
    /// Which push.
    #[n(0)]
    pub reference: PushRef,
    /// Why.
    #[n(1)]
    pub code: RejectCode,
    /// What the client may do.
    #[n(2)]
    pub retry: Retry,
}

/// When a rejected push may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Not at all.
    Never,
    /// After so many milliseconds.
    AfterMs(u32),
    /// When the board's `state` register has changed.
    OnState,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A reason that this version has no name for.
            Other(u16),
        }

        impl $name {
            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// The reason with this number.
            #[must_use]
            pub const fn from_number(number: u16) -> Self {
                match number {
                    $($number => Self::$variant,)*
                    other => Self::Other(other),
                }
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(&self, out: &mut minicbor::Encoder<W>, _: &mut C) -> Result<(), minicbor::encode::Error<W::Error>> {
                out.u16(self.number()).map(|_| ())
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(input: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                input.u16().map(Self::from_number)
            }
        }
    };
}

codes! {
    /// Why a push is not taken.
    RejectCode {
        /// The envelope is damaged or of another board.
        BadEnvelope = 1,
        /// The signature is not by a key that may make this kind.
        Unauthorised = 2,
        /// This relay does not take this kind of envelope.
        UnknownKind = 3,
        /// The envelope is too large.
        TooLarge = 4,
        /// The board is full; it is time to go on in a successor board.
        BoardFull = 5,
        /// The facilitator has paused the board.
        Paused = 6,
        /// The board is finished.
        Frozen = 7,
        /// The board is deleted.
        Deleted = 8,
        /// Too much in too short a time.
        RateLimited = 9,
        /// The log could not store it now.
        Storage = 10,
        /// The channel is not open, or too much is waiting for it to be.
        NotOpen = 11,
        /// A newer value of the register is here already.
        OldRegister = 12,
        /// The board has too many registers.
        TooManyRegisters = 13,
        /// Nobody asked for this snapshot, or it is not of this log.
        NotWanted = 14,
        /// The log has moved on since what the push was made of; it is to be made again.
        Behind = 15,
    }
}

codes! {
    /// Why a channel or a connection ends.
    CloseCode {
        /// Nothing is wrong.
        Done = 1,
        /// The relay stops or restarts.
        Stopping = 2,
        /// No version that both speak.
        Version = 3,
        /// The peer broke the protocol.
        Protocol = 4,
        /// Too many connections, boards or messages.
        TooMany = 5,
        /// The log cannot be read or written.
        Storage = 6,
        /// Nothing was heard for too long.
        Silent = 7,
        /// The keys do not hash to the board's id.
        WrongKeys = 8,
        /// What the client was reading has been replaced by a newer snapshot: it opens again.
        Replaced = 9,
    }
}

/// See `Message::Item`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Item {
    /// Its place in the log.
    #[n(0)]
    pub seq: Seq,
    /// The item sent before it on this stream; 0 or the position opened from, for the first.
    #[n(1)]
    pub prev: Seq,
    /// The chain with it.
    #[n(2)]
    pub chain: Chain,
    /// The envelope, verbatim.
    #[cbor(n(3), with = "super::codec::octets")]
    pub envelope: Bytes,
}

/// See `Message::Own`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Own {
    /// The push that made it.
    #[n(0)]
    pub reference: PushRef,
    /// As in `Item`.
    #[n(1)]
    pub seq: Seq,
    /// As in `Item`.
    #[n(2)]
    pub prev: Seq,
    /// As in `Item`.
    #[n(3)]
    pub chain: Chain,
}

/// See `Message::CaughtUp`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CaughtUp {}

/// See `Message::Presence`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Presence {
    /// Sealed: the relay cannot read it.
    #[cbor(n(0), with = "super::codec::octets")]
    pub sealed: Bytes,
}

/// See `Message::Close`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Close {
    /// Why.
    #[n(0)]
    pub code: CloseCode,
    /// Do not come back sooner than after so many milliseconds.
    #[n(1)]
    pub retry_after_ms: Option<u32>,
}

/// See `Message::Ping`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Ping {}

/// See `Message::Pong`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Pong {
    /// The answering side's clock: milliseconds since 1970.
    #[n(0)]
    pub time: Option<i64>,
}

/// See `Message::NeedKeys`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NeedKeys {}

/// See `Message::SnapshotWanted`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SnapshotWanted {
    /// Goes into the snapshot's header.
    #[n(0)]
    pub request: u64,
}

/// See `Message::Declined`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Declined {
    /// Which request.
    #[n(0)]
    pub request: u64,
}

/// See `Message::Part`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Part {
    /// The envelope that lists it.
    #[n(0)]
    pub manifest: EnvelopeHash,
    /// Its place there.
    #[n(1)]
    pub index: u16,
    /// The sealed part.
    #[cbor(n(2), with = "super::codec::octets")]
    pub bytes: Bytes,
}

/// See `Message::PartWanted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PartWanted {
    /// The envelope that lists it.
    #[n(0)]
    pub manifest: EnvelopeHash,
    /// Its place there.
    #[n(1)]
    pub index: u16,
}

/// See `Message::SnapshotConfirmed`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SnapshotConfirmed {
    /// The snapshot's envelope.
    #[n(0)]
    pub manifest: EnvelopeHash,
    /// By the facilitators' or the participants' key, over this connection's challenge and the manifest.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

/// See `Message::BaseTaken`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BaseTaken {
    /// The snapshot's envelope.
    #[n(0)]
    pub manifest: EnvelopeHash,
}

/// See `Message::Register`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Register {
    /// The envelope, verbatim.
    #[cbor(n(0), with = "super::codec::octets")]
    pub envelope: Bytes,
}
