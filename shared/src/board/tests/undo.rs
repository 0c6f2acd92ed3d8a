//! Taking back one's own steps: one's own fields and letters go back, everybody else's stay.

use std::collections::BTreeSet;

use proptest::prelude::*;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::undo::{About, Step, Undo, Way};
use crate::board::{Draft, Support};
use crate::ids::{PersonId, RuleId, TextId};
use crate::records::{Presence, RecordId, RuleStatus};

const RULE: RuleId = RuleId([3; 16]);
const SECOND: SectionId = SectionId([4; 16]);
const ME: PersonId = PersonId([5; 16]);
/// Every letter once, so that each can be told from the others.
const WORDS: &str = "abcdefghij";

/// Two devices that have the same board: one's own with its steps, and somebody else's.
struct Pair {
    me: Device,
    other: Device,
    undo: Undo,
}

impl Pair {
    fn new() -> Self {
        let mut me = Device::new(1);
        me.all(&[
            add_wall(),
            Command::AddSection {
                id: SECOND,
                kind: SectionKind::Notes,
                title: String::new(),
                after: Some(WALL),
            },
            add_note(NOTE, WORDS),
            Command::AddRule {
                id: RULE,
                section: WALL,
                text: WORDS.to_owned(),
                why: String::new(),
                shows_as: String::new(),
                author: None,
            },
        ]);
        let mut pair = Self {
            me,
            other: Device::new(2),
            undo: Undo::default(),
        };
        pair.share();
        pair
    }

    fn share(&mut self) {
        let chunks = self.me.chunks();
        self.other.receive(&chunks);
        let chunks = self.other.chunks();
        self.me.receive(&chunks);
    }

    fn does(&mut self, command: Command) {
        let committed = self.me.all(&[command]);
        self.undo.did(committed.deed, self.me.board.view());
    }

    /// Goes one step that way; whether anything changed by it.
    fn go(&mut self, way: Way) -> bool {
        while let Some(Step { about, deed }) = self.undo.take(way) {
            let committed = self.me.all(&[Command::TakeBack(Box::new(deed))]);
            if !committed.changes.is_empty() {
                let deed = committed.deed;
                self.undo.went(way, Step { about, deed });
                return true;
            }
        }
        false
    }

    fn note(&self) -> &crate::records::Note {
        &self.me.board.view().notes[&NOTE]
    }

    fn words(&self) -> String {
        let view = self.me.board.view();
        view.text(view.notes[&NOTE].text).to_owned()
    }
}

fn moved(x: i32, section: SectionId) -> Command {
    Command::MoveNote {
        id: NOTE,
        section,
        quadrant: None,
        at: Position { x, y: 0 },
    }
}

fn coloured(colour: Colour) -> Command {
    Command::SetColour { id: NOTE, colour }
}

/// Types `insert` at a character of a text, over so many of its first letters there.
fn typed(view: &View, text: TextId, at: usize, over: usize, insert: &str) -> Command {
    let now = &view.texts[&text];
    let letters: Vec<char> = now.value.chars().collect();
    let at = at.min(letters.len());
    let own = letters[..at].iter().copied().chain(insert.chars());
    let own = own.chain(letters[(at + over).min(letters.len())..].iter().copied());
    Command::CommitDraft(Draft {
        text,
        base_revision: Some(now.revision),
        base: now.value.clone(),
        own: own.collect(),
        edits: Vec::new(),
    })
}

fn types(device: &Device, at: usize, over: usize, insert: &str) -> Command {
    let view = device.board.view();
    typed(view, view.notes[&NOTE].text.unwrap(), at, over, insert)
}

#[test]
fn a_step_is_taken_back_and_done_again() {
    let mut pair = Pair::new();
    let before = plain(pair.me.board.view());
    pair.does(moved(500, SECOND));
    pair.does(coloured(Colour::Green));
    pair.does(types(&pair.me, 3, 2, "ZZ"));
    pair.does(Command::SetSupport {
        rule: RULE,
        person: ME,
        support: Support::Given,
    });
    pair.does(Command::SetPresence {
        record: RecordId::Note(NOTE),
        presence: Presence::InTrash,
    });
    let after = plain(pair.me.board.view());
    assert_eq!(pair.undo.next(Way::Back).unwrap(), About::Removed);
    while pair.go(Way::Back) {}
    assert_eq!(plain(pair.me.board.view()), before);
    assert!(pair.undo.next(Way::Back).is_none());
    while pair.go(Way::Again) {}
    assert_eq!(plain(pair.me.board.view()), after);
    while pair.go(Way::Back) {}
    assert_eq!(plain(pair.me.board.view()), before);
}

