//! What a participant with a valid link and a program of their own can send, and what then happens: nothing.

use automerge::ObjType;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::home::{self, Container};
use crate::board::{MAX_WAITING, chunk, genesis};
use crate::records::RecordId;

const MALLORY: u8 = 0xee;

fn notes() -> automerge::ObjId {
    home::container(&BOARD, Container::Notes)
}

/// A change of somebody else that is in order, to be altered.
fn decent(device: &Device) -> Vec<u8> {
    foreign(device, MALLORY, |change| {
        change.put_object(notes(), "00", ObjType::Map).unwrap();
    })
}

/// Demands that a device still works: it commits, saves, opens what it saved, and others take its changes.
fn still_works(device: &mut Device) {
    device.one(add_note(NoteId([0x77; 16]), "efter"));
    let saved = device.board.save();
    let (again, report) = Board::load(BOARD, &[&saved]);
    assert_eq!(report.held, []);
    assert_eq!(plain(again.view()), plain(device.board.view()));
}

fn refused(chunk: impl FnOnce(&Device) -> Vec<u8>, reason: &str) {
    let (mut device, _) = Device::with_note(1);
    let chunk = chunk(&device);
    let said = held(&mut device, chunk);
    assert!(said.contains(reason), "{said}");
    still_works(&mut device);
}

#[test]
fn a_decent_change_of_a_stranger_is_taken() {
    let (mut device, _) = Device::with_note(1);
    let chunk = decent(&device);
    let verdicts = device.receive(&[chunk.clone()]).verdicts;
    assert_eq!(verdicts, [Verdict::Applied(hash(&chunk))]);
    still_works(&mut device);
}

#[test]
fn operations_that_start_near_the_end_of_counting_are_held() {
    let far = |device: &Device| {
        altered(&decent(device), |it| {
            it.start_op = (u64::from(u32::MAX) - 1).try_into().unwrap()
        })
    };
    refused(far, "counter");
    let high =
        |device: &Device| altered(&decent(device), |it| it.start_op = 1000.try_into().unwrap());
    refused(high, "its operations start at 1000");
}

#[test]
fn operations_that_start_at_one_with_later_dependencies_are_held() {
    let early =
        |device: &Device| altered(&decent(device), |it| it.start_op = 1.try_into().unwrap());
    // The container it names is then no earlier operation, which the reader sees first.
    refused(early, "later operation");
    let low = |device: &Device| altered(&decent(device), |it| it.start_op = 15.try_into().unwrap());
    refused(low, "its operations start at 15");
}

#[test]
fn a_gap_in_an_actor_s_numbers_is_held() {
    refused(
        |device| altered(&decent(device), |it| it.seq = 7),
        "former change",
    );
}

#[test]
fn a_number_whose_former_change_is_no_direct_dependency_is_held() {
    let (mut device, _) = Device::with_note(1);
    let first = decent(&device);
    device.receive(&[first.clone()]);
    let second = foreign(&device, MALLORY, |change| {
        change.put_object(notes(), "01", ObjType::Map).unwrap();
    });
    device.one(add_note(NoteId([5; 16]), "emellan"));
    let third = foreign(&device, 0xdd, |change| {
        change.put_object(notes(), "02", ObjType::Map).unwrap();
    });
    let stolen = altered(&third, |it| {
        it.actor_id = ActorId::from([MALLORY; 16].as_slice());
        it.seq = 2;
    });
    assert!(held(&mut device, stolen).contains("former change"));
    let verdicts = device.receive(&[second.clone()]).verdicts;
    assert_eq!(verdicts, [Verdict::Applied(hash(&second))]);
    still_works(&mut device);
}

#[test]
fn a_second_change_with_one_number_is_held() {
    let (mut device, _) = Device::with_note(1);
    let first = decent(&device);
    let twin = altered(&first, |it| it.time = 99);
    device.receive(&[first]);
    assert!(held(&mut device, twin).contains("second change"));
    still_works(&mut device);
}

#[test]
fn three_hundred_thousand_operations_in_few_bytes_are_held_before_they_unfold() {
    let (mut device, _) = Device::with_note(1);
    // Runs of 300,000 equal operations: a few bytes each.
    let many = [0xe0, 0xa7, 0x12];
    let column = |value: &[u8]| [many.as_slice(), value].concat();
    let columns: [(u8, Vec<u8>); 5] = [
        (0x15, column(b"\x01k")),
        (0x34, many.to_vec()),
        (0x42, column(&[1])),
        (0x56, column(&[0])),
        (0x70, column(&[0])),
    ];
    let mut body = vec![0, 16];
    body.extend([MALLORY; 16]);
    body.extend([1, 1, 0, 0, 0, 5]);
    columns
        .iter()
        .for_each(|(spec, data)| body.extend([*spec, data.len() as u8]));
    columns.iter().for_each(|(_, data)| body.extend(data));
    let chunk = with_checksum(&body);
    assert!(chunk.len() < 136);
    assert!(held(&mut device, chunk).contains("more than 5000 operations"));
    still_works(&mut device);
}

