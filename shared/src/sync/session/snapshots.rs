//! Snapshots from the client's side: making one when the relay asks, starting with one, and seeing that none lacks
//! anything.
//!
//! A snapshot takes the place of the log up to an entry. Whoever knows of a change in that part of the log that is not
//! in the snapshot takes it out of S and pushes it again, so that no snapshot, made in error or in malice, can lose
//! what somebody still has.

use std::collections::{BTreeSet, VecDeque};

use rand_core::CryptoRng;

use super::intake::Intake;
use super::shared::Shared;
use super::turn::Source;
use super::types::{LinkStatus, Misbehaviour, Output, Refused};
use super::{Refill, Session, Then};
use crate::ids::{Chain, ChangeHash, EnvelopeHash, Seq};
use crate::registers::BoardState;
use crate::seal::{Kind, Manifest, Role, Sealed, SnapshotBody, SnapshotHeader, Verified, blocks};
use crate::sync::store::ChangeStore;
use crate::sync::wire::{
    Base, BaseTaken, Bytes, Declined, Message, Part, PartWanted, Push, PushRef, SnapshotConfirmed,
};
use crate::time::Monotonic;

/// How long a quiet moment is waited for.
const PATIENCE: u64 = 30_000;
/// How long a sealed snapshot is kept for a relay that went away in the middle.
pub(super) const KEPT: u64 = 120_000;
/// Parts asked for at a time.
const PARTS_ASKED: usize = 8;
/// Changes whose place in the log is remembered. Of those that are forgotten some are pushed twice after a snapshot.
const RECENT: usize = 20_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    pub(super) recent: Recent,
    wanted: Option<Wanted>,
    pub(super) making: Option<Making>,
    fetching: Option<Fetching>,
    /// The manifest whose body could not be taken in.
    failed: Option<EnvelopeHash>,
    /// What this connection's relay gave to sign.
    challenge: Option<[u8; 32]>,
}

/// Where in the log changes came, as far as this run has seen it.
#[derive(Debug, Default)]
pub(super) struct Recent {
    /// Everything that came after this place is here.
    after: Seq,
    changes: VecDeque<(Seq, ChangeHash)>,
}

/// The relay has asked.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    request: u64,
    until: Monotonic,
}

/// A snapshot on its way to the relay.
#[derive(Debug)]
pub(super) struct Making {
    pub(super) manifest: EnvelopeHash,
    pub(super) envelope: Bytes,
    pub(super) parts: Vec<Bytes>,
    /// The last entry of the log that it was made of, if it must still be the last.
    pub(super) expect: Option<Seq>,
    pub(super) reference: Option<PushRef>,
    pub(super) until: Monotonic,
}

/// A snapshot on its way from the relay.
#[derive(Debug)]
struct Fetching {
    verified: Verified,
    contents: Manifest,
    covers: Seq,
    chain: Chain,
    parts: Vec<Option<Vec<u8>>>,
    /// The same as they came; kept of a final snapshot only.
    sealed: Vec<Option<Bytes>>,
    asked: BTreeSet<u16>,
}

impl Recent {
    /// The stream goes on from here, and what came before is not known.
    pub(super) fn start(&mut self, cursor: Seq) {
        self.after = cursor;
        self.changes.clear();
    }

    /// A change came in the entry at this place.
    pub(super) fn note(&mut self, place: Seq, change: ChangeHash) {
        self.changes.push_back((place, change));
        if self.changes.len() > RECENT
            && let Some((place, _)) = self.changes.pop_front()
        {
            self.after = self.after.max(place);
        }
    }

    /// The changes that came after a place.
    fn behind(&self, place: Seq) -> impl Iterator<Item = ChangeHash> + '_ {
        let behind = self.changes.iter().filter(move |(seq, _)| *seq > place);
        behind.map(|(_, change)| *change)
    }

    fn knows_behind(&self, place: Seq) -> bool {
        self.after <= place
    }

    fn forget_until(&mut self, place: Seq) {
        self.changes.retain(|(seq, _)| *seq > place);
        self.after = self.after.max(place);
    }
}

