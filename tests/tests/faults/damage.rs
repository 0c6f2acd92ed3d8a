//! A data folder that something went over: each kind of file, each kind of damage. The relay refuses and leaves the
//! folder as it is, or everybody gets everything; it never serves less and says nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use samsyn_shared::ids::EnvelopeHash;
use samsyn_shared::registers::{BoardState, RegisterSet};
use samsyn_shared::seal::envelope_hash;
use samsyn_tests::peer::{Heard, Peer};
use samsyn_tests::relay::{Relay, Setup, Start, copy_folder, files_below, inspect};
use samsyn_tests::tablet::board;

/// The exit code for damaged data.
const DAMAGED: Option<i32> = Some(7);
/// Boards in the folder.
const BOARDS: [u64; 2] = [1, 2];

/// What is done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    Truncated,
    Emptied,
    Zeroed,
    Flipped,
    Garbled,
    Removed,
}

const DAMAGES: [Damage; 6] = [
    Damage::Truncated,
    Damage::Emptied,
    Damage::Zeroed,
    Damage::Flipped,
    Damage::Garbled,
    Damage::Removed,
];
/// How often each is tried on the file that holds the entries; the others are small.
const OFTEN: usize = 4;

/// What became of a damaged folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// The relay does not start.
    Refused,
    /// It serves all of it.
    All,
    /// It starts, and closes a board with the reason that it cannot read it.
    Said,
}

type Boards = BTreeMap<u64, Vec<EnvelopeHash>>;
type Files = BTreeMap<PathBuf, Vec<u8>>;

#[tokio::test]
async fn a_damaged_folder_is_refused_as_it_is_or_serves_everything() -> Result<()> {
    let whole = tempfile::tempdir()?;
    let boards = fill(whole.path()).await?;
    let data = whole.path().join("data");
    let mut rng = ChaCha20Rng::seed_from_u64(31);
    let mut fates: BTreeMap<(String, Fate), u32> = BTreeMap::new();
    let mut files = files_below(&data)?;
    files.sort();
    for file in files {
        let name = file.strip_prefix(&data)?.to_owned();
        let often = if name.ends_with("db") { OFTEN } else { 1 };
        for damage in DAMAGES {
            for turn in 0..often {
                let folder = tempfile::tempdir()?;
                copy_folder(&data, &folder.path().join("data"))?;
                let file = folder.path().join("data").join(&name);
                let spot = spoil(&file, damage, (turn, often), &mut rng)?;
                let what = format!("{} {damage:?} {spot}", name.display());
                let fate = fate(folder.path(), &boards).await;
                let fate = fate.with_context(|| what.clone())?;
                println!("{what}: {fate:?}");
                *fates.entry((kind(&name), fate)).or_default() += 1;
            }
        }
    }
    println!("{fates:#?}");
    assert!(fates.contains_key(&("db".to_owned(), Fate::Refused)));
    Ok(())
}

/// A killed relay did not write down how much it had; it must have done so while it ran.
#[tokio::test]
async fn a_killed_relays_folder_that_lost_its_end_is_refused_too() -> Result<()> {
    let whole = tempfile::tempdir()?;
    let mut relay = Relay::start(whole.path()).await?;
    let (data, keys) = (relay.data(), board(1));
    let mut peer = Peer::join(relay.address(), &keys).await?;
    let (mut entries, mut marked) = (Vec::new(), 0);
    while entries.len() < 200 || marked < entries.len() {
        let text = format!("{} ", entries.len()).repeat(500);
        let envelope = keys.seal_changes(text.as_bytes())?;
        peer.keep(&envelope).await?;
        entries.push(envelope_hash(&envelope));
        let mark = fs::read_to_string(data.join("log").join("samsyn-mark"))?;
        marked = mark.split_whitespace().nth(1).unwrap_or_default().parse()?;
        ensure!(
            entries.len() < 20_000,
            "of that many, {marked} are written down"
        );
    }
    relay.kill().await?;
    let boards = Boards::from([(1, entries)]);
    let mut refused = 0;
    for eighth in 1..8 {
        let folder = tempfile::tempdir()?;
        copy_folder(&data, &folder.path().join("data"))?;
        let db = folder.path().join("data").join("log").join("db");
        let bytes = fs::read(&db)?;
        fs::write(&db, &bytes[..bytes.len() * eighth / 8])?;
        let fate = fate(folder.path(), &boards).await;
        let fate = fate.with_context(|| format!("cut at {eighth} eighths"))?;
        refused += usize::from(fate == Fate::Refused);
    }
    assert!(refused > 0);
    Ok(())
}

