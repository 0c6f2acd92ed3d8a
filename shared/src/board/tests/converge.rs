//! Whatever several people do, in whatever order it arrives: all see the same, and what is kept current is what is
//! read anew.

use proptest::prelude::*;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::{Draft, Support, TextField, draft};
use crate::ids::{PersonId, RuleId};
use crate::records::{Judgement, Presence, RecordId, RuleStatus, Tag};

#[derive(Clone, Debug)]
enum Deed {
    /// A person does something; the numbers choose what to and how.
    Do {
        who: usize,
        what: u8,
        which: u8,
        value: u8,
    },
    /// One device gets some of another's changes, the newest first.
    Share { from: usize, to: usize, skip: u8 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let device = 0_usize..3;
    prop_oneof![
        3 => (device.clone(), any::<u8>(), 0_u8..3, any::<u8>())
            .prop_map(|(who, what, which, value)| Deed::Do { who, what, which, value }),
        1 => (device.clone(), device, 0_u8..4)
            .prop_map(|(from, to, skip)| Deed::Share { from, to, skip }),
    ]
}

/// A device and the view that its page keeps current by deltas alone.
struct Person {
    device: Device,
    page: View,
}

impl Person {
    fn apply(&mut self, delta: &super::super::Delta) {
        for change in &delta.texts {
            if let Some(old) = self.page.texts.get(&change.id) {
                let followed = draft::apply(&old.value, &change.splices);
                assert_eq!(followed.as_ref(), Some(&change.now.value));
                assert_eq!(change.now.revision, old.revision + 1);
            }
        }
        self.page.apply(delta);
        assert_eq!(&self.page, self.device.board.view());
    }

