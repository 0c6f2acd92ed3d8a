//! A text that is being written: what the typist wants, over which committed text, and where their caret is.
//!
//! All positions are UTF-16 code units, as the browser counts. The edits themselves are carried by
//! `samsyn_shared::board::draft`, the same code that the worker commits with.

use samsyn_shared::board::TextValue;
use samsyn_shared::board::draft::{rebase, units};
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
            selection: Selection::caret(end),
            hand: Hand::In,
        }
    }

    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.own == self.base.value
    }

    /// The field went from `shown` to `value` under the typist's hand. Where the field showed more than `own`
    /// (somebody else's letters), only the typist's edit is taken.
    pub fn typed(&mut self, shown: &str, value: String, selection: Selection) {
        if shown == self.own {
            self.own = value;
            self.selection = selection;
            return;
        }
        let (own, selection) = carry(shown, &value, &self.own, selection);
        self.own = own;
        self.selection = selection;
    }

    /// The committed text is now `now`; what was typed and the caret are carried over.
    pub fn rebased(&mut self, text: Option<TextId>, now: &TextValue) {
        let (own, selection) = carry(&self.base.value, &self.own, &now.value, self.selection);
        self.own = own;
        self.selection = selection;
        self.follow(text, now);
    }

    /// `committed` of this draft is now part of the text `now`; what was typed since stays a draft.
    pub fn committed(&mut self, committed: &str, now: &TextValue) {
        let (own, selection) = carry(committed, &self.own, &now.value, self.selection);
        self.own = own;
        self.selection = selection;
        self.follow(self.text, now);
    }

    /// What the field shows: `own` and, in their places, the letters others are just writing.
    #[must_use]
    pub fn shown<'a>(&self, others: impl Iterator<Item = &'a str>) -> (String, Selection) {
        others.fold((self.own.clone(), self.selection), |(own, at), other| {
            carry(&self.base.value, &own, other, at)
        })
    }

    fn follow(&mut self, text: Option<TextId>, now: &TextValue) {
        self.text = text;
        self.base = now.clone();
        self.known = true;
    }
}

/// The edits from `base` to `own`, over `now`; and where a selection of `own` lies in the result.
fn carry(base: &str, own: &str, now: &str, selection: Selection) -> (String, Selection) {
    if base == now {
        return (own.to_owned(), selection);
    }
    let rebased = rebase(base, own, now);
    let selection = Selection {
        start: rebased.caret(selection.start),
        end: rebased.caret(selection.end),
    };
    (rebased.own, selection)
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

    fn writing(base: &str, own: &str, caret: u32) -> OpenDraft {
        let mut draft = OpenDraft::over(Some(TextId([1; 16])), value(base, 1));
        draft.typed(base, own.into(), Selection::caret(caret));
        draft
    }

    #[test]
    fn the_caret_stays_between_its_letters_when_somebody_writes_before_it() {
        let mut draft = writing("vi lyssnar", "vi lyssnar noga", 15);
        draft.rebased(draft.text, &value("Här: vi lyssnar", 2));
        assert_eq!(draft.own, "Här: vi lyssnar noga");
        assert_eq!(draft.selection, Selection::caret(20));
        assert_eq!(draft.base, value("Här: vi lyssnar", 2));
    }

    #[test]
    fn what_was_typed_while_the_commit_was_under_way_stays_a_draft() {
        let mut draft = writing("", "hej", 3);
        draft.typed("hej", "hej på".into(), Selection::caret(6));
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
        draft.typed(&shown, "Ja, vi lyssnar noga!".into(), Selection::caret(20));
        assert_eq!(draft.own, "vi lyssnar noga!");
        assert_eq!(draft.selection, Selection::caret(16));
    }

    #[test]
    fn emoji_are_counted_as_the_browser_counts_them() {
        let mut draft = writing("🙂", "🙂 ja", 5);
        draft.rebased(draft.text, &value("👩‍👧 🙂", 2));
        assert_eq!(draft.own, "👩‍👧 🙂 ja");
        assert_eq!(draft.selection.start, units("👩‍👧 🙂 ja"));
    }
}
