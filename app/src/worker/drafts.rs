//! What is being typed: which drafts are open, and when each has to become a change.
//!
//! Pure. A draft is journalled on the disk at each keystroke and told to the others as presence; the commit comes
//! on blur, after a pause, after a while of steady typing, or soon once somebody else edits the same text.

use std::collections::BTreeMap;

use samsyn_shared::board::draft::rebase;
use samsyn_shared::board::{Draft, TextValue};
use samsyn_shared::ids::TextId;
use samsyn_shared::time::Monotonic;

/// A pause this long, in milliseconds, commits.
pub const PAUSE: u64 = 3_000;
/// Steady typing commits this often, in milliseconds.
pub const STEADY: u64 = 10_000;
/// Once somebody else edits the same text, a draft commits within this many milliseconds.
pub const CONTENDED: u64 = 2_000;
/// For this long, in milliseconds, after the last sign of somebody else in a text, it counts as shared.
const CONTENTION_LASTS: u64 = 10_000;

/// A draft and its clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    draft: Draft,
    caret: Option<u32>,
    started: Monotonic,
    touched: Monotonic,
    clock: Clock,
}

/// Whether a draft may be committed by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Runs,
    /// The board did not take it as it stands; the next keystroke sets the clock going again.
    Stopped,
}

/// A commit that the page may not have heard of yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Past {
    base: String,
    own: String,
    revision: u32,
}

/// All drafts of the open board.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    open: BTreeMap<TextId, Open>,
    contended: BTreeMap<TextId, Monotonic>,
    past: BTreeMap<TextId, Vec<Past>>,
}

impl Drafts {
    /// Takes a keystroke: the draft as the page has it, put on a base that accounts for commits the page
    /// had not heard of when it sent this. Gives the draft to journal.
    pub fn typed(&mut self, now: Monotonic, draft: Draft, caret: Option<u32>) -> &Draft {
        let draft = self.over_past(draft);
        self.keep(now, draft, caret)
    }

    fn keep(&mut self, now: Monotonic, draft: Draft, caret: Option<u32>) -> &Draft {
        let open = self.open.entry(draft.text).or_insert_with(|| Open {
            draft: draft.clone(),
            caret,
            started: now,
            touched: now,
            clock: Clock::Runs,
        });
        open.clock = Clock::Runs;
        open.draft = draft;
        open.caret = caret;
        open.touched = now;
        &open.draft
    }

    /// Puts a draft on top of the commits that the page had not heard of when it sent it. Without this, the words
    /// of those commits would be committed again.
    fn over_past(&mut self, mut draft: Draft) -> Draft {
        let Some(past) = self.past.get_mut(&draft.text) else {
            return draft;
        };
        past.retain(|past| draft.base_revision.is_none_or(|at| at < past.revision));
        for past in past.iter() {
            if draft.base != past.base {
                draft.own = rebase(&draft.base, &draft.own, &past.base).own;
            }
            draft.base.clone_from(&past.own);
            draft.base_revision = None;
            draft.edits.clear();
        }
        draft
    }

    /// Takes a draft that an earlier run left; it is committed after a pause unless somebody goes on with it.
    pub fn restored(&mut self, now: Monotonic, draft: Draft) {
        self.keep(now, draft, None);
    }

    /// Takes a draft back that the board did not take: it stays journalled and counted until it is typed in again.
    pub fn stuck(&mut self, now: Monotonic, draft: Draft) {
        let text = draft.text;
        self.keep(now, draft, None);
        if let Some(open) = self.open.get_mut(&text) {
            open.clock = Clock::Stopped;
        }
    }

    /// Ends a draft, for its commit.
    pub fn take(&mut self, text: TextId) -> Option<Draft> {
        let open = self.open.remove(&text)?;
        Some(open.draft)
    }

    /// Notes that `draft` was committed and what the text says since.
    pub fn committed(&mut self, draft: &Draft, now: &TextValue) {
        let past = Past {
            base: draft.base.clone(),
            own: draft.own.clone(),
            revision: now.revision,
        };
        self.past.entry(draft.text).or_default().push(past);
    }

    /// Notes that somebody else edits `text`, by a change or by a draft of theirs.
    pub fn somebody_else(&mut self, now: Monotonic, text: TextId) {
        self.contended.insert(text, now);
    }

    /// The drafts that have to become changes now.
    #[must_use]
    pub fn due(&self, now: Monotonic) -> Vec<TextId> {
        let open = self.open.iter();
        open.filter(|(text, open)| self.deadline(**text, open).is_some_and(|due| due <= now))
            .map(|(text, _)| *text)
            .collect()
    }

