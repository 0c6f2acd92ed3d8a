//! The truth that devices are checked against: who wrote what, and what every log that was ever on the relay's disk
//! held up to each of its entries.

use std::collections::{BTreeMap, BTreeSet};

use samsyn_shared::ids::{Chain, ChangeHash, EnvelopeHash, Epoch, Seq};
use samsyn_shared::seal::envelope_hash;
use samsyn_shared::sync::relay::Entry;
use samsyn_shared::sync::session::Frontier;
use samsyn_shared::sync::wire::CHAIN_ZERO;

/// See the module.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every change that a person made and that was on the disk, with what it builds on.
    deps: BTreeMap<ChangeHash, Vec<ChangeHash>>,
    /// Which changes an envelope holds, of all that were ever sealed.
    sealed: BTreeMap<EnvelopeHash, Vec<ChangeHash>>,
    /// What was put into snapshots, and the last entry that each covers.
    snapshots: BTreeMap<EnvelopeHash, (Seq, BTreeSet<ChangeHash>)>,
    /// What the relay has acknowledged to a device.
    acknowledged: BTreeSet<ChangeHash>,
    /// Every place in every log: an epoch and a chain name all entries before it.
    places: BTreeMap<(Epoch, Chain), Place>,
    /// What who starts with a final snapshot knows, at the place before it. It need not be made of that very log.
    starts: BTreeMap<(Epoch, Chain), Place>,
    log: Reading,
    version: u64,
}

/// What a log holds up to one of its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    seq: Seq,
    /// The heads of the greatest set of its changes that builds on nothing else.
    heads: BTreeSet<ChangeHash>,
    /// Its other changes: something that they build on is not in the log.
    outside: BTreeSet<ChangeHash>,
}

impl Place {
    /// Whether a frontier says exactly this.
    fn is(&self, frontier: &Frontier) -> bool {
        let heads: BTreeSet<ChangeHash> = frontier.relay_heads.iter().copied().collect();
        let logged: BTreeSet<ChangeHash> = frontier.logged.iter().copied().collect();
        heads == self.heads && logged == self.outside && self.seq == frontier.cursor
    }
}

/// The log on the relay's disk, as far as it has been read.
#[derive(Debug, Default)]
struct Reading {
    epoch: Option<Epoch>,
    chain: Option<Chain>,
    place: Place,
    closed: BTreeSet<ChangeHash>,
    /// The changes of each entry.
    entries: Vec<(Seq, Vec<ChangeHash>)>,
}

impl Ledger {
    /// Somebody made a change.
    pub fn wrote(&mut self, change: ChangeHash, deps: Vec<ChangeHash>) {
        self.deps.insert(change, deps);
    }

    /// Somebody sealed changes.
    pub fn sealed(&mut self, envelope: EnvelopeHash, changes: &[ChangeHash]) {
        self.sealed.insert(envelope, changes.to_vec());
    }

    /// Somebody made a snapshot.
    pub fn snapshot(
        &mut self,
        envelope: EnvelopeHash,
        covers: Seq,
        contents: BTreeSet<ChangeHash>,
    ) {
        self.snapshots.insert(envelope, (covers, contents));
    }

    /// Whether this snapshot was noted already.
    pub fn knows_snapshot(&self, envelope: &EnvelopeHash) -> bool {
        self.snapshots.contains_key(envelope)
    }

    /// A device has heard that the relay holds an envelope.
    pub fn acknowledged(&mut self, envelope: &EnvelopeHash) {
        let changes = self.sealed.get(envelope);
        self.acknowledged.extend(changes.into_iter().flatten());
    }

    /// Every change that was acknowledged.
    pub fn promised(&self) -> impl Iterator<Item = &ChangeHash> {
        self.acknowledged.iter()
    }

    /// Every change that somebody made.
    pub fn authored(&self) -> impl Iterator<Item = &ChangeHash> {
        self.deps.keys()
    }

    /// Whether somebody made the change.
    pub fn knows(&self, change: &ChangeHash) -> bool {
        self.deps.contains_key(change)
    }

    /// Whether a change is on the relay's disk.
    pub fn on_disk(&self, change: &ChangeHash) -> bool {
        self.log.closed.contains(change) || self.log.place.outside.contains(change)
    }

    /// A change in the log that a snapshot lacks, if there is one.
    pub fn lacking(&self, snapshot: &EnvelopeHash) -> Option<ChangeHash> {
        let (_, contents) = self.snapshots.get(snapshot)?;
        let mut closed = self.log.closed.iter();
        closed.find(|change| !contents.contains(*change)).copied()
    }

    /// Rises with every entry that was read: as long as it is the same, so is what is on the disk.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The envelopes that hold a change.
    pub fn envelopes_of(&self, change: &ChangeHash) -> Vec<EnvelopeHash> {
        self.sealed
            .iter()
            .filter(|(_, changes)| changes.contains(change))
            .map(|(envelope, _)| *envelope)
            .collect()
    }

