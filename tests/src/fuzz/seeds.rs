//! Small valid inputs for each target, the same at every call: where a fuzzer begins.

use samsyn_app::core::messages::{FromWorker, NetworkHint, ToWorker};
use samsyn_app::worker::lease::{Lease, TabId, Term};
use samsyn_app::worker::rows::{self, BoardRow};
use samsyn_app::worker::tabs::{TabMessage, TabNews, TabStatus};
use samsyn_app::worker::writes::Op;
use samsyn_shared::archive::{Archive, BoardFile};
use samsyn_shared::board::{Board, Draft};
use samsyn_shared::ids::{
    BoardId, Chain, ChangeHash, EnvelopeHash, Epoch, PersonId, Seq, Slot, TextId,
};
use samsyn_shared::registers::{BoardState, RegisterName, RegisterSet, Title};
use samsyn_shared::seal::{
    FinalHeader, Manifest, Role, SnapshotBody, SnapshotHeader, blocks, envelope_hash, pack,
};
use samsyn_shared::sync::presence::{Doing, DraftEdit, Peer};
use samsyn_shared::sync::session::{Frontier, OutboxContent, OutboxEntry, StoreWrite};
use samsyn_shared::sync::wire::{self, Channel, Message};
use samsyn_sync_server::backup::stream;
use samsyn_sync_server::log::sled::{Image, Mark, Pruned, rows as log_rows};
use samsyn_sync_server::log::{Day, Entry, Keys, Meta, Start, Used};

use super::forge::{NOW, fixture};
use super::relay::step as relaying;
use super::script::Script;
use super::session::step as meeting;

/// The seeds of a target; none if there is no such target.
#[must_use]
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "archive" => archives(),
        "backup" => backups(),
        "board" => boards(),
        "board_file" => board_files(),
        "config" => configs(),
        "document" => vec![fixture().saved.clone(), Board::new(fixture().board).save()],
        "envelope" => envelopes(),
        "link" => links(),
        "pack" => packs(),
        "presence" => presences(),
        "registers" => registers(),
        "relay" => relays(),
        "rows" => all_rows(),
        "session" => sessions(),
        "snapshot" => vec![snapshot_body()],
        "wire" => frames(),
        _ => Vec::new(),
    }
}

fn chunks() -> impl Iterator<Item = &'static [u8]> {
    fixture().changes.iter().map(|(_, chunk)| chunk.as_slice())
}

fn archives() -> Vec<Vec<u8>> {
    let chunks: Vec<&[u8]> = chunks().collect();
    let (board, _) = Board::load(fixture().board, &chunks);
    let full = Archive::of(board.view(), "Vägg", &[title()], NOW.wall);
    let empty = Board::new(fixture().board);
    let empty = Archive::of(empty.view(), "", &[], NOW.wall);
    vec![full.to_json(), empty.to_json()]
}

fn title() -> Vec<u8> {
    let [facilitator, ..] = &fixture().roles;
    let value = Title::new("Ledningsgruppen 👩‍👩‍👧").encode();
    let registers = RegisterSet::default();
    let sealed = registers.seal_value(facilitator, &RegisterName::Title, &value);
    sealed.expect("a facilitator may")
}

fn state(state: &BoardState) -> Vec<u8> {
    let [facilitator, ..] = &fixture().roles;
    let sealed = RegisterSet::default().seal_state(facilitator, state);
    sealed.expect("a facilitator may")
}

fn frozen() -> BoardState {
    BoardState::Frozen {
        heads: vec![ChangeHash([7; 32])],
        snapshot: EnvelopeHash([8; 32]),
    }
}

fn pack_of(count: usize) -> Vec<u8> {
    let changes = fixture().changes.iter().take(count);
    let changes: Vec<(ChangeHash, &[u8])> =
        changes.map(|(hash, it)| (*hash, it.as_slice())).collect();
    pack::pack(&changes).expect("a few changes")
}

fn changes(count: usize) -> Vec<u8> {
    let [_, participant, _] = &fixture().roles;
    participant
        .seal_changes(&pack_of(count))
        .expect("a participant may")
}

fn manifest() -> Manifest {
    let last = fixture().changes.last().expect("a lively board").0;
    Manifest {
        heads: vec![last],
        count: fixture().changes.len() as u64,
        waiting: vec![ChangeHash([3; 32])],
    }
}