    /// When the next draft is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Monotonic> {
        let open = self.open.iter();
        open.filter_map(|(text, open)| self.deadline(*text, open))
            .min()
    }

    fn deadline(&self, text: TextId, open: &Open) -> Option<Monotonic> {
        let by_hand = open.touched.plus(PAUSE).min(open.started.plus(STEADY));
        let due = match self.contended.get(&text) {
            Some(since) if open.started <= since.plus(CONTENTION_LASTS) => {
                by_hand.min(open.started.max(*since).plus(CONTENDED))
            }
            Some(_) | None => by_hand,
        };
        match open.clock {
            Clock::Runs => Some(due),
            Clock::Stopped => None,
        }
    }

    /// The texts whose drafts may be committed; one that the board did not take waits for the next keystroke.
    #[must_use]
    pub fn running(&self) -> Vec<TextId> {
        let open = self.open.iter();
        open.filter(|(_, open)| open.clock == Clock::Runs)
            .map(|(text, _)| *text)
            .collect()
    }

    /// Every open draft.
    pub fn iter(&self) -> impl Iterator<Item = &Draft> {
        self.open.values().map(|open| &open.draft)
    }

    /// How many drafts hold words that no change holds.
    #[must_use]
    pub fn unshared(&self) -> usize {
        self.iter().filter(|draft| draft.own != draft.base).count()
    }

    /// The draft that was touched last, with its caret: what the others are shown.
    #[must_use]
    pub fn latest(&self) -> Option<(&Draft, Option<u32>)> {
        let latest = self.open.values().max_by_key(|open| open.touched)?;
        Some((&latest.draft, latest.caret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: TextId = TextId([1; 16]);

    fn draft(base: &str, own: &str, revision: Option<u32>) -> Draft {
        Draft {
            text: TEXT,
            base_revision: revision,
            base: base.into(),
            own: own.into(),
            edits: Vec::new(),
        }
    }

    fn at(millis: u64) -> Monotonic {
        Monotonic(millis)
    }

    #[test]
    fn a_pause_of_three_seconds_commits() {
        let mut drafts = Drafts::default();
        drafts.typed(at(0), draft("", "h", Some(1)), None);
        drafts.typed(at(2_000), draft("", "he", Some(1)), None);
        assert!(drafts.due(at(4_999)).is_empty());
        assert_eq!(drafts.due(at(5_000)), [TEXT]);
        assert_eq!(drafts.next_due(), Some(at(5_000)));
    }

    #[test]
    fn steady_typing_commits_after_ten_seconds() {
        let mut drafts = Drafts::default();
        for second in 0..10 {
            drafts.typed(at(second * 1_000), draft("", "h", Some(1)), None);
        }
        assert!(drafts.due(at(9_999)).is_empty());
        assert_eq!(drafts.due(at(10_000)), [TEXT]);
    }

    #[test]
    fn a_draft_commits_within_two_seconds_of_somebody_elses_edit() {
        let mut drafts = Drafts::default();
        drafts.typed(at(0), draft("", "h", Some(1)), None);
        drafts.somebody_else(at(500), TEXT);
        drafts.typed(at(2_400), draft("", "he", Some(1)), None);
        assert_eq!(drafts.next_due(), Some(at(2_500)));
        drafts.take(TEXT);
        drafts.typed(at(3_000), draft("", "het", Some(2)), None);
        assert_eq!(
            drafts.next_due(),
            Some(at(5_000)),
            "while they are still there"
        );
        drafts.take(TEXT);
        drafts.typed(at(60_000), draft("", "hets", Some(3)), None);
        assert_eq!(drafts.next_due(), Some(at(63_000)), "long after they left");
    }

    #[test]
    fn a_keystroke_sent_before_the_page_heard_of_a_commit_builds_on_it() {
        let mut drafts = Drafts::default();
        drafts.typed(at(0), draft("", "hej", Some(1)), None);
        let taken = drafts.take(TEXT).unwrap();
        let now = TextValue {
            value: "hej".into(),
            revision: 2,
        };
        drafts.committed(&taken, &now);
        let late = drafts.typed(at(1), draft("", "hej d", Some(1)), None);
        assert_eq!(*late, draft("hej", "hej d", None));
        let aware = drafts.typed(at(2), draft("hej", "hej du", Some(2)), None);
        assert_eq!(*aware, draft("hej", "hej du", Some(2)));
    }

    #[test]
    fn a_keystroke_sent_before_two_commits_builds_on_both() {
        let mut drafts = Drafts::default();
        for (own, revision) in [("hej", 2), ("hej du", 3)] {
            drafts.typed(at(0), draft("", own, Some(1)), None);
            let taken = drafts.take(TEXT).unwrap();
            let now = TextValue {
                value: own.into(),
                revision,
            };
            drafts.committed(&taken, &now);
        }
        let late = drafts.typed(at(1), draft("", "hej du!", Some(1)), None);
        assert_eq!(*late, draft("hej du", "hej du!", None));
    }

    #[test]
    fn a_draft_that_the_board_does_not_take_waits_for_the_next_keystroke() {
        let mut drafts = Drafts::default();
        drafts.typed(at(0), draft("", "hej", Some(1)), None);
        let taken = drafts.take(TEXT).unwrap();
        drafts.stuck(at(0), taken);
        assert_eq!((drafts.next_due(), drafts.unshared()), (None, 1));
        drafts.typed(at(5_000), draft("", "he", Some(1)), None);
        assert_eq!(drafts.next_due(), Some(at(8_000)));
    }

    #[test]
    fn only_words_that_no_change_holds_are_counted() {
        let mut drafts = Drafts::default();
        drafts.typed(at(0), draft("hej", "hej", Some(1)), None);
        assert_eq!(drafts.unshared(), 0);
        drafts.typed(at(1), draft("hej", "hej!", Some(1)), None);
        assert_eq!(drafts.unshared(), 1);
    }
}
