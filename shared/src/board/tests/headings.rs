//! Notes under headings: what counts as one, what a board does with it, and that everybody reads the same.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::undo::{Undo, Way};
use crate::board::{CommandError, Headings};
use crate::export::{Words, markdown, section_outline};
use crate::records::{Presence, RecordId};
use crate::templates::Language;
use crate::wall::{NOTE_WIDTH, width};

const HEADING: NoteId = NoteId([7; 16]);
const SECOND: SectionId = SectionId([4; 16]);

fn id(number: u8) -> NoteId {
    NoteId([number; 16])
}

fn under(note: NoteId, heading: NoteId) -> Command {
    Command::SetUnder {
        id: note,
        heading: Some(heading),
    }
}

/// A wall with a heading and so many other notes, numbered from 10, all of them under it.
fn sorted(notes: u8) -> Device {
    let mut device = Device::new(1);
    let mut commands = vec![add_wall(), add_note(HEADING, "Personal")];
    commands.push(Command::AddSection {
        id: SECOND,
        kind: SectionKind::Notes,
        title: String::new(),
        after: Some(WALL),
    });
    for number in 0..notes {
        commands.push(add_note(id(10 + number), &format!("lapp {number}")));
        commands.push(under(id(10 + number), HEADING));
    }
    device.all(&commands);
    device
}

fn heading_of(device: &Device, note: NoteId) -> Option<NoteId> {
    let view = device.board.view();
    view.heading_of(&view.notes[&note]).map(|it| it.id)
}

fn groups(device: &Device) -> Headings {
    let view = device.board.view();
    Headings::of(view, |note| view.text(note.text))
}

#[test]
fn a_note_is_under_the_heading_it_was_put_under_until_it_is_taken_out() {
    let mut device = sorted(1);
    assert_eq!(heading_of(&device, id(10)), Some(HEADING));
    device.all(&[Command::SetUnder {
        id: id(10),
        heading: None,
    }]);
    assert_eq!(heading_of(&device, id(10)), None);
}

#[test]
fn a_note_leaves_its_heading_behind_when_it_goes_to_another_section() {
    let mut device = sorted(1);
    let go = |section| Command::MoveNote {
        id: id(10),
        section,
        quadrant: None,
        at: Position { x: 1, y: 2 },
    };
    device.all(&[go(WALL)]);
    assert_eq!(heading_of(&device, id(10)), Some(HEADING));
    device.all(&[go(SECOND)]);
    device.all(&[go(WALL)]);
    assert_eq!(heading_of(&device, id(10)), None);
}

#[test]
fn what_is_no_heading_counts_as_none() {
    let mut device = sorted(3);
    // Under itself, and in a ring.
    device.all(&[under(id(10), id(10))]);
    assert_eq!(heading_of(&device, id(10)), None);
    device.all(&[under(id(10), id(11)), under(id(11), id(10))]);
    assert_eq!(heading_of(&device, id(10)), None);
    assert_eq!(heading_of(&device, id(11)), None);
    // A heading that is under another one itself.
    device.all(&[under(id(11), HEADING)]);
    assert_eq!(heading_of(&device, id(11)), Some(HEADING));
    assert_eq!(heading_of(&device, id(10)), None);
    // A heading in the trash; back from there it is one again.
    let gone = |presence| Command::SetPresence {
        record: RecordId::Note(HEADING),
        presence,
    };
    device.all(&[gone(Presence::InTrash)]);
    assert_eq!(heading_of(&device, id(12)), None);
    assert_eq!(heading_of(&device, id(10)), Some(id(11)));
    device.all(&[gone(Presence::OnBoard)]);
    assert_eq!(heading_of(&device, id(12)), Some(HEADING));
    // A heading in another section.
    device.all(&[Command::MoveNote {
        id: HEADING,
        section: SECOND,
        quadrant: None,
        at: Position::default(),
    }]);
    assert_eq!(heading_of(&device, id(12)), None);
}

