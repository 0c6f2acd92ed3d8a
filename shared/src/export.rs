//! What people take home, and what the list view shows: one reading order for all of it.
//!
//! Boundary: from a view to plain values and text; nothing here writes a file.

pub mod markdown;
pub mod outline;
pub mod words;

pub(crate) use markdown::in_one_line;
pub use markdown::markdown;
pub use outline::{
    Block, Fact, FactKind, HeadingOf, Item, ListStyle, item, outline, section_outline,
};
pub use words::Words;
