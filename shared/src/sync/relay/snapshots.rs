//! Cutting a board's log off at a snapshot: whom to ask for one, taking it in, and when the former start may go.
//!
//! The relay cannot read a snapshot. It checks who signed it, that it was asked for, that it stands for a part of this
//! very log, and that every part is the one the manifest lists. That nothing is missing in it only clients can tell:
//! the former generation stays until one of them has confirmed the newer, on another connection than the maker's.

use std::collections::BTreeSet;

use super::admit::Refusal;
use super::board::Board;
use super::desk::{Address, Desk, Purpose, Pushed};
use super::stream::Stream;
use super::types::{
    Append, BoardRecord, Compaction, ConnId, Entry, ForgetParts, Generation, LogFailure, Place,
    PutPart, Read, RelayOutput, Snapshot,
};
use crate::ids::{Chain, EnvelopeHash, Epoch, Seq};
use crate::registers::BoardState;
use crate::seal::{FinalHeader, Kind, SnapshotHeader, Verified};
use crate::sync::wire::{
    CloseCode, Declined, Message, Part, PartWanted, Push, PushRef, RejectCode, Retry,
    SnapshotConfirmed, SnapshotWanted,
};
use crate::time::Monotonic;

/// Parts that a maker is asked for at a time.
const PARTS_ASKED: usize = 4;
/// After a snapshot that did not come about, the board is left alone for so many milliseconds.
const PAUSE: u64 = 30_000;

/// What a board's relay knows of snapshots beyond the log itself.
#[derive(Debug)]
pub(super) struct Snapshots {
    next_request: u64,
    asked: Option<Asked>,
    upload: Option<Upload>,
    /// Who was asked and has not delivered. They are asked again once nobody else is left.
    declined: BTreeSet<Address>,
    not_before: Monotonic,
    last_push: Monotonic,
    /// Whose connection the newest snapshot came from; not known after a restart.
    made_by: Option<ConnId>,
    /// A snapshot that the log has and has not yet said the place of.
    appended: Option<Fresh>,
}

/// See `Snapshots::appended`.
#[derive(Clone, Copy, Debug)]
struct Fresh {
    manifest: EnvelopeHash,
    confirmed: bool,
}

/// A client that was asked.
#[derive(Clone, Copy, Debug)]
struct Asked {
    request: u64,
    whom: Address,
    until: Monotonic,
}

/// A snapshot on its way.
#[derive(Debug)]
struct Upload {
    from: Address,
    reference: PushRef,
    manifest: Verified,
    stands_for: StandsFor,
    /// Parts that are not in the log.
    missing: BTreeSet<u16>,
    /// Those of them that the maker was asked for on this connection.
    wanted: BTreeSet<u16>,
    /// Those of them that are on their way to the log.
    storing: BTreeSet<u16>,
    step: Step,
    until: Monotonic,
}

/// Which part of the log a snapshot is to take the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StandsFor {
    /// Everything up to a place that it names.
    Place(Seq, Chain),
    /// Everything there is, and nothing may have come since it was made.
    All(Seq),
    /// Everything there is: the board is finished with it, and takes nothing else.
    Finished,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The log is asked for the chain at the place that it names.
    Checking,
    /// Parts come in.
    Parts,
    /// The manifest is on its way to the disk.
    Appending,
}

impl Snapshots {
    /// `fresh` makes the requests of this run unlike those of another.
    pub(super) fn new(now: Monotonic) -> Self {
        Self {
            next_request: 1,
            asked: None,
            upload: None,
            declined: BTreeSet::new(),
            not_before: now,
            last_push: now,
            made_by: None,
            appended: None,
        }
    }

    /// Makes the requests of this run unlike those of another.
    pub(super) fn seed(&mut self, fresh: &Epoch) {
        let (first, _) = fresh.0.split_at(8);
        self.next_request = first
            .iter()
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
    }

    /// Somebody wrote.
    pub(super) fn pushed(&mut self, now: Monotonic) {
        self.last_push = now;
    }

    /// A channel ended.
    pub(super) fn left(&mut self, at: &Address) {
        self.declined.remove(at);
        if let Some(upload) = self.upload.as_mut().filter(|upload| upload.from == *at) {
            upload.wanted.clear();
        }
    }