#[test]
fn nothing_is_put_under_a_note_that_nobody_knows() {
    let mut device = sorted(1);
    let unknown = RecordId::Note(id(99));
    let refused = device
        .board
        .commit(NOW, &mut rng(2), &[under(id(10), id(99))]);
    assert_eq!(refused.unwrap_err(), CommandError::Unknown(unknown));
}

#[test]
fn sorting_is_one_step_and_taken_back_as_one() {
    let mut device = sorted(0);
    device.all(&[add_note(id(10), "a"), add_note(id(11), "b")]);
    let before = plain(device.board.view());
    let mut undo = Undo::default();
    let done = device.all(&[under(id(10), HEADING), under(id(11), HEADING)]);
    undo.did(done.deed, device.board.view());
    let sorted = plain(device.board.view());
    let step = undo.take(Way::Back).unwrap();
    let done = device.all(&[Command::TakeBack(Box::new(step.deed))]);
    assert_eq!(plain(device.board.view()), before);
    device.all(&[Command::TakeBack(Box::new(done.deed))]);
    assert_eq!(plain(device.board.view()), sorted);
}

#[test]
fn two_people_who_sort_at_once_agree_and_leave_no_gap() {
    let (mut one, mut other) = (sorted(3), Device::new(2));
    other.receive(&one.chunks());
    let theirs = other.one(under(id(10), id(11)));
    let ours = one.one(Command::MoveNote {
        id: HEADING,
        section: WALL,
        quadrant: None,
        at: Position { x: 500, y: 0 },
    });
    one.receive(&[theirs]);
    other.receive(&[ours]);
    assert_eq!(plain(one.board.view()), plain(other.board.view()));
    assert_eq!(groups(&one), groups(&other));
    // Its new heading is under one itself, and so it hangs loose.
    let groups = groups(&one);
    assert_eq!(groups.heading(id(10)), None);
    assert_eq!(groups.members(HEADING).unwrap().notes, [id(11), id(12)]);
}

#[test]
fn what_is_under_a_heading_hangs_below_it_and_covers_nothing_of_it() {
    for count in [1, 4, 5, 9, 30] {
        let device = sorted(count);
        let view = device.board.view();
        let groups = groups(&device);
        let members = groups.members(HEADING).unwrap();
        assert_eq!(members.notes.len(), usize::from(count));
        let rooms: Vec<_> = view
            .notes
            .values()
            .flat_map(|note| groups.room(view, note, view.text(note.text)))
            .map(|room| room.area())
            .collect();
        for (index, room) in rooms.iter().enumerate() {
            let others = rooms.iter().enumerate().filter(|(it, _)| *it != index);
            for (_, other) in others {
                let apart = room.right <= other.left
                    || other.right <= room.left
                    || room.bottom <= other.top
                    || other.bottom <= room.top;
                assert!(apart, "{count}: {room:?} {other:?}");
            }
        }
        let heading = view.notes[&HEADING].at;
        let right = rooms.iter().map(|it| it.right).fold(0.0, f64::max);
        let bottom = rooms.iter().map(|it| it.bottom).fold(0.0, f64::max);
        assert_eq!(right, f64::from(heading.x + width(members.columns)));
        assert_eq!(bottom, f64::from(heading.y + members.height));
        assert!(width(members.columns) >= NOTE_WIDTH);
    }
}

#[test]
fn the_list_has_loose_notes_first_and_then_each_heading_with_its_notes() {
    let mut device = sorted(2);
    device.all(&[add_note(id(30), "lös")]);
    let view = device.board.view();
    let words = Words::of(Language::Sv);
    let wall = &view.sections[&WALL];
    let list = markdown(&section_outline(view, wall, words));
    let lines: Vec<&str> = list
        .lines()
        .filter(|it| !it.is_empty() && !it.contains("Färg"))
        .collect();
    assert_eq!(
        lines,
        [
            "## Vägg",
            "- lös\\",
            "### Personal",
            "- lapp 0\\",
            "- lapp 1\\"
        ]
    );
}
