//! `samsyn bench boards`: many boards that are opened, left and opened again.

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::seal::{BoardKeys, Verified};
use tokio::task::yield_now;

use super::Setting;
use super::light::Light;
use super::machine::Usage;
use super::measure::{bytes, each};
use super::notes::Author;
use super::report::{Figure, Report, fields};
use super::stage::{Needs, Stage};
use crate::client::{Failure, randomness};

/// People on each board.
const PEOPLE: usize = 6;

const HELP: &str = "\
Six people open each board; one of them hangs a note. Then all leave, and come
back. A server that kept something of a board that nobody has open would need
more memory the second time: that growth is the figure to look at. What it keeps
after all have left is mostly what its allocator does not give back and the
cache of its log, both of which have a bound.
";

/// Opens many boards.
#[derive(Debug, Args)]
pub struct Boards {
    /// How many boards
    #[arg(value_name = "BOARDS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    boards: u32,
    /// How often all leave and come back
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=200))]
    rounds: u32,
    #[command(flatten)]
    pub(super) setting: Setting,
}

/// What `--help` says.
pub(super) fn help() -> String {
    format!("{HELP}\n{}", fields(&Measured::default().figures()))
}

impl Boards {
    pub(super) fn needs(&self) -> Needs {
        let boards = usize::try_from(self.boards).unwrap_or(usize::MAX);
        Needs {
            connections: boards.saturating_mul(PEOPLE),
            boards,
            entries: 0,
        }
    }

    pub(super) async fn measure(&self, stage: &Stage) -> Result<Report, Failure> {
        let boards = prepare(self.boards).await?;
        let everybody = || {
            let keys = boards.iter().map(|(keys, _)| keys);
            keys.flat_map(|keys| std::iter::repeat_n(keys, PEOPLE))
        };
        let before = stage.server();
        let mut lights = Light::open_all(&stage.relay, everybody(), None).await?;
        for ((_, envelopes), light) in boards.iter().zip(lights.iter_mut().step_by(PEOPLE)) {
            light.push_all(envelopes).await?;
        }
        let open = stage.server();
        leave(stage, lights).await?;
        let left = stage.server();
        let mut again = open;
        for _ in 0..self.rounds {
            let lights = Light::open_all(&stage.relay, everybody(), None).await?;
            again = stage.server();
            leave(stage, lights).await?;
        }
        let memory = |usage: Option<Usage>| usage.map(|usage| bytes(usage.resident));
        let grown = |from, to| memory(to).zip(memory(from)).map(|(to, from)| to - from);
        let measured = Measured {
            boards: self.boards.into(),
            connections: boards.len() as u64 * PEOPLE as u64,
            rounds: self.rounds.into(),
            before: memory(before),
            open: memory(open),
            each: grown(before, open).and_then(|grown| each(grown, self.boards.into())),
            left: memory(left),
            again: memory(again),
            grown: grown(open, again),
        };
        Ok(Report {
            workload: "boards",
            figures: measured.figures(),
            remarks: stage.remarks(),
        })
    }
}

/// Everybody leaves. When somebody new gets an answer, the server has dealt with all of that.
async fn leave(stage: &Stage, lights: Vec<Light>) -> Result<(), Failure> {
    futures_util::future::join_all(lights.into_iter().map(Light::close)).await;
    let nobody = BoardKeys::generate(&mut randomness()?);
    let last = Light::open(&stage.relay, &nobody, None).await?;
    last.close().await;
    Ok(())
}

/// The keys of each board, and the envelopes of its wall and its note.
async fn prepare(boards: u32) -> Result<Vec<(BoardKeys, [Verified; 2])>, Failure> {
    let mut rng = randomness()?;
    let mut all = Vec::new();
    for number in 0..boards {
        let keys = BoardKeys::generate(&mut rng);
        let author = Author::first(keys.clone(), ChaCha20Rng::from_rng(&mut rng))?;
        let (mut author, wall) = author;
        all.push((keys, [wall, author.note(number.into())?]));
        yield_now().await;
    }
    Ok(all)
}

#[derive(Default)]
struct Measured {
    boards: u64,
    connections: u64,
    rounds: u64,
    before: Option<f64>,
    open: Option<f64>,
    each: Option<f64>,
    left: Option<f64>,
    again: Option<f64>,
    grown: Option<f64>,
}

impl Measured {
    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::count("boards", "boards", self.boards),
            Figure::count("connections", "connections", self.connections),
            Figure::bytes(
                "server_rss_before_bytes",
                "server, memory before",
                self.before,
            ),
            Figure::bytes(
                "server_rss_open_bytes",
                "server, memory while they are open",
                self.open,
            ),
            Figure::bytes(
                "each_bytes",
                "server, memory for each board with its people",
                self.each,
            ),
            Figure::bytes(
                "server_rss_left_bytes",
                "server, memory after all have left",
                self.left,
            ),
            Figure::count("rounds", "times that all came back and left", self.rounds),
            Figure::bytes(
                "server_rss_again_bytes",
                "server, memory when all are back the last time",
                self.again,
            ),
            Figure::bytes(
                "grown_bytes",
                "server, memory grown since the first time",
                self.grown,
            ),
        ]
    }
}
