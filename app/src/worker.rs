//! The dedicated worker: the open board's document and session, IndexedDB and the socket, off the page.
//!
//! `Host` and what it stands on are pure and run natively in tests; `run` and the files beside it that touch
//! the browser are compiled for wasm32 only.

pub mod drafts;
pub mod lease;
pub mod writes;
