//! What lies in IndexedDB of one board, read: the rows that can be read, and whether there were others.
//!
//! Pure. Nothing is ever removed here; a row that cannot be read stays for a version that can.

use std::collections::BTreeMap;

use samsyn_shared::sync::session::ChunkState;

use crate::core::messages::StorageFailure;
use crate::worker::io::{Stored, StoredBytes};
use crate::worker::lease::Claimed;
use crate::worker::rows::{self, BoardRow, ChunkRow, RowError};

/// A row's key and bytes.
pub type Row = (String, Vec<u8>);

/// A board's rows as they lie there.
pub struct Raw {
    /// Who holds the lease.
    pub lease: Claimed,
    /// The board's own row.
    pub board: Option<Vec<u8>>,
    /// Chunks and their states.
    pub chunks: Vec<Row>,
    /// The frontier.
    pub frontier: Option<Vec<u8>>,
    /// The outbox.
    pub outbox: Vec<Row>,
    /// The registers.
    pub registers: Vec<Row>,
    /// The drafts.
    pub drafts: Vec<Row>,
}

impl Raw {
    /// Reads the rows. Those that cannot be read stay where they are, and the board opens without them.
    ///
    /// # Errors
    /// If the board's own row, which holds its keys, cannot be read.
    pub fn read(self) -> Result<Stored, StorageFailure> {
        let mut trouble = Trouble::default();
        let row = self
            .board
            .map(|bytes| rows::decode::<BoardRow>(&bytes))
            .transpose()?;
        let (chunks, pieces) = chunks(self.chunks, &mut trouble);
        let mut stored = Stored {
            lease: self.lease,
            row,
            chunks,
            final_snapshot: trouble.note(rows::final_snapshot(&pieces)).flatten(),
            frontier: self
                .frontier
                .and_then(|bytes| trouble.note(rows::frontier(&bytes))),
            outbox: trouble.all(self.outbox, rows::outbox),
            registers: self.registers.into_iter().map(|(_, bytes)| bytes).collect(),
            drafts: trouble.all(self.drafts, rows::draft),
            trouble: None,
        };
        stored.trouble = trouble.worst;
        Ok(stored)
    }
}

/// Remembers that rows could not be read.
#[derive(Default)]
struct Trouble {
    worst: Option<StorageFailure>,
}

impl Trouble {
    fn note<T>(&mut self, read: Result<T, RowError>) -> Option<T> {
        read.map_err(|error| self.worst = Some(error.into())).ok()
    }

    fn all<T>(
        &mut self,
        rows: Vec<Row>,
        read: impl Fn(&str, &[u8]) -> Result<T, RowError>,
    ) -> Vec<T> {
        let rows = rows.into_iter();
        rows.filter_map(|(key, bytes)| self.note(read(&key, &bytes)))
            .collect()
    }
}

/// The chunks with their states, and the pieces of a final snapshot.
fn chunks(rows: Vec<Row>, trouble: &mut Trouble) -> (Vec<StoredBytes>, BTreeMap<u16, Vec<u8>>) {
    let mut pieces = BTreeMap::new();
    let mut chunks = Vec::new();
    let mut states = BTreeMap::new();
    for (key, bytes) in rows {
        match trouble.note(rows::chunk(&key, &bytes)) {
            Some(ChunkRow::Bytes(hash)) => {
                chunks.push(StoredBytes {
                    hash,
                    bytes,
                    state: ChunkState::Applied,
                });
            }
            Some(ChunkRow::State(hash, state)) => drop(states.insert(hash, state)),
            Some(ChunkRow::Final(place)) => drop(pieces.insert(place, bytes)),
            None => {}
        }
    }
    for chunk in &mut chunks {
        if let Some(state) = states.get(&chunk.hash) {
            chunk.state = *state;
        }
    }
    (chunks, pieces)
}

