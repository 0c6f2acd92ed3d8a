//! The dedicated worker: the open board's document and session, IndexedDB and the socket, off the page.
//!
//! `Host` and what it stands on are pure and run natively in tests; `browser` and the files below it touch the
//! browser and are compiled for wasm32 only.

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod desk;
pub mod drafts;
pub mod glimpse;
pub mod host;
pub mod io;
pub mod lease;
pub mod peers;
pub mod rows;
pub mod save_state;
pub mod stored;
pub mod tabs;
pub mod turn;
pub mod writes;

pub use host::Host;

/// Starts the worker in its global scope; from here on it answers the page.
#[cfg(target_arch = "wasm32")]
pub fn run() {
    browser::start();
}
