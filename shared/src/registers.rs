//! Signed registers: what the facilitator decides.
//!
//! Boundary: names, values and which edition wins. Sealing and signing them is `seal`'s; sending them is `sync`'s.
//!
//! A register is an envelope of kind `register` in a slot of its board; the newest edition of each slot is kept
//! verbatim by the relay and by every member, so that any of them can give it back to a relay that lost it.

pub mod group;
pub mod name;
pub mod set;
pub mod state;
pub mod title;

pub use crate::seal::RegisterHeader;
pub use group::{Group, MAX_GROUPS};
pub use name::{RegisterClass, RegisterName};
pub use set::{Offer, RegisterError, RegisterSet};
pub use state::{BoardState, StateError};
pub use title::{Title, TitleError};
