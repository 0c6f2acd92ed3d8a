//! What every log promises, as one suite that each implementation runs.
//!
//! The suite itself is tested: logs broken on purpose, one a promise, must fail it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test suite fails by panicking"
)]

use std::sync::Arc;

use samsyn_shared::ids::{BoardId, EnvelopeHash, Epoch, Seq, Slot};

use super::{
    Append, Birth, CHAIN_ZERO, Keys, Log, LogError, Place, Placed, Start, Stored, Trimmed,
    chain_after, envelope_hash,
};

/// How the suite asks for a log.
pub enum Begin<L> {
    /// A new one without boards.
    Empty,
    /// This one, closed and opened again.
    Again(L),
}

type Open<'a, L> = &'a mut dyn FnMut(Begin<L>) -> L;

/// Runs every promise; panics at the first that is broken.
pub fn check<L: Log>(open: Open<'_, L>) {
    an_unknown_board_is_empty_and_no_error(open);
    entries_come_back_in_order_and_verbatim(open);
    numbers_and_chain_go_on_after_reopening(open);
    an_envelope_is_appended_once(open);
    one_envelope_twice_in_a_group_is_one_entry(open);
    a_group_serves_many_boards_apart(open);
    the_first_birth_counts(open);
    a_read_is_bounded_but_never_stuck(open);
    a_slot_holds_its_newest_envelope(open);
    large_and_empty_envelopes_survive(open);
    bytes_are_counted(open);
    an_empty_group_changes_nothing(open);
    many_entries_stay_in_order(open);
    a_snapshot_begins_a_generation(open);
    a_snapshot_that_lacks_a_part_is_not_stored(open);
    what_a_snapshot_covers_is_no_duplicate(open);
    a_snapshot_that_was_not_confirmed_makes_room(open);
    what_is_retired_goes_and_what_slots_hold_stays(open);
}

/// A board's id for tests.
#[must_use]
pub fn board(n: u8) -> BoardId {
    BoardId([n; 32])
}

/// A birth for tests.
#[must_use]
pub fn birth(n: u8) -> Birth {
    let keys = Keys {
        facilitator: [n; 32],
        participant: [n.wrapping_add(1); 32],
    };
    let epoch = Epoch([n; 16]);
    Birth { epoch, keys }
}

/// An entry for the board `n`.
#[must_use]
pub fn entry(n: u8, envelope: &[u8]) -> Append {
    Append {
        board: board(n),
        birth: birth(n),
        hash: envelope_hash(envelope),
        place: Place::Stream,
        parts: 0,
        envelope: Arc::from(envelope),
    }
}

/// A register for the board `n`.
#[must_use]
pub fn register(n: u8, slot: u8, envelope: &[u8]) -> Append {
    let place = Place::Register(Slot([slot; 32]));
    Append {
        place,
        ..entry(n, envelope)
    }
}

fn seqs(placed: &[Placed]) -> Vec<u64> {
    let seq = |placed: &Placed| match placed {
        Placed::New { seq, .. } | Placed::Known(seq) => seq.0,
    };
    placed.iter().map(seq).collect()
}

fn envelopes(log: &impl Log, n: u8) -> Vec<Vec<u8>> {
    let entries = log.read(&board(n), Seq(0), usize::MAX).unwrap();
    entries
        .iter()
        .map(|entry| entry.envelope.to_vec())
        .collect()
}

fn an_unknown_board_is_empty_and_no_error<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    let hash = envelope_hash(b"ett");
    assert_eq!(log.boards(), Ok(vec![]));
    assert_eq!(log.meta(&board(1)), Ok(None));
    assert_eq!(log.read(&board(1), Seq(0), 1000), Ok(vec![]));
    assert_eq!(log.find(&board(1), &hash), Ok(None));
    assert_eq!(log.registers(&board(1)), Ok(vec![]));
    assert_eq!(log.chain_at(&board(1), Seq(1)), Ok(None));
}

