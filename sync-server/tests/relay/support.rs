//! Boards, and a relay in this process.

use std::sync::Arc;

use clap::Parser;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::seal::{BoardKeys, Link, Role};
use samsyn_sync_server::config::ServeArgs;
use samsyn_sync_server::log::{Log, MemoryLog};
use samsyn_sync_server::serve::Server;
use samsyn_sync_server::ws::Patience;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    serve: ServeArgs,
}

/// The flags of a relay on a free port of this machine.
pub fn flags(more: &[&str]) -> ServeArgs {
    let flags = ["serve", "--listen", "127.0.0.1:0"].iter().chain(more);
    Flags::try_parse_from(flags).unwrap().serve
}

/// A relay that forgets.
pub fn relay() -> Server {
    relay_over(Arc::new(MemoryLog::default()))
}

/// A relay over a log.
pub fn relay_over(log: Arc<dyn Log>) -> Server {
    Server::start(&flags(&[]), log, Patience::default()).unwrap()
}

/// A facilitator of a board; the same for the same number.
pub fn board(n: u64) -> BoardKeys {
    BoardKeys::generate(&mut ChaCha20Rng::seed_from_u64(n))
}

/// The same board for another role, as its link gives it.
pub fn as_role(keys: &BoardKeys, role: Role) -> BoardKeys {
    let code = keys.link(role).unwrap();
    Link::parse(&format!("http://localhost/#{code}"))
        .unwrap()
        .keys
}

/// An envelope with something in it; the relay cannot tell that it is no pack.
pub fn envelope(keys: &BoardKeys, text: &str) -> Vec<u8> {
    keys.seal_changes(text.as_bytes()).unwrap()
}
