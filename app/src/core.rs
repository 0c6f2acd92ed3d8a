//! The page's logic, pure: `Model`, `Event`, `Effect` and `update`. Runs and is tested natively.

pub mod messages;
