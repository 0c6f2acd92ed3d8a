//! The plain part of an envelope: what a relay may read, fixed binary, little-endian.
//!
//! ```text
//! "SAMS" version:u8 kind:u8 role:u8 board:32
//!   1 changes   nothing more
//!   2 snapshot  request:u64 epoch:16 covers:u64 chain:32 parts:u16 | parts × hash:32
//!   3 register  slot:32 class:u8 n:u64 length:u16 public
//!   4 final     n:u64 heads:u16 heads × hash:32 parts:u16 | parts × hash:32
//! ```
//! All of it is the envelope's additional data; up to the bar it is the additional data of the sealed parts too.

use std::fmt;

use super::Role;
use super::bytes::Reader;
use super::error::EnvelopeError;
use crate::ids::{BoardId, Chain, ChangeHash, Epoch, PartHash, Seq, Slot};

/// The first bytes of every envelope.
pub const MAGIC: [u8; 4] = *b"SAMS";
/// The version written and read here.
pub const VERSION: u8 = 1;
/// The most bytes of a register's public part.
pub const MAX_PUBLIC: usize = 4 * 1024;
/// The most heads that a final snapshot or a frozen state can bind.
pub const MAX_HEADS: usize = 100;
/// The most parts of a snapshot; with 64 KiB each, 128 MiB.
pub const MAX_PARTS: usize = 2048;

/// What an envelope says openly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The board.
    pub board: BoardId,
    /// Whose key signed it.
    pub role: Role,
    /// What it carries.
    pub kind: Kind,
}

/// What an envelope carries, with what the relay must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A pack of changes.
    Changes,
    /// The manifest of a snapshot that the relay asked for.
    Snapshot(SnapshotHeader),
    /// One value that the facilitator decided.
    Register(RegisterHeader),
    /// The manifest of the snapshot a board was finished with.
    Final(FinalHeader),
}

/// The kinds by name: for rules, messages and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KindName {
    /// A pack of changes.
    Changes,
    /// A snapshot.
    Snapshot,
    /// A register.
    Register,
    /// A final snapshot.
    Final,
}

/// What a snapshot is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// The relay's request that it answers.
    pub request: u64,
    /// The log's life.
    pub epoch: Epoch,
    /// The last entry it covers.
    pub covers: Seq,
    /// The log's chain there.
    pub chain: Chain,
    /// Its sealed parts, in order.
    pub parts: Vec<PartHash>,
}

/// What a relay knows of a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterHeader {
    /// Where it lives.
    pub slot: Slot,
    /// 0 sealed, 1 state, 2 proof of the right to create; others are kept and forwarded.
    pub class: u8,
    /// Its edition: the highest wins.
    pub n: u64,
    /// What the relay reads; at most `MAX_PUBLIC` bytes.
    pub public: Vec<u8>,
}

/// What a final snapshot is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalHeader {
    /// Which finishing of the board this is.
    pub n: u64,
    /// The heads that it holds; at most `MAX_HEADS`.
    pub heads: Vec<ChangeHash>,
    /// Its sealed parts, in order.
    pub parts: Vec<PartHash>,
}

impl KindName {
    /// The byte in the header.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Changes => 1,
            Self::Snapshot => 2,
            Self::Register => 3,
            Self::Final => 4,
        }
    }

    /// Reads `code` back.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Changes),
            2 => Some(Self::Snapshot),
            3 => Some(Self::Register),
            4 => Some(Self::Final),
            _ => None,
        }
    }

    /// Whether that role may make envelopes of this kind.
    #[must_use]
    pub const fn may_be_made_by(self, role: Role) -> bool {
        match (role, self) {
            (Role::Facilitator, _) | (Role::Participant, Self::Changes | Self::Snapshot) => true,
            (Role::Participant, Self::Register | Self::Final) | (Role::Observer, _) => false,
        }
    }
}

impl fmt::Display for KindName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changes => "changes",
            Self::Snapshot => "snapshot",
            Self::Register => "register",
            Self::Final => "final",
        })
    }
}

impl Kind {
    /// The name alone.
    #[must_use]
    pub const fn name(&self) -> KindName {
        match self {
            Self::Changes => KindName::Changes,
            Self::Snapshot(_) => KindName::Snapshot,
            Self::Register(_) => KindName::Register,
            Self::Final(_) => KindName::Final,
        }
    }

    /// The sealed parts that belong to it.
    #[must_use]
    pub fn parts(&self) -> &[PartHash] {
        match self {
            Self::Changes | Self::Register(_) => &[],
            Self::Snapshot(header) => &header.parts,
            Self::Final(header) => &header.parts,
        }
    }
}