    fn give_up(&mut self, now: Monotonic) -> Option<Upload> {
        self.asked = None;
        self.not_before = now.plus(PAUSE);
        self.upload.take()
    }
}

impl Compaction {
    /// Whether a log is long enough to be cut off.
    fn is_due(&self, tail: u64, snapshot: u64, quiet_for: u64, nearly_full: bool) -> bool {
        let urgent =
            tail >= self.urgent_bytes && tail >= snapshot.saturating_mul(self.urgent_times);
        let leisure = quiet_for >= self.quiet
            && tail >= self.leisure_bytes
            && tail.saturating_mul(self.leisure_share) >= snapshot;
        urgent || leisure || (nearly_full && tail >= snapshot)
    }
}

impl Board {
    /// Looks whether a snapshot is wanted, and asks the next client if it is.
    pub(super) fn consider(&mut self, desk: &mut Desk) {
        let now = desk.now.monotonic;
        self.end_overdue(desk);
        let Some(log) = &self.log else { return };
        let rules = desk.limits.compaction;
        let busy = self.snapshots.asked.is_some() || self.snapshots.upload.is_some();
        if busy || self.snapshots.not_before > now {
            return;
        }
        match log.registers.state() {
            BoardState::Open | BoardState::Paused => {}
            BoardState::Frozen { snapshot, .. } => {
                // This log was wiped, and somebody may still have what the board was finished with.
                if log.newest().manifest_hash() != Some(snapshot) {
                    self.ask(desk);
                }
                return;
            }
            BoardState::Deleted => return,
        }
        let (tail, snapshot) = (log.bytes, log.snapshot_bytes());
        let quiet = now.0.saturating_sub(self.snapshots.last_push.0);
        let nearly_full = log.bytes.saturating_add(snapshot) > desk.limits.board_bytes / 2;
        if rules.is_due(tail, snapshot, quiet, nearly_full) {
            self.ask(desk);
        }
    }

    fn end_overdue(&mut self, desk: &mut Desk) {
        let now = desk.now.monotonic;
        if let Some(upload) = &self.snapshots.upload {
            if upload.until <= now && upload.step != Step::Appending {
                self.drop_upload(desk);
            }
        } else if let Some(asked) = self.snapshots.asked.filter(|asked| asked.until <= now) {
            self.snapshots.declined.insert(asked.whom);
            self.snapshots.asked = None;
        }
    }

    /// Facilitators first, then whoever has written on this connection, then the others: who has only ever listened
    /// may be a stranger.
    fn ask(&mut self, desk: &mut Desk) {
        let candidates = self
            .subscribers
            .iter()
            .filter(|(at, it)| it.stream == Stream::Live && !self.snapshots.declined.contains(at));
        let Some((whom, _)) = candidates.max_by_key(|(_, it)| it.wrote) else {
            self.snapshots.declined.clear();
            self.snapshots.not_before = desk.now.monotonic.plus(PAUSE);
            return;
        };
        let (whom, request) = (*whom, self.snapshots.next_request);
        self.snapshots.next_request = request.wrapping_add(1);
        let until = desk.now.monotonic.plus(desk.limits.compaction.patience);
        self.snapshots.asked = Some(Asked {
            request,
            whom,
            until,
        });
        desk.send(whom, &Message::SnapshotWanted(SnapshotWanted { request }));
    }

    /// The client cannot or will not.
    pub(super) fn declined(&mut self, desk: &mut Desk, at: Address, declined: &Declined) {
        let asked = self.snapshots.asked;
        if asked.is_some_and(|asked| asked.whom == at && asked.request == declined.request)
            && self.snapshots.upload.is_none()
        {
            self.snapshots.declined.insert(at);
            self.snapshots.asked = None;
            self.consider(desk);
        }
    }

