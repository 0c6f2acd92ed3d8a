//! What whole-system tests are made of: simulated networks, the relay's real process, a wire that can be cut, browsers.
//! The tests themselves are in `tests/`; nothing here but the simulation knows what they check.

#[cfg(feature = "system")]
pub mod board;
#[cfg(feature = "system")]
pub mod browser;
pub mod fuzz;
#[cfg(feature = "system")]
pub mod intruder;
#[cfg(feature = "system")]
pub mod net;
#[cfg(feature = "system")]
pub mod peer;
#[cfg(feature = "system")]
pub mod process;
#[cfg(feature = "system")]
pub mod proxy;
#[cfg(feature = "system")]
pub mod raw;
#[cfg(feature = "system")]
pub mod relay;
#[cfg(feature = "system")]
pub mod room;
pub mod simulation;
#[cfg(feature = "system")]
pub mod small_disk;
#[cfg(feature = "system")]
pub mod tablet;
#[cfg(feature = "system")]
pub mod wait;
