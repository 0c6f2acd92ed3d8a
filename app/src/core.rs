//! The page's logic, pure: `Model`, `Event`, `Effect` and `update`. Runs and is tested natively.
//!
//! Boundary: no clock, no randomness, no browser. The shell brings events in and carries effects out; components
//! read the model and dispatch events. `update` is the only thing that changes a model.

pub mod address;
pub mod camera;
pub mod draft;
pub mod drawing;
pub mod effect;
pub mod event;
pub mod messages;
pub mod mint;
pub mod model;
pub mod news;
pub mod people;
mod search;
pub mod steps;
pub mod tsv;
pub mod update;
pub mod words;

pub use address::Address;
pub use effect::{Effect, Part};
pub use event::{Event, StartEvent};
pub use model::Model;
pub use update::update;
