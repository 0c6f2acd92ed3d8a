//! Finishing a board: pausing it, sealing what is there for good, and saying so; and keeping what was sealed.
//!
//! The board is paused first, so that participants' changes stop coming. The final snapshot and the `frozen` state are
//! taken by the relay only if nothing has come since they were made; otherwise just that step is done again. Who stops in
//! the middle leaves a paused board behind, which can be finished or opened again.

use std::collections::BTreeSet;

use rand_core::CryptoRng;

use super::Session;
use super::link::below;
use super::snapshots::Making;
use super::types::{FinalSnapshot, Finishing, LinkStatus, Output};
use crate::ids::{ChangeHash, EnvelopeHash, Seq};
use crate::registers::{BoardState, RegisterName};
use crate::seal::header::MAX_HEADS;
use crate::seal::{FinalHeader, Kind, Manifest, Role, SnapshotBody, Verified};
use crate::sync::store::ChangeStore;
use crate::sync::wire::{Bytes, Message, Part, PartWanted, Push, PushRef};
use crate::time::Monotonic;

/// After a step that somebody was faster than, so long until the next try.
const AGAIN: u64 = 500;
/// Devices fetch a final snapshot within so long, not all at once.
const FETCH_WITHIN: u64 = 15_000;
/// Parts asked for at a time.
const PARTS_ASKED: usize = 2;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Finish {
    step: Option<Step>,
    kept: Option<Kept>,
}

/// How far this device is with finishing the board.
#[derive(Debug)]
enum Step {
    /// Everything has to be in the log first, the pause too.
    Settling { not_before: Monotonic },
    /// The final snapshot is on its way.
    Sealing,
    /// It is in the log at `expect`; the state is on its way.
    Freezing {
        envelope: Bytes,
        expect: Seq,
        reference: Option<PushRef>,
    },
}

/// The final snapshot, verbatim: whoever has it can give it back to a relay that lost it.
#[derive(Debug)]
struct Kept {
    verified: Verified,
    parts: Vec<Option<Bytes>>,
    asked: BTreeSet<u16>,
    fetch_at: Option<Monotonic>,
}

impl Kept {
    fn new(verified: Verified) -> Self {
        let count = verified.header().kind.parts().len();
        Self {
            verified,
            parts: vec![None; count],
            asked: BTreeSet::new(),
            fetch_at: None,
        }
    }

    fn is_whole(&self) -> bool {
        self.parts.iter().all(Option::is_some)
    }

    fn for_storage(&self) -> FinalSnapshot {
        let parts = self.parts.iter().flatten();
        FinalSnapshot {
            envelope: self.verified.bytes().to_vec(),
            parts: if self.is_whole() {
                parts.map(|part| part.to_vec()).collect()
            } else {
                Vec::new()
            },
        }
    }
}

impl Finish {
    pub(super) fn status(&self) -> Finishing {
        match self.step {
            None => Finishing::No,
            Some(Step::Settling { .. }) => Finishing::Settling,
            Some(Step::Sealing | Step::Freezing { .. }) => Finishing::Sealing,
        }
    }

    pub(super) fn next_wake(&self) -> Option<Monotonic> {
        let again = match self.step {
            Some(Step::Settling { not_before }) => Some(not_before),
            Some(Step::Sealing | Step::Freezing { .. }) | None => None,
        };
        let fetch = self.kept.as_ref().and_then(|kept| kept.fetch_at);
        again.into_iter().chain(fetch).min()
    }

    pub(super) fn connected(&mut self, now: Monotonic) {
        if self.step.is_some() {
            self.step = Some(Step::Settling { not_before: now });
        }
        if let Some(kept) = &mut self.kept {
            kept.asked.clear();
        }
    }
}

impl<D: ChangeStore> Session<D> {
    /// What storage gave back of a final snapshot.
    pub(super) fn restore_final(&mut self, stored: Option<FinalSnapshot>) {
        let keys = self.keys.verify_keys();
        let Some((keys, stored)) = keys.zip(stored) else {
            return;
        };
        let Ok(verified) = keys.verify(stored.envelope) else {
            return;
        };
        let mut kept = Kept::new(verified);
        if stored.parts.len() == kept.parts.len() {
            for (index, part) in stored.parts.into_iter().enumerate() {
                // A damaged one is fetched again.
                let sound = kept.verified.lists_part(index, &part);
                if let Some(place) = kept.parts.get_mut(index).filter(|_| sound) {
                    *place = Some(part.into());
                }
            }
        }
        self.finish.kept = Some(kept);
    }

