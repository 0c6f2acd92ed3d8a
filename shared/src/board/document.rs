//! The one constructor and the one loader of automerge documents, and how our ids and automerge's translate.
//!
//! Every other module gets its documents here, so that each counts text in UTF-16 code units, as the DOM does.

use automerge::{
    ActorId, Automerge, AutomergeError, LoadOptions, ObjId, TextEncoding, VerificationMode,
};

use super::chunk::{self, ChunkError};
use crate::ids::ChangeHash;

/// An empty document.
#[must_use]
pub fn empty() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit)
}

/// Why bytes are not a document.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Automerge is not even asked.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// Automerge refuses it.
    #[error(transparent)]
    Automerge(#[from] AutomergeError),
}

/// Reads what `Automerge::save` wrote; its heads are checked against what was read.
///
/// # Errors
/// What automerge says is wrong with the bytes.
pub fn load(bytes: &[u8]) -> Result<Automerge, LoadError> {
    chunk::check_document(bytes)?;
    let document = Automerge::load_with_options(
        bytes,
        LoadOptions::new()
            .text_encoding(TextEncoding::Utf16CodeUnit)
            .verification_mode(VerificationMode::Check),
    )?;
    Ok(document)
}

/// The object that operation `counter` of `actor` made.
#[must_use]
pub fn object_id(counter: u64, actor: &[u8]) -> ObjId {
    // The last number is only automerge's hint for finding the actor; it is checked there.
    ObjId::Id(counter, ActorId::from(actor), 0)
}

/// Automerge's hash of a change as ours.
#[must_use]
pub const fn ours(hash: automerge::ChangeHash) -> ChangeHash {
    ChangeHash(hash.0)
}
