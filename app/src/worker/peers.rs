//! Who else is here, and what they are writing, as the page shows it: letter by letter, never counted as saved.
//!
//! Pure. A draft travels as one replacement in a text that both sides know; it is shown merged into the text as it
//! stands here. Once a change has come for that text, an older presence says nothing more about it.

use std::collections::{BTreeMap, BTreeSet};

use samsyn_shared::board::draft::{Typed, apply};
use samsyn_shared::board::{Delta, Draft, Splice, TextChange, View};
use samsyn_shared::ids::{PresenceId, TextId};
use samsyn_shared::sync::presence::{DraftEdit, Peer as Present};
use samsyn_shared::time::Monotonic;

use crate::core::messages::{Peer, PeerDraft};

/// A draft stays on the screen this long, in milliseconds, after its writer says that it is over: the change that it
/// became is on its way, through the relay's disk.
const LINGER: u64 = 1_500;
/// The most bytes of a draft's new words that travel; the rest is seen when it is committed.
const MOST_INSERTED: usize = 1_200;

#[derive(Clone, Debug)]
struct Known {
    present: Present,
    base: Option<String>,
    shown: Option<PeerDraft>,
    superseded: Option<DraftEdit>,
    lingers: Option<Monotonic>,
}

/// Everybody else who is here.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    known: BTreeMap<PresenceId, Known>,
}

impl Peers {
    /// Takes the complete list of who is here.
    pub fn set(&mut self, now: Monotonic, view: &View, present: &[Present]) {
        let here: BTreeSet<_> = present.iter().map(|it| it.presence).collect();
        self.known.retain(|presence, _| here.contains(presence));
        for it in present {
            self.known
                .entry(it.presence)
                .or_insert_with(|| Known::new(it.clone()))
                .hear(now, view, it.clone());
        }
    }

    /// Notes that texts changed: what was shown in them is in them now, or stands on a text that is no more.
    /// Whether anything shown is another: the page has to be told, since nobody may say anything more about it.
    #[must_use]
    pub fn changed(&mut self, delta: &Delta) -> bool {
        let mut other = false;
        for known in self.known.values_mut() {
            for change in &delta.texts {
                other |= known.text_changed(change);
            }
        }
        other
    }

    /// Drops what has been shown long enough. Whether anything was dropped.
    pub fn expire(&mut self, now: Monotonic) -> bool {
        let mut dropped = false;
        for known in self.known.values_mut() {
            if known.lingers.is_some_and(|until| until <= now) {
                known.lingers = None;
                known.shown = None;
                dropped = true;
            }
        }
        dropped
    }

    /// When `expire` has something to do.
    #[must_use]
    pub fn next_wake(&self) -> Option<Monotonic> {
        self.known.values().filter_map(|known| known.lingers).min()
    }

    /// The texts that others are writing in.
    pub fn writing(&self) -> impl Iterator<Item = TextId> {
        self.known
            .values()
            .filter_map(|known| known.present.doing.draft.as_ref())
            .map(|draft| draft.text)
    }

    /// As the page shows them.
    #[must_use]
    pub fn shown(&self, view: &View) -> Vec<Peer> {
        self.known
            .values()
            .map(|known| known.shown_in(view))
            .collect()
    }
}

impl Known {
    fn new(present: Present) -> Self {
        Self {
            present,
            base: None,
            shown: None,
            superseded: None,
            lingers: None,
        }
    }

    fn hear(&mut self, now: Monotonic, view: &View, present: Present) {
        self.present = present;
        match self.present.doing.draft.clone() {
            Some(edit) if self.superseded.as_ref() == Some(&edit) => {}
            Some(edit) => self.draft(now, view, &edit),
            None => self.linger(now),
        }
    }

    fn draft(&mut self, now: Monotonic, view: &View, edit: &DraftEdit) {
        let text = view.text(Some(edit.text));
        if fingerprint(text) == edit.base {
            self.base = Some(text.to_owned());
        }
        let base = self
            .base
            .as_deref()
            .filter(|base| fingerprint(base) == edit.base);
        let Some((value, caret)) = base.and_then(|base| merged(base, edit, text)) else {
            return self.linger(now);
        };
        self.superseded = None;
        self.lingers = None;
        self.shown = Some(PeerDraft {
            text: edit.text,
            revision: view.revision(edit.text),
            value,
            caret,
        });
    }

    fn linger(&mut self, now: Monotonic) {
        if self.shown.is_some() && self.lingers.is_none() {
            self.lingers = Some(now.plus(LINGER));
        }
    }

    /// Whether what was shown is gone or stands on another revision. A change that brings the very text that the
    /// draft stands on takes nothing away: a draft may be heard of before the change that makes its note.
    fn text_changed(&mut self, change: &TextChange) -> bool {
        let shown = self.shown.as_mut();
        let Some(shown) = shown.filter(|shown| shown.text == change.id) else {
            return false;
        };
        let draft = self.present.doing.draft.as_ref();
        if draft.is_some_and(|draft| fingerprint(&change.now.value) == draft.base) {
            shown.revision = change.now.revision;
            return true;
        }
        self.shown = None;
        self.lingers = None;
        self.superseded.clone_from(&self.present.doing.draft);
        true
    }

