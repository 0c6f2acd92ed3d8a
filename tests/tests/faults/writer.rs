//! Somebody who writes on and on, remembers what was acknowledged, and notices if any of it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use anyhow::{Result, ensure};
use samsyn_shared::ids::EnvelopeHash;
use samsyn_shared::seal::{BoardKeys, envelope_hash};
use samsyn_shared::sync::wire::Position;
use samsyn_tests::peer::{Heard, Peer};
use tokio::sync::watch;

/// Pushes on their way at a time, of those that a relay allows.
const WINDOW: usize = 16;

/// See the module.
pub struct Writer {
    keys: BoardKeys,
    name: String,
    made: u32,
    from: Option<Position>,
    /// What the stream has shown.
    pub entries: BTreeSet<EnvelopeHash>,
    /// What the relay said was on its disk.
    pub acked: BTreeSet<EnvelopeHash>,
    /// What it has not acknowledged: it comes again, in the same bytes.
    waiting: BTreeMap<EnvelopeHash, Vec<u8>>,
}

impl Writer {
    /// Somebody who has written nothing yet.
    pub fn new(keys: &BoardKeys, name: &str) -> Self {
        Self {
            keys: keys.clone(),
            name: name.to_owned(),
            made: 0,
            from: None,
            entries: BTreeSet::new(),
            acked: BTreeSet::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// The board's keys.
    pub const fn keys(&self) -> &BoardKeys {
        &self.keys
    }

    /// Opens the board where this one left off; none if the relay goes away. Whatever was acknowledged must be there.
    pub async fn come_back(&mut self, relay: SocketAddr) -> Result<Option<Peer>> {
        let Some((mut peer, opened)) = Peer::open(relay, &self.keys, self.from).await? else {
            return Ok(None);
        };
        ensure!(
            !opened.reset && self.from.is_none_or(|from| from.epoch == opened.epoch),
            "{} was at {:?}, which the relay does not know any more",
            self.name,
            self.from
        );
        loop {
            match peer.next().await? {
                None => return Ok(None),
                Some(Heard::CaughtUp) => break,
                Some(heard) => self.take(&peer, heard),
            }
        }
        let lost: Vec<_> = self.acked.difference(&self.entries).collect();
        ensure!(
            lost.is_empty(),
            "{} of {} envelopes that {} was told to be on the disk are gone: {lost:?}",
            lost.len(),
            self.acked.len(),
            self.name
        );
        Ok(Some(peer))
    }

    /// Writes until the relay goes away; `acks` counts what it acknowledged meanwhile.
    pub async fn write_on(&mut self, relay: SocketAddr, acks: &watch::Sender<u32>) -> Result<()> {
        let Some(mut peer) = self.come_back(relay).await? else {
            return Ok(());
        };
        let again: Vec<Vec<u8>> = self.waiting.values().cloned().collect();
        for envelope in again {
            if peer.push(&envelope).await.is_err() {
                return Ok(());
            }
        }
        loop {
            while self.waiting.len() < WINDOW {
                let envelope = self.make()?;
                if peer.push(&envelope).await.is_err() {
                    return Ok(());
                }
            }
            let Some(heard) = peer.next().await? else {
                return Ok(());
            };
            if matches!(heard, Heard::Acked(..)) {
                acks.send_modify(|count| *count += 1);
            }
            ensure!(
                !matches!(heard, Heard::Refused(..)),
                "{} hears {heard:?}",
                self.name
            );
            self.take(&peer, heard);
        }
    }

    /// Brings what is not acknowledged to a relay that stays.
    pub async fn finish(&mut self, relay: SocketAddr) -> Result<()> {
        let mut peer = self.come_back(relay).await?.expect("the relay stays");
        let again: Vec<Vec<u8>> = self.waiting.values().cloned().collect();
        for envelope in again {
            peer.keep(&envelope).await?;
            self.acked.insert(envelope_hash(&envelope));
        }
        self.waiting.clear();
        Ok(())
    }

    /// The next envelope; it counts as not acknowledged.
    pub fn make(&mut self) -> Result<Vec<u8>> {
        self.made += 1;
        // Some are longer than one row of the log.
        let words = if self.made.is_multiple_of(29) {
            12_000
        } else {
            12
        };
        let text = format!("{} {} ", self.name, self.made).repeat(words);
        let envelope = self.keys.seal_changes(text.as_bytes())?;
        self.waiting
            .insert(envelope_hash(&envelope), envelope.clone());
        Ok(envelope)
    }

    /// Notes what was heard, and where.
    pub fn take(&mut self, peer: &Peer, heard: Heard) {
        match heard {
            Heard::Entry(hash) => drop(self.entries.insert(hash)),
            Heard::Acked(hash, _) => {
                self.waiting.remove(&hash);
                self.acked.insert(hash);
            }
            Heard::Refused(..) | Heard::CaughtUp | Heard::Closed(_) | Heard::Other => {}
        }
        self.from = Some(peer.position());
    }
}