    /// Reads what is on the relay's disk of the board; only what is new, if it goes on from what was read.
    ///
    /// `beginning` is the snapshot that the log begins with, if not with its first entry.
    pub fn read(&mut self, beginning: Option<EnvelopeHash>, log: Option<(Epoch, &[Entry])>) {
        let Some((epoch, entries)) = log else {
            self.log = Reading::default();
            self.version += 1;
            return;
        };
        let known = self.log.chain.filter(|_| self.log.epoch == Some(epoch));
        let known = known.and_then(|chain| entries.iter().rposition(|it| it.chain == chain));
        let start = known.map_or(0, |place| place + 1);
        if start == 0 {
            self.log = Reading {
                epoch: Some(epoch),
                ..Reading::default()
            };
            if let Some((covers, contents)) = beginning.and_then(|it| self.snapshots.get(&it)) {
                self.log.begin(*covers, contents, &self.deps);
            }
            self.version += 1;
        }
        for entry in entries.iter().skip(start) {
            self.take(epoch, entry);
        }
    }

    fn take(&mut self, epoch: Epoch, entry: &Entry) {
        self.version += 1;
        let log = &mut self.log;
        let before = (log.chain.unwrap_or(CHAIN_ZERO), log.place.seq);
        log.chain = Some(entry.chain);
        log.place.seq = entry.seq;
        let hash = envelope_hash(&entry.envelope);
        let changes = self.sealed.get(&hash).cloned().unwrap_or_default();
        let fresh = changes.iter().copied();
        log.place
            .outside
            .extend(fresh.filter(|change| !log.closed.contains(change)));
        log.entries.push((entry.seq, changes));
        log.close(&self.deps);
        if let Some((covers, contents)) = self.snapshots.get(&hash) {
            log.begin(*covers, contents, &self.deps);
            if *covers == Seq(u64::MAX) {
                let (chain, seq) = before;
                let place = Place {
                    seq,
                    ..log.place.clone()
                };
                self.starts.insert((epoch, chain), place);
            }
        }
        self.places
            .insert((epoch, entry.chain), self.log.place.clone());
    }

    /// Checks a frontier against the log that it speaks of, which may be gone by now.
    ///
    /// # Errors
    /// Where the two differ.
    pub fn check(&self, frontier: &Frontier) -> Result<(), String> {
        let start = Place::default();
        let place = if frontier.chain == CHAIN_ZERO {
            &start
        } else {
            self.places
                .get(&(frontier.epoch, frontier.chain))
                .ok_or_else(|| format!("no log ever had the chain of {frontier:?}"))?
        };
        let started = self.starts.get(&(frontier.epoch, frontier.chain));
        if started.is_some_and(|start| start.is(frontier)) {
            return Ok(());
        }
        let heads: BTreeSet<ChangeHash> = frontier.relay_heads.iter().copied().collect();
        let right = if frontier.must_refill {
            // Something that the cursor has passed is not on the device: S may be less, and never more.
            heads.is_subset(&self.ancestors(&place.heads))
        } else {
            place.is(frontier)
        };
        if right && place.seq == frontier.cursor {
            Ok(())
        } else {
            Err(format!("{frontier:?} is not what the log holds: {place:?}"))
        }
    }

    /// The changes themselves and everything that they build on.
    pub fn ancestors(&self, heads: &BTreeSet<ChangeHash>) -> BTreeSet<ChangeHash> {
        let mut found = BTreeSet::new();
        let mut next: Vec<ChangeHash> = heads.iter().copied().collect();
        while let Some(change) = next.pop() {
            if found.insert(change) {
                next.extend(self.deps.get(&change).into_iter().flatten());
            }
        }
        found
    }
}

impl Reading {
    /// A snapshot takes the place of everything up to an entry: of that, only what is in it counts from now on.
    fn begin(
        &mut self,
        covers: Seq,
        contents: &BTreeSet<ChangeHash>,
        made: &BTreeMap<ChangeHash, Vec<ChangeHash>>,
    ) {
        self.entries.retain(|(seq, _)| *seq > covers);
        let later = self.entries.iter().flat_map(|(_, changes)| changes);
        self.closed.clear();
        self.place.heads.clear();
        self.place.outside = contents.iter().chain(later).copied().collect();
        self.close(made);
    }

