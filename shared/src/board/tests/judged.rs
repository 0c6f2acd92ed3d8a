//! A scenario cross from its forces to its strategies: judged, taken as axes, tagged; taken back, read by all, archived.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::archive::{Archive, import_commands};
use crate::board::undo::{Undo, Way};
use crate::export::{Words, markdown, outline};
use crate::ids::CrossId;
use crate::records::{AxisPlace, Degree, Judgement, QuadrantPlace, Tag};
use crate::templates::Language;

const CROSS: CrossId = CrossId([8; 16]);
const STRATEGY: NoteId = NoteId([9; 16]);
const JUDGED: Judgement = Judgement {
    impact: 900,
    uncertainty: 100,
};

fn judge(judged: Option<Judgement>) -> Command {
    Command::Judge { id: NOTE, judged }
}

fn worked_through() -> Device {
    let mut device = Device::new(1);
    device.all(&[
        Command::AddSection {
            id: WALL,
            kind: SectionKind::Cross,
            title: "Framtid".to_owned(),
            after: None,
        },
        Command::AddCross {
            id: CROSS,
            section: WALL,
            texts: Vec::new(),
            horizon: Some(2035),
        },
        add_note(NOTE, "Fler äldre"),
        add_note(STRATEGY, "Utbilda egna"),
        judge(Some(JUDGED)),
        Command::SetForce {
            id: CROSS,
            axis: AxisPlace::Y,
            force: Some(NOTE),
        },
        Command::MoveNote {
            id: STRATEGY,
            section: WALL,
            quadrant: Some(QuadrantPlace::TopLeft),
            at: Position::default(),
        },
        Command::SetTag {
            id: STRATEGY,
            tag: Some(Tag::Strategy),
        },
    ]);
    device
}

#[test]
fn what_was_judged_taken_as_an_axis_and_tagged_is_read_by_others() {
    let device = worked_through();
    let mut other = Device::new(2);
    other.receive(&device.chunks());
    let view = other.board.view();
    assert_eq!(view.notes[&NOTE].judged, Some(JUDGED));
    assert_eq!(view.crosses[&CROSS].y.force, Some(NOTE));
    assert_eq!(view.crosses[&CROSS].x.force, None);
    assert_eq!(view.notes[&STRATEGY].tag, Some(Tag::Strategy));
}

#[test]
fn a_judgement_beyond_its_bounds_is_at_them() {
    let mut device = worked_through();
    device.all(&[judge(Some(Judgement {
        impact: 9_000,
        uncertainty: 1_001,
    }))]);
    let judged = device.board.view().notes[&NOTE].judged.unwrap();
    assert_eq!((judged.impact, judged.uncertainty), (1_000, 1_000));
    assert!(judged.matters_most() && !JUDGED.matters_most());
    let degrees = [0, 333, 334, 667, 1_000].map(Degree::of);
    use Degree::{High, Low, Middle};
    assert_eq!(degrees, [Low, Low, Middle, High, High]);
    assert!(Degree::ALL.iter().all(|it| Degree::of(it.middle()) == *it));
}

#[test]
fn a_judgement_that_makes_no_sense_is_none() {
    let device = worked_through();
    let chunk = foreign(&device, 3, |change| {
        let note = device
            .board
            .object_of((crate::board::home::Container::Notes, NOTE.0));
        change
            .put(note.unwrap(), "judged", vec![1_u8, 2, 3])
            .unwrap();
    });
    let mut other = Device::new(2);
    other.receive(&device.chunks());
    other.receive(&[chunk]);
    assert_eq!(other.board.view().notes[&NOTE].judged, None);
}

#[test]
fn each_of_the_three_is_taken_back_by_itself() {
    let steps = [
        judge(None),
        Command::SetForce {
            id: CROSS,
            axis: AxisPlace::Y,
            force: None,
        },
        Command::SetTag {
            id: STRATEGY,
            tag: None,
        },
    ];
    for step in steps {
        let mut device = worked_through();
        let before = plain(device.board.view());
        let mut undo = Undo::default();
        let done = device.all(&[step]);
        undo.did(done.deed, device.board.view());
        assert_ne!(plain(device.board.view()), before);
        let step = undo.take(Way::Back).unwrap();
        device.all(&[Command::TakeBack(Box::new(step.deed))]);
        assert_eq!(plain(device.board.view()), before);
    }
}

#[test]
fn the_archive_brings_all_of_it_to_another_board_and_the_list_says_it() {
    let device = worked_through();
    let archive = Archive::of(device.board.view(), "Framtid", &[], NOW);
    let parsed = Archive::parse(&archive.to_json()).unwrap();
    let mut board = Board::new(BoardId([1; 32]));
    let commands = import_commands(&mut rng(3), &parsed);
    board.commit(NOW, &mut rng(4), &commands).unwrap();
    let list = markdown(&outline(board.view(), "Framtid", Words::of(Language::Sv)));
    for said in [
        "från drivkraften: Fler äldre",
        "Påverkan: stor · Osäkerhet: liten",
        "Är: strategi",
    ] {
        assert!(list.contains(said), "{said} is not in {list}");
    }
}
