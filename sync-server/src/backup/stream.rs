//! A log as a stream of frames: each board, its entries, and an end that says how much there was.
//!
//! Boundary: bytes and their meaning. A stream without its end is no backup.

use std::io::{self, Read, Write};
use std::sync::Arc;

use samsyn_shared::ids::{BoardId, Chain, EnvelopeHash, Epoch, Seq, Slot};

use crate::log::sled::{Image, Mark, Pruned, rows};
use crate::log::{Day, Entry, Keys, Meta, Used};

/// Most bytes of a frame: an envelope, or the slots of a board.
const MOST: usize = 1 << 20;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A board begins.
    Board(BoardId, Image),
    /// The next entry of that board.
    Entry(Entry),
    /// An entry from before that only a slot still holds.
    Kept(Entry),
    /// A part of a snapshot that the board's streams can start with.
    Part(Part),
    /// A board that was taken out.
    Pruned(Pruned),
    /// That was all.
    End(Mark),
    /// It goes no further, and why.
    Failed(String),
}

const BOARD: u8 = 1;
const ENTRY: u8 = 2;
const END: u8 = 3;
const FAILED: u8 = 4;
const PRUNED: u8 = 5;
const KEPT: u8 = 6;
const PART: u8 = 7;

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The hash of the envelope that lists it.
    pub manifest: EnvelopeHash,
    /// Its place there.
    pub index: u16,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

impl Frame {
    /// Writes it: its kind, its length, its fields.
    ///
    /// # Errors
    /// When nobody takes it.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (kind, body) = match self {
            Self::Board(id, image) => (BOARD, board_bytes(id, image)),
            Self::Entry(entry) => (ENTRY, entry_bytes(entry)),
            Self::Kept(entry) => (KEPT, entry_bytes(entry)),
            Self::Part(part) => {
                let index = part.index.to_be_bytes();
                (
                    PART,
                    [part.manifest.as_bytes().as_slice(), &index, &part.bytes].concat(),
                )
            }
            Self::Pruned(Pruned { board, day }) => {
                let day = day.0.to_be_bytes();
                (PRUNED, [board.as_bytes().as_slice(), &day].concat())
            }
            Self::End(mark) => (
                END,
                [mark.boards.to_be_bytes(), mark.entries.to_be_bytes()].concat(),
            ),
            Self::Failed(why) => (FAILED, why.clone().into_bytes()),
        };
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        out.write_all(&[kind])?;
        out.write_all(&length.to_be_bytes())?;
        out.write_all(&body)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When there is none, or it cannot be understood.
    pub fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut kind = [0; 1];
        input.read_exact(&mut kind)?;
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let strange = || io::Error::new(io::ErrorKind::InvalidData, "a frame cannot be understood");
        if length > MOST {
            return Err(strange());
        }
        // No more memory than what comes, whatever length is stated.
        let mut body = Vec::new();
        input.take(length as u64).read_to_end(&mut body)?;
        if body.len() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut fields = Fields(&body);
        let [kind] = kind;
        let frame = match kind {
            BOARD => fields.board(),
            ENTRY => fields.entry().map(Self::Entry),
            KEPT => fields.entry().map(Self::Kept),
            PART => fields.part(),
            PRUNED => fields.pruned(),
            END => fields.end(),
            FAILED => Some(Self::Failed(String::from_utf8_lossy(&body).into_owned())),
            _ => None,
        };
        frame.ok_or_else(strange)
    }
}

fn entry_bytes(entry: &Entry) -> Vec<u8> {
    let numbers = [entry.seq.0.to_be_bytes(), entry.prev.0.to_be_bytes()].concat();
    [&numbers, entry.chain.as_bytes().as_slice(), &entry.envelope].concat()
}

fn board_bytes(id: &BoardId, image: &Image) -> Vec<u8> {
    let Image {
        meta,
        used,
        slots,
        starts,
    } = image;
    let starts = rows::write_starts(starts);
    let length = u32::try_from(starts.len()).unwrap_or(u32::MAX);
    let day = |day: Option<Day>| day.map_or(0, |day| day.0).to_be_bytes();
    let mut bytes = [
        id.as_bytes().as_slice(),
        meta.epoch.as_bytes(),
        &meta.keys.facilitator,
        &meta.keys.participant,
        &meta.last.0.to_be_bytes(),
        meta.chain.as_bytes(),
        &meta.bytes.to_be_bytes(),
        &day(used.and_then(|used| used.first)),
        &day(used.map(|used| used.last)),
        &length.to_be_bytes(),
        &starts,
    ]
    .concat();
    for (slot, seq) in slots {
        bytes.extend_from_slice(slot.as_bytes());
        bytes.extend_from_slice(&seq.0.to_be_bytes());
    }
    bytes
}