    /// A manifest was pushed: takes it if it is wanted, and asks for the parts that are missing.
    pub(super) fn offer(
        &mut self,
        desk: &mut Desk,
        at: Address,
        push: &Push,
        manifest: Verified,
    ) -> Result<(), Refusal> {
        let refused = Err((RejectCode::NotWanted, Retry::Never));
        let until = desk.now.monotonic.plus(desk.limits.compaction.patience);
        if let Some(upload) = &mut self.snapshots.upload {
            if upload.manifest.hash() != manifest.hash() {
                return refused;
            }
            if upload.step == Step::Appending {
                return Err((RejectCode::Storage, Retry::AfterMs(1_000)));
            }
            // The maker is back.
            (upload.from, upload.reference, upload.until) = (at, push.reference, until);
            upload.wanted.clear();
            self.want_parts(desk);
            return Ok(());
        }
        let size = manifest.header().kind.parts().len() as u64 * crate::seal::snapshot::PART as u64;
        if size > desk.limits.board_bytes {
            return Err((RejectCode::TooLarge, Retry::Never));
        }
        let stands_for = match &manifest.header().kind {
            Kind::Snapshot(header) => self.stands_for(header),
            Kind::Final(header) => self.finishes(header, &manifest, push.expect),
            Kind::Changes | Kind::Register(_) => None,
        };
        let Some(stands_for) = stands_for else {
            return refused;
        };
        let count = u16::try_from(manifest.header().kind.parts().len()).unwrap_or(u16::MAX);
        self.snapshots.upload = Some(Upload {
            from: at,
            reference: push.reference,
            manifest,
            stands_for,
            missing: (0..count).collect(),
            wanted: BTreeSet::new(),
            storing: BTreeSet::new(),
            step: Step::Checking,
            until,
        });
        self.check_place(desk, stands_for);
        Ok(())
    }

    /// What a snapshot may take the place of; none if nobody asked for it.
    fn stands_for(&self, header: &SnapshotHeader) -> Option<StandsFor> {
        let log = self.log.as_ref()?;
        let asked = self.snapshots.asked?.request == header.request;
        let newest = log.newest().covers;
        let fits = header.epoch == log.epoch && header.covers > newest && header.covers <= log.head;
        (asked && fits && !header.parts.is_empty())
            .then_some(StandsFor::Place(header.covers, header.chain))
    }

    /// The same for the snapshot that a board is finished with: its facilitator pushes it while the board is paused,
    /// and anybody who has it where a finished board lacks it.
    fn finishes(
        &self,
        header: &FinalHeader,
        manifest: &Verified,
        expect: Option<Seq>,
    ) -> Option<StandsFor> {
        let log = self.log.as_ref()?;
        if header.parts.is_empty() {
            return None;
        }
        match log.registers.state() {
            BoardState::Paused => expect.map(StandsFor::All),
            BoardState::Frozen { snapshot, .. } => {
                let lacks = log.newest().manifest_hash() != Some(snapshot);
                (snapshot == manifest.hash() && lacks).then_some(StandsFor::Finished)
            }
            BoardState::Open | BoardState::Deleted => None,
        }
    }

    fn check_place(&mut self, desk: &mut Desk, stands_for: StandsFor) {
        let Some(log) = &self.log else { return };
        match stands_for {
            StandsFor::Place(covers, chain) if covers == log.head => {
                self.place_checked(desk, chain == log.chain);
            }
            StandsFor::Place(covers, _) => {
                let (board, after) = (self.id, Seq(covers.0.saturating_sub(1)));
                desk.read(Purpose::Covers(board), |ticket| Read {
                    ticket,
                    board,
                    after,
                    max_bytes: 1,
                });
            }
            StandsFor::All(_) | StandsFor::Finished => self.place_checked(desk, true),
        }
    }

    /// The log has answered what it holds at the place that a snapshot names.
    pub(super) fn covers_checked(
        &mut self,
        desk: &mut Desk,
        answer: Result<Vec<Entry>, LogFailure>,
    ) {
        let Some(upload) = self.snapshots.upload.as_ref() else {
            return;
        };
        let StandsFor::Place(covers, chain) = upload.stands_for else {
            return;
        };
        match answer {
            Err(failure) => {
                desk.event(super::RelayEvent::Log(failure));
                self.refuse_upload(desk, (RejectCode::Storage, Retry::AfterMs(2_000)));
            }
            Ok(entries) => {
                let entry = entries.first();
                let equal = entry.is_some_and(|it| it.seq == covers && it.chain == chain);
                self.place_checked(desk, equal);
            }
        }
    }

    fn place_checked(&mut self, desk: &mut Desk, equal: bool) {
        if !equal {
            return self.refuse_upload(desk, (RejectCode::NotWanted, Retry::Never));
        }
        if let Some(upload) = &mut self.snapshots.upload
            && upload.step == Step::Checking
        {
            upload.step = Step::Parts;
            self.want_parts(desk);
        }
    }