fn entries_come_back_in_order_and_verbatim<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    let group = [entry(1, b"ett"), entry(1, "två".as_bytes()), entry(1, b"3")];
    let placed = log.append(&group).unwrap();
    assert_eq!(seqs(&placed), [1, 2, 3]);
    let mut chain = CHAIN_ZERO;
    let read = log.read(&board(1), Seq(0), usize::MAX).unwrap();
    assert_eq!(read.len(), group.len());
    for ((got, put), placed) in read.iter().zip(&group).zip(&placed) {
        chain = chain_after(&chain, &put.hash);
        assert_eq!(got.envelope, put.envelope);
        let (seq, prev) = (got.seq, got.prev);
        assert_eq!(*placed, Placed::New { seq, prev, chain });
        assert_eq!((got.chain, prev.0), (chain, seq.0 - 1));
        assert_eq!(log.chain_at(&board(1), seq), Ok(Some(chain)));
    }
    let meta = log.meta(&board(1)).unwrap().unwrap();
    assert_eq!((meta.last, meta.chain), (Seq(3), chain));
    let rest = log.read(&board(1), Seq(2), usize::MAX).unwrap();
    assert_eq!(rest, read[2..]);
    assert_eq!(log.chain_at(&board(1), Seq(0)), Ok(None));
}

fn numbers_and_chain_go_on_after_reopening<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    log.append(&[entry(1, b"ett"), register(1, 9, b"titel")])
        .unwrap();
    let before = log.meta(&board(1)).unwrap().unwrap();
    let log = open(Begin::Again(log));
    assert_eq!(log.meta(&board(1)), Ok(Some(before)));
    assert_eq!(log.boards(), Ok(vec![board(1)]));
    let next = entry(1, b"tre");
    let placed = log.append(std::slice::from_ref(&next)).unwrap();
    let chain = chain_after(&before.chain, &next.hash);
    let (seq, prev) = (Seq(3), Seq(2));
    assert_eq!(placed, [Placed::New { seq, prev, chain }]);
    let log = open(Begin::Again(log));
    assert_eq!(
        envelopes(&log, 1),
        [b"ett".to_vec(), b"titel".to_vec(), b"tre".to_vec()]
    );
    assert_eq!(log.registers(&board(1)).unwrap().len(), 1);
}

fn an_envelope_is_appended_once<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    log.append(&[entry(1, b"ett"), entry(1, b"fyra")]).unwrap();
    let again = log.append(&[entry(1, b"ett")]).unwrap();
    assert_eq!(again, [Placed::Known(Seq(1))]);
    let log = open(Begin::Again(log));
    let again = log.append(&[entry(1, b"fyra")]).unwrap();
    assert_eq!(again, [Placed::Known(Seq(2))]);
    assert_eq!(envelopes(&log, 1).len(), 2);
    assert_eq!(
        log.find(&board(1), &envelope_hash(b"fyra")),
        Ok(Some(Seq(2)))
    );
    assert_eq!(log.find(&board(1), &envelope_hash(b"fem")), Ok(None));
    assert_eq!(log.find(&board(2), &envelope_hash(b"fyra")), Ok(None));
}

fn one_envelope_twice_in_a_group_is_one_entry<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    let group = [entry(1, b"ett"), entry(1, b"ett"), entry(1, b"nio")];
    let placed = log.append(&group).unwrap();
    assert_eq!(placed[1], Placed::Known(Seq(1)));
    assert_eq!(seqs(&placed), [1, 1, 2]);
    assert_eq!(envelopes(&log, 1).len(), 2);
}

fn a_group_serves_many_boards_apart<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    let group = [
        entry(1, b"a"),
        entry(2, b"b"),
        entry(1, b"c"),
        entry(2, b"a"),
    ];
    let placed = log.append(&group).unwrap();
    assert_eq!(seqs(&placed), [1, 1, 2, 2]);
    assert_eq!(envelopes(&log, 1), [b"a", b"c"]);
    assert_eq!(envelopes(&log, 2), [b"b", b"a"]);
    let mut boards = log.boards().unwrap();
    boards.sort();
    assert_eq!(boards, [board(1), board(2)]);
}

fn the_first_birth_counts<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    log.append(&[entry(1, b"ett")]).unwrap();
    let other = Append {
        birth: birth(77),
        ..entry(1, b"tre")
    };
    log.append(&[other]).unwrap();
    let log = open(Begin::Again(log));
    let meta = log.meta(&board(1)).unwrap().unwrap();
    assert_eq!((meta.epoch, meta.keys), (birth(1).epoch, birth(1).keys));
}