/// A chunk of type 1 around a body.
fn with_checksum(body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let head = [1, u8::try_from(body.len()).unwrap()];
    assert!(body.len() < 128);
    let hash = Sha256::new()
        .chain_update(head)
        .chain_update(body)
        .finalize();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &head, body].concat()
}

#[test]
fn a_compressed_change_is_inflated_only_so_far() {
    let (mut device, _) = Device::with_note(1);
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 10_000_000], 9);
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 2];
    let mut length = bomb.len();
    while length > 0x7f {
        chunk.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    chunk.push(length as u8);
    chunk.extend(bomb);
    assert!(held(&mut device, chunk).contains("larger than"));
}

#[test]
fn a_compressed_change_is_the_change_it_holds() {
    let (mut device, chunks) = (Device::new(9), Device::with_note(1).1);
    let mut change = Change::try_from(chunks[1].as_slice()).unwrap();
    let compressed = change.bytes().into_owned();
    assert_eq!(compressed[8], 2, "long enough for automerge to compress");
    let receipt = device.receive(&[chunks[0].clone(), compressed]);
    assert_eq!(receipt.verdicts[1], Verdict::Applied(hash(&chunks[1])));
    assert_eq!(
        device.board.chunk(&hash(&chunks[1])).as_ref(),
        Some(&chunks[1])
    );
}

#[test]
fn the_root_and_the_homes_are_for_the_fixed_changes() {
    let root = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.put(automerge::ROOT, "notes", 1).unwrap()
        })
    };
    refused(root, "only the fixed changes");
    let homes = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.delete(automerge::ROOT, "homes").unwrap()
        })
    };
    refused(homes, "only the fixed changes");
    let home = |device: &Device| {
        foreign(device, MALLORY, |change| {
            let key = BoardId([1; 32]).to_string();
            change
                .put_object(genesis::homes(), key, ObjType::Map)
                .unwrap();
        })
    };
    refused(home, "only the fixed changes");
}

#[test]
fn the_home_of_another_board_is_taken_and_disturbs_nothing() {
    let (mut device, _) = Device::with_note(1);
    let before = plain(device.board.view());
    let other = home::change(&BoardId([1; 32])).1;
    let receipt = device.receive(&[other]);
    assert!(matches!(receipt.verdicts[0], Verdict::Applied(_)));
    assert_eq!(before, plain(device.board.view()));
    still_works(&mut device);
}

#[test]
fn a_container_cannot_be_covered_or_deleted() {
    let scalar = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.put(home::object(&BOARD), "notes", 1).unwrap();
        })
    };
    refused(
        scalar,
        "never covered|home takes only".split('|').nth(1).unwrap(),
    );
    let without_predecessor = |device: &Device| {
        let chunk = foreign(device, MALLORY, |change| {
            change
                .put_object(home::object(&BOARD), "notes", ObjType::Map)
                .unwrap();
        });
        altered(&chunk, |it| it.operations[0].pred = Vec::new().into())
    };
    refused(without_predecessor, "home takes only");
    let deleted = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.delete(home::object(&BOARD), "notes").unwrap();
        })
    };
    refused(deleted, "home takes only");
}

#[test]
fn a_home_takes_a_new_container_once() {
    let (mut device, _) = Device::with_note(1);
    let add = |change: &mut Transaction<'_>| {
        change
            .put_object(home::object(&BOARD), "later", ObjType::Map)
            .unwrap();
    };
    let first = foreign(&device, MALLORY, add);
    assert!(matches!(
        device.receive(&[first]).verdicts[0],
        Verdict::Applied(_)
    ));
    let second = foreign(&device, 0xdd, add);
    let second = altered(&second, |it| it.operations[0].pred = Vec::new().into());
    assert!(held(&mut device, second).contains("home takes only"));
    still_works(&mut device);
}

#[test]
fn a_record_cannot_be_covered_or_deleted() {
    let key = NOTE.to_string();
    let deleted = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.delete(notes(), key.as_str()).unwrap()
        })
    };
    refused(deleted, "never deleted");
    let covered = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.put(notes(), key.as_str(), 1).unwrap()
        })
    };
    refused(covered, "never covered");
    let field = |device: &Device| {
        let note = device.board.object_of((Container::Notes, NOTE.0)).unwrap();
        foreign(device, MALLORY, |change| change.delete(note, "at").unwrap())
    };
    refused(field, "never deleted");
}

