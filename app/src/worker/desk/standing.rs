//! How the facilitator has left the board: open, paused or finished; what that leaves this device to do, and what a
//! finished board shows.
//!
//! A finished board shows what it was finished with and nothing that came too late. Changes cannot be taken out of a
//! document, so where there are late ones a second document is built from all the others.

use std::collections::BTreeSet;

use samsyn_shared::board::Board;
use samsyn_shared::ids::ChangeHash;
use samsyn_shared::records::RecordId;
use samsyn_shared::registers::BoardState;
use samsyn_shared::seal::Role;
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::sync::session::{ChunkState, Finishing, Input};

use super::{Desk, Lead};
use crate::core::messages::{Failure, FinishStep, FromWorker, Phase, Standing};
use crate::worker::rows;
use crate::worker::tabs::TabNews;
use crate::worker::turn::Turn;
use crate::worker::writes::Write;

/// The document of a finished board, without what came too late.
pub struct Finished {
    late: Vec<ChangeHash>,
    board: Board,
}

impl Desk {
    /// How the board stands, as far as this tab knows.
    pub(super) fn standing(&self) -> Standing {
        match &self.lead {
            Lead::Following { status, .. } => status.standing,
            Lead::Asking { .. } | Lead::Claiming | Lead::Leading { .. } => self.own_standing(),
        }
    }

    fn own_standing(&self) -> Standing {
        let status = self.session.status();
        Standing {
            phase: match self.session.registers().state() {
                BoardState::Open => Phase::Open,
                BoardState::Paused => Phase::Paused,
                BoardState::Frozen { .. } => Phase::Finished,
                BoardState::Deleted => Phase::Deleted,
            },
            late: self.count_late(),
            finishing: match status.finishing {
                Finishing::No => FinishStep::No,
                Finishing::Settling => FinishStep::Settling,
                Finishing::Sealing => FinishStep::Sealing,
            },
        }
    }

    /// A newcomer to a finished board tells a name before the board has come: that is nothing to worry anybody with.
    fn count_late(&self) -> u32 {
        if self.session.status().late == 0 {
            return 0;
        }
        let document = self.document();
        let late = self.session.late().unwrap_or_default();
        let counts = |change: &&ChangeHash| {
            let records = document.records_of(change);
            records.iter().any(|it| !matches!(it, RecordId::Person(_)))
        };
        u32::try_from(late.iter().filter(counts).count()).unwrap_or(u32::MAX)
    }

    /// Changes that came too late, as far as this tab knows.
    pub(super) fn late(&self) -> Vec<ChangeHash> {
        match &self.lead {
            Lead::Following { status, .. } => status.late.clone(),
            Lead::Asking { .. } | Lead::Claiming | Lead::Leading { .. } => {
                self.session.late().unwrap_or_default()
            }
        }
    }

    /// What the board shows, and what an archive holds.
    #[must_use]
    pub fn shown(&self) -> &Board {
        match &self.finished {
            Some(finished) => &finished.board,
            None => self.document(),
        }
    }

    /// Whether this person may write now.
    pub fn may_write(&self) -> bool {
        self.standing().lets_write(self.keys.role())
    }

    /// Tells the page how the board stands when that has changed. Where that changes what is shown or what may be
    /// done, the board is shown anew; what was being typed becomes a change first, so that it is on the disk.
    pub(super) fn tell_standing(&mut self, turn: &mut Turn<'_>) {
        let standing = self.standing();
        let before = self.told.standing;
        let late = self.late();
        let shows = self.finished.as_ref().map(|it| it.late.as_slice());
        let shows_else = shows.unwrap_or_default() != late.as_slice();
        if standing == before && !shows_else {
            return;
        }
        let role = self.keys.role();
        if before.lets_write(role) && !standing.lets_write(role) {
            self.told.standing = standing;
            self.all_drafts_end(turn);
        }
        self.told.standing = standing;
        if shows_else {
            self.finished = self.without(late);
        }
        if shows_else || before.phase != standing.phase {
            self.introduce(turn);
        } else {
            turn.page(FromWorker::Standing(standing));
        }
    }

    fn without(&self, late: Vec<ChangeHash>) -> Option<Finished> {
        if late.is_empty() {
            return None;
        }
        let left_out: BTreeSet<&ChangeHash> = late.iter().collect();
        let document = self.document();
        let chunks: Vec<Vec<u8>> = document
            .changes_after(&[])
            .iter()
            .filter(|hash| !left_out.contains(hash))
            .filter_map(|hash| document.chunk(hash))
            .collect();
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let (board, _) = Board::load(self.board, &chunks);
        Some(Finished { late, board })
    }

    /// The facilitator finishes the board.
    pub fn finish(&mut self, turn: &mut Turn<'_>) {
        if self.lead.leads() {
            self.all_drafts_end(turn);
            self.run(turn, Input::Finish);
        } else {
            turn.tabs(self.board, TabNews::Finish);
        }
    }

    /// The facilitator pauses the board, or opens it again.
    pub fn set_state(&mut self, turn: &mut Turn<'_>, state: &BoardState) {
        match self.session.registers().seal_state(&self.keys, state) {
            Ok(envelope) => self.register(turn, envelope),
            Err(error) => {
                let detail = error.to_string();
                turn.page(FromWorker::Failed(Failure::CommandRefused { detail }));
            }
        }
    }

    /// Ties loose heads together, because the board cannot be finished with so many.
    pub(super) fn tie_heads(&mut self, turn: &mut Turn<'_>) {
        let board = self.session.store_mut();
        let Ok(knots) = board.tie_heads(turn.now.wall, turn.rng) else {
            return;
        };
        let mut ops = Vec::new();
        for (hash, chunk) in &knots {
            rows::put_chunk(self.board, *hash, chunk, ChunkState::Applied, &mut ops);
        }
        let actors = self.session.store().actors().last();
        ops.extend(actors.map(|actor| rows::put_actor(self.board, *actor)));
        let ticket = turn.write(Write { guard: None, ops });
        self.on_the_way.insert(ticket, knots);
    }
}

impl Standing {
    /// Whether somebody with that link may write now.
    #[must_use]
    pub const fn lets_write(self, role: Role) -> bool {
        match (role, self.phase) {
            (Role::Facilitator, Phase::Open | Phase::Paused) | (Role::Participant, Phase::Open) => {
                true
            }
            (Role::Observer, _)
            | (Role::Participant, Phase::Paused)
            | (_, Phase::Finished | Phase::Deleted) => false,
        }
    }
}
