//! Ties loose heads together before a change would have to name them all.
//!
//! A change names every head there is, 32 bytes each, and may be 64 KiB large. Anybody with a link can make thousands
//! of heads that know nothing of each other, and then no honest device could commit any more. So before it commits, a
//! device makes *knots* of them: changes of its own without operations, each upon as many heads as a change may build
//! on and upon its own former change. To everybody else they are changes like any other.

use std::collections::BTreeSet;

use automerge::PatchLog;

use super::CommandError;
use crate::board::history::ChangeIx;
use crate::board::{Board, chunk};
use crate::ids::{Actor, ChangeHash};
use crate::time::UnixMillis;
use rand_core::Rng;

/// So many heads are left loose: more than there are people in a room, and few enough for any change to name.
pub(in crate::board) const LOOSE_HEADS: usize = 100;

impl Board {
    /// Ties loose heads together until few enough are left for a board to be finished; nothing else changes.
    ///
    /// # Errors
    /// When the document does not take the knots.
    pub fn tie_heads(
        &mut self,
        now: UnixMillis,
        rng: &mut impl Rng,
    ) -> Result<Vec<(ChangeHash, Vec<u8>)>, CommandError> {
        let actor = self.own_actor(rng);
        let seconds = now.0.div_euclid(1000).clamp(0, chunk::MAX_TIME);
        self.tie_loose_heads(&actor, seconds)?;
        Ok(std::mem::take(&mut self.untold_knots))
    }

    /// Ties heads together until few enough are left. The knots are stored and shared with the next changes.
    pub(super) fn tie_loose_heads(
        &mut self,
        actor: &Actor,
        seconds: i64,
    ) -> Result<(), CommandError> {
        let mut knots: Vec<ChangeIx> = Vec::new();
        while self.history().head_places().len() > LOOSE_HEADS {
            let raw = self.next_knot(actor, seconds);
            let (knot, hash, raw) = self.admit_own(&raw)?;
            knots.push(knot);
            self.untold_knots.push((hash, raw));
        }
        if knots.is_empty() {
            return Ok(());
        }
        Ok(self.apply(&knots, &mut PatchLog::inactive())?)
    }

    /// A knot of the oldest heads.
    fn next_knot(&self, actor: &Actor, seconds: i64) -> Vec<u8> {
        let history = self.history();
        let own = history
            .actor_ix(actor)
            .map_or(&[] as &[ChangeIx], |actor| history.changes_of(actor));
        let former = own.last().copied();
        let mut tied: BTreeSet<ChangeIx> = former.into_iter().collect();
        for head in history.head_places() {
            if tied.len() == chunk::MAX_DEPENDENCIES {
                break;
            }
            tied.insert(*head);
        }
        let entries = tied.iter().filter_map(|it| history.entry(*it));
        let start_op = 1 + entries
            .clone()
            .map(|it| it.max_op)
            .max()
            .unwrap_or_default();
        let mut deps: Vec<ChangeHash> = entries.map(|it| it.hash).collect();
        deps.sort_unstable();
        chunk::knot(&deps, actor, own.len() as u64 + 1, start_op, seconds).1
    }
}
