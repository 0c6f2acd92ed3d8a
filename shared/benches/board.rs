//! How long a board takes to open, to take others' changes, and to do one step of a person.
//! Run with `cargo bench -p samsyn-shared --bench board`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "criterion's macros make public items, and a benchmark may fail loudly"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use samsyn_shared::board::{Board, Command, Draft};
use samsyn_shared::ids::{BoardId, NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::time::UnixMillis;

const BOARD: BoardId = BoardId([7; 32]);
const WALL: SectionId = SectionId([1; 16]);
const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
/// Devices that write in turn.
const DEVICES: u64 = 60;
const WORDS: [&str; 10] = [
    "lyssna",
    "klart",
    "öppet",
    "möte",
    "färdigt",
    "varför",
    "nästa",
    "steg",
    "åtgärd",
    "tillsammans",
];

fn note_id(number: u32) -> NoteId {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    NoteId(id)
}

/// About 110 characters, different for each note.
fn words(number: u32) -> String {
    let pick =
        |at: u32| WORDS[usize::try_from((number * 7 + at * at * 3 + number / 10) % 10).unwrap()];
    (0..15).map(pick).collect::<Vec<_>>().join(" ")
}

fn add_note(number: u32) -> Command {
    Command::AddNote {
        id: note_id(number),
        section: WALL,
        quadrant: None,
        text: words(number),
        at: Position { x: 10, y: 20 },
        colour: Colour::Yellow,
        author: None,
    }
}

fn chunks(board: &Board) -> Vec<Vec<u8>> {
    let hashes = board.changes_after(&[]).into_iter();
    hashes.filter_map(|hash| board.chunk(&hash)).collect()
}

fn receive(board: &mut Board, chunks: &[Vec<u8>]) {
    let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    board.receive(&chunks);
}

/// The same board as another device has it, ready to write under an actor of its own.
fn again(board: &Board) -> Board {
    Board::load(BOARD, &[&board.save()]).0
}

/// A wall of notes, each a change of its own, by sixty devices that write at the same time.
fn wall(notes: u32) -> Board {
    let mut whole = Board::new(BOARD);
    let add = Command::AddSection {
        id: WALL,
        kind: SectionKind::Notes,
        title: "Vägg".to_owned(),
        after: None,
    };
    whole
        .commit(NOW, &mut ChaCha8Rng::seed_from_u64(0), &[add])
        .unwrap();
    let start = chunks(&whole);
    for device in 0..DEVICES {
        let mut rng = ChaCha8Rng::seed_from_u64(device + 1);
        let mut board = Board::new(BOARD);
        receive(&mut board, &start);
        let own = (0..notes).filter(|number| u64::from(*number) % DEVICES == device);
        for number in own {
            board.commit(NOW, &mut rng, &[add_note(number)]).unwrap();
        }
        receive(&mut whole, &chunks(&board));
    }
    whole
}

/// Two hundred changes of others: half typed, half moved.
fn remote(board: &Board) -> Vec<Vec<u8>> {
    let mut other = again(board);
    let mut rng = ChaCha8Rng::seed_from_u64(99);
    for number in 0..200 {
        let command = if number % 2 == 0 {
            typed(&other, number)
        } else {
            moved(number)
        };
        other.commit(NOW, &mut rng, &[command]).unwrap();
    }
    let new = other.changes_after(&board.heads()).into_iter();
    new.filter_map(|hash| other.chunk(&hash)).collect()
}

fn typed(board: &Board, number: u32) -> Command {
    let text = board.view().notes[&note_id(number)].text.unwrap();
    let known = &board.view().texts[&text];
    Command::CommitDraft(Draft {
        text,
        base_revision: Some(known.revision),
        base: known.value.clone(),
        own: format!("{} och en sak till", known.value),
        edits: Vec::new(),
    })
}

fn moved(number: u32) -> Command {
    Command::MoveNote {
        id: note_id(number),
        section: WALL,
        quadrant: None,
        at: Position { x: 300, y: 400 },
    }
}

fn board(criterion: &mut Criterion) {
    for notes in [1_000, 5_000] {
        let board = wall(notes);
        let saved = board.save();
        let stored = chunks(&board);
        let stored: Vec<&[u8]> = stored.iter().map(Vec::as_slice).collect();
        let remote = remote(&board);
        eprintln!("{notes} notes: {} bytes saved", saved.len());
        let mut group = criterion.benchmark_group(format!("{notes} notes"));
        group.sample_size(10);
        group.bench_function("open what was saved", |it| {
            it.iter(|| Board::load(BOARD, &[black_box(&saved)]));
        });
        group.bench_function("open from changes", |it| {
            it.iter(|| Board::load(BOARD, black_box(&stored)));
        });
        group.bench_function("save", |it| it.iter(|| black_box(&board).save()));
        group.bench_function("take 200 changes of others at once", |it| {
            it.iter_batched_ref(
                || again(&board),
                |board| receive(board, black_box(&remote)),
                BatchSize::PerIteration,
            );
        });
        group.bench_function("take one change of another", |it| {
            it.iter_batched_ref(
                || again(&board),
                |board| receive(board, black_box(&remote[..1])),
                BatchSize::PerIteration,
            );
        });
        let mut own = again(&board);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut turn = 0;
        group.bench_function("move a note", |it| {
            it.iter(|| {
                turn += 1;
                let mut command = moved(turn % notes);
                if let Command::MoveNote { at, .. } = &mut command {
                    at.x = i32::try_from(turn % 1_000).unwrap();
                    at.y = i32::try_from(turn / 1_000).unwrap();
                }
                own.commit(NOW, &mut rng, &[command]).unwrap()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, board);
criterion_main!(benches);
