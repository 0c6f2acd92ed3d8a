//! `samsyn bench room`: many people on one board, all of whom write.

mod member;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::ids::EnvelopeHash;
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::sync::wire::{Position, PushRef};
use tokio::task::{JoinSet, yield_now};

use self::member::{Floor, Member, Plan};
use super::Setting;
use super::join::fill;
use super::light::{Light, Ready};
use super::machine::usage;
use super::measure::{Spread, Worked, each};
use super::notes::Author;
use super::report::{Amount, Figure, Report, fields};
use super::stage::{Needs, Stage};
use crate::client::{Failure, randomness};

const HELP: &str = "\
Each client hangs a note of 110 characters every so often, evenly spread, over
its own connection. Measured are the times from sending a note until the server
has it on its disk, and until each of the others has received it. The notes are
sealed and signed beforehand; who receives one checks its hash and its place.
With --history the board has notes before, which nobody in the room reads again.
All clients share this process: its own processor time is printed, and where it
comes near 100 % the times are its own and not the server's.
";

/// Loads a board.
#[derive(Debug, Args)]
pub struct Room {
    /// How many people
    #[arg(value_name = "CLIENTS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(2..=2_000))]
    clients: u32,
    /// How many of them write; the others only read [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2_000))]
    writers: Option<u32>,
    /// Entries that the board's log has before
    #[arg(long, value_name = "ENTRIES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    history: u32,
    /// Milliseconds between two notes of one person
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(20..=30_000))]
    every: u64,
    /// How long
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    #[command(flatten)]
    pub(super) setting: Setting,
}

/// What `--help` says.
pub(super) fn help() -> String {
    format!("{HELP}\n{}", fields(&Measured::default().figures()))
}

impl Room {
    fn plan(&self) -> Result<Plan, Failure> {
        let writers = self.writers.map(u64::from);
        Plan::new(self.clients.into(), writers, self.every, self.seconds)
    }

    pub(super) fn needs(&self) -> Result<Needs, Failure> {
        self.plan()?;
        let connections = usize::try_from(self.clients).unwrap_or(usize::MAX);
        Ok(Needs {
            connections,
            boards: 1,
            entries: self.history,
        })
    }

    pub(super) async fn measure(&self, stage: &Stage) -> Result<Report, Failure> {
        let plan = self.plan()?;
        let keys = BoardKeys::generate(&mut randomness()?);
        if self.history > 0 {
            fill(stage, &keys, self.history).await?;
        }
        let (ready, numbers, end) = prepare(stage, plan, &keys).await?;
        let all = ready.iter().map(|_| &keys);
        let lights = Light::open_all(&stage.relay, all, Some(end)).await?;
        let before = (stage.server(), usage(std::process::id()));
        let floor = Arc::new(Floor::new(plan, numbers).map_err(odd)?);
        let lights = run(&floor, lights, ready).await;
        let took = floor.start.elapsed();
        let server = Worked::between(before.0, stage.server());
        let generator = Worked::between(before.1, usage(std::process::id()));
        // Closed only now, so that nobody's goodbye is counted as work of the room.
        drop(lights);
        let measured = Measured::new(&floor, took, server, generator);
        Ok(Report {
            workload: "room",
            figures: measured.figures(),
            remarks: stage.remarks(),
        })
    }
}

async fn run(floor: &Arc<Floor>, lights: Vec<Light>, ready: Vec<Vec<Ready>>) -> Vec<Light> {
    let mut members = JoinSet::new();
    for (client, (light, ready)) in (0..).zip(lights.into_iter().zip(ready)) {
        let member = Member::new(light, floor.clone(), client, ready);
        members.spawn(member.take_part());
    }
    members.join_all().await.into_iter().flatten().collect()
}

type Prepared = (Vec<Vec<Ready>>, HashMap<EnvelopeHash, usize>, Position);

