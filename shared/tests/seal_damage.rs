//! Whatever happens to a link, an envelope or a pack on its way: a clear error, never a panic, never other content.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test may fail by panicking, and its numbers are small"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use samsyn_shared::ids::{Chain, ChangeHash, Epoch, Seq, Slot};
use samsyn_shared::registers::{
    BoardState, Offer, RegisterHeader, RegisterName, RegisterSet, Title,
};
use samsyn_shared::seal::pack::{self, Packed};
use samsyn_shared::seal::{
    BoardKeys, Link, Manifest, Role, SnapshotBody, SnapshotHeader, Verified,
};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn board() -> BoardKeys {
    BoardKeys::generate(&mut ChaCha20Rng::seed_from_u64(1))
}

/// What can happen to bytes on their way.
#[derive(Clone, Debug)]
enum Damage {
    Flip { at: prop::sample::Index, bit: u8 },
    Cut(prop::sample::Index),
    Append(Vec<u8>),
    Insert { at: prop::sample::Index, byte: u8 },
    Remove(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        index().prop_map(Damage::Cut),
        vec(any::<u8>(), 1..9).prop_map(Damage::Append),
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert { at, byte }),
        index().prop_map(Damage::Remove),
        (index(), index()).prop_map(|(a, b)| Damage::Swap(a, b)),
    ]
}

impl Damage {
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        match self {
            Self::Flip { at, bit } => out[at.index(bytes.len())] ^= 1 << bit,
            Self::Cut(at) => out.truncate(at.index(bytes.len())),
            Self::Append(more) => out.extend_from_slice(more),
            Self::Insert { at, byte } => out.insert(at.index(bytes.len()), *byte),
            Self::Remove(at) => drop(out.remove(at.index(bytes.len()))),
            Self::Swap(a, b) => out.swap(a.index(bytes.len()), b.index(bytes.len())),
        }
        out
    }
}

/// Chunks framed as automerge frames changes, each depending on the one before it.
fn changes(texts: &[Vec<u8>]) -> Vec<(ChangeHash, Vec<u8>)> {
    let mut out: Vec<(ChangeHash, Vec<u8>)> = Vec::new();
    for text in texts {
        let mut content = vec![u8::from(!out.is_empty())];
        if let Some((hash, _)) = out.last() {
            content.extend_from_slice(hash.as_bytes());
        }
        content.extend_from_slice(text);
        out.push(framed(&content));
    }
    out
}