    /// The facilitator finishes the board.
    pub(super) fn begin_to_finish(&mut self) {
        if self.keys.role() != Role::Facilitator {
            return;
        }
        match self.registers.state() {
            BoardState::Open => {
                let paused = self.registers.seal_state(&self.keys, &BoardState::Paused);
                if let Ok(envelope) = paused {
                    self.register(envelope);
                }
            }
            BoardState::Paused => {}
            BoardState::Frozen { .. } | BoardState::Deleted => return,
        }
        let not_before = self.now.monotonic;
        self.finish.step = Some(Step::Settling { not_before });
    }

    /// Takes the next step of finishing, if it can be taken now.
    pub(super) fn go_on_finishing(&mut self) {
        if self.finish.step.is_none() {
            return;
        }
        if self.registers.state() != BoardState::Paused {
            // It is finished, or somebody has opened it again.
            self.finish.step = None;
            return;
        }
        if self.link.phase != LinkStatus::Online {
            return;
        }
        if matches!(self.finish.step, Some(Step::Sealing)) && self.snapshots.making.is_none() {
            // The relay had it for too long.
            let not_before = self.now.monotonic;
            self.finish.step = Some(Step::Settling { not_before });
        }
        match &mut self.finish.step {
            Some(Step::Settling { not_before }) if *not_before <= self.now.monotonic => {
                self.seal_final();
            }
            Some(Step::Freezing {
                envelope,
                expect,
                reference: reference @ None,
            }) => {
                let fresh = self.outbox.fresh_reference();
                *reference = Some(fresh);
                let push = Push {
                    reference: fresh,
                    envelope: envelope.clone(),
                    expect: Some(*expect),
                };
                self.say(&Message::Push(push));
            }
            Some(Step::Settling { .. } | Step::Sealing | Step::Freezing { .. }) | None => {}
        }
    }

    fn seal_final(&mut self) {
        let is_settled = self.is_what_the_log_says()
            && self.outbox.registers_unshared() == 0
            && self.outbox.in_flight() == 0;
        if !is_settled {
            return;
        }
        let (heads, count) = self.contents();
        if heads.len() > MAX_HEADS {
            self.finish.step = Some(Step::Settling {
                not_before: self.now.monotonic.plus(AGAIN),
            });
            return self.turn.tell(Output::TieHeads);
        }
        let contents = Manifest {
            count,
            heads: heads.clone(),
            waiting: Vec::new(),
        };
        let header = FinalHeader {
            n: self
                .registers
                .edition(&self.keys.slot(&RegisterName::State))
                + 1,
            heads,
            parts: Vec::new(),
        };
        let sealed = self.blocks().and_then(|blocks| {
            let waiting = Vec::new();
            let body = SnapshotBody { blocks, waiting };
            self.keys.seal_final(&header, &contents, &body).ok()
        });
        match sealed {
            Some(sealed) => {
                self.finish.step = Some(Step::Sealing);
                let expect = Some(self.intake.cursor);
                self.offer_snapshot(sealed, expect);
            }
            // Too large for any relay: the board stays as it is.
            None => self.finish.step = None,
        }
    }

    /// The relay did not take a step: something has come in between.
    pub(super) fn finish_step_rejected(&mut self, reference: PushRef, was_final: bool) {
        let freezing = matches!(&self.finish.step,
            Some(Step::Freezing { reference: Some(ours), .. }) if *ours == reference);
        if freezing || (was_final && matches!(self.finish.step, Some(Step::Sealing))) {
            self.finish.step = Some(Step::Settling {
                not_before: self.now.monotonic.plus(AGAIN),
            });
        }
    }

    /// The stream shows a final snapshot. `made` is what this device has of it if it is the maker.
    pub(super) fn final_shown(&mut self, verified: &Verified, place: Seq, made: Option<&Making>) {
        let hash = verified.hash();
        let mut kept = Kept::new(verified.clone());
        if let Some(made) = made {
            kept.parts = made.parts.iter().cloned().map(Some).collect();
        }
        if made.is_some()
            && matches!(self.finish.step, Some(Step::Sealing))
            && let Some(envelope) = self.frozen_state(verified)
        {
            self.finish.step = Some(Step::Freezing {
                envelope: envelope.into(),
                expect: place,
                reference: None,
            });
        }
        let known = self.finish.kept.as_ref();
        if known.is_none_or(|known| known.verified.hash() != hash) {
            self.keep_final(kept);
        }
    }

    /// The stream starts with a snapshot of which everything is here already, but perhaps not as it was sealed.
    pub(super) fn final_known(&mut self, verified: &Verified) {
        let known = self.finish.kept.as_ref();
        let is_new = known.is_none_or(|known| known.verified.hash() != verified.hash());
        if let Kind::Final(_) = &verified.header().kind
            && is_new
        {
            self.keep_final(Kept::new(verified.clone()));
        }
    }

