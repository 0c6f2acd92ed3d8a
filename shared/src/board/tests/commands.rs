//! Every command does what it says, in one change that any other device takes.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::{
    CommandError, Draft, MAX_OPERATIONS, MAX_RAW, Record, Restored, Splice, Support, TextField,
};
use crate::ids::{CrossId, PersonId, RuleId, TextId};
use crate::records::{CrossField, MAX_TEXT, Person, Presence, QuadrantPlace, RecordId, RuleStatus};

const RULE: RuleId = RuleId([3; 16]);
const OTHER_RULE: RuleId = RuleId([4; 16]);
const CROSS: CrossId = CrossId([5; 16]);
const ANNA: PersonId = PersonId([6; 16]);

fn add_rule(id: RuleId) -> Command {
    Command::AddRule {
        id,
        section: WALL,
        text: "Vi lyssnar klart".to_owned(),
        why: String::new(),
        shows_as: String::new(),
        author: Some(ANNA),
    }
}

/// Does commands one by one on one device, gives each change to another, and demands that both see the same.
fn shared(commands: Vec<Command>) -> View {
    let (mut one, mut other) = (Device::new(1), Device::new(2));
    for command in commands {
        let name = format!("{command:?}");
        let committed = one.all(&[command]);
        assert_eq!(committed.changes.len(), 1, "{name}");
        assert!(!committed.delta.is_empty(), "{name}");
        let (hash, chunk) = committed.changes.into_iter().next().unwrap();
        assert!(!one.board.records_of(&hash).is_empty(), "{name}");
        let receipt = other.receive(&[chunk]);
        assert_eq!(receipt.verdicts, [Verdict::Applied(hash)], "{name}");
        assert_eq!(plain(one.board.view()), plain(other.board.view()), "{name}");
    }
    plain(one.board.view())
}

#[test]
fn every_command_is_one_change_that_others_take() {
    let view = shared(vec![
        add_wall(),
        add_note(NOTE, "Hej å ä ö 👩‍👩‍👧"),
        Command::MoveNote {
            id: NOTE,
            section: WALL,
            quadrant: Some(QuadrantPlace::TopLeft),
            at: Position { x: -5, y: 7 },
        },
        Command::SetColour {
            id: NOTE,
            colour: Colour::Green,
        },
        add_rule(RULE),
        add_rule(OTHER_RULE),
        Command::SetRuleStatus {
            id: RULE,
            status: RuleStatus::Agreed,
        },
        Command::SetSupport {
            rule: RULE,
            person: ANNA,
            support: Support::Given,
        },
        Command::MoveRule {
            id: OTHER_RULE,
            after: None,
        },
        Command::AddCross {
            id: CROSS,
            section: WALL,
            texts: vec![(CrossField::XLow, "öppet".to_owned())],
            horizon: Some(2035),
        },
        Command::SetHorizon {
            id: CROSS,
            year: None,
        },
        Command::SetText {
            field: TextField::Cross(CROSS, CrossField::QuadrantStory(QuadrantPlace::BottomRight)),
            value: "Sagan".to_owned(),
        },
        Command::SetPerson {
            id: ANNA,
            name: "Anna".to_owned(),
        },
        Command::SetPresence {
            record: RecordId::Note(NOTE),
            presence: Presence::InTrash,
        },
    ]);
    let note = &view.notes[&NOTE];
    assert_eq!(note.at, Position { x: -5, y: 7 });
    assert_eq!(note.quadrant, Some(QuadrantPlace::TopLeft));
    assert_eq!(
        (note.colour, note.presence),
        (Colour::Green, Presence::InTrash)
    );
    assert_eq!(view.text(note.text), "Hej å ä ö 👩‍👩‍👧");
    assert!(view.rules[&RULE].supporters.contains(&ANNA));
    assert_eq!(view.rules[&RULE].status, RuleStatus::Agreed);
    let order: Vec<RuleId> = view.rules_of(WALL).iter().map(|it| it.id).collect();
    assert_eq!(order, [OTHER_RULE, RULE]);
    let cross = &view.crosses[&CROSS];
    assert_eq!(cross.horizon, None);
    assert_eq!(view.text(cross.x.low), "öppet");
    assert_eq!(view.text(cross.quadrants[3].story), "Sagan");
    assert!(CrossField::ALL.iter().all(|it| cross.text(*it).is_some()));
    assert_eq!(view.people[&ANNA].name, "Anna");
}

