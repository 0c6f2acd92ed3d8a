//! A board that had to be built again is what its changes say, and nothing of what it was before is left in it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::{Draft, draft};
use crate::ids::RuleId;

fn add_rule(id: u8) -> Command {
    Command::AddRule {
        id: RuleId([id; 16]),
        section: WALL,
        text: "Vi lyssnar klart".to_owned(),
        why: String::new(),
        shows_as: String::new(),
        author: None,
    }
}

fn typing(device: &Device, own: &str) -> Command {
    let text = device.board.view().notes[&NOTE].text.unwrap();
    let base = device.board.view().texts[&text].clone();
    Command::CommitDraft(Draft {
        text,
        base_revision: Some(base.revision),
        base: base.value,
        own: own.to_owned(),
        edits: Vec::new(),
    })
}

#[test]
fn a_board_built_again_is_the_same_board() {
    let (mut device, _) = Device::with_note(1);
    let before = (device.board.heads(), plain(device.board.view()));
    assert_eq!(device.board.rebuild().0, []);
    assert_eq!(before, (device.board.heads(), plain(device.board.view())));
    device.one(add_note(NoteId([5; 16]), "efter"));
}

#[test]
fn what_is_held_leaves_no_gap_in_the_order() {
    let (mut device, _) = Device::with_note(1);
    let first = device.one(add_rule(1));
    device.one(add_rule(2));
    device.one(add_rule(3));
    // As if automerge had refused it: what builds on it is held when the board is built again.
    let reason = "for this test".to_owned();
    device.board.outside.refuse(hash(&first), reason);
    let (verdicts, _) = device.board.rebuild();
    assert_eq!(verdicts.len(), 2);
    assert_eq!(device.board.view().rules.len(), 1);
    // The next one goes right behind what is left, as on a device that never had the others.
    device.one(add_rule(4));
    let (mut other, _) = Device::with_note(1);
    other.one(add_rule(1));
    other.one(add_rule(4));
    let index = |device: &Device| {
        let order = &device.board.view().rules[&RuleId([4; 16])].order;
        order.split_once('-').unwrap().0.to_owned()
    };
    assert_eq!(index(&device), index(&other));
}

#[test]
fn a_text_forgets_how_it_came_about_and_its_drafts_go_on() {
    let (mut device, _) = Device::with_note(1);
    device.one(typing(&device, "hej du"));
    device.one(typing(&device, "hej du där"));
    let text = device.board.view().notes[&NOTE].text.unwrap();
    let before = device.board.view().texts[&text].clone();
    let (_, delta) = device.board.rebuild();
    let log = &device.board.text_log;
    assert_eq!(log.since(text, 0, before.revision), None);
    // A page that follows the delta is in step, and its draft of before is still taken.
    let change = delta.texts.iter().find(|it| it.id == text).unwrap();
    assert_eq!(change.now.revision, before.revision + 1);
    let followed = draft::apply(&before.value, &change.splices);
    assert_eq!(followed.as_ref(), Some(&change.now.value));
    assert_eq!(device.board.view().texts[&text], change.now);
    let open = Command::CommitDraft(Draft {
        text,
        base_revision: Some(before.revision),
        base: before.value,
        own: "hej du där!".to_owned(),
        edits: Vec::new(),
    });
    device.one(open);
    assert_eq!(device.board.view().texts[&text].value, "hej du där!");
}
