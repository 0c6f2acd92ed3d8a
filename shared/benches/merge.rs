//! How long a preview and a merge take: groups of 200 notes, each a change of its own, into a board of a thousand.
//! Run with `cargo bench -p samsyn-shared --bench merge`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make public items, and a benchmark may fail loudly"
)]

use std::collections::BTreeSet;
use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use samsyn_shared::board::merge::{Notes, Placement, Source, SourceBoard, copies};
use samsyn_shared::board::{Board, Command};
use samsyn_shared::ids::{BoardId, NoteId, SectionId};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::time::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const WALL: SectionId = SectionId([1; 16]);
const WHO: [&str; 8] = [
    "Hemtjänsten",
    "Skolan i norr",
    "Äldreboendet Björkgården",
    "Förskolan",
    "Biblioteket",
    "Socialjouren",
    "Nattpatrullen",
    "Vi chefer",
];
const NEEDS: [&str; 8] = [
    "behöver fler händer om kvällen",
    "vill ha gemensamma rutiner vid överlämning",
    "saknar plats att tala ostört",
    "kan lära av grannkommunen",
    "hinner inte med introduktionen",
    "borde bestämma mer själva",
    "mäter fel saker",
    "glömmer att fira det som går bra",
];
const WHY: [&str; 8] = [
    "för att ingen äger frågan",
    "trots att det står i målen",
    "när vikarierna slutar i augusti",
    "innan statsbidraget tar slut",
    "eftersom två system säger olika",
    "så att de anhöriga märker det",
    "och det är bråttom",
    "fast ingen har frågat än",
];

fn words(rng: &mut ChaCha8Rng) -> String {
    let mut pick = |of: [&'static str; 8]| of.get(rng.next_u32() as usize % 8).copied();
    let (who, needs, why) = (pick(WHO), pick(NEEDS), pick(WHY));
    let words = [who, needs, why].map(Option::unwrap_or_default);
    words.join(" ")
}

fn write(board: &mut Board, rng: &mut ChaCha8Rng, section: SectionId, count: i32) {
    for number in 0..count {
        let command = Command::AddNote {
            id: NoteId::random(rng),
            section,
            quadrant: None,
            text: words(rng),
            at: Position {
                x: number % 20 * 230,
                y: number / 20 * 160,
            },
            colour: Colour::Yellow,
            author: None,
        };
        board.commit(NOW, rng, &[command]).unwrap();
    }
}

fn main_board(notes: i32) -> Board {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut board = Board::new(BoardId([7; 32]));
    let wall = Command::AddSection {
        id: WALL,
        kind: SectionKind::Notes,
        title: "Vägg".to_owned(),
        after: None,
    };
    board.commit(NOW, &mut rng, &[wall]).unwrap();
    write(&mut board, &mut rng, WALL, notes);
    board
}

/// A group that started with copies of the first twenty notes' section and wrote 200 of its own.
fn group(main: &Board, number: u8) -> SourceBoard {
    let mut rng = ChaCha8Rng::seed_from_u64(100 + u64::from(number));
    let mut board = Board::new(BoardId([100 + number; 32]));
    let sections = BTreeSet::from([WALL]);
    let commands = copies(main.view(), &mut rng, &sections, Notes::Without);
    board.commit(NOW, &mut rng, &commands).unwrap();
    let section = board.view().sections_in_order().first().unwrap().id;
    write(&mut board, &mut rng, section, 200);
    let hashes = board.changes_after(&[]);
    SourceBoard {
        source: Source {
            board: board.id(),
            name: format!("Grupp {number}"),
            colour: Colour::Blue,
            number: u16::from(number),
            placement: Placement::Lanes {
                origin: Position { x: 6_000, y: 0 },
            },
            shown: true,
        },
        changes: hashes.iter().filter_map(|it| board.chunk(it)).collect(),
    }
}

fn merge(criterion: &mut Criterion) {
    let main = main_board(1_000);
    let groups: Vec<SourceBoard> = (0..30).map(|it| group(&main, it)).collect();
    let mut bench = criterion.benchmark_group("merge into 1000 notes");
    bench.sample_size(10);
    bench.warm_up_time(std::time::Duration::from_millis(1));
    bench.measurement_time(std::time::Duration::from_secs(2));
    for count in [2, 10, 30] {
        let sources = groups.get(..count).unwrap();
        bench.bench_with_input(BenchmarkId::new("preview", count), sources, |b, sources| {
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            b.iter(|| black_box(main.preview(NOW, &mut rng, sources).unwrap()));
        });
        bench.bench_with_input(BenchmarkId::new("apply", count), sources, |b, sources| {
            let mut rng = ChaCha8Rng::seed_from_u64(4);
            let merges = sources.iter().map(|it| Command::Merge(it.source.clone()));
            let merges: Vec<Command> = merges.collect();
            b.iter_batched_ref(
                || main.clone(),
                |board| {
                    board.import(sources);
                    black_box(board.commit(NOW, &mut rng, &merges).unwrap());
                },
                BatchSize::LargeInput,
            );
        });
    }
    bench.finish();
}

criterion_group!(benches, merge);
criterion_main!(benches);
