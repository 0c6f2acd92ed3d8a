//! Making snapshots, starting with one, and seeing that none lacks anything.

use super::bench::{Bench, EPOCH, Said, Toy, chunk, hash};
use crate::ids::{Chain, ChangeHash, Seq};
use crate::seal::{
    BoardKeys, Kind, Manifest, Role, Sealed, SnapshotBody, SnapshotHeader, Verified, blocks,
    envelope_hash,
};
use crate::sync::ChangeStore;
use crate::sync::session::{ChunkState, Input, LinkStatus, Output, Saved};
use crate::sync::wire::{
    Ack, Base, CaughtUp, Channel, Keys, Message, Opened, Part, PartWanted, Push, Register,
    SnapshotWanted, Welcome,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn wanted(bench: &mut Bench) -> Said {
    bench.relay(Message::SnapshotWanted(SnapshotWanted { request: 77 }))
}

fn declined(said: &Said) -> bool {
    let declined = |(_, message): &(Channel, Message)| matches!(message, Message::Declined(it) if it.request == 77);
    said.frames.iter().any(declined)
}

fn confirmed(said: &Said) -> bool {
    let confirmed =
        |(_, message): &(Channel, Message)| matches!(message, Message::SnapshotConfirmed(_));
    said.frames.iter().any(confirmed)
}

fn manifest_of(bench: &Bench, push: &Push) -> Verified {
    bench.keys().verify(push.envelope.clone()).unwrap()
}

/// What the relay gets of a snapshot when it asks for each part.
fn body_of(bench: &mut Bench, push: &Push) -> SnapshotBody {
    let verified = manifest_of(bench, push);
    let mut bytes = Vec::new();
    for index in 0..u16::try_from(verified.header().kind.parts().len()).unwrap() {
        let manifest = verified.hash();
        let said = bench.relay(Message::PartWanted(PartWanted { manifest, index }));
        let Some((_, Message::Part(part))) = said.frames.into_iter().next() else {
            panic!("no part")
        };
        let plain = bench
            .facilitator
            .open_part(&verified, usize::from(index), &part.bytes);
        bytes.extend(plain.unwrap());
    }
    SnapshotBody::decode(&bytes).unwrap()
}

/// Words that do not deflate to less than half.
fn noise(bytes: usize) -> String {
    let mut noise = vec![0; bytes];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    noise.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All changes of a store.
fn blocks_of(toy: &Toy) -> Vec<Vec<u8>> {
    let hashes = toy.changes_after(&[]);
    let chunks: Vec<Vec<u8>> = hashes.iter().filter_map(|it| toy.chunk(it)).collect();
    let slices = chunks.iter().map(Vec::as_slice);
    let changes: Vec<_> = hashes.iter().copied().zip(slices).collect();
    blocks::write(&changes).unwrap()
}

/// A snapshot of these chunks, by the facilitator.
fn sealed(bench: &Bench, covers: Seq, chain: Chain, chunks: &[&[u8]], waiting: &[&[u8]]) -> Sealed {
    let mut toy = Toy::default();
    toy.room = 100;
    chunks.iter().for_each(|chunk| drop(toy.add(chunk)));
    let contents = Manifest {
        heads: toy.heads(),
        count: chunks.len() as u64,
        waiting: waiting.iter().map(|chunk| hash(chunk)).collect(),
    };
    let body = SnapshotBody {
        blocks: blocks_of(&toy),
        waiting: waiting.iter().map(|chunk| chunk.to_vec()).collect(),
    };
    let header = SnapshotHeader {
        request: 1,
        epoch: EPOCH,
        covers,
        chain,
        parts: vec![],
    };
    bench
        .facilitator
        .seal_snapshot(&header, &contents, &body)
        .unwrap()
}

fn opened_with(bench: &mut Bench, covers: Seq, chain: Chain, sealed: &Sealed) -> Said {
    let keys = bench.keys();
    let keys = Keys {
        facilitator: keys.facilitator,
        participant: keys.participant,
    };
    let manifest = sealed.envelope.as_slice().into();
    bench.relay(Message::Opened(Opened {
        epoch: EPOCH,
        keys,
        base: Some(Base {
            covers,
            chain,
            manifest,
        }),
        reset: false,
    }))
}

fn give(bench: &mut Bench, sealed: &Sealed, index: u16) -> Said {
    let manifest = envelope_hash(&sealed.envelope);
    let bytes = sealed.parts[usize::from(index)].as_slice().into();
    bench.relay(Message::Part(Part {
        manifest,
        index,
        bytes,
    }))
}

fn taken(said: &Said) -> bool {
    said.frames
        .iter()
        .any(|(_, message)| matches!(message, Message::BaseTaken(_)))
}

#[test]
fn a_change_on_its_way_to_the_disk_is_in_no_snapshot() {
    for is_final in [false, true] {
        let mut bench = Bench::new(Role::Facilitator);
        bench.go_online();
        let on_its_way = chunk("on its way", &[]);
        bench.session.store_mut().add(&on_its_way);
        let said = if is_final {
            let said = bench.tell(Input::Finish);
            let pause = said.pushes().remove(0);
            bench.own(&pause)
        } else {
            wanted(&mut bench)
        };
        assert_eq!(said.pushes(), [], "final: {is_final}");
        let stored = vec![(hash(&on_its_way), on_its_way.clone())];
        let push = bench.tell(Input::LocalChanges(stored)).pushes().remove(0);
        let said = bench.own(&push);
        let snapshot = said.pushes().remove(0);
        let verified = manifest_of(&bench, &snapshot);
        let contents = bench.facilitator.open_manifest(&verified).unwrap();
        assert_eq!(contents.heads, [hash(&on_its_way)], "final: {is_final}");
    }
}

#[test]
fn a_snapshot_holds_what_the_log_does_and_what_waits() {
    let mut bench = Bench::online();
    let (a, late) = (chunk("a", &[]), chunk("late", &[b"missing"]));
    bench.show(&bench.foreign(&[&a]));
    bench.show(&bench.foreign(&[&late]));
    let frontier = bench.frontier.clone().unwrap();
    let said = wanted(&mut bench);
    let push = said.pushes().remove(0);
    let verified = manifest_of(&bench, &push);
    let Kind::Snapshot(header) = &verified.header().kind else {
        panic!()
    };
    assert_eq!(
        (header.request, header.epoch, header.covers, header.chain),
        (77, EPOCH, frontier.cursor, frontier.chain)
    );
    let contents = bench.facilitator.open_manifest(&verified).unwrap();
    assert_eq!(
        (contents.heads, contents.waiting),
        (vec![hash(&a)], vec![hash(&late)])
    );
    let body = body_of(&mut bench, &push);
    assert_eq!(blocks::read(&body.blocks).unwrap(), [a]);
    assert_eq!(body.waiting, [late]);
}

#[test]
fn a_snapshot_waits_until_the_document_is_what_the_log_says_or_is_declined() {
    let mut bench = Bench::online();
    let (_, said) = bench.edit("mine", &[]);
    let push = said.pushes().remove(0);
    bench.ack(push.reference);
    assert_eq!(
        wanted(&mut bench).pushes(),
        [],
        "an acknowledgement is not enough"
    );
    let said = bench.own(&push);
    assert_eq!(said.pushes().len(), 1);

    let mut bench = Bench::online();
    bench.edit("mine", &[]);
    let said = wanted(&mut bench);
    assert!(said.pushes().is_empty() && !declined(&said));
    assert!(declined(&bench.pass(30_000)));
}

#[test]
fn who_may_not_write_declines_at_once() {
    let mut bench = Bench::new(Role::Observer);
    bench.go_online();
    assert!(declined(&wanted(&mut bench)));
}

#[test]
fn a_snapshot_is_offered_again_after_a_cut_and_not_after_an_answer() {
    let mut bench = Bench::online();
    bench.show(&bench.foreign(&[&chunk("a", &[])]));
    let push = wanted(&mut bench).pushes().remove(0);
    bench.tell(Input::Disconnected);
    bench.tell(Input::Connected);
    bench.opened(false);
    let said = bench.relay(Message::CaughtUp(CaughtUp {}));
    let again = said.pushes().remove(0);
    assert_eq!(again.envelope, push.envelope);
    bench.relay(Message::Ack(Ack {
        reference: again.reference,
        seq: Seq(9),
    }));
    bench.tell(Input::Disconnected);
    bench.tell(Input::Connected);
    bench.opened(false);
    assert_eq!(bench.relay(Message::CaughtUp(CaughtUp {})).pushes(), []);
}

/// Online with the changes a and b, the latter after `covers`.
fn two_shown() -> (Bench, Vec<u8>, Vec<u8>, Seq, Chain) {
    let mut bench = Bench::online();
    bench.relay_on(Channel::CONNECTION, Message::Welcome(welcome()));
    let (a, b) = (chunk("a", &[]), chunk("b", &[]));
    bench.show(&bench.foreign(&[&a]));
    let frontier = bench.frontier.clone().unwrap();
    bench.show(&bench.foreign(&[&b]));
    (bench, a, b, frontier.cursor, frontier.chain)
}

fn welcome() -> Welcome {
    Welcome {
        version: 1,
        time: 0,
        limits: crate::sync::wire::Limits {
            envelope: 1 << 18,
            boards: 1,
            in_flight: 8,
        },
        challenge: [5; 32],
    }
}

#[test]
fn a_whole_snapshot_changes_nothing_and_is_confirmed() {
    let (mut bench, a, b, covers, chain) = two_shown();
    let sealed = sealed(&bench, covers, chain, &[&a], &[]);
    let said = bench.show(&sealed.envelope);
    let heads: Vec<ChangeHash> = said.write.frontier.clone().unwrap().relay_heads;
    assert!(heads.contains(&hash(&a)) && heads.contains(&hash(&b)));
    assert_eq!(said.pushes(), []);
    let Some((_, Message::SnapshotConfirmed(it))) = said.frames.first() else {
        panic!("{said:?}")
    };
    assert_eq!(it.manifest, envelope_hash(&sealed.envelope));
    assert!(bench.keys().confirms(&[5; 32], &it.manifest, &it.signature));
}

#[test]
fn what_a_snapshot_lacks_is_pushed_again() {
    let (mut bench, a, b, covers, chain) = two_shown();
    let sealed = sealed(&bench, covers, chain, &[], &[]);
    let said = bench.show(&sealed.envelope);
    assert!(!confirmed(&said));
    assert_eq!(said.write.frontier.clone().unwrap().relay_heads, [hash(&b)]);
    assert_eq!(bench.status().unshared, 1, "a");
    // Others see it too, so it waits a while.
    bench.time += 3_000;
    let pushes = bench.tell(Input::Tick).pushes();
    let verified = manifest_of(&bench, &pushes[0]);
    let body = bench.facilitator.open(&verified).unwrap();
    let chunks: Vec<_> = crate::seal::pack::unpack(&body)
        .unwrap()
        .into_iter()
        .map(|it| it.chunk)
        .collect();
    assert_eq!(chunks, [a]);
}

#[test]
fn a_snapshot_that_does_not_read_counts_as_empty() {
    let (mut bench, _, b, covers, chain) = two_shown();
    let header = SnapshotHeader {
        request: 1,
        epoch: EPOCH,
        covers,
        chain,
        parts: vec![],
    };
    // Somebody who has the link and another board's content key.
    let stranger = BoardKeys::generate(&mut bench.rng);
    let forged = bench.facilitator.clone().with_content_of(&stranger);
    let contents = Manifest {
        heads: vec![],
        count: 0,
        waiting: vec![],
    };
    let unreadable = forged
        .seal_snapshot(&header, &contents, &SnapshotBody::default())
        .unwrap();
    let said = bench.show(&unreadable.envelope);
    assert!(said.has(|it| matches!(it, Output::Refused(_))));
    assert_eq!(said.write.frontier.unwrap().relay_heads, [hash(&b)]);
    assert_eq!(bench.status().unshared, 1);
}

#[test]
fn a_snapshot_that_holds_more_than_the_log_showed_is_fetched() {
    let (mut bench, a, _, covers, chain) = two_shown();
    let unknown = chunk("nobody pushed this", &[]);
    let sealed = sealed(&bench, covers, chain, &[&a, &unknown], &[]);
    let said = bench.show(&sealed.envelope);
    assert!(said.write.frontier.unwrap().must_refill && !confirmed(&Said::default()));
    let said = bench.pass(60_000);
    let from = |(_, message): &(Channel, Message)| matches!(message, Message::Open(open) if open.from.is_none());
    assert!(
        said.frames.iter().any(from),
        "the log is read from its start: {said:?}"
    );
}

#[test]
fn a_newcomer_fetches_the_parts_and_stores_before_it_says_so() {
    let mut bench = Bench::new(Role::Participant);
    bench.tell(Input::Connected);
    let (a, big, late) = (
        chunk("a", &[]),
        chunk(&noise(75_000), &[]),
        chunk("late", &[b"missing"]),
    );
    let (covers, chain) = (Seq(40), Chain([3; 32]));
    let sealed = sealed(&bench, covers, chain, &[&a, &big], &[&late]);
    assert_eq!(sealed.parts.len(), 2);
    let said = opened_with(&mut bench, covers, chain, &sealed);
    let asked = said
        .frames
        .iter()
        .filter(|(_, it)| matches!(it, Message::PartWanted(_)))
        .count();
    assert_eq!(asked, 2);
    bench.relay(Message::Register(Register {
        envelope: bench.title("Höga flöden").into(),
    }));
    assert_eq!(bench.session.registers().len(), 1);
    give(&mut bench, &sealed, 1);
    // A cut does not lose what has come.
    bench.tell(Input::Disconnected);
    bench.tell(Input::Connected);
    let said = opened_with(&mut bench, covers, chain, &sealed);
    let asked: Vec<u16> = said
        .frames
        .iter()
        .filter_map(|(_, it)| match it {
            Message::PartWanted(wanted) => Some(wanted.index),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [0]);
    let said = give(&mut bench, &sealed, 0);
    assert!(taken(&said));
    let frontier = said.write.frontier.unwrap();
    assert_eq!((frontier.cursor, frontier.chain), (covers, chain));
    assert_eq!(frontier.logged, [hash(&late)]);
    let applied = said
        .write
        .chunks
        .iter()
        .filter(|it| it.state == ChunkState::Applied);
    assert_eq!(applied.count(), 2);
    assert_eq!(bench.status().unshared, 0);
    // The stream goes on behind it.
    bench.continue_from(covers, chain);
    let c = chunk("c", &[]);
    bench.show(&bench.foreign(&[&c]));
    bench.relay(Message::CaughtUp(CaughtUp {}));
    assert!(bench.session.store().contains(&hash(&c)));
    assert_eq!(bench.status().link, LinkStatus::Online);
}

#[test]
fn who_has_all_of_a_snapshot_fetches_nothing() {
    let a = chunk("a", &[]);
    let mut bench = Bench::with(
        Role::Participant,
        Saved::default(),
        std::slice::from_ref(&a),
    );
    bench.tell(Input::Connected);
    let (covers, chain) = (Seq(40), Chain([3; 32]));
    let sealed = sealed(&bench, covers, chain, &[&a], &[]);
    let said = opened_with(&mut bench, covers, chain, &sealed);
    assert!(taken(&said));
    assert_eq!(said.write.frontier.unwrap().relay_heads, [hash(&a)]);
}

#[test]
fn a_snapshot_that_lacks_what_it_says_is_not_taken_and_the_former_is_asked_for() {
    let mut bench = Bench::new(Role::Participant);
    bench.tell(Input::Connected);
    let (covers, chain) = (Seq(40), Chain([3; 32]));
    let header = SnapshotHeader {
        request: 1,
        epoch: EPOCH,
        covers,
        chain,
        parts: vec![],
    };
    let contents = Manifest {
        heads: vec![ChangeHash([9; 32])],
        count: 1,
        waiting: vec![],
    };
    let sealed = bench
        .facilitator
        .seal_snapshot(&header, &contents, &SnapshotBody::default())
        .unwrap();
    opened_with(&mut bench, covers, chain, &sealed);
    let said = give(&mut bench, &sealed, 0);
    assert!(said.has(|it| matches!(it, Output::Refused(_))));
    let without = said.frames.iter().find_map(|(_, message)| match message {
        Message::Open(open) => open.without,
        _ => None,
    });
    assert_eq!(without, Some(envelope_hash(&sealed.envelope)));
    assert!(!taken(&said));
}

#[test]
fn a_part_that_is_not_the_listed_one_is_not_taken() {
    let mut bench = Bench::new(Role::Participant);
    bench.tell(Input::Connected);
    let (covers, chain) = (Seq(40), Chain([3; 32]));
    let good = sealed(&bench, covers, chain, &[&chunk("a", &[])], &[]);
    let other = sealed(&bench, covers, chain, &[&chunk("b", &[])], &[]);
    opened_with(&mut bench, covers, chain, &good);
    let manifest = envelope_hash(&good.envelope);
    let bytes = other.parts[0].as_slice().into();
    let said = bench.relay(Message::Part(Part {
        manifest,
        index: 0,
        bytes,
    }));
    assert!(said.has(|it| matches!(it, Output::Refused(_))));
    assert!(bench.session.store().heads().is_empty());
}
