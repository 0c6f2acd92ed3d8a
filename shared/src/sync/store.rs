//! What a session needs of a board's changes.

use crate::ids::ChangeHash;

/// What became of one chunk that came from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is now part of the document.
    Applied(ChangeHash),
    /// It was part of the document already.
    Known(ChangeHash),
    /// Its dependencies are missing; it is kept until they come.
    Waiting(ChangeHash),
    /// It breaks the rules of admission; it is kept apart, for good, and reported.
    Held {
        /// Its hash, where it could be read so far.
        hash: Option<ChangeHash>,
        /// Which rule it breaks, in words for a log.
        reason: String,
    },
}

impl Verdict {
    /// The change, unless it is held.
    #[must_use]
    pub const fn change(&self) -> Option<ChangeHash> {
        match self {
            Self::Applied(hash) | Self::Known(hash) | Self::Waiting(hash) => Some(*hash),
            Self::Held { .. } => None,
        }
    }
}

/// What became of a group of chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt<Delta> {
    /// One verdict a chunk, in their order.
    pub verdicts: Vec<Verdict>,
    /// Changes that had waited and were applied now, with their verdicts (`Applied` or `Held`).
    pub released: Vec<Verdict>,
    /// Waiting changes that had to make room for others: they are gone from here, and the session refills later.
    pub dropped: Vec<ChangeHash>,
    /// What changed for a screen.
    pub delta: Delta,
}

/// A grow-only set of changes with their dependencies; the document behind it is none of the session's business.
pub trait ChangeStore {
    /// What a screen needs to know after changes were applied.
    type Delta: Default;

    /// Takes raw change chunks from outside, each through admission; never fails as a whole.
    fn receive(&mut self, chunks: &[&[u8]]) -> Receipt<Self::Delta>;

    /// Whether the change is applied.
    fn contains(&self, hash: &ChangeHash) -> bool;

    /// The direct dependencies of an applied change; none if it is not applied.
    fn deps(&self, hash: &ChangeHash) -> Option<Vec<ChangeHash>>;

    /// Applied changes that are not ancestors of (or among) `heads`, dependencies first.
    /// Heads that are not applied count as absent. Genesis and home changes are never listed.
    fn changes_after(&self, heads: &[ChangeHash]) -> Vec<ChangeHash>;

    /// The raw chunk of an applied or waiting change.
    fn chunk(&self, hash: &ChangeHash) -> Option<Vec<u8>>;

    /// The heads of the document.
    fn heads(&self) -> Vec<ChangeHash>;
}