    fn shown_in(&self, view: &View) -> Peer {
        let doing = &self.present.doing;
        let name = view
            .people
            .get(&doing.person)
            .map(|person| person.name.clone());
        Peer {
            presence: self.present.presence,
            person: doing.person,
            name: name.unwrap_or_default(),
            section: doing.section,
            draft: self.shown.clone(),
        }
    }
}

/// The text as it stands here with their edit merged in, and their caret in it.
fn merged(base: &str, edit: &DraftEdit, text: &str) -> Option<(String, Option<u32>)> {
    let own = applied(base, edit)?;
    if base == text {
        return Some((own, edit.caret));
    }
    let edits = [Splice {
        at: edit.at,
        delete: edit.delete,
        insert: edit.insert.clone(),
    }];
    let typed = Typed {
        base,
        own: &own,
        edits: &edits,
    };
    let merged = typed.over(text);
    let caret = edit.caret.map(|caret| merged.caret(caret));
    Some((merged.own, caret))
}

/// The text with an edit in it, if the edit was made in exactly this text.
#[must_use]
pub fn shown_over(text: &str, edit: &DraftEdit) -> Option<String> {
    (fingerprint(text) == edit.base)
        .then(|| applied(text, edit))
        .flatten()
}

fn applied(base: &str, edit: &DraftEdit) -> Option<String> {
    let units: Vec<u16> = base.encode_utf16().collect();
    let from = usize::try_from(edit.at).ok()?;
    let to = from.checked_add(usize::try_from(edit.delete).ok()?)?;
    let insert: Vec<u16> = edit.insert.encode_utf16().collect();
    let parts = [units.get(..from)?, &insert, units.get(to..)?];
    String::from_utf16(&parts.concat()).ok()
}

/// The own draft as it travels.
#[must_use]
pub fn edit_of(draft: &Draft, caret: Option<u32>) -> DraftEdit {
    if let [only] = draft.edits.as_slice()
        && apply(&draft.base, &draft.edits).as_ref() == Some(&draft.own)
    {
        let inserted: Vec<char> = only.insert.chars().collect();
        return DraftEdit {
            text: draft.text,
            base: fingerprint(&draft.base),
            at: only.at,
            delete: only.delete,
            insert: cut(&inserted),
            caret,
        };
    }
    let same_before = common(draft.base.chars(), draft.own.chars());
    let base: Vec<char> = draft.base.chars().skip(same_before).collect();
    let own: Vec<char> = draft.own.chars().skip(same_before).collect();
    let same_after = common(base.iter().rev(), own.iter().rev());
    let removed = base.get(..base.len() - same_after).unwrap_or_default();
    let inserted = own.get(..own.len() - same_after).unwrap_or_default();
    DraftEdit {
        text: draft.text,
        base: fingerprint(&draft.base),
        at: units(draft.base.chars().take(same_before)),
        delete: units(removed.iter().copied()),
        insert: cut(inserted),
        caret,
    }
}

