//! Where the characters of one text are in another that grew out of it: positions map exactly, both ways.

use super::units;
use crate::board::Splice;

/// Characters that are in both texts: where they were, where they are, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    was: u32,
    is: u32,
    length: u32,
}

impl Kept {
    /// The part of it that is, in the text it is in now, within `start..end`.
    fn within(self, start: u32, end: u32) -> Option<Self> {
        let from = self.is.max(start);
        let to = (self.is + self.length).min(end);
        (from < to).then(|| Self {
            was: self.was + (from - self.is),
            is: from,
            length: to - from,
        })
    }
}

/// What of a text is in another, in the order in which it stands in both. Positions are UTF-16 code units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace(Vec<Kept>);

impl Trace {
    /// All of a text of this length, where it was.
    #[must_use]
    pub fn whole(length: u32) -> Self {
        let mut trace = Self::default();
        trace.keep(0, 0, length);
        trace
    }

    /// Adds characters, behind those that are in it.
    pub(super) fn keep(&mut self, was: u32, is: u32, length: u32) {
        match self.0.last_mut() {
            Some(last) if last.was + last.length == was && last.is + last.length == is => {
                last.length += length;
            }
            Some(_) | None if length > 0 => self.0.push(Kept { was, is, length }),
            Some(_) | None => {}
        }
    }

    /// What is left of the first text of this trace in the second text of the next.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        let mut all = Self::default();
        for first in &self.0 {
            for second in &next.0 {
                let was = Kept {
                    was: second.is,
                    is: second.was,
                    length: second.length,
                };
                if let Some(both) = was.within(first.is, first.is + first.length) {
                    all.keep(first.was + (both.is - first.is), both.was, both.length);
                }
            }
        }
        all
    }

    /// Where a caret of the first text stands in the second: behind the same character, or behind the nearest one
    /// before it that is still there.
    #[must_use]
    pub fn forward(&self, at: u32) -> u32 {
        let before = self.0.iter().rev().find(|kept| kept.was < at);
        before.map_or(0, |kept| kept.is + (at - kept.was).min(kept.length))
    }

    /// Where a caret of the second text stands in the first: behind the same character, or behind the nearest one
    /// before it that was there.
    #[must_use]
    pub fn back(&self, at: u32) -> u32 {
        let before = self.0.iter().rev().find(|kept| kept.is < at);
        before.map_or(0, |kept| kept.was + (at - kept.is).min(kept.length))
    }

    /// An edit of the second text as edits of the first, to be applied one after the other: what it deletes of what
    /// is only in the second stays, and what it inserts goes where `back` says.
    #[must_use]
    pub fn write_back(&self, edit: &Splice) -> Vec<Splice> {
        let deleted = self.deleted_by(edit);
        let mut splices: Vec<Splice> = deleted
            .map(|kept| Splice {
                at: kept.was,
                delete: kept.length,
                insert: String::new(),
            })
            .collect();
        splices.reverse();
        if !edit.insert.is_empty() {
            splices.push(Splice {
                at: self.back(edit.at),
                delete: 0,
                insert: edit.insert.clone(),
            });
        }
        splices
    }

    /// Where a caret of the second text, after `edit`, stands in the first one after what `write_back` makes of it.
    #[must_use]
    pub fn back_after(&self, edit: &Splice, at: u32) -> u32 {
        let start = self.back(edit.at);
        let inserted = units(&edit.insert);
        match at.checked_sub(edit.at) {
            None | Some(0) => self.back(at),
            Some(inside) if inside <= inserted => start + inside,
            Some(behind) => {
                let deleted: u32 = self.deleted_by(edit).map(|kept| kept.length).sum();
                let before = self.back(edit.at + edit.delete + (behind - inserted));
                before.saturating_sub(deleted).max(start) + inserted
            }
        }
    }

    fn deleted_by(&self, edit: &Splice) -> impl Iterator<Item = Kept> {
        let (start, end) = (edit.at, edit.at.saturating_add(edit.delete));
        self.0
            .iter()
            .filter_map(move |kept| kept.within(start, end))
    }
}
