//! Numbers about a running relay, in the text format that Prometheus reads.
//!
//! Boundary: sums and sizes. No label ever names a board, a connection or an address.

use std::path::Path;
use std::time::Duration;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use samsyn_shared::sync::relay::{Appended, LogFailure, Tally};
use samsyn_shared::sync::wire::RejectCode;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Seconds by which flushes are sorted: from a fast disk to one that is about to fail.
const FLUSH_SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0,
];

type Label = [(&'static str, &'static str); 1];
type Counters = Family<Label, Counter>;

/// What is counted; one for a relay, shared by its parts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    appends: Counters,
    flush: Histogram,
    items: Counters,
    presence: Counters,
    rejected: Counters,
    misbehaved: Counter,
    received: Counter,
    sent: Counter,
    snapshots: Counter,
    part_bytes: Counter,
    trimmed: Counter,
    now: Gauges,
}

#[derive(Debug, Default)]
struct Gauges {
    connections: Gauge,
    behind: Gauge,
    boards: Gauge,
    writes_fail: Gauge,
    data_bytes: Gauge,
}

/// What is looked up at the moment of asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Connections that have a websocket.
    pub connections: usize,
    /// Of those, the ones that are fed from the log.
    pub behind: usize,
    /// Boards that somebody has open.
    pub boards: usize,
    /// Whether the newest write failed.
    pub writes_fail: bool,
    /// Bytes on the disk, if there is a folder.
    pub data_bytes: Option<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("samsyn");
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program that runs", Info::new(version));
        let now = Gauges::default();
        now.register(&mut registry);
        let flush = Histogram::new(FLUSH_SECONDS);
        let help = "How long one write of a group of envelopes took until it was on the disk";
        registry.register("flush_seconds", help, flush.clone());
        let mut family = |name: &str, help: &str| {
            let family = Counters::default();
            registry.register(name, help, family.clone());
            family
        };
        let appends = family(
            "appends",
            "Envelopes handed to the log, by what became of them",
        );
        let items = family(
            "items_sent",
            "Entries sent to devices, live or from the log to those that catch up",
        );
        let presence = family("presence", "Presence frames, by what became of them");
        let rejected = family("rejected", "Pushes that were refused, by reason");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let misbehaved = counter(
            "protocol_errors",
            "Connections ended because they broke the protocol",
        );
        let received = counter("received_bytes", "Bytes of websocket messages that came in");
        let sent = counter(
            "sent_bytes",
            "Bytes of websocket messages handed to connections",
        );
        let snapshots = counter("snapshots", "Snapshots at which a board's log was cut off");
        let part_bytes = counter("part_bytes", "Bytes of parts of snapshots that came in");
        let trimmed = counter(
            "trimmed_entries",
            "Entries removed because a snapshot has replaced them",
        );
        Self {
            snapshots,
            part_bytes,
            trimmed,
            registry,
            appends,
            flush,
            items,
            presence,
            rejected,
            misbehaved,
            received,
            sent,
            now,
        }
    }
}

impl Gauges {
    fn register(&self, registry: &mut Registry) {
        let mut add = |name: &str, help: &str, gauge: &Gauge| {
            registry.register(name, help, gauge.clone());
        };
        let Self {
            connections,
            behind,
            boards,
            writes_fail,
            data_bytes,
        } = self;
        add("connections", "Connections with a websocket", connections);
        add(
            "connections_behind",
            "Connections that are fed from the log: they came late or are slow",
            behind,
        );
        add("boards_open", "Boards that somebody has open", boards);
        add(
            "writes_fail",
            "1 if the newest write did not reach the disk",
            writes_fail,
        );
        add(
            "data_bytes",
            "Bytes of the data folder on the disk",
            data_bytes,
        );
    }
}

impl Metrics {
    /// An envelope was answered by the log.
    pub fn appended(&self, answer: &Result<Appended, LogFailure>) {
        let result = match answer {
            Ok(Appended::Stored { .. }) => "stored",
            Ok(Appended::Duplicate { .. }) => "known",
            Err(_) => "failed",
        };
        self.appends.get_or_create(&[("result", result)]).inc();
    }

    /// A board's log was cut off at a snapshot.
    pub fn snapshot_kept(&self) {
        self.snapshots.inc();
    }

    /// A part of a snapshot came in.
    pub fn part_kept(&self, bytes: usize) {
        self.part_bytes.inc_by(bytes as u64);
    }