impl Header {
    /// Reads the header at the start of `bytes`; gives it and the bytes behind it. Proves nothing: see `VerifyKeys::verify`.
    ///
    /// # Errors
    /// Says what is wrong with the first field that is.
    pub fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), EnvelopeError> {
        let mut reader = Reader::new(bytes);
        let (name, role, board) = parse_start(&mut reader)?;
        let kind = match name {
            KindName::Changes => Kind::Changes,
            KindName::Snapshot => Kind::Snapshot(parse_snapshot(&mut reader)?),
            KindName::Register => Kind::Register(parse_register(&mut reader)?),
            KindName::Final => Kind::Final(parse_final(&mut reader)?),
        };
        Ok((Self { board, role, kind }, reader.rest()))
    }

    /// The bytes that `parse` reads.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = self.encode_before_parts();
        for part in self.kind.parts() {
            out.extend_from_slice(part.as_bytes());
        }
        out
    }

    /// The bytes up to the hashes of the parts, their number included.
    pub(super) fn encode_before_parts(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&[VERSION, self.kind.name().code(), self.role.code()]);
        out.extend_from_slice(self.board.as_bytes());
        match &self.kind {
            Kind::Changes => {}
            Kind::Snapshot(header) => encode_snapshot(&mut out, header),
            Kind::Register(header) => encode_register(&mut out, header),
            Kind::Final(header) => encode_final(&mut out, header),
        }
        out
    }
}

fn parse_start(reader: &mut Reader<'_>) -> Result<(KindName, Role, BoardId), EnvelopeError> {
    if reader.array().ok_or(EnvelopeError::CutShort)? != MAGIC {
        return Err(EnvelopeError::NotAnEnvelope);
    }
    let [version, kind, role] = reader.array().ok_or(EnvelopeError::CutShort)?;
    if version != VERSION {
        return Err(EnvelopeError::OtherVersion(version));
    }
    let kind = KindName::from_code(kind).ok_or(EnvelopeError::UnknownKind(kind))?;
    let role = Role::from_code(role).ok_or(EnvelopeError::UnknownRole(role))?;
    let board = reader.array().ok_or(EnvelopeError::CutShort)?;
    Ok((kind, role, BoardId(board)))
}

fn parse_snapshot(reader: &mut Reader<'_>) -> Result<SnapshotHeader, EnvelopeError> {
    let cut = EnvelopeError::CutShort;
    Ok(SnapshotHeader {
        request: reader.u64().ok_or(cut.clone())?,
        epoch: Epoch(reader.array().ok_or(cut.clone())?),
        covers: Seq(reader.u64().ok_or(cut.clone())?),
        chain: Chain(reader.array().ok_or(cut)?),
        parts: parse_hashes(reader, MAX_PARTS, "parts")?
            .map(PartHash)
            .collect(),
    })
}

fn parse_register(reader: &mut Reader<'_>) -> Result<RegisterHeader, EnvelopeError> {
    let cut = EnvelopeError::CutShort;
    let slot = Slot(reader.array().ok_or(cut.clone())?);
    let class = reader.u8().ok_or(cut.clone())?;
    let n = reader.u64().ok_or(cut.clone())?;
    let length = usize::from(reader.u16().ok_or(cut.clone())?);
    if length > MAX_PUBLIC {
        return Err(EnvelopeError::FieldTooLong("public part"));
    }
    let public = reader.take(length).ok_or(cut)?.to_vec();
    Ok(RegisterHeader {
        slot,
        class,
        n,
        public,
    })
}

fn parse_final(reader: &mut Reader<'_>) -> Result<FinalHeader, EnvelopeError> {
    Ok(FinalHeader {
        n: reader.u64().ok_or(EnvelopeError::CutShort)?,
        heads: parse_hashes(reader, MAX_HEADS, "heads")?
            .map(ChangeHash)
            .collect(),
        parts: parse_hashes(reader, MAX_PARTS, "parts")?
            .map(PartHash)
            .collect(),
    })
}

/// A count and so many hashes; all of them are present before any is read.
fn parse_hashes<'a>(
    reader: &mut Reader<'a>,
    most: usize,
    field: &'static str,
) -> Result<impl Iterator<Item = [u8; 32]> + use<'a>, EnvelopeError> {
    let count = usize::from(reader.u16().ok_or(EnvelopeError::CutShort)?);
    if count > most {
        return Err(EnvelopeError::FieldTooLong(field));
    }
    let bytes = reader.take(count * 32).ok_or(EnvelopeError::CutShort)?;
    Ok(bytes.as_chunks::<32>().0.iter().copied())
}

fn encode_snapshot(out: &mut Vec<u8>, header: &SnapshotHeader) {
    out.extend_from_slice(&header.request.to_le_bytes());
    out.extend_from_slice(header.epoch.as_bytes());
    out.extend_from_slice(&header.covers.0.to_le_bytes());
    out.extend_from_slice(header.chain.as_bytes());
    push_count(out, header.parts.len());
}

fn encode_register(out: &mut Vec<u8>, header: &RegisterHeader) {
    out.extend_from_slice(header.slot.as_bytes());
    out.push(header.class);
    out.extend_from_slice(&header.n.to_le_bytes());
    push_count(out, header.public.len());
    out.extend_from_slice(&header.public);
}

fn encode_final(out: &mut Vec<u8>, header: &FinalHeader) {
    out.extend_from_slice(&header.n.to_le_bytes());
    push_count(out, header.heads.len());
    for head in &header.heads {
        out.extend_from_slice(head.as_bytes());
    }
    push_count(out, header.parts.len());
}

/// Counts are checked against their limits, all far below 65,536, before anything is sealed.
fn push_count(out: &mut Vec<u8>, count: usize) {
    out.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
}
