//! Changes of strangers through admission into a board, and whole documents.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ExpandedChange, ObjType, ScalarValue};
use samsyn_shared::board::{Board, Command, MAX_RAW, changes_in};
use samsyn_shared::ids::{ChangeHash, NoteId};
use samsyn_shared::records::{Colour, Position};
use samsyn_shared::sync::{ChangeStore, Verdict};

use super::Taken;
use super::forge::{self, NOW, fixture, mended, rng};
use super::script::{Steps, Values};
use crate::simulation::Document;

/// Steps: chunks as in `forge::chunks`, 3 a change composed of what is known, 4 hands over what has gathered.
pub(super) fn board(data: &[u8]) -> Taken {
    let fixture = fixture();
    let mut board = Board::new(fixture.board);
    let mut gathered: Vec<Vec<u8>> = Vec::new();
    let mut parts = Parts::new();
    let mut taken = Taken::No;
    for (kind, bytes) in Steps(data) {
        match kind % 5 {
            3 => gathered.extend(parts.compose(&board, Values(bytes))),
            4 => taken = hand_over(&mut board, &mut parts, &mut gathered, taken),
            _ => {
                let step = [&[kind % 5], short(bytes.len()).as_slice(), bytes].concat();
                gathered.extend(
                    forge::chunks(Steps(&step))
                        .into_iter()
                        .map(|(_, chunk)| chunk),
                );
            }
        }
    }
    taken = hand_over(&mut board, &mut parts, &mut gathered, taken);
    let again = holds(&board);
    // Half of the inputs do for what costs as much again.
    if data.len().is_multiple_of(2) {
        one_by_one(&board);
    } else {
        still_works(board, again);
    }
    taken
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}

fn hand_over(
    board: &mut Board,
    parts: &mut Parts,
    gathered: &mut Vec<Vec<u8>>,
    before: Taken,
) -> Taken {
    let chunks: Vec<&[u8]> = gathered.iter().map(Vec::as_slice).collect();
    let receipt = board.receive(&chunks);
    assert_eq!(receipt.verdicts.len(), gathered.len());
    let mut taken = before;
    for verdict in receipt.verdicts.iter().chain(&receipt.released) {
        if let Verdict::Applied(hash) = verdict {
            taken = Taken::Yes;
            let chunk = board.chunk(hash).expect("an applied change is there");
            assert!(chunk.len() <= MAX_RAW);
            parts.learn(&chunk);
        }
    }
    gathered.clear();
    taken
}

/// A board is what its changes make it: what was saved opens as the same board.
pub(super) fn holds(board: &Board) -> Board {
    let saved = board.save();
    let (again, report) = Board::load(board.id(), &[&saved]);
    assert!(report.held.is_empty(), "{:?}", report.held);
    assert!(report.waiting.is_empty(), "a saved board waits");
    assert_eq!(again.heads(), board.heads());
    assert_eq!(
        again.changes_after(&[]).len(),
        board.changes_after(&[]).len()
    );
    assert_eq!(again.fingerprint(), board.fingerprint());
    again
}

/// The same for who gets the changes one by one.
fn one_by_one(board: &Board) {
    let mut other = Board::new(board.id());
    for hash in &board.changes_after(&[]) {
        let chunk = board.chunk(hash).expect("an applied change is there");
        let receipt = other.receive(&[&chunk]);
        assert_eq!(receipt.verdicts, [Verdict::Applied(*hash)]);
    }
    assert_eq!(other.heads(), board.heads());
    assert_eq!(other.fingerprint(), board.fingerprint());
}

/// A person can go on writing, and others take it.
fn still_works(mut board: Board, mut other: Board) {
    let note = Command::AddNote {
        id: NoteId([0x77; 16]),
        section: forge::WALL,
        quadrant: None,
        text: "efter".to_owned(),
        at: Position::default(),
        colour: Colour::Blue,
        author: None,
    };
    if let Ok(committed) = board.commit(NOW.wall, &mut rng(), &[note]) {
        for (hash, chunk) in committed.changes {
            let receipt = other.receive(&[&chunk]);
            assert_eq!(receipt.verdicts, [Verdict::Applied(hash)]);
        }
        assert_eq!(other.fingerprint(), board.fingerprint());
    }
}

/// A saved document of somebody else, its checksum made right.
pub(super) fn document(data: &[u8]) -> Taken {
    let (_, saved) = mended(data);
    let changes = changes_in(&saved);
    if let Ok(changes) = &changes {
        let chunks: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        let mut board = Board::new(fixture().board);
        board.receive(&chunks);
        drop(holds(&board));
    }
    Taken::when(&changes)
}

/// What a composed change can speak of.
struct Parts {
    objects: Vec<ObjectId>,
    operations: Vec<OpId>,
    keys: Vec<Key>,
    made: BTreeMap<ChangeHash, Change>,
}

