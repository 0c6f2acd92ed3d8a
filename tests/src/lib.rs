//! What whole-system tests are made of: the relay's real process, a wire that can be cut, real browsers.
//! The tests themselves are in `tests/`; nothing here knows what they check.

pub mod browser;
pub mod net;
pub mod process;
pub mod proxy;
pub mod relay;
pub mod wait;