    fn frozen_state(&self, verified: &Verified) -> Option<Vec<u8>> {
        let Kind::Final(header) = &verified.header().kind else {
            return None;
        };
        let state = BoardState::Frozen {
            heads: header.heads.clone(),
            snapshot: verified.hash(),
        };
        self.registers.seal_state(&self.keys, &state).ok()
    }

    fn keep_final(&mut self, kept: Kept) {
        self.turn.write.final_snapshot = Some(kept.for_storage());
        self.finish.kept = Some(kept);
    }

    /// A final snapshot that the stream started with has come with all its parts.
    pub(super) fn final_fetched(&mut self, verified: &Verified, parts: Vec<Option<Bytes>>) {
        if let Kind::Final(_) = &verified.header().kind {
            let kept = Kept {
                parts,
                ..Kept::new(verified.clone())
            };
            self.keep_final(kept);
        }
    }

    /// The snapshot that the board is finished with.
    fn finished_with(&self) -> Option<EnvelopeHash> {
        match self.registers.state() {
            BoardState::Frozen { snapshot, .. } => Some(snapshot),
            BoardState::Open | BoardState::Paused | BoardState::Deleted => None,
        }
    }

    /// Fetches what is missing of the final snapshot, a little later than others do.
    pub(super) fn fetch_final(&mut self, rng: &mut impl CryptoRng) {
        let finished = self.finished_with();
        let now = self.now.monotonic;
        let Some(kept) = &mut self.finish.kept else {
            return;
        };
        let manifest = kept.verified.hash();
        if finished != Some(manifest) || kept.is_whole() || self.link.phase != LinkStatus::Online {
            kept.fetch_at = None;
            return;
        }
        let at = *kept
            .fetch_at
            .get_or_insert_with(|| now.plus(below(rng, FETCH_WITHIN)));
        if at > now {
            return;
        }
        // Asked again should nothing come of it.
        kept.asked.clear();
        kept.fetch_at = Some(now.plus(FETCH_WITHIN * 4));
        self.ask_for_final();
    }

    fn ask_for_final(&mut self) {
        let Some(kept) = &mut self.finish.kept else {
            return;
        };
        let manifest = kept.verified.hash();
        let missing = (0_u16..).zip(&kept.parts);
        let missing = missing.filter(|(index, part)| part.is_none() && !kept.asked.contains(index));
        let free = PARTS_ASKED.saturating_sub(kept.asked.len());
        let next: Vec<u16> = missing.map(|(index, _)| index).take(free).collect();
        kept.asked.extend(&next);
        for index in next {
            self.say(&Message::PartWanted(PartWanted { manifest, index }));
        }
    }

    /// A part of the final snapshot came.
    pub(super) fn final_part(&mut self, part: &Part) {
        let Some(kept) = &mut self.finish.kept else {
            return;
        };
        let index = usize::from(part.index);
        let expected = kept.verified.hash() == part.manifest && kept.asked.remove(&part.index);
        if !expected || !kept.verified.lists_part(index, &part.bytes) {
            return;
        }
        if let Some(place) = kept.parts.get_mut(index) {
            *place = Some(part.bytes.clone());
        }
        if kept.is_whole() {
            kept.fetch_at = None;
            self.turn.write.final_snapshot = Some(kept.for_storage());
        } else {
            self.ask_for_final();
        }
    }

    /// The relay lacks the snapshot that the board is finished with: gives it back if it is here.
    pub(super) fn give_final_back(&mut self) -> bool {
        let finished = self.finished_with();
        let kept = self.finish.kept.as_ref();
        let Some(kept) = kept.filter(|it| Some(it.verified.hash()) == finished && it.is_whole())
        else {
            return false;
        };
        let making = Making {
            manifest: kept.verified.hash(),
            envelope: kept.verified.bytes().clone(),
            parts: kept.parts.iter().flatten().cloned().collect(),
            expect: None,
            reference: None,
            until: self.now.monotonic.plus(super::snapshots::KEPT),
        };
        self.snapshots.making = Some(making);
        true
    }

    /// The changes that came too late for a finished board: everything that its final snapshot does not hold. None
    /// while the board is not finished, or what it was finished with is not all here yet.
    pub fn late(&self) -> Option<Vec<ChangeHash>> {
        match self.registers.state() {
            BoardState::Frozen { heads, .. } => heads
                .iter()
                .all(|head| self.store.contains(head))
                .then(|| self.store.changes_after(&heads)),
            BoardState::Open | BoardState::Paused | BoardState::Deleted => None,
        }
    }
}