fn body() -> SnapshotBody {
    SnapshotBody {
        blocks: vec![block_of(2), block_of(6)],
        waiting: vec![b"one".to_vec(), b"two".to_vec()],
    }
}

/// The open body of a snapshot, as `SnapshotBody` writes it.
fn snapshot_body() -> Vec<u8> {
    let [facilitator, ..] = &fixture().roles;
    let sealed = facilitator.seal_snapshot(&snapshot_header(), &manifest(), &body());
    let sealed = sealed.expect("a facilitator may");
    let verified = fixture()
        .verify
        .verify(sealed.envelope)
        .expect("one of ours");
    let parts = sealed.parts.iter().enumerate();
    let opened = parts.map(|(index, part)| facilitator.open_part(&verified, index, part));
    opened.flat_map(|part| part.expect("one of ours")).collect()
}

fn snapshot_header() -> SnapshotHeader {
    SnapshotHeader {
        request: 4,
        epoch: Epoch([8; 16]),
        covers: Seq(2),
        chain: Chain([2; 32]),
        parts: Vec::new(),
    }
}

/// Header and manifest of a snapshot, and of a final one.
fn manifests() -> [Vec<u8>; 2] {
    let [facilitator, ..] = &fixture().roles;
    let header = FinalHeader {
        n: 1,
        heads: manifest().heads,
        parts: Vec::new(),
    };
    let snapshot = facilitator.seal_snapshot(&snapshot_header(), &manifest(), &body());
    let last = facilitator.seal_final(&header, &manifest(), &body());
    [snapshot, last].map(|it| fixture().opened(&it.expect("a facilitator may").envelope))
}

fn envelopes() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        changes(1),
        changes(4),
        title(),
        state(&BoardState::Paused),
        state(&frozen()),
    ]
    .iter()
    .map(|envelope| fixture().opened(envelope))
    .collect();
    all.extend(manifests());
    all
}

/// A block of the first changes of the lively board.
fn block_of(count: usize) -> Vec<u8> {
    let changes = fixture().changes.iter().take(count);
    let changes: Vec<(ChangeHash, &[u8])> = changes
        .map(|(hash, chunk)| (*hash, chunk.as_slice()))
        .collect();
    blocks::write(&changes).expect("few changes").remove(0)
}

fn packs() -> Vec<Vec<u8>> {
    let packed = |count| [[0].as_slice(), &pack_of(count)].concat();
    let inflated = |count| {
        let pack = pack_of(count);
        let deflated = pack.get(5..).unwrap_or_default();
        let entries = miniz_oxide::inflate::decompress_to_vec(deflated).expect("a pack");
        [[1].as_slice(), &entries].concat()
    };
    let strange = pack::pack(&[(ChangeHash([9; 32]), b"no chunk")]).expect("travels verbatim");
    vec![
        packed(1),
        packed(6),
        inflated(2),
        inflated(6),
        [[0].as_slice(), &strange].concat(),
        [[2].as_slice(), &block_of(6)].concat(),
        streams(6),
    ]
}

/// What is in a block before it is deflated, with the length of the entries.
fn streams(count: usize) -> Vec<u8> {
    let block = block_of(count);
    let (head, rest) = block.split_at(5);
    let length = head.iter().skip(1).rev();
    let length = length.fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let (entries, text) = rest.split_at(length);
    let inflated = |stream: &[u8]| {
        let deflated = stream.get(5..).unwrap_or_default();
        miniz_oxide::inflate::decompress_to_vec(deflated).expect("a stream")
    };
    let entries = inflated(entries);
    let length = u16::try_from(entries.len()).expect("seeds are small");
    [
        [3].as_slice(),
        &length.to_le_bytes(),
        &entries,
        &inflated(text),
    ]
    .concat()
}

fn links() -> Vec<Vec<u8>> {
    let [facilitator, ..] = &fixture().roles;
    let codes = Role::ALL.iter().filter_map(|role| facilitator.link(*role));
    let mut all: Vec<Vec<u8>> = codes
        .map(|code| format!("Hej! https://board.example:8080/#{code}, ses").into_bytes())
        .collect();
    let code = facilitator.link(Role::Participant).unwrap_or_default();
    let (start, end) = code.split_at(30);
    all.push(format!("http%3A%2F%2F10.0.0.1%2F%23{code}").into_bytes());
    all.push(format!("> #{start}\r\n> {end}").into_bytes());
    all.push(code.into_bytes());
    all
}

