//! What whole-system tests are made of: simulated networks, the relay's real process, a wire that can be cut, browsers.
//! The tests themselves are in `tests/`; nothing here but the simulation knows what they check.

pub mod board;
pub mod browser;
pub mod fuzz;
pub mod intruder;
pub mod net;
pub mod peer;
pub mod process;
pub mod proxy;
pub mod raw;
pub mod relay;
pub mod room;
pub mod simulation;
pub mod small_disk;
pub mod tablet;
pub mod wait;
