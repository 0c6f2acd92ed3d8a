//! The steps of a scenario cross.

use samsyn_shared::records::{AxisPlace, Judgement, QuadrantPlace, Tag};

use super::*;
use crate::core::steps::CrossStep;

const FORCE: NoteId = NoteId([15; 16]);
const ID: CrossId = CrossId([8; 16]);

/// A cross with one force.
fn with_force() -> Model {
    let mut model = on_board(Role::Participant);
    let force = Note {
        id: FORCE,
        section: CROSS,
        ..note()
    };
    let empty = Axis::default();
    let cross = Cross {
        id: ID,
        section: CROSS,
        question: None,
        horizon: None,
        x: empty,
        y: empty,
        quadrants: [Quadrant::default(); 4],
        made: UnixMillis(0),
        presence: Presence::OnBoard,
    };
    let delta = Delta {
        records: vec![Record::Note(force), Record::Cross(cross)],
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    model
}

fn judged(model: &Model) -> Option<Judgement> {
    model.board().unwrap().view.notes[&FORCE].judged
}

fn nudged(direction: Direction) -> Event {
    Event::ForceNudged {
        note: FORCE,
        direction,
        stride: Stride::Leap,
    }
}

#[test]
fn the_step_is_kept_by_the_device_and_known_at_the_next_visit() {
    let mut model = with_force();
    assert_eq!(model.step(CROSS), CrossStep::Scenarios);
    let step = CrossStep::Axes;
    let section = CROSS;
    let effects = update(&mut model, Event::StepChosen { section, step });
    let kept = effects.iter().find_map(|effect| match effect {
        Effect::KeepSteps(kept) => Some(kept.clone()),
        _ => None,
    });
    let mut next = Model::default();
    let start = StartEvent {
        steps: kept.unwrap(),
        ..StartEvent::default()
    };
    update(&mut next, Event::Start(Box::new(start)));
    assert_eq!(next.step(CROSS), CrossStep::Axes);
}

#[test]
fn arrow_keys_judge_a_force_and_stop_at_the_edges() {
    let mut model = with_force();
    update(&mut model, nudged(Direction::Up));
    assert_eq!(judged(&model), Some(Judgement::clamped(500, 500)));
    for _ in 0..9 {
        update(&mut model, nudged(Direction::Up));
    }
    update(&mut model, nudged(Direction::Left));
    assert_eq!(judged(&model), Some(Judgement::clamped(1_000, 400)));
    let effects = update(&mut model, nudged(Direction::Up));
    assert!(effects.is_empty(), "there is nothing to tell anybody");
}

#[test]
fn a_force_that_becomes_an_axis_names_it_only_if_it_has_no_name() {
    let mut model = with_force();
    let take = |axis| Event::AxisTaken {
        section: CROSS,
        axis,
        force: Some(FORCE),
    };
    let effects = update(&mut model, take(AxisPlace::X));
    let steps = steps(&effects);
    assert_eq!((steps.len(), steps[0].len()), (1, 2));
    let named = Command::SetText {
        field: TextField::Cross(ID, AxisPlace::X.name()),
        value: "hej".into(),
    };
    assert_eq!(steps[0][1], named);
    let name = TextId([30; 16]);
    let mut cross = model.board().unwrap().view.crosses[&ID].clone();
    cross.y.name = Some(name);
    let delta = Delta {
        records: vec![Record::Cross(cross)],
        texts: vec![TextChange {
            id: name,
            now: value("Bemanning", 1),
            splices: Vec::new(),
        }],
        ..Delta::default()
    };
    update(&mut model, Event::Worker(FromWorker::Delta(delta)));
    let effects = update(&mut model, take(AxisPlace::Y));
    assert_eq!(commands(&effects).len(), 1);
}

#[test]
fn a_new_strategy_is_one_step() {
    let mut model = with_force();
    let to = Destination {
        section: CROSS,
        quadrant: Some(QuadrantPlace::TopLeft),
    };
    let tag = Tag::Strategy;
    let effects = update(&mut model, Event::TaggedWanted { to, tag });
    let steps = steps(&effects);
    assert_eq!((steps.len(), steps[0].len()), (1, 2));
    let board = model.board().unwrap();
    let made = board.editing.unwrap();
    assert_eq!(board.view.notes[&made].tag, Some(Tag::Strategy));
}

#[test]
fn writing_in_a_force_goes_to_a_step_that_shows_its_text() {
    let mut model = with_force();
    let section = CROSS;
    for (from, to) in [
        (CrossStep::Field, CrossStep::Forces),
        (CrossStep::Scenarios, CrossStep::Scenarios),
    ] {
        let step = from;
        update(&mut model, Event::StepChosen { section, step });
        update(&mut model, Event::NoteOpened(FORCE));
        assert_eq!(model.step(CROSS), to);
    }
}