fn doing() -> Doing {
    Doing {
        person: PersonId([4; 16]),
        section: Some(super::forge::WALL),
        draft: Some(DraftEdit::between(
            TextId([6; 16]),
            "hå 👩‍👩‍👧 då",
            "hå där",
            Some(3),
        )),
    }
}

/// `{0: session, 1: counter, 2: person, 3: section, 4: {draft}}`, written by hand: only a session writes one.
fn presences() -> Vec<Vec<u8>> {
    let write = |draft: bool| {
        let mut out = minicbor::Encoder::new(Vec::new());
        let written = out.map(if draft { 5 } else { 2 }).and_then(|out| {
            out.u8(0)?.bytes(&[5; 16])?.u8(1)?.u64(1)?;
            if draft {
                out.u8(2)?.bytes(&[4; 16])?.u8(3)?.bytes(&[1; 16])?;
                out.u8(4)?
                    .map(6)?
                    .u8(0)?
                    .bytes(&[6; 16])?
                    .u8(1)?
                    .bytes(&[7; 8])?;
                out.u8(2)?
                    .u32(3)?
                    .u8(3)?
                    .u32(2)?
                    .u8(4)?
                    .str("å👩")?
                    .u8(5)?
                    .u32(4)?;
            }
            Ok(())
        });
        written.expect("a vector takes everything");
        out.into_writer()
    };
    let said = write(true);
    (0..3)
        .map(|role| [[role].as_slice(), &said].concat())
        .collect()
}

fn registers() -> Vec<Vec<u8>> {
    let states = [BoardState::Open, frozen(), BoardState::Deleted];
    let states = states
        .iter()
        .map(|state| state.encode().expect("few heads"));
    states.chain([Title::new("Möte i Norr").encode()]).collect()
}

fn frames() -> Vec<Vec<u8>> {
    let keys = wire::Keys {
        facilitator: fixture().verify.facilitator,
        participant: fixture().verify.participant,
    };
    let position = wire::Position {
        epoch: Epoch([8; 16]),
        cursor: Seq(300),
        chain: Chain([4; 32]),
    };
    let (seq, prev, chain) = (Seq(u64::MAX), Seq(70_000), Chain([5; 32]));
    let (reference, envelope) = (wire::PushRef(6), wire::Bytes::from(b"sealed".as_slice()));
    let manifest = EnvelopeHash([4; 32]);
    let base = wire::Base {
        covers: seq,
        chain,
        manifest: envelope.clone(),
    };
    let limits = wire::Limits {
        envelope: 1,
        boards: 2,
        in_flight: 3,
    };
    [
        Message::Hello(wire::Hello {
            version: 1,
            oldest: 1,
        }),
        Message::Welcome(wire::Welcome {
            version: 1,
            time: -5,
            limits,
            challenge: [8; 32],
        }),
        Message::Open(wire::Open {
            board: fixture().board,
            from: Some(position),
            keys: Some(keys),
            without: Some(manifest),
        }),
        Message::Opened(wire::Opened {
            epoch: Epoch([1; 16]),
            keys,
            base: Some(base),
            reset: true,
        }),
        Message::Push(wire::Push {
            reference,
            envelope: envelope.clone(),
            expect: Some(seq),
        }),
        Message::Reject(wire::Reject {
            reference,
            code: wire::RejectCode::Paused,
            retry: wire::Retry::AfterMs(1),
        }),
        Message::Item(wire::Item {
            seq,
            prev,
            chain,
            envelope: envelope.clone(),
        }),
        Message::Own(wire::Own {
            reference,
            seq,
            prev,
            chain,
        }),
        Message::Part(wire::Part {
            manifest,
            index: 5,
            bytes: envelope.clone(),
        }),
        Message::SnapshotConfirmed(wire::SnapshotConfirmed {
            manifest,
            signature: [3; 64],
        }),
        Message::Register(wire::Register { envelope }),
        Message::Close(wire::Close {
            code: wire::CloseCode::Other(500),
            retry_after_ms: Some(7),
        }),
        Message::Pong(wire::Pong { time: Some(1) }),
        Message::Reserved(19),
    ]
    .iter()
    .map(|message| wire::encode(Channel(77), message))
    .collect()
}