fn framed(content: &[u8]) -> (ChangeHash, Vec<u8>) {
    let mut hashed = vec![1];
    let mut rest = content.len();
    while rest >= 0x80 {
        hashed.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    hashed.push(rest as u8);
    hashed.extend_from_slice(content);
    let hash: [u8; 32] = Sha256::digest(&hashed).into();
    let chunk = [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat();
    (ChangeHash(hash), chunk)
}

fn packed(changes: &[(ChangeHash, Vec<u8>)]) -> Vec<u8> {
    let borrowed: Vec<_> = changes
        .iter()
        .map(|(hash, chunk)| (*hash, chunk.as_slice()))
        .collect();
    pack::pack(&borrowed).unwrap()
}

fn envelopes() -> Vec<Vec<u8>> {
    let keys = board();
    let register = RegisterHeader {
        slot: Slot([7; 32]),
        class: 9,
        n: 3,
        public: b"public".to_vec(),
    };
    let snapshot = SnapshotHeader {
        request: 1,
        epoch: Epoch([2; 16]),
        covers: Seq(3),
        chain: Chain([4; 32]),
        parts: vec![],
    };
    let manifest = Manifest {
        waiting: vec![],
        heads: vec![ChangeHash([5; 32])],
        count: 6,
    };
    let sealed = keys
        .seal_snapshot(&snapshot, &manifest, &SnapshotBody::default())
        .unwrap();
    vec![
        keys.seal_changes(b"a pack of changes").unwrap(),
        keys.seal_register(&register, b"a value").unwrap(),
        sealed.envelope,
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn every_flipped_bit_of_an_envelope_is_noticed() {
    let verify = board().verify_keys().unwrap();
    for envelope in envelopes() {
        assert!(verify.verify(envelope.as_slice()).is_ok());
        for at in 0..envelope.len() {
            let mut damaged = envelope.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(verify.verify(damaged).is_err(), "byte {at}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_link_is_noticed() {
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    for role in Role::ALL {
        let code = Base64UrlUnpadded::decode_vec(&board().link(role).unwrap()).unwrap();
        for bit in 0..code.len() * 8 {
            let mut damaged = code.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let text = Base64UrlUnpadded::encode_string(&damaged);
            assert!(
                Link::parse(&format!("http://x.se/#{text}")).is_err(),
                "bit {bit} of a {role}'s"
            );
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_damaged_envelope_is_refused(which in 0..3_usize, damages in vec(damage(), 1..4)) {
        let whole = &envelopes()[which];
        let damaged = damages.iter().fold(whole.clone(), |bytes, damage| {
            if bytes.is_empty() { bytes } else { damage.apply(&bytes) }
        });
        let verdict = board().verify_keys().unwrap().verify(damaged.as_slice());
        prop_assert_eq!(verdict.is_ok(), damaged == *whole);
    }

    #[test]
    fn a_damaged_pack_never_gives_other_changes(
        texts in vec(vec(any::<u8>(), 0..80), 1..12),
        damage in damage(),
    ) {
        let whole = packed(&changes(&texts));
        let chunks = |changes: Vec<Packed>| changes.into_iter().map(|change| change.chunk).collect::<Vec<_>>();
        let expected = chunks(pack::unpack(&whole).unwrap());
        if let Ok(out) = pack::unpack(&damage.apply(&whole)) {
            // Deflate pads its last byte with bits that mean nothing.
            prop_assert_eq!(chunks(out), expected);
        }
    }

    #[test]
    fn noise_is_neither_a_pack_nor_an_envelope_nor_a_state(noise in vec(any::<u8>(), 0..400)) {
        let keys = board();
        let _ = pack::unpack(&noise);
        let _ = pack::unpack(&[&[1, 0, 1, 0, 0], noise.as_slice()].concat());
        let _ = BoardState::decode(&noise);
        let _ = Title::decode(&noise);
        let _ = SnapshotBody::decode(&noise);
        prop_assert!(keys.verify_keys().unwrap().verify(noise.as_slice()).is_err());
        prop_assert!(keys.verify_keys().unwrap().verify([b"SAMS\x01".as_slice(), &noise].concat()).is_err());
        prop_assert!(keys.open_presence(&noise).is_err());
    }

    #[test]
    fn any_text_is_read_as_a_link_or_refused(text in ".{0,300}") {
        prop_assert!(Link::parse(&text).is_err());
        let link = format!("http://x.se/#{text}");
        prop_assert!(Link::parse(&link).is_err());
    }

    #[test]
    fn a_damaged_link_opens_its_own_board_or_none(role in 0..3_usize, damage in damage()) {
        let whole = board().link(Role::ALL[role]).unwrap();
        let damaged = String::from_utf8_lossy(&damage.apply(whole.as_bytes())).into_owned();
        if let Ok(link) = Link::parse(&format!("http://x.se/#{damaged}")) {
            prop_assert_eq!(link.keys.link(Role::ALL[role]), Some(whole));
        }
    }

    #[test]
    fn whatever_is_packed_comes_out(
        texts in vec(vec(any::<u8>(), 0..300), 1..40),
        foreign in vec((any::<[u8; 32]>(), vec(any::<u8>(), 0..50)), 0..4),
        order in any::<prop::sample::Index>(),
    ) {
        let mut all = changes(&texts);
        for (hash, chunk) in foreign {
            let at = order.index(all.len());
            all.insert(at, (ChangeHash(hash), chunk));
        }
        let out = pack::unpack(&packed(&all)).unwrap();
        prop_assert_eq!(out.len(), all.len());
        for (change, (hash, chunk)) in out.iter().zip(&all) {
            prop_assert_eq!(&change.chunk, chunk);
            prop_assert_eq!(&change.hash_prefix, &hash.0[..4]);
        }
    }

    #[test]
    fn registers_agree_in_whatever_order_they_come(
        editions in vec((0..3_u64, 0..3_u8, any::<u8>()), 1..14),
        seed in any::<u64>(),
    ) {
        let keys = board();
        let all: Vec<Verified> = editions.iter().map(|edition| register(&keys, edition)).collect();
        let mut shuffled = all.clone();
        shuffled.sort_by_key(|envelope| envelope.hash().0.map(|byte| byte ^ seed.to_le_bytes()[usize::from(byte) % 8]));
        prop_assert_eq!(offered(&all), offered(&shuffled));
        let twice: Vec<_> = all.iter().chain(&shuffled).cloned().collect();
        prop_assert_eq!(offered(&all), offered(&twice));
    }
}

/// A state or one of two sealed values.
fn register(keys: &BoardKeys, (n, what, value): &(u64, u8, u8)) -> Verified {
    let states = [BoardState::Open, BoardState::Paused, BoardState::Deleted];
    let header = match what {
        0 => RegisterHeader {
            slot: keys.slot(&RegisterName::State),
            class: 1,
            n: *n,
            public: states[usize::from(*value) % 3].encode().unwrap(),
        },
        slot => RegisterHeader {
            slot: Slot([*slot; 32]),
            class: 0,
            n: *n,
            public: vec![],
        },
    };
    let bytes = keys.seal_register(&header, &[*value]).unwrap();
    keys.verify_keys().unwrap().verify(bytes).unwrap()
}

fn offered(envelopes: &[Verified]) -> RegisterSet {
    let mut set = RegisterSet::default();
    for envelope in envelopes {
        let _: Offer = set.offer(envelope).unwrap();
    }
    set
}
