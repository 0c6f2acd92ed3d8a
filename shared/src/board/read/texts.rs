//! How texts changed: splices out of automerge's patches, and the last of them remembered for drafts.

use std::collections::{BTreeMap, HashMap, VecDeque};

use automerge::{ObjId, Patch, PatchAction};

use crate::board::{Splice, draft};
use crate::ids::TextId;

/// The splices of each text, in UTF-16 code units, to be applied one after the other.
pub(in crate::board) fn splices(patches: &[Patch]) -> HashMap<ObjId, Vec<Splice>> {
    let mut splices: HashMap<ObjId, Vec<Splice>> = HashMap::new();
    for patch in patches {
        if let Some(splice) = splice(&patch.action) {
            splices.entry(patch.obj.clone()).or_default().push(splice);
        }
    }
    splices
}

fn splice(action: &PatchAction) -> Option<Splice> {
    let units = |it: usize| u32::try_from(it).ok();
    if let PatchAction::SpliceText { index, value, .. } = action {
        let insert = value.make_string();
        return Some(Splice {
            at: units(*index)?,
            delete: 0,
            insert,
        });
    }
    if let PatchAction::DeleteSeq { index, length } = action {
        return Some(Splice {
            at: units(*index)?,
            delete: units(*length)?,
            insert: String::new(),
        });
    }
    None
}

/// The splices if they lead from `old` to `new`, else others that do: a covered text yields no patches.
pub(super) fn checked(old: &str, new: &str, splices: Vec<Splice>) -> Vec<Splice> {
    if draft::apply(old, &splices).as_deref() == Some(new) {
        splices
    } else {
        draft::difference(old, new)
    }
}

/// How many changes of one text are remembered.
const REMEMBERED: usize = 64;

/// The last changes of each text that was edited since the board was opened.
#[derive(Clone, Debug, Default)]
pub(in crate::board) struct TextLog(BTreeMap<TextId, VecDeque<(u32, Vec<Splice>)>>);

impl TextLog {
    pub(super) fn note(&mut self, text: TextId, revision: u32, splices: &[Splice]) {
        let log = self.0.entry(text).or_default();
        log.push_back((revision, splices.to_vec()));
        if log.len() > REMEMBERED {
            log.pop_front();
        }
    }

    /// What led from `revision` to the newest, if all of it is remembered.
    pub(in crate::board) fn since(
        &self,
        text: TextId,
        revision: u32,
        newest: u32,
    ) -> Option<Vec<Splice>> {
        if revision >= newest {
            return (revision == newest).then(Vec::new);
        }
        let log = self.0.get(&text)?;
        let later = log.iter().filter(|(at, _)| *at > revision);
        let first = later.clone().next().map(|(at, _)| *at);
        let splices = later.flat_map(|(_, splices)| splices.iter().cloned());
        (first == Some(revision + 1)).then(|| splices.collect())
    }
}