/// Two boards, one of them with registers and entries of every size, in a folder that several relays have used.
async fn fill(folder: &Path) -> Result<Boards> {
    let mut boards = Boards::new();
    for run in 0..3_u64 {
        let mut relay = Relay::start(folder).await?;
        for number in BOARDS {
            let keys = board(number);
            let mut peer = Peer::join(relay.address(), &keys).await?;
            for note in 0..200 / number {
                let text = format!("{run} {note} ").repeat(1 + usize::try_from(note * note)? / 10);
                peer.keep(&keys.seal_changes(text.as_bytes())?).await?;
            }
            if number == 1 {
                let registers = RegisterSet::default();
                let state =
                    [BoardState::Paused, BoardState::Open][usize::try_from(run % 2)?].clone();
                let sealed = registers.seal_state(&keys, &state)?;
                // Of two that are equally new one is refused, as it should be.
                peer.push(&sealed).await?;
                while !matches!(peer.heard().await?, Heard::Acked(..) | Heard::Refused(..)) {}
            }
            drop(peer);
            let entries = Peer::join(relay.address(), &keys).await?.pull().await?;
            boards.insert(number, entries);
        }
        relay.stop().await?;
    }
    Ok(boards)
}

/// The kind of a file: sled's snapshots carry numbers.
fn kind(name: &Path) -> String {
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn read(folder: &Path) -> Result<Files> {
    let read = |path: PathBuf| Ok((path.clone(), fs::read(&path)?));
    files_below(folder)?.into_iter().map(read).collect()
}

/// Damages a file, each turn in another part of it; gives where.
fn spoil(
    file: &Path,
    damage: Damage,
    (turn, turns): (usize, usize),
    rng: &mut ChaCha20Rng,
) -> Result<usize> {
    let mut bytes = fs::read(file)?;
    let below = |rng: &mut ChaCha20Rng, limit: usize| {
        usize::try_from(rng.next_u64() % limit.max(1) as u64).unwrap_or(0)
    };
    let at = (turn * bytes.len() + below(rng, bytes.len())) / turns;
    match damage {
        Damage::Removed => {
            fs::remove_file(file)?;
            return Ok(0);
        }
        Damage::Truncated => bytes.truncate(at),
        Damage::Emptied => bytes.clear(),
        Damage::Zeroed => bytes
            .iter_mut()
            .skip(at)
            .take(4_096)
            .for_each(|byte| *byte = 0),
        Damage::Flipped => {
            for _ in 0..8 {
                let at = below(rng, bytes.len());
                let bit = 1 << (rng.next_u32() % 8);
                bytes
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|byte| *byte ^= bit);
            }
        }
        Damage::Garbled => {
            let mut noise = [0; 4_096];
            rng.fill_bytes(&mut noise);
            let spot = bytes.iter_mut().skip(at);
            spot.zip(noise).for_each(|(byte, noise)| *byte = noise);
        }
    }
    fs::write(file, bytes)?;
    Ok(at)
}

async fn fate(folder: &Path, boards: &Boards) -> Result<Fate> {
    let data = folder.join("data");
    let before = read(&data)?;
    let (code, words) = inspect(&data).await?;
    assert!(
        code == Some(0) || code == DAMAGED,
        "inspect, {code:?}: {words}"
    );
    assert_eq!(read(&data)?, before, "inspect wrote into the folder");
    match Relay::try_start(folder, Setup::default()).await? {
        Start::Refuses {
            code: ended,
            words: said,
        } => {
            assert_eq!(ended, DAMAGED, "{said}");
            assert!(said.contains("samsyn inspect"), "{said}");
            assert!(read(&data)? == before, "what was refused was changed");
            assert_eq!(code, DAMAGED, "inspect finds nothing wrong: {words}");
            Ok(Fate::Refused)
        }
        Start::Serves(relay) => {
            let mut fate = Fate::All;
            for (number, entries) in boards {
                match pull(&relay, *number).await? {
                    Some(pulled) => assert_eq!(&pulled, entries, "board {number} is another"),
                    None => fate = Fate::Said,
                }
            }
            assert!(
                fate == Fate::All || code == DAMAGED,
                "inspect finds nothing wrong: {words}"
            );
            Ok(fate)
        }
    }
}

/// Everything on the board; none if the relay says that it cannot read it.
async fn pull(relay: &Relay, number: u64) -> Result<Option<Vec<EnvelopeHash>>> {
    use samsyn_shared::sync::wire::CloseCode;
    let opened = Peer::open(relay.address(), &board(number), None).await;
    let mut peer = match opened {
        Ok(opened) => opened.context("the connection ended")?.0,
        Err(error) if error.to_string() == "closed: Storage" => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut entries = Vec::new();
    loop {
        match peer.heard().await? {
            Heard::Entry(hash) => entries.push(hash),
            Heard::CaughtUp => return Ok(Some(entries)),
            Heard::Closed(CloseCode::Storage) => return Ok(None),
            Heard::Acked(..) | Heard::Refused(..) | Heard::Closed(_) | Heard::Other => {}
        }
    }
}
