//! Boards to start from, as data.