#[test]
fn a_rule_goes_to_another_section_and_is_last_there() {
    let mut device = Device::new(1);
    let other = SectionId([44; 16]);
    device.all(&[
        add_wall(),
        Command::AddSection {
            id: other,
            kind: SectionKind::Rules,
            title: "Gruppens regler".to_owned(),
            after: Some(WALL),
        },
        add_rule(RULE),
        Command::SetRuleSection {
            id: RULE,
            section: other,
        },
        add_rule(OTHER_RULE),
        Command::SetRuleSection {
            id: OTHER_RULE,
            section: other,
        },
    ]);
    let view = device.board.view();
    let order: Vec<RuleId> = view.rules_of(other).iter().map(|it| it.id).collect();
    assert_eq!(order, [RULE, OTHER_RULE]);
    assert!(view.rules_of(WALL).is_empty());
}

#[test]
fn a_batch_that_fits_is_one_change() {
    let mut device = Device::new(1);
    let committed = device.all(&[add_wall(), add_note(NOTE, "a"), add_rule(RULE)]);
    assert_eq!(committed.changes.len(), 1);
}

#[test]
fn what_changes_nothing_makes_no_change() {
    let (mut device, _) = Device::with_note(1);
    let committed = device.all(&[Command::SetColour {
        id: NOTE,
        colour: Colour::Pink,
    }]);
    assert_eq!(committed, Committed::default());
}

#[test]
fn a_batch_is_done_whole_or_not_at_all() {
    let (mut device, _) = Device::with_note(1);
    let before = plain(device.board.view());
    let unknown = NoteId([9; 16]);
    let batch = [
        add_note(NoteId([8; 16]), "b"),
        Command::SetColour {
            id: unknown,
            colour: Colour::Blue,
        },
    ];
    let error = device.board.commit(NOW, &mut rng(5), &batch).unwrap_err();
    assert_eq!(error, CommandError::Unknown(RecordId::Note(unknown)));
    assert_eq!(before, plain(device.board.view()));
    device.one(add_note(NoteId([8; 16]), "b"));
    let order: Vec<NoteId> = device
        .board
        .view()
        .notes_of(WALL)
        .iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(order, [NOTE, NoteId([8; 16])]);
}

#[test]
fn commands_that_cannot_be_done_say_why() {
    let (mut device, _) = Device::with_note(1);
    let mut error = |command| {
        device
            .board
            .commit(NOW, &mut rng(5), &[command])
            .unwrap_err()
    };
    assert_eq!(
        error(add_note(NOTE, "again")),
        CommandError::Exists(RecordId::Note(NOTE))
    );
    assert!(matches!(
        error(add_note(NoteId([9; 16]), &"ö".repeat(MAX_TEXT + 1))),
        CommandError::TooLong { units: 20_001, .. }
    ));
    assert!(matches!(
        error(Command::SetPerson {
            id: ANNA,
            name: "x".repeat(Person::MAX_NAME + 1)
        }),
        CommandError::TooLong { .. }
    ));
    let text = TextId([9; 16]);
    let draft = Draft {
        text,
        base_revision: None,
        base: String::new(),
        own: "a".to_owned(),
        edits: Vec::new(),
    };
    assert_eq!(
        error(Command::CommitDraft(draft)),
        CommandError::UnknownText(text)
    );
}

#[test]
fn the_longest_texts_are_split_into_changes_that_others_take() {
    // Each is the worst of its kind: many characters, many bytes, many UTF-16 units a character.
    for text in [
        "a".repeat(MAX_TEXT),
        "ö".repeat(MAX_TEXT),
        "👩".repeat(MAX_TEXT / 2),
    ] {
        let (mut one, mut other) = (Device::new(1), Device::new(2));
        let committed = one.all(&[add_wall(), add_note(NOTE, &text)]);
        assert!(committed.changes.len() > 1);
        let chunks: Vec<Vec<u8>> = committed.changes.into_iter().map(|it| it.1).collect();
        assert!(chunks.iter().all(|it| it.len() <= MAX_RAW));
        let receipt = other.receive(&chunks);
        assert!(
            receipt
                .verdicts
                .iter()
                .all(|it| matches!(it, Verdict::Applied(_)))
        );
        let view = other.board.view();
        assert_eq!(view.text(view.notes[&NOTE].text), text);
    }
}

#[test]
fn a_long_text_that_many_wrote_can_be_deleted_at_once() {
    let (mut one, chunks) = Device::with_note(1);
    let text = one.board.view().notes[&NOTE].text.unwrap();
    let mut other = Device::new(2);
    other.receive(&chunks);
    // A hundred people each write one word into it, each on a device of their own, one after the other.
    for person in 0..100_u64 {
        let mut writer = Device::new(1000 + person);
        writer.receive(&one.chunks());
        let base = writer.board.view().texts[&text].value.clone();
        let own = format!("ord{person} {base}");
        let chunk = writer.one(Command::CommitDraft(Draft {
            text,
            base_revision: None,
            base,
            own,
            edits: Vec::new(),
        }));
        one.receive(&[chunk]);
    }
    let base = one.board.view().texts[&text].value.clone();
    let committed = one.all(&[Command::CommitDraft(Draft {
        text,
        base_revision: Some(100),
        base,
        own: "slut".to_owned(),
        edits: Vec::new(),
    })]);
    assert!(committed.changes.len() > 1);
    let receipt = other.receive(&one.chunks());
    assert!(
        !receipt
            .verdicts
            .iter()
            .any(|it| matches!(it, Verdict::Held { .. }))
    );
    assert_eq!(other.board.view().texts[&text].value, "slut");
}