impl Parts {
    fn new() -> Self {
        let mut parts = Self {
            objects: vec![ObjectId::Root],
            operations: Vec::new(),
            keys: ["homes", "notes", "x", "text", "at", ""]
                .into_iter()
                .map(|key| Key::Map(key.into()))
                .chain([Key::head()])
                .collect(),
            made: BTreeMap::new(),
        };
        // Genesis and home are in every document, and lead to the containers.
        for chunk in &fixture().fixed {
            parts.learn(chunk);
        }
        parts
    }

    fn learn(&mut self, chunk: &[u8]) {
        let Ok(change) = Change::try_from(chunk) else {
            return;
        };
        let counters = change.start_op().get()..;
        for (counter, operation) in counters.zip(change.decode().operations) {
            let id = OpId::new(counter, change.actor_id());
            if matches!(operation.action, OpType::Make(_)) {
                self.objects.push(ObjectId::Id(id.clone()));
            }
            if operation.insert {
                self.keys.push(id.clone().into());
            }
            if operation.key.is_map_key() && !self.keys.contains(&operation.key) {
                self.keys.push(operation.key);
            }
            self.operations.push(id);
        }
        self.made.insert(ChangeHash(change.hash().0), change);
    }

    /// A change that fits the board but for what the values make wrong.
    fn compose(&self, board: &Board, mut values: Values<'_>) -> Option<Vec<u8>> {
        let actor = automerge::ActorId::from([0xa0 | (values.byte() & 3); 16].as_slice());
        let own: Vec<&Change> = self
            .made
            .values()
            .filter(|change| *change.actor_id() == actor)
            .collect();
        let wrong = values.byte();
        let mut deps = board.heads();
        if wrong & 1 != 0 {
            let all: Vec<ChangeHash> = self.made.keys().copied().collect();
            deps = (0..=values.below(3))
                .filter_map(|_| values.pick(&all).copied())
                .collect();
            deps.sort_unstable();
            deps.dedup();
        }
        let max_op = deps
            .iter()
            .filter_map(|dep| self.made.get(dep))
            .map(Change::max_op);
        let start_op = 1 + max_op.max().unwrap_or_default();
        let start_op = if wrong & 2 == 0 {
            start_op
        } else {
            u64::from(values.short()) + 1
        };
        let seq = own.len() as u64 + 1;
        let seq = if wrong & 4 == 0 {
            seq
        } else {
            u64::from(values.byte()) + 1
        };
        let mut operations = Vec::new();
        while !values.is_empty() && operations.len() < 64 {
            let next = start_op + operations.len() as u64;
            operations.push(self.operation(&mut values, start_op, next, &actor));
        }
        let change = ExpandedChange {
            operations,
            actor_id: actor,
            hash: None,
            seq,
            start_op: start_op.try_into().ok()?,
            time: 0,
            message: None,
            deps: deps
                .into_iter()
                .map(|dep| automerge::ChangeHash(dep.0))
                .collect(),
            extra_bytes: Vec::new(),
            author: None,
        };
        Some(Change::from(change).raw_bytes().to_vec())
    }

    fn operation(
        &self,
        values: &mut Values<'_>,
        start: u64,
        next: u64,
        actor: &automerge::ActorId,
    ) -> Op {
        // One of this very change, or any that is known.
        let id = |values: &mut Values<'_>| {
            let own = OpId::new(
                start + values.below(usize::try_from(next - start + 1).unwrap_or(1)) as u64,
                actor,
            );
            if values.byte() & 1 == 0 {
                values.pick(&self.operations).cloned().unwrap_or(own)
            } else {
                own
            }
        };
        let shape = values.byte();
        let obj = if shape & 1 == 0 {
            values
                .pick(&self.objects)
                .cloned()
                .unwrap_or(ObjectId::Root)
        } else {
            ObjectId::Id(id(values))
        };
        let key = if shape & 2 == 0 {
            values.pick(&self.keys).cloned().unwrap_or(Key::head())
        } else {
            id(values).into()
        };
        let action = match values.byte() % 10 {
            0 => OpType::Make(ObjType::Map),
            1 => OpType::Make(ObjType::Text),
            2 => OpType::Make(ObjType::List),
            3 => OpType::Delete,
            4 => OpType::Put(ScalarValue::Int(i64::from(values.short()))),
            5 => OpType::Put(ScalarValue::Bytes(values.short().to_le_bytes().repeat(4))),
            6 => OpType::Put(ScalarValue::F64(f64::from_bits(
                u64::from(values.short()) << 48,
            ))),
            7 => OpType::Increment(1),
            8 => OpType::Put(ScalarValue::Null),
            _ => OpType::Put(ScalarValue::Str(
                char::from_u32(u32::from(values.short()))
                    .unwrap_or('å')
                    .to_string()
                    .into(),
            )),
        };
        let mut pred: Vec<OpId> = (0..(shape >> 2) & 3).map(|_| id(values)).collect();
        pred.sort_unstable();
        pred.dedup();
        Op {
            action,
            obj,
            key,
            pred: pred.into(),
            insert: shape & 16 != 0,
        }
    }
}
