//! How long a thousand notes take to leave as an archive and to come back as a board.
//! Run with `cargo bench -p samsyn-shared --features samples --bench archive`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make public items, and a benchmark may fail loudly"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use samsyn_shared::archive::{Archive, import_commands, sample};
use samsyn_shared::board::Board;
use samsyn_shared::ids::BoardId;
use samsyn_shared::time::UnixMillis;

const NOTES: u16 = 1_000;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

fn imported(archive: &Archive) -> Board {
    let mut board = Board::new(BoardId([1; 32]));
    let commands = import_commands(&mut rng(), archive);
    board.commit(UnixMillis(0), &mut rng(), &commands).unwrap();
    board
}

fn archive(criterion: &mut Criterion) {
    let archive = sample::wall(&mut rng(), NOTES);
    let json = archive.to_json();
    let board = imported(&archive);
    let saved = board.save();
    eprintln!(
        "{NOTES} notes: archive {} bytes, document {} bytes",
        json.len(),
        saved.len()
    );
    let mut group = criterion.benchmark_group("1000 notes");
    group.sample_size(10);
    group.bench_function("archive the view", |it| {
        it.iter(|| Archive::of(black_box(board.view()), "Vägg", &[], UnixMillis(0)));
    });
    group.bench_function("write JSON", |it| it.iter(|| black_box(&archive).to_json()));
    group.bench_function("parse JSON", |it| {
        it.iter(|| Archive::parse(black_box(&json)))
    });
    group.bench_function("import into a board", |it| {
        it.iter_batched(
            || (),
            |()| imported(black_box(&archive)),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("load the document", |it| {
        it.iter(|| Board::load(BoardId([1; 32]), &[black_box(&saved)]));
    });
    group.finish();
}

criterion_group!(benches, archive);
criterion_main!(benches);