/// Seals every note of every client, and puts the board's wall into the log; the position is the log's end.
async fn prepare(stage: &Stage, plan: Plan, keys: &BoardKeys) -> Result<Prepared, Failure> {
    let (first, wall) = Author::first(keys.clone(), randomness()?)?;
    let mut maker = Light::open(&stage.relay, keys, None).await?;
    maker.push_all(&[wall]).await?;
    let end = maker.position();
    maker.close().await;
    let mut rng = randomness()?;
    let (mut all, mut numbers) = (Vec::new(), HashMap::new());
    for client in 0..plan.clients {
        let mut author = first.another(ChaCha20Rng::from_rng(&mut rng));
        let mut ready = Vec::new();
        for reference in 0..plan.notes_of(client) {
            let number = client * plan.notes_each + reference;
            let envelope = author.note(number)?;
            numbers.insert(envelope.hash(), numbers.len());
            let reference = PushRef(u32::try_from(reference).unwrap_or(u32::MAX));
            ready.push(Ready::new(reference, &envelope));
        }
        all.push(ready);
        // Sealing is long work between two waits; Ctrl-C is heard here.
        yield_now().await;
    }
    Ok((all, numbers, end))
}

fn odd(error: hdrhistogram::CreationError) -> Failure {
    Failure::TooMuch(error.to_string())
}

#[derive(Default)]
struct Measured {
    clients: u64,
    writers: u64,
    pushes: u64,
    acks: u64,
    refusals: u64,
    deliveries: u64,
    expected: u64,
    strange: u64,
    lost: u64,
    received: Spread,
    acked: Spread,
    late: Spread,
    server_core: Option<f64>,
    server_per_delivery: Option<f64>,
    server_memory: Option<f64>,
    server_growth: Option<f64>,
    generator_core: Option<f64>,
}

impl Measured {
    fn new(
        floor: &Floor,
        took: Duration,
        server: Option<Worked>,
        generator: Option<Worked>,
    ) -> Self {
        let tally = floor.tally();
        let plan = floor.plan;
        Self {
            clients: plan.clients,
            writers: plan.writers,
            pushes: tally.pushes,
            acks: tally.acks,
            refusals: tally.refusals,
            deliveries: tally.deliveries,
            expected: plan.notes() * (plan.clients - 1),
            strange: tally.strange,
            lost: tally.lost,
            received: tally.received.spread(),
            acked: tally.acked.spread(),
            late: tally.late.spread(),
            server_core: server.map(|it| it.core(took)),
            server_per_delivery: server.and_then(|it| each(it.millis * 1_000.0, tally.deliveries)),
            server_memory: server.map(|it| it.resident),
            server_growth: server.map(|it| it.grown),
            generator_core: generator.map(|it| it.core(took)),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let percent = |value: Option<f64>| value.map(Amount::Percent);
        vec![
            Figure::count("clients", "clients", self.clients),
            Figure::count("writers", "of whom write", self.writers),
            Figure::count("pushes", "notes sent", self.pushes),
            Figure::count("acks", "notes acknowledged", self.acks),
            Figure::count("refusals", "notes refused", self.refusals),
            Figure::count("deliveries", "notes received by others", self.deliveries),
            Figure::count(
                "expected",
                "notes that others should receive",
                self.expected,
            ),
            Figure::count(
                "strange",
                "entries out of order or of nobody here",
                self.strange,
            ),
            Figure::count("lost", "connections lost", self.lost),
            Figure::millis(
                "ack_p50_ms",
                "sent until acknowledged, median",
                self.acked.p50,
            ),
            Figure::millis(
                "ack_p99_ms",
                "sent until acknowledged, 99 of 100",
                self.acked.p99,
            ),
            Figure::millis(
                "ack_max_ms",
                "sent until acknowledged, longest",
                self.acked.max,
            ),
            Figure::millis(
                "receipt_p50_ms",
                "sent until received, median",
                self.received.p50,
            ),
            Figure::millis(
                "receipt_p99_ms",
                "sent until received, 99 of 100",
                self.received.p99,
            ),
            Figure::millis(
                "receipt_max_ms",
                "sent until received, longest",
                self.received.max,
            ),
            Figure::of(
                "server_core_percent",
                "server, of one core",
                percent(self.server_core),
            ),
            Figure::of(
                "server_us_per_delivery",
                "server, processor time per note received",
                self.server_per_delivery.map(Amount::Micros),
            ),
            Figure::bytes(
                "server_rss_bytes",
                "server, memory at the end",
                self.server_memory,
            ),
            Figure::bytes(
                "server_growth_bytes",
                "server, memory grown",
                self.server_growth,
            ),
            Figure::of(
                "generator_core_percent",
                "this load, of one core",
                percent(self.generator_core),
            ),
            Figure::millis(
                "late_p99_ms",
                "notes sent after they were due, 99 of 100",
                self.late.p99,
            ),
        ]
    }
}