    /// Entries that a snapshot has replaced were removed.
    pub fn trimmed(&self, entries: u64) {
        self.trimmed.inc_by(entries);
    }

    /// A group of envelopes was written, well or not.
    pub fn flushed(&self, took: Duration) {
        self.flush.observe(took.as_secs_f64());
    }

    /// A push was refused.
    pub fn rejected(&self, code: RejectCode) {
        let label = [("reason", reason(code))];
        self.rejected.get_or_create(&label).inc();
    }

    /// A connection was ended because it broke the protocol.
    pub fn misbehaved(&self) {
        self.misbehaved.inc();
    }

    /// A message came in.
    pub fn received(&self, bytes: usize) {
        self.received.inc_by(bytes as u64);
    }

    /// Messages went out.
    pub fn sent(&self, bytes: usize) {
        self.sent.inc_by(bytes as u64);
    }

    /// Adds what the core has passed on.
    pub fn passed_on(&self, tally: Tally) {
        let add = |family: &Counters, name, value, count| {
            if count > 0 {
                family.get_or_create(&[(name, value)]).inc_by(count);
            }
        };
        add(&self.items, "from", "live", tally.items_live);
        add(&self.items, "from", "log", tally.items_from_log);
        add(&self.presence, "fate", "passed", tally.presence_passed);
        add(&self.presence, "fate", "refused", tally.presence_refused);
        add(&self.presence, "fate", "dropped", tally.presence_dropped);
    }

    /// Everything as text; see [`MEDIA_TYPE`].
    #[must_use]
    pub fn text(&self, now: Snapshot) -> String {
        let gauge = |gauge: &Gauge, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        gauge(&self.now.connections, now.connections as u64);
        gauge(&self.now.behind, now.behind as u64);
        gauge(&self.now.boards, now.boards as u64);
        gauge(&self.now.writes_fail, u64::from(now.writes_fail));
        gauge(&self.now.data_bytes, now.data_bytes.unwrap_or(0));
        let mut text = String::new();
        // Writing to a string fails only if a metric cannot be written at all, and then what was written stands.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

fn reason(code: RejectCode) -> &'static str {
    match code {
        RejectCode::BadEnvelope => "bad_envelope",
        RejectCode::Unauthorised => "unauthorised",
        RejectCode::UnknownKind => "unknown_kind",
        RejectCode::TooLarge => "too_large",
        RejectCode::BoardFull => "board_full",
        RejectCode::Paused => "paused",
        RejectCode::Frozen => "frozen",
        RejectCode::Deleted => "deleted",
        RejectCode::RateLimited => "rate_limited",
        RejectCode::Storage => "storage",
        RejectCode::NotOpen => "not_open",
        RejectCode::OldRegister => "old_register",
        RejectCode::TooManyRegisters => "too_many_registers",
        RejectCode::NotWanted => "not_wanted",
        RejectCode::Behind => "behind",
        RejectCode::Other(_) => "other",
    }
}

/// Bytes of all files in a folder and the folders in it; what cannot be read counts as nothing. Blocks.
#[must_use]
pub fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => folder_bytes(&entry.path()),
        Ok(found) if found.is_file() => found.len(),
        Ok(_) | Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.rejected(RejectCode::Paused);
        metrics.flushed(Duration::from_millis(2));
        metrics.appended(&Err(LogFailure::Failed("no".into())));
        metrics.passed_on(Tally {
            items_live: 3,
            ..Tally::default()
        });
        let text = metrics.text(Snapshot {
            connections: 7,
            ..Snapshot::default()
        });
        for line in [
            concat!(
                "samsyn_build_info{version=\"",
                env!("CARGO_PKG_VERSION"),
                "\"} 1"
            ),
            "# TYPE samsyn_flush_seconds histogram",
            "samsyn_flush_seconds_bucket{le=\"0.001\"} 0",
            "samsyn_flush_seconds_bucket{le=\"0.0025\"} 1",
            "samsyn_rejected_total{reason=\"paused\"} 1",
            "samsyn_appends_total{result=\"failed\"} 1",
            "samsyn_items_sent_total{from=\"live\"} 3",
            "samsyn_connections 7",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("log")).unwrap();
        std::fs::write(folder.path().join("log/db"), [0; 100]).unwrap();
        std::fs::write(folder.path().join("a"), [0; 11]).unwrap();
        assert_eq!(folder_bytes(folder.path()), 111);
        assert_eq!(folder_bytes(&folder.path().join("none")), 0);
    }
}
