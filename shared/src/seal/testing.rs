//! Keys that the tests of this crate share; the same in every run.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{BoardKeys, Role};

/// Randomness that is the same in every run.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// The facilitator's keys of test board number `seed`.
pub(crate) fn board(seed: u64) -> BoardKeys {
    BoardKeys::generate(&mut rng(seed))
}

/// Facilitator, participant and observer of one board, each as its link gives it.
#[allow(clippy::unwrap_used, reason = "a facilitator has every link")]
pub(crate) fn three_roles(seed: u64) -> [BoardKeys; 3] {
    let keys = board(seed);
    Role::ALL.map(|role| BoardKeys::from_link(&keys.link(role).unwrap()).unwrap())
}
