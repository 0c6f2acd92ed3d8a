//! A text that is being written: what the typist wants, over which committed text, and where their caret is.
//!
//! All positions are UTF-16 code units, as the browser counts. The edits themselves are carried by
//! `samsyn_shared::board::draft`, the same code that the worker commits with.

use samsyn_shared::board::draft::{
    Rebased, Trace, Typed, apply, compacted, edit_at_caret, rebase, units,
};
use samsyn_shared::board::{Splice, TextValue};
use samsyn_shared::ids::TextId;

/// A selection in a text; a caret where both ends are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Where it starts, in UTF-16 code units.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
}

impl Selection {
    /// A caret.
    #[must_use]
    pub const fn caret(at: u32) -> Self {
        Self { start: at, end: at }
    }

    fn moved(self, to: impl Fn(u32) -> u32) -> Self {
        Self {
            start: to(self.start),
            end: to(self.end),
        }
    }
}

/// Whether the typist is still in the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hand {
    /// The focus is in the field.
    #[default]
    In,
    /// It has left; the draft stays until it is committed.
    Out,
}

/// An open draft of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenDraft {
    /// The text object; none until the worker has made the record.
    pub text: Option<TextId>,
    /// The committed text that `own` builds on.
    pub base: TextValue,
    /// Whether `base.revision` counts in this run of the worker.
    pub known: bool,
    /// The text as the typist wants it.
    pub own: String,
    /// What the typist did to `base`, to be applied one after the other, as the caret told it; where it does not lead
    /// to `own`, the two are compared.
    pub edits: Vec<Splice>,
    /// Where the caret is in `own`.
    pub selection: Selection,
    /// Whether the typist is still in the field.
    pub hand: Hand,
}

impl OpenDraft {
    /// A draft that says what the committed text says.
    #[must_use]
    pub fn over(text: Option<TextId>, base: TextValue) -> Self {
        let end = units(&base.value);
        Self {
            text,
            own: base.value.clone(),
            base,
            known: true,
            edits: Vec::new(),
            selection: Selection::caret(end),
            hand: Hand::In,
        }
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.own == self.base.value
    }