#[test]
fn lists_counters_and_marks_are_held() {
    let list = |device: &Device| {
        foreign(device, MALLORY, |change| {
            change.put_object(notes(), "00", ObjType::List).unwrap();
        })
    };
    refused(list, "operation of this kind");
    let counter = |device: &Device| {
        let note = device.board.object_of((Container::Notes, NOTE.0)).unwrap();
        let counter = automerge::ScalarValue::counter(1);
        foreign(device, MALLORY, |change| {
            change.put(note, "c", counter).unwrap()
        })
    };
    refused(counter, "value of this type");
}

#[test]
fn objects_too_deep_in_each_other_are_held() {
    let deep = |device: &Device| {
        foreign(device, MALLORY, |change| {
            let mut object = notes();
            for _ in 0..9 {
                object = change.put_object(&object, "a", ObjType::Map).unwrap();
            }
        })
    };
    refused(deep, "deeper than");
}

#[test]
fn a_reference_to_what_is_not_an_ancestor_is_held_even_where_it_is_known() {
    // Mallory has seen Anna's note, but says that she has not. A device without the note could never take this.
    let (mut device, chunks) = Device::with_note(1);
    let note = device.board.object_of((Container::Notes, NOTE.0)).unwrap();
    let chunk = foreign(&device, MALLORY, |change| change.put(note, "x", 1).unwrap());
    let wall = chunk::read(&chunks[0]).unwrap();
    let chunk = altered(&chunk, |it| {
        it.deps = vec![automerge::ChangeHash(wall.hash.0)];
        it.start_op = (wall.max_op() + 1).try_into().unwrap();
    });
    let said = held(&mut device, chunk);
    assert!(
        said.contains("later operation") || said.contains("not there"),
        "{said}"
    );
    still_works(&mut device);
}

#[test]
fn a_character_of_another_text_is_no_place_to_write() {
    let (mut device, _) = Device::with_note(1);
    let text = device.board.view().notes[&NOTE].text.unwrap();
    let text = device.board.object_of((Container::Texts, text.0)).unwrap();
    let title = device.board.view().sections[&WALL].title.unwrap();
    let title = device.board.object_of((Container::Texts, title.0)).unwrap();
    let chunk = foreign(&device, MALLORY, |change| {
        change.splice_text(text, 3, 0, "!").unwrap()
    });
    let automerge::ObjId::Id(counter, actor, _) = title else {
        panic!("no object");
    };
    let chunk = altered(&chunk, |it| {
        let id = automerge::legacy::OpId::new(counter, &actor);
        it.operations[0].obj = automerge::legacy::ObjectId::Id(id);
    });
    assert!(held(&mut device, chunk).contains("a character"));
    still_works(&mut device);
}

#[test]
fn what_builds_on_a_held_change_is_held_and_waits_for_nothing() {
    let (mut device, _) = Device::with_note(1);
    let bad = foreign(&device, MALLORY, |change| {
        change.put(automerge::ROOT, "x", 1).unwrap()
    });
    let mut copy = document::load(&device.board.save()).unwrap();
    copy.apply_changes([Change::try_from(bad.as_slice()).unwrap()])
        .unwrap();
    copy.set_actor(ActorId::from([0xdd; 16].as_slice()));
    let mut change = copy.transaction();
    change.put_object(notes(), "00", ObjType::Map).unwrap();
    change.commit();
    let upon = copy.get_last_local_change().unwrap().raw_bytes().to_vec();
    let upon = altered(&upon, |it| it.time = 0);
    // It comes first, so it waits, until what it waits for is refused.
    assert_eq!(
        device.receive(&[upon.clone()]).verdicts,
        [Verdict::Waiting(hash(&upon))]
    );
    let receipt = device.receive(&[bad.clone()]);
    assert!(matches!(receipt.verdicts[0], Verdict::Held { .. }));
    assert!(
        matches!(&receipt.released[..], [Verdict::Held { hash: Some(it), .. }] if *it == hash(&upon))
    );
    assert!(held(&mut device, upon).contains("held"));
    still_works(&mut device);
}

#[test]
fn one_bad_change_does_not_take_its_batch_with_it() {
    let (mut device, _) = Device::with_note(1);
    let bad = foreign(&device, MALLORY, |change| {
        change.put(automerge::ROOT, "x", 1).unwrap()
    });
    let good = foreign(&device, 0xdd, |change| {
        change.put_object(notes(), "00", ObjType::Map).unwrap();
    });
    let receipt = device.receive(&[bad, vec![1, 2, 3], good.clone()]);
    assert!(matches!(
        receipt.verdicts[0],
        Verdict::Held { hash: Some(_), .. }
    ));
    assert!(matches!(
        receipt.verdicts[1],
        Verdict::Held { hash: None, .. }
    ));
    assert_eq!(receipt.verdicts[2], Verdict::Applied(hash(&good)));
    still_works(&mut device);
}

