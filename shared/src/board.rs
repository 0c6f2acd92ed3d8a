//! The board document over automerge: genesis, homes, admission, commands, drafts and the view.
//!
//! Boundary: the only module that touches automerge. It knows nothing of seals, sync or storage.

pub mod command;
pub mod view;

pub use command::{Command, Draft, Restored, Support, TextField};
pub use view::{Delta, Record, Splice, TextChange, TextValue, View};

/// Whether `key` is an order key as `board` makes them: lower-case hex of a fractional index, `-`, six hex digits.
#[must_use]
pub fn order_key_is_valid(key: &str) -> bool {
    let hex = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    key.len() <= 256
        && key
            .split_once('-')
            .is_some_and(|(index, random)| hex(index) && hex(random) && random.len() == 6)
}