    /// Takes every change in that builds on nothing but what is in. The fixed changes of a board, which nobody made
    /// and which are in no log, count as in.
    fn close(&mut self, made: &BTreeMap<ChangeHash, Vec<ChangeHash>>) {
        loop {
            let is_in = |dep: &ChangeHash| self.closed.contains(dep) || !made.contains_key(dep);
            let deps = |change: &ChangeHash| made.get(change).map(Vec::as_slice);
            let ready =
                |change: &&ChangeHash| deps(change).is_some_and(|deps| deps.iter().all(is_in));
            let Some(change) = self.place.outside.iter().find(ready).copied() else {
                return;
            };
            for dep in deps(&change).unwrap_or_default() {
                self.place.heads.remove(dep);
            }
            self.place.heads.insert(change);
            self.place.outside.remove(&change);
            self.closed.insert(change);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use samsyn_shared::sync::wire::chain_after;

    const EPOCH: Epoch = Epoch([1; 16]);

    fn change(number: u8) -> ChangeHash {
        ChangeHash([number; 32])
    }

    /// A log of one entry for each group of changes; change 1 builds on 0, 2 on 1, and so on.
    fn ledger(groups: &[&[u8]]) -> (Ledger, Vec<Entry>) {
        let mut ledger = Ledger::default();
        for number in 1..9 {
            ledger.wrote(change(number), vec![change(number - 1)]);
        }
        let mut chain = CHAIN_ZERO;
        let mut entries = Vec::new();
        for (place, group) in groups.iter().enumerate() {
            let changes: Vec<ChangeHash> = group.iter().map(|number| change(*number)).collect();
            let envelope = [*group, &[u8::try_from(place).unwrap()]].concat();
            let hash = envelope_hash(&envelope);
            ledger.sealed(hash, &changes);
            chain = chain_after(&chain, &hash);
            entries.push(Entry {
                seq: Seq(place as u64 + 1),
                chain,
                envelope: envelope.into(),
            });
        }
        ledger.read(None, Some((EPOCH, &entries)));
        (ledger, entries)
    }

    fn frontier(entry: &Entry, heads: &[u8], logged: &[u8]) -> Frontier {
        let changes = |numbers: &[u8]| numbers.iter().map(|number| change(*number)).collect();
        Frontier {
            epoch: EPOCH,
            cursor: entry.seq,
            chain: entry.chain,
            relay_heads: changes(heads),
            logged: changes(logged),
            must_refill: false,
        }
    }

    #[test]
    fn a_frontier_is_right_at_its_own_place_only() {
        let (ledger, entries) = ledger(&[&[1, 2], &[4], &[3]]);
        assert!(ledger.check(&frontier(&entries[0], &[2], &[])).is_ok());
        assert!(ledger.check(&frontier(&entries[1], &[2], &[4])).is_ok());
        assert!(ledger.check(&frontier(&entries[2], &[4], &[])).is_ok());
        assert!(ledger.check(&frontier(&entries[1], &[4], &[])).is_err());
        assert!(ledger.check(&frontier(&entries[1], &[1], &[4])).is_err());
        assert!(ledger.check(&frontier(&entries[2], &[2], &[])).is_err());
        let other = Frontier {
            epoch: Epoch([2; 16]),
            ..frontier(&entries[0], &[2], &[])
        };
        assert!(ledger.check(&other).is_err());
    }

    #[test]
    fn a_device_that_lost_something_may_know_less_and_never_more() {
        let (ledger, entries) = ledger(&[&[1, 2], &[4]]);
        let refilling = |heads: &[u8]| Frontier {
            must_refill: true,
            ..frontier(&entries[1], heads, &[])
        };
        assert!(ledger.check(&refilling(&[1])).is_ok());
        assert!(ledger.check(&refilling(&[4])).is_err());
    }

    #[test]
    fn what_a_snapshot_lacks_is_not_in_the_log_any_more() {
        let (mut ledger, mut entries) = ledger(&[&[1], &[2], &[3]]);
        let manifest = b"a snapshot up to 2".as_slice();
        let hash = envelope_hash(manifest);
        ledger.snapshot(hash, Seq(2), BTreeSet::from([change(1)]));
        entries.push(Entry {
            seq: Seq(4),
            chain: chain_after(&entries[2].chain, &hash),
            envelope: manifest.into(),
        });
        ledger.read(None, Some((EPOCH, &entries)));
        assert!(ledger.on_disk(&change(1)) && !ledger.on_disk(&change(2)));
        assert!(ledger.check(&frontier(&entries[3], &[1], &[3])).is_ok());
        assert!(ledger.check(&frontier(&entries[2], &[3], &[])).is_ok());
    }

    #[test]
    fn a_log_that_came_back_from_a_backup_is_read_again() {
        let (mut ledger, entries) = ledger(&[&[1], &[2]]);
        assert!(ledger.on_disk(&change(2)));
        ledger.read(None, Some((EPOCH, entries.get(..1).unwrap())));
        assert!(ledger.on_disk(&change(1)) && !ledger.on_disk(&change(2)));
        assert!(ledger.check(&frontier(&entries[1], &[2], &[])).is_ok());
        ledger.read(None, None);
        assert!(!ledger.on_disk(&change(1)));
    }
}
