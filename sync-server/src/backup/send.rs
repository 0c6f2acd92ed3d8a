//! A log's boards as frames, each as it stood at one moment after the backup began.
//!
//! Boundary: it reads while others write. An entry never changes, so a board's state and the entries up to it are one
//! moment, though the boards are not all of the same.

use std::collections::BTreeMap;

use samsyn_shared::ids::{BoardId, Seq, Slot};
use samsyn_shared::seal::{Header, Kind};

use super::stream::Frame;
use crate::log::sled::{Image, Mark};
use crate::log::{Entry, Log, LogError, SledLog};

/// Bytes of envelopes read at a time.
const READ: usize = 256 << 10;

/// What becomes of a board that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// There is no backup then.
    Refuse,
    /// The entries before the damage are kept.
    CutOff,
}

/// Hands every board to `sink`, which says whether to go on.
///
/// # Errors
/// What the log or the sink says.
pub fn send<E: From<LogError>>(
    log: &SledLog,
    damage: Damage,
    mut sink: impl FnMut(Frame) -> Result<(), E>,
) -> Result<(), E> {
    let mut sent = Mark::default();
    for pruned in log.pruned()? {
        sink(Frame::Pruned(pruned))?;
    }
    for board in log.boards()? {
        let whole = match damage {
            Damage::Refuse => log.image(&board)?,
            Damage::CutOff => what_survives(log, &board),
        };
        // Gone since the list was made.
        let Some(image) = whole else { continue };
        let last = image.meta.last;
        sent.boards += 1;
        sink(Frame::Board(board, image))?;
        let mut at = Seq(0);
        while at < last {
            let entries = log.read(&board, at, READ)?;
            if entries.is_empty() {
                return Err(log.ends_early(&board, at).into());
            }
            for entry in entries.into_iter().take_while(|entry| entry.seq <= last) {
                at = entry.seq;
                sent.entries += 1;
                sink(Frame::Entry(entry))?;
            }
        }
    }
    sink(Frame::End(sent))
}

/// A damaged board as it stood before the damage; none if not even its state can be read.
fn what_survives(log: &SledLog, board: &BoardId) -> Option<Image> {
    let mut meta = log.meta(board).ok()??;
    (meta.last, meta.bytes, meta.chain) = (Seq(0), 0, crate::log::CHAIN_ZERO);
    let mut slots: BTreeMap<Slot, Seq> = BTreeMap::new();
    while let Some(entry) = next(log, board, meta.last) {
        meta.last = entry.seq;
        meta.chain = entry.chain;
        meta.bytes += entry.envelope.len() as u64;
        if let Ok((header, _)) = Header::parse(&entry.envelope)
            && let Kind::Register(register) = header.kind
        {
            slots.insert(register.slot, entry.seq);
        }
    }
    let used = log.used(board).ok().flatten();
    let slots = slots.into_iter().collect();
    (meta.last > Seq(0)).then_some(Image { meta, used, slots })
}

fn next(log: &SledLog, board: &BoardId, after: Seq) -> Option<Entry> {
    log.read(board, after, 1).ok()?.into_iter().next()
}