fn a_read_is_bounded_but_never_stuck<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    let group: Vec<_> = (0..5u8).map(|n| entry(1, &[n; 100])).collect();
    log.append(&group).unwrap();
    let count = |after, bytes| log.read(&board(1), Seq(after), bytes).unwrap().len();
    assert_eq!([count(0, 250), count(0, 200), count(0, 199)], [2, 2, 1]);
    assert_eq!(count(0, 1), 1);
    assert_eq!([count(4, 1), count(5, 1000), count(900, 1000)], [1, 0, 0]);
}

fn a_slot_holds_its_newest_envelope<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    log.append(&[register(1, 7, b"gammal"), register(1, 8, b"annan")])
        .unwrap();
    log.append(&[entry(1, b"ett"), register(1, 7, b"ny")])
        .unwrap();
    let log = open(Begin::Again(log));
    let kept = log.registers(&board(1)).unwrap();
    let seen: Vec<_> = kept
        .iter()
        .map(|kept| (kept.slot.0[0], kept.seq.0, kept.envelope.to_vec()))
        .collect();
    assert_eq!(seen, [(7, 4, b"ny".to_vec()), (8, 2, b"annan".to_vec())]);
    assert_eq!(envelopes(&log, 1).len(), 4);
    assert_eq!(log.registers(&board(2)), Ok(vec![]));
}

fn large_and_empty_envelopes_survive<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    let byte = |n: u32| n.wrapping_mul(2_654_435_761).to_le_bytes()[3];
    let sizes = [262_144, 0, 6_143, 6_144, 6_145, 12_288, 1, 100_000];
    let put: Vec<Vec<u8>> = (0..)
        .zip(sizes)
        .map(|(seed, size)| (0..size).map(|n| byte(n + seed)).collect())
        .collect();
    let group: Vec<_> = put.iter().map(|bytes| entry(1, bytes)).collect();
    log.append(&group).unwrap();
    log.append(&[register(1, 3, &[5; 200_000])]).unwrap();
    let log = open(Begin::Again(log));
    let read = envelopes(&log, 1);
    assert!(read[..8] == put[..]);
    assert_eq!(log.registers(&board(1)).unwrap()[0].envelope.len(), 200_000);
}

fn bytes_are_counted<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    log.append(&[entry(1, &[1; 10]), entry(2, &[1; 99]), entry(1, &[2; 30])])
        .unwrap();
    log.append(&[entry(1, &[1; 10])]).unwrap();
    let log = open(Begin::Again(log));
    assert_eq!(log.meta(&board(1)).unwrap().unwrap().bytes, 40);
}

fn an_empty_group_changes_nothing<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    assert_eq!(log.append(&[]), Ok(vec![]));
    assert_eq!(log.boards(), Ok(vec![]));
}

fn many_entries_stay_in_order<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    for group in 0..20u32 {
        let entries: Vec<_> = (0..30u32)
            .map(|n| {
                entry(
                    u8::try_from(n % 3).unwrap(),
                    &(group * 30 + n).to_be_bytes(),
                )
            })
            .collect();
        log.append(&entries).unwrap();
    }
    let log = open(Begin::Again(log));
    for n in 0..3u8 {
        let read = log.read(&board(n), Seq(0), usize::MAX).unwrap();
        let numbers: Vec<_> = read.iter().map(|entry| entry.seq.0).collect();
        assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
        assert!(
            read.windows(2)
                .all(|pair| pair[0].envelope < pair[1].envelope)
        );
    }
}

/// A snapshot of the board 1 up to `covers`, whose parts are kept already.
fn snapshot(log: &impl Log, name: &[u8], covers: u64, parts: u16) -> Append {
    let manifest = envelope_hash(name);
    for index in 0..parts {
        let part = part_of(name, index);
        log.put_part(&board(1), &manifest, index, &part).unwrap();
    }
    let chain = log.chain_at(&board(1), Seq(covers)).unwrap().unwrap();
    let covers = Seq(covers);
    Append {
        place: Place::Snapshot { covers, chain },
        parts,
        ..entry(1, name)
    }
}

/// Longer than a row of any log.
fn part_of(name: &[u8], index: u16) -> Vec<u8> {
    [name, &index.to_be_bytes(), &[7; 20_000]].concat()
}

fn five_entries(log: &impl Log) {
    for n in 1..=5_u8 {
        let place = if n == 2 {
            register(1, 9, &[n; 10])
        } else {
            entry(1, &[n; 10])
        };
        log.append(&[place]).unwrap();
    }
}