impl Snapshots {
    pub(super) fn connected(&mut self) {
        self.challenge = None;
        self.wanted = None;
        if let Some(making) = &mut self.making {
            making.reference = None;
        }
        if let Some(fetching) = &mut self.fetching {
            fetching.asked.clear();
        }
    }

    /// The stream goes on with entries, from here.
    pub(super) fn stream_starts(&mut self, cursor: Seq) {
        self.recent.start(cursor);
        self.fetching = None;
    }

    pub(super) fn welcomed(&mut self, challenge: [u8; 32]) {
        self.challenge = Some(challenge);
    }

    /// The log is another one, or read from its start.
    pub(super) fn forget_log(&mut self) {
        self.recent.start(Seq(0));
        self.wanted = None;
        self.making = None;
    }

    /// The manifest that the relay should not offer again.
    pub(super) const fn failed(&self) -> Option<EnvelopeHash> {
        self.failed
    }

    pub(super) fn next_wake(&self) -> Option<Monotonic> {
        let wanted = self.wanted.map(|it| it.until);
        let making = self.making.as_ref().map(|it| it.until);
        wanted.into_iter().chain(making).min()
    }

    /// A push was answered: the snapshot has arrived, or is not wanted any more. Gives it if it was that.
    pub(super) fn answered(&mut self, reference: PushRef) -> Option<Making> {
        let is_it = |it: &mut Making| it.reference == Some(reference);
        self.making.take_if(is_it)
    }
}

impl<D: ChangeStore> Session<D> {
    /// The relay asks for a snapshot.
    pub(super) fn snapshot_wanted(&mut self, request: u64) {
        match (self.registers.state(), self.keys.role()) {
            (BoardState::Frozen { .. }, _) => {
                if !self.give_final_back() {
                    self.decline(request);
                }
                return;
            }
            (_, Role::Observer) | (BoardState::Deleted, _) => return self.decline(request),
            (BoardState::Open | BoardState::Paused, Role::Facilitator | Role::Participant) => {}
        }
        let until = self.now.monotonic.plus(PATIENCE);
        self.snapshots.wanted = Some(Wanted { request, until });
    }

    fn decline(&mut self, request: u64) {
        self.say(&Message::Declined(Declined { request }));
    }

    /// What is overdue is let go of.
    pub(super) fn tick_snapshots(&mut self) {
        let now = self.now.monotonic;
        if let Some(wanted) = self.snapshots.wanted.take_if(|it| it.until <= now) {
            self.decline(wanted.request);
        }
        self.snapshots.making.take_if(|it| it.until <= now);
    }

    /// Makes the snapshot at the first moment at which the document is exactly what the log says.
    pub(super) fn make_snapshot(&mut self) {
        let Some(wanted) = self.snapshots.wanted else {
            return self.push_snapshot();
        };
        let Some(epoch) = self.epoch else { return };
        if self.link.phase != LinkStatus::Online || !self.is_what_the_log_says() {
            return;
        }
        self.snapshots.wanted = None;
        let header = SnapshotHeader {
            request: wanted.request,
            epoch,
            covers: self.intake.cursor,
            chain: self.intake.chain,
            parts: Vec::new(),
        };
        match self.seal_snapshot(&header) {
            Some(sealed) => self.offer_snapshot(sealed, None),
            None => self.decline(wanted.request),
        }
    }

    /// Whether the document is S, all that has come is in it, and nothing is still on its way to this device's disk.
    pub(super) fn is_what_the_log_says(&self) -> bool {
        !self.intake.has_news()
            && !self.must_refill
            && self.shared.is_whole()
            && self.store.changes_after(&self.shared.heads()).is_empty()
    }

    pub(super) fn offer_snapshot(&mut self, sealed: Sealed, expect: Option<Seq>) {
        let until = self.now.monotonic.plus(KEPT);
        self.snapshots.making = Some(Making::new(sealed, expect, until));
        self.push_snapshot();
    }

