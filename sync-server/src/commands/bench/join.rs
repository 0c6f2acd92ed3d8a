//! `samsyn bench join`: a newcomer on a board that is full of notes.

use std::time::{Duration, Instant};

use clap::Args;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::seal::BoardKeys;
use samsyn_shared::sync::wire::Position;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::Setting;
use super::light::Light;
use super::measure::{Worked, bytes, each, in_millis};
use super::notes::Author;
use super::report::{Amount, Figure, Report, fields};
use super::stage::{Needs, Stage};
use crate::client::{Client, Failure, randomness};

/// Longer than a board of any size takes to come in.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is looked whether the log has been cut off.
const LOOK: Duration = Duration::from_millis(500);
/// People who wrote the board; each has written on top of what was there when they came.
const AUTHORS: u32 = 60;
/// A board of very many notes has more authors instead: what one writes takes the longer the more there is of it.
const MOST_OF_ONE: u32 = 400;

const HELP: &str = "\
The board is written by sixty people, each note in an envelope of its own, as a
room would have written it. Two devices stay in the room until the relay has cut
the log off at a snapshot of theirs, which a quiet board takes some seconds for
(--uncut: nobody stays, and the newcomer gets the log as it was written).
Then one more device opens it, with the document
that the app has: measured is the time from its first packet until all notes are
in its document, which includes the work on this device, and what came over the
connection, beside the size of the document saved as one file.
";

/// Opens a board.
#[derive(Debug, Args)]
pub struct Join {
    /// Notes on the board
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    notes: u32,
    /// Let nobody stay who could make a snapshot
    #[arg(long)]
    uncut: bool,
    #[command(flatten)]
    pub(super) setting: Setting,
}

/// What `--help` says.
pub(super) fn help() -> String {
    format!("{HELP}\n{}", fields(&Measured::default().figures()))
}

impl Join {
    pub(super) const fn needs(&self) -> Needs {
        Needs {
            connections: 4,
            boards: 1,
            entries: self.notes,
        }
    }

    pub(super) async fn measure(&self, stage: &Stage) -> Result<Report, Failure> {
        let keys = BoardKeys::generate(&mut randomness()?);
        let log = fill(stage, &keys, self.notes).await?;
        let room = if self.uncut {
            Vec::new()
        } else {
            cut_off(stage, &keys).await?
        };
        let before = stage.server();
        let start = Instant::now();
        let mut client = Client::new(keys, stage.relay.clone(), PATIENCE)?;
        client.caught_up().await?;
        until_notes(&mut client, self.notes).await?;
        let took = start.elapsed();
        let measured = Measured {
            notes: self.notes.into(),
            took: Some(in_millis(took)),
            server: Worked::between(before, stage.server()).map(|worked| worked.millis),
            received: client.traffic().received,
            log,
            saved: client.board().save().len() as u64,
        };
        client.close().await;
        for member in room {
            member.close().await;
        }
        Ok(Report {
            workload: "join",
            figures: measured.figures(),
            remarks: stage.remarks(),
        })
    }
}

/// Two devices with the whole board, once the relay's log starts with a snapshot that one of them has made.
async fn cut_off(stage: &Stage, keys: &BoardKeys) -> Result<Vec<Client>, Failure> {
    let mut maker = Client::new(keys.clone(), stage.relay.clone(), PATIENCE)?;
    maker.caught_up().await?;
    let mut witness = Client::new(keys.clone(), stage.relay.clone(), PATIENCE)?;
    witness.caught_up().await?;
    let made = async {
        while !Light::starts_with_snapshot(&stage.relay, keys).await? {
            let look = tokio::time::sleep(LOOK);
            tokio::pin!(look);
            loop {
                tokio::select! {
                    () = &mut look => break,
                    stepped = maker.step() => drop(stepped?),
                    stepped = witness.step() => drop(stepped?),
                }
            }
        }
        Ok::<(), Failure>(())
    };
    let waited = timeout(PATIENCE, made).await;
    waited.map_err(|_| Failure::NoServer("it asked nobody for a snapshot".to_owned()))??;
    Ok(vec![maker, witness])
}

/// Writes a board of that many notes; gives the bytes of its envelopes.
pub(super) async fn fill(stage: &Stage, keys: &BoardKeys, notes: u32) -> Result<u64, Failure> {
    let mut rng = randomness()?;
    let (first, wall) = Author::first(keys.clone(), ChaCha20Rng::from_rng(&mut rng))?;
    let mut log = wall.bytes().len();
    let mut end = push(stage, keys, None, &[wall]).await?;
    // An author goes on from the end of the log, so that filling a board does not mean reading it sixty times.
    let authors = AUTHORS.max(notes.div_ceil(MOST_OF_ONE));
    for author in 0..authors {
        let own = (author..notes).step_by(usize::try_from(authors).unwrap_or(1));
        let mut writer = first.another(ChaCha20Rng::from_rng(&mut rng));
        let envelopes: Result<Vec<_>, _> = own.map(|number| writer.note(number.into())).collect();
        let envelopes = envelopes?;
        log += envelopes.iter().map(|it| it.bytes().len()).sum::<usize>();
        end = push(stage, keys, Some(end), &envelopes).await?;
        yield_now().await;
    }
    Ok(log as u64)
}

async fn push(
    stage: &Stage,
    keys: &BoardKeys,
    from: Option<Position>,
    envelopes: &[samsyn_shared::seal::Verified],
) -> Result<Position, Failure> {
    let mut light = Light::open(&stage.relay, keys, from).await?;
    light.push_all(envelopes).await?;
    let end = light.position();
    light.close().await;
    Ok(end)
}

/// Waits until a device has that many notes in its document.
pub(super) async fn until_notes(client: &mut Client, notes: u32) -> Result<(), Failure> {
    let notes = usize::try_from(notes).unwrap_or(usize::MAX);
    let waiting = async {
        while client.board().view().notes.len() < notes {
            client.step().await?;
        }
        Ok(())
    };
    let waited = timeout(PATIENCE, waiting).await;
    waited.map_err(|_| Failure::NoServer("notes are missing".to_owned()))?
}

#[derive(Default)]
struct Measured {
    notes: u64,
    took: Option<f64>,
    server: Option<f64>,
    received: u64,
    log: u64,
    saved: u64,
}

impl Measured {
    fn figures(&self) -> Vec<Figure> {
        let beside = each(bytes(self.received), self.saved);
        vec![
            Figure::count("notes", "notes on the board", self.notes),
            Figure::millis("join_ms", "until all of them are there", self.took),
            Figure::bytes("received_bytes", "received", Some(bytes(self.received))),
            Figure::bytes("log_bytes", "of which envelopes", Some(bytes(self.log))),
            Figure::bytes("save_bytes", "the document saved", Some(bytes(self.saved))),
            Figure::of(
                "received_per_save",
                "received, beside the document saved",
                beside.map(Amount::Times),
            ),
            Figure::millis("server_cpu_ms", "server, processor time", self.server),
        ]
    }
}