#[cfg(test)]
mod tests {
    use samsyn_shared::board::Draft;
    use samsyn_shared::ids::{BoardId, ChangeHash, TextId};
    use samsyn_shared::sync::session::{FinalSnapshot, StoreWrite};
    use samsyn_shared::time::UnixMillis;

    use super::*;
    use crate::worker::lease::{Lease, TabId, Term};
    use crate::worker::writes::Op;

    const BOARD: BoardId = BoardId([1; 32]);

    fn nothing() -> Raw {
        let lease = Lease {
            holder: TabId([1; 16]),
            term: Term(1),
            heartbeat: UnixMillis(0),
        };
        Raw {
            lease: Claimed::Held(lease),
            board: None,
            chunks: Vec::new(),
            frontier: None,
            outbox: Vec::new(),
            registers: Vec::new(),
            drafts: Vec::new(),
        }
    }

    fn row(op: Op) -> Row {
        match op {
            Op::Put { key, value, .. } => (key, value),
            Op::Delete { .. } | Op::Forget(_) => panic!("a put was expected"),
        }
    }

    #[test]
    fn one_damaged_row_does_not_take_the_others_with_it() {
        let draft = |own: &str, text| {
            let (base, own) = (String::new(), own.to_owned());
            row(rows::put_draft(
                BOARD,
                &Draft {
                    text: TextId([text; 16]),
                    base_revision: None,
                    base,
                    own,
                    edits: Vec::new(),
                },
            ))
        };
        let mut drafts = vec![draft("hej", 1), draft("du", 2)];
        drafts[0].1 = vec![1, 0xff];
        let stored = Raw {
            drafts,
            frontier: Some(Vec::new()),
            ..nothing()
        }
        .read()
        .unwrap();
        assert_eq!(stored.drafts.len(), 1);
        assert_eq!(stored.drafts[0].own, "du");
        assert_eq!(
            stored.frontier, None,
            "everything is read again from the relay"
        );
        assert_eq!(stored.trouble, Some(StorageFailure::Damaged));
    }

    #[test]
    fn a_held_chunk_is_told_apart() {
        let mut ops = Vec::new();
        rows::put_chunk(
            BOARD,
            ChangeHash([2; 32]),
            b"bad",
            ChunkState::Held,
            &mut ops,
        );
        let chunks = ops.into_iter().map(row).collect();
        let stored = Raw {
            chunks,
            ..nothing()
        }
        .read()
        .unwrap();
        let states: Vec<_> = stored.chunks.iter().map(|chunk| chunk.state).collect();
        assert_eq!((states, stored.trouble), (vec![ChunkState::Held], None));
    }

    #[test]
    fn a_final_snapshot_comes_back_and_one_that_lacks_a_part_is_fetched_again() {
        let snapshot = FinalSnapshot {
            envelope: b"list".to_vec(),
            parts: vec![b"one".to_vec(), b"two".to_vec()],
        };
        let write = |snapshot: &FinalSnapshot| {
            let ops = rows::session_ops(
                BOARD,
                StoreWrite {
                    final_snapshot: Some(snapshot.clone()),
                    ..StoreWrite::default()
                },
            );
            ops.into_iter().map(row).collect::<Vec<Row>>()
        };
        let read = |chunks: Vec<Row>| {
            let raw = Raw {
                chunks,
                ..nothing()
            };
            raw.read().unwrap().final_snapshot
        };
        let rows = write(&snapshot);
        assert_eq!(read(rows.clone()), Some(snapshot.clone()));
        let lacking = rows.iter().take(2).cloned().collect();
        let (envelope, parts) = (snapshot.envelope.clone(), Vec::new());
        assert_eq!(read(lacking), Some(FinalSnapshot { envelope, parts }));
        // A shorter one in its place leaves pieces of the former behind.
        let shorter = FinalSnapshot {
            parts: vec![b"all".to_vec()],
            ..snapshot
        };
        let mut over: BTreeMap<String, Vec<u8>> = rows.into_iter().collect();
        over.extend(write(&shorter));
        assert_eq!(read(over.into_iter().collect()), Some(shorter));
    }
}
