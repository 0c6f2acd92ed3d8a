//! Comparing rules, as the page sees it.

use samsyn_shared::board::merge::Carry;
use samsyn_shared::compare::{Comparison, RuleText};

use super::*;
use crate::core::event::CompareEvent;
use crate::core::messages::{CompareWith, Compared};

fn compare(with: CompareWith) -> ToWorker {
    ToWorker::Compare(Some(with))
}

fn looking(model: &Model) -> Option<bool> {
    Some(model.board()?.compare.as_ref()?.looking)
}

#[test]
fn a_file_chosen_while_comparing_is_compared_and_opens_no_board() {
    let mut model = on_board(Role::Observer);
    let effects = update(&mut model, Event::PageChosen(Page::Compare));
    assert!(told(&effects).contains(&ToWorker::ListBoards));
    let bytes = vec![1, 2];
    let effects = update(&mut model, Event::FileChosen { bytes: vec![1, 2] });
    assert_eq!(told(&effects), [compare(CompareWith::File(bytes))]);
    assert_eq!(looking(&model), Some(true));
    update(
        &mut model,
        Event::Worker(FromWorker::Failed(Failure::FileUnknown)),
    );
    assert_eq!(looking(&model), Some(false));
    assert_eq!(model.board().unwrap().page, Page::Compare);

    let effects = update(&mut model, Event::PageChosen(Page::Section(RULES)));
    assert!(told(&effects).contains(&ToWorker::Compare(None)));
    assert_eq!(looking(&model), None);
    let effects = update(&mut model, Event::FileChosen { bytes: vec![3] });
    assert!(told(&effects).contains(&ToWorker::Import { bytes: vec![3] }));
}

#[test]
fn a_comparison_is_copied_as_text_with_a_name_for_a_board_without_one() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::PageChosen(Page::Compare));
    let pasted = "https://tavla.example/#kod".to_owned();
    let effects = update(&mut model, Event::Compare(CompareEvent::Link(pasted)));
    assert_eq!(told(&effects), [compare(CompareWith::Link("kod".into()))]);
    let rule = RuleText {
        text: "Vi lyssnar".into(),
        why: String::new(),
        status: RuleStatus::Agreed,
    };
    let found = Compared {
        titles: ["Ledningsgruppen".into(), String::new()],
        found: Comparison {
            shared: vec![rule],
            ..Comparison::default()
        },
        worded: Vec::new(),
    };
    update(
        &mut model,
        Event::Worker(FromWorker::Compared(Box::new(found))),
    );
    let effects = update(&mut model, Event::Compare(CompareEvent::Copied));
    let text =
        "Spelregler sida vid sida: Ledningsgruppen – Ny tavla\n\nGemensamma (1)\n\n• Vi lyssnar\n";
    assert_eq!(effects, [Effect::Copy(text.into())]);
    let effects = update(&mut model, Event::Compare(CompareEvent::Link("/".into())));
    assert_eq!(told(&effects), []);
    assert_eq!(model.notices.last().unwrap().kind, NoticeKind::NotALink);
}

#[test]
fn what_was_compared_stays_when_the_next_thing_does_not_read_and_goes_when_it_does_not_come() {
    let mut model = on_board(Role::Participant);
    update(&mut model, Event::PageChosen(Page::Compare));
    let found = Compared {
        titles: ["Ett".into(), "Två".into()],
        found: Comparison::default(),
        worded: Vec::new(),
    };
    update(
        &mut model,
        Event::Worker(FromWorker::Compared(Box::new(found))),
    );
    let is_found = |model: &Model| {
        model
            .board()
            .unwrap()
            .compare
            .as_ref()
            .unwrap()
            .found
            .is_some()
    };
    for (failure, stays) in [
        (Failure::FileUnknown, true),
        (Failure::BoardOutOfReach, false),
    ] {
        update(&mut model, Event::FileChosen { bytes: vec![1] });
        update(&mut model, Event::Worker(FromWorker::Failed(failure)));
        assert_eq!((is_found(&model), looking(&model)), (stays, Some(false)));
    }
}

#[test]
fn the_next_board_is_asked_for_while_the_open_one_is_still_there_to_copy_from() {
    let mut model = on_board(Role::Observer);
    update(&mut model, Event::Dialog(Some(Dialog::Carry)));
    let (carry, title) = (Carry::default(), "  ".to_owned());
    let effects = update(&mut model, Event::CarryWanted { carry, title });
    let (carry, title) = (Carry::default(), "Ny tavla".to_owned());
    assert_eq!(told(&effects), [ToWorker::CarryOver { carry, title }]);
    assert!(matches!(model.screen, Screen::Opening(_)));
    assert_eq!(model.dialog, None);
    let (carry, title) = (Carry::default(), String::new());
    assert_eq!(update(&mut model, Event::CarryWanted { carry, title }), []);
}
