//! What may be done with bytes of a stranger: each decoder by a name, its valid seeds, and what must hold of it.
//!
//! Three things share this: the fuzzer (`tests/fuzz`), the replay of its corpus and of every input that once crashed
//! something, and a short run with random damage that is the same each time (`tests/fuzzing.rs`). So this file names
//! no other of this crate.

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use samsyn_shared::archive::{Archive, BoardFile, File, read_file};
use samsyn_shared::board::{Board, Command, changes_in};
use samsyn_shared::ids::{ChangeHash, Epoch, NoteId, PersonId, PresenceId, SectionId, Seq};
use samsyn_shared::records::{Colour, Position, SectionKind};
use samsyn_shared::registers::{BoardState, RegisterName, RegisterSet, Title};
use samsyn_shared::seal::{
    BoardKeys, Header, Link, Manifest, Role, SnapshotBody, SnapshotHeader, VerifyKeys, blocks,
    envelope_hash, pack,
};
use samsyn_shared::sync::ChangeStore;
use samsyn_shared::sync::presence::Doing;
use samsyn_shared::sync::relay::{
    BoardRecord, ConnId, RelayCore, RelayInput, RelayLimits, RelayOutput,
};
use samsyn_shared::sync::session::{Input, Output, Saved, Session, SessionConfig, Tuning};
use samsyn_shared::sync::wire::{
    self, Base, CHAIN_ZERO, CaughtUp, Channel, Close, CloseCode, Decoded, Frame, Hello, Item, Keys,
    Message, Open, Opened, Part, PartWanted, Ping, Presence, Push, PushRef, SnapshotWanted,
    chain_after,
};
use samsyn_shared::time::{Monotonic, Now, UnixMillis};

/// A decoder that reads a stranger's bytes.
pub struct Target {
    /// What it is called, on the disk too.
    pub name: &'static str,
    /// Feeds it; panics if something does not hold.
    pub run: fn(&[u8]),
    /// Small inputs that it takes.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 11] = [
    target("wire", wire, frames),
    target("envelope", envelope, envelopes),
    target("pack", unpacked, packs),
    target("sealed_pack", sealed_pack, packs),
    target("chunk", chunk, chunks),
    target("snapshot_body", snapshot_body, snapshot_bodies),
    target("link", link, links),
    target("registers", registers, register_values),
    target("file", file, files),
    target("session", session, frame_runs),
    target("relay", relay, frame_runs),
];

const fn target(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
    Target { name, run, seeds }
}

/// Feeds a target by its name.
///
/// # Panics
/// If there is none, or something does not hold.
pub fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|target| target.name == name);
    assert!(found.is_some(), "there is no target {name}");
    if let Some(target) = found {
        (target.run)(data);
    }
}

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(20)
}

fn keys() -> BoardKeys {
    BoardKeys::generate(&mut rng())
}

fn role(role: Role) -> Option<BoardKeys> {
    BoardKeys::from_link(&keys().link(role)?).ok()
}

fn verify_keys() -> VerifyKeys {
    let keys = keys().verify_keys();
    keys.unwrap_or(VerifyKeys {
        facilitator: [0; 32],
        participant: [0; 32],
    })
}

fn wire_keys() -> Keys {
    let keys = verify_keys();
    Keys {
        facilitator: keys.facilitator,
        participant: keys.participant,
    }
}

const WALL: SectionId = SectionId([1; 16]);

/// A board with a wall, a rule and two notes, and its changes.
fn board() -> (Board, Vec<(ChangeHash, Vec<u8>)>) {
    let mut board = Board::new(keys().board());
    let mut changes = Vec::new();
    let note = |number: u8, text: &str| Command::AddNote {
        id: NoteId([number; 16]),
        section: WALL,
        quadrant: None,
        text: text.to_owned(),
        at: Position { x: 10, y: 20 },
        colour: Colour::Blue,
        author: Some(PersonId([9; 16])),
    };
    for commands in [
        vec![Command::AddSection {
            id: WALL,
            kind: SectionKind::Notes,
            title: "Lappvägg".to_owned(),
            after: None,
        }],
        vec![note(2, "Fler äldre, färre händer 👩‍👩‍👧")],
        vec![note(3, "Bussarna går oftare")],
        vec![Command::MoveNote {
            id: NoteId([2; 16]),
            section: WALL,
            quadrant: None,
            at: Position { x: -5, y: 7 },
        }],
    ] {
        let committed = board.commit(UnixMillis(1_800_000_000_000), &mut rng(), &commands);
        changes.extend(committed.map(|it| it.changes).unwrap_or_default());
    }
    (board, changes)
}

