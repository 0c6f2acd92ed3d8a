//! The Samsyn board in the browser.
//!
//! One WASM module serves two places: the page (`ui` shows what `core` decides, `shell` carries out its effects)
//! and a dedicated worker (`worker`: document, session, storage and socket).

pub mod core;
#[cfg(target_arch = "wasm32")]
pub mod shell;
#[cfg(target_arch = "wasm32")]
pub mod ui;
pub mod worker;