fn a_snapshot_begins_a_generation<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    five_entries(&log);
    assert_eq!(log.starts(&board(1)), Ok(vec![Start::first()]));
    let made = snapshot(&log, b"snapshot", 3, 2);
    let placed = log.append(std::slice::from_ref(&made)).unwrap();
    assert_eq!(seqs(&placed), [6]);
    let log = open(Begin::Again(log));
    let starts = log.starts(&board(1)).unwrap();
    let bytes = (part_of(b"snapshot", 0).len() * 2) as u64;
    let stored = Stored {
        manifest: Seq(6),
        hash: made.hash,
        parts: 2,
        bytes,
    };
    let begun = Start {
        covers: Seq(3),
        chain: log.chain_at(&board(1), Seq(3)).unwrap().unwrap(),
        snapshot: Some(stored),
    };
    assert_eq!(starts, [Start::first(), begun]);
    assert_eq!(log.meta(&board(1)).unwrap().unwrap().bytes, 28);
    log.forget_parts(&board(1), &made.hash).unwrap();
    for index in 0..2 {
        let part = log.part(&board(1), &made.hash, index).unwrap();
        assert_eq!(part.as_deref(), Some(&*part_of(b"snapshot", index)));
    }
    assert_eq!(log.part(&board(1), &made.hash, 2), Ok(None));
    assert_eq!(
        envelopes(&log, 1).len(),
        6,
        "as long as it is not confirmed"
    );
}

fn a_snapshot_that_lacks_a_part_is_not_stored<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    five_entries(&log);
    let made = Append {
        parts: 3,
        ..snapshot(&log, b"snapshot", 3, 2)
    };
    assert!(log.append(&[made, entry(1, b"beside")]).is_err());
    assert_eq!(log.starts(&board(1)), Ok(vec![Start::first()]));
    assert_eq!(envelopes(&log, 1).len(), 5);
    log.append(&[entry(1, b"afterwards")]).unwrap();
    log.forget_parts(&board(1), &envelope_hash(b"snapshot"))
        .unwrap();
    let part = log.part(&board(1), &envelope_hash(b"snapshot"), 0);
    assert_eq!(part, Ok(None));
}

fn what_a_snapshot_covers_is_no_duplicate<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    five_entries(&log);
    let made = snapshot(&log, b"snapshot", 3, 1);
    log.append(&[made]).unwrap();
    let group = [entry(1, &[1; 10]), entry(1, &[4; 10]), entry(1, &[1; 10])];
    assert_eq!(log.find(&board(1), &group[0].hash), Ok(None));
    let placed = log.append(&group).unwrap();
    assert_eq!(seqs(&placed), [7, 4, 7]);
    assert_eq!(log.find(&board(1), &group[0].hash), Ok(Some(Seq(7))));
}

fn a_snapshot_that_was_not_confirmed_makes_room<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    five_entries(&log);
    let first = snapshot(&log, b"first", 3, 1);
    log.append(std::slice::from_ref(&first)).unwrap();
    let second = snapshot(&log, b"second", 5, 1);
    log.append(std::slice::from_ref(&second)).unwrap();
    let log = open(Begin::Again(log));
    let covers: Vec<u64> = log
        .starts(&board(1))
        .unwrap()
        .iter()
        .map(|it| it.covers.0)
        .collect();
    assert_eq!(covers, [0, 5]);
    assert_eq!(log.part(&board(1), &first.hash, 0), Ok(None));
    assert!(log.part(&board(1), &second.hash, 0).unwrap().is_some());
    assert_eq!(envelopes(&log, 1).len(), 7);
}

fn trim_all(log: &impl Log) {
    while log.trim(1).unwrap() != Trimmed::Nothing {}
}

