//! Makes the ids of new records from one seed that the shell drew, so that `update` stays pure.

use samsyn_shared::ids::{CrossId, NoteId, RuleId};

/// A stream of ids: BLAKE3 of a counter, keyed with the seed. Two pages never share a seed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mint {
    seed: [u8; 32],
    made: u64,
}

impl Mint {
    /// A stream from 32 random bytes.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self { seed, made: 0 }
    }

    fn next(&mut self) -> [u8; 16] {
        self.made += 1;
        let hash = blake3::keyed_hash(&self.seed, &self.made.to_le_bytes());
        hash.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// The id of a new note.
    pub fn note(&mut self) -> NoteId {
        NoteId(self.next())
    }

    /// The id of a new rule.
    pub fn rule(&mut self) -> RuleId {
        RuleId(self.next())
    }

    /// The id of a new cross.
    pub fn cross(&mut self) -> CrossId {
        CrossId(self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_ids_are_the_same() {
        let mut mint = Mint::new([1; 32]);
        let first = mint.note();
        assert_ne!(first, mint.note());
        assert_ne!(first, Mint::new([2; 32]).note());
        assert_ne!(first.0, [0; 16]);
    }
}