/// Takes fields off the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn day(&mut self) -> Option<Option<Day>> {
        let days = self.take().map(u32::from_be_bytes)?;
        Some(Some(Day(days)).filter(|day| day.0 > 0))
    }

    fn board(&mut self) -> Option<Frame> {
        let id = BoardId(self.take()?);
        let meta = Meta {
            epoch: Epoch(self.take()?),
            keys: Keys {
                facilitator: self.take()?,
                participant: self.take()?,
            },
            last: Seq(self.number()?),
            chain: Chain(self.take()?),
            bytes: self.number()?,
        };
        let (first, last) = (self.day()?, self.day()?);
        let used = last.map(|last| Used { first, last });
        let length = self.take().map(u32::from_be_bytes)?;
        let (starts, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        let starts = rows::read_starts(starts)?;
        let mut slots = Vec::new();
        while !self.0.is_empty() {
            slots.push((Slot(self.take()?), Seq(self.number()?)));
        }
        let image = Image {
            meta,
            used,
            slots,
            starts,
        };
        Some(Frame::Board(id, image))
    }

    fn part(&mut self) -> Option<Frame> {
        Some(Frame::Part(Part {
            manifest: EnvelopeHash(self.take()?),
            index: u16::from_be_bytes(self.take()?),
            bytes: self.0.into(),
        }))
    }

    fn entry(&mut self) -> Option<Entry> {
        let (seq, prev) = (Seq(self.number()?), Seq(self.number()?));
        let chain = Chain(self.take()?);
        let envelope = self.0.into();
        Some(Entry {
            seq,
            prev,
            chain,
            envelope,
        })
    }

    fn pruned(&mut self) -> Option<Frame> {
        let board = BoardId(self.take()?);
        let day = self.day()??;
        let pruned = Pruned { board, day };
        self.0.is_empty().then_some(Frame::Pruned(pruned))
    }

    fn end(&mut self) -> Option<Frame> {
        let mark = Mark {
            boards: self.number()?,
            entries: self.number()?,
        };
        self.0.is_empty().then_some(Frame::End(mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Start;

    #[test]
    fn frames_come_back_as_they_went_and_cut_ones_not_at_all() {
        let meta = Meta {
            epoch: Epoch([1; 16]),
            keys: Keys {
                facilitator: [2; 32],
                participant: [3; 32],
            },
            last: Seq(4),
            chain: Chain([5; 32]),
            bytes: 6,
        };
        let used = Some(Used {
            first: None,
            last: Day(7),
        });
        let slots = vec![(Slot([8; 32]), Seq(3))];
        let mark = Mark {
            boards: 1,
            entries: 4,
        };
        let starts = vec![Start::first()];
        let image = Image {
            meta,
            used,
            slots,
            starts,
        };
        for frame in [
            Frame::Board(BoardId([9; 32]), image),
            Frame::Part(Part {
                manifest: EnvelopeHash([6; 32]),
                index: 3,
                bytes: b"part".as_slice().into(),
            }),
            Frame::Kept(Entry {
                seq: Seq(2),
                prev: Seq(1),
                chain: Chain([4; 32]),
                envelope: b"register".as_slice().into(),
            }),
            Frame::Entry(Entry {
                seq: Seq(4),
                prev: Seq(3),
                chain: Chain([5; 32]),
                envelope: b"envelope".as_slice().into(),
            }),
            Frame::Pruned(Pruned {
                board: BoardId([9; 32]),
                day: Day(7),
            }),
            Frame::End(mark),
            Frame::Failed("the disk".to_owned()),
        ] {
            let mut bytes = Vec::new();
            frame.write(&mut bytes).unwrap();
            assert_eq!(Frame::read(&mut bytes.as_slice()).unwrap(), frame);
            for cut in 0..bytes.len() {
                assert!(Frame::read(&mut &bytes[..cut]).is_err());
            }
        }
        assert!(Frame::read(&mut [9, 0, 0, 0, 0].as_slice()).is_err());
        assert!(Frame::read(&mut [2, 255, 255, 255, 255].as_slice()).is_err());
    }
}