fn what_is_retired_goes_and_what_slots_hold_stays<L: Log>(open: Open<'_, L>) {
    let log = open(Begin::Empty);
    five_entries(&log);
    let made = snapshot(&log, b"snapshot", 3, 1);
    let chain = log.chain_at(&board(1), Seq(3)).unwrap();
    log.append(std::slice::from_ref(&made)).unwrap();
    log.retire(&board(1)).unwrap();
    assert_eq!(log.starts(&board(1)).unwrap().len(), 1);
    // In the middle of it, another run goes on.
    let _ = log.trim(1).unwrap();
    log.append(&[entry(1, b"meanwhile")]).unwrap();
    let log = open(Begin::Again(log));
    trim_all(&log);
    let log = open(Begin::Again(log));
    trim_all(&log);
    assert_eq!(log.starts(&board(1)).unwrap()[0].covers, Seq(3));
    assert_eq!(log.chain_at(&board(1), Seq(3)), Ok(chain));
    assert_eq!(log.chain_at(&board(1), Seq(1)), Ok(None));
    let after = log.read(&board(1), Seq(3), usize::MAX).unwrap();
    let numbers: Vec<u64> = after.iter().map(|entry| entry.seq.0).collect();
    assert_eq!(numbers, [4, 5, 6, 7]);
    let kept = log.registers(&board(1)).unwrap();
    assert_eq!((kept[0].seq, &kept[0].envelope[..]), (Seq(2), &[2; 10][..]));
    // A newer register takes its place, and then nothing of before is left.
    log.append(&[register(1, 9, b"newer")]).unwrap();
    let second = snapshot(&log, b"second", 8, 1);
    log.append(&[second]).unwrap();
    log.retire(&board(1)).unwrap();
    trim_all(&log);
    assert_eq!(log.part(&board(1), &made.hash, 0), Ok(None));
    let kept = log.registers(&board(1)).unwrap();
    assert_eq!(
        (kept[0].seq, &kept[0].envelope[..]),
        (Seq(8), b"newer".as_slice())
    );
}

mod the_suite_itself {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use samsyn_shared::ids::Chain;

    use super::super::{Entry, Kept, MemoryLog, Meta, Start};
    use super::*;