    fn seal_snapshot(&self, header: &SnapshotHeader) -> Option<Sealed> {
        let (heads, count) = self.contents();
        let waiting = self.shared.logged_outside();
        let chunks = waiting.iter().map(|hash| self.store.chunk(hash));
        let body = SnapshotBody {
            blocks: self.blocks()?,
            waiting: chunks.collect::<Option<_>>()?,
        };
        let contents = Manifest {
            heads,
            count,
            waiting,
        };
        self.keys.seal_snapshot(header, &contents, &body).ok()
    }

    /// The document's heads and how many changes it has. The fixed changes, which are in every document and in no log,
    /// are not counted.
    pub(super) fn contents(&self) -> (Vec<ChangeHash>, u64) {
        match self.store.changes_after(&[]).len() as u64 {
            0 => (Vec::new(), 0),
            count => (self.store.heads(), count),
        }
    }

    /// All changes of the document in blocks; none if there are too many.
    pub(super) fn blocks(&self) -> Option<Vec<Vec<u8>>> {
        let hashes = self.store.changes_after(&[]);
        let chunks = hashes.iter().map(|hash| self.store.chunk(hash));
        let chunks: Vec<Vec<u8>> = chunks.collect::<Option<_>>()?;
        let slices = chunks.iter().map(Vec::as_slice);
        let changes: Vec<_> = hashes.into_iter().zip(slices).collect();
        blocks::write(&changes).ok()
    }

    /// Offers the snapshot that is ready, once on each connection.
    fn push_snapshot(&mut self) {
        if self.link.phase != LinkStatus::Online {
            return;
        }
        let Some(making) = &mut self.snapshots.making else {
            return;
        };
        if making.reference.is_some() {
            return;
        }
        let reference = self.outbox.fresh_reference();
        making.reference = Some(reference);
        let (envelope, expect) = (making.envelope.clone(), making.expect);
        self.say(&Message::Push(Push {
            reference,
            envelope,
            expect,
        }));
    }

    /// The relay wants a part of the snapshot that this device makes.
    pub(super) fn part_wanted(&mut self, wanted: PartWanted) {
        let PartWanted { manifest, index } = wanted;
        let making = self.snapshots.making.as_ref();
        let part = making
            .filter(|making| making.manifest == manifest)
            .and_then(|making| making.parts.get(usize::from(index)));
        if let Some(bytes) = part.cloned() {
            self.say(&Message::Part(Part {
                manifest,
                index,
                bytes,
            }));
        }
    }

    /// The stream starts with a snapshot: takes it in, or asks for what is not here yet.
    pub(super) fn start_with(&mut self, rng: &mut impl CryptoRng, base: &Base) {
        let Some(keys) = self.keys.verify_keys() else {
            return;
        };
        let verified = keys.verify(base.manifest.clone());
        let Some(verified) = verified.ok().filter(|it| self.stands_for(it, base)) else {
            return self.misbehaved(rng, Misbehaviour::UnexpectedBase);
        };
        let contents = match self.keys.open_manifest(&verified) {
            Ok(contents) => contents,
            Err(error) => return self.base_failed(rng, verified.hash(), error.to_string()),
        };
        let (covers, chain) = (base.covers, base.chain);
        let here = |change: &ChangeHash| self.store.chunk(change).is_some();
        let applied = |change: &ChangeHash| self.store.contains(change);
        if contents.heads.iter().all(applied) && contents.waiting.iter().all(here) {
            self.snapshots.fetching = None;
            self.final_known(&verified);
            return self.adopt(verified.hash(), &contents, covers, chain);
        }
        let hash = verified.hash();
        let kept = self.snapshots.fetching.take();
        let parts = verified.header().kind.parts().len();
        let mut fetching = Fetching {
            parts: vec![None; parts],
            sealed: vec![None; parts],
            asked: BTreeSet::new(),
            verified,
            contents,
            covers,
            chain,
        };
        // What came before a cut is still good, even if another log has it at another place.
        if let Some(kept) = kept.filter(|it| it.verified.hash() == hash) {
            (fetching.parts, fetching.sealed) = (kept.parts, kept.sealed);
        }
        self.snapshots.fetching = Some(fetching);
        self.fetch(rng);
    }