fn packed(changes: &[(ChangeHash, Vec<u8>)]) -> Vec<u8> {
    let slices: Vec<(ChangeHash, &[u8])> = changes
        .iter()
        .map(|(hash, chunk)| (*hash, chunk.as_slice()))
        .collect();
    pack::pack(&slices).unwrap_or_default()
}

/// Whatever is read can be said again and means the same.
fn wire(data: &[u8]) {
    if let Ok(Decoded::Frame(frame)) = wire::decode(data) {
        let again = wire::encode(frame.channel, &frame.message);
        assert_eq!(wire::decode(&again), Ok(Decoded::Frame(frame)));
    }
}

fn frames() -> Vec<Vec<u8>> {
    let messages = messages().into_iter();
    messages
        .map(|message| wire::encode(Channel(1), &message))
        .collect()
}

/// Nothing that this board's keys did not sign is believed.
fn envelope(data: &[u8]) {
    let _ = Header::parse(data);
    if let Ok(verified) = verify_keys().verify(data.to_vec()) {
        assert_eq!(&verified.bytes()[..], data);
        let _ = keys().open(&verified);
        let _ = keys().open_manifest(&verified);
        let _ = RegisterSet::default().offer(&verified);
    }
    let _ = keys().open_presence(data);
}

fn envelopes() -> Vec<Vec<u8>> {
    let (board, changes) = board();
    let mut all = Vec::new();
    all.extend(keys().seal_changes(&packed(&changes)).ok());
    let participant = role(Role::Participant);
    all.extend(participant.and_then(|keys| keys.seal_changes(&packed(&changes)).ok()));
    let registers = RegisterSet::default();
    let title = Title::new("Höga flöden").encode();
    all.extend(
        registers
            .seal_value(&keys(), &RegisterName::Title, &title)
            .ok(),
    );
    all.extend(registers.seal_state(&keys(), &BoardState::Paused).ok());
    all.extend(snapshot(&board).map(|(envelope, _)| envelope));
    all.extend(keys().seal_presence(&mut rng(), b"somebody").ok());
    all
}

fn snapshot(board: &Board) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let header = SnapshotHeader {
        request: 1,
        epoch: Epoch([3; 16]),
        covers: Seq(4),
        chain: CHAIN_ZERO,
        parts: Vec::new(),
    };
    let manifest = Manifest {
        heads: board.heads(),
        count: 4,
        waiting: Vec::new(),
    };
    let body = SnapshotBody {
        blocks: blocks(),
        waiting: Vec::new(),
    };
    let sealed = keys().seal_snapshot(&header, &manifest, &body).ok()?;
    Some((sealed.envelope, sealed.parts))
}

/// What comes out of a pack is no more than it may be, and goes into a pack again.
fn unpacked(data: &[u8]) {
    if let Ok(changes) = pack::unpack(data) {
        assert!(changes.len() <= pack::MAX_CHANGES);
        let bytes: usize = changes.iter().map(|change| change.chunk.len()).sum();
        assert!(bytes <= pack::MAX_INFLATED * 2, "{bytes} bytes of chunks");
    }
}

fn blocks() -> Vec<Vec<u8>> {
    let (_, changes) = board();
    let changes = changes.iter();
    let slices: Vec<_> = changes.map(|(hash, it)| (*hash, it.as_slice())).collect();
    blocks::write(&slices).unwrap_or_default()
}

fn packs() -> Vec<Vec<u8>> {
    let (_, changes) = board();
    let mut all = vec![packed(&changes)];
    all.extend(changes.chunks(1).map(packed));
    all
}

