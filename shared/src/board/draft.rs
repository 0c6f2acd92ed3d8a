//! Bringing what somebody typed together with what others did to the same text meanwhile.
//!
//! One pure function for the page, the worker and the journal: nobody's words are set whole over another's.
//! All positions and lengths are UTF-16 code units, and what is cut is cut between graphemes.

mod edits;

use unicode_segmentation::UnicodeSegmentation;

use super::Splice;
use edits::Edits;

/// A draft brought over to another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebased {
    /// The text with the draft's edits in it.
    pub own: String,
    /// The draft's edits: they lead from the text without them to `own`, to be applied one after the other.
    pub splices: Vec<Splice>,
    /// What of the former `own` is still there: where it was, where it is, and how long it is; in order.
    kept: Vec<Kept>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept {
    was: u32,
    is: u32,
    length: u32,
}

impl Rebased {
    /// Where a caret at `at` of the draft's former text stands now: behind the same character, or behind the
    /// nearest one before it that is still there.
    #[must_use]
    pub fn caret(&self, at: u32) -> u32 {
        let before = self.kept.iter().rev().find(|kept| kept.was < at);
        before.map_or(0, |kept| kept.is + (at - kept.was).min(kept.length))
    }
}

/// Applies the edits that led from `base` to `own` over `now`. What either side typed is kept, what either side
/// deleted is gone, and the same edit made by both counts once.
///
/// Method: a three-way merge over a difference by words (patience, then Myers), refined to graphemes within a word.
#[must_use]
pub fn rebase(base: &str, own: &str, now: &str) -> Rebased {
    merge(base, &Edits::between(base, own), &Edits::between(base, now))
}

/// As `rebase`, where it is known exactly how `base` was changed. None if `splices` do not fit `base`.
#[must_use]
pub fn rebase_over(base: &str, own: &str, splices: &[Splice]) -> Option<Rebased> {
    let theirs = Edits::of(base, splices)?;
    Some(merge(base, &Edits::between(base, own), &theirs))
}

/// What leads from `old` to `new`, to be applied one after the other.
#[must_use]
pub fn difference(old: &str, new: &str) -> Vec<Splice> {
    rebase(old, new, old).splices
}

/// `text` after `splices`, one after the other. None if one of them is outside or cuts a character in two.
#[must_use]
pub fn apply(text: &str, splices: &[Splice]) -> Option<String> {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    for splice in splices {
        let start = usize::try_from(splice.at).ok()?;
        let end = start.checked_add(usize::try_from(splice.delete).ok()?)?;
        units.get(start..end)?;
        units.splice(start..end, splice.insert.encode_utf16());
    }
    String::from_utf16(&units).ok()
}

/// The nearest place at or before `at` that is not inside a grapheme of `text`.
#[must_use]
pub fn snap(text: &str, at: u32) -> u32 {
    let mut place = 0;
    for grapheme in text.graphemes(true) {
        let next = place + units(grapheme);
        if next > at {
            return place;
        }
        place = next;
    }
    place
}

/// The length of a text in UTF-16 code units.
#[must_use]
pub fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The merge while it is put together, from left to right.
#[derive(Default)]
struct Merge {
    text: Vec<u16>,
    splices: Vec<Splice>,
    kept: Vec<Kept>,
    /// Where what the last splice inserted ends.
    splice_end: u32,
    /// How much of the former own text has been passed.
    own: u32,
}

fn merge(base: &str, own: &Edits, theirs: &Edits) -> Rebased {
    let mut merge = Merge::default();
    for (at, unit) in base.encode_utf16().map(Some).chain([None]).enumerate() {
        let (mine, other) = (own.at(at), theirs.at(at));
        if let Some(other) = other {
            merge.text.extend(other.insert.encode_utf16());
        }
        if let Some(mine) = mine {
            merge.mine(&mine.insert, Some(mine) == other);
        }
        if let Some(unit) = unit {
            merge.unit(unit, own.deletes(at), theirs.deletes(at));
        }
    }
    merge.done()
}

impl Merge {
    fn here(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }

    fn mine(&mut self, insert: &str, theirs_too: bool) {
        let length = units(insert);
        if theirs_too {
            let start = self.here() - length;
            self.keep(start, length);
        } else if length > 0 {
            let at = self.here();
            self.keep(at, length);
            self.text.extend(insert.encode_utf16());
            let insert = insert.to_owned();
            let delete = 0;
            self.splices.push(Splice { at, delete, insert });
            self.splice_end = self.here();
        }
        self.own += length;
    }

    fn unit(&mut self, unit: u16, i_delete: bool, they_delete: bool) {
        match (i_delete, they_delete) {
            (false, false) => {
                let here = self.here();
                self.keep(here, 1);
                self.text.push(unit);
                self.own += 1;
            }
            (false, true) => self.own += 1,
            (true, false) => self.delete(),
            (true, true) => {}
        }
    }

    fn delete(&mut self) {
        let at = self.here();
        match self.splices.last_mut() {
            Some(last) if self.splice_end == at => last.delete += 1,
            Some(_) | None => {
                self.splice_end = at;
                self.splices.push(Splice {
                    at,
                    delete: 1,
                    insert: String::new(),
                });
            }
        }
    }

    fn keep(&mut self, is: u32, length: u32) {
        let was = self.own;
        match self.kept.last_mut() {
            Some(last) if last.was + last.length == was && last.is + last.length == is => {
                last.length += length;
            }
            Some(_) | None => self.kept.push(Kept { was, is, length }),
        }
    }

    fn done(self) -> Rebased {
        Rebased {
            own: String::from_utf16_lossy(&self.text),
            splices: self.splices,
            kept: self.kept,
        }
    }
}

#[cfg(test)]
mod tests;
