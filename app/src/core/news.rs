//! What others have done, for who hears the screen: gathered over some seconds and said in one sentence.
//!
//! Where sixty people write, a word for each change would be a wall of words. After a quiet time the first change is
//! said soon; while they keep coming, there is one sentence every while.

use std::collections::BTreeMap;

use samsyn_shared::board::{Delta, Record};
use samsyn_shared::records::{Note, Presence, RecordId, Rule};

use super::model::BoardModel;

/// How long the first changes after a quiet time are gathered, in milliseconds.
pub const FIRST: u32 = 4_000;
/// How far apart sentences are while changes keep coming, in milliseconds.
pub const APART: u32 = 16_000;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is new, or back from the trash.
    New,
    /// Its words, its paper, its section or its standing changed. Where it hangs on a wall is no news.
    Changed,
    /// It is in the trash.
    Gone,
}

/// What sort of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A note.
    Note,
    /// A ground rule.
    Rule,
    /// The scenario cross.
    Cross,
}

/// So many records of a kind, of which something became.
pub type Count = (Kind, What, u32);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    Quiet,
    Gathering,
    Resting,
}

/// What has been gathered, and what was said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    gathered: BTreeMap<RecordId, What>,
    pace: Pace,
    /// What is to be said now; empty after a quiet time.
    pub said: Vec<Count>,
    /// How often something was said: the same words twice are two sentences.
    pub times: u32,
}

impl News {
    /// Takes what is new in a delta that the board has not taken yet. After so many milliseconds [`Self::elapsed`] is
    /// due.
    pub fn hear(&mut self, news: impl IntoIterator<Item = (RecordId, What)>) -> Option<u32> {
        for (record, what) in news {
            self.add(record, what);
        }
        (self.pace == Pace::Quiet && !self.gathered.is_empty()).then(|| {
            self.pace = Pace::Gathering;
            FIRST
        })
    }

    /// A step that was the person's own after all.
    pub fn forget(&mut self, records: &[RecordId]) {
        self.gathered.retain(|record, _| !records.contains(record));
    }

    /// The time is over: what was gathered is said. After so many milliseconds this is due again.
    pub fn elapsed(&mut self) -> Option<u32> {
        let news = std::mem::take(&mut self.gathered);
        self.said = counted(&news);
        if self.said.is_empty() {
            self.pace = Pace::Quiet;
            return None;
        }
        self.pace = Pace::Resting;
        self.times += 1;
        Some(APART)
    }

    fn add(&mut self, record: RecordId, what: What) {
        let former = self.gathered.get(&record).copied();
        let all = match (former, what) {
            (Some(What::New), What::Gone) => None,
            (Some(What::New), What::Changed) => Some(What::New),
            (Some(What::Gone), What::New) => Some(What::Changed),
            (Some(_) | None, what) => Some(what),
        };
        match all {
            Some(all) => drop(self.gathered.insert(record, all)),
            None => drop(self.gathered.remove(&record)),
        }
    }
}

fn counted(news: &BTreeMap<RecordId, What>) -> Vec<Count> {
    let mut counts: BTreeMap<(Kind, What), u32> = BTreeMap::new();
    for (record, what) in news {
        if let Some(kind) = kind_of(*record) {
            *counts.entry((kind, *what)).or_default() += 1;
        }
    }
    let counts = counts.into_iter();
    counts
        .map(|((kind, what), count)| (kind, what, count))
        .collect()
}

const fn kind_of(record: RecordId) -> Option<Kind> {
    match record {
        RecordId::Note(_) => Some(Kind::Note),
        RecordId::Rule(_) => Some(Kind::Rule),
        RecordId::Cross(_) => Some(Kind::Cross),
        RecordId::Section(_) | RecordId::Person(_) => None,
    }
}