/// Somebody who may write seals whatever they like: the board takes it or leaves it, and stays one that can be saved.
fn sealed_pack(data: &[u8]) {
    let Ok(sealed) = keys().seal_changes(data) else {
        return;
    };
    let opened = verify_keys().verify(sealed).ok();
    let body = opened.and_then(|verified| keys().open(&verified).ok());
    assert_eq!(body.as_deref(), Some(data));
    let changes = pack::unpack(data).unwrap_or_default();
    let chunks: Vec<&[u8]> = changes.iter().map(|it| it.chunk.as_slice()).collect();
    takes(&chunks);
}

/// The same of a chunk that comes by itself, as from another tab or a file.
fn chunk(data: &[u8]) {
    takes(&[data]);
}

fn chunks() -> Vec<Vec<u8>> {
    board().1.into_iter().map(|(_, chunk)| chunk).collect()
}

fn takes(chunks: &[&[u8]]) {
    let (mut board, _) = board();
    let before = board.changes_after(&[]);
    let receipt = board.receive(chunks);
    assert_eq!(receipt.verdicts.len(), chunks.len());
    let after = board.changes_after(&[]);
    assert!(before.iter().all(|change| after.contains(change)));
    let (anew, report) = Board::load(keys().board(), &[&board.save()]);
    assert_eq!(report.held, []);
    assert_eq!(anew.heads(), board.heads());
}

/// The body of a snapshot by somebody who may make one.
fn snapshot_body(data: &[u8]) {
    if let Ok(body) = SnapshotBody::decode(data) {
        let mut board = Board::new(keys().board());
        let changes = blocks::read(&body.blocks).unwrap_or_default();
        let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
        board.receive(&changes);
        let (anew, _) = Board::load(keys().board(), &[&board.save()]);
        assert_eq!(anew.heads(), board.heads());
        let waiting: Vec<&[u8]> = body.waiting.iter().map(Vec::as_slice).collect();
        board.receive(&waiting);
    }
}

/// A CBOR body, as `SnapshotBody` is written: its own writer is not public.
fn snapshot_bodies() -> Vec<Vec<u8>> {
    let (_, changes) = board();
    let pack = blocks().remove(0);
    let length = u16::try_from(pack.len()).unwrap_or(0).to_be_bytes();
    let waiting = changes.first().map(|(_, chunk)| chunk.clone());
    let waiting = waiting.unwrap_or_default();
    let small = u16::try_from(waiting.len()).unwrap_or(0).to_be_bytes();
    let packs = [&[0xa2, 0, 0x81, 0x59], length.as_slice(), &pack].concat();
    let empty = [packs.as_slice(), &[1, 0x80]].concat();
    let one = [packs.as_slice(), &[1, 0x81, 0x59], &small, &waiting].concat();
    vec![empty, one]
}

/// A link opens what it says or nothing.
fn link(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(link) = Link::parse(&text) {
        let code = link.keys.link(link.keys.role());
        let again = code.and_then(|code| BoardKeys::from_link(&code).ok());
        assert_eq!(again.map(|it| it.board()), Some(link.keys.board()));
    }
    let _ = BoardKeys::from_link(&text);
}

fn links() -> Vec<Vec<u8>> {
    let codes = Role::ALL.into_iter().filter_map(|role| keys().link(role));
    codes
        .flat_map(|code| {
            let whole = format!("https://samsyn.example.se/#{code}");
            [code.into_bytes(), whole.into_bytes()]
        })
        .collect()
}

fn registers(data: &[u8]) {
    if let Ok(state) = BoardState::decode(data) {
        let again = state.encode().ok();
        let again = again.and_then(|public| BoardState::decode(&public).ok());
        assert_eq!(again, Some(state));
    }
    if let Ok(title) = Title::decode(data) {
        assert_eq!(Title::decode(&title.encode()), Ok(title));
    }
}

fn register_values() -> Vec<Vec<u8>> {
    let frozen = BoardState::Frozen {
        heads: vec![ChangeHash([5; 32])],
        snapshot: envelope_hash(b"final"),
    };
    let states = [BoardState::Open, BoardState::Paused, frozen];
    let mut all: Vec<Vec<u8>> = states.iter().filter_map(|it| it.encode().ok()).collect();
    all.push(Title::new("Ledningsgruppen i november").encode());
    all
}

