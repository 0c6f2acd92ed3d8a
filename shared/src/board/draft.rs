//! Bringing what somebody typed together with what others did to the same text meanwhile.
//!
//! One pure function for the page, the worker and the journal: nobody's words are set whole over another's.
//! All positions and lengths are UTF-16 code units, and what is cut is cut between graphemes.

mod edits;
mod trace;
mod typing;

use unicode_segmentation::UnicodeSegmentation;

use super::Splice;
use edits::Edits;
pub(crate) use edits::hunks as changed_ranges;
pub use trace::Trace;
pub use typing::edit_at_caret;

/// A draft brought over to another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebased {
    /// The text with the draft's edits in it.
    pub own: String,
    /// The draft's edits: they lead from the text without them to `own`, to be applied one after the other.
    pub splices: Vec<Splice>,
    /// What of the former `own` is still there.
    pub trace: Trace,
}

impl Rebased {
    /// Where a caret at `at` of the draft's former text stands now: behind the same character, or behind the
    /// nearest one before it that is still there.
    #[must_use]
    pub fn caret(&self, at: u32) -> u32 {
        self.trace.forward(at)
    }
}

/// What somebody typed: into which text, what it made of it and how, as far as that is known.
#[derive(Clone, Copy, Debug)]
pub struct Typed<'a> {
    /// The text it was typed into.
    pub base: &'a str,
    /// The text as the typist wants it.
    pub own: &'a str,
    /// What leads from `base` to `own`, to be applied one after the other. Where it does not, as where nothing is
    /// known, the two are compared instead.
    pub edits: &'a [Splice],
}

impl Typed<'_> {
    /// Applies what was typed over `now`, which others have made of `base`. What either side typed is kept, what
    /// either side deleted is gone, and the same edit made by both counts once.
    ///
    /// Method: a three-way merge; what is not known exactly is a difference by words (patience, then Myers), refined
    /// to graphemes within a word.
    #[must_use]
    pub fn over(self, now: &str) -> Rebased {
        let theirs = Edits::between(self.base, now);
        let mine = self.edits();
        if theirs.is_empty() || theirs.shares(&mine) {
            return merge(self.base, &mine, &theirs);
        }
        // What others seem to have done was found by comparing. If this very draft is in it (committed by another
        // way), only what is found likewise is recognised as the same.
        let compared = Edits::between(self.base, self.own);
        let mine = if theirs.shares(&compared) {
            compared
        } else {
            mine
        };
        merge(self.base, &mine, &theirs)
    }

    /// As `over`, where it is known exactly what others did. None if `splices` do not fit `base`.
    #[must_use]
    pub fn over_splices(self, splices: &[Splice]) -> Option<Rebased> {
        let theirs = Edits::of(self.base, splices)?;
        Some(merge(self.base, &self.edits(), &theirs))
    }

    /// What was typed, exactly if that is known.
    fn edits(self) -> Edits {
        if self.own == self.base {
            return Edits::default();
        }
        let fits = apply(self.base, self.edits).as_deref() == Some(self.own);
        let exact = fits.then(|| Edits::of(self.base, self.edits)).flatten();
        exact.unwrap_or_else(|| Edits::between(self.base, self.own))
    }
}

/// What was typed in as few splices as say the same, so that a long draft does not carry every keystroke.
/// None if `edits` do not fit `base`.
#[must_use]
pub fn compacted(base: &str, edits: &[Splice]) -> Option<Vec<Splice>> {
    Some(Edits::of(base, edits)?.splices())
}

/// `Typed::over` where it is not known how `own` came about.
#[must_use]
pub fn rebase(base: &str, own: &str, now: &str) -> Rebased {
    let edits = &[];
    Typed { base, own, edits }.over(now)
}

/// What leads from `old` to `new`, to be applied one after the other.
#[must_use]
pub fn difference(old: &str, new: &str) -> Vec<Splice> {
    rebase(old, new, old).splices
}

/// What leads back to `text` from what `splices` make of it. None if one of them is outside of it.
#[must_use]
pub fn inverse(text: &str, splices: &[Splice]) -> Option<Vec<Splice>> {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    let mut back = Vec::new();
    for splice in splices {
        let start = usize::try_from(splice.at).ok()?;
        let end = start.checked_add(usize::try_from(splice.delete).ok()?)?;
        let insert = String::from_utf16(units.get(start..end)?).ok()?;
        let inserted: Vec<u16> = splice.insert.encode_utf16().collect();
        back.push(Splice {
            at: splice.at,
            delete: u32::try_from(inserted.len()).ok()?,
            insert,
        });
        units.splice(start..end, inserted);
    }
    back.reverse();
    Some(back)
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
    trace: Trace,
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
            self.trace.keep(self.own, start, length);
        } else if length > 0 {
            let at = self.here();
            self.trace.keep(self.own, at, length);
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
                self.trace.keep(self.own, here, 1);
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

    fn done(self) -> Rebased {
        Rebased {
            own: String::from_utf16_lossy(&self.text),
            splices: self.splices,
            trace: self.trace,
        }
    }
}

#[cfg(test)]
mod tests;