#[test]
fn changes_that_wait_forever_are_bounded_and_the_oldest_go() {
    let (mut device, _) = Device::with_note(1);
    let model = decent(&device);
    let waiting: Vec<Vec<u8>> = (0..MAX_WAITING + 3)
        .map(|n| {
            altered(&model, |it| {
                let mut dep = [0xaa; 32];
                dep[..8].copy_from_slice(&(n as u64).to_be_bytes());
                it.deps = vec![automerge::ChangeHash(dep)];
            })
        })
        .collect();
    let receipt = device.receive(&waiting);
    let oldest: Vec<ChangeHash> = waiting[..3].iter().map(|it| hash(it)).collect();
    assert_eq!(receipt.dropped, oldest);
    assert!(device.board.chunk(&hash(&waiting[2])).is_none());
    assert!(device.board.chunk(&hash(&waiting[3])).is_some());
    still_works(&mut device);
}

#[test]
fn two_objects_with_one_id_are_both_shown() {
    // Two programs that do not roll dice make a note of one id at once.
    let (mut one, mut other) = (Device::new(1), Device::new(2));
    let wall = one.one(add_wall());
    other.receive(&[wall]);
    let ours = one.one(add_note(NOTE, "ett"));
    let theirs = other.one(add_note(NOTE, "två"));
    one.receive(&[theirs]);
    other.receive(&[ours]);
    assert_eq!(plain(one.board.view()), plain(other.board.view()));
    let view = one.board.view();
    let mut words: Vec<&str> = view.notes.values().map(|it| view.text(it.text)).collect();
    words.sort_unstable();
    assert_eq!(words, ["ett", "två"]);
    // Each of them can be worked on under the id it is shown by.
    let ids: Vec<NoteId> = view.notes.keys().copied().collect();
    for id in ids {
        one.one(Command::SetColour {
            id,
            colour: Colour::Blue,
        });
    }
    assert!(
        one.board
            .view()
            .notes
            .values()
            .all(|it| it.colour == Colour::Blue)
    );
}

#[test]
fn wrong_types_and_senseless_values_read_as_defaults() {
    let (mut device, _) = Device::with_note(1);
    let note = device.board.object_of((Container::Notes, NOTE.0)).unwrap();
    let chunk = foreign(&device, MALLORY, |change| {
        change.put(&note, "colour", 7).unwrap();
        change.put(&note, "at", vec![1_u8, 2, 3]).unwrap();
        change.put(&note, "section", "nowhere").unwrap();
        change.put(&note, "made", f64::MAX).unwrap();
        change.put(&note, "removed", "yes").unwrap();
        change.put(&note, "order", 1).unwrap();
    });
    let receipt = device.receive(&[chunk]);
    assert!(matches!(receipt.verdicts[0], Verdict::Applied(_)));
    let note = &device.board.view().notes[&NOTE];
    assert_eq!(
        (note.colour, note.at),
        (Colour::Yellow, Position::default())
    );
    assert_eq!(note.presence, crate::records::Presence::OnBoard);
    assert_eq!(
        device.board.records_of(&device.board.heads()[0]),
        [RecordId::Note(NOTE)]
    );
    still_works(&mut device);
}

#[test]
fn a_position_beyond_the_wall_is_clamped() {
    let (mut device, _) = Device::with_note(1);
    let note = device.board.object_of((Container::Notes, NOTE.0)).unwrap();
    let at = [i32::MAX.to_le_bytes(), i32::MIN.to_le_bytes()].concat();
    let chunk = foreign(&device, MALLORY, |change| {
        change.put(&note, "at", at).unwrap()
    });
    device.receive(&[chunk]);
    let at = device.board.view().notes[&NOTE].at;
    assert_eq!(
        at,
        Position {
            x: Position::LIMIT,
            y: -Position::LIMIT
        }
    );
}

#[test]
fn another_form_of_a_decent_change_is_held() {
    // Automerge would take it, save it in its own form, and then not be able to open what it saved.
    let (mut device, _) = Device::with_note(1);
    let message = altered(&decent(&device), |it| it.message = Some("hej".to_owned()));
    assert!(held(&mut device, message).contains("message"));
    let extra = altered(&decent(&device), |it| it.extra_bytes = vec![1]);
    assert!(held(&mut device, extra).contains("extra bytes"));
    let time = altered(&decent(&device), |it| it.time = i64::MIN);
    assert!(held(&mut device, time).contains("time"));
    still_works(&mut device);
}
