//! What whole-system tests are made of: simulated networks, the relay's real process, a wire that can be cut, browsers.
//! The tests themselves are in `tests/`; nothing here but the simulation knows what they check.

pub mod board;
pub mod browser;
pub mod intruder;
pub mod net;
pub mod process;
pub mod proxy;
pub mod relay;
pub mod room;
pub mod simulation;
pub mod wait;