    fn take(&mut self, chunks: &[Vec<u8>]) {
        let receipt = self.device.receive(chunks);
        assert!(
            !receipt
                .verdicts
                .iter()
                .any(|it| matches!(it, Verdict::Held { .. }))
        );
        self.apply(&receipt.delta);
    }
}

fn command(view: &View, what: u8, which: u8, value: u8) -> Command {
    let note = NoteId([which; 16]);
    let rule = RuleId([which; 16]);
    let person = PersonId([value % 3; 16]);
    match what % 16 {
        0 => add_note(note, "en lapp"),
        1 => Command::AddRule {
            id: rule,
            section: WALL,
            text: "en regel".to_owned(),
            why: String::new(),
            shows_as: String::new(),
            author: None,
        },
        2 => Command::MoveNote {
            id: note,
            section: WALL,
            quadrant: None,
            at: Position {
                x: value.into(),
                y: 1,
            },
        },
        3 => Command::SetSupport {
            rule,
            person,
            support: if value.is_multiple_of(2) {
                Support::Given
            } else {
                Support::Withdrawn
            },
        },
        4 => Command::SetPresence {
            record: RecordId::Note(note),
            presence: if value.is_multiple_of(2) {
                Presence::OnBoard
            } else {
                Presence::InTrash
            },
        },
        5 => Command::SetRuleStatus {
            id: rule,
            status: RuleStatus::Agreed,
        },
        6 => Command::MoveRule {
            id: rule,
            after: (value.is_multiple_of(2)).then_some(RuleId([(which + 1) % 3; 16])),
        },
        7 => Command::SetText {
            field: TextField::NoteText(note),
            value: format!("ny {value}"),
        },
        8 => Command::SetPerson {
            id: person,
            name: format!("namn {value}"),
        },
        11 => Command::Judge {
            id: note,
            judged: (value > 9).then(|| Judgement::clamped(u16::from(value) * 4, 500)),
        },
        12 => Command::SetTag {
            id: note,
            tag: Tag::ALL.get(usize::from(value % 4)).copied(),
        },
        9 | 10 => Command::SetUnder {
            id: note,
            heading: (!value.is_multiple_of(4)).then_some(NoteId([value % 3; 16])),
        },
        _ => typing(view, note, value),
    }
}

fn typing(view: &View, note: NoteId, value: u8) -> Command {
    let text = view.notes.get(&note).and_then(|it| it.text);
    let known = text
        .and_then(|it| view.texts.get(&it))
        .cloned()
        .unwrap_or_default();
    let at = known.value.char_indices().nth(usize::from(value % 8));
    let at = at.map_or(known.value.len(), |(at, _)| at);
    let (before, after) = known.value.split_at(at);
    let after: String = after.chars().skip(usize::from(value % 3)).collect();
    Command::CommitDraft(Draft {
        text: text.unwrap_or(crate::ids::TextId([0; 16])),
        base_revision: Some(known.revision).filter(|_| value.is_multiple_of(2)),
        own: format!("{before}å{value}👩‍👧{after}"),
        base: known.value.clone(),
        edits: Vec::new(),
    })
}

fn live(deeds: Vec<Deed>) -> Vec<Person> {
    let wall = Device::new(99).one(add_wall());
    let mut people: Vec<Person> = (0..3)
        .map(|seed| {
            let device = Device::new(seed);
            let page = View::empty(BOARD);
            let mut person = Person { device, page };
            person.take(&[wall.clone()]);
            person
        })
        .collect();
    for deed in deeds {
        match deed {
            Deed::Do {
                who,
                what,
                which,
                value,
            } => {
                let person = &mut people[who];
                let command = command(person.device.board.view(), what, which, value);
                let Device { board, rng } = &mut person.device;
                // Many are about records that are not there (yet): those are refused, which changes nothing.
                if let Ok(committed) = board.commit(NOW, rng, &[command]) {
                    person.apply(&committed.delta);
                }
            }
            Deed::Share { from, to, skip } => {
                let mut chunks = people[from].device.chunks();
                chunks.reverse();
                let skip = usize::from(skip).min(chunks.len());
                people[to].take(&chunks[skip..]);
            }
        }
    }
    let all: Vec<Vec<u8>> = people.iter().flat_map(|it| it.device.chunks()).collect();
    people.iter_mut().for_each(|person| person.take(&all));
    people
}

/// Somebody with a note of their own.
fn stranger() -> Device {
    let mut device = Device::new(78);
    device.one(add_wall());
    device.one(add_note(NoteId([98; 16]), "redan här"));
    device
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everybody_sees_the_same_and_what_is_kept_current_is_what_is_read_anew(
        deeds in proptest::collection::vec(deed(), 0..40)
    ) {
        let people = live(deeds);
        let first = &people[0].device.board;
        for person in &people {
            let board = &person.device.board;
            prop_assert_eq!(board.heads(), first.heads());
            prop_assert_eq!(plain(board.view()), plain(first.view()));
            let saved = board.save();
            let (anew, report) = Board::load(BOARD, &[&saved]);
            prop_assert_eq!(report.held, []);
            prop_assert_eq!(plain(anew.view()), plain(first.view()));
            // A snapshot comes into an empty board, and into one that somebody has written on.
            for mut newcomer in [Device::new(77), stranger()] {
                let chunks = person.device.chunks();
                let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
                let receipt = newcomer.board.receive(&chunks);
                prop_assert_eq!(receipt.verdicts.len(), chunks.len());
                let held = |it: &Verdict| matches!(it, Verdict::Held { .. });
                prop_assert!(!receipt.verdicts.iter().any(held));
                let all = newcomer.board.changes_after(&[]);
                prop_assert!(board.changes_after(&[]).iter().all(|it| all.contains(it)));
                let kept = newcomer.board.view().clone();
                let chunks = newcomer.chunks();
                let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
                prop_assert_eq!(plain(Board::load(BOARD, &chunks).0.view()), plain(&kept));
                // And it goes on from there.
                newcomer.one(add_note(NoteId([99; 16]), "efteråt"));
            }
            let chunks = person.device.chunks();
            let chunks: Vec<&[u8]> = chunks.iter().rev().map(Vec::as_slice).collect();
            let (anew, report) = Board::load(BOARD, &chunks);
            prop_assert_eq!(report.waiting, []);
            prop_assert_eq!(plain(anew.view()), plain(first.view()));
        }
    }
}