fn common<T: PartialEq>(one: impl Iterator<Item = T>, other: impl Iterator<Item = T>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

fn units(chars: impl Iterator<Item = char>) -> u32 {
    chars
        .map(|it| if it.len_utf16() == 1 { 1 } else { 2 })
        .sum()
}

fn cut(inserted: &[char]) -> String {
    let mut cut = String::new();
    for it in inserted {
        if cut.len() + it.len_utf8() > MOST_INSERTED {
            break;
        }
        cut.push(*it);
    }
    cut
}

/// BLAKE3 of a text, first 8 bytes.
#[must_use]
pub fn fingerprint(text: &str) -> [u8; 8] {
    let hash = blake3::hash(text.as_bytes());
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use samsyn_shared::board::TextValue;
    use samsyn_shared::ids::{BoardId, PersonId};
    use samsyn_shared::sync::presence::Doing;

    use super::*;

    const TEXT: TextId = TextId([1; 16]);
    const NOW: Monotonic = Monotonic(1_000);

    fn draft(base: &str, own: &str) -> Draft {
        Draft {
            text: TEXT,
            base_revision: None,
            base: base.into(),
            own: own.into(),
            edits: Vec::new(),
        }
    }

    fn view(text: &str) -> View {
        let mut view = View::empty(BoardId([0; 32]));
        view.apply(&change(text));
        view
    }

    fn change(text: &str) -> Delta {
        let now = TextValue {
            value: text.into(),
            revision: 1,
        };
        let texts = vec![TextChange {
            id: TEXT,
            now,
            splices: Vec::new(),
        }];
        Delta {
            records: Vec::new(),
            texts,
            ..Delta::default()
        }
    }

    fn present(draft: Option<DraftEdit>) -> [Present; 1] {
        let doing = Doing {
            person: PersonId([2; 16]),
            section: None,
            draft,
        };
        [Present {
            presence: PresenceId([3; 16]),
            doing,
        }]
    }

    fn seen(peers: &Peers, view: &View) -> Option<String> {
        peers
            .shown(view)
            .first()?
            .draft
            .as_ref()
            .map(|draft| draft.value.clone())
    }

    #[test]
    fn a_draft_travels_as_one_replacement() {
        for (base, own) in [
            ("", "hej"),
            ("Vi lyssnar", "Vi lyssnar färdigt"),
            ("a🫶b", "a🫠b"),
            ("aaa", "aa"),
            ("samma", "samma"),
        ] {
            let edit = edit_of(&draft(base, own), None);
            assert_eq!(applied(base, &edit).as_deref(), Some(own), "{base} → {own}");
        }
    }

    #[test]
    fn a_letter_travels_with_the_place_where_it_was_typed() {
        let typed = Draft {
            edits: vec![Splice {
                at: 6,
                delete: 0,
                insert: " ".to_owned(),
            }],
            ..draft("Vi ses före", "Vi ses  före")
        };
        assert_eq!(edit_of(&typed, None).at, 6);
        let unknown = draft("Vi ses före", "Vi ses  före");
        assert_eq!(edit_of(&unknown, None).at, 7, "two texts alone do not tell");
    }

    #[test]
    fn an_edit_that_does_not_fit_is_not_applied() {
        let edit = DraftEdit {
            at: 9,
            ..edit_of(&draft("hej", "hejsan"), None)
        };
        assert_eq!(applied("hej", &edit), None);
        let split = DraftEdit {
            at: 1,
            delete: 1,
            ..edit_of(&draft("🫶", "🫶"), None)
        };
        assert_eq!(applied("🫶", &split), None);
    }

    #[test]
    fn letters_are_seen_as_they_are_typed() {
        let (mut peers, view) = (Peers::default(), view("Vi"));
        let edit = edit_of(&draft("Vi", "Vi lyss"), Some(7));
        peers.set(NOW, &view, &present(Some(edit)));
        assert_eq!(seen(&peers, &view).as_deref(), Some("Vi lyss"));
    }

    #[test]
    fn a_committed_draft_is_never_seen_twice() {
        let (mut peers, before) = (Peers::default(), view("Vi"));
        let edit = edit_of(&draft("Vi", "Vi lyssnar"), None);
        peers.set(NOW, &before, &present(Some(edit.clone())));
        let after = view("Vi lyssnar");
        assert!(peers.changed(&change("Vi lyssnar")));
        assert_eq!(seen(&peers, &after), None);
        peers.set(NOW, &after, &present(Some(edit)));
        assert_eq!(seen(&peers, &after), None, "the same presence, repeated");
    }

    #[test]
    fn words_do_not_vanish_between_the_draft_and_its_change() {
        let (mut peers, view) = (Peers::default(), view("Vi"));
        let edit = edit_of(&draft("Vi", "Vi lyssnar"), None);
        peers.set(NOW, &view, &present(Some(edit)));
        peers.set(NOW, &view, &present(None));
        assert_eq!(seen(&peers, &view).as_deref(), Some("Vi lyssnar"));
        let wake = peers.next_wake().unwrap();
        assert!(!peers.expire(NOW) && peers.expire(wake));
        assert_eq!(seen(&peers, &view), None);
    }

    #[test]
    fn a_draft_that_was_said_to_be_over_before_its_change_came_does_not_stay_on_the_screen() {
        let (mut peers, view) = (Peers::default(), view("Vi"));
        let edit = edit_of(&draft("Vi", "Vi ly"), None);
        peers.set(NOW, &view, &present(Some(edit)));
        peers.set(NOW, &view, &present(None));
        assert!(
            peers.changed(&change("Vi lyssnar")),
            "the page must hear of it"
        );
        assert_eq!(seen(&peers, &view), None);
        assert!(!peers.changed(&change("Vi lyssnar på")), "once is enough");
        assert_eq!(peers.next_wake(), None);
    }

    #[test]
    fn a_draft_heard_of_before_the_change_that_makes_its_note_stays_on_the_screen() {
        let (mut peers, nothing) = (Peers::default(), View::empty(BoardId([0; 32])));
        let edit = edit_of(&draft("", "Vatt"), Some(4));
        peers.set(NOW, &nothing, &present(Some(edit.clone())));
        assert!(peers.changed(&change("")), "it stands on a revision now");
        assert_eq!(seen(&peers, &view("")).as_deref(), Some("Vatt"));
        let shown = peers.shown(&view("")).remove(0).draft;
        assert_eq!(shown.map(|draft| draft.revision), Some(1));
        peers.set(NOW, &view(""), &present(Some(edit)));
        assert_eq!(seen(&peers, &view("")).as_deref(), Some("Vatt"));
    }

    #[test]
    fn somebody_elses_change_is_merged_under_a_draft() {
        let (mut peers, before) = (Peers::default(), view("Vi"));
        peers.set(
            NOW,
            &before,
            &present(Some(edit_of(&draft("Vi", "Vi l"), None))),
        );
        let after = view("Idag: Vi");
        assert!(peers.changed(&change("Idag: Vi")));
        peers.set(
            NOW,
            &after,
            &present(Some(edit_of(&draft("Vi", "Vi ly"), None))),
        );
        assert_eq!(seen(&peers, &after).as_deref(), Some("Idag: Vi ly"));
    }
}