    /// The field went from `shown` to `value` under the typist's hand. Where the field showed more than `own` (the
    /// letters that `others` are just writing), only the typist's edit is taken.
    pub fn typed<'a>(
        &mut self,
        shown: &str,
        value: &str,
        selection: Selection,
        others: impl Iterator<Item = &'a str>,
    ) {
        let edit = edit_at_caret(shown, value, selection.end);
        let (text, trace) = self.with_others(others);
        let edits = trace.write_back(&edit);
        let own = apply(&self.own, &edits).filter(|_| text == shown);
        match own {
            Some(own) => {
                self.own = own;
                self.selection = selection.moved(|at| trace.back_after(&edit, at));
                self.did(edits);
            }
            // Others have gone on since the field showed that.
            None => {
                let typed = Typed {
                    base: shown,
                    own: value,
                    edits: &[edit],
                };
                let rebased = typed.over(&self.own);
                self.selection = selection.moved(|at| rebased.caret(at));
                self.own = rebased.own;
                self.did(rebased.splices);
            }
        }
    }

    fn did(&mut self, edits: Vec<Splice>) {
        self.edits.extend(edits);
        // Edits that fit no more are worth nothing: the texts are compared then.
        self.edits = compacted(&self.base.value, &self.edits).unwrap_or_default();
    }

    /// The committed text is now `now`; what was typed and the caret are carried over. `splices` led there from the
    /// text that this draft builds on, if they fit.
    pub fn rebased(&mut self, text: Option<TextId>, now: &TextValue, splices: &[Splice]) {
        if self.base.value != now.value {
            let fit = apply(&self.base.value, splices).as_ref() == Some(&now.value);
            let exact = fit.then(|| self.written().over_splices(splices)).flatten();
            let rebased = exact.unwrap_or_else(|| self.written().over(&now.value));
            self.carried(rebased);
        }
        self.follow(text, now);
    }

    /// `committed` of this draft is now part of the text `now`; what was typed since stays a draft.
    pub fn committed(&mut self, committed: &str, now: &TextValue) {
        self.carried(rebase(committed, &self.own, &now.value));
        self.follow(self.text, now);
    }

    fn carried(&mut self, rebased: Rebased) {
        self.selection = self.selection.moved(|at| rebased.caret(at));
        self.own = rebased.own;
        self.edits = rebased.splices;
    }

    /// The caret went to another place in what the field shows.
    pub fn caret_moved<'a>(&mut self, to: Selection, others: impl Iterator<Item = &'a str>) {
        let (_, trace) = self.with_others(others);
        self.selection = to.moved(|at| trace.back(at));
    }

    /// What the field shows: `own` and, in their places, the letters others are just writing.
    #[must_use]
    pub fn shown<'a>(&self, others: impl Iterator<Item = &'a str>) -> (String, Selection) {
        let (text, trace) = self.with_others(others);
        (text, self.selection.moved(|at| trace.forward(at)))
    }

    /// `own` with the letters of others, and where what is in `own` is in that.
    fn with_others<'a>(&self, others: impl Iterator<Item = &'a str>) -> (String, Trace) {
        let mut text = self.own.clone();
        let mut trace = Trace::whole(units(&text));
        let mut edits = self.edits.as_slice();
        for other in others.filter(|other| *other != self.base.value) {
            let typed = Typed {
                base: &self.base.value,
                own: &text,
                edits,
            };
            let rebased = typed.over(other);
            trace = trace.then(&rebased.trace);
            text = rebased.own;
            edits = &[];
        }
        (text, trace)
    }

    fn written(&self) -> Typed<'_> {
        Typed {
            base: &self.base.value,
            own: &self.own,
            edits: &self.edits,
        }
    }

    fn follow(&mut self, text: Option<TextId>, now: &TextValue) {
        self.text = text;
        self.base = now.clone();
        self.known = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, revision: u32) -> TextValue {
        TextValue {
            value: text.into(),
            revision,
        }
    }

    fn alone(draft: &mut OpenDraft, shown: &str, value: &str, caret: u32) {
        draft.typed(shown, value, Selection::caret(caret), std::iter::empty());
    }

    fn writing(base: &str, own: &str, caret: u32) -> OpenDraft {
        let mut draft = OpenDraft::over(Some(TextId([1; 16])), value(base, 1));
        alone(&mut draft, base, own, caret);
        draft
    }

    #[test]
    fn the_caret_stays_between_its_letters_when_somebody_writes_before_it() {
        let mut draft = writing("vi lyssnar", "vi lyssnar noga", 15);
        draft.rebased(draft.text, &value("Här: vi lyssnar", 2), &[]);
        assert_eq!(draft.own, "Här: vi lyssnar noga");
        assert_eq!(draft.selection, Selection::caret(20));
        assert_eq!(draft.base, value("Här: vi lyssnar", 2));
    }

    #[test]
    fn what_was_typed_while_the_commit_was_under_way_stays_a_draft() {
        let mut draft = writing("", "hej", 3);
        alone(&mut draft, "hej", "hej på", 6);
        draft.committed("hej", &value("hej", 2));
        assert_eq!(draft.own, "hej på");
        assert_eq!(draft.selection, Selection::caret(6));
        assert!(!draft.is_clean());
    }

    #[test]
    fn a_commit_of_everything_leaves_nothing_to_commit() {
        let mut draft = writing("", "hej", 3);
        draft.committed("hej", &value("hej", 2));
        assert!(draft.is_clean());
    }

    #[test]
    fn others_letters_are_shown_in_the_field_and_never_become_mine() {
        let mut draft = writing("vi lyssnar", "vi lyssnar noga", 15);
        let (shown, caret) = draft.shown(std::iter::once("Ja, vi lyssnar"));
        assert_eq!(shown, "Ja, vi lyssnar noga");
        assert_eq!(caret, Selection::caret(19));
        let others = std::iter::once("Ja, vi lyssnar");
        draft.typed(&shown, "Ja, vi lyssnar noga!", Selection::caret(20), others);
        assert_eq!(draft.own, "vi lyssnar noga!");
        assert_eq!(draft.selection, Selection::caret(16));
    }

    #[test]
    fn emoji_are_counted_as_the_browser_counts_them() {
        let mut draft = writing("🙂", "🙂 ja", 5);
        draft.rebased(draft.text, &value("👩‍👧 🙂", 2), &[]);
        assert_eq!(draft.own, "👩‍👧 🙂 ja");
        assert_eq!(draft.selection.start, units("👩‍👧 🙂 ja"));
    }

    /// Types `words` at `at` letter by letter, as a field does that shows what the draft says. Gives the caret.
    fn letters(draft: &mut OpenDraft, at: u32, words: &str, other: &str) -> u32 {
        let mut at = Selection::caret(at);
        for letter in words.chars() {
            let (shown, _) = draft.shown(std::iter::once(other));
            let caret = usize::try_from(at.end).unwrap();
            let mut letters: Vec<char> = shown.chars().collect();
            letters.insert(caret, letter);
            let value: String = letters.into_iter().collect();
            at = Selection::caret(at.end + 1);
            draft.typed(&shown, &value, at, std::iter::once(other));
            at = draft.shown(std::iter::once(other)).1;
        }
        at.end
    }

    #[test]
    fn a_space_typed_beside_another_s_space_stays_with_its_word() {
        let mut draft = OpenDraft::over(Some(TextId([1; 16])), value("Vi ses", 1));
        let other = "Vi ses före lunch";
        let caret = letters(&mut draft, 6, " i dag", other);
        assert_eq!(draft.own, "Vi ses i dag");
        let shown = "Vi ses före lunch i dag";
        assert_eq!(
            draft.shown(std::iter::once(other)),
            (shown.to_owned(), Selection::caret(caret))
        );
        assert_eq!(caret, units(shown));
    }

    #[test]
    fn a_space_typed_before_words_that_another_takes_away_stays_with_its_word() {
        let mut draft = OpenDraft::over(Some(TextId([1; 16])), value("Vi ses före lunch", 1));
        let caret = letters(&mut draft, 6, " i dag", "Vi ses före lunch");
        assert_eq!((draft.own.as_str(), caret), ("Vi ses i dag före lunch", 12));
        let away = Splice {
            at: 6,
            delete: 11,
            insert: String::new(),
        };
        draft.rebased(draft.text, &value("Vi ses", 2), &[away]);
        assert_eq!(draft.own, "Vi ses i dag");
        assert_eq!(draft.selection, Selection::caret(12));
    }

    #[test]
    fn a_caret_that_is_moved_among_others_letters_is_kept_among_my_own() {
        let mut draft = writing("vi ses", "vi ses då", 9);
        let others = || std::iter::once("Ja, vi ses");
        draft.caret_moved(Selection::caret(7), others());
        assert_eq!(draft.selection, Selection::caret(3));
        assert_eq!(draft.shown(others()).1, Selection::caret(7));
    }

    #[test]
    fn what_others_are_just_writing_cannot_be_deleted() {
        let mut draft = OpenDraft::over(Some(TextId([1; 16])), value("ett", 1));
        let others = || std::iter::once("ett två");
        draft.typed("ett två", "et", Selection::caret(2), others());
        assert_eq!(
            (draft.own.as_str(), draft.selection),
            ("et", Selection::caret(2))
        );
        assert_eq!(draft.shown(others()).0, "et två");
    }

    #[test]
    fn a_letter_typed_before_the_newest_letters_of_another_are_shown_is_taken_all_the_same() {
        let mut draft = OpenDraft::over(Some(TextId([1; 16])), value("Vi ses", 1));
        let newer = std::iter::once("Vi ses före lunch");
        draft.typed("Vi ses före", "Vi ses! före", Selection::caret(7), newer);
        assert_eq!(
            (draft.own.as_str(), draft.selection),
            ("Vi ses!", Selection::caret(7))
        );
    }
}
