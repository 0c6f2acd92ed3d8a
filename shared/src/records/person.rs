//! Somebody who works on the board, as far as they told their name.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// A person on a board. The name is free text and proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id on this board.
    pub id: PersonId,
    /// The name they gave; at most `Person::MAX_NAME` UTF-16 units, empty when none was given.
    pub name: String,
}

impl Person {
    /// The longest name, in UTF-16 code units.
    pub const MAX_NAME: usize = 80;
}