    fn stands_for(&self, verified: &Verified, base: &Base) -> bool {
        match &verified.header().kind {
            Kind::Snapshot(header) => {
                self.epoch == Some(header.epoch)
                    && (header.covers, header.chain) == (base.covers, base.chain)
            }
            Kind::Final(_) => true,
            Kind::Changes | Kind::Register(_) => false,
        }
    }

    fn fetch(&mut self, rng: &mut impl CryptoRng) {
        let Some(fetching) = &mut self.snapshots.fetching else {
            return;
        };
        let manifest = fetching.verified.hash();
        let missing = (0_u16..).zip(&fetching.parts);
        let missing = missing.filter(|(_, part)| part.is_none());
        let free = PARTS_ASKED.saturating_sub(fetching.asked.len());
        let next: Vec<u16> = missing
            .map(|(index, _)| index)
            .filter(|index| !fetching.asked.contains(index))
            .take(free)
            .collect();
        fetching.asked.extend(&next);
        let is_whole = fetching.parts.iter().all(Option::is_some);
        for index in next {
            self.say(&Message::PartWanted(PartWanted { manifest, index }));
        }
        if is_whole {
            self.take_in_snapshot(rng);
        }
    }

    /// A part of the snapshot that the stream starts with.
    pub(super) fn part(&mut self, rng: &mut impl CryptoRng, part: &Part) {
        self.final_part(part);
        let Some(fetching) = &mut self.snapshots.fetching else {
            return;
        };
        let index = usize::from(part.index);
        if fetching.verified.hash() != part.manifest || !fetching.asked.remove(&part.index) {
            return;
        }
        match self.keys.open_part(&fetching.verified, index, &part.bytes) {
            Ok(plain) => {
                if let Some(place) = fetching.parts.get_mut(index) {
                    *place = Some(plain);
                }
                let is_final = matches!(fetching.verified.header().kind, Kind::Final(_));
                if let Some(place) = fetching.sealed.get_mut(index).filter(|_| is_final) {
                    *place = Some(part.bytes.clone());
                }
                self.fetch(rng);
            }
            Err(error) => self.base_failed(rng, part.manifest, error.to_string()),
        }
    }

    fn take_in_snapshot(&mut self, rng: &mut impl CryptoRng) {
        let Some(fetching) = self.snapshots.fetching.take() else {
            return;
        };
        let bytes: Vec<u8> = fetching.parts.into_iter().flatten().flatten().collect();
        let hash = fetching.verified.hash();
        let body = SnapshotBody::decode(&bytes).map_err(|error| error.to_string());
        let read = body.and_then(|body| {
            let changes = blocks::read(&body.blocks).map_err(|error| error.to_string())?;
            Ok((changes, body.waiting))
        });
        let (changes, waiting) = match read {
            Ok(read) => read,
            Err(reason) => return self.base_failed(rng, hash, reason),
        };
        self.receive(&changes, Source::Device);
        let heads = &fetching.contents.heads;
        if !heads.iter().all(|head| self.store.contains(head)) {
            let reason = "the snapshot lacks what it says it holds".to_owned();
            return self.base_failed(rng, hash, reason);
        }
        self.receive(&waiting, Source::Device);
        self.final_fetched(&fetching.verified, fetching.sealed);
        let (covers, chain) = (fetching.covers, fetching.chain);
        self.adopt(hash, &fetching.contents, covers, chain);
    }