    /// Asks for the next parts, or makes the snapshot the board's start once all are there.
    fn want_parts(&mut self, desk: &mut Desk) {
        let Some(upload) = &mut self.snapshots.upload else {
            return;
        };
        if upload.step != Step::Parts {
            return;
        }
        if upload.missing.is_empty() {
            return self.append_snapshot(desk);
        }
        let manifest = upload.manifest.hash();
        let free = PARTS_ASKED.saturating_sub(upload.wanted.len());
        let open = upload.missing.difference(&upload.storing);
        let next: Vec<u16> = open
            .filter(|index| !upload.wanted.contains(index))
            .take(free)
            .copied()
            .collect();
        for index in next {
            upload.wanted.insert(index);
            desk.send(
                upload.from,
                &Message::PartWanted(PartWanted { manifest, index }),
            );
        }
    }

    /// A part came. One that was not asked for is dropped.
    pub(super) fn part(&mut self, desk: &mut Desk, at: Address, part: Part) {
        let until = desk.now.monotonic.plus(desk.limits.compaction.patience);
        let Some(upload) = &mut self.snapshots.upload else {
            return;
        };
        let expected = upload.from == at
            && upload.manifest.hash() == part.manifest
            && upload.wanted.remove(&part.index);
        if !expected {
            return;
        }
        if !upload
            .manifest
            .lists_part(usize::from(part.index), &part.bytes)
        {
            return self.refuse_upload(desk, (RejectCode::BadEnvelope, Retry::Never));
        }
        upload.until = until;
        upload.storing.insert(part.index);
        let (board, manifest, index) = (self.id, part.manifest, part.index);
        desk.put_part(Purpose::PutPart(board, manifest, index), |ticket| PutPart {
            ticket,
            board,
            manifest,
            index,
            bytes: part.bytes,
        });
    }

    /// The log has answered a part.
    pub(super) fn part_stored(
        &mut self,
        desk: &mut Desk,
        manifest: EnvelopeHash,
        index: u16,
        answer: Result<(), LogFailure>,
    ) {
        let Some(upload) = &mut self.snapshots.upload else {
            return;
        };
        if upload.manifest.hash() != manifest {
            return;
        }
        upload.storing.remove(&index);
        match answer {
            Ok(()) => {
                upload.missing.remove(&index);
                self.want_parts(desk);
            }
            Err(failure) => {
                desk.event(super::RelayEvent::Log(failure));
                self.refuse_upload(desk, (RejectCode::Storage, Retry::AfterMs(2_000)));
            }
        }
    }

    /// Everything is there: the manifest becomes an entry, and with it the board's newest start.
    fn append_snapshot(&mut self, desk: &mut Desk) {
        let (Some(upload), Some(log)) = (&mut self.snapshots.upload, &self.log) else {
            return;
        };
        let Some(keys) = log.keys else { return };
        let (covers, chain) = match upload.stands_for {
            StandsFor::Place(covers, chain) => (covers, chain),
            StandsFor::All(expected) if expected == log.head && self.appending == 0 => {
                (log.head, log.chain)
            }
            StandsFor::Finished if self.appending == 0 => (log.head, log.chain),
            StandsFor::All(_) | StandsFor::Finished => {
                return self.refuse_upload(desk, (RejectCode::Behind, Retry::Never));
            }
        };
        upload.step = Step::Appending;
        let envelope = upload.manifest.clone();
        let (board, epoch) = (self.id, log.epoch);
        let append = Append {
            ticket: super::Ticket(0),
            board,
            epoch,
            keys: super::board::wire_keys(keys),
            hash: envelope.hash(),
            envelope: envelope.bytes().clone(),
            place: Place::Snapshot { covers, chain },
        };
        let pushed = Pushed {
            board,
            from: upload.from,
            reference: upload.reference,
            envelope,
            as_own: false,
        };
        self.appending += 1;
        desk.append(pushed, |ticket| Append { ticket, ..append });
    }