#[test]
fn what_somebody_else_has_set_since_stays_theirs() {
    let mut pair = Pair::new();
    pair.does(coloured(Colour::Green));
    pair.does(moved(500, WALL));
    pair.share();
    pair.other.one(coloured(Colour::Blue));
    pair.share();
    assert!(pair.go(Way::Back));
    assert_eq!(pair.note().at, Position { x: 10, y: 20 });
    assert!(!pair.go(Way::Back), "the colour is not one's own any more");
    assert_eq!(pair.note().colour, Colour::Blue);
}

#[test]
fn letters_of_others_stay_where_one_s_own_go() {
    let mut pair = Pair::new();
    pair.does(types(&pair.me, 3, 0, "MITT"));
    pair.share();
    let theirs = types(&pair.other, 5, 0, "xyz");
    pair.other.one(theirs);
    pair.share();
    assert_eq!(pair.words(), "abcMIxyzTTdefghij");
    assert!(pair.go(Way::Back));
    assert_eq!(pair.words(), "abcxyzdefghij");
    assert!(pair.go(Way::Again));
    assert!(pair.words().contains("xyz"));
    assert_eq!(pair.words().matches(char::is_uppercase).count(), 4);
}

#[test]
fn a_new_step_ends_what_could_be_done_again() {
    let mut pair = Pair::new();
    pair.does(coloured(Colour::Green));
    assert!(pair.go(Way::Back));
    pair.does(moved(9, WALL));
    assert!(pair.undo.next(Way::Again).is_none());
}

#[test]
fn an_empty_note_that_was_dropped_again_is_no_step() {
    let mut pair = Pair::new();
    pair.does(coloured(Colour::Green));
    let id = NoteId([9; 16]);
    pair.does(add_note(id, ""));
    pair.does(Command::SetPresence {
        record: RecordId::Note(id),
        presence: Presence::InTrash,
    });
    assert_eq!(pair.undo.next(Way::Back).unwrap(), About::Coloured);
}

#[test]
fn what_was_made_goes_to_the_trash_and_comes_back() {
    let mut pair = Pair::new();
    let id = NoteId([9; 16]);
    pair.does(add_note(id, "ny"));
    let presence = |pair: &Pair| pair.me.board.view().notes[&id].presence;
    assert!(pair.go(Way::Back));
    assert_eq!(presence(&pair), Presence::InTrash);
    assert!(pair.go(Way::Again));
    assert_eq!(presence(&pair), Presence::OnBoard);
}

#[derive(Clone, Debug)]
enum Act {
    Mine(u8, u8),
    Theirs(u8, u8),
    Share,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0_u8..6, any::<u8>()).prop_map(|(what, value)| Act::Mine(what, value)),
        2 => (0_u8..6, any::<u8>()).prop_map(|(what, value)| Act::Theirs(what, value)),
        2 => Just(Act::Share),
    ]
}

/// What one of the two does; nobody does anything of the other's by chance, and each only takes letters of their half.
fn command(device: &Device, what: u8, value: u8, mine: bool) -> Command {
    let own = usize::from(!mine);
    let number = i32::from(value) * 2 + i32::from(mine) + 1000;
    match what {
        0 => moved(
            number,
            if value.is_multiple_of(5) {
                SECOND
            } else {
                WALL
            },
        ),
        1 => coloured(
            [
                [Colour::Green, Colour::White],
                [Colour::Blue, Colour::Orange],
            ][own][usize::from(value % 2)],
        ),
        2 => Command::SetRuleStatus {
            id: RULE,
            status: [RuleStatus::Agreed, RuleStatus::Retired][own],
        },
        3 => Command::SetSupport {
            rule: RULE,
            person: if mine { ME } else { PersonId([6; 16]) },
            support: if value.is_multiple_of(2) {
                Support::Given
            } else {
                Support::Withdrawn
            },
        },
        _ => {
            let view = device.board.view();
            let text = if what == 4 {
                view.notes[&NOTE].text
            } else {
                view.rules[&RULE].text
            };
            let text = text.unwrap();
            let words = &view.texts[&text].value;
            let halves = ["abcde", "fghij"];
            let letter = words.chars().position(|it| halves[own].contains(it));
            let insert = [["Å", "ÄÖ"], ["å", "äö"]][own][usize::from(value % 2)];
            match letter.filter(|_| value.is_multiple_of(3)) {
                Some(at) => typed(view, text, at, 1, insert),
                None => typed(
                    view,
                    text,
                    usize::from(value) % (words.chars().count() + 1),
                    0,
                    insert,
                ),
            }
        }
    }
}

