//! Real chunks with random damage: never a panic, and never a change in what is held.

use proptest::prelude::*;

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;
use crate::board::{Draft, chunk};
use crate::records::RecordId;
use sha2::{Digest, Sha256};

/// The changes of a lively small board.
fn chunks() -> Vec<Vec<u8>> {
    let (mut one, _) = Device::with_note(1);
    let mut other = Device::new(2);
    other.receive(&one.chunks());
    let text = one.board.view().notes[&NOTE].text.unwrap();
    let draft = |own: &str| {
        Command::CommitDraft(Draft {
            text,
            base_revision: None,
            base: "hej".to_owned(),
            own: own.to_owned(),
            edits: Vec::new(),
        })
    };
    let theirs = other.one(draft("hå 👩‍👩‍👧"));
    one.one(draft("hejsan"));
    one.receive(&[theirs]);
    one.one(Command::SetPresence {
        record: RecordId::Note(NOTE),
        presence: crate::records::Presence::InTrash,
    });
    one.chunks()
}

/// The chunk with its length and checksum made right again, so that damage gets past them.
fn mended(mut chunk: Vec<u8>) -> Vec<u8> {
    // The magic, the checksum and the type; then the length, which has one or two bytes here.
    let body = if chunk.get(9).is_some_and(|it| it & 0x80 != 0) {
        11
    } else {
        10
    };
    let Some(data) = chunk.get(body.min(chunk.len())..).map(<[u8]>::to_vec) else {
        return chunk;
    };
    let mut head = vec![1];
    if data.len() > 0x7f {
        head.push((data.len() & 0x7f) as u8 | 0x80);
        head.push((data.len() >> 7) as u8);
    } else {
        head.push(data.len() as u8);
    }
    let hash = Sha256::new()
        .chain_update(&head)
        .chain_update(&data)
        .finalize();
    chunk.truncate(4);
    [chunk.as_slice(), &hash[..4], &head, &data].concat()
}

#[derive(Clone, Debug)]
enum Damage {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 9_usize..400;
    prop_oneof![
        4 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        1 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => at.clone().prop_map(Damage::Remove),
        1 => at.prop_map(Damage::Cut),
    ]
}

fn damaged(mut chunk: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = chunk.len();
        match damage {
            Damage::Set(at, byte) => chunk[at % length] = *byte,
            Damage::Insert(at, byte) => chunk.insert(at % length, *byte),
            Damage::Remove(at) if length > 20 => drop(chunk.remove(at % length)),
            Damage::Cut(at) if length > 20 => chunk.truncate(12 + at % (length - 12)),
            Damage::Remove(_) | Damage::Cut(_) => {}
        }
    }
    chunk
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_changes_never_panic_and_never_change_what_is_held(
        which in 0_usize..5,
        damages in proptest::collection::vec(damage(), 1..4),
        mend in any::<bool>(),
    ) {
        thread_local!(static CHUNKS: Vec<Vec<u8>> = chunks());
        let chunks = CHUNKS.with(Clone::clone);
        let mut device = Device::new(7);
        device.receive(&chunks[..which]);
        let before = (device.board.heads(), plain(device.board.view()));
        let broken = damaged(chunks[which].clone(), &damages);
        let broken = if mend { mended(broken) } else { broken };
        let verdict = device.receive(&[broken]).verdicts.remove(0);
        match verdict {
            Verdict::Applied(_) => {
                // Damage can make another decent change; then everything must still work.
                let saved = device.board.save();
                let (again, report) = Board::load(BOARD, &[&saved]);
                prop_assert_eq!(report.held, []);
                prop_assert_eq!(plain(again.view()), plain(device.board.view()));
            }
            Verdict::Known(_) | Verdict::Waiting(_) | Verdict::Held { .. } => {
                prop_assert_eq!(before, (device.board.heads(), plain(device.board.view())));
            }
        }
        // And the true changes still come in, unless what came before made their number taken.
        let receipt = device.receive(&chunks);
        let held = receipt.verdicts.iter().any(|it| matches!(it, Verdict::Held { .. }));
        let was_held = matches!(verdict, Verdict::Held { .. });
        prop_assert!(!(held && was_held));
        drop(device.board.save());
    }

    #[test]
    fn any_bytes_at_all_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(chunk::read(&bytes));
        let body: Vec<u8> = [&[0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, 0], bytes.as_slice()].concat();
        drop(chunk::read(&mended(body)));
    }

    /// What our reader takes is in the very form that automerge writes: else a saved board could not be opened.
    #[test]
    fn what_is_taken_is_what_automerge_would_write(
        which in 0_usize..5,
        damages in proptest::collection::vec(damage(), 1..3),
    ) {
        thread_local!(static CHUNKS: Vec<Vec<u8>> = chunks());
        let broken = CHUNKS.with(|it| mended(damaged(it[which].clone(), &damages)));
        if let Ok(read) = chunk::read(&broken) {
            let change = Change::try_from(read.raw.as_slice()).unwrap();
            let again = Change::from(change.decode());
            prop_assert_eq!(again.raw_bytes(), read.raw.as_slice());
        }
    }
}
