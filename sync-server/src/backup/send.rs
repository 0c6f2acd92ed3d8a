//! A log's boards as frames, each as it stood at one moment after the backup began.
//!
//! Boundary: it reads while others write. An entry never changes, so a board's state and the entries up to it are one
//! moment, though the boards are not all of the same.

use std::collections::BTreeMap;

use samsyn_shared::ids::{BoardId, Seq, Slot};
use samsyn_shared::seal::{Header, Kind};

use super::stream::{Frame, Part};
use crate::log::sled::{Image, Mark};
use crate::log::{Entry, Log, LogError, SledLog, Start, Stored};

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
        sink(Frame::Board(board, image.clone()))?;
        let mut at = image.begin();
        sent.entries += at.0;
        for (_, seq) in image.slots.iter().filter(|(_, seq)| *seq <= at) {
            sink(Frame::Kept(log.entry_at(&board, *seq)?))?;
        }
        for start in &image.starts {
            parts(log, &board, start, &mut sink)?;
        }
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

/// The parts of a snapshot. One that was replaced meanwhile is not there any more.
fn parts<E: From<LogError>>(
    log: &SledLog,
    board: &BoardId,
    start: &Start,
    sink: &mut impl FnMut(Frame) -> Result<(), E>,
) -> Result<(), E> {
    let Some(stored) = &start.snapshot else {
        return Ok(());
    };
    for index in 0..stored.parts {
        let part = log.part(board, &stored.hash, index)?;
        let bytes = part.ok_or_else(|| log.lacks_part(board, index))?;
        sink(Frame::Part(Part {
            manifest: stored.hash,
            index,
            bytes,
        }))?;
    }
    Ok(())
}

/// A damaged board as it stood before the damage; none if not even its state can be read.
fn what_survives(log: &SledLog, board: &BoardId) -> Option<Image> {
    let mut meta = log.meta(board).ok()??;
    let mut starts = log.starts(board).ok()?;
    // A snapshot that is not whole helps nobody; entries from before it may.
    starts.retain(|start| is_whole(log, board, start));
    let oldest = *starts.first()?;
    let newest = starts.last().map_or(Seq(0), |start| start.covers);
    (meta.last, meta.bytes, meta.chain) = (oldest.covers, 0, oldest.chain);
    let whole = log.image(board).ok().flatten();
    let kept = whole.into_iter().flat_map(|image| image.slots);
    let mut slots: BTreeMap<Slot, Seq> = kept
        .filter(|(_, seq)| *seq <= oldest.covers && log.entry_at(board, *seq).is_ok())
        .collect();
    while let Some(entry) = next(log, board, meta.last) {
        meta.last = entry.seq;
        meta.chain = entry.chain;
        if entry.seq > newest {
            meta.bytes += entry.envelope.len() as u64;
        }
        if let Ok((header, _)) = Header::parse(&entry.envelope)
            && let Kind::Register(register) = header.kind
        {
            slots.insert(register.slot, entry.seq);
        }
    }
    let used = log.used(board).ok().flatten();
    let slots = slots.into_iter().collect();
    // A manifest that did not survive begins nothing.
    starts.retain(|start| start.snapshot.is_none_or(|it| it.manifest <= meta.last));
    let sound = meta.last > Seq(0) && starts.first() == Some(&oldest);
    sound.then_some(Image {
        meta,
        used,
        slots,
        starts,
    })
}

fn is_whole(log: &SledLog, board: &BoardId, start: &Start) -> bool {
    let whole = |stored: &Stored| {
        let part = |index| log.part(board, &stored.hash, index);
        (0..stored.parts).all(|index| part(index).is_ok_and(|part| part.is_some()))
    };
    start.snapshot.as_ref().is_none_or(whole)
}

fn next(log: &SledLog, board: &BoardId, after: Seq) -> Option<Entry> {
    log.read(board, after, 1).ok()?.into_iter().next()
}