    /// One way to break a log.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Fault {
        LosesTheLast,
        Reorders,
        DamagesBytes,
        ForgetsOnReopening,
        AppendsTwice,
        MixesBoards,
        TakesTheLastBirth,
        IgnoresTheBound,
        StopsAtTheBound,
        KeepsTheFirstRegister,
        ForgetsRegisters,
        MiscountsBytes,
        BreaksTheChain,
        FindsEverything,
        LosesParts,
        TakesHalfSnapshots,
        ForgetsGenerations,
        ForgetsPartsInUse,
        RetiresNothing,
    }

    const FAULTS: [Fault; 19] = [
        Fault::LosesTheLast,
        Fault::Reorders,
        Fault::DamagesBytes,
        Fault::ForgetsOnReopening,
        Fault::AppendsTwice,
        Fault::MixesBoards,
        Fault::TakesTheLastBirth,
        Fault::IgnoresTheBound,
        Fault::StopsAtTheBound,
        Fault::KeepsTheFirstRegister,
        Fault::ForgetsRegisters,
        Fault::MiscountsBytes,
        Fault::BreaksTheChain,
        Fault::FindsEverything,
        Fault::LosesParts,
        Fault::TakesHalfSnapshots,
        Fault::ForgetsGenerations,
        Fault::ForgetsPartsInUse,
        Fault::RetiresNothing,
    ];

    /// A memory log with one fault.
    struct Broken {
        inner: MemoryLog,
        fault: Fault,
        forgotten: std::sync::atomic::AtomicBool,
    }

    impl Broken {
        fn is(&self, fault: Fault) -> bool {
            self.fault == fault
        }

        /// What the fault makes of a group, and whose log it goes to.
        fn spoil(&self, append: &Append) -> Append {
            let mut append = append.clone();
            if self.is(Fault::TakesHalfSnapshots) {
                append.parts = append.parts.min(2);
            }
            if self.is(Fault::MixesBoards) {
                append.board = board(1);
            }
            if self.is(Fault::AppendsTwice) {
                let number = self
                    .inner
                    .meta(&append.board)
                    .unwrap()
                    .map_or(0, |m| m.last.0);
                append.hash = envelope_hash(&number.to_be_bytes());
            }
            if self.is(Fault::KeepsTheFirstRegister)
                && matches!(append.place, Place::Register(slot)
                    if self.inner.registers(&append.board).unwrap().iter().any(|k| k.slot == slot))
            {
                append.place = Place::Stream;
            }
            append
        }
    }

    impl Log for Broken {
        fn boards(&self) -> Result<Vec<BoardId>, LogError> {
            self.inner.boards()
        }
        fn meta(&self, board: &BoardId) -> Result<Option<Meta>, LogError> {
            let mut meta = self.inner.meta(board)?;
            if let Some(meta) = &mut meta {
                if self.is(Fault::MiscountsBytes) {
                    meta.bytes += 1;
                }
                if self.is(Fault::TakesTheLastBirth) && meta.last == Seq(2) {
                    meta.epoch = birth(77).epoch;
                }
            }
            Ok(meta)
        }
        fn append(&self, group: &[Append]) -> Result<Vec<Placed>, LogError> {
            let spoilt: Vec<_> = group.iter().map(|append| self.spoil(append)).collect();
            self.inner.append(&spoilt)
        }
        fn read(&self, board: &BoardId, after: Seq, max: usize) -> Result<Vec<Entry>, LogError> {
            let max = if self.is(Fault::IgnoresTheBound) {
                usize::MAX
            } else {
                max
            };
            let mut read = self.inner.read(board, after, max)?;
            if self.is(Fault::StopsAtTheBound)
                && read.iter().map(|e| e.envelope.len()).sum::<usize>() > max
            {
                read.clear();
            }
            if self.is(Fault::LosesTheLast) {
                read.pop();
            }
            if self.is(Fault::Reorders) {
                read.reverse();
            }
            if self.is(Fault::DamagesBytes) {
                for entry in &mut read {
                    entry.envelope = entry.envelope.iter().map(|b| b ^ 1).collect();
                }
            }
            Ok(read)
        }
        fn chain_at(&self, board: &BoardId, seq: Seq) -> Result<Option<Chain>, LogError> {
            let chain = self.inner.chain_at(board, seq)?;
            Ok(chain.map(|chain| {
                if self.is(Fault::BreaksTheChain) {
                    CHAIN_ZERO
                } else {
                    chain
                }
            }))
        }
        fn find(&self, board: &BoardId, hash: &EnvelopeHash) -> Result<Option<Seq>, LogError> {
            let found = self.inner.find(board, hash)?;
            Ok(if self.is(Fault::FindsEverything) {
                Some(Seq(1))
            } else {
                found
            })
        }
        fn starts(&self, board: &BoardId) -> Result<Vec<Start>, LogError> {
            if self.is(Fault::ForgetsGenerations) {
                return Ok(vec![Start::first()]);
            }
            self.inner.starts(board)
        }
        fn put_part(
            &self,
            board: &BoardId,
            manifest: &EnvelopeHash,
            index: u16,
            part: &[u8],
        ) -> Result<(), LogError> {
            self.inner.put_part(board, manifest, index, part)
        }
        fn part(
            &self,
            board: &BoardId,
            manifest: &EnvelopeHash,
            index: u16,
        ) -> Result<Option<Arc<[u8]>>, LogError> {
            let forgotten = self.forgotten.load(std::sync::atomic::Ordering::Relaxed);
            if self.is(Fault::LosesParts) || forgotten {
                return Ok(None);
            }
            self.inner.part(board, manifest, index)
        }
        fn forget_parts(&self, board: &BoardId, manifest: &EnvelopeHash) -> Result<(), LogError> {
            let forgets = self.is(Fault::ForgetsPartsInUse);
            self.forgotten
                .store(forgets, std::sync::atomic::Ordering::Relaxed);
            self.inner.forget_parts(board, manifest)
        }
        fn retire(&self, board: &BoardId) -> Result<(), LogError> {
            if self.is(Fault::RetiresNothing) {
                return Ok(());
            }
            self.inner.retire(board)
        }
        fn trim(&self, most: usize) -> Result<Trimmed, LogError> {
            self.inner.trim(most)
        }
        fn registers(&self, board: &BoardId) -> Result<Vec<Kept>, LogError> {
            let kept = self.inner.registers(board)?;
            Ok(if self.is(Fault::ForgetsRegisters) {
                vec![]
            } else {
                kept
            })
        }
    }

    fn passes(fault: Fault) -> bool {
        let mut open = |begin| match begin {
            Begin::Again(log) if fault != Fault::ForgetsOnReopening => log,
            Begin::Again(_) | Begin::Empty => {
                let inner = MemoryLog::default();
                let forgotten = false.into();
                Broken {
                    inner,
                    fault,
                    forgotten,
                }
            }
        };
        catch_unwind(AssertUnwindSafe(|| check(&mut open))).is_ok()
    }

    #[test]
    fn every_broken_log_fails_the_suite() {
        let survivors: Vec<_> = FAULTS.into_iter().filter(|fault| passes(*fault)).collect();
        assert_eq!(survivors, []);
    }
}