fn board_files() -> Vec<Vec<u8>> {
    let file = |full: bool| BoardFile {
        board: fixture().board,
        keys: full.then_some(fixture().verify),
        title: "Vägg".to_owned(),
        registers: if full { vec![title()] } else { Vec::new() },
        final_snapshot: full.then(|| b"envelope".to_vec()),
        document: fixture().saved.clone(),
        waiting: if full {
            vec![b"chunk".to_vec()]
        } else {
            Vec::new()
        },
    };
    vec![file(true).write(), file(false).write()]
}

fn backups() -> Vec<Vec<u8>> {
    let entry = || Entry {
        seq: Seq(4),
        prev: Seq(3),
        chain: Chain([5; 32]),
        envelope: b"envelope".as_slice().into(),
    };
    let used = Some(Used {
        first: None,
        last: Day(7),
    });
    let frames = [
        stream::Frame::Board(
            BoardId([9; 32]),
            Image {
                meta: meta(),
                used,
                slots: vec![(Slot([8; 32]), Seq(3))],
                starts: vec![Start::first()],
            },
        ),
        stream::Frame::Kept(entry()),
        stream::Frame::Entry(entry()),
        stream::Frame::Part(stream::Part {
            manifest: EnvelopeHash([6; 32]),
            index: 3,
            bytes: b"part".as_slice().into(),
        }),
        stream::Frame::Pruned(Pruned {
            board: BoardId([9; 32]),
            day: Day(7),
        }),
        stream::Frame::End(Mark {
            boards: 1,
            entries: 4,
        }),
        stream::Frame::Failed("the disk".to_owned()),
    ];
    let mut all = Vec::new();
    for frame in &frames {
        frame.write(&mut all).expect("a vector takes everything");
    }
    vec![all]
}

fn meta() -> Meta {
    Meta {
        epoch: Epoch([1; 16]),
        keys: Keys {
            facilitator: [2; 32],
            participant: [3; 32],
        },
        last: Seq(4),
        chain: Chain([5; 32]),
        bytes: 6,
    }
}

fn configs() -> Vec<Vec<u8>> {
    let small = "max-board = 7\nmetrics = 'same'\nallow-origin = ['https://a.example', 'https://b.example']\n\
                 data = '/srv/samsyn'\nlisten = '127.0.0.1:3030'\n";
    let example = include_bytes!("../../../sync-server/deploy/samsyn.toml");
    vec![small.as_bytes().to_vec(), example.to_vec()]
}

fn all_rows() -> Vec<Vec<u8>> {
    let of = |kind: u8, bytes: &[u8]| [[kind].as_slice(), bytes].concat();
    let board = fixture().board;
    let row = BoardRow {
        title: "Vägg".to_owned(),
        link: "AQ".to_owned(),
        role: Role::Participant,
        me: PersonId([1; 16]),
        verify_keys: Some(([1; 32], [2; 32])),
        opened: NOW.wall,
        unshared: 300,
        last_shared: Some(NOW.wall),
    };
    let lease = Lease {
        holder: TabId([1; 16]),
        term: Term(300),
        heartbeat: NOW.wall,
    };
    let write = StoreWrite {
        frontier: Some(Frontier {
            epoch: Epoch([1; 16]),
            cursor: Seq(300),
            chain: Chain([2; 32]),
            relay_heads: vec![ChangeHash([3; 32])],
            logged: vec![ChangeHash([4; 32])],
            must_refill: true,
        }),
        outbox_put: vec![OutboxEntry {
            hash: EnvelopeHash([5; 32]),
            order: 1,
            content: OutboxContent::Changes(vec![ChangeHash([3; 32])]),
            bytes: b"sealed".to_vec(),
        }],
        ..StoreWrite::default()
    };
    let draft = Draft {
        text: TextId([6; 16]),
        base_revision: None,
        base: "hej".to_owned(),
        own: "hejsan".to_owned(),
        edits: Vec::new(),
    };
    let value = |op: Op| match op {
        Op::Put { value, .. } => value,
        Op::Delete { .. } | Op::Forget(_) => Vec::new(),
    };
    let stored: Vec<Vec<u8>> = rows::session_ops(board, write)
        .into_iter()
        .map(value)
        .collect();
    let news = [
        TabNews::ILead(Term(2)),
        TabNews::Changes(vec![(ChangeHash([1; 32]), b"chunk".to_vec())]),
        TabNews::Status(TabStatus::default()),
        TabNews::Peers(vec![Peer {
            presence: super::session::ME,
            doing: doing(),
        }]),
    ];
    let mut all = vec![of(0, &rows::encode(&row)), of(1, &rows::encode(&lease))];
    all.extend((2..4).zip(&stored).map(|(kind, bytes)| of(kind, bytes)));
    all.push(of(4, &value(rows::put_draft(board, &draft))));
    let plain = |message: &TabMessage| postcard::to_allocvec(message).expect("a vector");
    all.extend(news.map(|what| {
        of(
            5,
            &plain(&TabMessage {
                board,
                from: TabId([2; 16]),
                what,
            }),
        )
    }));
    let asked = postcard::to_allocvec(&ToWorker::Network(NetworkHint::Online));
    all.push(of(6, &asked.expect("a vector")));
    all.push(of(
        7,
        &postcard::to_allocvec(&FromWorker::Boards(vec![row.card(board)])).expect("a vector"),
    ));
    let hash = "ab".repeat(32);
    all.push(of(8, format!("chunk/{hash}{}", " ".repeat(70)).as_bytes()));
    all.push(of(9, &log_rows::write_starts(&[Start::first()])));
    all.push(of(10, &log_rows::write_meta(&meta())));
    all
}