/// A file that somebody chose to open: an archive comes back as it was, a board file goes into a board or not.
fn file(data: &[u8]) {
    match read_file(data) {
        Ok(File::Archive(archive)) => {
            let again = read_file(&archive.to_json());
            assert_eq!(again, Ok(File::Archive(archive)));
        }
        Ok(File::Board(file)) => {
            let mut board = Board::new(file.board);
            let changes = changes_in(&file.document).unwrap_or_default();
            let changes: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
            board.receive(&changes);
        }
        Err(_) => {}
    }
}

fn files() -> Vec<Vec<u8>> {
    let (board, _) = board();
    let archive = Archive::of(
        board.view(),
        "Höga flöden",
        &[],
        UnixMillis(1_800_000_000_000),
    );
    let file = BoardFile {
        board: keys().board(),
        keys: keys().verify_keys(),
        title: "Höga flöden".to_owned(),
        registers: Vec::new(),
        final_snapshot: None,
        document: board.save(),
        waiting: Vec::new(),
    };
    vec![archive.to_json(), file.write()]
}

/// One of each message that means something in a run.
fn messages() -> Vec<Message> {
    let (board, changes) = board();
    let mut all = vec![
        Message::Hello(Hello {
            version: 1,
            oldest: 1,
        }),
        Message::Open(Open {
            board: keys().board(),
            from: None,
            keys: Some(wire_keys()),
            without: None,
        }),
        Message::Opened(Opened {
            epoch: Epoch([3; 16]),
            keys: wire_keys(),
            base: None,
            reset: false,
        }),
        Message::CaughtUp(CaughtUp {}),
        Message::Ping(Ping {}),
        Message::Close(Close {
            code: CloseCode::Done,
            retry_after_ms: Some(5),
        }),
        Message::SnapshotWanted(SnapshotWanted { request: 1 }),
    ];
    let (mut prev, mut chain) = (Seq(0), CHAIN_ZERO);
    for (number, change) in (1_u32..).zip(changes.chunks(1)) {
        let Ok(envelope) = keys().seal_changes(&packed(change)) else {
            continue;
        };
        chain = chain_after(&chain, &envelope_hash(&envelope));
        let seq = Seq(prev.0 + 1);
        let envelope: wire::Bytes = envelope.into();
        all.push(Message::Item(Item {
            seq,
            prev,
            chain,
            envelope: envelope.clone(),
        }));
        all.push(Message::Push(Push {
            reference: PushRef(number),
            envelope,
            expect: None,
        }));
        prev = seq;
    }
    if let Some((envelope, parts)) = snapshot(&board) {
        let manifest = envelope_hash(&envelope);
        all.push(Message::Opened(Opened {
            epoch: Epoch([3; 16]),
            keys: wire_keys(),
            base: Some(Base {
                covers: Seq(4),
                chain: CHAIN_ZERO,
                manifest: envelope.into(),
            }),
            reset: true,
        }));
        all.push(Message::PartWanted(PartWanted { manifest, index: 0 }));
        let bytes: wire::Bytes = parts.into_iter().next().unwrap_or_default().into();
        all.push(Message::Part(Part {
            manifest,
            index: 0,
            bytes,
        }));
    }
    let sealed = keys().seal_presence(&mut rng(), b"somebody");
    all.extend(sealed.ok().map(|sealed| {
        let sealed = sealed.into();
        Message::Presence(Presence { sealed })
    }));
    all
}

/// A run is frames, each after its length in two bytes: a channel, and then bytes as they come. A frame of length 1
/// stands for one of `messages`, so that a fuzzer finds its way.
fn runs(data: &[u8]) -> Vec<Vec<u8>> {
    let known = messages();
    let mut frames = Vec::new();
    let mut rest = data;
    while let Some((length, more)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(more.len());
        let (frame, more) = more.split_at(length);
        rest = more;
        frames.push(match frame {
            [number] => {
                let message = known.get(usize::from(*number) % known.len().max(1));
                let channel = match message {
                    Some(Message::Hello(_)) => Channel::CONNECTION,
                    _ => Channel(1),
                };
                message
                    .map(|it| wire::encode(channel, it))
                    .unwrap_or_default()
            }
            other => other.to_vec(),
        });
        if frames.len() == 64 {
            break;
        }
    }
    frames
}

