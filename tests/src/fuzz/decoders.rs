//! Decoders that stand alone: frames, envelopes and what is in them, links.

use samsyn_shared::ids::ChangeHash;
use samsyn_shared::registers::{BoardState, RegisterName, RegisterSet, Title};
use samsyn_shared::seal::{Header, KindName, Link, Role, SnapshotBody, blocks, pack};
use samsyn_shared::sync::wire::{self, Decoded, Frame};
use sha2::{Digest, Sha256};

use super::Taken;
use super::forge::fixture;

/// A frame: what is read can be said again and means the same.
pub(super) fn wire(data: &[u8]) -> Taken {
    let decoded = wire::decode(data);
    if let Ok(Decoded::Frame(frame)) = &decoded {
        let Frame { channel, message } = frame;
        let again = wire::encode(*channel, message);
        assert!(again.len() <= data.len() + 64, "a frame grew");
        assert_eq!(wire::decode(&again).as_ref(), decoded.as_ref());
        assert_eq!(wire::encode(*channel, message), again);
    }
    Taken::when(&decoded)
}

/// A header and a body, as they are and made a true envelope by a member; then whatever the body is.
pub(super) fn envelope(data: &[u8]) -> Taken {
    let fixture = fixture();
    let raw = fixture.verify.verify(data);
    assert!(raw.is_err(), "nobody has signed this");
    let Some(sealed) = fixture.resealed(data) else {
        return Taken::No;
    };
    let Ok(verified) = fixture.verify.verify(sealed) else {
        return Taken::No;
    };
    let (_, plain) = Header::parse(data).expect("it was sealed again");
    let [keys, ..] = &fixture.roles;
    assert_eq!(keys.open(&verified).as_deref(), Ok(plain));
    let taken = match verified.header().kind.name() {
        KindName::Changes => unpacked(plain),
        KindName::Snapshot | KindName::Final => Taken::when(&keys.open_manifest(&verified)),
        KindName::Register => {
            let mut registers = RegisterSet::default();
            let offer = registers.offer(&verified);
            drop(registers.title(keys));
            drop(registers.state());
            drop(registers.value(keys, &RegisterName::Agenda));
            Taken::when(&offer)
        }
    };
    for keys in &fixture.roles {
        assert_eq!(keys.open(&verified).as_deref(), Ok(plain));
    }
    taken
}

/// A pack or a block: the bytes of one, or what is in one before it is deflated.
pub(super) fn pack(data: &[u8]) -> Taken {
    match data.split_first() {
        Some((0, pack)) => unpacked(pack),
        Some((1, entries)) => unpacked(&stream(entries)),
        Some((2, block)) => read_block(block),
        Some((_, streams)) => {
            let (length, streams) = streams.split_at(streams.len().min(2));
            let length = length.iter().rev();
            let length = length.fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            let (entries, text) = streams.split_at(length.min(streams.len()));
            let (entries, text) = (stream(entries), stream(text));
            let length = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            read_block(&[[1].as_slice(), &length.to_le_bytes(), &entries, &text].concat())
        }
        None => Taken::No,
    }
}

/// As packs and blocks deflate.
fn stream(plain: &[u8]) -> Vec<u8> {
    let length = u32::try_from(plain.len()).unwrap_or(u32::MAX);
    let deflated = miniz_oxide::deflate::compress_to_vec(plain, 1);
    [[1].as_slice(), &length.to_le_bytes(), &deflated].concat()
}

/// What comes out goes in again and comes out the same.
fn read_block(block: &[u8]) -> Taken {
    let chunks = blocks::read(&[block.to_vec()]);
    if let Ok(chunks) = &chunks {
        let changes: Vec<(ChangeHash, &[u8])> = chunks
            .iter()
            .map(|chunk| (hash_of(chunk, [0; 4]), chunk.as_slice()))
            .collect();
        // Twice as much comes out of a strange one as goes into one of ours.
        if let Ok(again) = blocks::write(&changes) {
            assert_eq!(blocks::read(&again).as_ref(), Ok(chunks));
        }
    }
    Taken::when(&chunks)
}

/// What comes out goes in again and comes out the same.
fn unpacked(bytes: &[u8]) -> Taken {
    let unpacked = pack::unpack(bytes);
    if let Ok(changes) = &unpacked {
        assert!((1..=pack::MAX_CHANGES).contains(&changes.len()));
        let changes: Vec<(ChangeHash, &[u8])> = changes
            .iter()
            .map(|change| {
                (
                    hash_of(&change.chunk, change.hash_prefix),
                    change.chunk.as_slice(),
                )
            })
            .collect();
        if let Ok(again) = pack::pack(&changes) {
            let again = pack::unpack(&again).expect("the packer has looked");
            assert_eq!(again.len(), changes.len());
            assert!(
                again
                    .iter()
                    .zip(&changes)
                    .all(|(one, (_, other))| one.chunk == *other)
            );
        }
    }
    Taken::when(&unpacked)
}

/// The hash of a chunk, if it has the stated beginning; else one that has.
fn hash_of(chunk: &[u8], prefix: [u8; 4]) -> ChangeHash {
    let hashed: [u8; 32] = Sha256::digest(chunk.get(8..).unwrap_or_default()).into();
    if hashed.starts_with(&prefix) {
        return ChangeHash(hashed);
    }
    let mut hash = [0; 32];
    hash.split_at_mut(4).0.copy_from_slice(&prefix);
    ChangeHash(hash)
}

/// The body of a snapshot, put together again, and what is in its blocks.
pub(super) fn snapshot(data: &[u8]) -> Taken {
    let body = SnapshotBody::decode(data);
    if let Ok(body) = &body {
        let pieces = body.blocks.iter().chain(&body.waiting);
        let bytes = pieces.map(Vec::len).sum::<usize>();
        assert!(bytes <= data.len(), "a body holds more than came");
        drop(blocks::read(&body.blocks));
    }
    Taken::when(&body)
}

/// A pasted text with a link in it: what opens a board opens the same one when it is shared again.
pub(super) fn link(data: &[u8]) -> Taken {
    let text = String::from_utf8_lossy(data);
    let link = Link::parse(&text);
    if let Ok(link) = &link {
        let keys = &link.keys;
        for role in Role::ALL {
            let Some(code) = keys.link(role) else {
                continue;
            };
            let again = Link::parse(&code)
                .expect("a code that was just written")
                .keys;
            assert_eq!((again.board(), again.role()), (keys.board(), role));
            assert_eq!(again.link(role), Some(code));
        }
        if let Some(text) = link.text(Role::Observer) {
            let again = Link::parse(&text).expect("a link that was just written");
            assert_eq!(again.origin, link.origin);
        }
    }
    Taken::when(&link)
}

/// The values of registers.
pub(super) fn registers(data: &[u8]) -> Taken {
    let state = BoardState::decode(data);
    if let Ok(state) = &state {
        let again = state.encode().expect("it was short enough before");
        assert_eq!(BoardState::decode(&again).as_ref(), Ok(state));
    }
    let title = Title::decode(data);
    if let Ok(title) = &title {
        assert!(title.as_str().chars().count() <= Title::LIMIT);
        assert_eq!(Title::decode(&title.encode()).as_ref(), Ok(title));
    }
    match Taken::when(&state) {
        Taken::Yes => Taken::Yes,
        Taken::No => Taken::when(&title),
    }
}