#[test]
fn large_batches_keep_every_limit() {
    let mut device = Device::new(1);
    let mut batch = vec![add_wall()];
    batch.extend((0..700_u16).map(|n| {
        let mut id = [7; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        add_note(NoteId(id), "åäö 🇸🇪")
    }));
    let committed = device.all(&batch);
    assert!(committed.changes.len() > 1);
    for (_, chunk) in &committed.changes {
        let chunk = crate::board::chunk::read(chunk).unwrap();
        assert!(chunk.operations.len() <= MAX_OPERATIONS && chunk.raw.len() <= MAX_RAW);
    }
    assert_eq!(device.board.view().notes_of(WALL).len(), 700);
}

#[test]
fn a_draft_edits_in_place_and_loses_nobody_s_words() {
    let (mut one, chunks) = Device::with_note(1);
    let mut other = Device::new(2);
    other.receive(&chunks);
    let text = one.board.view().notes[&NOTE].text.unwrap();
    let draft = |own: &str, base: &str| Draft {
        text,
        base_revision: Some(0),
        base: base.to_owned(),
        own: own.to_owned(),
        edits: Vec::new(),
    };
    let theirs = other.one(Command::CommitDraft(draft("hej där", "hej")));
    one.receive(&[theirs]);
    // The base of this draft is older than what has come.
    let committed = one.all(&[Command::CommitDraft(draft("åh hej", "hej"))]);
    assert_eq!(committed.changes.len(), 1);
    assert_eq!(one.board.view().texts[&text].value, "åh hej där");
    let change = &committed.delta.texts[0];
    assert_eq!(change.splices.len(), 1);
    assert_eq!(change.splices[0].insert, "åh ");
    other.receive(&[committed.changes[0].1.clone()]);
    assert_eq!(other.board.view().texts[&text].value, "åh hej där");
}

#[test]
fn a_text_set_as_a_whole_is_a_new_text() {
    let (mut device, _) = Device::with_note(1);
    let before = device.board.view().notes[&NOTE].text;
    device.one(Command::SetText {
        field: TextField::NoteText(NOTE),
        value: "nytt".to_owned(),
    });
    let view = device.board.view();
    let after = view.notes[&NOTE].text;
    assert_ne!(before, after);
    assert_eq!((view.text(before), view.text(after)), ("hej", "nytt"));
}

#[test]
fn a_restored_record_is_as_it_was() {
    let (mut from, _) = Device::with_note(1);
    from.one(add_rule(RULE));
    from.one(Command::SetSupport {
        rule: RULE,
        person: ANNA,
        support: Support::Given,
    });
    from.one(Command::SetPresence {
        record: RecordId::Rule(RULE),
        presence: Presence::InTrash,
    });
    let view = from.board.view();
    let commands: Vec<Command> = [
        RecordId::Section(WALL),
        RecordId::Note(NOTE),
        RecordId::Rule(RULE),
    ]
    .into_iter()
    .map(|id| {
        let record = view.record(id).unwrap();
        let texts = record.texts().into_iter();
        let texts = texts
            .map(|it| (it, view.text(Some(it)).to_owned()))
            .collect();
        Command::Restore(Box::new(Restored {
            record,
            texts,
            copy: None,
            archived: None,
        }))
    })
    .collect();
    let mut into = Device::new(2);
    let committed = into.all(&commands);
    assert_eq!(committed.changes.len(), 1);
    assert_eq!(plain(from.board.view()), plain(into.board.view()));
}

#[test]
fn a_restored_record_without_texts_gets_empty_ones() {
    let (mut device, _) = Device::with_note(1);
    let Some(Record::Note(mut note)) = device.board.view().record(RecordId::Note(NOTE)) else {
        panic!("no note");
    };
    note.id = NoteId([9; 16]);
    note.text = None;
    note.order = "nonsense".to_owned();
    let restored = Restored {
        record: Record::Note(note),
        texts: Vec::new(),
        copy: None,
        archived: None,
    };
    device.one(Command::Restore(Box::new(restored)));
    let note = &device.board.view().notes[&NoteId([9; 16])];
    assert_eq!(device.board.view().texts[&note.text.unwrap()].value, "");
    assert!(crate::board::order_key_is_valid(&note.order));
}

#[test]
fn order_survives_a_thousand_moves() {
    let mut device = Device::new(1);
    device.one(add_wall());
    let ids: Vec<RuleId> = (0..6_u8).map(|n| RuleId([n + 10; 16])).collect();
    let mut expected = ids.clone();
    device.all(&ids.iter().map(|id| add_rule(*id)).collect::<Vec<_>>());
    for turn in 0..1000_usize {
        // Always the two in the middle change places: the pattern that makes keys grow fastest.
        let moved = expected.remove(2 + turn % 2);
        let at = 3 - turn % 2;
        let after = expected[at - 1];
        expected.insert(at, moved);
        device.all(&[Command::MoveRule {
            id: moved,
            after: Some(after),
        }]);
        let view = device.board.view();
        let order: Vec<RuleId> = view.rules_of(WALL).iter().map(|it| it.id).collect();
        assert_eq!(order, expected, "turn {turn}");
    }
    let rules = device.board.view().rules.values();
    assert!(
        rules
            .clone()
            .all(|it| crate::board::order_key_is_valid(&it.order))
    );
    assert!(rules.map(|it| it.order.len()).max() <= Some(2 * 64 + 7));
}

#[test]
fn what_goes_between_equal_keys_moves_the_second() {
    let mut device = Device::new(1);
    device.one(add_wall());
    let ids: Vec<RuleId> = (0..3_u8).map(|n| RuleId([n + 10; 16])).collect();
    device.all(&ids.iter().map(|id| add_rule(*id)).collect::<Vec<_>>());
    // Two tablets put a rule in one gap at once: the same index, whatever the random bytes.
    let view = device.board.view();
    let index = view.rules[&ids[0]].order.split('-').next().unwrap();
    let equal = format!("{index}-ffffff");
    let object = device
        .board
        .object_of(crate::board::read::claim_of(RecordId::Rule(ids[1])));
    let chunk = foreign(&device, 0xee, |change| {
        change.put(object.unwrap(), "order", equal).unwrap();
    });
    device.receive(&[chunk]);
    device.one(Command::MoveRule {
        id: ids[2],
        after: Some(ids[0]),
    });
    let view = device.board.view();
    let order: Vec<RuleId> = view.rules_of(WALL).iter().map(|it| it.id).collect();
    assert_eq!(order, [ids[0], ids[2], ids[1]]);
}

#[test]
fn a_change_tells_which_records_it_touched() {
    let (mut device, chunks) = Device::with_note(1);
    assert_eq!(
        device.board.records_of(&hash(&chunks[1])),
        [RecordId::Note(NOTE)]
    );
    let text = device.board.view().notes[&NOTE].text.unwrap();
    let typed = device.one(Command::CommitDraft(Draft {
        text,
        base_revision: None,
        base: "hej".to_owned(),
        own: "hejsan".to_owned(),
        edits: Vec::new(),
    }));
    assert_eq!(
        device.board.records_of(&hash(&typed)),
        [RecordId::Note(NOTE)]
    );
}

#[test]
fn a_draft_whose_edits_are_known_is_committed_where_they_were_made() {
    let mut one = Device::new(1);
    let chunks = vec![
        one.one(add_wall()),
        one.one(add_note(NOTE, "Vi ses före lunch")),
    ];
    let mut other = Device::new(2);
    other.receive(&chunks);
    let text = one.board.view().notes[&NOTE].text.unwrap();
    let base = "Vi ses före lunch".to_owned();
    let away = other.one(Command::CommitDraft(Draft {
        text,
        base_revision: None,
        base: base.clone(),
        own: "Vi ses".to_owned(),
        edits: Vec::new(),
    }));
    let base_revision = Some(one.board.view().texts[&text].revision);
    one.receive(&[away]);
    // Its first space is new, which only who typed it can tell.
    let typed = Draft {
        text,
        base_revision,
        base,
        own: "Vi ses i dag före lunch".to_owned(),
        edits: vec![Splice {
            at: 6,
            delete: 0,
            insert: " i dag".to_owned(),
        }],
    };
    for base_revision in [base_revision, None] {
        let (mut device, draft) = (
            Device::new(3),
            Draft {
                base_revision,
                ..typed.clone()
            },
        );
        device.receive(&one.chunks());
        device.one(Command::CommitDraft(draft));
        assert_eq!(device.board.view().texts[&text].value, "Vi ses i dag");
    }
    one.one(Command::CommitDraft(typed));
    assert_eq!(one.board.view().texts[&text].value, "Vi ses i dag");
}