fn frame_runs() -> Vec<Vec<u8>> {
    let count = u8::try_from(messages().len()).unwrap_or(0);
    let stand_ins = (0..count).flat_map(|number| [0, 1, number]).collect();
    let whole = frames().into_iter().flat_map(|frame| {
        let length = u16::try_from(frame.len()).unwrap_or(0).to_be_bytes();
        [length.as_slice(), &frame].concat()
    });
    // Opened, the four entries, caught up, and a snapshot that is wanted: then a new start with one.
    let story = [2, 7, 9, 11, 13, 3, 6, 15, 17];
    let story = story
        .into_iter()
        .flat_map(|number| [0, 1, number])
        .collect();
    vec![stand_ins, whole.collect(), story]
}

fn now(step: usize) -> Now {
    let millis = step as u64 * 400;
    Now {
        monotonic: Monotonic(millis),
        wall: UnixMillis(1_800_000_000_000),
    }
}

/// A client that believes no relay: it stays one whose document can be saved, and says no more than it hears.
fn session(data: &[u8]) {
    let Some(participant) = role(Role::Participant) else {
        return;
    };
    let config = SessionConfig {
        keys: participant,
        presence: PresenceId([1; 16]),
        tuning: Tuning::default(),
    };
    let mut rng = rng();
    let store = Board::new(keys().board());
    let mut session = Session::new(config, store, Saved::default());
    let frames = runs(data);
    let mut said = 0;
    for (step, frame) in frames.into_iter().enumerate() {
        let inputs = [
            Input::Connected,
            Input::Frame(frame),
            Input::Tick,
            Input::Presence(Doing {
                person: PersonId([4; 16]),
                section: None,
                draft: None,
            }),
        ];
        // Connects anew only where the last frame ended the connection.
        let offline = session.status().link == samsyn_shared::sync::session::LinkStatus::Offline;
        for input in inputs.into_iter().skip(usize::from(!offline)) {
            let outputs = session.handle(now(step), &mut rng, input);
            let sends = outputs.iter().filter(|it| matches!(it, Output::Send(_)));
            said += sends.count();
        }
        assert!(
            said <= 40 * (step + 1),
            "{said} messages after {step} frames"
        );
    }
    let (anew, _) = Board::load(keys().board(), &[&session.store().save()]);
    assert_eq!(anew.heads(), session.store().heads());
}

/// A relay that strangers talk to: it asks the log for little, and nobody makes it say much.
fn relay(data: &[u8]) {
    let mut core = RelayCore::new(RelayLimits::default());
    let mut rng = rng();
    let conn = ConnId(1);
    core.handle(now(0), &mut rng, RelayInput::Connected(conn));
    for (step, frame) in runs(data).into_iter().enumerate() {
        let mut answers = vec![RelayInput::Frame(conn, frame), RelayInput::Tick];
        let mut carried_out = 0;
        while let Some(input) = answers.pop() {
            for output in core.handle(now(step), &mut rng, input) {
                carried_out += 1;
                assert!(
                    carried_out < 1_000,
                    "one frame makes the relay work for ever"
                );
                if let RelayOutput::Load(load) = output {
                    let record: Option<BoardRecord> = None;
                    answers.push(RelayInput::Loaded(load.ticket, Ok(record)));
                } else if let RelayOutput::Read(read) = output {
                    answers.push(RelayInput::Entries(read.ticket, Ok(Vec::new())));
                } else if let RelayOutput::Send(_, bytes) = output {
                    assert!(wire::decode(&bytes).is_ok());
                    answers.push(RelayInput::Flushed(conn, bytes.len()));
                }
            }
        }
        assert!(core.boards() <= 8 && core.connections() <= 1);
    }
    core.handle(now(100), &mut rng, RelayInput::Closed(conn));
    assert_eq!(core.connections(), 0);
}

/// Reads a frame's name for a person who looks at an input.
#[must_use]
pub fn told(name: &str, data: &[u8]) -> String {
    if name != "session" && name != "relay" {
        return format!("{} bytes", data.len());
    }
    let frames = runs(data).into_iter();
    let names = frames.map(|frame| match wire::decode(&frame) {
        Ok(Decoded::Frame(Frame { message, .. })) => format!("type {}", message.number()),
        Ok(Decoded::Skipped { number }) => format!("type {number}, unknown"),
        Err(error) => error.to_string(),
    });
    names.collect::<Vec<_>>().join("; ")
}
