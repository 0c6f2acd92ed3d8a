//! Group commits: how long one takes, and how many envelopes a second reach the disk, in memory and in sled.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make items without docs; a benchmark stops at the first error"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use samsyn_shared::ids::{BoardId, Epoch};
use samsyn_sync_server::log::{
    Append, Birth, Keys, Log, MemoryLog, Place, SledLog, envelope_hash, sled,
};

/// A sealed batch with one note of 110 characters is about this long.
const ENVELOPE: usize = 450;
/// Boards that a group is spread over: a relay with four workshops.
const BOARDS: u8 = 4;

fn append(number: u64) -> Append {
    let board = u8::try_from(number % u64::from(BOARDS)).unwrap();
    let mut envelope = vec![7; ENVELOPE];
    envelope.splice(..8, number.to_be_bytes());
    Append {
        board: BoardId([board; 32]),
        birth: Birth {
            epoch: Epoch([board; 16]),
            keys: Keys {
                facilitator: [1; 32],
                participant: [2; 32],
            },
        },
        hash: envelope_hash(&envelope),
        place: Place::Stream,
        parts: 0,
        envelope: Arc::from(envelope),
    }
}

/// Time spent in `rounds` commits of `size` envelopes each, none of which the log has.
fn commit(log: &dyn Log, next: &mut u64, rounds: u64, size: u64) -> Duration {
    let mut spent = Duration::ZERO;
    for _ in 0..rounds {
        let group: Vec<_> = (*next..*next + size).map(append).collect();
        *next += size;
        let begin = Instant::now();
        log.append(&group).unwrap();
        spent += begin.elapsed();
    }
    spent
}

fn group_commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("group commit");
    group.sample_size(20);
    group.measurement_time(Duration::from_secs(4));
    for size in [1, 10, 100] {
        let folder = tempfile::tempdir().unwrap();
        let disk = SledLog::open(folder.path(), sled::CACHE_BYTES).unwrap();
        let memory = MemoryLog::default();
        let logs: [(&str, &dyn Log); 2] = [("memory", &memory), ("sled", &disk)];
        group.throughput(Throughput::Elements(size));
        for (name, log) in logs {
            let mut next = 0;
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter_custom(|rounds| commit(log, &mut next, rounds, size));
            });
        }
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let disk = SledLog::open(folder.path(), sled::CACHE_BYTES).unwrap();
    let memory = MemoryLog::default();
    let logs: [(&str, &dyn Log); 2] = [("memory", &memory), ("sled", &disk)];
    let board = BoardId([0; 32]);
    let mut group = criterion.benchmark_group("read 256 KiB from the start");
    group.sample_size(30);
    for (name, log) in logs {
        commit(log, &mut 0, 40, 100);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                log.read(&board, samsyn_shared::ids::Seq(0), 256 << 10)
                    .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, group_commit, read);
criterion_main!(benches);
