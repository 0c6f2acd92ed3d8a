//! Entries of the stream that are checked but not yet in the document: while catching up they go in by groups.

use crate::ids::{Chain, ChangeHash, EnvelopeHash, Seq, Slot};
use crate::time::Monotonic;

/// See the module.
#[derive(Debug)]
pub(super) struct Intake {
    /// The last entry that came.
    pub(super) cursor: Seq,
    /// The chain there.
    pub(super) chain: Chain,
    /// Chunks of others, in order.
    pub(super) chunks: Vec<Vec<u8>>,
    /// The entry that each of them came in.
    pub(super) places: Vec<Seq>,
    /// Changes of batches of our own that came back, and in which entry.
    pub(super) own: Vec<(Seq, ChangeHash)>,
    /// Outbox entries that came back.
    pub(super) returned: Vec<EnvelopeHash>,
    /// Slots whose register is newer now.
    pub(super) registers: Vec<Slot>,
    bytes: usize,
    since: Option<Monotonic>,
}

impl Intake {
    /// Nothing has come since this place.
    pub(super) fn at(cursor: Seq, chain: Chain) -> Self {
        Self {
            cursor,
            chain,
            chunks: Vec::new(),
            places: Vec::new(),
            own: Vec::new(),
            returned: Vec::new(),
            registers: Vec::new(),
            bytes: 0,
            since: None,
        }
    }

    /// The stream moved on.
    pub(super) fn moved(&mut self, now: Monotonic, cursor: Seq, chain: Chain) {
        self.cursor = cursor;
        self.chain = chain;
        self.since.get_or_insert(now);
    }

    pub(super) fn add(&mut self, place: Seq, chunk: Vec<u8>) {
        self.bytes += chunk.len();
        self.places.push(place);
        self.chunks.push(chunk);
    }

    pub(super) fn has_news(&self) -> bool {
        self.since.is_some()
    }

    pub(super) fn is_full(&self, changes: usize, bytes: usize) -> bool {
        self.chunks.len() + self.own.len() >= changes || self.bytes >= bytes
    }

    /// When it must go into the document at the latest.
    pub(super) fn deadline(&self, wait: u64) -> Option<Monotonic> {
        self.since.map(|since| since.plus(wait))
    }

    /// Takes everything out; what comes next goes on from here.
    pub(super) fn take(&mut self) -> Self {
        let empty = Self::at(self.cursor, self.chain);
        std::mem::replace(self, empty)
    }
}
