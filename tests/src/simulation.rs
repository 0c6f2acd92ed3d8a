//! Whole networks in one thread with virtual time: devices, a relay, and everything that goes wrong between them.
//!
//! A schedule follows from its seed alone. What must always hold is checked at every step, and at the end, when the
//! trouble is over, every device and the relay must have everything that anybody ever wrote.

pub mod chaos;
pub mod check;
pub mod device;
pub mod document;
pub mod hostile;
pub mod ledger;
pub mod log;
pub mod relay;
pub mod tally;
pub mod toy;
pub mod world;

pub use document::Document;
pub use tally::{Failure, Tally};
pub use toy::Toy;
pub use world::{Clocks, World};

/// Runs one schedule.
///
/// # Errors
/// What did not hold, with the seed and the plan so far.
pub fn run<S: Document>(seed: u64) -> Result<Tally, Failure> {
    let mut world = World::<S>::new(seed);
    world.run().map_err(|reason| world.failure(reason))
}

/// Runs one schedule with these clocks; gives what happened, step by step.
///
/// # Errors
/// As [`run`].
pub fn story<S: Document>(seed: u64, clocks: Clocks) -> Result<(Tally, Vec<String>), Failure> {
    let mut world = World::<S>::new(seed).with_clocks(clocks);
    let tally = world.run().map_err(|reason| world.failure(reason))?;
    Ok((tally, world.plan))
}

/// Runs one schedule with every message and write of one device in the plan, which is given in any case.
#[must_use]
pub fn trace<S: Document>(seed: u64, device: usize) -> Failure {
    let mut world = World::<S>::new(seed).traced(device);
    let end = world.run();
    world.failure(format!("{end:?}"))
}

/// Runs schedules `from..to` on every core; gives what happened in all of them.
///
/// # Errors
/// The failure with the smallest seed.
pub fn run_all<S: Document>(from: u64, to: u64) -> Result<Tally, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let results: Vec<Result<Tally, Failure>> = std::thread::scope(|scope| {
        let share = |thread: u64| {
            let seeds = (from..to).filter(move |seed| seed % threads == thread);
            scope.spawn(move || {
                seeds
                    .map(run::<S>)
                    .try_fold(Tally::default(), |sum, it| Ok(sum.plus(it?)))
            })
        };
        let running: Vec<_> = (0..threads).map(share).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Failure::panicked())))
            .collect()
    });
    let mut sum = Tally::default();
    let mut failures = Vec::new();
    for result in results {
        match result {
            Ok(tally) => sum = sum.plus(tally),
            Err(failure) => failures.push(failure),
        }
    }
    match failures.into_iter().min_by_key(|failure| failure.seed) {
        Some(failure) => Err(failure),
        None => Ok(sum),
    }
}
