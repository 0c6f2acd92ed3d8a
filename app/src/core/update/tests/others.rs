//! What others do: said in one sentence after a while, and shown where they write, unless somebody wants it otherwise.

use super::*;
use crate::core::effect::Preference;
use crate::core::event::Others;
use crate::core::news::{APART, FIRST, Kind, What};

fn delta(records: Vec<Record>) -> Event {
    Event::Worker(FromWorker::Delta(Delta {
        records,
        ..Delta::default()
    }))
}

fn somebodys_note(id: u8) -> Record {
    Record::Note(Note {
        id: NoteId([id; 16]),
        text: None,
        author: Some(PersonId([8; 16])),
        ..note()
    })
}

fn timers(effects: &[Effect]) -> Vec<u32> {
    let timers = effects.iter().filter_map(|effect| match effect {
        Effect::After {
            millis,
            timer: Timer::News,
        } => Some(*millis),
        _ => None,
    });
    timers.collect()
}

fn said(model: &Model) -> Vec<(Kind, What, u32)> {
    model.board().unwrap().news.said.clone()
}

/// So many people, all writing in the note.
fn writing(count: u8) -> Event {
    let peer = |n: u8| Peer {
        presence: PresenceId([n; 16]),
        person: PersonId([n; 16]),
        name: String::new(),
        section: Some(WALL),
        draft: Some(PeerDraft {
            text: WORDS,
            revision: 1,
            value: "hej då".into(),
            caret: Some(2),
        }),
    };
    Event::Worker(FromWorker::Peers((0..count).map(peer).collect()))
}

fn shown_as_writing(model: &Model) -> usize {
    model.board().unwrap().writers(FIELD).count()
}

#[test]
fn what_others_did_is_said_in_one_sentence_after_a_while() {
    let mut model = on_board(Role::Participant);
    let effects = update(&mut model, delta(vec![somebodys_note(20)]));
    assert_eq!(timers(&effects), [FIRST]);
    let more = (21..23).map(somebodys_note).collect();
    assert!(timers(&update(&mut model, delta(more))).is_empty());
    update(&mut model, text_changed("hej alla", 2));
    assert!(said(&model).is_empty());
    let effects = update(&mut model, Event::Elapsed(Timer::News));
    assert!(effects.contains(&Effect::Show(Part::News)));
    assert_eq!(timers(&effects), [APART]);
    let sentence = [(Kind::Note, What::New, 3), (Kind::Note, What::Changed, 1)];
    assert_eq!(said(&model), sentence);
}

#[test]
fn the_persons_own_steps_are_no_news() {
    let mut model = on_board(Role::Participant);
    let to = Destination {
        section: WALL,
        quadrant: None,
    };
    update(&mut model, Event::NoteWanted(to));
    let notes = &model.board().unwrap().view.notes;
    let mine = notes.values().find(|it| it.id != NOTE).unwrap().clone();
    // The worker answers with the words' place and the note's.
    let echo = Note {
        text: Some(TextId([16; 16])),
        order: "81-000000".into(),
        ..mine
    };
    assert!(timers(&update(&mut model, delta(vec![Record::Note(echo)]))).is_empty());
    // Carried along the wall by somebody: who hears the screen needs no word for it.
    let carried = Note {
        at: Position { x: 7, y: 7 },
        ..note()
    };
    assert!(timers(&update(&mut model, delta(vec![Record::Note(carried)]))).is_empty());
    // Taken back by the person: the worker says what changed, and then that it was theirs.
    let back = Note {
        colour: Colour::Pink,
        ..note()
    };
    update(&mut model, delta(vec![Record::Note(back)]));
    let went = FromWorker::Went {
        way: samsyn_shared::board::undo::Way::Back,
        about: None,
        records: vec![RecordId::Note(NOTE)],
    };
    update(&mut model, Event::Worker(went));
    update(&mut model, Event::Elapsed(Timer::News));
    assert!(said(&model).is_empty());
}

#[test]
fn where_others_write_is_not_shown_to_who_switched_it_off() {
    let mut model = on_board(Role::Participant);
    update(&mut model, writing(2));
    assert_eq!(shown_as_writing(&model), 2);
    let effects = update(&mut model, Event::OthersChosen(Others::Hidden));
    assert!(effects.contains(&Effect::Remember(Preference::Others(Others::Hidden))));
    assert!(effects.contains(&Effect::Show(Part::Text(FIELD))));
    assert_eq!(shown_as_writing(&model), 0);
    assert!(model.board().unwrap().carets(FIELD).is_empty());
    assert_eq!(shown(&model), "hej då", "their letters come all the same");
    // It stays so for the next board.
    update(
        &mut model,
        Event::Worker(FromWorker::Opened(Box::new(open(Role::Participant)))),
    );
    update(&mut model, writing(2));
    assert_eq!(shown_as_writing(&model), 0);
    update(&mut model, Event::OthersChosen(Others::Shown));
    assert_eq!(shown_as_writing(&model), 2);
}

#[test]
fn where_others_write_is_not_shown_while_very_many_do() {
    let mut model = on_board(Role::Participant);
    update(&mut model, writing(12));
    assert_eq!(shown_as_writing(&model), 12);
    let effects = update(&mut model, writing(13));
    assert!(effects.contains(&Effect::Show(Part::Text(FIELD))));
    assert_eq!(shown_as_writing(&model), 0);
    update(&mut model, writing(10));
    assert_eq!(shown_as_writing(&model), 0, "it does not flicker");
    update(&mut model, writing(8));
    assert_eq!(shown_as_writing(&model), 8);
}

/// Somebody writes behind what the person has been writing in front, and their letters still stand on the text before
/// it: beside it they would look as if the person's words had been deleted, and take the caret along.
#[test]
fn letters_of_others_that_stand_on_an_older_text_do_not_move_the_caret() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::TextEntered(FIELD));
    let write = |model: &mut Model, shown: &str, value: &str, caret: u32| {
        let event = Event::Typed {
            field: FIELD,
            shown: shown.into(),
            value: value.into(),
            selection: Selection::caret(caret),
        };
        update(model, event);
    };
    write(&mut model, "hej", "Vi sa hej", 6);
    update(&mut model, writing(1));
    assert_eq!(shown(&model), "Vi sa hej då");
    let committed = FromWorker::DraftCommitted {
        text: WORDS,
        own: "Vi sa hej".into(),
        now: value("Vi sa hej", 2),
    };
    update(&mut model, Event::Worker(committed));
    let (now, caret) = model.board().unwrap().shown(FIELD);
    assert_eq!(caret, Some(Selection::caret(6)));
    write(&mut model, &now, &now.replace("sa ", "sa: "), 7);
    let (now, caret) = model.board().unwrap().shown(FIELD);
    assert_eq!(
        (now.as_str(), caret),
        ("Vi sa: hej", Some(Selection::caret(7)))
    );
    update(&mut model, writing(1));
    assert_eq!(
        shown(&model),
        "Vi sa: hej",
        "what was said of the older text"
    );
}