/// What a record says, field by field, as far as the two work on it.
fn fields(view: &View) -> [String; 5] {
    let (note, rule) = (&view.notes[&NOTE], &view.rules[&RULE]);
    [
        format!("{:?}", note.at),
        format!("{:?}", note.section),
        format!("{:?}", note.colour),
        format!("{:?}", rule.status),
        format!("{:?}", rule.supporters.contains(&ME)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_others_do_meanwhile_my_steps_go_back_and_theirs_stay(
        acts in proptest::collection::vec(act(), 0..40)
    ) {
        let mut pair = Pair::new();
        let start = fields(pair.me.board.view());
        let mut mine: BTreeSet<String> = BTreeSet::new();
        let mut theirs: BTreeSet<String> = BTreeSet::new();
        let mut their_steps: BTreeSet<u8> = BTreeSet::new();
        let mut their_letters = 0;
        for act in acts {
            match act {
                Act::Mine(what, value) => {
                    let command = command(&pair.me, what, value, true);
                    let before = fields(pair.me.board.view());
                    pair.does(command);
                    let after = fields(pair.me.board.view());
                    mine.extend(after.into_iter().filter(|it| !before.contains(it)));
                }
                Act::Theirs(what, value) => {
                    let command = command(&pair.other, what, value, false);
                    let before = fields(pair.other.board.view());
                    pair.other.all(&[command]);
                    their_steps.insert(what);
                    their_letters += usize::from(what >= 4) * (1 + usize::from(value % 2));
                    let after = fields(pair.other.board.view());
                    theirs.extend(after.into_iter().filter(|it| !before.contains(it)));
                }
                Act::Share => pair.share(),
            }
        }
        pair.share();
        let their_support = pair.me.board.view().rules[&RULE].supporters.contains(&PersonId([6; 16]));
        let last = fields(pair.me.board.view());
        while pair.go(Way::Back) {}
        let view = pair.me.board.view();
        let end = fields(view);
        for (last, end) in last.iter().zip(&end) {
            if theirs.contains(last) && !mine.contains(last) {
                prop_assert_eq!(last, end, "somebody else had the last word");
            }
        }
        for (index, (start, end)) in start.iter().zip(&end).enumerate() {
            let step = [0, 0, 1, 2, 9][index];
            if their_steps.contains(&step) {
                prop_assert!(!mine.contains(end) || theirs.contains(end) || end == start, "{end} is mine alone");
            } else {
                prop_assert_eq!(start, end);
            }
        }
        prop_assert_eq!(view.rules[&RULE].supporters.contains(&PersonId([6; 16])), their_support);
        let words = format!("{}{}", view.text(view.notes[&NOTE].text), view.text(view.rules[&RULE].text));
        prop_assert_eq!(words.matches(|it| "ÅÄÖ".contains(it)).count(), 0, "{}", words);
        prop_assert_eq!(words.matches(|it| "åäö".contains(it)).count(), their_letters, "{}", words);
        for letter in "abcde".chars() {
            prop_assert_eq!(words.matches(letter).count(), 2, "{} in {}", letter, words);
        }
        // What is on this device is what everybody sees.
        pair.share();
        prop_assert_eq!(plain(pair.other.board.view()), plain(pair.me.board.view()));
        let saved = pair.me.board.save();
        prop_assert_eq!(plain(Board::load(BOARD, &[&saved]).0.view()), plain(pair.me.board.view()));
    }
}
