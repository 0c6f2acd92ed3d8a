//! The pure heart of Samsyn: ids, records, the board document, seals, sync and archive.
//!
//! Boundary: nothing here performs IO or reads a clock or randomness; `now` and `rng` are arguments.
//! Without the feature `document` there is no automerge, and that is what the relay links.

pub mod ids;
pub mod records;
pub mod registers;
pub mod seal;
pub mod sync;
pub mod time;
pub mod wall;

#[cfg(feature = "document")]
pub mod archive;
#[cfg(feature = "document")]
pub mod board;
#[cfg(feature = "document")]
pub mod compare;
#[cfg(feature = "document")]
pub mod export;
#[cfg(feature = "document")]
pub mod templates;
