//! `samsyn bench idle`: many people who have a board open and do nothing.

use std::time::Instant;

use clap::Args;
use samsyn_shared::seal::BoardKeys;

use super::Setting;
use super::light::Light;
use super::measure::{Worked, bytes, each, in_millis};
use super::report::{Figure, Report, fields};
use super::stage::{Needs, Stage};
use crate::client::{Failure, randomness};

const HELP: &str = "\
Each connection opens a board and listens. Measured is how much the server's
memory grows. If the system allows fewer open files than are needed, it says so;
ulimit -Hn shows how many may be allowed.
";

/// Opens many connections.
#[derive(Debug, Args)]
pub struct Idle {
    /// How many connections
    #[arg(value_name = "CONNECTIONS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    connections: u32,
    /// How many of them share a board
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    per_board: u32,
    #[command(flatten)]
    pub(super) setting: Setting,
}

/// What `--help` says.
pub(super) fn help() -> String {
    format!("{HELP}\n{}", fields(&Measured::default().figures()))
}

impl Idle {
    fn boards(&self) -> u32 {
        self.connections.div_ceil(self.per_board)
    }

    pub(super) fn needs(&self) -> Needs {
        let size = |count| usize::try_from(count).unwrap_or(usize::MAX);
        Needs {
            connections: size(self.connections),
            boards: size(self.boards()),
            entries: 0,
        }
    }

    pub(super) async fn measure(&self, stage: &Stage) -> Result<Report, Failure> {
        let mut rng = randomness()?;
        let share = usize::try_from(self.per_board).unwrap_or(1);
        let boards: Vec<_> = (0..self.boards())
            .map(|_| BoardKeys::generate(&mut rng))
            .collect();
        let seats = boards
            .iter()
            .flat_map(|keys| std::iter::repeat_n(keys, share));
        // The first connection wakes what every server needs once.
        if let Some(keys) = boards.first() {
            Light::open(&stage.relay, keys, None).await?.close().await;
        }
        let before = stage.server();
        let start = Instant::now();
        let wanted = usize::try_from(self.connections).unwrap_or(usize::MAX);
        let lights = Light::open_all(&stage.relay, seats.take(wanted), None).await?;
        let took = start.elapsed();
        let worked = Worked::between(before, stage.server());
        let count = lights.len() as u64;
        let alive = count_alive(lights).await;
        let measured = Measured {
            connections: count,
            alive,
            took: Some(in_millis(took)),
            memory: worked.map(|worked| worked.resident),
            before: before.map(|usage| bytes(usage.resident)),
            each: worked.and_then(|worked| each(worked.grown, count)),
            server: worked.map(|worked| worked.millis),
        };
        Ok(Report {
            workload: "idle",
            figures: measured.figures(),
            remarks: stage.remarks(),
        })
    }
}

/// How many still answer.
async fn count_alive(mut lights: Vec<Light>) -> u64 {
    let mut alive = 0;
    for light in &mut lights {
        alive += u64::from(light.ping().await.is_ok());
    }
    alive
}

#[derive(Default)]
struct Measured {
    connections: u64,
    alive: u64,
    took: Option<f64>,
    before: Option<f64>,
    memory: Option<f64>,
    each: Option<f64>,
    server: Option<f64>,
}

impl Measured {
    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::count("connections", "connections", self.connections),
            Figure::count("alive", "of which answer at the end", self.alive),
            Figure::millis("open_ms", "until all are open", self.took),
            Figure::bytes(
                "server_rss_before_bytes",
                "server, memory before",
                self.before,
            ),
            Figure::bytes(
                "server_rss_bytes",
                "server, memory with all of them",
                self.memory,
            ),
            Figure::bytes("each_bytes", "server, memory each", self.each),
            Figure::millis(
                "server_cpu_ms",
                "server, processor time to open them",
                self.server,
            ),
        ]
    }
}
