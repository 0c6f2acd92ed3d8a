//! What reads a stranger's bytes, each as one function of bytes: the fuzzer, the replay of what it found and the short
//! test with seeded mutations share them.
//!
//! A target panics when something does not hold. It says whether the input was taken, so that a test can see that its
//! seeds reach what they are for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a target fails loudly: what it makes itself is in order"
)]

mod board;
mod decoders;
mod files;
mod forge;
pub mod mutation;
mod relay;
mod script;
pub mod seeds;
mod session;

/// Whether a target could make sense of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was read.
    Yes,
    /// It was refused.
    No,
}

impl Taken {
    fn when<T, E>(result: &Result<T, E>) -> Self {
        if result.is_ok() { Self::Yes } else { Self::No }
    }
}

/// One thing that reads bytes of strangers.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folders.
    pub name: &'static str,
    /// Reads and checks.
    pub run: fn(&[u8]) -> Taken,
    /// The most memory that it holds at a time, for an empty input, in bytes.
    pub fixed: u64,
    /// How much more for each byte of input.
    pub per_byte: u64,
    /// The longest input that is worth trying.
    pub longest: usize,
    /// How many mutations the short test tries: about a second's worth, unoptimised.
    pub mutations: u64,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

const fn target(
    name: &'static str,
    run: fn(&[u8]) -> Taken,
    (fixed, per_byte): (u64, u64),
    (longest, mutations): (usize, u64),
) -> Target {
    Target {
        name,
        run,
        fixed,
        per_byte,
        longest,
        mutations,
    }
}

/// All of them, in the order of their names.
pub const TARGETS: &[Target] = &[
    target("archive", files::archive, (4 * MIB, 2_000), (8_192, 800)),
    target("backup", files::backup, (4 * KIB, 8), (8_192, 4_000)),
    target("board", board::board, (8 * MIB, 4_000), (8_192, 150)),
    target(
        "board_file",
        files::board_file,
        (16 * KIB, 64),
        (8_192, 4_000),
    ),
    target("config", files::config, (2 * MIB, 2_000), (2_048, 2_000)),
    target("document", board::document, (8 * MIB, 4_000), (8_192, 600)),
    target(
        "envelope",
        decoders::envelope,
        (3 * MIB, 32),
        (8_192, 1_500),
    ),
    target("link", decoders::link, (16 * KIB, 32), (4_096, 4_000)),
    target("pack", decoders::pack, (3 * MIB, 32), (8_192, 4_000)),
    target("presence", session::presence, (MIB, 32), (2_048, 1_200)),
    target(
        "registers",
        decoders::registers,
        (16 * KIB, 32),
        (4_096, 4_000),
    ),
    target("relay", relay::relay, (8 * MIB, 4_000), (8_192, 800)),
    target("rows", files::rows, (3 * MIB, 64), (4_096, 4_000)),
    target("session", session::session, (16 * MIB, 8_000), (8_192, 150)),
    target(
        "snapshot",
        decoders::snapshot,
        (8 * MIB, 4_000),
        (8_192, 4_000),
    ),
    target("wire", decoders::wire, (8 * KIB, 16), (8_192, 4_000)),
];

impl Target {
    /// Runs it, and sees how much memory it took.
    ///
    /// # Panics
    /// When something does not hold.
    pub fn check(&self, data: &[u8]) -> Taken {
        forge::warm();
        let mut taken = Taken::No;
        let used = allocation_counter::measure(|| taken = (self.run)(data)).bytes_max;
        let most = self.fixed + self.per_byte * data.len() as u64;
        assert!(
            used <= most,
            "{} took {used} bytes of memory for {} bytes; {most} are allowed",
            self.name,
            data.len()
        );
        taken
    }
}

/// The target with that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// What the fuzzer calls.
///
/// # Panics
/// When something does not hold, or there is no such target.
pub fn fuzz(name: &str, data: &[u8]) {
    let target = named(name).expect("the fuzzer has a program for each target");
    if data.len() <= target.longest {
        target.check(data);
    }
}
