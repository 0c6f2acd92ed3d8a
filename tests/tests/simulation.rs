//! Thousands of rooms with bad wifi, dying tablets and a relay that loses its disk: nothing is lost, all agree.

use samsyn_shared::board::Board;
use samsyn_tests::simulation::{Clocks, Document, Tally, Toy, run_all, story, trace};

const TOYS: u64 = 4_000;
const BOARDS: u64 = 400;
/// So many schedules have some of everything in them.
const ENOUGH: u64 = 100;
/// The first seed of the real boards, so that both kinds of documents live through different trouble.
const FIRST_BOARD: u64 = 1_000_000;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[allow(
    clippy::panic,
    reason = "the seed and the plan are what a person needs, not a Debug of them"
)]
fn check<S: Document>(from: u64, to: u64) -> Tally {
    match run_all::<S>(from, to) {
        Ok(tally) => {
            println!("{tally:?}");
            tally
        }
        Err(failure) => panic!("{failure}"),
    }
}

/// The plan of one seed (from 1,000,000 on, of real boards), with all that one device says and hears:
/// `SAMSYN_SEED=17 SAMSYN_DEVICE=1 cargo test --workspace --test simulation one_seed -- --ignored --nocapture`.
#[test]
#[ignore = "for looking at one seed"]
fn one_seed() {
    let device = usize::try_from(number("SAMSYN_DEVICE", 99)).unwrap_or(99);
    let seed = number("SAMSYN_SEED", 0);
    let told = if seed < FIRST_BOARD {
        trace::<Toy>(seed, device)
    } else {
        trace::<Board>(seed, device)
    };
    println!("{told}");
}

/// What a tally must hold: of each kind of trouble, and of each thing that trouble must not prevent, something.
fn happened(tally: &Tally) {
    if tally.schedules < ENOUGH {
        return;
    }
    let counts = [
        ("edits", tally.edits),
        ("cuts", tally.cuts),
        ("silences", tally.silences),
        ("restarts", tally.restarts),
        ("crashes", tally.crashes),
        ("failed writes", tally.failed_writes),
        ("relay crashes", tally.relay_crashes),
        ("relay stops", tally.relay_stops),
        ("wipes", tally.wipes),
        ("restored backups", tally.restores),
        ("rejected pushes", tally.rejects),
        ("duplicated frames", tally.duplicates),
        ("replayed envelopes", tally.replays),
        ("pushes before the board was opened", tally.early_pushes),
        ("frames taken in together", tally.bundles),
        ("files of other devices", tally.files),
        ("rejections for good", tally.refusals),
        ("hostile pushes", tally.hostile_pushes),
        ("hostile entries", tally.hostile_entries),
        ("wrong signatures", tally.wrong_signatures),
        ("wrong roles", tally.wrong_roles),
        ("refused envelopes", tally.refused),
        ("resets", tally.resets),
        ("claims to have shared everything", tally.claims),
        ("acknowledgements", tally.acks),
        ("own entries", tally.owns),
        ("items", tally.items),
        ("peers", tally.peers),
        ("failures of the log", tally.log_failures),
        ("decisions of the facilitator", tally.state_changes),
        ("waiting changes", tally.waiting),
        ("snapshots", tally.snapshots),
        ("snapshots that were started with", tally.bases),
        ("parts", tally.parts),
        ("confirmed snapshots", tally.confirmed),
        ("retired logs", tally.retired),
        ("devices that came anew", tally.fresh_devices),
        ("finished boards", tally.frozen_settled),
        ("changes that came too late", tally.late),
        ("settled rooms", tally.settled),
    ];
    let never: Vec<&str> = counts
        .iter()
        .filter(|(_, count)| *count == 0)
        .map(|(name, _)| *name)
        .collect();
    assert!(never.is_empty(), "no {never:?} in {tally:?}");
    assert_eq!(
        tally.misbehaved, 0,
        "an honest relay was found to misbehave"
    );
}

#[test]
fn nothing_is_lost_and_all_agree_with_toy_documents() {
    let from = number("SAMSYN_FROM", 0);
    let tally = check::<Toy>(from, from + number("SAMSYN_SCHEDULES", TOYS));
    happened(&tally);
    assert!(
        tally.refills > 0 || tally.schedules < ENOUGH,
        "nobody ever had to let go of a waiting change: {tally:?}"
    );
}

#[test]
fn nothing_is_lost_and_all_agree_with_real_boards() {
    let from = number("SAMSYN_BOARD_FROM", FIRST_BOARD);
    let tally = check::<Board>(from, from + number("SAMSYN_BOARD_SCHEDULES", BOARDS));
    happened(&tally);
}

/// Clocks on walls say when something was made, and nothing else: no message, no step and no order hangs on them. So a
/// schedule in which every clock jumps by hours, each second anew, is the same to the last step.
#[test]
fn clocks_that_jump_by_hours_change_nothing() {
    let from = number("SAMSYN_FROM", 0);
    let schedules = number("SAMSYN_SCHEDULES", TOYS) / 40;
    // The save state tells the relay's time, and so is told again when that has changed.
    let unseen = |(tally, plan): (Tally, Vec<String>)| {
        (
            Tally {
                waiting: 0,
                ..tally
            },
            plan,
        )
    };
    for seed in from..from + schedules.max(4) {
        // Each seed has clocks of its own elsewhere; here it has both kinds.
        let told = [Clocks::Right, Clocks::Jumping].map(|clocks| story::<Toy>(seed, clocks));
        let [Ok(right), Ok(jumping)] = told else {
            panic!("{told:?}");
        };
        let (right, jumping) = (unseen(right), unseen(jumping));
        assert_eq!(right.0, jumping.0, "seed {seed}");
        let differs = right.1.iter().zip(&jumping.1).find(|(a, b)| a != b);
        assert_eq!(differs, None, "seed {seed}");
    }
}