fn known(which: u8) -> Script {
    Script::default().step(2, [which])
}

fn boards() -> Vec<Vec<u8>> {
    let whole = chunks().fold(Script::default(), |script, chunk| script.step(1, chunk));
    let raw = chunks().fold(Script::default(), |script, chunk| {
        script.step(0, chunk).step(4, [])
    });
    let backwards = (0..6)
        .rev()
        .fold(Script::default(), |script, which| script.step(2, [which]));
    let base = (0..6)
        .fold(Script::default(), |script, which| script.step(2, [which]))
        .step(4, []);
    // An actor, nothing wrong, and operations: their shape, object, key, action and value.
    let composed = base
        .clone()
        .step(3, [0, 0, 0, 2, 6, 0, 0, 3, 12, 4, 4, 1, 0])
        .step(4, [])
        .step(3, [1, 0, 0, 3, 2, 1, 0, 5, 2, 9, 65, 0])
        .step(3, [1, 1, 2, 3, 4, 16, 9, 6, 9, 65, 0]);
    let typed = base.step(3, [2, 0, 16, 15, 7, 9, 97, 0, 16, 16, 8, 9, 98, 0]);
    [whole, raw, backwards, composed, typed]
        .map(|script| script.0)
        .to_vec()
}

fn sessions() -> Vec<Vec<u8>> {
    let welcome = Script::default().step(meeting::WELCOME, [1, 0, 0, 0, 0, 2, 8, 1]);
    let opened = || welcome.clone().step(meeting::OPENED, [1]);
    let all = (0..6).fold(Script::default(), |script, which| script.step(2, [which]));
    let in_sync = opened()
        .step(meeting::CHANGES, &all.0)
        .step(meeting::CAUGHT_UP, []);
    let [snapshot, last] = manifests();
    let offered = |how: u8, plain: &[u8]| {
        let length = u16::try_from(plain.len()).unwrap_or_default().to_le_bytes();
        [[how].as_slice(), &length, plain, &snapshot_body()].concat()
    };
    let edits = in_sync
        .clone()
        .step(meeting::EDIT, [])
        .step(meeting::ANSWER, [1])
        .step(meeting::EDIT, [])
        .step(meeting::ANSWER, [0])
        .step(meeting::EDIT, [])
        .step(meeting::ANSWER, [3, 6, 2, 9, 0])
        .step(meeting::TIME, [0, 2])
        .step(meeting::ANSWER, [2])
        .step(meeting::CUT, [])
        .step(meeting::OPENED, [0])
        .step(meeting::CAUGHT_UP, []);
    let groups = opened()
        .step(
            meeting::GROUP,
            Script::default().step(0, known(1).0).step(0, known(0).0).0,
        )
        .step(meeting::TIME, [60, 0])
        .step(meeting::ITEM, fixture().opened(&changes(4)))
        .step(meeting::ITEM, fixture().opened(&title()))
        .step(
            meeting::REGISTER,
            fixture().opened(&state(&BoardState::Paused)),
        )
        .step(meeting::OWN_REGISTER, fixture().opened(&title()))
        .step(meeting::CAUGHT_UP, []);
    let peers = in_sync
        .clone()
        .step(
            meeting::PRESENCE,
            presences().first().map_or(&[][..], Vec::as_slice),
        )
        .step(meeting::DOING, [4])
        .step(meeting::TIME, [255, 0])
        .step(
            meeting::FRAME,
            frames().first().map_or(&[][..], Vec::as_slice),
        )
        .step(meeting::MESSAGE, [13, 0xa0]);
    let based = welcome
        .clone()
        .step(meeting::SNAPSHOT, offered(2, &snapshot))
        .step(meeting::PARTS, [])
        .step(meeting::CAUGHT_UP, [])
        .step(meeting::SNAPSHOT, offered(1, &snapshot))
        .step(meeting::PARTS, []);
    let finished = in_sync
        .clone()
        .step(meeting::SNAPSHOT, offered(1, &last))
        .step(meeting::STATE, [2])
        .step(meeting::PARTS, [])
        .step(meeting::EDIT, [])
        .step(meeting::ANSWER, [2]);
    let finishing = in_sync
        .clone()
        .step(meeting::FINISH, [])
        .step(meeting::ANSWER, [1])
        .step(meeting::TIME, [0, 8])
        .step(meeting::ANSWER, [1])
        .step(meeting::TIME, [0, 8])
        .step(meeting::ANSWER, [1]);
    let asked = in_sync
        .clone()
        .step(meeting::WANTED, [3])
        .step(meeting::TIME, [0, 8])
        .step(meeting::ANSWER, [2])
        .step(meeting::STATE, [1])
        .step(meeting::STATE, [3]);
    let scripts = [
        in_sync, edits, groups, peers, based, finished, finishing, asked,
    ];
    let roles = [1, 1, 2, 0, 2, 1, 0, 0];
    let all = scripts.iter().zip(roles);
    all.map(|(script, role)| [[role].as_slice(), &script.0].concat())
        .collect()
}