    /// The log has answered the manifest: it is there, or it is not.
    pub(super) fn snapshot_appended(&mut self, desk: &mut Desk, there: bool) {
        let now = desk.now.monotonic;
        let Some(upload) = self.snapshots.give_up(now) else {
            return;
        };
        if !there {
            return desk.push_output(RelayOutput::ForgetParts(ForgetParts {
                board: self.id,
                manifest: upload.manifest.hash(),
            }));
        }
        self.snapshots.declined.clear();
        self.snapshots.made_by = Some(upload.from.conn);
        self.snapshots.appended = Some(Fresh {
            manifest: upload.manifest.hash(),
            confirmed: false,
        });
        // What is behind it now, and what it takes the place of, the log knows best.
        desk.load(self.id, Purpose::Reload(self.id));
    }

    fn refuse_upload(&mut self, desk: &mut Desk, (code, retry): Refusal) {
        if let Some(upload) = self.drop_upload(desk)
            && self.subscribers.contains_key(&upload.from)
        {
            desk.reject(upload.from, upload.reference, code, retry);
        }
    }

    fn drop_upload(&mut self, desk: &mut Desk) -> Option<Upload> {
        let upload = self.snapshots.give_up(desk.now.monotonic)?;
        self.snapshots.declined.insert(upload.from);
        desk.push_output(RelayOutput::ForgetParts(ForgetParts {
            board: self.id,
            manifest: upload.manifest.hash(),
        }));
        Some(upload)
    }

    /// The board leaves the memory.
    pub(super) fn release(&mut self, desk: &mut Desk) {
        self.drop_upload(desk);
    }

    /// Somebody says that the newest snapshot is right: what was before it may go.
    pub(super) fn confirmed(
        &mut self,
        desk: &mut Desk,
        at: Address,
        confirmed: &SnapshotConfirmed,
    ) {
        let keys = self.log.as_ref().and_then(|log| log.keys);
        let (Some(keys), Some(challenge)) = (keys, desk.challenge(at.conn)) else {
            return;
        };
        let SnapshotConfirmed {
            manifest,
            signature,
        } = confirmed;
        let is_maker = self.snapshots.made_by == Some(at.conn);
        if is_maker || !keys.confirms(&challenge, manifest, signature) {
            return;
        }
        match &mut self.snapshots.appended {
            Some(fresh) if fresh.manifest == *manifest => fresh.confirmed = true,
            Some(_) | None => self.retire(desk, *manifest),
        }
    }

    /// The log has said where its snapshots are.
    pub(super) fn placed(&mut self, desk: &mut Desk) {
        if let Some(fresh) = self.snapshots.appended.take_if(|fresh| {
            let log = self.log.as_ref();
            log.is_some_and(|log| log.newest().manifest_hash() == Some(fresh.manifest))
        }) && fresh.confirmed
        {
            self.retire(desk, fresh.manifest);
        }
    }

    /// What was before the newest snapshot goes, if it is this one.
    fn retire(&mut self, desk: &mut Desk, manifest: EnvelopeHash) {
        let Some(log) = &mut self.log else { return };
        let newest = log.newest();
        let is_newest = newest.manifest_hash() == Some(manifest);
        if log.generations.len() < 2 || !is_newest {
            return;
        }
        let start = newest.covers;
        let kept = log.generations.len().saturating_sub(1);
        log.generations.drain(..kept);
        desk.push_output(RelayOutput::Retire(self.id));
        let cut_off: Vec<Address> = self
            .subscribers
            .iter()
            .filter(|(_, it)| it.needs_before(start, &manifest))
            .map(|(at, _)| *at)
            .collect();
        for at in cut_off {
            self.subscribers.remove(&at);
            desk.close_channel(at, CloseCode::Replaced, Some(0));
        }
    }
}

impl Generation {
    /// The hash of its snapshot's manifest.
    pub(super) fn manifest_hash(&self) -> Option<EnvelopeHash> {
        let snapshot = self.snapshot.as_ref()?;
        Some(crate::seal::envelope_hash(&snapshot.manifest))
    }

    /// Bytes of its snapshot.
    pub(super) fn snapshot_bytes(&self) -> u64 {
        self.snapshot.as_ref().map_or(0, |it: &Snapshot| it.bytes)
    }
}

/// The generations of a record; a log that names none starts with its first entry.
pub(super) fn generations(record: &BoardRecord) -> Vec<Generation> {
    if record.generations.is_empty() {
        vec![Generation::first()]
    } else {
        record.generations.clone()
    }
}