/// What a delta does that this page has not done itself: its own steps are in the view already.
pub fn of(board: &BoardModel, delta: &Delta) -> Vec<(RecordId, What)> {
    let records = delta.records.iter().filter_map(|it| match it {
        Record::Note(new) => {
            let what = note(board.view.notes.get(&new.id), new)?;
            let own = what == What::New && new.author == Some(board.me);
            (!own).then_some((RecordId::Note(new.id), what))
        }
        Record::Rule(new) => Some((
            RecordId::Rule(new.id),
            rule(board.view.rules.get(&new.id), new)?,
        )),
        Record::Cross(new) => {
            let old = board.view.crosses.get(&new.id)?;
            (old.horizon != new.horizon).then_some((RecordId::Cross(new.id), What::Changed))
        }
        Record::Section(_) | Record::Person(_) => None,
    });
    let texts = delta.texts.iter().filter_map(|change| {
        let field = board.fields.get(&change.id)?;
        let old = board.view.texts.get(&change.id)?;
        (old.value != change.now.value).then_some((field.record(), What::Changed))
    });
    records.chain(texts).collect()
}

fn note(old: Option<&Note>, new: &Note) -> Option<What> {
    let Some(old) = old else {
        return (new.presence == Presence::OnBoard).then_some(What::New);
    };
    let seen = |it: &Note| (it.section, it.quadrant, it.colour);
    let reworded = old.text.is_some() && old.text != new.text;
    came_or_went(old.presence, new.presence)
        .or_else(|| (reworded || seen(old) != seen(new)).then_some(What::Changed))
}

fn rule(old: Option<&Rule>, new: &Rule) -> Option<What> {
    let Some(old) = old else {
        return (new.presence == Presence::OnBoard).then_some(What::New);
    };
    let reworded = old.text.is_some() && old.text != new.text;
    came_or_went(old.presence, new.presence)
        .or_else(|| (reworded || old.status != new.status).then_some(What::Changed))
}

fn came_or_went(old: Presence, new: Presence) -> Option<What> {
    match (old, new) {
        (Presence::InTrash, Presence::OnBoard) => Some(What::New),
        (Presence::OnBoard, Presence::InTrash) => Some(What::Gone),
        (Presence::OnBoard, Presence::OnBoard) | (Presence::InTrash, Presence::InTrash) => None,
    }
}

#[cfg(test)]
mod tests {
    use samsyn_shared::ids::{NoteId, RuleId};

    use super::*;

    fn id(n: u8) -> RecordId {
        RecordId::Note(NoteId([n; 16]))
    }

    #[test]
    fn many_changes_are_one_sentence() {
        let mut news = News::default();
        assert_eq!(news.hear([(id(1), What::New)]), Some(FIRST));
        let more = (2..50).map(|n| (id(n), What::New));
        assert_eq!(news.hear(more), None);
        let rule = RecordId::Rule(RuleId([1; 16]));
        news.hear([
            (id(60), What::Changed),
            (id(60), What::Changed),
            (rule, What::Gone),
        ]);
        assert_eq!(news.said, [], "nothing is said before the time is over");
        assert_eq!(news.elapsed(), Some(APART));
        assert_eq!(
            news.said,
            [
                (Kind::Note, What::New, 49),
                (Kind::Note, What::Changed, 1),
                (Kind::Rule, What::Gone, 1)
            ]
        );
    }

    #[test]
    fn sentences_are_apart_while_changes_keep_coming_and_soon_after_a_quiet_time() {
        let mut news = News::default();
        news.hear([(id(1), What::New)]);
        news.elapsed();
        assert_eq!(news.hear([(id(2), What::New)]), None, "not before its time");
        assert_eq!(news.elapsed(), Some(APART));
        assert_eq!(news.times, 2);
        assert_eq!(news.elapsed(), None);
        assert_eq!((news.said.len(), news.times), (0, 2));
        assert_eq!(news.hear([(id(3), What::New)]), Some(FIRST));
    }

    #[test]
    fn what_came_and_went_meanwhile_is_no_news() {
        let mut news = News::default();
        news.hear([
            (id(1), What::New),
            (id(1), What::Changed),
            (id(1), What::Gone),
        ]);
        news.hear([(id(2), What::New), (id(2), What::Changed)]);
        news.hear([(id(3), What::Gone), (id(3), What::New)]);
        news.hear([(id(4), What::Changed)]);
        news.forget(&[id(4)]);
        news.elapsed();
        assert_eq!(
            news.said,
            [(Kind::Note, What::New, 1), (Kind::Note, What::Changed, 1)]
        );
    }
}
