//! Golden vectors: what version 1 derives, links, packs and seals, byte for byte. A change here breaks every board.
//!
//! `cargo test -p samsyn-shared --test golden -- --ignored --nocapture` prints the vectors as this code makes them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may fail by panicking, and its numbers are small"
)]

use std::collections::BTreeMap;

use base16ct::lower as hex;
use samsyn_shared::ids::{Chain, ChangeHash, Epoch, GroupId, RoundId, Seq};
use samsyn_shared::registers::{BoardState, RegisterName, RegisterSet, Title};
use samsyn_shared::seal::{
    BoardKeys, FinalHeader, Manifest, OpenedPresence, Role, Sealed, SnapshotBody, SnapshotHeader,
    pack,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
use zeroize::Zeroizing;

/// Hash and chunk of a change that automerge 0.12 made: “Vi möts klockan 0”.
const FIRST: (&str, &str) = (
    "22cceab3c9b9a175c9a8a3947563c4ef615d3fd7761b0989ecbf8e2fcb4ad71e",
    "856f4a8322cceab3014a001007070707070707070707070707070707010100000006150c340142025603571270027f0a\
     616e7465636b6e696e67017f017fa6025669206dc3b67473206b6c6f636b616e20307f00",
);
/// The next one of the same actor.
const SECOND: (&str, &str) = (
    "22fcb1acc6a338b677ad9d30675c5ef4ecd74a22b021aa968dbedf539a7a704c",
    "856f4a8322fcb1ac01720122cceab3c9b9a175c9a8a3947563c4ef615d3fd7761b0989ecbf8e2fcb4ad71e1007070707\
     070707070707070707070707020200000008150c34014202560357127002710273027f0a616e7465636b6e696e67017f\
     017fa6025669206dc3b67473206b6c6f636b616e20317f017f007f01",
);

type Vectors = BTreeMap<String, String>;

const COMMITTED: &str = include_str!("../fixtures/seal-v1.json");

fn committed() -> Vectors {
    serde_json::from_str(COMMITTED).unwrap()
}

/// Bytes of a committed vector.
fn bytes(name: &str) -> Vec<u8> {
    hex::decode_vec(committed()[name].as_bytes()).unwrap()
}

fn seed() -> [u8; 32] {
    std::array::from_fn(|index| index as u8)
}

fn facilitator() -> BoardKeys {
    BoardKeys::facilitator(Zeroizing::new(seed()))
}

fn participant() -> BoardKeys {
    BoardKeys::from_link(&facilitator().link(Role::Participant).unwrap()).unwrap()
}

/// Two changes made by automerge 0.12, the second after the first.
fn changes() -> Vec<(ChangeHash, Vec<u8>)> {
    let change = |hash: &str, chunk: &str| {
        (
            hash.parse().unwrap(),
            hex::decode_vec(chunk.as_bytes()).unwrap(),
        )
    };
    vec![change(FIRST.0, FIRST.1), change(SECOND.0, SECOND.1)]
}

fn put(out: &mut Vectors, name: &str, bytes: &[u8]) {
    out.insert(name.to_owned(), hex::encode_string(bytes));
}

fn made() -> Vectors {
    let mut out = Vectors::new();
    put(&mut out, "facilitator seed", &seed());
    put_keys(&mut out);
    put_slots(&mut out);
    put_envelopes(&mut out);
    put_snapshots(&mut out);
    out
}

fn put_keys(out: &mut Vectors) {
    let keys = facilitator();
    let verify = keys.verify_keys().unwrap();
    put(out, "facilitator verify key", &verify.facilitator);
    put(out, "participant verify key", &verify.participant);
    put(out, "board", keys.board().as_bytes());
    put(out, "members key", keys.members_key().unwrap().as_slice());
    put(
        out,
        "round secret",
        keys.round_secret(&RoundId([3; 16])).unwrap().as_slice(),
    );
    put(
        out,
        "group board",
        keys.group(&GroupId([4; 16])).unwrap().board().as_bytes(),
    );
    for role in Role::ALL {
        out.insert(format!("link {role}"), keys.link(role).unwrap());
    }
}

fn put_slots(out: &mut Vectors) {
    let names = [
        RegisterName::Title,
        RegisterName::CaseNumber,
        RegisterName::Agenda,
        RegisterName::Timer,
        RegisterName::Round(RoundId([3; 16])),
        RegisterName::Group(GroupId([4; 16])),
        RegisterName::State,
        RegisterName::CreateProof,
    ];
    for name in names {
        put(
            out,
            &format!("slot {name}"),
            facilitator().slot(&name).as_bytes(),
        );
    }
}

fn put_envelopes(out: &mut Vectors) {
    let changes = changes();
    let borrowed: Vec<_> = changes
        .iter()
        .map(|(hash, chunk)| (*hash, chunk.as_slice()))
        .collect();
    let packed = pack::pack(&borrowed).unwrap();
    put(out, "pack", &packed);
    put(
        out,
        "envelope changes",
        &participant().seal_changes(&packed).unwrap(),
    );
    let (set, keys) = (RegisterSet::default(), facilitator());
    let title = Title::new("Ledningsgruppen Norr").encode();
    put(
        out,
        "envelope title",
        &set.seal_value(&keys, &RegisterName::Title, &title).unwrap(),
    );
    put(
        out,
        "envelope state",
        &set.seal_state(&keys, &frozen()).unwrap(),
    );
}

fn frozen() -> BoardState {
    BoardState::Frozen {
        heads: vec![changes()[1].0],
        snapshot: samsyn_shared::ids::EnvelopeHash([9; 32]),
    }
}

fn manifest() -> Manifest {
    Manifest {
        heads: vec![changes()[1].0],
        count: 2,
        waiting: vec![changes()[0].0],
    }
}

fn snapshot_body() -> SnapshotBody {
    SnapshotBody {
        blocks: vec![b"block".to_vec()],
        waiting: vec![changes()[1].1.clone()],
    }
}

fn put_snapshots(out: &mut Vectors) {
    let header = SnapshotHeader {
        request: 5,
        epoch: Epoch([6; 16]),
        covers: Seq(7),
        chain: Chain([8; 32]),
        parts: vec![],
    };
    let end = FinalHeader {
        n: 1,
        heads: manifest().heads,
        parts: vec![],
    };
    put_sealed(
        out,
        "snapshot",
        &participant()
            .seal_snapshot(&header, &manifest(), &snapshot_body())
            .unwrap(),
    );
    put_sealed(
        out,
        "final",
        &facilitator()
            .seal_final(&end, &manifest(), &snapshot_body())
            .unwrap(),
    );
}

fn put_sealed(out: &mut Vectors, name: &str, sealed: &Sealed) {
    put(out, &format!("envelope {name}"), &sealed.envelope);
    put(out, &format!("part {name}"), &sealed.parts[0]);
}

#[test]
#[ignore = "prints the vectors instead of checking them"]
fn print_vectors() {
    println!("{}", serde_json::to_string_pretty(&made()).unwrap());
}

#[test]
fn this_program_makes_the_bytes_that_version_1_made() {
    let (made, mut committed) = (made(), committed());
    // A presence frame has a random nonce: it is read, not made again.
    committed.remove("presence");
    assert_eq!(made, committed);
}

#[test]
fn envelopes_of_version_1_still_open() {
    let observer = BoardKeys::from_link(&committed()["link observer"]).unwrap();
    let verify = facilitator().verify_keys().unwrap();
    let open = |name: &str| observer.open(&verify.verify(bytes(name)).unwrap()).unwrap();
    assert_eq!(open("envelope changes"), bytes("pack"));
    assert_eq!(
        Title::decode(&open("envelope title")).unwrap().as_str(),
        "Ledningsgruppen Norr"
    );
    let mut set = RegisterSet::default();
    set.offer(&verify.verify(bytes("envelope state")).unwrap())
        .unwrap();
    assert_eq!(set.state(), frozen());
    for name in ["snapshot", "final"] {
        let verified = verify.verify(bytes(&format!("envelope {name}"))).unwrap();
        assert_eq!(observer.open_manifest(&verified).unwrap(), manifest());
        let body = observer
            .open_part(&verified, 0, &bytes(&format!("part {name}")))
            .unwrap();
        assert_eq!(SnapshotBody::decode(&body).unwrap(), snapshot_body());
    }
}

#[test]
fn packs_of_version_1_still_unpack() {
    let out = pack::unpack(&bytes("pack")).unwrap();
    let expected: Vec<_> = changes().into_iter().map(|(_, chunk)| chunk).collect();
    assert_eq!(
        out.into_iter()
            .map(|packed| packed.chunk)
            .collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn links_of_version_1_still_open_their_board() {
    for role in Role::ALL {
        let keys = BoardKeys::from_link(&committed()[&format!("link {role}")]).unwrap();
        assert_eq!(keys.role(), role);
        assert_eq!(keys.board().to_string(), committed()["board"]);
    }
}

#[test]
fn presence_of_version_1_is_still_heard() {
    let opened = facilitator().open_presence(&bytes("presence")).unwrap();
    assert_eq!(
        opened,
        OpenedPresence {
            role: Role::Participant,
            body: b"here".to_vec()
        }
    );
}