fn relays() -> Vec<Vec<u8>> {
    let join = |script: Script, conn: u8| {
        script
            .step(relaying::CONNECT, [conn])
            .step(relaying::HELLO, [conn, 0, 1])
            .step(relaying::OPEN, [conn, 1, 0])
    };
    let push = |script: Script, conn: u8, envelope: &[u8]| {
        script.step(
            relaying::PUSH,
            [[conn, 1, 0].as_slice(), &fixture().opened(envelope)].concat(),
        )
    };
    let two = join(join(Script::default(), 0), 1);
    let shared = push(push(two.clone(), 0, &changes(1)), 1, &changes(4));
    let decided = push(
        push(shared.clone(), 0, &title()),
        0,
        &state(&BoardState::Paused),
    );
    let late = join(decided.clone(), 2)
        .step(relaying::FLUSHED, [2, 1, 255, 0])
        .step(relaying::PRESENCE, b"\x01\x01sealed")
        .step(relaying::CLOSED, [1, 0])
        .step(relaying::TIME, [0, 0, 255, 255])
        .step(relaying::MESSAGE, [0, 0, 13, 0xa0]);
    let cut = shared
        .clone()
        .step(relaying::TIME, [0, 0, 0, 20])
        .step(relaying::SNAPSHOT, [0, 1, 0, 0, 1, 2, 3])
        .step(relaying::CONFIRM, [1, 1])
        .step(relaying::CONNECT, [2])
        .step(relaying::HELLO, [2, 0, 1])
        .step(relaying::OPEN, [2, 1, 0])
        .step(relaying::PART_WANTED, [2, 1, 0])
        .step(relaying::BASE_TAKEN, [2, 1]);
    let failing = two
        .step(
            relaying::PUSH | 0x80,
            [[0, 1, 0].as_slice(), &fixture().opened(&changes(2))].concat(),
        )
        .step(relaying::FAIL, [0, 0, 0])
        .step(
            relaying::PUSH | 0x80,
            [[0, 1, 0].as_slice(), &fixture().opened(&changes(3))].concat(),
        )
        .step(relaying::STOP, [0, 0])
        .step(relaying::ANSWER, []);
    let raw = frames().into_iter().fold(shared.clone(), |script, frame| {
        script.step(relaying::FRAME, [[0, 1].as_slice(), &frame].concat())
    });
    [shared, decided, late, cut, failing, raw]
        .map(|script| script.0)
        .to_vec()
}

/// The hash of a seed, by which its file is named.
#[must_use]
pub fn name(seed: &[u8]) -> String {
    let hash = envelope_hash(seed).to_string();
    format!("seed-{}", hash.get(..16).unwrap_or(&hash))
}