    /// S is what the snapshot holds, and the stream goes on behind it.
    fn adopt(&mut self, manifest: EnvelopeHash, contents: &Manifest, covers: Seq, chain: Chain) {
        self.shared = Shared::with_heads(&self.store, &contents.heads);
        let waiting = contents.waiting.iter();
        waiting.for_each(|change| self.shared.logged(*change));
        self.shared.grow(&self.store);
        self.intake = Intake::at(covers, chain);
        self.snapshots.recent.start(covers);
        self.snapshots.failed = None;
        self.say(&Message::BaseTaken(BaseTaken { manifest }));
        self.confirm(manifest);
    }

    fn confirm(&mut self, manifest: EnvelopeHash) {
        let challenge = self.snapshots.challenge;
        let signature = challenge.and_then(|it| self.keys.confirm(&it, &manifest));
        if let Some(signature) = signature {
            self.say(&Message::SnapshotConfirmed(SnapshotConfirmed {
                manifest,
                signature,
            }));
        }
    }

    /// Asks for what the relay had before this snapshot. What is here already stays.
    fn base_failed(&mut self, rng: &mut impl CryptoRng, hash: EnvelopeHash, reason: String) {
        self.snapshots.fetching = None;
        self.snapshots.failed = Some(hash);
        self.refused = self.refused.saturating_add(1);
        self.turn.tell(Output::Refused(Refused { hash, reason }));
        self.reopen(rng);
    }

    /// The stream shows, at `place`, that a snapshot has taken the place of the log before it.
    ///
    /// # Errors
    /// If it does not read; then it counts as one that holds nothing.
    pub(super) fn replaced(&mut self, place: Seq, verified: &Verified) -> Result<(), String> {
        self.take_in();
        let covers = match &verified.header().kind {
            Kind::Snapshot(header) => header.covers,
            Kind::Final(_) => {
                let hash = verified.hash();
                let made = self.snapshots.making.take_if(|it| it.manifest == hash);
                self.final_shown(verified, place, made.as_ref());
                self.intake.cursor
            }
            Kind::Changes | Kind::Register(_) => return Ok(()),
        };
        let contents = self.keys.open_manifest(verified);
        let mut heads = match &contents {
            Ok(contents) => contents.heads.clone(),
            Err(_) => Vec::new(),
        };
        let said = heads.len();
        heads.retain(|head| self.store.contains(head));
        let holds_unknown = heads.len() < said;
        let before: BTreeSet<ChangeHash> = self.shared.missing().collect();
        self.shared = Shared::with_heads(&self.store, &heads);
        let waiting = contents.iter().flat_map(|contents| &contents.waiting);
        let logged = self.snapshots.recent.behind(covers);
        logged
            .chain(waiting.copied())
            .for_each(|change| self.shared.logged(change));
        self.shared.grow(&self.store);
        let knows_all_later = self.snapshots.recent.knows_behind(covers);
        self.snapshots.recent.forget_until(covers);
        self.drop_settled();
        let lacks_some = self.shared.missing().any(|it| !before.contains(&it));
        if holds_unknown || (lacks_some && !knows_all_later) {
            // It holds what the log has not shown, or what it lacks came after it, before this run began: whoever
            // comes now gets that, and so does this device.
            self.must_refill = true;
            self.reread_at = Some(self.now.monotonic);
            self.refill = Refill::Pulling(Then::Wait);
        } else if lacks_some {
            // Everybody else sees it too: not all at once.
            if self.refill == Refill::No {
                self.refill = Refill::Pushing;
            }
        } else if contents.is_ok() && !self.must_refill {
            self.confirm(verified.hash());
        }
        contents.map(drop).map_err(|error| error.to_string())
    }
}

impl Making {
    fn new(sealed: Sealed, expect: Option<Seq>, until: Monotonic) -> Self {
        Self {
            manifest: crate::seal::envelope_hash(&sealed.envelope),
            envelope: sealed.envelope.into(),
            parts: sealed.parts.into_iter().map(Bytes::from).collect(),
            expect,
            reference: None,
            until,
        }
    }
}
